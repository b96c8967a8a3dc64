"""Files of numbers, tables, pictures and sounds as arrays that go into a model, one sample each."""

from __future__ import annotations

import csv
import io
import math
import os
import warnings
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from nnanim.errors import UserError, nearest, quote
from nnanim.files import MAX_BYTES, open_regular, quote_path, read_text

Array = NDArray[Any]

MAX_AXES, MAX_LENGTH = 32, 1 << 48

_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")

Normalisation = tuple[tuple[float, ...], tuple[float, ...]]
"""Means and standard deviations of the channels of a picture."""

USUAL: dict[str, Normalisation] = {
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "clip": ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
    "half": ((0.5,), (0.5,)),
}
"""What pictures are usually normalised with: torchvision's, CLIP's, and what gives −1 to 1."""


def read_file(
    path: str, size: tuple[int, int] | None = None, normal: Normalisation | None = None
) -> tuple[list[Array], dict[str, Array]]:
    """The arrays in a file, by position and by name.

    Args:
        path: .npy, .npz, .csv, a picture or a .wav.
        size: rows and columns that a picture is brought to.
        normal: what a picture is normalised with.

    Raises:
        UserError: no such file, another kind of file, damaged, or it holds no numbers.
    """
    ending = Path(path).suffix.lower()
    if ending == ".npz":
        return read_npz(path)
    if ending in PICTURES:
        return [read_pixels(path, size, normal)], {}
    readers: dict[str, Callable[[str], Array]] = {".csv": read_csv, ".wav": read_wav}
    if ending not in readers and ending not in ("", ".npy") and Path(path).is_file():
        with open_regular(path, limit=None) as file:
            known = file.read(6) == b"\x93NUMPY"
        if not known:
            kinds = ", ".join((".npy", ".npz", ".csv", ".txt", ".wav", *PICTURES[:2]))
            raise UserError(f"{quote_path(path)} is no input that can be read; there is: {kinds}")
    return [readers.get(ending, read_npy)(path)], {}


def read_npy(path: str) -> Array:
    """The numbers in a .npy file.

    Nothing in it is run, and no memory is taken for more than the file holds.

    Raises:
        UserError: no such file, no .npy file, damaged, or it holds something else than numbers.
    """
    where = quote_path(path)
    with open_regular(path, limit=None) as file:
        if file.read(2) == b"PK":
            raise UserError(f"{where} holds several arrays; call it .npz")
        end = file.seek(0, os.SEEK_END)
        file.seek(0)
        shape, order, dtype = _read_header(file, where, end)
        values = np.fromfile(file, dtype, math.prod(shape))
    return values.reshape(shape, order=order)  # type: ignore[call-overload, no-any-return]


