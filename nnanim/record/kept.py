"""The values to be kept: held by reference, copied only when something is about to overwrite them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from nnanim.errors import UserError
from nnanim.record.values import array


class Entry:
    """One tensor and the version it had when it was seen; ``saved`` is its copy, once one was needed."""

    __slots__ = ("name", "saved", "section", "tensor", "version")

    def __init__(self, name: str, section: str, tensor: Tensor) -> None:
        self.name = name
        self.section = section
        self.tensor = tensor
        self.version = version(tensor)
        self.saved: Tensor | None = None

    @property
    def intact(self) -> bool:
        return self.saved is not None or version(self.tensor) == self.version


class Kept:
    """Entries in the order in which they were seen, found again by the memory that they use."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._index: dict[int, list[Entry]] = {}
        self._indexed = 0

    def add(self, name: str, section: str, tensor: Tensor) -> None:
        """Keep ``tensor`` as it is now; a small view of a large block of memory is copied out of it."""
        if tensor.is_meta:
            raise UserError(f"{name!r} is on the meta device: it has a shape but no numbers")
        if tensor.requires_grad or isinstance(tensor, torch.nn.Parameter):
            tensor = tensor.detach()
        if tensor.is_nested:
            return
        if not tensor.is_cpu:
            tensor = tensor.cpu()
        elif tensor.layout is torch.strided and not tensor.is_quantized:
            if tensor.untyped_storage().nbytes() > 1.1 * tensor.numel() * tensor.element_size() + 64:
                tensor = tensor.clone()
        else:
            tensor = tensor.clone()
        self.entries.append(Entry(name, section, tensor))

    def hold(self, name: str, tensor: Tensor) -> Entry:
        """Watch over a part of the model's state, so that it can be put back if the run changes it."""
        entry = Entry(name, "state", tensor.detach())
        self.entries.append(entry)
        return entry

    def before_change(self, changing: Iterable[Tensor]) -> None:
        """Copy what is kept in the memory of the tensors that are about to be overwritten."""
        for entry in self.entries[self._indexed :]:
            place = memory(entry.tensor)
            if place:
                self._index.setdefault(place, []).append(entry)
        self._indexed = len(self.entries)
        for tensor in changing:
            for entry in self._index.pop(memory(tensor), ()):
                if entry.intact and entry.saved is None:
                    entry.saved = entry.tensor.clone()

    def finish(self, sources: set[int]) -> dict[str, dict[str, Any]]:
        """The kept values by section and name, as read-only arrays.

        Args:
            sources: memory that lives on after the run (the model's state), which must not be shared.
        """
        sections: dict[str, dict[str, Any]] = {}
        for entry in self.entries:
            if entry.section == "state":
                continue
            tensor = entry.tensor if entry.saved is None else entry.saved
            if tensor._base is not None and memory(tensor) in sources:
                tensor = tensor.clone()
            found = array(tensor) if entry.intact else _overwritten(entry.name)
            sections.setdefault(entry.section, {})[entry.name] = found
        return sections


def memory(tensor: Tensor) -> int:
    """The address of the memory behind ``tensor``; 0 where there is none to be shared."""
    if tensor.layout is not torch.strided or tensor.is_nested or tensor.is_meta:
        return 0
    return tensor.untyped_storage().data_ptr()


def version(tensor: Tensor) -> int:
    """How often ``tensor`` was changed in place; 0 where torch does not count."""
    return 0 if tensor.is_inference() else tensor._version


def _overwritten(name: str) -> Callable[[], NDArray[Any]]:
    def refuse() -> NDArray[Any]:
        raise UserError(
            f"the values of {name!r} were overwritten by code that torch does not show; "
            "put a Tap and a .clone() behind it"
        )

    return refuse
