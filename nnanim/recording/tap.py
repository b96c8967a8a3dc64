"""Tap: where there is no module to look at."""

from __future__ import annotations

from typing import Any

from torch import nn


class Tap(nn.Module):
    """An identity module that you put inside your own model to say: point the camera here.

    ``self.scores = Tap()`` and ``scores = self.scores(q @ k.mT)`` record the scores under "…scores". It has
    no parameters and changes nothing, so trained weights still fit.

    Args:
        name: recorded under this name in place of the attribute's.
        axes: names of the axes, such as ("sample", "query", "key").
    """

    def __init__(self, name: str = "", axes: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.name = name
        self.axes = tuple(axes)

    def forward(self, value: Any) -> Any:
        """``value`` as it is."""
        return value

    def extra_repr(self) -> str:
        """The name, if it has one."""
        return repr(self.name) if self.name else ""
