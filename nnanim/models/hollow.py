"""Building a model of which only the shapes of its weights are wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

DRAWS = ("normal_", "uniform_", "trunc_normal_")
"""Methods of a tensor that fill it with random numbers."""

SCALES = ("mul", "div", "__mul__", "__rmul__", "__truediv__")
"""What leaves the shape of a tensor as it is, where the other side is a number."""

MAKES = ("rand", "randn")
"""Functions that make a tensor of random numbers."""


class Hollow(TorchFunctionMode):
    """While it is on, nothing fills a tensor with first values.

    Where tensors have no content, torch does that by functions of its compiler, and importing that takes
    longer than everything else that is done to load a model.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call a function of torch, or leave it out."""
        named, name = kwargs or {}, getattr(func, "__name__", "")
        if getattr(func, "__module__", "") == "torch.nn.init":
            return named["tensor"] if "tensor" in named else args[0]
        if name in DRAWS or (name in SCALES and not isinstance(args[1], torch.Tensor)):
            return args[0]
        if name in MAKES:
            return torch.empty(*args, **named)
        return func(*args, **named)
