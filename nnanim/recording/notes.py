"""Notes of one run: its calls, what they gave, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch.nn.modules.module import _has_any_global_hook

from nnanim.recording.calls import Call, Calls, Place
from nnanim.recording.kept import Kept, version
from nnanim.recording.model import Model
from nnanim.recording.values import tensors


class Notes:
    """What is written down of a run, at once or, for chains of plain layers, later.

    Args:
        model: what is known about the model.
        kept: where values go.
        wanted: whether the values of a name are to be kept; None: all are.
        between: keep the values of functions too, not only those of modules.
        differentiate: called with each name and tensor whose gradient is to be noted.
    """

    def __init__(
        self,
        model: Model,
        kept: Kept,
        wanted: Callable[[str], bool] | None,
        between: bool,
        differentiate: Callable[[str, Tensor], None] | None,
    ) -> None:
        self._model = model
        self._kept = kept
        self._wanted = wanted
        self._between = between
        self._differentiate = differentiate
        self._chains = wanted is None and differentiate is None and not _has_any_global_hook()
        self._later: list[tuple[Any, ...]] = []
        self._last: object = None  # what was noted last, if a chain can go on from there

    @cached_property
    def calls(self) -> Calls:
        """All calls in the order in which they began, and what they made, as far as it is caught up with."""
        return Calls(self._model)

    @cached_property
    def _attended(self) -> set[str]:
        return set()

    @cached_property
    def _masks(self) -> set[str]:
        return set()

    def catch_up(self) -> None:
        """Note what was put off: the model's inputs, chains of plain layers, and its output."""
        later, self._later = self._later, []
        for note, *arguments in later:
            note(*arguments)

    def _note(
        self,
        call: Call,
        name: str,
        tensor: Tensor,
        source: str,
        recorded: bool = True,
        seen: int | None = None,
    ) -> None:
        """Note an output of ``call``, made by the node ``source``; keep it, if it is wanted."""
        if not call.outputs:
            call.shape = tensor.shape
        call.outputs += (name,)
        if not recorded or (self._wanted is not None and not self._wanted(name)):
            self.calls.came_from(tensor, source, "", *self._origin(call, name, tensor, source))
            return
        self._kept.add(name, "arrays", tensor, seen)
        self.calls.came_from(tensor, source, name, *self._origin(call, name, tensor, source))
        if self._differentiate is not None and tensor.requires_grad:
            self._differentiate(name, tensor)

    def _origin(self, call: Call, name: str, tensor: Tensor, source: str) -> tuple[str, Place | None]:
        """Which value a tensor is: what a module hands on stays the value of the call inside that made it."""
        known = self.calls.origin(tensor) if source != call.name else None
        return known or (name, None)

    def keep_masks(self, operands: Iterable[Tensor]) -> None:
        """Keep truth values that become numbers or are counted with, once."""
        for tensor in operands:
            call = self.calls.masks.get(self.calls.source(tensor) or "")
            if call is not None and call.name not in self._masks and self._between:
                self._masks.add(call.name)
                if self._wanted is None or self._wanted(call.name):
                    self._kept.add(call.name, "arrays", tensor)

    def enter(self, inputs: Any) -> None:
        """Note the model's inputs, which are copies: all of its arguments, or those by keyword."""
        for place, tensor in tensors(inputs):
            if self._chains and is_plain(tensor):
                self._later.append((self._own, "input", place, tensor, version(tensor)))
                self._last = tensor
            else:
                self.catch_up()
                self._own("input", place, tensor)

    def passed_on(self, tensor: Tensor) -> Tensor:
        """A tensor that may be overwritten, in place of an input whose gradient is asked for."""
        copy = tensor.clone()
        self.calls.came_from(copy, self.calls.source(tensor) or "")
        return copy

    def leave(self, out: Any) -> None:
        """Note the model's outputs."""
        if out is self._last:
            self._later.append((self._own, "output", "", out, version(out)))
            return
        self.catch_up()
        for place, tensor in tensors(out):
            self._own("output", place, tensor)

    def _own(self, role: str, place: str, tensor: Tensor, seen: int | None = None) -> None:
        call = self.calls.own(role, place, self.calls.sources((tensor,)) if role == "output" else [])
        self._note(call, call.name, tensor, call.name, seen=seen)

    def _keep_outputs(self, node: Call, found: Any) -> None:
        for number, tensor in enumerate(found):
            node.mask = tensor.dtype == torch.bool
            if node.mask:
                self.calls.masks[node.name] = node
            name = f"{node.name}[{number}]" if number else node.name
            self._note(node, name, tensor, node.name, self._between and not node.mask)

    def _see(self, inside: Call, node: str, found: Tensor) -> None:
        name = inside.name if inside.name and inside.name not in self._attended else node
        self._attended.add(name)
        if self._wanted is None or self._wanted(name):
            self._kept.add(name, "attention", found)


def is_plain(value: Any) -> bool:
    """Whether it is a tensor that can be kept by reference: on memory of its own that no gradient needs."""
    return type(value) is Tensor and value._base is None and value.is_cpu and not value.requires_grad
