"""Pictures that turn into others: the two of which each is a mixture, one laid over the other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nnanim.web.bank import Bank, WebRow
from nnanim.web.quanta import ALPHA

Floats = npt.NDArray[np.float64]

FEWEST = 4
"""Number of pictures from which a mixture is looked for."""

OFF = 1.0
"""Steps of 255 by which a pixel may differ from that of the mixture."""

Rows = list[list[WebRow]]


def unmix(found: Rows, bank: Bank) -> tuple[Rows, Rows] | None:
    """A lower and an upper picture for samples of one, where all are mixtures of the first and the last.

    Nothing of either may be see-through; else None, and for shapes that are no pictures.
    """
    if len(found) < FEWEST or any(len(rows) != 1 for rows in found):
        return None
    pictures = [bank.pixels(rows[0].form) for rows in found]
    first, last = pictures[0], pictures[-1]
    if first is None or last is None or first is last or any(one is None for one in pictures):
        return None
    shares = _shares([one for one in pictures if one is not None], first, last)
    if shares is None:
        return None
    lower, upper = list[list[WebRow]](), list[list[WebRow]]()
    for (row,), share in zip(found, shares, strict=True):
        light = float(row.colors[0]) / ALPHA
        above = light * share
        below = light * (1 - share) / (1 - above) if above < 1 else 0.0
        lower.append([WebRow(found[0][0].form, row.places, np.array([below * ALPHA]))])
        upper.append([WebRow(found[-1][0].form, row.places, np.array([above * ALPHA]))])
    return lower, upper


def _shares(
    pictures: list[npt.NDArray[np.uint8]], first: npt.NDArray[np.uint8], last: npt.NDArray[np.uint8]
) -> Floats | None:
    """(n,) how much of the last one is in each of some pictures; None where one is no mixture."""
    if first.shape != last.shape or min(first[..., 3].min(), last[..., 3].min()) < 255:
        return None
    start, way = first.astype(float).ravel(), (last.astype(float) - first).ravel()
    if not way.any():
        return None
    shares = np.zeros(len(pictures))
    for i, one in enumerate(pictures):
        if one.shape != first.shape:
            return None
        gone = one.astype(float).ravel() - start
        shares[i] = np.clip(gone @ way / (way @ way), 0.0, 1.0)
        if np.abs(gone - shares[i] * way).max() > OFF:
            return None
    return shares
