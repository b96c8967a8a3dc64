"""A pipeline's network by itself: asked at any time, or not asked at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from nnanim.painting.schedule import levels, noise_in


@contextmanager
def answered(unet: Any, answer: Callable[..., Any]) -> Iterator[None]:
    """While it lasts, ``answer(forward, sample, time, **options)`` answers in a U-Net's place."""
    forward = unet.forward

    def instead(sample: Tensor, time: Any, *args: Any, **options: Any) -> Any:
        return answer(forward, sample, time, *args, **options)

    unet.forward = instead
    try:
        yield
    finally:
        del unet.forward


def skipping(calls: int) -> Callable[..., Any]:
    """An answer that gives zeros in no time for the first calls, and then lets the network speak."""
    seen: list[None] = []

    def answer(forward: Any, sample: Tensor, *args: Any, **options: Any) -> Any:
        seen.append(None)
        return (torch.zeros_like(sample),) if len(seen) <= calls else forward(sample, *args, **options)

    return answer


@torch.no_grad()
def guess(pipe: Any, asked: dict[str, Any], noisy: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
    """The x_0 and the noise that a pipeline's network believes in, each (times, channel, row, column).

    Args:
        pipe: a diffusers pipeline.
        asked: the arguments of a call of it, of one step without guidance: they tell the network what a
            prompt tells it.
        noisy: (times, channel, row, column), of the variance-preserving kind.
        times: 0..1.
    """
    told: dict[str, Any] = {}

    def listen(forward: Any, sample: Tensor, time: Any, *args: Any, **options: Any) -> Any:
        told.update(options)
        return (torch.zeros_like(sample),)

    with answered(pipe.unet, listen):
        pipe(**asked, output_type="latent")
    kind, found = pipe.scheduler.config.get("prediction_type", "epsilon"), []
    last = pipe.scheduler.config.num_train_timesteps
    for one, time, level in zip(noisy, times, levels(pipe.scheduler, times).tolist(), strict=True):
        sample = one[None].to(pipe.unet.device, pipe.unet.dtype)
        at = torch.tensor(max(0, round(float(time) * last) - 1), device=sample.device)
        output = pipe.unet(sample, at, **told)[0].float().cpu()
        noise = noise_in(output, one[None], level, kind)
        found.append(((one[None] - (1 - level) ** 0.5 * noise) / max(level, 1e-12) ** 0.5, noise))
    predicted, noises = (torch.cat(values) for values in zip(*found, strict=True))
    return predicted, noises
