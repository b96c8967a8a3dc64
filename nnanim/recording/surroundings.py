"""What a recording sets around a run: noted before it, put back after it, whatever happens."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import torch

from nnanim.errors import UserError
from nnanim.recording.compat import (
    CALL_SLOT,
    close_mode_guards,
    eager_stance,
    in_transform,
    mode_at,
    mode_count,
    pop_mode,
    push_mode,
    set_eager_stance,
)
from nnanim.recording.structure import Structure

ONE_AT_A_TIME = threading.RLock()
"""Held by the thread that records: random states, modules and compiled functions belong to all threads."""

ATTEMPTS = range(20)
"""How often a restoration begins anew when it is interrupted. Made here: see `run_and_restore`."""

Result = TypeVar("Result")


class Restorable(Protocol):
    """Something as it was, that can be put back: as often as one likes, also after half of it was."""

    def restore(self) -> None:
        """Put it back."""


def run_and_restore(run: Callable[[], Result], *before: Restorable) -> Result:
    """What ``run`` gives; all of ``before`` is restored, even if a Ctrl-C arrives while that is done.

    They are restored in their order; what another one uses while it is restored may stand there twice. An
    interrupt can be raised at any call. That is why no call stands between the end of the run and the
    ``try`` below, and why an interrupted restoration is done once more before the interrupt goes on.
    """
    interrupt: BaseException | None = None
    try:
        return run()
    finally:
        for _ in ATTEMPTS:
            try:
                _restore(before)
                break
            except UserError:
                raise
            except BaseException as error:
                interrupt = error
        if interrupt is not None:
            raise interrupt


def _restore(before: tuple[Restorable, ...]) -> None:
    """Restore everything; a UserError of one keeps none of the others from being restored."""
    refusal: UserError | None = None
    for one in before:
        try:
            one.restore()
        except UserError as error:
            refusal = refusal or error
    if refusal is not None:
        raise refusal


class Surroundings:
    """Everything outside the model that a recording changes while it runs, as it was before."""

    def __init__(self, structure: Structure) -> None:
        tables = [module.__dict__ for _, module in structure.followed]
        self._slots = [(table, table.get(CALL_SLOT)) for table in tables]
        self._modes = [mode_at(place) for place in range(mode_count())]
        self._grad = torch.is_grad_enabled()
        self._dtype = torch.get_default_dtype()
        self._autocast = torch.is_autocast_enabled("cpu")
        self._depth = sys.getrecursionlimit()
        self._stance = eager_stance()

    def prepare(self) -> None:
        """Let compiled functions run as they were written, and leave room for the recorder's own calls."""
        sys.setrecursionlimit(3 * self._depth)
        if self._stance is not None:
            set_eager_stance()

    def restore(self) -> None:
        """Put everything back."""
        close_mode_guards(sys.exc_info()[1])
        for table, before in self._slots:
            if before is not None:
                table[CALL_SLOT] = before
            elif CALL_SLOT in table:
                table.pop(CALL_SLOT, None)
        if [mode_at(place) for place in range(mode_count())] != self._modes:
            while mode_count():
                pop_mode()
            for mode in self._modes:
                push_mode(mode)
        torch.set_grad_enabled(self._grad)
        torch.set_default_dtype(self._dtype)
        torch.set_autocast_enabled("cpu", self._autocast)
        sys.setrecursionlimit(self._depth)
        if self._stance is not None:
            set_eager_stance(self._stance)


def refuse_transforms(what: str) -> None:
    """Raise UserError inside torch.func.vmap, grad and the like: a value has no numbers of its own there."""
    if in_transform():
        raise UserError(
            f"{what} runs inside a transform of torch.func (vmap, grad, …), where values have no numbers of "
            "their own; record the model without it"
        )


def hook_calls(structure: Structure, hook: Callable[[Any, Any], Any]) -> None:
    """Let each followed module be called through ``hook(info, module)``.

    The hook stands where torch looks for a compiled form of the module. No hook of torch's own would do: a
    module's own hooks may change its output after those, and a mode sees functions only. Other threads reach
    it too, and pass through it (see `RecorderMode.call`).
    """
    for info, module in structure.followed:
        module.__dict__[CALL_SLOT] = hook(info, module)
