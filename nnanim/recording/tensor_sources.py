"""Where every tensor of a run came from: which node made it, which of its values it is, which part."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from nnanim.recording.structure import Structure, is_setting
from nnanim.recording.values import ATOMS, NESTED, tensors
from nnanim.trace.graph import Operand

Place = tuple[int, int]
"""Where a value lies in C order: the address of its first number, and how many there are; (0, 0): unknown."""


class TensorSource(NamedTuple):
    """Where one tensor came from.

    Attributes:
        tensor: a weak reference to it.
        node: the node that made it; "" for a constant.
        recorded: the name under which this very tensor was kept, if it was.
        value: the name of the node's value that it is, or that it is a view of.
        place: where that value lies, if the tensor is a view of it.
    """

    tensor: Callable[[], Tensor | None]
    node: str
    recorded: str
    value: str
    place: Place | None


class TensorSources:
    """The sources of all tensors that were seen; none is kept alive by this.

    Args:
        structure: the model.
        add_state: a weak reference to what makes a node for a parameter or buffer that is used by itself, and
            gives its name.
    """

    def __init__(
        self, structure: Structure, add_state: weakref.WeakMethod[Callable[[str, str, Tensor], str]]
    ) -> None:
        self._structure = structure
        self._add_state = add_state
        self._sources: dict[int, TensorSource] = {}

    def set(
        self, tensor: Tensor, node: str, recorded: str = "", value: str = "", place: Place | None = None
    ) -> None:
        """Say where ``tensor`` came from: see `TensorSource`."""
        self._sources[id(tensor)] = TensorSource(weakref.ref(tensor), node, recorded, value or node, place)

    def get(self, tensor: Tensor) -> TensorSource | None:
        """Where ``tensor`` came from; None for one never seen."""
        found = self._sources.get(id(tensor))
        if found is not None and found.tensor() is tensor:
            return found
        known = self._structure.state_names.get(id(tensor))
        add_state = self._add_state() if known is not None else None
        if known is None or add_state is None:
            return None
        self.set(tensor, add_state(*known, tensor))
        return self._sources[id(tensor)]

    def known_source(self, tensor: Tensor) -> TensorSource | None:
        """The same, but None for a parameter or buffer that was not used by itself so far."""
        found = self._sources.get(id(tensor))
        return found if found is not None and found.tensor() is tensor else None

    def nodes(self, values: Iterable[Any]) -> list[str]:
        """The nodes that made the tensors in some arguments, in their order."""
        found = []
        for value in values:
            if isinstance(value, Tensor):
                inner = (value,)
            elif type(value) in ATOMS:
                continue
            else:
                inner = tuple(tensor for _, tensor in tensors(value))
            for tensor in inner:
                source = self.get(tensor)
                if source is not None and source.node:
                    found.append(source.node)
        return found

    def operands(self, values: Iterable[Any]) -> tuple[Operand, ...]:
        """The arguments of a call, tensors in lists one by one."""
        found: list[Operand] = []
        for value in values:
            if isinstance(value, Tensor):
                found.append(self._operand(value))
            elif isinstance(value, NESTED) and (inner := tensors(value)):
                found += [self._operand(tensor) for _, tensor in inner]
            else:
                found.append(Operand(constant=value if is_setting(value) else None))
        return tuple(found)

    def _operand(self, tensor: Tensor) -> Operand:
        """A tensor as an argument: which value it is, and which part of it."""
        source = self.get(tensor)
        if source is None or not source.node:
            single = tensor.numel() == 1 and not tensor.is_meta and not tensor.is_complex()
            return Operand(constant=tensor.item() if single else None)
        view = () if source.place is None else view_of(tensor, source.place)
        if view is None and source.recorded:
            # A module that rearranged what a call inside it made: its own value is the one that was taken.
            return Operand(source.recorded)
        return Operand(source.value, view=view)

    def set_view(self, tensor: Tensor, of: Any) -> None:
        """Say that ``tensor`` holds some or all numbers of ``of``, in whatever shape."""
        source = self.get(of) if isinstance(of, Tensor) else None
        if source is None or not source.node:
            return self.set(tensor, "")
        place = source.place or place_of(of)
        if place[0] and tensor.is_contiguous() and of.data_ptr() == place[0] and of.is_contiguous():
            # A copy of all the numbers in their order stands for them as well as they do themselves.
            place = place_of(tensor) if tensor.numel() == place[1] else place
        self.set(tensor, source.node, value=source.value, place=place)


def place_of(tensor: Tensor) -> Place:
    """Where a tensor lies, if its numbers stand there in C order."""
    plain = tensor.layout is torch.strided and not tensor.is_nested and not tensor.is_meta
    return (tensor.data_ptr(), tensor.numel()) if plain and tensor.is_contiguous() else (0, 0)


def view_of(tensor: Tensor, place: Place) -> tuple[Any, ...] | None:
    """Offset, shape and strides of a tensor in the value that lies at ``place``; None if it is not in it."""
    if not place[0] or tensor.layout is not torch.strided or tensor.is_nested or not tensor.numel():
        return None
    offset, odd = divmod(tensor.data_ptr() - place[0], tensor.element_size())
    shape, strides = tuple(tensor.shape), tensor.stride()
    last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    return None if odd or offset < 0 or last >= place[1] else (offset, shape, strides)
