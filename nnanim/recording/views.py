"""Small tensors as numpy sees them, again and again, for as long as they lie where they lay."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from torch import Tensor


class Views:
    """numpy views of some tensors, kept from one copy to the next: to make them takes longer than to copy.

    Attributes:
        sizes: how many numbers each of the tensors held that were seen last.
    """

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self._places: list[Any] = []
        self._views: list[NDArray[Any]] = []

    def copies(self, values: list[Tensor], most: int) -> list[NDArray[Any]] | None:
        """Copies of the tensors as they are; None for more than ``most`` numbers, or if numpy has no such."""
        try:
            # A view keeps its memory in use: a tensor at the same address is in the same memory.
            places = [(v.data_ptr(), v.shape, v.stride(), v.dtype, v.is_cpu, v.is_neg()) for v in values]
            if places != self._places:
                self.sizes = [value.numel() for value in values]
                if sum(self.sizes) > most:
                    return None
                self._views = [value.detach().numpy() for value in values]
                self._places = places
        except (RuntimeError, TypeError):
            self._places, self.sizes = [], [value.numel() for value in values]
            return None
        return [view.copy() for view in self._views]
