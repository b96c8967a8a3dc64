"""The file of a trace: a safetensors file, readable by any of its libraries, with all else as JSON inside.

    8 bytes     length of the head
    head        JSON: "__metadata__" with the contents of the trace, then every tensor's dtype and place
    tensors     raw numbers, little-endian, the widest first; values that share memory are written once

The contents (`_Contents`) are JSON in a string, because metadata of safetensors are strings. They say where
every array lies and its CRC-32, and are themselves under a SHA-256, so that a damaged file is never taken for
another trace. Nothing in a file depends on the clock or the machine.
"""

from __future__ import annotations

import hashlib
import math
import os
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal, NamedTuple

import msgspec
import numpy as np

from nnanim.errors import UserError, quote
from nnanim.files import atomic, open_regular, quote_path
from nnanim.schema import parse_json
from nnanim.trace.arrays import Array
from nnanim.trace.data import AXES, RunData
from nnanim.trace.graph import Graph, Node
from nnanim.trace.json_values import decode, decode_node

FORMAT = "nnanim.trace"
VERSION = 2
SUFFIX = ".safetensors"

MAX_HEAD = 48 << 20
"""Maximum size in bytes of the head: some 100,000 calls."""

MAX_PARTS = 2_000_000
"""Maximum number of lists and tables in the contents: each takes far more memory than its two characters."""

MAX_ARRAYS = 200_000
"""Maximum number of arrays."""

MAX_AXES = 32

TENSOR_TYPES = {
    "|b1": "BOOL", "|i1": "I8", "|u1": "U8", "<i2": "I16", "<u2": "U16", "<i4": "I32", "<u4": "U32",
    "<i8": "I64", "<u8": "U64", "<f2": "F16", "<f4": "F32", "<f8": "F64", "<c8": "F32", "<c16": "F64",
}  # fmt: skip
"""What safetensors calls numpy's types; complex numbers are pairs."""

Size = Annotated[int, msgspec.Meta(ge=0)]


class _Row(msgspec.Struct, array_like=True):
    """One array: where it lies among the tensors."""

    section: Literal["arrays", "parameters", "buffers", "gradients", "attention", "layer_inputs"]
    name: str
    dtype: str
    shape: tuple[Size, ...]
    start: Size
    checksum: Size

    @property
    def size(self) -> int:
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize


class _Contents(msgspec.Struct):
    """Everything about a trace but the numbers."""

    arrays: tuple[_Row, ...]
    axes: dict[str, tuple[str, ...]]
    graph: tuple[Node, ...]
    layer_inputs: dict[str, str]
    aliases: dict[str, str]
    provenance: dict[str, Any]


class _Metadata(msgspec.Struct):
    format: str = ""
    version: str = ""
    sha256: str = ""
    trace: str = ""


class _Head(msgspec.Struct):
    metadata: _Metadata = msgspec.field(name="__metadata__", default_factory=_Metadata)


class _Tensor(NamedTuple):
    """One stretch of numbers of the file."""

    name: str
    array: Array
    start: int
    checksum: int


def write_trace(trace: RunData, path: str | os.PathLike[str]) -> None:
    """Write a trace to ``path``; what stood there stays if anything goes wrong.

    Raises:
        UserError: the folder cannot be written to, or the trace holds what the file cannot.
    """
    rows, tensors = _lay_out(trace)
    contents = _contents(trace, rows)
    head = _head(contents, tensors)
    if len(head) > MAX_HEAD or len(rows) > MAX_ARRAYS or _count_parts(contents.encode()) > MAX_PARTS:
        raise UserError(
            f"cannot write {quote_path(path)}: the {len(rows):,} names and the calls of this trace take "
            f"{len(head):,} bytes, the maximum is {MAX_ARRAYS:,} names in {MAX_HEAD:,} bytes; "
            "record fewer of them with only="
        )
    with atomic(path) as temporary, temporary.open("wb") as file:
        file.write(len(head).to_bytes(8, "little"))
        file.write(head)
        for tensor in tensors:
            file.write(_raw(tensor.array))


