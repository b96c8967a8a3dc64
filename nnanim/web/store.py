"""What the cuts of a film share, as it was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Store:
    """What the cuts share: the index, whole numbers, numbers of single precision, pictures."""

    index: dict[str, Any]
    numbers: npt.NDArray[np.int16]
    singles: npt.NDArray[np.float32]
    pictures: tuple[npt.NDArray[np.uint8], ...]
