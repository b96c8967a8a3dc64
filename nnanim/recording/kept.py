"""The values to be kept: held by reference, copied only when something is about to overwrite them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from nnanim.errors import UserError
from nnanim.recording.values import array

Entry = tuple[str, str, Tensor, int]  # name, section, the tensor, and its version when it was seen


class Kept:
    """Entries in the order in which they were seen, found again by the memory that they use.

    Attributes:
        entries: all of them.
        saved: by the id of an entry: the copy of its tensor, once one was needed.
        state: gives entries for the model's own state, when the first thing is about to be overwritten.
    """

    state: Callable[[], list[Entry]]

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.saved: dict[int, Tensor] = {}
        self._shared: list[Entry] = []  # in memory that may belong to something else, such as a parameter
        self._index: dict[int, list[Entry]] = {}
        self._indexed = -1

    def add(self, name: str, section: str, tensor: Tensor, seen: int | None = None) -> None:
        """Keep ``tensor`` as it is now; a small view of a large block of memory is copied out of it.

        Args:
            name: under which its values are found later.
            section: where they are found.
            tensor: the tensor.
            seen: the version it had, if that was some time ago.
        """
        shared = tensor._base is not None or type(tensor) is not Tensor
        if tensor.requires_grad:
            tensor = tensor.detach()
        if not tensor.is_cpu:
            if tensor.is_meta:
                raise UserError(f"{name!r} is on the meta device: it has a shape but no numbers")
            tensor = tensor.cpu()
        elif shared and _is_part(tensor):
            tensor = tensor.clone()
        entry = (name, section, tensor, version(tensor) if seen is None else seen)
        self.entries.append(entry)
        if shared:
            self._shared.append(entry)

    def before_change(self, changing: Iterable[Tensor]) -> None:
        """Copy what is kept in the memory of the tensors that are about to be overwritten."""
        if self._indexed < 0:
            self._index_entries(self.state())
            self._indexed = 0
        self._index_entries(self.entries[self._indexed :])
        self._indexed = len(self.entries)
        for tensor in changing:
            for entry in self._index.pop(memory(tensor), ()):
                if self._intact(entry):
                    self.saved.setdefault(id(entry), entry[2].clone())

    def _index_entries(self, entries: list[Entry]) -> None:
        for entry in entries:
            place = memory(entry[2])
            if place:
                self._index.setdefault(place, []).append(entry)

    def _intact(self, entry: Entry) -> bool:
        return id(entry) in self.saved or version(entry[2]) == entry[3]

    def settle(self, state: Iterable[Tensor]) -> None:
        """Copy what lies in the memory of ``state``, which lives on after the run."""
        if self._shared:
            lasting = {memory(value) for value in state}
            for entry in self._shared:
                if id(entry) not in self.saved and memory(entry[2]) in lasting:
                    self.saved[id(entry)] = entry[2].clone()

    def sections(self) -> dict[str, dict[str, Any]]:
        """The kept values by section and name: arrays, or what raises when asked for lost ones."""
        found: dict[str, dict[str, Any]] = {}
        for entry in self.entries:
            name, section, _, _ = entry
            values = self._values(entry) if self._intact(entry) else partial(self._values, entry)
            found.setdefault(section, {})[name] = values
        return found

    def _values(self, entry: Entry) -> NDArray[Any]:
        if not self._intact(entry):
            raise UserError(
                f"the values of {entry[0]!r} were overwritten after the recording, or by code that "
                "torch does not show; put .clone() behind it"
            )
        return array(self.saved.get(id(entry), entry[2]))


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
    try:
        return tensor._version
    except RuntimeError:  # made in inference mode
        return 0
