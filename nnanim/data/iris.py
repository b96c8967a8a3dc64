"""Fisher's iris flowers: 150 plants of three species, four lengths each, in centimetres.

The figures are those of R. A. Fisher, "The use of multiple measurements in taxonomic problems" (1936), as
distributed by the UCI Machine Learning Repository under CC BY 4.0 (see iris.LICENCE.txt). UCI's own file has
two wrong plants (counting from 0: plant 34, petal width 0.1 instead of 0.2; plant 37, sepal width 3.1 instead
of 3.6 and petal length 1.5 instead of 1.4); scikit-learn's copy, which is shipped here, has Fisher's printed
values.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nnanim.errors import UserError, nearest

PATH = Path(__file__).with_name("iris.csv")

FEATURES = ("sepal length", "sepal width", "petal length", "petal width")
PETALS = FEATURES[2:]
"""The two that tell the species apart best: what is measured where nobody says what."""
SPECIES = ("setosa", "versicolor", "virginica")

NAMES = {
    "sepal length": {"en": "sepal length", "ja": "がく片の長さ"},
    "sepal width": {"en": "sepal width", "ja": "がく片の幅"},
    "petal length": {"en": "petal length", "ja": "花びらの長さ"},
    "petal width": {"en": "petal width", "ja": "花びらの幅"},
}
SPECIES_NAMES = {
    "setosa": {"en": "setosa", "ja": "セトサ"},
    "versicolor": {"en": "versicolor", "ja": "バーシカラー"},
    "virginica": {"en": "virginica", "ja": "バージニカ"},
}
UNIT = "cm"


def measurements(
    indices: Iterable[int] | None = None, features: Sequence[str] = PETALS
) -> NDArray[np.float64]:
    """Lengths in cm, shape (n, len(features)), of the plants at ``indices`` (all 150 when None).

    The columns are the ``features``, in their order: by default the two of `PETALS`, not all `FEATURES`.

    Raises:
        UserError: a feature or a plant that does not exist.
    """
    unknown = [name for name in features if name not in FEATURES]
    if unknown:
        raise UserError(f"iris has no feature {unknown[0]!r}{nearest(unknown[0], FEATURES)}")
    columns = [FEATURES.index(name) for name in features]
    return _table()[_rows(indices)][:, columns]


def species(indices: Iterable[int] | None = None) -> NDArray[np.int64]:
    """The species of each plant, as a position in ``SPECIES``; shape (n,)."""
    found: NDArray[np.int64] = _table()[_rows(indices), 4].astype(np.int64)
    return found


def classes(
    positive: str = "virginica", negative: str = "versicolor"
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The plants of two species and their labels: 1 for ``positive``, 0 for ``negative``.

    Returns:
        indices (n,) into the 150 plants, in their own order, and labels (n,).

    Raises:
        UserError: a species that does not exist.
    """
    for name in (positive, negative):
        if name not in SPECIES:
            raise UserError(f"iris has no species {name!r}{nearest(name, SPECIES)}")
    which = species()
    wanted = (which == SPECIES.index(positive)) | (which == SPECIES.index(negative))
    indices = np.flatnonzero(wanted).astype(np.int64)
    return indices, (which[indices] == SPECIES.index(positive)).astype(np.int64)


def split(indices: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """``indices`` as (training, held out).

    The plants 1, 4, 7, … of the 150 are held out, a third of each species.
    """
    held_out = indices % 3 == 1
    return indices[~held_out], indices[held_out]


@cache
def _table() -> NDArray[np.float64]:
    table: NDArray[np.float64] = np.loadtxt(PATH, delimiter=",", skiprows=1)
    table.flags.writeable = False
    return table


def _rows(indices: Iterable[int] | None) -> NDArray[np.int64]:
    rows = np.arange(150) if indices is None else np.asarray(list(indices), dtype=np.int64)
    wrong = rows[(rows < 0) | (rows > 149)]
    if wrong.size:
        raise UserError(f"iris has plants 0 to 149, not {wrong[0]}")
    return rows
