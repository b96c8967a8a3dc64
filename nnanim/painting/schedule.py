"""What a diffusers scheduler does in one step, in the terms of this package.

Schedulers of the variance-preserving kind (DDPM, DDIM, PNDM, DPM-Solver++) have x_t = sqrt(alpha_bar) x_0 +
sqrt(1 - alpha_bar) noise. Those of the variance-exploding kind (Euler, LMS, Heun: T. Karras et al. 2022)
have x_0 + sigma noise: divided by sqrt(1 + sigma^2) it is the same, with alpha_bar = 1 / (1 + sigma^2).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Made:
    """One step of a scheduler: what the network gave (with guidance), x_t, x_0, the noise, x after it.

    All but ``output`` in the variance-preserving form, float32 on the processor.
    """

    output: Tensor
    time: float
    alpha_bar: float
    noisy: Tensor
    predicted: Tensor
    noise: Tensor
    latents: Tensor


@contextmanager
def followed(scheduler: Any, replayed: Sequence[Tensor] = ()) -> Iterator[list[Made]]:
    """While it lasts, the steps of a scheduler are noted in the list.

    Args:
        scheduler: any diffusers scheduler of Stable Diffusion.
        replayed: what the network gave in the first steps of an earlier run: used in place of what comes.
    """
    original = scheduler.step
    made: list[Made] = []

    @functools.wraps(original)
    def step(model_output: Tensor, timestep: Any, sample: Tensor, *args: Any, **options: Any) -> Any:
        if len(made) < len(replayed):
            model_output = replayed[len(made)].to(model_output)
        whole = options.pop("return_dict", True)
        result = original(model_output, timestep, sample, *args, return_dict=True, **options)
        made.append(_made(scheduler, model_output, timestep, sample, result))
        return result if whole else (result.prev_sample,)

    scheduler.step = step
    try:
        yield made
    finally:
        del scheduler.step


def noise_in(output: Tensor, noisy: Tensor, alpha_bar: float, kind: str) -> Tensor:
    """The noise that a network's output stands for; ``kind`` is epsilon, v_prediction or sample."""
    alpha, sigma = alpha_bar**0.5, (1 - alpha_bar) ** 0.5
    if kind == "v_prediction":
        return alpha * output + sigma * noisy
    if kind == "sample":
        return (noisy - alpha * output) / max(sigma, 1e-6)
    return output


def levels(scheduler: Any, times: Tensor) -> Tensor:
    """alpha_bar at times 0..1: the scheduler's after so many of its training steps, 1 after none."""
    known = torch.cat([torch.ones(1), scheduler.alphas_cumprod.float().cpu()]).to(times.dtype)
    return known[(times * (len(known) - 1)).round().long()]


def _made(scheduler: Any, output: Tensor, timestep: Any, sample: Tensor, result: Any) -> Made:
    noisy, latents = sample.float().cpu(), result.prev_sample.float().cpu()
    if float(scheduler.init_noise_sigma) > 1 + 1e-4:  # variance exploding
        sigmas, at = scheduler.sigmas.tolist(), scheduler.step_index
        level = 1 / (1 + sigmas[at - 1] ** 2)
        noisy = noisy * level**0.5
        latents = latents / (1 + sigmas[min(at, len(sigmas) - 1)] ** 2) ** 0.5
    else:
        level = float(scheduler.alphas_cumprod[round(float(timestep))])
    kind = scheduler.config.get("prediction_type", "epsilon")
    noise = noise_in(output.float().cpu(), noisy, level, kind)
    predicted = getattr(result, "pred_original_sample", None)
    if predicted is None:
        predicted = (noisy - (1 - level) ** 0.5 * noise) / max(level, 1e-12) ** 0.5
    time = float(timestep) / scheduler.config.num_train_timesteps
    return Made(output.detach(), time, level, noisy, predicted.float().cpu(), noise, latents)