def _lay_out(trace: RunData) -> tuple[list[_Row], list[_Tensor]]:
    """Where each array lies, and the tensors in the order of the file."""
    unique: dict[Any, tuple[str, Array]] = {}
    places = []
    for section, name, array in _arrays(trace):
        place = (array.__array_interface__["data"][0], array.shape, array.strides, array.dtype.str)
        unique.setdefault(place, (f"{section}/{name}", array))
        places.append((section, name, array, place))
    tensors: dict[Any, _Tensor] = {}
    start = 0
    for place in sorted(unique, key=lambda place: -unique[place][1].dtype.itemsize):
        name, array = unique[place]
        tensors[place] = _Tensor(name, array, start, zlib.crc32(_raw(array)))
        start += array.nbytes
    rows = [
        _Row(section, name, _little(array).str, array.shape, tensors[place].start, tensors[place].checksum)
        for section, name, array, place in places
    ]
    return rows, list(tensors.values())


def _arrays(trace: RunData) -> Iterator[tuple[Any, str, Array]]:
    for section, arrays in trace.sections().items():
        for name, array in arrays.items():
            if _little(array).str not in TENSOR_TYPES:
                raise UserError(
                    f"{quote(name)} holds numbers of type {array.dtype}, which no file holds; "
                    "float64 is the widest"
                )
            yield section, name, array


def _little(array: Array) -> np.dtype[Any]:
    return array.dtype.newbyteorder("<")


def _raw(array: Array) -> Any:
    """The bytes of an array as the file holds them, without a copy where it is possible."""
    flat = np.asarray(array, dtype=_little(array), order="C").reshape(-1)
    return flat.view(np.uint8).data


def _contents(trace: RunData, rows: list[_Row]) -> str:
    about = trace.description()
    usual = {name: axes for name, axes in about["axes"].items() if axes != AXES.get(len(axes))}
    contents = {**about, "arrays": rows, "axes": usual}
    try:
        return msgspec.json.encode(contents).decode("utf-8")
    except UnicodeEncodeError as error:
        raise UserError(f"the trace has a name that is no text: {quote(error.object)}") from None


def _head(contents: str, tensors: list[_Tensor]) -> bytes:
    """The head of the file, padded so that the numbers begin at a multiple of 8."""
    checksum = hashlib.sha256(contents.encode("utf-8")).hexdigest()
    metadata = {"format": FORMAT, "version": str(VERSION), "sha256": checksum, "trace": contents}
    entries: dict[str, Any] = {"__metadata__": metadata}
    for tensor in tensors:
        pair = (2,) if tensor.array.dtype.kind == "c" else ()
        entries[tensor.name] = {
            "dtype": TENSOR_TYPES[_little(tensor.array).str],
            "shape": (*tensor.array.shape, *pair),
            "data_offsets": (tensor.start, tensor.start + tensor.array.nbytes),
        }
    head = msgspec.json.encode(entries)
    return head + b" " * (-len(head) % 8)


