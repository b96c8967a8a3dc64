"""The model's state: taken before a run, put back after it, handed to the Trace."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import Tensor

from nnanim.errors import UserError
from nnanim.record.functions import LINEAR
from nnanim.record.kept import Entry, Kept, version
from nnanim.record.modules import Model, Spec
from nnanim.record.values import array

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
        """Parameters and buffers for a Trace: copies of a small model's, guarded references to a big one's."""
        model = self._model
        size = sum([value.numel() for value in model.parameters.values()])
        taken = _copied if size <= COPIED else _guarded
        parameters = {name: taken(name, value) for name, value in model.parameters.items()}
        for name, value in self._effective.items():
            parameters[name] = _copied(name, value)
        return {
            "parameters": parameters,
            "buffers": {name: taken(name, value) for name, value in model.buffers.items()},
        }


def _copied(name: str, tensor: Tensor) -> Any:
    if tensor.is_meta:
        raise UserError(f"{name!r} is on the meta device: it has a shape but no numbers")
    return partial(array, tensor.detach().clone())


def _guarded(name: str, tensor: Tensor) -> Any:
    if tensor.is_meta:
        raise UserError(f"{name!r} is on the meta device: it has a shape but no numbers")
    return partial(_unchanged, name, tensor, version(tensor))


def _unchanged(name: str, tensor: Tensor, seen: int) -> Any:
    if version(tensor) != seen:
        raise UserError(
            f"{name!r} has changed since the recording; read its parameters or save the trace before training"
        )
    return array(tensor.detach().clone())
