"""traced(): a painting with all its numbers, as a Trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnanim.errors import UserError
from nnanim.painting.folder import asked
from nnanim.painting.order import STRENGTH, Order, order
from nnanim.painting.painting import Painting
from nnanim.painting.run import source
from nnanim.trace import Trace

Array = NDArray[Any]
LATENTS = ("step", "sample", "channel", "row", "column")
PICTURES = ("step", "sample", "row", "column", "colour")
CROSS = ("step", "sample", "head", "row", "column", "word")


def traced(
    prompt: str | Sequence[str],
    *,
    negative_prompt: str | Sequence[str] | None = None,
    num_inference_steps: int = 20,
    guidance_scale: float = 2.5,
    seed: int | Sequence[int] = 0,
    init_image: Any = None,
    strength: float = STRENGTH,
    sampler: str | None = None,
    painter: Any = None,
    stages_at: int | None = None,
) -> Trace:
    """Paint, and keep every number of it: arguments and pictures as of `nnanim.painting.paint`, to the bit.

    All arrays have the axis "sample", also for one prompt and one seed. In the trace:

    - ``step``, ``time``, ``alpha_bar``, ``alpha_bar_after`` (step,): the schedule, before and after a step;
    - ``noisy``, ``noise``, ``predicted``, ``latents`` (step, sample, channel, row, column): x_t, the noise
      that the network believes in (with guidance), the x_0 that it believes in, and x after the step;
    - ``noise.told``, ``noise.untold``: the two guesses that guidance puts together;
    - ``noisy.picture``, ``predicted.picture``, ``picture`` (step, sample, row, column, colour): decoded;
    - ``cross`` (step, sample, row, column, word): how much each place looks at each word, the mean over all
      layers and heads, on the finest grid; ``cross.NAME`` (step, sample, head, row, column, word) of one
      layer. Sums over words are 1. Of the prompt's own network, not the untold one;
    - ``words`` (sample, word): word numbers. The words themselves are in ``provenance["words"]``;
    - with ``stages_at``, what the text encoder, the U-Net at that step and the decoder (of the finished
      latents) give on the way: ``text.*``, ``unet.*``, ``decoder.*``; see `nnanim.painting.stages.stages`.

    ``provenance`` holds the order, the model and the checksum of its weights.

    Args:
        prompt: as of `paint`, and so are the others up to ``painter``.
        negative_prompt: what to steer away from.
        num_inference_steps: steps from pure noise.
        guidance_scale: how much the prompt counts.
        seed: all chance comes from it.
        init_image: a picture to begin with.
        strength: how much noise is laid over it.
        sampler: "ddim" or "ddpm".
        painter: what paints. Of a `pipeline`, ``cross`` is there without ``cross.NAME``, its last word
            stands for the end and all padding after it, and the stages have diffusers' own names.
        stages_at: the step whose stages are kept; negative ones count from the end.

    Raises:
        UserError: as `paint`; no such step.
    """
    with_ = source(painter)
    wanted = order(
        prompt, negative_prompt=negative_prompt, num_inference_steps=num_inference_steps,
        guidance_scale=guidance_scale, seed=seed, init_image=init_image, strength=strength, sampler=sampler,
        samplers=with_.samplers,
    )  # fmt: skip
    with_.check(wanted)
    at = None if stages_at is None else _step(stages_at, with_.steps(wanted))
    return with_.traced(wanted, at)


def collected(paintings: Sequence[Painting], wanted: Order) -> tuple[dict[str, Any], dict[str, Any]]:
    """Schedule, latents and pictures of a run, and the names of their axes."""

    def each(name: str) -> Array:
        values = np.stack([np.asarray(getattr(one, name)) for one in paintings])
        return values[:, None] if wanted.single else values

    levels = np.array([one.alpha_bar for one in paintings])
    arrays: dict[str, Any] = {
        "step": np.array([one.step for one in paintings]),
        "time": np.array([one.time for one in paintings]),
        "alpha_bar": levels,
        "alpha_bar_after": np.append(levels[1:], 1.0),
    }
    axes: dict[str, Any] = dict.fromkeys(arrays, ("step",))
    known = ("noisy", "noise", "predicted", "latents")
    latents = [name for name in known if all(getattr(one, name) is not None for one in paintings)]
    arrays |= {name: each(name) for name in latents}
    pictures = {"noisy": "noisy_picture", "predicted": "predicted_picture", "latents": "picture"}
    shown = {
        "picture" if name == "latents" else f"{name}.picture": each(attribute)
        for name, attribute in pictures.items()
        if name in latents
    }
    return arrays | shown, axes | dict.fromkeys(latents, LATENTS) | dict.fromkeys(shown, PICTURES)


def told(wanted: Order, model: dict[str, Any]) -> dict[str, Any]:
    """Where a trace of this order came from."""
    return {**model, "computed_with": "torch", "seed": list(wanted.seeds), "order": asked(wanted)}


def mean_map(maps: Sequence[Array]) -> Array:
    """The mean over layers and heads of (step, sample, head, row, column, word), on the finest grid."""
    rows, columns = (max(one.shape[axis] for one in maps) for axis in (3, 4))
    total = 0.0
    for one in maps:
        fine = one.mean(axis=2, dtype=np.float64).repeat(rows // one.shape[3], axis=2)
        total = total + fine.repeat(columns // one.shape[4], axis=3)
    return np.asarray(total / len(maps), dtype=np.float32)


def _step(value: int, steps: int) -> int:
    if not -steps <= value < steps:
        raise UserError(f"stages_at: there is no step {value}; the run has {steps}")
    return value % steps
