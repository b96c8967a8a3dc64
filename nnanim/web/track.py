"""How a mark is drawn in the course of a phase, as rows of numbers between which the player goes straight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.shapes import Shapes
from nnanim.web.bank import Bank, WebRow
from nnanim.web.channel import CLOSE, LOOSE, MOMENT, channel
from nnanim.web.mixture import unmix
from nnanim.web.quanta import ALPHA, as_int16, as_places, halvings
from nnanim.web.slots import Slot, align

Floats = npt.NDArray[np.float64]

LARGE = 100
"""Number of places from which a shape has a track of its own."""

FAINT = 0.5
"""Light below which something that appears in a sample is taken to come out of nothing, and to go into it."""

Segment = list[Any]
Drawn = int | list[Segment]


def static(shapes: Shapes, bank: Bank) -> int:
    """The number of a drawing that does not move."""
    rows = bank.rows(shapes)
    return bank.statics.number(_rest(tuple(row.form for row in rows), *_join(rows), bank))


def _rest(forms: tuple[int, ...], places: Floats, colors: Floats, bank: Bank) -> tuple[int, int, int]:
    """List, places and colours of a drawing."""
    high = halvings(float(np.abs(places).max(initial=0.0)))
    list_ = bank.lists.number((high, *forms))
    return list_, bank.put(as_places(places / 2**high, bank.fine(forms))), bank.put(as_int16(colors))


def _join(rows: Sequence[WebRow]) -> tuple[Floats, Floats]:
    empty = np.zeros(0)
    places = np.concatenate([empty, *(row.places for row in rows)])
    return places, np.concatenate([empty, *(row.colors for row in rows)])


def tracks(samples: Sequence[Shapes], moments: Floats, bank: Bank) -> Iterator[Drawn]:
    """Drawings of a mark that moves, one above the other: each of shapes that come and go together.

    Args:
        samples: what is seen at each moment.
        moments: (n,) shares of the phase's time, from 0 to 1.
        bank: receives the numbers.

    Returns:
        Numbers of drawings at rest, and segments: in order, each [start, list, places, colours] or [start,
        list, places, colours, light]; it holds from its start to that of the next one. Places, colours and
        light are channels.
    """
    every = [bank.rows(shapes) for shapes in samples]
    slots = align([bank.kinds(tuple(row.form for row in rows)) for rows in every])
    for group in _groups(slots, bank):
        first, count = group[0].first, len(group[0].indices)
        found = [[every[first + i][slot.indices[i]] for slot in group] for i in range(count)]
        for layer in unmix(found, bank) or (found,):
            yield _track(layer, first, moments, bank)


def _groups(slots: Sequence[Slot], bank: Bank) -> list[list[Slot]]:
    """Neighbours that are seen in the same samples; a large batch, or a picture, has a track of its own."""
    groups: list[list[Slot]] = []
    for slot in slots:
        last = groups[-1][0] if groups else None
        alone = any(one.kind < 0 or bank.size(one.kind) > LARGE for one in (slot, last) if one is not None)
        together = last is not None and (last.first, len(last.indices)) == (slot.first, len(slot.indices))
        if together and not alone:
            groups[-1].append(slot)
        else:
            groups.append([slot])
    return groups


def _track(found: list[list[WebRow]], first: int, moments: Floats, bank: Bank) -> Drawn:
    """Shapes that are seen from one sample to another; ``found`` has those of each."""
    kinds = [tuple(row.form for row in rows) for rows in found]
    rows = [_join(one) for one in found]
    places, colors = (np.array([row[i] for row in rows]) for i in (0, 1))
    end, see = first + len(rows), bank.alphas(kinds[0])
    low, high = first, end
    if first and _is_faint(colors, 0, see):
        low, kinds = first - 1, [kinds[0], *kinds]
        places = np.vstack([_go_on(places[::-1]), places])
        colors = np.vstack([_dark(colors[0], see), colors])
    if end < len(moments) and _is_faint(colors, -1, see):
        high, kinds = end + 1, [*kinds, kinds[-1]]
        places, colors = np.vstack([places, _go_on(places)]), np.vstack([colors, _dark(colors[-1], see)])
    segments = list(_runs(kinds, places, colors, moments[low:high], bank))
    if not first and end == len(moments):
        return simplify(segments, bank)
    nothing = [bank.lists.number((0,)), bank.put(np.zeros(0)), bank.put(np.zeros(0))]
    if low:
        segments.insert(0, [0.0, *nothing])
    if end < len(moments):
        segments.append([round(float(moments[end]), 5), *nothing])
    return segments


def _runs(
    kinds: list[tuple[int, ...]], places: Floats, colors: Floats, times: Floats, bank: Bank
) -> Iterator[Segment]:
    """A segment for each picture that is shown, of which each goes on to where the next one is."""
    first = 0
    for i in range(1, len(kinds) + 1):
        if i == len(kinds) or kinds[i] != kinds[first]:
            yield _segment(
                kinds[first], places[first : i + 1], colors[first : i + 1], times[first : i + 1], bank
            )
            first = i


def _is_faint(colors: Floats, which: int, see: npt.NDArray[np.bool_]) -> bool:
    """Whether a sample is so much darker than the brightest one that the shapes come out of nothing."""
    if not see.any():
        return False
    return bool(colors[which, see].max() < FAINT * max(colors[:, see].max(), 0.5 * ALPHA))


def _go_on(places: Floats) -> Floats:
    """(n,) where shapes would be one sample after some (k, n), if they went on so; no size turns below 0."""
    last = places[-1]
    after = 2 * last - places[-2] if len(places) > 1 else last
    return np.where(np.sign(after) == np.sign(last), after, 0.0)


def _dark(colors: Floats, see: npt.NDArray[np.bool_]) -> Floats:
    return np.where(see, 0.0, colors)


def simplify(segments: list[Segment], bank: Bank) -> Drawn:
    """One segment that does not move is a drawing at rest."""
    alone = segments[0]
    if len(segments) > 1 or len(alone) > 4 or any(not isinstance(one, int) for one in alone[1:]):
        return segments
    return bank.statics.number((alone[1], alone[2], alone[3]))


def step_track(states: Sequence[Shapes], starts: Floats, bank: Bank) -> list[Segment]:
    """Segments of states that follow each other at once; ``starts``: (n,) from which each is on."""
    every = [bank.rows(shapes) for shapes in states]
    kinds = [tuple(row.form for row in rows) for rows in every]
    segments: list[Segment] = []
    first = 0
    for i in range(1, len(every) + 1):
        if i < len(every) and kinds[i] == kinds[first]:
            continue
        rows = [_join(one) for one in every[first:i]]
        places, colors = (np.repeat(np.array([row[k] for row in rows]), 2, axis=0) for k in (0, 1))
        # Each state is there from its start until just before that of the next one.
        ends = np.append(starts[first + 1 : i] - 1 / MOMENT, 1.0)
        moments = np.column_stack([starts[first:i], np.maximum(ends, starts[first:i])]).ravel()
        segments.append(_segment(kinds[first], places, colors, moments, bank, smooth=False))
        first = i
    return segments


def _segment(
    forms: tuple[int, ...], places: Floats, colors: Floats, times: Floats, bank: Bank, smooth: bool = True
) -> Segment:
    """Places (k, n) and colours (k, m) at k moments; ``smooth``: as of `channel`."""
    high = halvings(float(np.abs(places).max(initial=0.0)))
    list_, start = bank.lists.number((high, *forms)), round(float(times[0]), 5)
    see = bank.alphas(forms)
    # A picture's pixels are sharp: it is held to its place more closely.
    loose = LOOSE / 16 if any(bank.kind(one) < 0 for one in forms) else LOOSE
    where = channel(places / 2**high, times, np.array(loose), bank, smooth, bank.fine(forms))
    head = [start, list_, where]
    found = find_fade(colors, see) if smooth and len(colors) > 1 else None
    if found is None:
        return [*head, channel(colors, times, np.where(see, CLOSE / 255 * ALPHA, CLOSE), bank, smooth)]
    base, light = found
    shown = channel(light[:, None] * ALPHA, times, np.array(CLOSE / 255 * ALPHA), bank)
    return [*head, bank.put(as_int16(colors[base])), shown]


def find_fade(colors: Floats, see: npt.NDArray[np.bool_]) -> tuple[int, Floats] | None:
    """The brightest of some samples (k, m) and how bright each is (k,), where they differ in nothing else."""
    if not see.any() or np.ptp(colors[:, ~see], axis=0).max(initial=0.0) > 0.75:
        return None
    bright = colors[:, see].sum(axis=1)
    base = int(bright.argmax())
    if bright[base] <= 0 or np.ptp(bright) < 1e-3 * bright[base]:
        return None
    light = bright / bright[base]
    off = np.abs(colors[:, see] - light[:, None] * colors[base, see]).max()
    return (base, light) if off < 0.002 * ALPHA else None
