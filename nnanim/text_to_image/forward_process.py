"""record_forward_process(): the way from a picture into noise, with its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nnanim.errors import UserError
from nnanim.images import fit, to_floats
from nnanim.text_to_image.generation import Backend, resolve_backend
from nnanim.text_to_image.request import build_request
from nnanim.trace import Trace

TIMES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
LATENTS = ("time", "channel", "row", "column")
PICTURES = ("time", "row", "column", "colour")


def record_forward_process(
    picture: Any,
    at: Sequence[float] = TIMES,
    *,
    prompt: str = "",
    seed: int = 0,
    small_steps: int = 50,
    backend: Any = None,
) -> Trace:
    """A picture's latents under more and more noise, and what the network finds in them.

    In the trace, with T the number of times in ``at``:

    - ``schedule.time``, ``schedule.alpha_bar`` (point,): the whole schedule, 201 points;
    - ``time``, ``alpha_bar`` (time,): ``at`` and the share of the picture that is left there;
    - ``picture`` (row, column, colour), ``latents`` and ``noise`` (channel, row, column): x_0, epsilon;
    - ``noisy`` (time, channel, row, column): sqrt(alpha_bar) x_0 + sqrt(1 − alpha_bar) epsilon, in one jump
      (J. Ho et al. 2020, equation 4); ``noisy.picture`` (time, row, column, colour): decoded;
    - ``guess``, ``error`` (time, …): the network's noise estimate and its error; ``loss`` (time,): its
      mean square; ``predicted`` and ``predicted.picture``: the x_0 that goes with the estimate;
    - ``small.time``, ``small.alpha_bar`` (point,): ``small_steps`` + 1 even times from 0 to 1;
      ``small.fresh`` (point − 1, channel, row, column): the noise that each small step adds (equation 2);
      ``small.noisy`` (point, …): x after each of them; ``small.noise`` (point, …): all fresh noise up to
      there, weighted and added up to one noise of variance 1 (0 at time 0, where there is none);
      ``small.jump`` (point, …): the one-jump formula with that noise, which gives the same x.

    Args:
        picture: a path, a PIL picture or an array, as ``init_image`` of `generate`.
        at: times 0..1.
        prompt: what conditions the network; nothing by default.
        seed: of the noise: the one that `generate` begins with; the small steps' noise comes from it, too.
        small_steps: number of small steps.
        backend: as of `generate`; a pipeline has its own schedule, of which time 1 is the last step.

    Raises:
        UserError: not a picture, times outside 0..1, fewer than one small step, an unknown word.
    """
    source = resolve_backend(backend)
    source.check(build_request(prompt, seed=seed, num_inference_steps=small_steps, samplers=source.samplers))
    times = torch.tensor([_check_time(one) for one in at], dtype=torch.float32)
    if not len(times):
        raise UserError("at: no times are given")
    pixels = fit(to_floats(picture, "picture"), source.size)
    x, noise = source.encode(pixels), source.noise([seed])[0]
    schedule = torch.linspace(0, 1, 201)
    arrays: dict[str, Any] = {
        "schedule.time": schedule, "schedule.alpha_bar": source.alpha_bars(schedule),
        "time": times, "alpha_bar": source.alpha_bars(times),
        "picture": torch.from_numpy(pixels), "latents": x, "noise": noise,
        **_estimate(source, prompt, x, noise, times), **_take_small_steps(source, x, seed, small_steps),
    }  # fmt: skip
    arrays = {name: value.numpy() for name, value in arrays.items()}
    for name in ("noisy", "predicted"):
        arrays[f"{name}.picture"] = source.decode(arrays[name])
    provenance = source.describe() | {"computed_with": "torch", "seed": seed, "prompt": prompt}
    return Trace.of(arrays, axes={name: _axes(name, value.ndim) for name, value in arrays.items()},
                    provenance=provenance)  # fmt: skip


def _estimate(source: Backend, prompt: str, x: Tensor, noise: Tensor, times: Tensor) -> dict[str, Tensor]:
    left = source.alpha_bars(times).reshape(-1, 1, 1, 1)
    noisy = left.sqrt() * x + (1 - left).sqrt() * noise
    predicted, guess = source.predict(noisy, times, prompt)
    error = guess - noise
    loss = error.square().mean(dim=(1, 2, 3))
    return {"noisy": noisy, "guess": guess, "predicted": predicted, "error": error, "loss": loss}


def _take_small_steps(source: Backend, x: Tensor, seed: int, steps: int) -> dict[str, Tensor]:
    """x_s = sqrt(ratio) x_t + sqrt(1 − ratio) fresh, with ratio = alpha_bar_s / alpha_bar_t."""
    times = torch.linspace(0, 1, steps + 1)
    levels = source.alpha_bars(times.double())
    fresh = draw_small_noise(seed, steps, x.shape)
    noisy, added = [x], [torch.zeros_like(x)]
    for now, later, one in zip(levels, levels[1:], fresh, strict=False):
        ratio = later / now
        stays, comes = ratio.sqrt().float(), (1 - ratio).sqrt().float()
        noisy.append(stays * noisy[-1] + comes * one)
        added.append(stays * added[-1] + comes * one)
    way, wide = torch.stack(noisy), levels.reshape(-1, 1, 1, 1).float()
    one_noise = torch.stack(added) / (1 - wide).sqrt().clamp(min=1e-9)
    jump = wide.sqrt() * x + (1 - wide).sqrt() * one_noise
    arrays = {"time": times, "alpha_bar": levels, "fresh": fresh, "noisy": way, "noise": one_noise}
    return {f"small.{name}": value.float() for name, value in {**arrays, "jump": jump}.items()}


def draw_small_noise(seed: int, steps: int, shape: Sequence[int]) -> Tensor:
    """Noise (steps, *shape) for small steps, another one than that of the one jump with the same seed."""
    mixed = int(np.random.SeedSequence([seed, 2**32 - 1]).generate_state(1, np.uint64)[0] >> 1)
    return torch.randn(steps, *shape, generator=torch.Generator().manual_seed(mixed))


def _check_time(value: Any) -> float:
    try:
        time = float(value)
    except (TypeError, ValueError):
        raise UserError(f"at: a time is a number 0..1, got {value!r}") from None
    if not 0 <= time <= 1:
        raise UserError(f"at: a time lies in 0..1, got {time:g}")
    return time


def _axes(name: str, ndim: int) -> tuple[str, ...]:
    if ndim == 1:
        return ("time",) if "." not in name else ("point",)
    if name.endswith("picture"):
        return PICTURES[-ndim:]
    return ("point", *LATENTS[1:]) if name.startswith("small.") else LATENTS[-ndim:]
