"""The file of a trace: a zip of .npy files, readable by numpy alone, with a JSON header.

trace.json                      format, version, axes, graph, given, aliases, provenance, and the list of the
arrays arrays/hidden.npy               what numpy.lib.format writes; sections as in `Trace.content`
parameters/hidden.weight.npy
"""

from __future__ import annotations

import json
import math
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nnanim.errors import UserError
from nnanim.files import atomic
from nnanim.trace.arrays import Array
from nnanim.trace.graph import Graph, Node, Operand

FORMAT = "nnanim.trace"
VERSION = 1
HEADER = "trace.json"
LARGEST_HEADER = 1 << 28


def write(trace: Any, path: str | os.PathLike[str]) -> None:
    """Write a Trace to ``path``; what stood there stays if anything goes wrong."""
    header = {"format": FORMAT, "version": VERSION, **trace.described(), "arrays": []}
    with (
        atomic(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file,
    ):
        written: dict[Any, str] = {}
        for section, arrays in trace.content().items():
            for name, array in arrays.items():
                place = (array.__array_interface__["data"][0], array.shape, array.strides, array.dtype.str)
                member = written.setdefault(place, f"{section}/{name}.npy")
                entry = {"section": section, "name": name, "member": member}
                header["arrays"].append(entry | {"shape": list(array.shape), "dtype": array.dtype.str})
                if member != f"{section}/{name}.npy":
                    continue
                with file.open(zipfile.ZipInfo(member), "w", force_zip64=True) as out:
                    np.lib.format.write_array(out, np.asanyarray(array, order="C"), allow_pickle=False)
        file.writestr(HEADER, json.dumps(header, ensure_ascii=False, indent=1))


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The arguments for a Trace from the file at ``path``; arrays as functions that read them.

    Raises:
        UserError: as for `Trace.load`.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as file:
            header = _header(file, path)
            sections: dict[str, dict[str, Callable[[], Array]]] = {}
            for entry in header["arrays"]:
                section = sections.setdefault(str(entry["section"]), {})
                section[str(entry["name"])] = _reader(path, file.getinfo(entry["member"]), entry)
            nodes = tuple(_node(fields) for fields in header["graph"])
            axes = {name: tuple(names) for name, names in header["axes"].items()}
            rest = {key: dict(header[key]) for key in ("given", "aliases", "provenance")}
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    except (zipfile.BadZipFile, EOFError, KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"{path} is damaged or not a saved trace ({error})") from error
    return {"sections": sections, "axes": axes, "graph": Graph(nodes), **rest}


def _header(file: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    if HEADER not in file.namelist():
        raise UserError(f"{path} is a zip file but no saved trace: it has no {HEADER}")
    if file.getinfo(HEADER).file_size > LARGEST_HEADER:
        raise UserError(f"{path} is damaged: its header is larger than {LARGEST_HEADER} bytes")
    header = json.loads(file.read(HEADER))
    if header["format"] != FORMAT:
        raise UserError(f"{path} holds {header['format']!r}, not a trace")
    if header["version"] > VERSION:
        raise UserError(
            f"{path} was written by a newer nnanim (file version {header['version']}, known: {VERSION})"
        )
    return dict(header)


def _node(fields: dict[str, Any]) -> Node:
    known = {key: _tuples(value) for key, value in fields.items() if key != "operands"}
    operands = (
        Operand(**{key: _tuples(value) for key, value in one.items()}) for one in fields.get("operands", ())
    )
    return Node(**known, operands=tuple(operands))


def _tuples(value: Any) -> Any:
    """JSON's lists as the tuples that they were."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _reader(path: Path, member: zipfile.ZipInfo, entry: dict[str, Any]) -> Callable[[], Array]:
    """A function that reads one array, after making sure that it is as large as the header says."""
    shape, dtype = tuple(int(size) for size in entry["shape"]), np.dtype(entry["dtype"])
    size = math.prod(shape) * dtype.itemsize
    if dtype.kind not in "biufc" or min(shape, default=0) < 0 or not 0 <= member.file_size - size <= 65536:
        raise UserError(f"{path} is damaged: {member.filename} is not what its header says")

    def fetch() -> Array:
        try:
            with zipfile.ZipFile(path) as file, file.open(member.filename) as stream:
                array: Array = np.lib.format.read_array(stream, allow_pickle=False)
        except OSError as error:
            raise UserError(f"cannot read {path}: {error.strerror or error}") from error
        except (zipfile.BadZipFile, EOFError, KeyError, ValueError) as error:
            raise UserError(f"{path} is damaged: {member.filename} cannot be read ({error})") from error
        if array.shape != shape or array.dtype != dtype:
            raise UserError(f"{path} is damaged: {member.filename} is not what its header says")
        array.flags.writeable = False
        return array

    return fetch
