"""The model's state: noted before a run, put back after it, handed to the Trace."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from nnanim.errors import UserError
from nnanim.recording.attribute_state import AttributeState, hold_the_same
from nnanim.recording.compat import STATE_TABLES, set_version, version
from nnanim.recording.functions import LINEAR
from nnanim.recording.structure import ModuleInfo, Structure, traits_of
from nnanim.recording.tensor_store import StoredTensor, TensorStore, fingerprint, read_unchanged
from nnanim.recording.values import array

MAX_COPIED = 1 << 18
"""Numbers in a model's parameters, or in its buffers, up to which all of them are copied before a run."""

MAX_COMPARED = 1 << 22
"""Numbers in a model's parameters up to which all of them, not a sample, tell whether they have changed."""

Sections = dict[str, dict[str, Any]]


class TensorState:
    """One tensor of the model's state, and how it was: values, memory, gradient, whether it takes one."""

    __slots__ = ("entry", "grad", "hooks", "leaf", "requires_grad", "tensor")

    def __init__(self, name: str, tensor: Tensor) -> None:
        self.tensor = tensor
        self.entry = StoredTensor(name, "state", tensor.detach())
        self.requires_grad = tensor.requires_grad
        self.leaf = tensor.is_leaf
        self.grad = tensor.grad if self.leaf else None
        self.hooks = [(name, table, dict(table or ())) for name, table in _hooks(tensor)]

    def restore(self) -> bool:
        """Put everything back; False if the values were lost."""
        tensor, entry = self.tensor, self.entry
        for name, table, hooks in self.hooks:
            if getattr(tensor, name) is not table:
                setattr(tensor, name, table)
            if table is not None:
                _restore_table(table, hooks)
        if self.leaf and not tensor.is_leaf:
            tensor.detach_()
            tensor._backward_hooks = None if not self.hooks else tensor._backward_hooks
        if _has_moved(tensor, entry.tensor):
            tensor.data = entry.tensor
        if self.leaf and tensor.requires_grad is not self.requires_grad:
            tensor.requires_grad_(self.requires_grad)
        if self.leaf and tensor.grad is not self.grad:
            tensor.grad = self.grad
        if tensor.layout is not torch.strided:
            return self._restore_unusual()
        if _has_changed(entry):
            if entry.copy is None:
                return False
            with torch.inference_mode() if entry.tensor.is_inference() else torch.no_grad():
                entry.tensor.copy_(entry.copy)
            set_version(entry.tensor, entry.version)
        return True

    def _restore_unusual(self) -> bool:
        """Put back a sparse tensor, which may have exchanged the memory of its numbers."""
        before = self.entry.copy
        if before is None or before.is_nested:
            return version(self.tensor) == self.entry.version
        if not torch.equal(self.tensor.detach().to_dense(), before.to_dense()):
            with torch.no_grad():
                self.tensor.copy_(before)
            set_version(self.tensor, self.entry.version)
        return True


def _hooks(tensor: Tensor) -> Iterable[tuple[str, Any]]:
    """The tables of hooks on a tensor that takes gradients."""
    if tensor.requires_grad:
        yield "_backward_hooks", tensor._backward_hooks
        if tensor.is_leaf:
            yield "_post_accumulate_grad_hooks", tensor._post_accumulate_grad_hooks


def _has_moved(tensor: Tensor, before: Tensor) -> bool:
    if tensor.layout is not torch.strided or before.layout is not torch.strided or tensor.is_nested:
        return tensor.layout is not before.layout
    now, then = ((t.shape, t.stride(), t.dtype, t.device) for t in (tensor, before))
    return now != then or (not tensor.is_meta and tensor.data_ptr() != before.data_ptr())


def _has_changed(entry: StoredTensor) -> bool:
    """Whether the values differ, even if torch did not count the change: one through ``.data``, say."""
    if version(entry.tensor) != entry.version:
        return True
    if entry.copy is None:
        return False
    try:
        return not torch.equal(entry.tensor, entry.copy)
    except (RuntimeError, NotImplementedError):  # on the meta device there is nothing to compare
        return False


