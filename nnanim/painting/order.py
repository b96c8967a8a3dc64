"""What is to be painted, checked."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nnanim.errors import UserError, nearest
from nnanim.painting.painting import Floats

SAMPLERS = ("ddim", "ddpm")
STRENGTH = 0.6
MOST_STEPS = 1000


@dataclass(frozen=True, eq=False)
class Order:
    """What is to be painted: one entry of ``prompts``, ``negatives`` and ``seeds`` for each picture.

    Attributes:
        prompts: the sentences; the empty one asks for nothing.
        negatives: what to steer away from, in the place of the empty sentence.
        seeds: one for each picture.
        steps: how many steps from pure noise to a picture.
        guidance: 0 leaves the sentence out, 1 takes it as it is, more exaggerates it, below 0 its contrary.
        sampler: "ddim", "ddpm", or the name of a pipeline's own scheduler.
        image: (height, width, 3), 0..1: begin with this picture under noise.
        strength: how much noise, above 0 (nearly none) to 1 (nothing else).
        single: one prompt and one seed were given: no axis for samples.
    """

    prompts: tuple[str, ...]
    negatives: tuple[str, ...]
    seeds: tuple[int, ...]
    steps: int
    guidance: float
    sampler: str
    image: Floats | None
    strength: float
    single: bool

    @property
    def start(self) -> float:
        """The time at which painting begins: 1, or the strength where there is a picture to begin with."""
        return 1.0 if self.image is None else self.strength


def order(
    prompt: str | Sequence[str],
    *,
    negative_prompt: str | Sequence[str] | None = None,
    num_inference_steps: int = 20,
    guidance_scale: float = 2.5,
    seed: int | Sequence[int] = 0,
    init_image: Any = None,
    strength: float = STRENGTH,
    sampler: str | None = None,
    samplers: Sequence[str] = SAMPLERS,
) -> Order:
    """The checked order; arguments as of `nnanim.painting.paint`, ``samplers`` are those that there are.

    Raises:
        UserError: whatever is wrong with it, in one line.
    """
    from nnanim.painting.pictures import checked_picture

    single = isinstance(prompt, str) and not _many(seed)
    prompts = _texts("prompt", prompt)
    given: Any = seed if _many(seed) else [seed]
    seeds = tuple(_seed(one) for one in given)
    count = max(len(prompts), len(seeds))
    negatives = _texts("negative_prompt", "" if negative_prompt is None else negative_prompt)
    chosen = samplers[0] if sampler is None else sampler
    if chosen not in samplers:
        raise UserError(f"there is no sampler {sampler!r}{nearest(str(sampler), samplers)}")
    return Order(
        _spread("prompt", prompts, count),
        _spread("negative_prompt", negatives, count),
        _spread("seed", seeds, count),
        _steps(num_inference_steps),
        _number("guidance_scale", guidance_scale),
        chosen,
        None if init_image is None else checked_picture(init_image),
        _strength(strength),
        single,
    )


def _many(value: Any) -> bool:
    return not isinstance(value, str | bytes) and hasattr(value, "__len__") and hasattr(value, "__iter__")


def _texts(name: str, value: Any) -> tuple[str, ...]:
    texts = tuple(value) if _many(value) else (value,)
    for text in texts:
        if not isinstance(text, str):
            raise UserError(f"{name} is a sentence or a list of sentences, got {text!r}")
    if not texts:
        raise UserError(f"{name}: an empty list; the empty sentence is ''")
    return texts


def _spread(name: str, values: tuple[Any, ...], count: int) -> tuple[Any, ...]:
    if len(values) not in (1, count):
        raise UserError(
            f"{count} pictures need as many entries of {name} (or one for all), got {len(values)}"
        )
    return values if len(values) == count else values * count


def _steps(value: Any) -> int:
    try:
        steps = operator.index(value)
    except TypeError:
        raise UserError(f"num_inference_steps is a whole number of steps, got {value!r}") from None
    if isinstance(value, bool) or not 1 <= steps <= MOST_STEPS:
        raise UserError(f"num_inference_steps is a whole number from 1 to {MOST_STEPS}, got {value!r}")
    return steps


def _seed(value: Any) -> int:
    try:
        seed = operator.index(value)
    except TypeError:
        raise UserError(f"seed is a whole number, got {value!r}") from None
    if not 0 <= seed < 2**63:
        raise UserError(f"seed is a whole number from 0 to 2^63 - 1, got {value!r}")
    return seed


def _strength(value: Any) -> float:
    share = _number("strength", value)
    if not 0 < share <= 1:
        raise UserError(f"strength lies above 0 and is at most 1, got {share:g}")
    return share


def _number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise UserError(f"{name} is a number, got {value!r}") from None
    if not math.isfinite(number):
        raise UserError(f"{name} is a finite number, got {number}")
    return number
