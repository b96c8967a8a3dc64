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
class SchedulerStep:
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
def watch_steps(scheduler: Any, replayed: Sequence[Tensor] = ()) -> Iterator[list[SchedulerStep]]:
    """While it lasts, the steps of a scheduler are noted in the list.

    Args:
        scheduler: any diffusers scheduler of Stable Diffusion.
        replayed: what the network gave in the first steps of an earlier run: used in place of what comes.
    """
    original = scheduler.step
    steps: list[SchedulerStep] = []

    @functools.wraps(original)
    def step(model_output: Tensor, timestep: Any, sample: Tensor, *args: Any, **options: Any) -> Any:
        if len(steps) < len(replayed):
            model_output = replayed[len(steps)].to(model_output)
        whole = options.pop("return_dict", True)
        result = original(model_output, timestep, sample, *args, return_dict=True, **options)
        steps.append(_describe(scheduler, model_output, timestep, sample, result))
        return result if whole else (result.prev_sample,)

    scheduler.step = step
    try:
        yield steps
    finally:
        del scheduler.step


def noise_from_output(output: Tensor, noisy: Tensor, alpha_bar: float, kind: str) -> Tensor:
    """The noise that a network's output stands for; ``kind`` is epsilon, v_prediction or sample."""
    alpha, sigma = alpha_bar**0.5, (1 - alpha_bar) ** 0.5
    if kind == "v_prediction":
        return alpha * output + sigma * noisy
    if kind == "sample":
        return (noisy - alpha * output) / max(sigma, 1e-6)
    return output


def alpha_bars(scheduler: Any, times: Tensor) -> Tensor:
    """alpha_bar at times 0..1: the scheduler's after so many of its training steps, 1 after none."""
    known = torch.cat([torch.ones(1), scheduler.alphas_cumprod.float().cpu()]).to(times.dtype)
    return known[(times * (len(known) - 1)).round().long()]


def _describe(scheduler: Any, output: Tensor, timestep: Any, sample: Tensor, result: Any) -> SchedulerStep:
    noisy, latents = sample.float().cpu(), result.prev_sample.float().cpu()
    if float(scheduler.init_noise_sigma) > 1 + 1e-4:  # variance exploding
        sigmas, at = scheduler.sigmas.tolist(), scheduler.step_index
        alpha_bar = 1 / (1 + sigmas[at - 1] ** 2)
        noisy = noisy * alpha_bar**0.5
        latents = latents / (1 + sigmas[min(at, len(sigmas) - 1)] ** 2) ** 0.5
    else:
        alpha_bar = float(scheduler.alphas_cumprod[round(float(timestep))])
    kind = scheduler.config.get("prediction_type", "epsilon")
    noise = noise_from_output(output.float().cpu(), noisy, alpha_bar, kind)
    predicted = getattr(result, "pred_original_sample", None)
    if predicted is None:
        predicted = (noisy - (1 - alpha_bar) ** 0.5 * noise) / max(alpha_bar, 1e-12) ** 0.5
    time = float(timestep) / scheduler.config.num_train_timesteps
    return SchedulerStep(output.detach(), time, alpha_bar, noisy, predicted.float().cpu(), noise, latents)
