"""Tensors as they were at one moment: held by reference, copied when something is about to overwrite them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nnanim.errors import UserError
from nnanim.recording.compat import version
from nnanim.recording.values import array

SPARSE = (torch.sparse_coo, torch.sparse_csr, torch.sparse_csc, torch.sparse_bsr, torch.sparse_bsc)
"""Layouts of tensors whose numbers lie in the memory of another one."""

SAMPLE = 1 << 12
"""Numbers of a tensor in a sample of it."""


class StoredTensor:
    """One tensor as it was at one moment.

    Attributes:
        name, section: under which its values are found later.
        tensor: the same memory, detached from the model's tensor, whose shape and memory may be exchanged.
        version: how often it had been changed by then.
        copy: its values, once they had to be copied.
    """

    __slots__ = ("copy", "name", "section", "tensor", "version")

    def __init__(self, name: str, section: str, tensor: Tensor) -> None:
        self.name = name
        self.section = section
        self.tensor = tensor
        self.version = version(tensor)
        self.copy: Tensor | None = None

    @property
    def intact(self) -> bool:
        """Whether its values are still known."""
        return self.copy is not None or version(self.tensor) == self.version

    def save(self) -> None:
        """Copy its values, if they are still known."""
        if self.copy is None and self.intact:
            self.copy = self.tensor.clone()

    def tensor_then(self) -> Tensor:
        """The tensor with the values that it had; raises UserError if they were lost."""
        if not self.intact:
            raise UserError(
                f"the values of {self.name!r} were overwritten after the recording, or by code that "
                "torch does not show; put .clone() behind it"
            )
        return self.tensor if self.copy is None else self.copy

    def values(self) -> NDArray[Any]:
        """Its values as numpy has them; raises UserError if they were lost."""
        return array(self.tensor_then())


class ComputedTensor:
    """A tensor that a function of others gives when it is asked for, from what they were at one moment.

    Args:
        function: what gives the tensor.
        args, kwargs: its arguments, tensors in place of their entries.
    """

    __slots__ = ("_args", "_function", "_kwargs", "_threads")

    def __init__(self, function: Callable[..., Tensor], args: list[Any], kwargs: dict[str, Any]) -> None:
        self._function = function
        self._args = args
        self._kwargs = kwargs
        self._threads = torch.get_num_threads()

    def values(self) -> NDArray[Any]:
        """Its values as numpy has them; raises UserError if those of an argument were lost."""
        args = [_current(value) for value in self._args]
        kwargs = {key: _current(value) for key, value in self._kwargs.items()}
        threads = torch.get_num_threads()
        torch.set_num_threads(self._threads)  # other threads add in another order: other digits
        try:
            return array(self._function(*args, **kwargs))
        finally:
            torch.set_num_threads(threads)


def _current(value: Any) -> Any:
    return value.tensor_then() if isinstance(value, StoredTensor) else value


class TensorStore:
    """Entries in the order in which they were added, found again by the memory that they use.

    Attributes:
        entries: all of them; those of a section "" are arguments of what is computed later.
        state: gives entries for the model's own state, before the run.
    """

    def __init__(self) -> None:
        self.entries: list[StoredTensor] = []
        self._computed: list[tuple[str, str, ComputedTensor]] = []
        self.state: Callable[[], list[StoredTensor]] = list
        self._index: dict[int, list[StoredTensor]] | None = None
        self._indexed = 0

    def add(self, name: str, section: str, tensor: Tensor) -> None:
        """Keep ``tensor`` as it is now; a sparse one or a small view of a large block of memory is copied."""
        shared = tensor._base is not None or type(tensor) is not Tensor
        tensor = tensor.detach()
        if not tensor.is_cpu:
            if tensor.is_meta:
                raise UserError(f"{name!r} is on the meta device: it has a shape but no numbers")
            tensor = tensor.cpu()
        elif tensor.layout is not torch.strided or (shared and _is_part(tensor)):
            tensor = tensor.clone()
        self.entries.append(StoredTensor(name, section, tensor))

    def add_computed(
        self, name: str, section: str, function: Callable[..., Tensor], args: Any, kwargs: dict[str, Any]
    ) -> None:
        """Keep what ``function`` gives for tensors as they are now; it runs when its values are asked for.

        On other devices it runs now: their memory is not to be held for so long.
        """
        values = (*args, *kwargs.values())
        if not all(_is_plain(value) for value in values if isinstance(value, Tensor)):
            return self.add(name, section, function(*args, **kwargs))

        def hold(value: Any) -> Any:
            if not isinstance(value, Tensor):
                return value
            self.entries.append(StoredTensor(name, "", value.detach()))
            return self.entries[-1]

        held = ComputedTensor(
            function, [hold(value) for value in args], {key: hold(value) for key, value in kwargs.items()}
        )
        self._computed.append((name, section, held))

    def before_change(self, changing: Iterable[Tensor]) -> None:
        """Copy what is kept in the memory of the tensors that are about to be overwritten."""
        if self._index is None:
            self._index = {}
            self._index_entries(self._index, self.state())
        self._index_entries(self._index, self.entries[self._indexed :])
        self._indexed = len(self.entries)
        for tensor in changing:
            for entry in self._index.pop(memory_address(tensor), ()):
                entry.save()

    @staticmethod
    def _index_entries(index: dict[int, list[StoredTensor]], entries: list[StoredTensor]) -> None:
        for entry in entries:
            place = memory_address(entry.tensor)
            if place:
                index.setdefault(place, []).append(entry)

    def copy_shared(self) -> None:
        """Copy what lies in the memory of the model's state, which lives on after the run."""
        lasting = {memory_address(entry.tensor) for entry in self.state()} - {0}
        for entry in self.entries if lasting else ():
            if memory_address(entry.tensor) in lasting:
                entry.save()

    def sections(self) -> dict[str, dict[str, Any]]:
        """The kept values by section and name: arrays, or what raises when asked for lost ones."""
        found: dict[str, dict[str, Any]] = {}
        for entry in self.entries:
            if entry.section:
                values = entry.values() if entry.intact else partial(StoredTensor.values, entry)
                found.setdefault(entry.section, {})[entry.name] = values
        for name, section, computed in self._computed:
            found.setdefault(section, {})[name] = computed.values
        return found


