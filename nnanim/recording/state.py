"""The model's state: taken before a run, put back after it, handed to the Trace."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor

from nnanim.errors import UserError
from nnanim.recording.functions import LINEAR
from nnanim.recording.kept import Entry, Kept, version
from nnanim.recording.modules import Model, Spec
from nnanim.recording.values import array

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

    def sections(self) -> dict[str, dict[str, Any]]:
        """Parameters and buffers for a Trace: copies if they are small, else guarded references."""
        model, found = self._model, {}
        for section, values in (("parameters", model.parameters), ("buffers", model.buffers)):
            small = values and sum([value.numel() for value in values.values()]) <= COPIED
            found[section] = _copied(values) if small else _guarded(values)
        for name, value in self._effective.items():
            found["parameters"][name] = partial(array, value.clone())
        return found


def _copied(values: dict[str, Tensor]) -> dict[str, Any]:
    """Copies of many small tensors in one block of memory, cut into arrays when they are asked for."""
    first = next(iter(values.values()))
    if any([value.dtype is not first.dtype or not value.is_cpu for value in values.values()]):
        _refuse_meta(values)
        return {name: partial(array, value.detach().clone()) for name, value in values.items()}
    with torch.no_grad():
        block = torch._utils._flatten_dense_tensors(list(values.values()))
    found, start = {}, 0
    for name, value in values.items():
        end = start + value.numel()
        found[name] = partial(_cut, block, start, end, value.shape)
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
