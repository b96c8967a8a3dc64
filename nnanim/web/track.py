"""How a mark is drawn in the course of a phase, as rows of numbers between which the player goes straight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.shapes import Shapes
from nnanim.web.bank import Bank
from nnanim.web.quanta import ALPHA, alphas, as_int16, halvings

Floats = npt.NDArray[np.float64]

MOMENT = 32767
"""Steps of time in a phase."""

LOOSE = 2.0
"""Steps by which a place, or a colour of 255, may be beside the straight way between two samples."""

FAINT = 0.5
"""Share of its light below which something that appears in a sample is taken to come out of nothing."""

Channel = int | list[int]
Segment = list[Any]


def static(shapes: Shapes, bank: Bank) -> int:
    """The number of a drawing that does not move."""
    forms, places, colors = bank.draw(shapes)
    high = halvings(float(np.abs(places).max(initial=0.0)))
    name = bank.lists.number((high, *forms)), bank.put(as_int16(places / 2**high)), bank.put(as_int16(colors))
    return bank.statics.number(name)


def track(samples: Sequence[Shapes], moments: Floats, bank: Bank) -> list[Segment]:
    """Segments of a mark that moves.

    Args:
        samples: what is seen at each moment.
        moments: (n,) shares of the phase's time, from 0 to 1.
        bank: receives the numbers.

    Returns:
        In order, each [start, list, places, colours] or [start, list, places, colours, light]; it holds from
        its start to that of the next one. Places, colours and light are channels: a number says where
        their one row stands, [moments, count, rows] where the moments are, how many there are, and where the
        rows are, the first one whole and each other one as its difference to the one before.
    """
    drawn = [bank.draw(one) for one in samples]
    segments: list[Segment] = []
    first = 0
    for i in range(1, len(drawn) + 1):
        if i == len(drawn) or drawn[i][0] != drawn[first][0]:
            segments.append(_segment(drawn, first, i, moments, bank))
            first = i
    return segments


def _segment(
    drawn: list[Any], first: int, end: int, moments: Floats, bank: Bank, fades: bool = True
) -> Segment:
    """The samples of the places first, …, end − 1, all made of the same forms."""
    forms = drawn[first][0]
    places = np.array([one[1] for one in drawn[first:end]])
    colors = np.array([one[2] for one in drawn[first:end]])
    high = halvings(float(np.abs(places).max(initial=0.0)))
    times, start = moments[first:end], float(moments[first])
    head = [bank.lists.number((high, *forms)), channel(places / 2**high, times, np.array(LOOSE), bank)]
    every = bank.forms.things
    see = np.concatenate([np.zeros(0, dtype=bool), *(alphas(every[one], every) for one in forms)])
    faded = find_fade(colors, see) if fades and len(colors) > 1 else None
    if faded is None:
        loose = np.where(see, LOOSE / 255 * ALPHA, LOOSE)
        return [round(start, 5), *head, channel(colors, times, loose, bank)]
    base, light = faded
    # Shapes that are faded out entirely are no shapes at all.
    if first and not drawn[first - 1][0] and light[0] < FAINT:
        light, times = np.append(0.0, light), moments[first - 1 : end]
    if end < len(drawn) and not drawn[end][0] and light[-1] < FAINT:
        light, times = np.append(light, 0.0), np.append(times, moments[end])
    shown = channel(light[:, None] * ALPHA, times, np.array(LOOSE / 255 * ALPHA), bank)
    return [round(float(times[0]), 5), *head, bank.put(as_int16(colors[base])), shown]


def step_track(states: Sequence[Shapes], starts: Floats, bank: Bank) -> list[Segment]:
    """Segments of states that follow each other at once; ``starts``: (n,) from which each is on."""
    drawn = [bank.draw(one) for one in states]
    segments: list[Segment] = []
    first = 0
    for i in range(1, len(drawn) + 1):
        if i < len(drawn) and drawn[i][0] == drawn[first][0]:
            continue
        # Each state is there from its start until just before that of the next one.
        ends = np.append(starts[first + 1 : i] - 1 / MOMENT, 1.0)
        moments = np.column_stack([starts[first:i], np.maximum(ends, starts[first:i])]).ravel()
        twice = [one for one in drawn[first:i] for _ in range(2)]
        segments.append(_segment(twice, 0, len(twice), moments, bank, fades=False))
        first = i
    return segments


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


def channel(rows: Floats, moments: Floats, loose: Floats, bank: Bank) -> Channel:
    """Rows (k, n) at moments (k,): those between which the way is not straight."""
    if len(rows) == 1 or np.ptp(rows, axis=0).max(initial=0.0) < 0.5:
        return bank.put(as_int16(rows[0]))
    kept = bends(rows, moments, loose)
    values = as_int16(rows[kept]).astype(np.int32)
    steps = np.diff(values, axis=0, prepend=0).astype("<i2")
    return [bank.put(as_int16(moments[kept] * MOMENT)), len(kept), bank.put(steps)]


def bends(rows: Floats, moments: Floats, loose: Floats) -> npt.NDArray[np.intp]:
    """Places of the rows that must be kept so that all others lie on the straight ways between them.

    Source: Ramer, "An iterative procedure for the polygonal approximation of plane curves", 1972.
    """
    kept, open_ = {0, len(rows) - 1}, [(0, len(rows) - 1)]
    while open_:
        a, b = open_.pop()
        if b - a < 2:
            continue
        share = ((moments[a + 1 : b] - moments[a]) / (moments[b] - moments[a]))[:, None]
        off = (np.abs(rows[a] + (rows[b] - rows[a]) * share - rows[a + 1 : b]) / loose).max(
            axis=1, initial=0.0
        )
        worst = int(off.argmax())
        if off[worst] > 1:
            middle = a + 1 + worst
            kept.add(middle)
            open_ += [(a, middle), (middle, b)]
    return np.array(sorted(kept))
