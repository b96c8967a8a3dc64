"""record_generation(): a generation with all its numbers, as a Trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnanim.errors import UserError
from nnanim.text_to_image.generation import prepare_request
from nnanim.trace import Trace


def record_generation(
    prompt: str | Sequence[str],
    *,
    backend: Any = None,
    stages_at: int | None = None,
    **options: Any,
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
        prompt: the sentence, or several.
        backend: what generates. Of a pipeline, ``cross`` is there without ``cross.NAME``, its last word
            stands for the end and all padding after it, and the stages have diffusers' own names.
        stages_at: the step whose stages are kept; negative ones count from the end.
        options: as of `generate`, from ``negative_prompt`` to ``sampler``.

    Raises:
        UserError: as `generate`; no such step.
    """
    source, request = prepare_request(prompt, backend, **options)
    steps = source.steps(request)
    if stages_at is not None and not -steps <= stages_at < steps:
        raise UserError(f"stages_at: there is no step {stages_at}; the run has {steps}")
    return source.record(request, None if stages_at is None else stages_at % steps)
