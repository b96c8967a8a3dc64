"""Reads back what can be asked of a film: the same numbers that the player shows, bit by bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.truth import Origin
from nnanim.web.decode import WebBeat
from nnanim.web.store import Store
from nnanim.web.sums import add_up, put_right

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class WebQuantity:
    """One number of each element, as it was read.

    Attributes:
        means: what it is.
        values: (n, channels).
        states: (n,) whether each is known, as `nnanim.marks.readout` numbers them.
        origins: (n,) where each was recorded, or the code that stands in place of an origin.
    """

    means: str
    values: Floats
    states: npt.NDArray[np.int16]
    origins: tuple[Origin | int, ...]


@dataclass(frozen=True, eq=False)
class WebReadout:
    """Some elements of a mark, as they were read.

    Attributes:
        key, label: of the mark.
        part: what an element is called; names: the name of each, or none.
        shape: number of elements along each dimension of an index.
        area: kind and numbers of where they are.
        quantities: what they hold.
    """

    key: str
    label: str
    part: str
    names: tuple[str, ...]
    shape: tuple[int, ...]
    area: tuple[Any, ...]
    quantities: tuple[WebQuantity, ...]


def read_answers(beat: WebBeat) -> list[WebReadout]:
    """What can be asked at the end of a beat, from the highest mark to the lowest.

    Raises:
        LookupError: the film holds no such table; it was damaged before it was written.
    """
    tables = beat.store.index["readouts"]
    return [
        _read(key, tables["words"][label], tables["entries"][number], beat.store)
        for key, label, *numbers in (beat.readouts or {"marks": []})["marks"]
        for number in numbers
    ]


def _read(key: str, label: str, entry: list[Any], store: Store) -> WebReadout:
    part, area, quantities, shape, names, *_ = entry
    words, count = store.index["readouts"]["words"], int(np.prod(shape))
    numbers = names if isinstance(names, list) else _array(names, store).ravel().astype(int)
    held = tuple(_quantity(one, count, store) for one in quantities)
    return WebReadout(
        key, label, words[part], tuple(words[n] for n in numbers), tuple(shape), tuple(area), held
    )


def _quantity(entry: list[Any], count: int, store: Store) -> WebQuantity:
    means, array, states, origin = entry
    tables = store.index["readouts"]
    known = np.zeros(count, dtype=np.int16) if states < 0 else store.numbers[states : states + count]
    codes = (
        store.numbers[origin[0] : origin[0] + count].tolist()
        if isinstance(origin, list)
        else [origin] * count
    )
    origins = tuple(Origin(*tables["origins"][code]) if code >= 0 else code for code in codes)
    return WebQuantity(tables["words"][means], _array(array, store), known, origins)


def _array(number: int, store: Store) -> Floats:
    """(n, channels) numbers of the array of that number."""
    kind, *rest = store.index["readouts"]["arrays"][number]
    if kind == "product":
        one, other = (_array(which, store) for which in rest)
        return one * other
    if kind == "repeat":
        return np.tile(_array(rest[0], store), (rest[1], 1))
    if kind == "sum":
        one, other, steps = (_array(which, store) for which in (*rest[:2], rest[5]))
        return put_right(add_up(tuple(rest[:5]), one, other), steps)
    at, count, channels = rest
    if kind == "pixel":
        flat = store.pictures[at][..., :3].ravel() / 255.0
    elif kind in ("single", "about"):
        flat = store.singles[at : at + count].astype(float)
    elif kind == "double":
        pieces = store.numbers[at : at + 4 * count].reshape(4, count).T
        flat = np.ascontiguousarray(pieces, dtype="<i2").view("<f8").ravel()
    else:
        flat = store.numbers[at : at + count] / (255.0 if kind == "byte" else 1.0)
    return np.asarray(flat.reshape(-1, channels))
