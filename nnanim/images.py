"""Pictures in, pictures out: files, PIL images and arrays to numbers, and numbers to files.

A picture file is turned as its camera says (EXIF), laid on white where it is transparent, and brought to red,
green and blue; 16-bit grey is brought to 8 bits. `load_picture` gives bytes, `read_picture` numbers 0..1.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from nnanim.errors import UserError
from nnanim.files import atomic, open_regular, quote_path

Picture = NDArray[np.uint8]
"""(height, width, 3), red, green, blue."""

Floats = NDArray[np.float32]

MIN_SIDE = 8
"""Minimum number of pixels of a start picture's shorter side."""

FORMATS = ("PNG", "JPEG", "MPO", "JPEG2000", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "PPM", "ICO")
"""Formats of pictures. Pillow reads more, but for some it starts a program: EPS is run by Ghostscript."""

MAX_PIXELS = 40_000_000
"""Maximum number of pixels of a picture: with all its conversions it takes less than 1 GB."""

TOLERANCE = 1e-3
"""How far rounding may carry a number out of 0..1."""


def load_picture(
    image: str | os.PathLike[str] | Image.Image | NDArray[Any],
    side: int | None = None,
    *,
    min_side: int = MIN_SIDE,
) -> Picture:
    """A picture as bytes, (side, side, 3), or of its own size when ``side`` is None.

    Args:
        image: a file, a PIL image, or an array (height, width, 3).
        side: cut it to its middle square and resample that.
        min_side: minimum number of pixels of its shorter side.

    Raises:
        UserError: no such file, no picture, damaged, below 8 pixels, above 40 million pixels.
    """
    if isinstance(image, str | os.PathLike):
        plain, name = _read(Path(image)), str(image)
    else:
        plain, name = (
            _to_rgb(image if isinstance(image, Image.Image) else Image.fromarray(to_picture(image))),
            "the picture",
        )
    width, height = plain.size
    if min(width, height) < min_side:
        raise UserError(f"{name} is {width}×{height} pixels; at least {min_side}×{min_side} wanted")
    if side is not None:
        plain = ImageOps.fit(plain, (side, side), Image.Resampling.LANCZOS)
    return np.array(plain, dtype=np.uint8)


def read_picture(path: str | os.PathLike[str], side: int | tuple[int, int] | None = None) -> Floats:
    """The picture in a file as (height, width, 3), 0..1.

    Args:
        path: any format that Pillow reads.
        side: fit it to this many pixels (or height and width), as `fit` does.

    Raises:
        UserError: no such file, not a picture, or damaged.
    """
    picture = _read(Path(path))
    if side is None:
        return _to_floats(picture)
    height, width = (side, side) if isinstance(side, int) else side
    if picture.size != (width, height):
        picture = ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)
    return _to_floats(picture)


def to_floats(value: Any, name: str = "init_image") -> Floats:
    """A picture as (height, width, 3), 0..1, from a path, a PIL picture, or numbers.

    Args:
        value: of numbers (height, width), (height, width, 3) or torch's (3, height, width): whole numbers
            are 0..255, others 0..1.
        name: what an error calls it.

    Raises:
        UserError: another shape, values outside their range or not finite.
    """
    if isinstance(value, str | os.PathLike):
        return read_picture(value)
    if isinstance(value, Image.Image):
        return _to_floats(_to_rgb(value))
    pixels = np.asarray(value)
    if pixels.dtype.kind not in "buif":
        raise UserError(f"{name} is a path, a PIL picture or an array of numbers, got {type(value).__name__}")
    if pixels.ndim == 3 and pixels.shape[2] != 3 and pixels.shape[0] == 3:
        pixels = pixels.transpose(1, 2, 0)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    return _check_pixels(pixels, name)


