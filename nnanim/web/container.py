"""The bytes around a film: a header, its compressed part, its pictures."""

from __future__ import annotations

import gzip
import json
import lzma
import struct
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.errors import UserError
from nnanim.web.columns import read_columns, write_columns

MAGIC = b"NNFILM"
VERSION = 6

HEADER = struct.Struct("<6sHIIIII")
"""Magic, version, packing, bytes of the compressed part and of its content, its checksum, bytes of the
pictures."""

QUICK, SMALL = 0, 1
"""Packings: gzip, with an index in JSON; LZMA, with an index in columns."""

LARGEST_FILM = 1 << 30
"""Maximum number of bytes of a film's compressed part once it is unpacked."""

CONTEXT = {"id": lzma.FILTER_LZMA1, "lc": 3, "lp": 0, "pb": 0}
"""What LZMA tells apart: the byte before, and no place. The player's reader knows nothing else."""

DICTIONARY = 1 << 26
"""Bytes as of LZMA that are looked back at."""


@dataclass(frozen=True, eq=False)
class Content:
    """The compressed part: index, whole numbers, numbers of single precision."""

    index: Any
    numbers: npt.NDArray[np.int16]
    singles: npt.NDArray[np.float32]


def write_file(content: Content, pictures: bytes, *, small: bool) -> bytes:
    """A file; ``small``: as small as it can be, or made quickly."""
    if small:
        text = write_columns(content.index)
    else:
        text = json.dumps(content.index, ensure_ascii=False, separators=(",", ":")).encode()
    counts = struct.pack("<III", len(text), content.numbers.size, content.singles.size)
    plain = b"".join([counts, text, planes(content.numbers), planes(content.singles)])
    body = pack_small(plain) if small else gzip.compress(plain, 6, mtime=0)
    packing = SMALL if small else QUICK
    head = HEADER.pack(MAGIC, VERSION, packing, len(body), len(plain), zlib.adler32(body), len(pictures))
    return head + body + pictures


def _filter(size: int) -> dict[str, int]:
    return {**CONTEXT, "preset": 9, "dict_size": min(max(1 << size.bit_length(), 4096), DICTIONARY)}


def pack_small(plain: bytes) -> bytes:
    """Bytes as raw LZMA."""
    return lzma.compress(plain, lzma.FORMAT_RAW, filters=[_filter(len(plain))])


def repack_small(data: bytes) -> bytes:
    """A film as small as it can be, where it is one that was made quickly; else what was given.

    Raises:
        UserError, ValueError, LookupError, zlib.error: it was made quickly, and is damaged.
    """
    if data[: len(MAGIC)] != MAGIC or len(data) < HEADER.size:
        return data
    _, version, packing, *_ = HEADER.unpack_from(data)
    if version != VERSION or packing != QUICK:
        return data
    content, pictures = read_file(data)
    return write_file(content, pictures, small=True)


def read_file(data: bytes) -> tuple[Content, bytes]:
    """What a file holds, and its pictures.

    Raises:
        UserError: it is no film, of another version, or cut off.
        ValueError, LookupError, lzma.LZMAError, zlib.error: it is damaged.
    """
    if data[: len(MAGIC)] != MAGIC:
        raise UserError("this is no film of nnanim's: it does not begin with NNFILM")
    if len(data) < HEADER.size:
        raise UserError(f"the film is cut off: {len(data)} bytes")
    _, version, packing, packed, size, check, pictures = HEADER.unpack_from(data)
    if version != VERSION:
        raise UserError(f"the film is of version {version}, and this nnanim reads version {VERSION}")
    whole = HEADER.size + packed + pictures
    if len(data) < whole:
        raise UserError(f"the film is cut off: {len(data)} of {whole} bytes are there")
    body = data[HEADER.size : HEADER.size + packed]
    if zlib.adler32(body) != check:
        raise ValueError("its compressed part has another checksum")
    plain = _unpack(body, packing, min(size, LARGEST_FILM))
    if len(plain) != size:
        raise ValueError(f"{len(plain)} bytes where {size} are announced")
    return _read_content(plain, packing), data[whole - pictures : whole]


def _unpack(body: bytes, packing: int, size: int) -> bytes:
    if packing == QUICK:
        return zlib.decompressobj(31).decompress(body, size)
    if packing != SMALL:
        raise ValueError(f"there is no packing {packing}")
    unpacker = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[_filter(size)])
    return unpacker.decompress(body, size)


def _read_content(plain: bytes, packing: int) -> Content:
    text, count, singles = struct.unpack_from("<III", plain)
    at = 12 + text
    if len(plain) != at + 2 * count + 4 * singles:
        raise ValueError(f"{len(plain)} bytes where {at + 2 * count + 4 * singles} are announced")
    index = json.loads(plain[12:at]) if packing == QUICK else read_columns(plain[12:at])
    numbers, floats = plain[at : at + 2 * count], plain[at + 2 * count :]
    return Content(index, _join_planes(numbers, "<i2"), _join_planes(floats, "<f4"))


def planes(values: npt.NDArray[Any]) -> bytes:
    """All first bytes of some numbers, then all second ones, and so on: so they compress better."""
    size = values.dtype.itemsize
    return np.ascontiguousarray(values).view(np.uint8).reshape(-1, size).T.tobytes()


def _join_planes(data: bytes, kind: str) -> npt.NDArray[Any]:
    size = np.dtype(kind).itemsize
    return np.ascontiguousarray(np.frombuffer(data, np.uint8).reshape(size, -1).T).view(kind).ravel()
