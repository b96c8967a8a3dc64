"""The values to be kept: held by reference, copied only when something is about to overwrite them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from nnanim.errors import UserError
from nnanim.recording.values import array


class Entry:
    """One tensor and the version it had when it was seen.

    Attributes:
        shared: it may lie in memory that belongs to something else, such as a parameter.
        saved: its copy, once one was needed.
    """

    __slots__ = ("name", "saved", "section", "shared", "tensor", "version")

    def __init__(self, name: str, section: str, tensor: Tensor, shared: bool = False) -> None:
        self.name = name
        self.section = section
        self.tensor = tensor
        self.version = version(tensor)
        self.shared = shared
        self.saved: Tensor | None = None

    @property
    def intact(self) -> bool:
        """Whether its values are still those that were seen."""
        return self.saved is not None or version(self.tensor) == self.version

    def values(self) -> NDArray[Any]:
        """Its values as they were seen; raises UserError if they are lost."""
        if not self.intact:
            raise UserError(
                f"the values of {self.name!r} were overwritten after the recording, or by code that "
                "torch does not show; put .clone() behind it"
            )
        return array(self.tensor if self.saved is None else self.saved)


class Kept:
    """Entries in the order in which they were seen, found again by the memory that they use.

    Attributes:
        state: gives entries for the model's own state, when the first thing is about to be overwritten.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.state: Callable[[], list[Entry]] = list
        self._index: dict[int, list[Entry]] = {}
        self._indexed = -1

    def add(self, name: str, section: str, tensor: Tensor) -> None:
        """Keep ``tensor`` as it is now; a small view of a large block of memory is copied out of it."""
        shared = tensor._base is not None or type(tensor) is not Tensor
        if tensor.requires_grad:
            tensor = tensor.detach()
        if not tensor.is_cpu:
            if tensor.is_meta:
                raise UserError(f"{name!r} is on the meta device: it has a shape but no numbers")
            tensor = tensor.cpu()
        elif shared and _is_part(tensor):
            tensor = tensor.clone()
        self.entries.append(Entry(name, section, tensor, shared))

    def before_change(self, changing: Iterable[Tensor]) -> None:
        """Copy what is kept in the memory of the tensors that are about to be overwritten."""
        if self._indexed < 0:
            self._index_entries(self.state())
            self._indexed = 0
        self._index_entries(self.entries[self._indexed :])
        self._indexed = len(self.entries)
        for tensor in changing:
            for entry in self._index.pop(memory(tensor), ()):
                if entry.saved is None and entry.intact:
                    entry.saved = entry.tensor.clone()

    def _index_entries(self, entries: list[Entry]) -> None:
        for entry in entries:
            place = memory(entry.tensor)
            if place:
                self._index.setdefault(place, []).append(entry)

    def settle(self, state: Iterable[Tensor]) -> None:
        """Copy what lies in the memory of ``state``, which lives on after the run."""
        lasting: set[int] | None = None
        for entry in self.entries:
            tensor = entry.tensor
            if entry.shared and entry.saved is None:
                lasting = {memory(value) for value in state} if lasting is None else lasting
                if memory(tensor) in lasting:
                    entry.saved = tensor.clone()

    def sections(self) -> dict[str, dict[str, Any]]:
        """The kept values by section and name: arrays, or what raises when asked for lost ones."""
        found: dict[str, dict[str, Any]] = {}
        for entry in self.entries:
            section = found.setdefault(entry.section, {})
            section[entry.name] = entry.values() if entry.intact else entry.values
        return found


def memory(tensor: Tensor) -> int:
    """The address of the memory behind ``tensor``; 0 where there is none to be shared."""
    if tensor.layout is not torch.strided or tensor.is_nested or tensor.is_meta:
        return 0
    return tensor.untyped_storage().data_ptr()


def _is_part(tensor: Tensor) -> bool:
    plain = tensor.layout is torch.strided and not tensor.is_nested
    return plain and tensor.untyped_storage().nbytes() > 1.1 * tensor.nbytes + 64


def version(tensor: Tensor) -> int:
    """How often ``tensor`` was changed in place; 0 where torch does not count."""
    return 0 if tensor.is_inference() else tensor._version
