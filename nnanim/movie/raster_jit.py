"""The ``raster_kernels`` as machine code: compiled by numba once a machine, loaded in milliseconds later.

numba needs a second of CPU to load what it compiled before. So the machine code is kept as an object file,
which llvmlite alone brings back.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numpy as np
import numpy.typing as npt

from nnanim.files import atomic

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint32]
Bytes = npt.NDArray[np.uint8]
Matrix = tuple[float, float, float, float, float, float]

ARRAY, WHOLE, REAL = ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_double

PAINTS = ARRAY, WHOLE, WHOLE, WHOLE, ARRAY, WHOLE, *4 * [ARRAY]
LOOPS = {
    "lines": (*PAINTS, REAL),
    "discs": (*PAINTS, *3 * [REAL]),
    "boxes": (*PAINTS, *3 * [REAL]),
    "polylines": (*PAINTS, REAL),
    "planes": (ARRAY, ARRAY, WHOLE, WHOLE, *3 * [ARRAY], WHOLE, WHOLE, ARRAY),
}
"""What each loop takes, as ``raster_kernels`` has it."""


class Loops:
    """Machine code that paints many shapes of a kind; ``pixels`` are (height, width) words of a frame."""

    def __init__(self, code: bytes) -> None:
        """Load an object file."""
        machine = _machine()
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        self._engine.add_object_file(llvm.object_file.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        self._mask = np.zeros(0, dtype=np.float32)
        self._calls = {name: self._call(name, takes) for name, takes in LOOPS.items()}

    def _call(self, name: str, takes: tuple[Any, ...]) -> Callable[..., int]:
        # numba's own two first: places for a result and for an error.
        made = ctypes.CFUNCTYPE(ctypes.c_int, ARRAY, ARRAY, *takes)
        return made(self._engine.get_function_address(f"nnanim_{name}"))

    def lines(
        self, pixels: Words, matrix: Matrix, starts: Floats, ends: Floats, colors: Floats, widths: Floats,
        opacity: float,
    ) -> None:  # fmt: skip
        """Paint lines: (n, 2) starts and ends, (n, 4) colors, (n,) widths."""
        self._paint("lines", pixels, matrix, (starts, ends, colors, widths), len(widths), opacity)

    def discs(
        self, pixels: Words, matrix: Matrix, centers: Floats, radii: Floats, fills: Floats, rims: Floats,
        rim_width: float, glow: float, opacity: float,
    ) -> None:  # fmt: skip
        """Paint discs: (n, 2) centers, (n,) radii, (n, 4) fills and rims."""
        self._paint(
            "discs", pixels, matrix, (centers, radii, fills, rims), len(radii), rim_width, glow, opacity
        )

    def boxes(
        self, pixels: Words, matrix: Matrix, centers: Floats, sizes: Floats, fills: Floats, rims: Floats,
        rim_width: float, corner: float, opacity: float,
    ) -> None:  # fmt: skip
        """Paint boxes along the axes: (n, 2) centers and sizes, (n, 4) fills and rims."""
        numbers = rim_width, corner, opacity
        self._paint("boxes", pixels, matrix, (centers, sizes, fills, rims), len(sizes), *numbers)

    def polylines(
        self, pixels: Words, matrix: Matrix, points: Floats, starts: Floats, looks: Floats, opacity: float
    ) -> None:
        """Paint polylines: (m, 2) points, (n + 1,) where each begins, (n, 10) their looks."""
        rows, columns = pixels.shape
        if self._mask.size < rows * (columns + 2):
            self._mask = np.zeros(rows * (columns + 2), dtype=np.float32)
        self._run("polylines", pixels, matrix, (points, starts, looks, self._mask), len(looks), opacity)

    def planes(self, pixels: Bytes, seen: Bytes, planes: tuple[Bytes, ...]) -> int:
        """Bring the three (rows, bytes a row) planes of a film up to date; how many places have changed.

        ``pixels`` and ``seen`` are (height, width, 4) RGBA without gaps, of even sides; ``seen`` becomes
        ``pixels``.
        """
        (rows, columns), changes, result = pixels.shape[:2], ctypes.c_int64(), ctypes.c_void_p()
        address = ctypes.addressof(result)
        self._calls["planes"](
            address, address, pixels.ctypes.data, seen.ctypes.data, rows, columns,
            *(plane.ctypes.data for plane in planes), planes[0].shape[1], planes[1].shape[1],
            ctypes.addressof(changes),
        )  # fmt: skip
        return changes.value

    def _paint(
        self,
        name: str,
        pixels: Words,
        matrix: Matrix,
        arrays: tuple[Floats, ...],
        count: int,
        *numbers: float,
    ) -> None:
        if any(len(array) != count for array in arrays):
            raise ValueError(f"{name}: arrays of different lengths")
        self._run(name, pixels, matrix, arrays, count, *numbers)

    def _run(
        self, name: str, pixels: Words, matrix: Matrix, arrays: tuple[npt.NDArray[Any], ...], count: int,
        *numbers: float,
    ) -> None:  # fmt: skip
        # All must outlive the call; numbers of half the size are room that the loop writes to.
        held = [one if one.dtype == np.float32 else np.ascontiguousarray(one, dtype=float) for one in arrays]
        places, result = np.array(matrix), ctypes.c_void_p()
        (rows, columns), stride = pixels.shape, pixels.strides[0] // 4
        address = ctypes.addressof(result)
        self._calls[name](
            address, address, pixels.ctypes.data, rows, columns, stride, places.ctypes.data, count,
            *(array.ctypes.data for array in held), *numbers,
        )  # fmt: skip


@cache
def loops() -> Loops:
    """The loops: from where they are kept, else made and kept.

    Raises:
        ImportError: numba is not there, or not for this numpy.
        RuntimeError: it cannot make code for this machine that stands alone.
    """
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    name = f"nnanim-{_fingerprint()}.o"
    for folder in _folders():
        if (code := _read(folder / name)) is not None:
            return Loops(code)
    code = _compile()
    for folder in _folders():
        try:
            with atomic(folder / name) as temporary:
                temporary.write_bytes(hashlib.sha256(code).digest() + code)
            break
        except OSError:
            continue
    return Loops(code)


def _read(path: Path) -> bytes | None:
    """An object file that is whole."""
    try:
        held = path.read_bytes()
    except OSError:
        return None
    return held[32:] if hashlib.sha256(held[32:]).digest() == held[:32] else None


def _folders() -> Iterator[Path]:
    """Where machine code may be kept: beside the source, else in the user's own cache."""
    yield Path(__file__).parent / "__pycache__"
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA", "")
    else:
        home = os.environ.get("XDG_CACHE_HOME", "") or str(Path("~/.cache").expanduser())
    if home and not home.startswith("~"):
        yield Path(home) / "nnanim"


