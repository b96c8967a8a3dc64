"""The model's state: taken before a run, put back after it, handed to the Trace."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

from nnanim.errors import UserError
from nnanim.recording.functions import LINEAR
from nnanim.recording.kept import Entry, Kept, version
from nnanim.recording.modules import Model, Spec
from nnanim.recording.values import array

Sections = dict[str, dict[str, Any]]

COPIED = 1 << 18  # a model with more parameters than this is read from its own memory when somebody asks


class State:
    """Parameters, buffers and modes of a model before a run.

    Args:
        model: the model.
        kept: where copies are made of what is about to be overwritten.
        unwatched: nobody will see what is overwritten, so everything is copied now.
    """

    def __init__(self, model: Model, kept: Kept, unwatched: bool = False) -> None:
        self._model = model
        self._effective: dict[str, Tensor] = {}
        self._entries: list[Entry] = []
        changing = [value for _, _, value in model.places] if unwatched else []
        self._statistics = [(value, value.detach().clone()) for value in (*model.statistics, *changing)]
        kept.state = self._watched

    def _watched(self) -> list[Entry]:
        self._entries = [Entry("", "state", value.detach()) for _, _, value in self._model.places]
        return self._entries

    def restore(self) -> None:
        """Put back every buffer, parameter and mode that the run changed."""
        for entry in self._entries:
            if entry.saved is not None:
                entry.tensor.data.copy_(entry.saved)
        for value, saved in self._statistics:
            value.data.copy_(saved)
        for place, key, value in self._model.places:
            if place.get(key) is not value:
                place[key] = value
        for module, training in self._model.modes:
            if module.training is not training:
                module.training = training

    def take_effective(self, spec: Spec, func: Any, args: Any, kwargs: Any) -> None:
        """Note the weight that a parametrised layer computed for this call."""
        if func in LINEAR:
            weight = args[1] if len(args) > 1 else kwargs["weight"]
            self._effective[f"{spec.path}.weight" if spec.path else "weight"] = weight.detach()

    def taken(self) -> Callable[[], Sections]:
        """Parameters and buffers as they are now, put in order when the function that comes back is called.

        They are copies if they are small, else guarded references.
        """
        model = self._model
        parameters, buffers = _taken(model.parameters), _taken(model.buffers)
        effective = {name: value.clone() for name, value in self._effective.items()}

        def sections() -> Sections:
            computed = {name: partial(array, value) for name, value in effective.items()}
            return {"parameters": parameters() | computed, "buffers": buffers()}

        return sections


def _taken(values: dict[str, Tensor]) -> Callable[[], dict[str, Any]]:
    """Tensors as they are now: many small ones are copied into one block of memory, cut later."""
    if not values:
        return dict
    held = list(values.values())
    if sum([value.numel() for value in held]) > COPIED:
        guarded = _guarded(values)
        return lambda: guarded
    first = held[0].dtype
    if any([value.dtype is not first or not value.is_cpu for value in held]):
        _refuse_meta(values)
        copies = {name: partial(array, value.detach().clone()) for name, value in values.items()}
        return lambda: copies
    with torch.no_grad():
        block = torch._utils._flatten_dense_tensors(held)
    return partial(_cuts, block, list(values), [value.shape for value in held])


def _cuts(block: Tensor, names: list[str], shapes: list[torch.Size]) -> dict[str, Any]:
    found, start = {}, 0
    for name, shape in zip(names, shapes, strict=True):
        end = start + shape.numel()
        found[name] = partial(_cut, block, start, end, shape)
        start = end
    return found


def _cut(block: Tensor, start: int, end: int, shape: tuple[int, ...]) -> Any:
    return array(block[start:end].view(shape))


def _guarded(values: dict[str, Tensor]) -> dict[str, Any]:
    _refuse_meta(values)
    return {name: partial(_unchanged, name, value, version(value)) for name, value in values.items()}


def _refuse_meta(values: dict[str, Tensor]) -> None:
    for name, value in values.items():
        if value.is_meta:
            raise UserError(f"{name!r} is on the meta device: it has a shape but no numbers")


def _unchanged(name: str, tensor: Tensor, seen: int) -> Any:
    if version(tensor) != seen:
        raise UserError(
            f"{name!r} has changed since the recording; read its parameters or save the trace before training"
        )
    return array(tensor.detach().clone())