def to_picture(made: Any) -> Picture:
    """What a painter gave as (height, width, 3) bytes: a PIL image, whole numbers 0..255, or floats 0..1.

    Raises:
        UserError: it is none of these, or its numbers lie outside their range.
    """
    if isinstance(made, Image.Image):
        return np.array(_to_rgb(made), dtype=np.uint8)
    try:
        values = np.asarray(made)
    except Exception as error:
        raise UserError(f"a {type(made).__name__} is not a picture") from error
    if values.dtype.kind not in "uif" or not values.ndim:
        what = f"an array of {values.dtype}" if values.ndim else f"a {type(made).__name__}"
        raise UserError(f"{what} is not a picture")
    if values.dtype == np.uint8 and values.ndim == 3 and values.shape[2] == 3 and values.size:
        return np.array(values, order="C")
    return to_bytes(_check_pixels(values, "a painting"))


def check_batch(pictures: Any, side: int) -> Any:
    """A tensor of pictures, if it is (batch, 3, side, side) with values 0..1.

    Raises:
        UserError: another shape, or values outside 0..1 or not finite.
    """
    shape = (3, side, side)
    if pictures.ndim != 4 or tuple(pictures.shape[1:]) != shape:
        wanted = ", ".join(map(str, shape))
        raise UserError(f"this model takes pictures (batch, {wanted}), got {tuple(pictures.shape)}")
    _check_range(pictures.detach().numpy(), "a picture", whole=False)
    return pictures


def fit(pixels: Floats, size: int | tuple[int, int]) -> Floats:
    """A picture (height, width, 3) at another size: the largest middle part of that shape, resampled.

    A picture that has the size is given back as it is.
    """
    height, width = (size, size) if isinstance(size, int) else size
    if pixels.shape[:2] == (height, width):
        return pixels
    return _to_floats(
        ImageOps.fit(Image.fromarray(to_bytes(pixels)), (width, height), Image.Resampling.LANCZOS)
    )


def to_bytes(picture: NDArray[np.floating[Any]]) -> Picture:
    """Values 0..1 as bytes, each row of pixels after the other: convolutions round by the order in memory."""
    return np.ascontiguousarray(np.clip(picture, 0, 1) * 255 + 0.5, dtype=np.uint8)


def write_picture(picture: Floats | Picture, path: str | os.PathLike[str], *, sync: bool = False) -> Path:
    """Write a picture (height, width, 3), bytes or 0..1, whole or not at all, in the format of its ending.

    Args:
        picture: what is written.
        path: where.
        sync: have it on the disk when this returns.

    Raises:
        UserError: an ending that no format has, or a folder that cannot be written to.
    """
    pixels = picture if picture.dtype == np.uint8 else to_bytes(np.asarray(picture, dtype=np.float32))
    return _save(Image.fromarray(pixels), Path(path), sync=sync)


def write_animation(pictures: Sequence[Floats], path: str | os.PathLike[str], seconds: float = 4.0) -> Path:
    """Write pictures one after the other as .gif, .webp or animated .png; the last one stays for a second."""
    frames = [Image.fromarray(to_bytes(picture)) for picture in pictures]
    each = max(20, round(1000 * seconds / len(frames)))
    durations = [each] * (len(frames) - 1) + [each + 1000]
    return _save(frames[0], Path(path), save_all=True, append_images=frames[1:], duration=durations, loop=0)


def arrange_sheet(pictures: Sequence[Floats], columns: int | None = None, gap: int = 2) -> Floats:
    """Pictures of one size in rows, white between them."""
    columns = columns or min(len(pictures), math.ceil(math.sqrt(2 * len(pictures))))
    rows = math.ceil(len(pictures) / columns)
    height, width = pictures[0].shape[:2]
    page = np.ones((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), dtype=np.float32)
    for at, picture in enumerate(pictures):
        top, left = at // columns * (height + gap), at % columns * (width + gap)
        page[top : top + height, left : left + width] = picture
    return page


def check_ending(path: Path) -> Path:
    """The path, if a picture can be written there.

    Raises:
        UserError: an ending that no picture format has.
    """
    Image.init()
    kind = Image.registered_extensions().get(path.suffix.lower())
    if kind not in Image.SAVE:
        raise UserError(f"{path}: no picture is written with the ending {path.suffix!r}; take .png")
    return path


