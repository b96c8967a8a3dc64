"""What a dream climbs: a layer, units of it, or the cosine to words."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnanim.errors import UserError
from nnanim.steering.probe import LayerProbe, Run

Units = int | Sequence[int] | None
Place = int | Sequence[int] | str | None

MIDDLE = "middle"


@dataclass(frozen=True)
class Climb:
    """What is climbed.

    Attributes:
        values: from pictures (n, …) to (n,) numbers that are to grow.
        model: it asks.
        name: what an error calls it.
        count: number of different wishes: picture k has the wish k modulo this.
    """

    values: Callable[[Tensor], Tensor]
    model: nn.Module
    name: str
    count: int = 1


def make_climb(
    model: nn.Module, layer: str | None, unit: Units, at: Place, words: str | Sequence[str] | None, run: Run
) -> Climb:
    """What to climb, from the arguments of `nnanim.steering.dreams.dream`.

    Raises:
        UserError: a layer and words, or neither; no such layer; unknown words; a model without sentences.
    """
    if (layer is None) == (words is None):
        raise UserError("a dream climbs a layer or words: give one of layer= and words=")
    if words is not None:
        if unit is not None or at is not None:
            raise UserError("unit= and at= belong to a layer, not to words")
        return _climb_words(model, (words,) if isinstance(words, str) else tuple(words), run)
    assert layer is not None
    probe = LayerProbe(model, layer)
    if unit is None:
        if at is not None:
            raise UserError("at= is the place of a unit: give unit=, too")
        return Climb(lambda pictures: probe.read(pictures, run)[0].square().mean((1, 2)), probe.model, layer)
    units = (unit,) if isinstance(unit, int) else tuple(operator.index(one) for one in unit)
    if not units:
        raise UserError("unit=() names no unit")
    return Climb(partial(_unit_values, probe, run, units, at), probe.model, layer, len(units))


def run_as_it_is(model: nn.Module, pictures: Tensor) -> Any:
    """Call a model, or its ``embed_pictures`` if it has sentences, too."""
    embed = getattr(model, "embed_pictures", None)
    return model(pictures) if embed is None else embed(pictures)


def _climb_words(model: nn.Module, texts: tuple[str, ...], run: Run) -> Climb:
    """The cosine between each picture and its sentence."""
    if not (hasattr(model, "embed_pictures") and hasattr(model, "embed_texts")):
        raise UserError(
            "words= wants a model with embed_pictures and embed_texts, such as clip-guide, "
            f"got {type(model).__name__}"
        )
    if not texts:
        raise UserError("words=() holds no sentence")
    with torch.no_grad():
        wanted = F.normalize(model.embed_texts(list(texts)), dim=-1)

    def cosine(pictures: Tensor) -> Tensor:
        seen = F.normalize(run(model, pictures), dim=-1)
        return (seen * wanted.repeat(len(pictures) // len(texts), 1)).sum(1)

    return Climb(cosine, model, "the cosine", len(texts))


def _unit_values(probe: LayerProbe, run: Run, units: tuple[int, ...], at: Place, pictures: Tensor) -> Tensor:
    """(n,) what each picture's own unit gives: its mean over all places, or at one."""
    values, places = probe.read(pictures, run)
    wrong = next((one for one in units if not 0 <= one < values.shape[1]), None)
    if wrong is not None:
        raise UserError(f"{probe.name!r} has no unit {wrong}; it has {values.shape[1]}, counted from 0")
    own = values[torch.arange(len(values)), torch.tensor(units).repeat(len(values) // len(units))]
    return own.mean(1) if at is None else own[:, _find_place(probe.name, at, places)]


def _find_place(name: str, at: Place, sizes: tuple[int, ...]) -> int:
    """Index of a place among all of a map of these sizes."""
    index: Any = tuple(size // 2 for size in sizes) if at == MIDDLE else at
    index = (index,) if isinstance(index, int) else index
    if not isinstance(index, tuple | list) or len(index) != len(sizes):
        raise UserError(f"at={at!r}: {name!r} has places {sizes}; 'middle' or {len(sizes)} numbers wanted")
    if any(not 0 <= one < size for one, size in zip(index, sizes, strict=True)):
        raise UserError(f"at={at!r} lies outside {name!r}, which has places {sizes}, counted from 0")
    return int(np.ravel_multi_index(tuple(index), sizes)) if sizes else 0
