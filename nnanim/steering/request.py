"""What is to be steered where, checked."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nnanim.errors import UserError
from nnanim.images import Floats, fit, to_floats
from nnanim.steering.generator import Generator
from nnanim.steering.guide import Guide
from nnanim.text_to_image.request import check_seed, check_texts, check_whole, is_sequence, repeat

MAX_STEPS = 10_000
MAX_PICTURES = 256


@dataclass(frozen=True, eq=False)
class SteeringRequest:
    """One entry of ``prompts``, ``negatives`` and ``seeds`` for each picture.

    Attributes:
        prompts: the sentences to steer towards.
        negatives: the sentences to steer away from; empty for none.
        seeds: where all chance of a picture comes from.
        steps: how many steps are made.
        image: (side, side, 3), 0..1: begin with this picture.
        zoom: how many frames come after the steps.
        single: one prompt and one seed were given: no axis for pictures.
    """

    prompts: tuple[str, ...]
    negatives: tuple[str, ...]
    seeds: tuple[int, ...]
    steps: int
    image: Floats | None
    zoom: int
    single: bool

    @property
    def states(self) -> int:
        """How many pictures come of it one after the other: the start, one a step, the frames of the zoom."""
        return 1 + self.steps + self.zoom

    def as_json(self) -> dict[str, Any]:
        """The request in the words of `nnanim.steering.steer`; of a picture its checksum."""
        one = self.single
        image = None
        if self.image is not None:
            image = hashlib.sha256(repr(self.image.shape).encode() + self.image.tobytes()).hexdigest()[:16]
        return {
            "prompt": self.prompts[0] if one else list(self.prompts),
            "negative_prompt": self.negatives[0] if one else list(self.negatives),
            "seed": self.seeds[0] if one else list(self.seeds),
            "steps": self.steps,
            "init_image": image,
            "zoom": self.zoom,
        }


def build_steering_request(
    prompt: str | Sequence[str],
    generator: Generator,
    guide: Guide,
    *,
    steps: int | None = None,
    seed: int | Sequence[int] = 0,
    negative_prompt: str | Sequence[str] | None = None,
    init_image: Any = None,
    zoom: int = 0,
) -> SteeringRequest:
    """The checked request; arguments as of `nnanim.steering.steer`.

    Raises:
        UserError: whatever is wrong with it, in one line.
    """
    prompts = check_texts("prompt", prompt)
    given: Any = seed if is_sequence(seed) else [seed]
    seeds = tuple(check_seed(one) for one in given)
    count = max(len(prompts), len(seeds))
    if not seeds or count > MAX_PICTURES:
        raise UserError(
            f"from 1 to {MAX_PICTURES} pictures are steered at a time, not {len(seeds) and count}"
        )
    negatives = check_texts("negative_prompt", "" if negative_prompt is None else negative_prompt)
    request = SteeringRequest(
        repeat("prompt", prompts, count),
        repeat("negative_prompt", negatives, count),
        repeat("seed", seeds, count),
        generator.steps if steps is None else check_whole("steps", steps, 1, MAX_STEPS),
        None if init_image is None else fit(to_floats(init_image), generator.side),
        check_whole("zoom", zoom, 0, MAX_STEPS),
        isinstance(prompt, str) and not is_sequence(seed),
    )
    check = getattr(guide, "check", None)
    if check is not None:
        check([*prompts, *(text for text in negatives if text)])
    return request
