"""Where marks come from and where they go: a row of numbers out of its word, products into their sum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import index
from typing import Any

import numpy as np

from nnanim.arguments import KnownArguments
from nnanim.errors import UserError, nearest
from nnanim.marks import Mark, Wires
from nnanim.marks.view import read_spot

ORDERS = ("", "one by one")

PLACES = "a part is an index, or (row, column) where there are rows and columns; cells are ((row, column), …)"
"""What says where something comes from."""

Cells = tuple[tuple[int, int], ...]

Born = Mapping[Any, "From"]
"""What is born: a mark, by its key; or a part that joins a mark that stays, by key and index."""

Gathers = Mapping[str, "str | tuple[Any, ...]"]
"""What is gathered in, by key, and where: into a mark, by key, or into a part of one, by key and index:
``("h", 1)``; ``("w", (row, column))`` or ``("w", row, column)`` where it has rows and columns."""


@dataclass(frozen=True)
class From(KnownArguments):
    """Where a mark is born: at the parts of another mark that stands in this beat or stood in the one before.

    Where both have as many parts, or one has as many rows, each comes from its own; else the mark comes as a
    whole out of what is named.

    Attributes:
        key: of the other mark.
        part: index of the part, or several, negative from the end; (row, column) where it has rows and
            columns, such as Wires, at (out, in), and Grid. None: all of them.
        cells: (row, column) of some cells, such as a `window`: they keep their arrangement on the way.
        into: of Wires, the neuron at which the wires end: each part comes from the end of one wire.
    """

    key: str
    part: int | tuple[Any, ...] | None = None
    cells: Cells | None = None
    into: int | None = None

    def __post_init__(self) -> None:
        if isinstance(self.part, int | np.integer) and isinstance(self.cells, int | np.integer):
            self._set("part", (self.part, self.cells))  # From("w", 0, 1), as ("w", 0, 1) elsewhere
            self._set("cells", None)
        said = [name for name in ("part", "cells", "into") if getattr(self, name) is not None]
        if len(said) > 1:
            raise UserError(f"From({self.key!r}): {' and '.join(said)}; only one of them can be said")
        try:
            if self.cells is not None:
                self._set("cells", tuple((index(r), index(c)) for r, c in self.cells))
            if self.part is not None:
                self._set("part", _read_indices(self.part))
            if self.into is not None:
                self._set("into", index(self.into))
        except (TypeError, ValueError):
            raise UserError(f"From({self.key!r}): {said[0]}={getattr(self, said[0])!r}; {PLACES}") from None

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)


def _read_indices(part: Any) -> Any:
    """An index, several, or (row, column) of several."""
    if isinstance(part, tuple | list | np.ndarray):
        return tuple(_read_indices(one) for one in part)
    return index(part)


def window(row: int, column: int, size: int | tuple[int, int]) -> Cells:
    """The cells of a block whose upper left cell is at (row, column), row by row."""
    rows, columns = (size, size) if isinstance(size, int) else size
    return tuple((row + r, column + c) for r in range(rows) for c in range(columns))


def key_of_born(born: str | tuple[Any, ...]) -> str:
    """The key of a mark that is named by itself, or by one of its parts."""
    return read_spot(born)[0]


def check_here(born: Born, gathers: Gathers, order: str, keys: Iterable[str]) -> None:
    """See that what is born, and what is gathered in, is on the stage of the beat that says so.

    Raises:
        UserError: it is not, or two marks are born out of each other.
    """
    keys = list(keys)
    if order not in ORDERS:
        raise UserError(f"order={order!r}; 'one by one' or '' wanted")
    for one in map(key_of_born, born):
        if one not in keys:
            raise UserError(f"born {one!r} is not on the stage{nearest(one, keys)}")
    for one, into in ((one, key_of_born(into)) for one, into in gathers.items()):
        if into not in keys:
            raise UserError(
                f"{one!r} is gathered into {into!r}, which is not on the stage{nearest(into, keys)}"
            )
    if wrong := next((key for key, one in born.items() if not isinstance(one, From)), None):
        raise UserError(f"born {wrong!r}: {born[wrong]!r} is no From; {{{wrong!r}: From({born[wrong]!r})}}")
    for one in born:
        way = [key_of_born(one)]
        while (source := born.get(way[-1])) is not None:
            if source.key in way:
                raise UserError(f"{' and '.join(map(repr, way))} are born out of each other")
            way.append(source.key)


def check_with(born: Born, gathers: Gathers, here: Mapping[str, Mark], before: Mapping[str, Mark]) -> None:
    """See that what is born and what is gathered in fits the beat before.

    Raises:
        UserError: a source stands in neither beat, what is born stood there already, or what is gathered in
            did not, or stays.
    """
    for one, source in born.items():
        key, known = key_of_born(one), {**before, **here}
        if source.key not in known:
            raise UserError(
                f"{key!r} is born from {source.key!r}, which stands in neither this beat nor the one before"
                f"{nearest(source.key, [name for name in known if name != key])}"
            )
        if isinstance(one, str) and key in before:
            raise UserError(f"{key!r} stands in the beat before: it cannot be born, only its parts can")
        if not isinstance(one, str) and key not in before:
            raise UserError(
                f"part {read_spot(one)[1]} joins {key!r}, which does not stand in the beat before"
                f"{nearest(key, before)}"
            )
        if source.into is not None and not isinstance(known[source.key], Wires):
            kind = type(known[source.key]).__name__
            raise UserError(f"{key!r} is born where {source.key!r} ends, which is a {kind}; Wires wanted")
    for one in gathers:
        if one not in before:
            raise UserError(f"gathered {one!r} does not stand in the beat before{nearest(one, before)}")
        if one in here:
            raise UserError(f"gathered {one!r} stays on the stage: only what leaves is gathered in")
