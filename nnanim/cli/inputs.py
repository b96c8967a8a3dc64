"""Arrays that a user names on the command line."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from nnanim.errors import UserError, quote
from nnanim.files import open_regular, quote_path

MAX_AXES, MAX_LENGTH = 32, 1 << 48

_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def read_array(path: str) -> NDArray[Any]:
    """The numbers in a .npy file.

    Nothing in it is run, and no memory is taken for more than the file holds.

    Raises:
        UserError: no such file, no .npy file, damaged, or it holds something else than numbers.
    """
    where = quote_path(path)
    with open_regular(path, limit=None) as file:
        if file.read(2) == b"PK":
            raise UserError(f"{where} holds several arrays; give each as a .npy file of its own")
        file.seek(0)
        shape, fortran_order, dtype = _read_header(file, where)
        if dtype.kind not in "biufc":
            raise UserError(f"{where} holds values of type {quote(str(dtype))}; numbers wanted")
        start, size = file.tell(), math.prod(shape) * dtype.itemsize
        there = file.seek(0, os.SEEK_END) - start
        sane = len(shape) <= MAX_AXES and all(0 <= length <= MAX_LENGTH for length in shape)
        if there != size or not sane:
            raise UserError(
                f"{where} is damaged: it holds {there:,} bytes of numbers, "
                f"its header says {quote(shape)} of {dtype}"
            )
        file.seek(start)
        values = np.fromfile(file, dtype, math.prod(shape))
    return values.reshape(shape, order="F" if fortran_order else "C")


def _read_header(file: BinaryIO, where: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, order and type of the array in an open .npy file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # headers that Python 2 has written
            version = np.lib.format.read_magic(file)
            return _HEADERS[version](file)
    except Exception as error:
        # numpy parses the header as Python: what a damaged one raises has no common type.
        raise UserError(f"{where} is not an array that numpy.save has written, or is damaged") from error


def draw_inputs(shapes: Sequence[str], below: int | None, seed: int) -> list[Any]:
    """Random inputs: numbers of a normal distribution, or whole numbers."""
    numbers = np.random.default_rng(seed)
    sizes = [_parse_shape(shape) for shape in shapes]
    if below is not None:
        return [numbers.integers(below, size=size) for size in sizes]
    return [numbers.standard_normal(size).astype(np.float32) for size in sizes]


def _parse_shape(shape: str) -> tuple[int, ...]:
    parts = shape.replace("x", ",").replace("×", ",").split(",")
    if not all(part.strip().isdecimal() and int(part) > 0 for part in parts):
        raise UserError(f"--shape {quote(shape)} is not a shape; write --shape 1,3,32,32")
    return tuple(int(part) for part in parts)