def _save(image: Image.Image, path: Path, sync: bool = False, **options: Any) -> Path:
    kind = Image.registered_extensions()[check_ending(path).suffix.lower()]
    with atomic(path) as temporary, temporary.open("wb") as handle:
        image.save(handle, format=kind, **options)
        if sync:
            handle.flush()
            os.fsync(handle.fileno())
    return path


def _read(path: Path) -> Image.Image:
    """The picture in a file, upright and opaque."""
    shown = quote_path(path)
    if not path.exists():
        raise UserError(f"there is no picture {shown}")
    try:
        with open_regular(path, limit=None) as stream, warnings.catch_warnings():
            if not os.fstat(stream.fileno()).st_size:
                raise UserError(f"{shown} is empty (0 bytes)")
            warnings.simplefilter("ignore")  # what Pillow says of damaged EXIF data is no line of ours
            opened = Image.open(stream, formats=_formats())
            width, height = opened.size
            if width * height > MAX_PIXELS:
                raise Image.DecompressionBombError
            return _to_rgb(opened)
    except UserError:
        raise
    except UnidentifiedImageError:
        raise UserError(f"{shown} is not a picture that can be read (PNG, JPEG, WebP, …)") from None
    except Image.DecompressionBombError:
        raise UserError(
            f"{shown} has more than {MAX_PIXELS // 10**6} million pixels; make it smaller"
        ) from None
    except MemoryError:
        raise UserError(f"{shown} does not fit into memory") from None
    except Exception as error:  # Pillow's plugins raise whatever a damaged file leads them to.
        raise UserError(f"{shown} cannot be read: {str(error) or type(error).__name__}") from None


def _formats() -> tuple[str, ...]:
    """Those of `FORMATS` that this Pillow reads."""
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def _to_rgb(opened: Image.Image) -> Image.Image:
    """Upright, opaque, red, green and blue."""
    turned = ImageOps.exif_transpose(opened)
    if turned.mode.startswith("I;16") or turned.mode in ("I", "F"):
        turned = _to_eight_bits(turned)
    if "A" in turned.getbands() or "transparency" in turned.info:
        clear = turned.convert("RGBA")
        del turned
        white = Image.new("RGBA", clear.size, "white")
        white.alpha_composite(clear)
        return white.convert("RGB")
    return turned.convert("RGB")


def _to_eight_bits(deep: Image.Image) -> Image.Image:
    """Grey of 16 bits, of 32 bits that hold 16, or floats 0..1 or 0..255, as bytes."""
    values = np.nan_to_num(np.array(deep, dtype=np.float32), copy=False)
    if deep.mode == "F":
        values *= 255 if values.max(initial=0) <= 1 else 1
    elif deep.mode.startswith("I;16") or values.max(initial=0) > 255:
        values /= np.float32(257)
    np.clip(values, 0, 255, out=values)
    values += np.float32(0.5)
    return Image.fromarray(values.astype(np.uint8))


def _to_floats(image: Image.Image) -> Floats:
    pixels = np.array(image, dtype=np.float32)
    pixels /= np.float32(255)
    return pixels


def _check_pixels(pixels: NDArray[Any], name: str) -> Floats:
    """Numbers (height, width, 3) as floats 0..1; whole numbers are bytes."""
    if pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        raise UserError(f"{name} has the shape {pixels.shape}; a picture is (height, width, 3)")
    if pixels.shape[0] * pixels.shape[1] > MAX_PIXELS:
        raise UserError(f"{name} has more than {MAX_PIXELS // 10**6} million pixels; make it smaller")
    whole = pixels.dtype.kind in "ui"
    _check_range(pixels, name, whole)
    scale = np.float32(255) if whole else np.float32(1)
    return np.ascontiguousarray(np.clip(pixels.astype(np.float32) / scale, 0, 1))


def _check_range(values: NDArray[Any], name: str, whole: bool) -> None:
    low, high = values.min(), values.max()
    top, slack = (255, 0.0) if whole else (1, TOLERANCE)
    if not (low >= -slack and high <= top + slack):
        wanted = "whole numbers 0..255" if whole else "0..1"
        raise UserError(f"{name}: values {wanted} wanted, got {float(low):.4g} to {float(high):.4g}")
