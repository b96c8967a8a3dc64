"""Maps of two numbers: every picture is a point, coloured by its class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.errors import UserError
from nnanim.marks import Cloud, Row
from nnanim.trace import Trace
from nnanim.words import Words

Floats = npt.NDArray[np.float64]

DOT = 0.06
"""Radius of a point on every map, however many there are."""

MOST = 10
"""Maximum number of classes with a colour of their own."""

AXES: dict[str, Words] = {
    "x_name": {"en": "first number", "ja": "一つ目の数"},
    "y_name": {"en": "second number", "ja": "二つ目の数"},
}

WIDE = 2.75
"""Width over height of a map that stands alone."""

LARGE = 1.6
"""Factor by which a map beside a picture is enlarged."""


@dataclass(frozen=True)
class Plane:
    """The classes of the pictures on a map.

    Attributes:
        labels: class of each picture, 0 to 9.
    """

    labels: tuple[int, ...]

    def __post_init__(self) -> None:
        if outside := [label for label in self.labels if not 0 <= label < MOST]:
            raise UserError(f"label {outside[0]}; the maps have colours for 0 to {MOST - 1}")

    def cloud(
        self,
        points: Floats,
        limits: tuple[tuple[float, float], tuple[float, float]],
        *,
        spreads: Floats | None = None,
        more: Floats | None = None,
        names: tuple[Words, ...] = (),
        named: str = "inside",
        among: npt.NDArray[np.int64] | None = None,
        **options: Any,
    ) -> Cloud:
        """The map of some points, and further ones in the colour of ink.

        Args:
            points: (n, 2) where the pictures lie.
            limits: of x and of y.
            spreads: (n, 2) standard deviations.
            more: (m, 2) further points.
            names: of the further points.
            named: where the classes are named: ``inside`` the map, in a ``legend``, or ``nowhere``.
            among: indices of the pictures that are shown, by default all.
            options: further fields of the Cloud.
        """
        some = np.arange(len(points)) if among is None else among
        extra = np.zeros((0, 2)) if more is None else np.asarray(more, dtype=float)
        ends = [MOST + min(i, max(len(names) - 1, 0)) for i in range(len(extra))]
        ellipses = None if spreads is None else np.vstack([spreads[some], np.zeros_like(extra)])
        return Cloud(
            np.vstack([points[some], extra]),
            groups=(*(self.labels[i] for i in some), *ends),
            names=() if named == "nowhere" else (*(str(i) for i in range(MOST)), *names),
            roles=(*(f"kind{i}" for i in range(MOST)), *("ink",) * max(len(names), 1)),
            spreads=ellipses, x_limits=limits[0], y_limits=limits[1], inside=named == "inside",
            radius=DOT,
            **{"key": "map", **AXES, **options},
        )  # fmt: skip


def large(cloud: Cloud) -> Row:
    """A map as it stands beside a picture."""
    return Row(cloud, scale=LARGE)


def window(trace: Trace) -> tuple[tuple[float, float], tuple[float, float]]:
    """Ranges of x and y around all clouds."""
    x, y = ((float(low), float(high)) for low, high in trace["window"])
    return x, y


def limits(*values: Floats) -> tuple[tuple[float, float], tuple[float, float]]:
    """Ranges of x and y around all (…, 2) values, rounded outward to whole numbers."""
    points = np.concatenate([np.asarray(one, dtype=float).reshape(-1, 2) for one in values])
    low, high = points.min(0), points.max(0)
    margin = 0.03 * (high - low)
    x, y = zip(np.floor(low - margin).tolist(), np.ceil(high + margin).tolist(), strict=True)
    return x, y


def around(middle: Floats, half: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Ranges of ``half`` on either side of (2,) ``middle``."""
    x, y = ((float(at) - half, float(at) + half) for at in middle)
    return x, y
