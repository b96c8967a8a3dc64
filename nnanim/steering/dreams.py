"""What a network wants to see: pictures that go up the slope of one of its values.

A layer that is climbed as a whole exaggerates what it sees in a picture (A. Mordvintsev et al.,
"Inceptionism: Going Deeper into Neural Networks", 2015); a unit alone shows what it looks for (C. Olah et
al., "Feature Visualization", Distill 2017); words are the wish of a model that knows pictures and sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnanim.errors import UserError
from nnanim.images import fit, to_floats
from nnanim.steering.climb import Climb, Place, Units, make_climb, run_as_it_is
from nnanim.steering.crops import crops
from nnanim.steering.crops import unit as to_unit_length
from nnanim.steering.probe import Run, hold_still

SIDE = 64
"""Height and width of a dream that begins with grey."""

MAX_SIDE, MAX_STEPS = 4096, 100_000


@dataclass(frozen=True, eq=False)
class DreamStep:
    """Where a dream stands.

    Attributes:
        step, steps: this one and the last one; step 0 is the start.
        pictures: (n, channels, height, width), 0..1.
        slopes: of the same shape: where the next step goes, brought to length 1; 0 where there is no slope.
        values: (n,) what is climbed, of the pictures as they are.
    """

    step: int
    steps: int
    pictures: Tensor
    slopes: Tensor
    values: Tensor


def dream(
    model: nn.Module,
    layer: str | None = None,
    picture: Any = None,
    *,
    unit: Units = None,
    at: Place = None,
    words: str | Sequence[str] | None = None,
    steps: int = 60,
    rate: float = 0.018,
    jitter: float = 0.05,
    zoom: float = 0.05,
    scales: Sequence[int] = (1,),
    tv: float = 0.0,
    size: int | tuple[int, int] | None = None,
    channels: int = 3,
    seed: int = 0,
    after: DreamStep | None = None,
    run: Run = run_as_it_is,
) -> Iterator[DreamStep]:
    """Let pictures go up the slope of what a model gives, step by step.

    Each step moves the pixels along the slope by a fixed length, however steep it is, and keeps them in 0..1.
    Between the steps the model is as it was. The same seed gives the same pictures.

    Args:
        model: any module that takes pictures; with ``words`` one with ``embed_pictures`` and ``embed_texts``.
        layer: what is climbed, as `nnanim.record` names it: "features.3", "block#2", "lstm[1][0]", "output".
            Alone: the mean square of all that it gives.
        picture: where the dream begins: a file, a PIL picture, numbers (height, width, 3), or a tensor
            (n, channels, height, width), 0..1; grey with a little noise when None.
        unit: the channel or neuron of the layer that is climbed; several give a picture each.
        at: place of the unit in its map: None for the mean of all, "middle", or an index (row, column).
        words: sentences, in place of a layer: the cosine to each is climbed, a picture each.
        steps: number of steps.
        rate: how far a step moves the pixels: root of the mean square.
        jitter: each step sees the picture shifted by up to this share of half its width,
        zoom: and nearer or farther by up to this share.
        scales: the slope is added to itself blurred over so many pixels: (1, 2, 4) dreams of larger things.
        tv: how much of a step makes the picture smoother (total variation, L. Rudin et al., 1992), 0..1.
        size: height and width, or the side: a picture that is no tensor is cut and resampled to it; by
            default it stays as it is, and grey has 64.
        channels: of a dream that begins with grey.
        seed: of all chance.
        after: go on from this step of a dream that was interrupted.
        run: how the model takes pictures: ``run(model, pictures)``, such as with the mean and spread of its
            training. By default it is called, or its ``embed_pictures``.

    Raises:
        UserError: no such layer, unit or place; unknown words; numbers out of range; a model that raises,
            gives NaN, or gives what has no slope.
    """
    climb = make_climb(model, layer, unit, at, words, run)
    start = _first_pictures(picture, size, channels, seed) if after is None else after.pictures
    pictures = _one_each(start, climb.count)
    rules = _Rules(_count(steps, "steps", MAX_STEPS), rate, jitter, zoom, _check_scales(scales, pictures), tv)
    reach = rate * pictures[0].numel() ** 0.5
    first = 0
    if after is not None:
        first, pictures = after.step + 1, (after.pictures + reach * after.slopes).clamp(0, 1)
    for step in range(first, rules.steps + 1):
        now = _look(climb, pictures, rules, step, seed)
        yield now
        pictures = (pictures + reach * now.slopes).clamp(0, 1)


@dataclass(frozen=True)
class _Rules:
    """How a dream moves: see `dream`."""

    steps: int
    rate: float
    jitter: float
    zoom: float
    scales: tuple[int, ...]
    tv: float

    def __post_init__(self) -> None:
        for name, top in (("rate", 1.0), ("jitter", 1.0), ("zoom", 0.5), ("tv", 1.0)):
            value = getattr(self, name)
            if not (isinstance(value, int | float) and 0 <= value <= top):
                raise UserError(f"{name}={value!r}; 0 to {top:g} wanted")


def _look(climb: Climb, pictures: Tensor, rules: _Rules, step: int, seed: int) -> DreamStep:
    """The values of pictures, and where they go next, by what is seen in one view of them."""
    leaf = pictures.detach().clone().requires_grad_(True)
    still = not (rules.jitter or rules.zoom)
    with hold_still(climb.model, seed * 1_000_003 + step):
        view = leaf if still else crops(leaf, (1 - rules.zoom, 1 + rules.zoom), rules.jitter)
        seen = climb.values(view)
        slopes = to_unit_length(_blend(_slope(seen.sum(), leaf, climb.name), rules.scales))
        if rules.tv:
            smoother = to_unit_length(-torch.autograd.grad(_roughness(leaf), leaf)[0])
            slopes = to_unit_length((1 - rules.tv) * slopes + rules.tv * smoother)
        with torch.no_grad():
            values = (seen.detach() if still else climb.values(leaf)).float()
    if not bool(values.isfinite().all() and slopes.isfinite().all()):
        raise UserError(f"step {step}: {climb.name!r} is not finite")
    if not step and not slopes.any():
        raise UserError(
            f"{climb.name!r} has no slope at the first picture (all 0): begin with another picture"
        )
    return DreamStep(step, rules.steps, leaf.detach(), slopes, values)


def _slope(goal: Tensor, leaf: Tensor, name: str) -> Tensor:
    try:
        return torch.autograd.grad(goal, leaf)[0]
    except RuntimeError:
        raise UserError(f"{name!r} has no slope: it does not depend on the pixels by numbers alone") from None


def _blend(slopes: Tensor, scales: tuple[int, ...]) -> Tensor:
    """The slopes, and the same blurred over so many pixels."""

    def blur(pixels: int) -> Tensor:
        return F.interpolate(F.avg_pool2d(slopes, pixels), size=slopes.shape[-2:], mode="bilinear")

    return torch.stack([blur(scale) if scale > 1 else slopes for scale in scales]).sum(0)


def _roughness(pictures: Tensor) -> Tensor:
    down, along = pictures.diff(dim=2).abs(), pictures.diff(dim=3).abs()
    return down.mean((1, 2, 3)).sum() + along.mean((1, 2, 3)).sum()


def _first_pictures(picture: Any, size: int | tuple[int, int] | None, channels: int, seed: int) -> Tensor:
    """(n, channels, height, width) where a dream begins."""
    sides = (SIDE, SIDE) if size is None else (size, size) if isinstance(size, int) else size
    height, width = (_count(side, "size", MAX_SIDE) for side in sides)
    if picture is None:
        shape = (_count(channels, "channels", MAX_SIDE), height, width)
        noise = torch.randn(1, *shape, generator=torch.Generator().manual_seed(seed))
        return (0.5 + 0.02 * noise).clamp(0, 1)
    if not isinstance(picture, Tensor):
        pixels = to_floats(picture, "picture")
        pixels = pixels if size is None else fit(pixels, (height, width))
        return torch.from_numpy(pixels.transpose(2, 0, 1).copy())[None]
    pictures = picture.detach().float()
    pictures = pictures[None] if pictures.ndim == 3 else pictures
    if pictures.ndim != 4 or not pictures.numel():
        raise UserError(f"picture of shape {tuple(picture.shape)}; (n, channels, height, width) wanted")
    if not bool((pictures >= 0).all() and (pictures <= 1).all()):
        raise UserError(f"picture: values 0..1 wanted, got {pictures.min():.4g} to {pictures.max():.4g}")
    return pictures.clone()


def _one_each(pictures: Tensor, wishes: int) -> Tensor:
    """A picture for each wish: one wish holds for all pictures, and one picture is the start of all."""
    if len(pictures) % wishes == 0:
        return pictures
    if len(pictures) > 1:
        raise UserError(f"{len(pictures)} pictures for {wishes} wishes; one picture, or as many, wanted")
    return pictures.repeat(wishes, 1, 1, 1)


def _check_scales(scales: Sequence[int], pictures: Tensor) -> tuple[int, ...]:
    most = min(pictures.shape[-2:])
    if not scales or not all(isinstance(one, int) and 1 <= one <= most for one in scales):
        raise UserError(f"scales={tuple(scales)!r}; numbers of pixels from 1 to {most} wanted")
    return tuple(scales)


def _count(value: Any, name: str, top: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= top:
        raise UserError(f"{name}={value!r}; a whole number from 1 to {top:,} wanted")
    return value