def read_trace(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The arguments for a Trace from the file at ``path``; arrays as functions that read them.

    Raises:
        UserError: as for `Trace.load`.
    """
    path = Path(path).absolute()
    with open_regular(path, limit=None) as file:
        status = os.fstat(file.fileno())
        contents, start = _read_contents(file, status.st_size, quote_path(path))
    _check(contents, status.st_size - start, quote_path(path))
    sections: dict[str, dict[str, Callable[[], Array]]] = {}
    for row in contents.arrays:
        reader = partial(_read_array, path, _identity(status), start, row)
        sections.setdefault(row.section, {})[row.name] = reader
    try:
        graph = Graph(tuple(decode_node(node) for node in contents.graph))
        provenance = decode(contents.provenance)
    except RecursionError:
        raise UserError(f"{quote_path(path)} is damaged: its head is nested too deeply") from None
    return {
        "sections": sections,
        "axes": {**_usual_axes(contents.arrays), **contents.axes},
        "graph": graph,
        "layer_inputs": contents.layer_inputs,
        "aliases": contents.aliases,
        "provenance": provenance,
    }


def _read_contents(file: BinaryIO, size: int, where: str) -> tuple[_Contents, int]:
    """The contents of an open file, and where its tensors begin."""
    beginning = file.read(8)
    if beginning.startswith(b"PK"):
        raise UserError(f"{where} is a zip file (as .npz files are), not a saved trace")
    length = int.from_bytes(beginning, "little")
    if len(beginning) < 8 or length > size - 8:
        raise UserError(f"{where} is damaged or not a saved trace: no head of a safetensors file")
    if length > MAX_HEAD:
        raise UserError(
            f"{where} is not a saved trace: its head has {length:,} bytes, the maximum is {MAX_HEAD:,}"
        )
    found = parse_json(file.read(length), _Head, f"{where} is damaged or not a saved trace").metadata
    if found.format != FORMAT:
        raise UserError(
            f"{where} is a safetensors file, but holds no trace: its __metadata__ does not say so"
        )
    if found.version.isdecimal() and len(found.version) < 9 and int(found.version) > VERSION:
        raise UserError(
            f"{where} was written by a newer nnanim (version {found.version} of the file, known: {VERSION})"
        )
    text = found.trace.encode("utf-8", "surrogatepass")
    if found.version != str(VERSION) or hashlib.sha256(text).hexdigest() != found.sha256:
        raise UserError(f"{where} is damaged: __metadata__.trace is not what its checksum says")
    if _count_parts(text) > MAX_PARTS:
        raise UserError(f"{where} is damaged: its head is made of more than {MAX_PARTS:,} lists and tables")
    return parse_json(text, _Contents, where), 8 + length


def _count_parts(text: bytes) -> int:
    return text.count(b"[") + text.count(b"{")


def _check(contents: _Contents, size: int, where: str) -> None:
    """Refuse contents that no trace can have: they would fail later, or never end.

    Args:
        contents: as read.
        size: bytes of all tensors.
        where: the file, for messages.
    """
    if len(contents.arrays) > MAX_ARRAYS:
        raise UserError(f"{where} is damaged: it says that it holds {len(contents.arrays):,} arrays")
    end = 0
    for row in contents.arrays:
        if row.dtype not in TENSOR_TYPES or len(row.shape) > MAX_AXES:
            raise UserError(f"{where} is damaged: {quote(row.name)} has the type {quote(row.dtype)}")
        end = max(end, row.start + row.size)
        axes = contents.axes.get(row.name)
        if row.section == "arrays" and axes is not None and len(axes) != len(row.shape):
            raise UserError(
                f"{where} is damaged: axes.{quote(row.name)} are not those of its {len(row.shape)} axes"
            )
    if end != size:
        raise UserError(f"{where} is damaged: its numbers take {size:,} bytes, its head says {end:,}")
    for node in contents.graph:
        for operand in node.operands:
            if not _is_view(operand.view):
                raise UserError(f"{where} is damaged: {quote(node.name)} takes a view that is none")
    around = {node.name: node.inside for node in contents.graph}
    for node in contents.graph:
        if strange := next((name for name in node.inputs if name not in around), None):
            raise UserError(
                f"{where} is damaged: {quote(node.name)} is fed by {quote(strange)}, which is no call of it"
            )
    ended: set[str] = {""}
    for name in around:
        way: dict[str, None] = {}
        while name not in ended:
            if name in way:
                raise UserError(f"{where} is damaged: the call {quote(name)} lies inside itself")
            way[name] = None
            name = around.get(name, "")
        ended.update(way)


def _is_view(view: Any) -> bool:
    """Whether it is that of an `Operand`, as JSON has it: nothing, or offset, shape and strides."""
    if not view:
        return view is None or isinstance(view, list | tuple)
    return len(view) == 3 and isinstance(view[1], list | tuple) and isinstance(view[2], list | tuple)


def _usual_axes(rows: tuple[_Row, ...]) -> dict[str, tuple[str, ...]]:
    """Axes that go without saying; telling them here saves reading an array for its number of axes."""
    return {
        row.name: AXES[len(row.shape)] for row in rows if row.section == "arrays" and len(row.shape) in AXES
    }


def _identity(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _read_array(path: Path, identity: tuple[int, ...], start: int, row: _Row) -> Array:
    """One array of a file that must still be the one that was loaded."""
    where = quote_path(path)
    with open_regular(path, limit=None) as file:
        if _identity(os.fstat(file.fileno())) != identity:
            raise UserError(f"{where} was changed after it was loaded; load it again")
        file.seek(start + row.start)
        content = file.read(row.size)
    if len(content) != row.size or zlib.crc32(content) != row.checksum:
        raise UserError(f"{where} is damaged: {row.section}.{quote(row.name)} is not what its checksum says")
    try:
        # Arrays of immutable bytes are read-only, and nothing is copied.
        return np.frombuffer(content, dtype=row.dtype).reshape(row.shape)
    except ValueError as error:
        raise UserError(f"{where} is damaged: {row.section}.{quote(row.name)}: {error}") from None
