"""Pictures in, pictures out: numbers 0..1, files, animations, sheets."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from nnanim.errors import UserError
from nnanim.files import atomic
from nnanim.painting.painting import Floats

LARGEST = 8192


def read_picture(path: str | os.PathLike[str], side: int | tuple[int, int] | None = None) -> Floats:
    """The picture in a file as (height, width, 3), 0..1; what is transparent becomes white.

    Args:
        path: any format that Pillow reads; the camera's orientation is followed.
        side: fit it to so many pixels (or height and width), as `fitted` does.

    Raises:
        UserError: no such file, not a picture, or damaged.
    """
    try:
        with Image.open(path) as file:
            image = ImageOps.exif_transpose(file).convert("RGBA")
    except UnidentifiedImageError:
        raise UserError(f"{path} is not a picture") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UserError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    pixels: Floats = np.asarray(image, dtype=np.float32) / np.float32(255)
    return pixels if side is None else fitted(pixels, side)


def checked_picture(value: Any) -> Floats:
    """A picture as (height, width, 3), 0..1, from a path, a PIL picture, or numbers.

    Numbers are (height, width), (height, width, 3) or torch's (3, height, width); bytes are 0..255, floats
    0..1.

    Raises:
        UserError: another shape, values outside their range or not finite.
    """
    if isinstance(value, str | os.PathLike):
        return read_picture(value)
    if isinstance(value, Image.Image):
        value = value.convert("RGB")
    pixels = np.asarray(value)
    if pixels.dtype.kind not in "buif":
        raise UserError(
            f"init_image is a path, a PIL picture or an array of numbers, got {type(value).__name__}"
        )
    if pixels.ndim == 3 and pixels.shape[2] != 3 and pixels.shape[0] == 3:
        pixels = pixels.transpose(1, 2, 0)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size or max(pixels.shape) > LARGEST:
        raise UserError(
            f"init_image has the shape {pixels.shape}; (height, width, 3) wanted, at most {LARGEST} a side"
        )
    whole = pixels.dtype.kind in "bui"
    found = pixels.astype(np.float32) / (255 if whole and pixels.dtype.kind != "b" else 1)
    low, high = float(found.min()), float(found.max())
    if not (low >= 0 and high <= 1):
        wanted = "whole numbers 0..255" if whole else "0..1"
        raise UserError(f"init_image: values {wanted} wanted, got {pixels.min():.4g} to {pixels.max():.4g}")
    return np.ascontiguousarray(found)


def fitted(pixels: Floats, size: int | tuple[int, int]) -> Floats:
    """A picture (height, width, 3) at another size: the largest middle part of that shape, resampled.

    A picture that has the size is given back as it is.
    """
    height, width = (size, size) if isinstance(size, int) else size
    if pixels.shape[:2] == (height, width):
        return pixels
    image = Image.fromarray(to_bytes(pixels))
    made = ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS)
    return np.asarray(made, dtype=np.float32) / np.float32(255)


def to_bytes(picture: Floats) -> NDArray[np.uint8]:
    """Values 0..1 as bytes."""
    return (np.clip(picture, 0, 1) * 255).round().astype(np.uint8)


def write_picture(picture: Floats, path: str | os.PathLike[str]) -> Path:
    """Write a picture (height, width, 3), 0..1, whole or not at all; the ending says in which format.

    Raises:
        UserError: an ending that no format has, or a folder that cannot be written to.
    """
    return _save(Image.fromarray(to_bytes(picture)), Path(path))


def write_animation(pictures: Sequence[Floats], path: str | os.PathLike[str], seconds: float = 4.0) -> Path:
    """Write pictures one after the other as .gif, .webp or animated .png; the last one stays for a second."""
    frames = [Image.fromarray(to_bytes(picture)) for picture in pictures]
    each = max(20, round(1000 * seconds / len(frames)))
    lasting = [each] * (len(frames) - 1) + [each + 1000]
    return _save(frames[0], Path(path), save_all=True, append_images=frames[1:], duration=lasting, loop=0)


def sheet(pictures: Sequence[Floats], columns: int | None = None, gap: int = 2) -> Floats:
    """Pictures of one size in rows, white between them."""
    columns = columns or min(len(pictures), math.ceil(math.sqrt(2 * len(pictures))))
    rows = math.ceil(len(pictures) / columns)
    height, width = pictures[0].shape[:2]
    page = np.ones((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), dtype=np.float32)
    for at, picture in enumerate(pictures):
        top, left = at // columns * (height + gap), at % columns * (width + gap)
        page[top : top + height, left : left + width] = picture
    return page


def checked_ending(path: Path) -> Path:
    """The path, if a picture can be written there.

    Raises:
        UserError: an ending that no picture format has.
    """
    Image.init()
    kind = Image.registered_extensions().get(path.suffix.lower())
    if kind not in Image.SAVE:
        raise UserError(f"{path}: no picture is written with the ending {path.suffix!r}; take .png")
    return path


def _save(image: Image.Image, path: Path, **options: Any) -> Path:
    with atomic(checked_ending(path)) as temporary:
        image.save(temporary, **options)
    return path
