"""A read-only mapping of names to read-only arrays that may be fetched only when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnanim.errors import MAX_QUOTE, UserError, nearest, quote, shorten

Array = NDArray[Any]
Source = Array | Callable[[], Array]


class ArrayHome(NamedTuple):
    """Where an array is kept: the section of its trace, and what its first axis counts; empty if unknown."""

    section: str = ""
    axis: str = ""


NO_HOME = ArrayHome()

Replacement = Callable[[str, Array, ArrayHome], Array]
"""Gets the name, the values and the home of an array that is read; gives what the reader sees."""

_replacement: ContextVar[Replacement | None] = ContextVar("replacement", default=None)


@contextmanager
def replace_reads(replace: Replacement) -> Iterator[None]:
    """A block in which everything that is read from a trace is what ``replace`` gives for it."""
    before = _replacement.set(replace)
    try:
        yield
    finally:
        _replacement.reset(before)


def apply_replacement(name: str, array: Array, home: ArrayHome = NO_HOME) -> Array:
    """What a reader sees of a recorded array: the array itself, outside of `replace_reads`."""
    replace = _replacement.get()
    return array if replace is None else replace(name, array, home)


class Arrays(Mapping[str, Array]):
    """Named arrays; a value may be a function that gives the array when it is first asked for.

    Args:
        sources: name to array or to a function without arguments. Writeable arrays are copied.
        missing: start of the message for an unknown name, in front of the name.
        section: of the trace that these are.
        axes: names of the axes of some of them; of the others the first one is ``axis``.
    """

    def __init__(
        self,
        sources: Mapping[str, Source] | None = None,
        missing: str = "nothing is called",
        *,
        section: str = "",
        axes: Mapping[str, Sequence[str]] | None = None,
        axis: str = "",
    ) -> None:
        self._sources = dict(sources or {})
        self._missing = missing
        self._section, self._axes, self._axis = section, axes or {}, axis

    def __getitem__(self, name: str) -> Array:
        source = self._sources.get(name)
        if source is None:
            raise UserError(f"{self._missing} {quote(name)}{nearest(str(name), self._sources)}")
        if not isinstance(source, np.ndarray) or source.flags.writeable:
            source = self._sources[name] = freeze(source() if callable(source) else source)
        if _replacement.get() is None:
            return source
        first = (*self._axes.get(name, (self._axis,)), "")[0]
        return apply_replacement(name, source, ArrayHome(self._section, first))

    def __contains__(self, name: object) -> bool:
        return name in self._sources

    def get(self, name: str, default: Any = None) -> Any:
        """The array called ``name``, or ``default``."""
        return self[name] if name in self._sources else default

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)

    def __repr__(self) -> str:
        return f"Arrays({', '.join(self._sources)})"


def freeze(array: Any) -> Array:
    """``array`` as a read-only numpy array; a writeable one is copied, so that nobody else can change it.

    Raises:
        UserError: the values are no numbers.
    """
    found: Array = np.asarray(array)
    if found.dtype.kind not in "biufc":
        raise UserError(f"a trace holds numbers, got values of type {shorten(str(found.dtype), MAX_QUOTE)}")
    if not found.dtype.isnative:
        found = found.astype(found.dtype.newbyteorder("="))
    if found.flags.writeable:
        found = found.copy()
        found.flags.writeable = False
    return found
