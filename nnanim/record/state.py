"""The model's state and torch's random state: taken before a run, put back after it."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nnanim.errors import UserError
from nnanim.record.functions import LINEAR
from nnanim.record.kept import Entry, Kept, version
from nnanim.record.modules import NORMS, Spec
from nnanim.record.values import array

COPIED = 1 << 20  # a model with more parameters than this is read from its own memory when somebody asks


class Randomness:
    """All global random states, as they were when this was made."""

    def __init__(self, everywhere: bool) -> None:
        self._torch = torch.default_generator.get_state()
        self._cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
        self._python = random.getstate() if everywhere else None
        self._numpy = np.random.get_state() if everywhere else None

    def restore(self) -> None:
        """Set every generator back."""
        torch.default_generator.set_state(self._torch)
        if self._cuda:
            torch.cuda.set_rng_state_all(self._cuda)
        if self._python is not None and self._numpy is not None:
            random.setstate(self._python)
            np.random.set_state(self._numpy)


class State:
    """Parameters, buffers and modes of a model before a run.

    Attributes:
        names: id of each parameter and buffer to its name.
        parameters, buffers: name to tensor, shared ones under each of their names.
    """

    def __init__(self, model: nn.Module, found: list[Spec], kept: Kept) -> None:
        self.names: dict[int, str] = {}
        self.parameters: dict[str, Tensor] = {}
        self.buffers: dict[str, Tensor] = {}
        self.effective: dict[str, Tensor] = {}
        self._entries: list[tuple[dict[str, Any], str, Tensor, Entry]] = []
        self._modes: list[tuple[nn.Module, bool]] = []
        self._kept = kept
        self._walk(model, "")

    def _walk(self, module: nn.Module, path: str) -> None:
        self._modes.append((module, module.training))
        for key, value in module._parameters.items():
            if value is not None:
                self._add(module._parameters, key, f"{path}{key}", value, self.parameters)
        for key, value in module._buffers.items():
            if value is not None:
                entry = self._add(module._buffers, key, f"{path}{key}", value, self.buffers)
                if (module.training and isinstance(module, NORMS)) or isinstance(module, torch.jit.ScriptModule):
                    entry.saved = value.detach().clone()
        for key, child in module._modules.items():
            if child is None:
                continue
            child = child._modules.get("_orig_mod") or child
            self._walk(child, f"{path}{key}.")

    def _add(self, place: dict[str, Any], key: str, name: str, value: Tensor, into: dict[str, Tensor]) -> Entry:
        into[name] = value
        self.names.setdefault(id(value), name)
        entry = self._kept.hold(name, value)
        self._entries.append((place, key, value, entry))
        return entry

    def restore(self) -> None:
        """Put back every buffer, parameter and mode that the run changed."""
        for place, key, value, entry in self._entries:
            if place.get(key) is not value:
                place[key] = value
            if entry.saved is not None:
                value.data.copy_(entry.saved)
        for module, training in self._modes:
            if module.training is not training:
                module.training = training

    def take_effective(self, spec: Spec, func: Any, args: Any, kwargs: Any) -> None:
        """Note the weight that a parametrised layer computed for this call."""
        if func in LINEAR:
            weight = args[1] if len(args) > 1 else kwargs["weight"]
            self.effective[f"{spec.path}.weight" if spec.path else "weight"] = weight.detach()

    def sections(self) -> dict[str, dict[str, Any]]:
        """Parameters and buffers for a Trace: copies of small ones, guarded references to big ones."""
        tensors = list(self.parameters.values()) + list(self.buffers.values())
        copied = sum(tensor.numel() for tensor in tensors) <= COPIED
        parameters = {name: _source(name, tensor, copied) for name, tensor in self.parameters.items()}
        parameters |= {name: array(tensor.clone()) for name, tensor in self.effective.items()}
        return {
            "parameters": parameters,
            "buffers": {name: _source(name, tensor, copied) for name, tensor in self.buffers.items()},
        }


def _source(name: str, tensor: Tensor, copied: bool) -> Any:
    if tensor.is_meta:
        raise UserError(f"{name!r} is on the meta device: it has a shape but no numbers")
    if copied:
        return array(tensor.detach().clone())
    seen, held = version(tensor), tensor.detach()

    def fetch() -> Any:
        if version(tensor) != seen:
            raise UserError(
                f"{name!r} has changed since the recording; save the trace, or read its parameters, before training"
            )
        return array(held.clone())

    return fetch
