"""Pictures as differences to the most similar one before them, as when noise becomes a picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

NONE = -1
"""In place of a reference: the difference is to black."""

STEP = 3
"""Differences are multiples of it: no colour is off by more than 1 of 255, for half of the bytes."""

SAMPLES = 4096
"""Number of values of a picture by which it is compared with others."""


def find_references(stack: Pixels, given: int = 0) -> list[int]:
    """Of each of (n, height, width, 4) pictures, the number of the most similar one before it, or `NONE`.

    The first ``given`` of them have none: they are known already.
    """
    flat = stack[..., :3].reshape(len(stack), -1)
    rows = flat[:, :: -(-flat.shape[1] // SAMPLES)].astype(np.float32)
    sizes = (rows * rows).sum(axis=1)
    apart = sizes[:, None] + sizes[None] - 2 * rows @ rows.T
    return [NONE if i < max(given, 1) else int(apart[i, :i].argmin()) for i in range(len(stack))]


def subtract(stack: Pixels, references: Sequence[int], given: int = 0, step: int = STEP) -> Pixels:
    """Differences in steps, modulo 256, of which `add` makes the pictures again; nothing is see-through.

    Each one is to what will be made of its reference, so that what is rounded does not add up. The first
    ``given`` pictures are known already.
    """
    found, again = np.full_like(stack, 255), stack.copy()
    for i, reference in enumerate(references[given:], given):
        before = again[reference, ..., :3].astype(np.int16) if reference >= 0 else np.int16(0)
        steps = np.rint((stack[i, ..., :3] - before) / step).astype(np.int16)
        made = before + step * steps
        steps += (made < 0).astype(np.int16) - (made > 255)
        found[i, ..., :3] = steps  # modulo 256
        again[i] = add(found[i], again[reference] if reference >= 0 else None, step)
    return found


def add(difference: Pixels, reference: Pixels | None, step: int) -> Pixels:
    """The picture (height, width, 4) of which `subtract` gave the difference."""
    made = difference.copy()
    made[..., :3] = step * difference[..., :3] + (0 if reference is None else reference[..., :3])
    return made