def _fingerprint() -> str:
    """A name for the source, the compiler and the machine."""
    names = ("raster_kernels.py", "raster_outlines.py", Path(__file__).name)
    source = b"".join(Path(__file__).with_name(name).read_bytes() for name in names)
    machine = f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"
    known = f"{version('numba')} {version('llvmlite')} {llvm.get_process_triple()} {machine}"
    return hashlib.sha256(source + known.encode()).hexdigest()[:24]


def _machine() -> Any:
    features = llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(cpu=llvm.get_host_cpu_name(), features=features, opt=3, jit=True)


def _compile() -> bytes:
    """The loops as one object file that needs nothing from outside."""
    from nnanim.movie import raster_outlines

    whole: Any = None
    for name, (native, text) in raster_outlines.assembly().items():
        module = llvm.parse_assembly(text)
        for one in [*module.functions, *module.global_variables]:
            if one.name == native:
                one.name = f"nnanim_{name}"
            elif not one.is_declaration:
                one.linkage = "internal"
        _strip(module)
        if whole is None:
            whole = module
        else:
            whole.link_in(module)
    missing = [one.name for one in whole.functions if one.is_declaration and not one.name.startswith("llvm.")]
    if missing:
        raise RuntimeError(f"the compiled loops ask for {', '.join(missing)}")
    return bytes(_machine().emit_object(whole))


def _strip(module: Any) -> None:
    """Remove what nothing calls: numba's wrappers, which ask for Python."""
    passes = llvm.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(module, llvm.create_pass_builder(_machine(), llvm.PipelineTuningOptions()))
