"""Start pictures: any picture file to a square of bytes, and what a painter gives to the same.

A picture is turned as its camera says (EXIF), laid on white where it is transparent, brought to red, green
and blue, cut to its middle square, and made ``side`` pixels wide. 16-bit grey is brought to 8 bits.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from nnanim.errors import UserError

Picture = NDArray[np.uint8]
"""(height, width, 3), red, green, blue."""

SMALLEST = 8
LARGEST = 100_000_000
"""Pixels of a start picture, shorter side at least and in all at most."""


def load_picture(
    image: str | os.PathLike[str] | Image.Image | NDArray[Any], side: int | None = None
) -> Picture:
    """A start picture, (side, side, 3) bytes, or of its own size when ``side`` is None.

    Raises:
        UserError: no such file, no picture, damaged, below 8 pixels, above 100 million pixels.
    """
    if isinstance(image, (str, os.PathLike)):
        plain = _read(Path(image))
    elif isinstance(image, Image.Image):
        plain = _plain(image, "the picture")
    else:
        plain = _plain(Image.fromarray(as_picture(image)), "the picture")
    if side is not None:
        plain = ImageOps.fit(plain, (side, side), Image.Resampling.LANCZOS)
    return np.array(plain, dtype=np.uint8)


def as_picture(made: Any) -> Picture:
    """What a painter gave as (height, width, 3) bytes: PIL image, bytes, or floats 0..1.

    Raises:
        UserError: it is none of these, or its floats lie outside 0..1.
    """
    if isinstance(made, Image.Image):
        return np.array(_plain(made, "the painting"), dtype=np.uint8)
    try:
        values = np.asarray(made)
    except Exception as error:
        raise UserError(f"a {type(made).__name__} is not a picture") from error
    if values.ndim != 3 or values.shape[2] != 3 or 0 in values.shape:
        what = f"an array of shape {values.shape}" if values.ndim else f"a {type(made).__name__}"
        raise UserError(f"{what} is not a picture; (height, width, 3) wanted")
    if values.dtype == np.uint8:
        return np.array(values)
    if not np.issubdtype(values.dtype, np.floating):
        raise UserError(f"a picture of {values.dtype}; bytes or floats 0..1 wanted")
    low, high = float(values.min()), float(values.max())
    if not (low >= -1e-3 and high <= 1.001):
        raise UserError(f"a picture's floats lie in 0..1, got {low:.3g} to {high:.3g}")
    return np.asarray(np.clip(values, 0, 1) * 255 + 0.5, dtype=np.uint8)


def _read(path: Path) -> Image.Image:
    if path.is_dir():
        raise UserError(f"{path} is a folder, not a picture")
    try:
        if path.stat().st_size == 0:
            raise UserError(f"{path} is empty (0 bytes)")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(path)
        with opened:
            _check_size(opened, path)
            return _plain(opened, str(path))
    except UnidentifiedImageError:
        raise UserError(f"{path} is not a picture that can be read (PNG, JPEG, WebP, …)") from None
    except Image.DecompressionBombError:
        raise UserError(f"{path} has more than {LARGEST // 10**6} million pixels; make it smaller") from None
    except FileNotFoundError:
        raise UserError(f"there is no picture {path}") from None
    except (OSError, SyntaxError, ValueError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"{path} cannot be read: {' '.join(str(error).split())}") from None


def _check_size(opened: Image.Image, path: Path) -> None:
    width, height = opened.size
    if width * height > LARGEST:
        raise UserError(
            f"{path} has {width}×{height} pixels, more than {LARGEST // 10**6} million; make it smaller"
        )


def _plain(opened: Image.Image, name: str) -> Image.Image:
    """Upright, opaque, red, green and blue."""
    width, height = opened.size
    if min(width, height) < SMALLEST:
        raise UserError(f"{name} is {width}×{height} pixels; at least {SMALLEST}×{SMALLEST} wanted")
    turned = ImageOps.exif_transpose(opened)
    if turned.mode.startswith("I;16") or turned.mode in ("I", "F"):
        turned = _eight_bits(turned)
    if "A" in turned.getbands() or "transparency" in turned.info:
        clear = turned.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(white, clear).convert("RGB")
    return turned.convert("RGB")


def _eight_bits(deep: Image.Image) -> Image.Image:
    """Grey of 16 bits, of 32 bits that hold 16, or floats 0..1 or 0..255, as bytes."""
    values = np.nan_to_num(np.asarray(deep, dtype=np.float64))
    if deep.mode == "F":
        values = values * (255 if values.max(initial=0) <= 1 else 1)
    elif deep.mode.startswith("I;16") or values.max(initial=0) > 255:
        values = values / 257
    return Image.fromarray(np.asarray(np.clip(values, 0, 255) + 0.5, dtype=np.uint8))