def memory_address(tensor: Tensor) -> int:
    """The address of the memory behind ``tensor``; 0 where there is none to be shared."""
    if tensor.is_nested or tensor.is_meta:
        return 0
    if tensor.layout is not torch.strided:
        if tensor.layout not in SPARSE:
            return 0
        tensor = tensor._values() if tensor.layout is torch.sparse_coo else tensor.values()
    return tensor.untyped_storage().data_ptr()


def _is_plain(tensor: Tensor) -> bool:
    return tensor.is_cpu and tensor.layout is torch.strided and not tensor.is_nested


def _is_part(tensor: Tensor) -> bool:
    plain = tensor.layout is torch.strided and not tensor.is_nested
    return plain and tensor.untyped_storage().nbytes() > 1.1 * tensor.nbytes + 64


def read_unchanged(entry: StoredTensor, before: tuple[int, int] | None) -> NDArray[Any]:
    """The values of a parameter whose fingerprint was ``before``; raises UserError if it has another now."""
    whole = before is not None and before[0] >= 0
    if not entry.intact or fingerprint(entry.tensor, whole) != before:
        raise UserError(
            f"{entry.name!r} has changed since the recording; "
            "read its parameters or save the trace before training"
        )
    return array(entry.tensor.clone())


def fingerprint(tensor: Tensor, whole: bool) -> tuple[int, int] | None:
    """Two numbers that change with the values of ``tensor``.

    The sum of its words tells if any number is another, a checksum of some of them if they changed places.

    Args:
        tensor: the tensor; None is given for one of a kind that has no bytes of its own.
        whole: look at all of it; otherwise at a sample alone, and the first number is -1.
    """
    if tensor.layout is not torch.strided or tensor.is_nested or tensor.is_quantized or not tensor.numel():
        return None
    flat = tensor.detach().reshape(-1)
    if not whole or not tensor.is_cpu:
        return -1, zlib.crc32(_bytes(flat[:: max(1, flat.numel() // SAMPLE)].cpu()).tobytes())
    data = _bytes(flat)
    rest = len(data) % 8
    total = int(np.add.reduce(data[: len(data) - rest].view(np.uint64)))
    if rest:
        total += int(data[-rest:].sum(dtype=np.uint64))
    return total, zlib.crc32(data[:SAMPLE].data)


def _bytes(flat: Tensor) -> NDArray[np.uint8]:
    if flat.is_conj() or flat.is_neg():
        flat = flat.resolve_conj().resolve_neg()
    if not flat.is_contiguous():
        flat = flat.contiguous()
    found: NDArray[np.uint8] = flat.view(torch.uint8).numpy()
    return found
