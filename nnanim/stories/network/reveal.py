"""Values that arrive: marks that are blank at first, and fill line by line or under a wandering window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnanim.marks import Grid, Mark, Picture, Units, modify
from nnanim.motions import Motion, Playback, Sweep
from nnanim.stories.network.net import NetworkView
from nnanim.structure.windows import Window

MAX_STATES = 24
"""Maximum number of steps in which a picture fills line by line."""


def reveal(marks: Sequence[Mark], steps: int = 12) -> dict[str, list[Mark]]:
    """The states of pictures, grids and neurons that fill from top to bottom, ``steps`` + 1 for each."""
    found: dict[str, list[Mark]] = {}
    for mark in marks:
        if isinstance(mark, Picture | Grid | Units):
            found[mark.key] = [_until(mark, step / steps) for step in range(steps + 1)]
    return found


def _until(mark: Picture | Grid | Units, share: float) -> Mark:
    """A mark of which only the upper ``share`` is there."""
    if share >= 1:
        return mark
    changes: dict[str, object]
    if isinstance(mark, Picture):
        pixels = mark.pixels.copy()
        pixels[round(share * len(pixels)) :] = 0.0
        changes = {"pixels": pixels}
    elif isinstance(mark, Grid):
        mask = np.zeros(mark.values.shape, dtype=bool)
        mask[round(share * len(mask)) :] = True
        changes = {"mask": mask}
    else:
        lit = round(share * len(mark.values))
        changes = {"lit": tuple(i < lit for i in range(len(mark.values)))}
    made: Mark = modify(mark, **changes)
    return made


MAX_PLACES = 256
"""Up to so many places the window is seen at each of them; beyond, the map fills line by line."""


def fill_motion(net: NetworkView, over: str, after: Picture, window: Window, slow: int = 0) -> Motion:
    """A window wanders over one map while the other fills; with many places, it fills in lines.

    Args:
        net: the network.
        over: key of the map under the window.
        after: the map that fills.
        window: how it moves.
        slow: at how many places it stays for a moment, and shows what it gives.
    """
    rows, columns = after.pixels.shape[:2]
    if rows * columns <= MAX_PLACES:
        step = (window.stride, window.stride)
        seconds = 3.2 if slow else min(max(net.seconds, 0.05 * rows * columns), 3.2)
        return Sweep(over, window.size, step, after.key, slow=slow, seconds=seconds)
    return Playback({after.key: reveal_rows(after)}, seconds=net.seconds)


def reveal_rows(mark: Picture) -> list[Mark]:
    """The states of a picture that fills line by line."""
    rows = len(mark.pixels)
    states: list[Mark] = []
    for until in np.unique(np.linspace(0, rows, min(MAX_STATES, rows) + 1).astype(int)):
        pixels = mark.pixels.copy()
        pixels[until:] = 0.0
        states.append(modify(mark, pixels=pixels))
    return states
