"""Pictures as differences to what others before them predict, as when noise becomes a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

STEP = 2
"""Differences are multiples of it: no colour is off by more than 1 of 255, half of them by nothing."""

UNIT = 4096
"""Steps of a weight."""

MOST, LEAST = 3, 0.03
"""Number of pictures of which one is predicted at most, and share of what is left that each more explains."""

SAMPLES = 6144
"""Number of differences between neighbours in a picture by which it is compared with others."""

NOISE = 1.0
"""What rounding adds to the square of each such difference: weights of what is rounded are kept small."""

KNOWN = 1e-3
"""Share of a picture below which it holds nothing that those before it do not."""


class Prediction(NamedTuple):
    """A picture as a sum of others: their colours times weights, plus an offset, in `UNIT`, rounded down.

    Attributes:
        offset: what is added.
        terms: (picture, weight) of each; none: the prediction is black.
    """

    offset: int = 0
    terms: tuple[tuple[int, int], ...] = ()


def find_predictions(stack: Pixels, given: int = 0) -> list[Prediction]:
    """Of which pictures before it each of (n, height, width, 4) is best predicted.

    The first ``given`` of them are not: they are known already. Sheets are packed by how neighbours differ,
    so that is what a prediction has to meet.

    Source: Pati et al., "Orthogonal matching pursuit", 1993.
    """
    colors = stack[..., :3].astype(np.float32)
    rows = (colors[:, :, 1:] - colors[:, :, :-1]).reshape(len(stack), -1)
    if not rows.shape[1]:
        rows = colors.reshape(len(stack), -1)
    rows = rows[:, :: -(-rows.shape[1] // SAMPLES)].astype(float)
    products, means = rows @ rows.T, colors.reshape(len(stack), -1).mean(axis=1, dtype=float)
    products[np.diag_indices(len(stack))] += NOISE * rows.shape[1]
    return [_predict(products, means, i) if i >= max(given, 1) else Prediction() for i in range(len(stack))]


def _predict(products: Floats, means: Floats, number: int) -> Prediction:
    """How a picture is predicted of those before it; ``products`` (n, n) are those of all pictures."""
    chosen = _choose(products, number)
    weights = np.linalg.solve(products[np.ix_(chosen, chosen)], products[number, chosen])
    steps = np.rint(weights * UNIT).astype(int)
    offset = round((means[number] - steps / UNIT @ means[chosen]) * UNIT) + UNIT // 2
    return Prediction(offset, tuple(zip(chosen, steps.tolist(), strict=True)))


def _choose(products: Floats, number: int) -> list[int]:
    """The pictures that explain most of one, each beside those before it."""
    meets, sizes = products[number, :number].copy(), np.diag(products)[:number].copy()
    left, whole = products[number, number], sizes.copy()
    chosen, parts = list[int](), list[Floats]()
    while len(chosen) < min(MOST, number):
        gains = np.where(sizes > KNOWN * whole, meets**2 / sizes, 0.0)
        best = int(gains.argmax())
        if chosen and gains[best] < LEAST * left:
            break
        # What the others share with it is taken out of all, as in a Cholesky factorisation.
        part = (products[best, :number] - sum(one[best] * one for one in parts)) / np.sqrt(sizes[best])
        left -= gains[best]
        meets, sizes = meets - part * meets[best] / np.sqrt(sizes[best]), np.maximum(sizes - part**2, 1e-9)
        chosen.append(best)
        parts.append(part)
    return chosen


def predict(prediction: Prediction, pictures: Sequence[Pixels] | Pixels) -> npt.NDArray[np.int32]:
    """(height, width, 3) the colours that pictures (height, width, 4) predict."""
    found: Any = np.int32(prediction.offset)
    for picture, weight in prediction.terms:
        found = found + weight * pictures[picture][..., :3].astype(np.int32)
    return np.asarray(np.clip(found >> 12, 0, 255), dtype=np.int32)


def subtract(stack: Pixels, predictions: Sequence[Prediction], given: int = 0, step: int = STEP) -> Pixels:
    """Differences in steps, modulo 256, of which `add` makes the pictures again; nothing is see-through.

    Each one is to what will be made of its predictors, so that what is rounded does not add up. The first
    ``given`` pictures are known already.
    """
    found, again = np.full_like(stack, 255), stack.copy()
    for i, prediction in enumerate(predictions[given:], given):
        before = predict(prediction, again)
        steps = np.rint((stack[i, ..., :3] - before) / step).astype(np.int32)
        made = before + step * steps
        steps += (made < 0).astype(np.int32) - (made > 255)
        found[i, ..., :3] = steps  # modulo 256
        again[i] = add(found[i], prediction, again, step)
    return found


def add(difference: Pixels, prediction: Prediction, pictures: Sequence[Pixels] | Pixels, step: int) -> Pixels:
    """The picture (height, width, 4) of which `subtract` gave the difference."""
    made = difference.copy()
    made[..., :3] = step * difference[..., :3].astype(np.int32) + predict(prediction, pictures)  # modulo 256
    return made