class ModelState:
    """Parameters, buffers, gradients, modes and whatever is registered on the modules, before a run.

    Up to `MAX_COPIED` numbers are copied at once. Of larger models, a tensor is copied when the run is about
    to overwrite it, as far as torch shows that: `restore` refuses what changed unseen.

    Args:
        structure: the model.
        store: asks for the state when it sees that something is about to be overwritten.
        unwatched: nobody will see what is overwritten, so everything is copied now.
    """

    def __init__(self, structure: Structure, store: TensorStore, unwatched: bool = False) -> None:
        self._structure = structure
        self._effective: dict[str, Tensor] = {}
        self._modes = [(module, module.training) for module in structure.modules]
        self._tables = list(_tables(structure))
        self._tensors: dict[int, TensorState] = {}
        for held in (structure.parameters, structure.buffers):
            self._hold(held.items(), unwatched)
        self._hold_gradients(unwatched)
        self._attributes = AttributeState(structure, self._tensors)
        self._hold(self._attributes.tensors.items(), unwatched)
        for tensor in _changed_out_of_sight(structure):
            self._tensors[id(tensor)].entry.save()
        store.state = lambda: [one.entry for one in self._tensors.values()]

    def _hold(self, named: Iterable[tuple[str, Tensor]], unwatched: bool) -> None:
        found = {id(tensor): TensorState(name, tensor) for name, tensor in named}
        if unwatched or sum(one.tensor.numel() for one in found.values()) <= MAX_COPIED:
            for one in found.values():
                one.entry.save()
        self._tensors |= found

    def _hold_gradients(self, unwatched: bool) -> None:
        held = self._tensors.values()
        slopes = [(f"{one.entry.name}.grad", one.grad) for one in held if one.grad is not None]
        if slopes:
            self._hold(slopes, unwatched)

    def restore(self) -> None:
        """Put back everything that the run changed.

        Raises:
            UserError: the values of a tensor are lost; everything else is as it was.
        """
        unregistered = False
        for table, before in self._tables:
            if table or before:
                unregistered = unregistered or len(table) > len(before)
                _restore_table(table, before)
        self._attributes.restore(unregistered)
        for module, training in self._modes:
            if module.training is not training:
                module.training = training
        lost = [one.entry.name for one in self._tensors.values() if not one.restore()]
        if lost:
            raise UserError(
                f"the model overwrote {', '.join(map(repr, lost[:3]))} in a way that torch does not show, "
                "which cannot be undone in so large a model; record a copy of it (copy.deepcopy)"
            )

    def add_effective(self, info: ModuleInfo, func: Any, args: Any, kwargs: Any) -> None:
        """Note the weight that a parametrised layer computed for this call."""
        if func in LINEAR:
            weight = args[1] if len(args) > 1 else kwargs["weight"]
            self._effective[f"{info.path}.weight" if info.path else "weight"] = weight.detach().clone()

    def sections(self) -> tuple[Sections, int]:
        """Parameters and buffers by name, as in the run: arrays, or what gives one when it is asked for.

        Those that were not copied are read from the model's own memory later, if they are still the same.
        Beside them it gives the number of parameters.
        """
        parameters, buffers = self._structure.parameters, self._structure.buffers
        for name, tensor in (*parameters.items(), *buffers.items()):
            if tensor.is_meta:
                raise UserError(f"{name!r} is on the meta device: it has a shape but no numbers")
        size = sum({id(tensor): tensor.numel() for tensor in parameters.values()}.values())
        named = {id(tensor) for tensor in (*parameters.values(), *buffers.values())}
        sources: dict[int, Callable[[], NDArray[Any]]] = {}
        for key, one in self._tensors.items():
            entry = one.entry
            if entry.copy is not None:
                sources[key] = partial(array, entry.copy)
            elif id(one.tensor) in named:
                sources[key] = partial(read_unchanged, entry, fingerprint(entry.tensor, size <= MAX_COMPARED))
        sections = {
            "parameters": {name: sources[id(tensor)] for name, tensor in parameters.items()},
            "buffers": {name: sources[id(tensor)] for name, tensor in buffers.items()},
        }
        sections["parameters"] |= {name: partial(array, value) for name, value in self._effective.items()}
        return sections, size


def _tables(structure: Structure) -> Iterable[tuple[Any, Any]]:
    """What the modules keep their parts and hooks in, and copies of that."""
    for module in structure.modules:
        if not traits_of(type(module)).script:
            held = module.__dict__
            for name in STATE_TABLES:
                table = held.get(name)
                if table is not None:
                    yield table, table.copy() if table else ()


def _restore_table(table: Any, before: Any) -> None:
    """Let a dictionary or set hold what it held before, in the same order."""
    if isinstance(table, set):
        table.intersection_update(before)
        table.update(before)
        return
    now = dict(before)
    if hold_the_same(table, now) and hold_the_same(table.values(), now.values()):
        return
    for key in table.keys() - now.keys():
        del table[key]
    for key, value in now.items():
        if table.get(key, table) is not value:
            table[key] = value
    if not hold_the_same(table, now):  # a key was removed and came back behind the others
        for key, value in now.items():
            table.pop(key)
            table[key] = value


def _changed_out_of_sight(structure: Structure) -> Iterable[Tensor]:
    """The tensors that torch changes inside of its own layers: running means, renormalised embeddings."""
    for module in structure.modules:
        traits = traits_of(type(module))
        if traits.script or (traits.statistics and module.training):
            yield from module.buffers(recurse=traits.script)
        if not traits.script and module.__dict__.get("max_norm"):
            yield from module.parameters(recurse=False)
