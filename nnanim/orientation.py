"""How a picture is held before whoever looks at it: upright, upside down, reflected, mirrored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnanim.errors import UserError, nearest

Look = Callable[[NDArray[Any]], NDArray[Any]]

UPRIGHT = "upright"

ORIENTATIONS: dict[str, Look] = {
    UPRIGHT: lambda picture: picture,
    "upside down": lambda picture: np.rot90(picture, 2),
    "reflected": np.flipud,
    "mirrored": np.fliplr,
}
"""Upside down is turned by 180°, reflected has top and bottom exchanged (as in water), mirrored the sides."""


def find_orientation(seen: str | Look) -> Look:
    """The function of that name, or the function itself.

    Raises:
        UserError: there is no such name.
    """
    if callable(seen):
        return seen
    if seen not in ORIENTATIONS:
        raise UserError(f"seen={seen!r} is not known{nearest(str(seen), ORIENTATIONS)}, or a function")
    return ORIENTATIONS[seen]
