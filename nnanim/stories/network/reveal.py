"""Values that arrive: marks that are blank at first, and fill line by line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnanim.marks import Grid, Mark, Picture, Units, changed


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
    made: Mark = changed(mark, **changes)
    return made
