"""The backward pass of a recorded run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from nnanim.errors import UserError
from nnanim.recording.values import array, tensors


class BackwardPass:
    """d loss / d value for every value that was expected, and for the parameters.

    Args:
        loss: True for the sum of the output (of its first tensor), or a function of the output.
    """

    def __init__(self, loss: bool | Callable[[Any], Tensor]) -> None:
        self._loss = loss
        self.leaves: list[Tensor] = []
        self.found: dict[str, Any] = {}

    def expect(self, name: str, tensor: Tensor) -> None:
        """Note the gradient of ``tensor`` as it is now, even if it is overwritten later."""

        def note(gradient: Tensor) -> None:
            before = self.found.get(name)
            self.found[name] = gradient.detach() if before is None else before + gradient.detach()

        self.found[name] = None
        tensor.register_hook(note)

    def run(self, out: Any, parameters: dict[str, Tensor]) -> None:
        """Run backward from the loss; nobody's ``.grad`` is touched.

        Raises:
            UserError: the loss is no single number, or does not depend on anything.
        """
        loss = self._start(out)
        wanted = {name: value for name, value in parameters.items() if value.requires_grad}
        ends = list({id(value): value for value in (*wanted.values(), *self.leaves)}.values())
        slopes = torch.autograd.grad(loss, ends, allow_unused=True)
        by_id = dict(zip(map(id, ends), slopes, strict=True))
        for name, value in wanted.items():
            slope = by_id[id(value)]
            if slope is not None:
                self.found[name] = slope.detach()

    def _start(self, out: Any) -> Tensor:
        if callable(self._loss):
            loss = self._loss(out)
        else:
            loss = next((tensor for _, tensor in tensors(out)), None)
            loss = loss.sum() if loss is not None else None
        if not isinstance(loss, Tensor) or loss.numel() != 1:
            shape = tuple(loss.shape) if isinstance(loss, Tensor) else type(loss).__name__
            raise UserError(f"gradients start from one number; the loss is {shape}")
        if not loss.requires_grad:
            raise UserError(
                "no gradient reaches the loss: nothing in the model or its inputs can be differentiated"
            )
        return loss

    def section(self) -> dict[str, Any]:
        """Name to gradient, for the values that the loss depends on."""
        return {name: array(value.clone()) for name, value in self.found.items() if value is not None}
