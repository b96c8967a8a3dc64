"""The model's state: taken before a run, put back after it, handed to the Trace."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from torch import Tensor

from nnanim.errors import UserError
from nnanim.recording.functions import LINEAR
from nnanim.recording.kept import Entry, Kept, version
from nnanim.recording.model import Model
from nnanim.recording.modules import Spec
from nnanim.recording.values import array
from nnanim.recording.views import Views

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
        changing = (*model.parameters, *model.buffers) if unwatched else ()
        self._statistics = [(value, value.detach().clone()) for value in (*model.statistics, *changing)]
        self._kept = kept
        kept.state = self._watched

    def _watched(self) -> list[Entry]:
        state = (*self._model.parameters, *self._model.buffers)
        self._entries = [("", "state", value.detach(), version(value)) for value in state]
        return self._entries

    def restore(self) -> None:
        """Put back every buffer, parameter and mode that the run changed."""
        for entry in self._entries:
            saved = self._kept.saved.get(id(entry))
            if saved is not None:
                entry[2].data.copy_(saved)
        for value, saved in self._statistics:
            value.data.copy_(saved)
        self._model.restore()

    def take_effective(self, spec: Spec, func: Any, args: Any, kwargs: Any) -> None:
        """Note the weight that a parametrised layer computed for this call."""
        if func in LINEAR:
            weight = args[1] if len(args) > 1 else kwargs["weight"]
            self._effective[f"{spec.path}.weight" if spec.path else "weight"] = weight.detach().clone()

    def taken(self) -> Callable[[], tuple[Sections, int]]:
        """Parameters and buffers as they are now, put in order when the function that comes back is called.

        They are copies if they are small, else guarded references. Beside them it gives the number of
        parameters.
        """
        model, structure = self._model, self._model.structure
        parameters = _taken(structure.parameters, model.parameters, structure.views)
        buffers = _taken(structure.buffers, model.buffers, structure.buffer_views)
        return partial(_sections, model, parameters, buffers, self._effective, structure.views.sizes)


def _sections(
    model: Model, parameters: list[Any], buffers: list[Any], effective: dict[str, Tensor], sizes: list[int]
) -> tuple[Sections, int]:
    for value in (*parameters, *buffers):
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    named = dict(zip(model.structure.parameters, parameters, strict=True))
    named |= {name: partial(array, value) for name, value in effective.items()}
    different = dict(zip(map(id, model.parameters), sizes, strict=True))  # shared ones count once
    sections = {"parameters": named, "buffers": dict(zip(model.structure.buffers, buffers, strict=True))}
    return sections, sum(different.values())


def _taken(names: list[str], values: list[Tensor], views: Views) -> list[Any]:
    """Arrays, or what gives one: many numbers are read from the model's own memory later, guarded."""
    copies = views.copies(values, COPIED) if values else []
    if copies is not None:
        return copies
    _refuse_meta(names, values)
    if sum(views.sizes) > COPIED:
        held = zip(names, values, strict=True)
        return [partial(_unchanged, name, value.detach(), version(value)) for name, value in held]
    return [partial(array, value.detach().clone()) for value in values]


def _refuse_meta(names: list[str], values: list[Tensor]) -> None:
    for name, value in zip(names, values, strict=True):
        if value.is_meta:
            raise UserError(f"{name!r} is on the meta device: it has a shape but no numbers")


def _unchanged(name: str, tensor: Tensor, seen: int) -> Any:
    if version(tensor) != seen:
        raise UserError(
            f"{name!r} has changed since the recording; read its parameters or save the trace before training"
        )
    return array(tensor.clone())