def _read_header(file: BinaryIO, where: str, end: int) -> tuple[tuple[int, ...], str, np.dtype[Any]]:
    """Shape, order and type of the array in an open .npy file of so many bytes, which are all there."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # headers that Python 2 has written
            version = np.lib.format.read_magic(file)
            shape, fortran_order, dtype = _HEADERS[version](file)
    except Exception as error:
        # numpy parses the header as Python: what a damaged one raises has no common type.
        raise UserError(f"{where} is not an array that numpy.save has written, or is damaged") from error
    if dtype.kind not in "biufc":
        raise UserError(f"{where} holds values of type {quote(str(dtype))}; numbers wanted")
    there = end - file.tell()
    sane = len(shape) <= MAX_AXES and all(0 <= length <= MAX_LENGTH for length in shape)
    if there != math.prod(shape) * dtype.itemsize or not sane:
        raise UserError(
            f"{where} is damaged: it holds {there:,} bytes of numbers, "
            f"its header says {quote(shape)} of {dtype}"
        )
    return shape, "F" if fortran_order else "C", dtype


def read_npz(path: str) -> tuple[list[Array], dict[str, Array]]:
    """The arrays of a .npz file: by position those that numpy.savez has numbered, the others by name.

    One array alone has its place, not its name.

    Raises:
        UserError: no such file, not a .npz file, damaged, nothing in it, or something else than numbers.
    """
    where = quote_path(path)
    found: dict[str, Array] = {}
    with open_regular(path, limit=None) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                for member in archive.infolist():
                    if member.file_size > MAX_BYTES:
                        raise UserError(f"{where}: {quote(member.filename)} has {member.file_size:,} bytes")
                    content = archive.read(member)
                    found[member.filename.removesuffix(".npy")] = _parse_npy(
                        content, f"{where}: {quote(member.filename)}"
                    )
        except UserError:
            raise
        except OSError as error:
            if error.errno is not None:
                raise
            raise UserError(f"{where} is damaged: {error}") from error
        except Exception as error:  # zipfile raises whatever a damaged file leads it to
            raise UserError(f"{where} is not a file that numpy.savez has written, or is damaged") from error
    if not found:
        raise UserError(f"{where} holds no arrays")
    if len(found) == 1:
        return list(found.values()), {}
    placed = {name for name in found if name.startswith("arr_") and name[4:].isdecimal()}
    ordered = sorted(placed, key=lambda name: int(name[4:]))
    return [found[name] for name in ordered], {name: found[name] for name in found if name not in placed}


def _parse_npy(content: bytes, where: str) -> Array:
    file = io.BytesIO(content)
    shape, order, dtype = _read_header(file, where, len(content))
    values = np.frombuffer(content, dtype, math.prod(shape), file.tell()).copy()
    return values.reshape(shape, order=order)  # type: ignore[call-overload, no-any-return]


def read_csv(path: str) -> Array:
    """(rows, columns) the numbers of a table, with or without a line of names: a sample in each row.

    Raises:
        UserError: no such file, not text, no rows, rows of different lengths, or a cell that is no number.
    """
    where = quote_path(path)
    try:
        lines = [(i, row) for i, row in enumerate(csv.reader(io.StringIO(read_text(path))), 1) if any(row)]
    except csv.Error as error:
        raise UserError(f"{where} is not a table: {error}") from error
    if lines and not any(_is_number(cell) for cell in lines[0][1]):
        lines = lines[1:]
    if not lines:
        raise UserError(f"{where} has no rows of numbers")
    wide = len(lines[0][1])
    for number, row in lines:
        if len(row) != wide:
            raise UserError(f"{where}, line {number}: {len(row)} columns; the first row has {wide}")
        for column, cell in enumerate(row, 1):
            if not _is_number(cell):
                raise UserError(f"{where}, line {number}, column {column}: {quote(cell)} is no number")
    return np.array([[float(cell) for cell in row] for _, row in lines], dtype=np.float32)


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def read_pixels(path: str, size: tuple[int, int] | None, normal: Normalisation | None) -> Array:
    """(1, channels, rows, columns) a picture, 0 to 1 or normalised; one channel where it has only greys."""
    from nnanim.images import read_picture

    pixels: Array = read_picture(path, size)
    if (pixels[..., :1] == pixels).all():
        pixels = pixels[..., :1]
    if normal is not None:
        mean, std = normal
        if len(mean) == 3:
            pixels = np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels
        pixels = (pixels - np.array(mean, np.float32)) / np.array(std, np.float32)
    return np.ascontiguousarray(np.moveaxis(pixels, -1, 0)[None])


def read_wav(path: str) -> Array:
    """(1, channels, moments) a sound of whole numbers of 8 to 32 bits, brought to −1 to 1.

    Raises:
        UserError: no such file, no such sound, or nothing in it.
    """
    where = quote_path(path)
    with open_regular(path) as file:
        try:
            with wave.open(file, "rb") as sound:
                channels, wide = sound.getnchannels(), sound.getsampwidth()
                content = sound.readframes(sound.getnframes())
        except (wave.Error, EOFError, ValueError, RuntimeError, MemoryError) as error:
            reason = str(error) or "it ends too early"
            raise UserError(f"{where} is not a WAV file of whole numbers (PCM): {reason}") from error
    if not 1 <= wide <= 4 or not channels or len(content) < channels * wide:
        raise UserError(f"{where} holds no sound")
    count = len(content) // (channels * wide)
    raw = np.frombuffer(content, np.uint8, count * channels * wide).reshape(-1, wide)
    if wide == 1:
        moments: Array = (raw[:, 0].astype(np.float32) - 128) / 128
    else:  # little-endian, to the upper end of 32 bits: the sign is then in its place
        whole = np.zeros((len(raw), 4), np.uint8)
        whole[:, 4 - wide :] = raw
        moments = whole.view("<i4")[:, 0].astype(np.float32) / np.float32(1 << 31)
    return np.ascontiguousarray(moments.reshape(count, channels).T[None])


def read_normalisation(mean: str | None, std: str | None) -> Normalisation | None:
    """What pictures are normalised with: numbers, or the name of usual ones.

    Raises:
        UserError: one without the other, no numbers, not one or three of them, or a deviation of 0.
    """
    if mean is None and std is None:
        return None
    for name in (mean, std):
        if name in USUAL and (mean is None or std is None or mean == std):
            return USUAL[name]
    if mean is None or std is None:
        raise UserError("--mean and --std belong together: --mean 0.5 --std 0.25, or --mean imagenet alone")
    numbers = [_parse_numbers(*one) for one in (("--mean", mean), ("--std", std))]
    if len(numbers[0]) != len(numbers[1]):
        raise UserError(f"--mean has {len(numbers[0])} numbers, --std {len(numbers[1])}")
    if min(numbers[1]) <= 0:
        raise UserError(f"--std {quote(std)}: it must be above 0")
    return numbers[0], numbers[1]


def _parse_numbers(option: str, text: str) -> tuple[float, ...]:
    parts = text.split(",")
    if len(parts) not in (1, 3) or not all(map(_is_number, parts)):
        names = nearest(text, USUAL) if option == "--mean" and not any(map(_is_number, parts)) else ""
        raise UserError(f"{option} {quote(text)}: one number or three wanted{names}")
    return tuple(float(part) for part in parts)
