"""What a layer gives for pictures, with its slope kept: layers are called as record() calls them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from nnanim.errors import UserError, message_of, nearest, quote
from nnanim.recording.axes import module_axes
from nnanim.recording.structure import ModuleInfo, Structure, module_of
from nnanim.recording.values import shapes, tensors

Run = Callable[[Any, Tensor], Any]
"""Runs a model on pictures: ``run(model, pictures)``."""

OUTPUT = "output"
"""Name of what the whole model gives."""

NAME = re.compile(r"(?P<path>.*?)(?:#(?P<call>\d+))?(?P<place>(?:\[[^\[\]]*\])*)", re.DOTALL)


class _Caught(BaseException):
    """The layer has run: the rest of the model need not."""


class LayerProbe:
    """Runs a model up to one layer and gives what that gave.

    Args:
        model: any module.
        name: as `nnanim.record` names it: "features.3", "lstm[1][0]", "block#2" for a second call, or
            "output".

    Raises:
        UserError: not a module, or no such layer.
    """

    def __init__(self, model: nn.Module, name: str) -> None:
        self.model, self.name = module_of(model), name
        structure = Structure(self.model)
        layers = {info.name: (info, module) for info, module in reversed(structure.followed)}
        found = NAME.fullmatch(name)
        assert found is not None  # the pattern fits everything
        path, self.place = found["path"], found["place"]
        self.call = int(found["call"] or 1)
        if name in layers:  # its path has a # or brackets of its own
            path, self.place, self.call = name, "", 1
        if path not in layers and path != OUTPUT:
            names = [*reversed(layers), OUTPUT]
            raise UserError(f"{structure.root.kind} has no layer {quote(name)}{nearest(name, names)}")
        self.kind = structure.root.kind
        self.info: ModuleInfo
        self.info, self.module = layers.get(path, (structure.root, self.model))

    def read(self, pictures: Tensor, run: Run) -> tuple[Tensor, tuple[int, ...]]:
        """What the layer gives for pictures (n, …): (n, channels, places), and how the places are laid out.

        Raises:
            UserError: the model raises, does not reach the layer, or gives something else than numbers, one
                row for each picture.
        """
        caught: list[Any] = []

        def catch(module: nn.Module, args: Any, given: Any) -> None:
            caught.append(given)
            if len(caught) == self.call and self.module is not self.model:
                raise _Caught

        handle = self.module.register_forward_hook(catch)
        try:
            run(self.model, pictures)
        except _Caught:
            pass
        except UserError:
            raise
        except Exception as error:
            text = message_of(error).split("\n")[0]
            raise UserError(f"{self.kind} raised, given {shapes([pictures])}: {text}") from error
        finally:
            handle.remove()
        if len(caught) < self.call:
            raise UserError(f"{self.name!r} did not run: {self.kind} called it {len(caught)} times")
        return self._rows(dict(tensors(caught[self.call - 1])), len(pictures))

    def _rows(self, parts: dict[str, Tensor], n: int) -> tuple[Tensor, tuple[int, ...]]:
        """One of the tensors of an output, its samples and channels first."""
        place = self.place or next(iter(parts), "")
        if place not in parts:
            raise UserError(f"{self.name!r} is no output of {self.kind}{nearest(place, parts)}")
        values = parts[place].clone()  # what comes next may overwrite it
        axes = (module_axes(self.info, tuple(values.shape)) if not self.place else None) or ()
        channel = axes.index("channel") if "channel" in axes else 1 if values.ndim == 4 else values.ndim - 1
        # An LSTM gives its tokens first, and its states by layers.
        samples = [axis for axis, size in enumerate(values.shape) if size == n and axis != channel]
        if not samples or not values.is_floating_point():
            what = f"{values.dtype} {tuple(values.shape)}".removeprefix("torch.")
            raise UserError(f"{self.name!r} gives {what}; numbers wanted, a row for each of {n} pictures")
        sample = axes.index("sample") if "sample" in axes else samples[0]
        rows = values.movedim((sample, channel), (0, 1))
        return rows.reshape(*rows.shape[:2], -1), tuple(rows.shape[2:])


@contextmanager
def hold_still(model: nn.Module, seed: int) -> Iterator[None]:
    """A block in which a model does not train, and torch's random numbers begin at ``seed``.

    Afterwards modes and random states are as they were.
    """
    modes = [(module, module.training) for module in model.modules()]
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(seed)
        try:
            for module, _ in modes:
                module.training = False
            yield
        finally:
            for module, training in modes:
                module.training = training
