"""record_generation(): a generation with all its numbers, as a Trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnanim.errors import UserError
from nnanim.text_to_image.generation import resolve_backend
from nnanim.text_to_image.request import DEFAULT_STRENGTH, build_request
from nnanim.trace import Trace


def record_generation(
    prompt: str | Sequence[str],
    *,
    negative_prompt: str | Sequence[str] | None = None,
    num_inference_steps: int = 20,
    guidance_scale: float = 2.5,
    seed: int | Sequence[int] = 0,
    init_image: Any = None,
    strength: float = DEFAULT_STRENGTH,
    sampler: str | None = None,
    backend: Any = None,
    stages_at: int | None = None,
) -> Trace:
    """Generate, and keep every number: pictures as of `nnanim.text_to_image.generate`, to the bit.

    All arrays have the axis "sample", also for one prompt and one seed. In the trace:

    - ``step``, ``time``, ``alpha_bar``, ``alpha_bar_after`` (step,): the schedule, before and after a step;
    - ``noisy``, ``noise``, ``predicted``, ``latents`` (step, sample, channel, row, column): x_t, the
      network's estimates of the noise (with guidance) and of x_0, and x after the step;
    - ``noise.cond``, ``noise.uncond``: the two estimates that guidance combines;
    - ``noisy.picture``, ``predicted.picture``, ``picture`` (step, sample, row, column, colour): decoded;
    - ``cross`` (step, sample, row, column, word): how much each place attends to each word, the mean over all
      layers and heads, on the finest grid; ``cross.NAME`` (step, sample, head, row, column, word) of one
      layer. Sums over words are 1. Of the pass with the prompt, not of the one without;
    - ``words`` (sample, word): token ids. The words themselves are in ``provenance["words"]``;
    - with ``stages_at``, the activations of the text encoder, of the U-Net at that step and of the decoder
      (for the finished latents): ``text.*``, ``unet.*``, ``decoder.*``.

    ``provenance`` holds the request, the model and the checksum of its weights.

    Args:
        prompt: as of `generate`, and so are the others up to ``backend``.
        negative_prompt: what to steer away from.
        num_inference_steps: steps from pure noise.
        guidance_scale: how much the prompt counts.
        seed: all chance comes from it.
        init_image: a picture to begin with.
        strength: how much noise is laid over it.
        sampler: "ddim" or "ddpm".
        backend: what generates. Of a pipeline, ``cross`` is there without ``cross.NAME``, its last word
            stands for the end and all padding after it, and the stages have diffusers' own names.
        stages_at: the step whose stages are kept; negative ones count from the end.

    Raises:
        UserError: as `generate`; no such step.
    """
    source = resolve_backend(backend)
    request = build_request(
        prompt, negative_prompt=negative_prompt, num_inference_steps=num_inference_steps,
        guidance_scale=guidance_scale, seed=seed, init_image=init_image, strength=strength, sampler=sampler,
        samplers=source.samplers,
    )  # fmt: skip
    source.check(request)
    steps = source.steps(request)
    if stages_at is not None and not -steps <= stages_at < steps:
        raise UserError(f"stages_at: there is no step {stages_at}; the run has {steps}")
    return source.record(request, None if stages_at is None else stages_at % steps)
