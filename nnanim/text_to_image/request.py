"""What is to be generated, checked."""

from __future__ import annotations

import hashlib
import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nnanim.errors import UserError, nearest
from nnanim.images import Floats, to_floats

SAMPLERS = ("ddim", "ddpm")
DEFAULT_STRENGTH = 0.6
MAX_STEPS = 1000


@dataclass(frozen=True, eq=False)
class Request:
    """What is to be generated: one entry of ``prompts``, ``negatives`` and ``seeds`` for each picture.

    Attributes:
        prompts: the sentences; the empty one asks for nothing.
        negatives: what to steer away from, in the place of the empty sentence.
        seeds: one for each picture.
        steps: number of steps from pure noise to a picture.
        guidance: 0 leaves the sentence out, 1 takes it as it is, more exaggerates it, less than 0 steers away
            from it.
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
        """The time at which it begins: 1, or the strength where there is a picture to begin with."""
        return 1.0 if self.image is None else self.strength

    def as_json(self) -> dict[str, Any]:
        """The request in the words of `nnanim.text_to_image.generate`; of a picture its checksum."""
        image, one = self.image, self.single
        begins: dict[str, Any] = {}
        if image is not None:
            checksum = hashlib.sha256(repr(image.shape).encode() + image.tobytes()).hexdigest()[:16]
            begins = {"init_image": checksum, "strength": self.strength}
        return {
            "prompt": self.prompts[0] if one else list(self.prompts),
            "negative_prompt": self.negatives[0] if one else list(self.negatives),
            "seed": self.seeds[0] if one else list(self.seeds),
            "num_inference_steps": self.steps,
            "guidance_scale": self.guidance,
            "sampler": self.sampler,
            **begins,
        }


def build_request(
    prompt: str | Sequence[str],
    *,
    negative_prompt: str | Sequence[str] | None = None,
    num_inference_steps: int = 20,
    guidance_scale: float = 2.5,
    seed: int | Sequence[int] = 0,
    init_image: Any = None,
    strength: float = DEFAULT_STRENGTH,
    sampler: str | None = None,
    samplers: Sequence[str] = SAMPLERS,
) -> Request:
    """The checked request; arguments as of `nnanim.text_to_image.generate`.

    ``samplers`` are the names that the backend knows, its own first.

    Raises:
        UserError: whatever is wrong with it, in one line.
    """
    single = isinstance(prompt, str) and not is_sequence(seed)
    prompts = check_texts("prompt", prompt)
    given: Any = seed if is_sequence(seed) else [seed]
    seeds = tuple(check_seed(one) for one in given)
    count = max(len(prompts), len(seeds))
    negatives = check_texts("negative_prompt", "" if negative_prompt is None else negative_prompt)
    chosen = samplers[0] if sampler is None else sampler
    if chosen not in samplers:
        raise UserError(f"there is no sampler {sampler!r}{nearest(str(sampler), samplers)}")
    return Request(
        repeat("prompt", prompts, count),
        repeat("negative_prompt", negatives, count),
        repeat("seed", seeds, count),
        check_whole("num_inference_steps", num_inference_steps, 1, MAX_STEPS),
        _check_number("guidance_scale", guidance_scale),
        chosen,
        None if init_image is None else to_floats(init_image),
        _check_strength(strength),
        single,
    )


def is_sequence(value: Any) -> bool:
    """Whether several were given: a list, a tuple, an array."""
    return not isinstance(value, str | bytes) and hasattr(value, "__len__") and hasattr(value, "__iter__")


def check_texts(name: str, value: Any) -> tuple[str, ...]:
    """One sentence or several as a tuple.

    Raises:
        UserError: no sentence, or an empty list.
    """
    texts = tuple(value) if is_sequence(value) else (value,)
    for text in texts:
        if not isinstance(text, str):
            raise UserError(f"{name} is a sentence or a list of sentences, got {text!r}")
    if not texts:
        raise UserError(f"{name}: an empty list; the empty sentence is ''")
    return texts


def repeat(name: str, values: tuple[Any, ...], count: int) -> tuple[Any, ...]:
    """As many entries as pictures; one stands for all.

    Raises:
        UserError: another number of them.
    """
    if len(values) not in (1, count):
        raise UserError(
            f"{count} pictures need as many entries of {name} (or one for all), got {len(values)}"
        )
    return values if len(values) == count else values * count


def check_whole(name: str, value: Any, least: int, most: int) -> int:
    """A whole number in its range.

    Raises:
        UserError: another number, or none.
    """
    try:
        number = operator.index(value)
    except TypeError:
        raise UserError(f"{name} is a whole number, got {value!r}") from None
    if isinstance(value, bool) or not least <= number <= most:
        raise UserError(f"{name} is a whole number from {least} to {most}, got {value!r}")
    return number


def check_seed(value: Any) -> int:
    """A seed, 0 to 2^63 - 1.

    Raises:
        UserError: another number, or none.
    """
    try:
        seed = operator.index(value)
    except TypeError:
        raise UserError(f"seed is a whole number, got {value!r}") from None
    if not 0 <= seed < 2**63:
        raise UserError(f"seed is a whole number from 0 to 2^63 - 1, got {value!r}")
    return seed


def _check_strength(value: Any) -> float:
    share = _check_number("strength", value)
    if not 0 < share <= 1:
        raise UserError(f"strength lies above 0 and is at most 1, got {share:g}")
    return share


def _check_number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise UserError(f"{name} is a number, got {value!r}") from None
    if not math.isfinite(number):
        raise UserError(f"{name} is a finite number, got {number}")
    return number
