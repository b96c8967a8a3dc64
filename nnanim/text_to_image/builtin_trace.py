"""A generation of the built-in painter with all its numbers: both estimates, attention, the stages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nnanim.data import captions
from nnanim.images import Floats
from nnanim.models.painter import Painter
from nnanim.models.samplers import predict_x0_eps
from nnanim.models.unet import Condition
from nnanim.recording import record
from nnanim.text_to_image.arrays import (
    HEAD_MAPS,
    LATENTS,
    MAPS,
    Array,
    describe_origin,
    mean_map,
    stack_steps,
)
from nnanim.text_to_image.request import Request
from nnanim.text_to_image.step import Step
from nnanim.threads import one_thread
from nnanim.trace import Trace

Conditions = Sequence[tuple[Condition, Condition]]
ATTENTIONS = ("down_attention", "mid_attention", "mid_attention_2", "up_attention")


def record_builtin(
    painter: Painter,
    walk: Iterable[Step],
    request: Request,
    conditions: Conditions,
    stages_at: int | None,
    model: dict[str, Any],
) -> Trace:
    """The steps of ``walk`` as a Trace, as `nnanim.text_to_image.record_generation` says."""
    steps, calls = [], []
    with watch_calls(painter.unet) as watch:
        for step in walk:
            steps.append(step)
            calls.append(watch.take(request, conditions, step))
    arrays, axes = stack_steps(steps, request)
    token_ids = captions.encode(request.prompts)
    length = _length(request)
    estimates = {name: np.stack([call[name] for call in calls]) for name in ("noise.cond", "noise.uncond")}
    maps = {
        f"cross.{name}": _on_grid(np.stack([call[name] for call in calls])[..., :length])
        for name in ATTENTIONS
    }
    arrays |= {**estimates, **maps, "cross": mean_map(list(maps.values())), "words": token_ids[:, :length]}
    axes |= dict.fromkeys(estimates, LATENTS) | dict.fromkeys(maps, HEAD_MAPS)
    axes |= {"cross": MAPS, "words": ("sample", "word")}
    if stages_at is not None:
        arrays |= record_stages(painter, request, conditions, steps[stages_at], steps[-1])
    words = [[captions.vocabulary()[number] for number in row[:length]] for row in token_ids]
    return Trace.of(arrays, axes=axes, provenance=describe_origin(request, model) | {"words": words})


class UNetWatch:
    """What went through a U-Net: the velocities of its calls, and how its places attended to words."""

    def __init__(self, unet: nn.Module) -> None:
        self.unet = unet
        self.velocities: list[Tensor] = []
        self.weights: list[dict[str, Tensor]] = []

    @one_thread()
    @torch.no_grad()
    def take(self, request: Request, conditions: Conditions, step: Step) -> dict[str, Array]:
        """The conditional and the unconditional estimate of every sample, and its weights; forgets them."""
        velocities, weights = self._forget()
        time = torch.tensor([step.time])
        noisy = torch.tensor(step.noisy).reshape(len(velocities), 1, *step.noisy.shape[-3:])
        if request.guidance in (0, 1):  # the run needs only one of the two
            missing = [
                self.unet(one, time, pair[1 if request.guidance else 0])
                for one, pair in zip(noisy, conditions, strict=True)
            ]
            _, other_weights = self._forget()
            weights = weights if request.guidance else other_weights
            pairs = zip(velocities, missing, strict=True)
            velocities = [torch.cat(pair if request.guidance else pair[::-1]) for pair in pairs]
        estimates = [
            predict_x0_eps(x.expand_as(v), v, time)[1] for x, v in zip(noisy, velocities, strict=True)
        ]
        both = torch.stack(estimates).numpy()
        maps = {name: np.stack([call[name][0].numpy() for call in weights]) for name in ATTENTIONS}
        return {"noise.cond": both[:, 0], "noise.uncond": both[:, 1], **maps}

    def _forget(self) -> tuple[list[Tensor], list[dict[str, Tensor]]]:
        noted, self.velocities, self.weights = (self.velocities, self.weights), [], []
        return noted


@contextmanager
def watch_calls(unet: nn.Module) -> Iterator[UNetWatch]:
    """While it lasts, the calls of a U-Net are noted."""
    watch = UNetWatch(unet)

    def note_velocity(module: nn.Module, inputs: Any, velocity: Tensor) -> None:
        watch.velocities.append(velocity)

    with ExitStack() as stack:
        stack.callback(unet.register_forward_pre_hook(lambda *_: watch.weights.append({})).remove)
        stack.callback(unet.register_forward_hook(note_velocity).remove)
        for name in ATTENTIONS:
            softmax = unet.get_submodule(f"{name}.block.cross_attention.weights")

            def note_weights(module: nn.Module, inputs: Any, weights: Tensor, name: str = name) -> None:
                watch.weights[-1][name] = weights

            stack.callback(softmax.register_forward_hook(note_weights).remove)
        yield watch


@one_thread()
def record_stages(
    painter: Painter, request: Request, conditions: Conditions, step: Step, last: Step
) -> dict[str, Any]:
    """The tensors between the parts of the painter, each with the axis "sample" first.

    - ``text.words``, ``text.blocks.0``, ``text.blocks.1``, ``text.states`` (sample, word, unit) and
      ``text.embedding`` (sample, unit): the prompt on its way through the text encoder;
    - ``unet.conv_in`` … ``unet.conv_out`` (sample, channel, row, column): one step with the prompt. The skips
      join ``down_attention`` to ``upsample`` before ``up_block``, ``conv_in`` to ``up_attention`` before
      ``up_block_2``;
    - ``decoder.0`` … (sample, channel, row, column): the finished latents on their way to the picture.

    Args:
        painter: the painter.
        request: what was generated.
        conditions: with and without each prompt.
        step: the one at which the U-Net is recorded.
        last: the finished one.
    """
    latents = last.latents.reshape(-1, *last.latents.shape[-3:])
    noisy, time = step.noisy.reshape(latents.shape), torch.tensor([step.time])
    length = _length(request)
    samples = [
        _record_text(painter, prompt, length)
        | _record_unet(painter, pair, request.guidance, x, time)
        | _record_decoder(painter, z)
        for prompt, pair, x, z in zip(request.prompts, conditions, noisy, latents, strict=True)
    ]
    return {name: np.concatenate([one[name] for one in samples]) for name in samples[0]}


def _record_text(painter: Painter, prompt: str, length: int) -> dict[str, Any]:
    trace = record(painter.text, torch.from_numpy(captions.encode([prompt])), between=False)
    names = {"text.words": "words", "text.states": "norm"}
    names |= {f"text.blocks.{at}": f"blocks.{at}" for at in range(len(painter.text.blocks))}
    states = {name: trace[source][:, :length] for name, source in names.items()}
    return states | {"text.embedding": trace["project"]}


def _record_unet(
    painter: Painter, pair: tuple[Condition, Condition], guidance: float, noisy: Floats, time: Tensor
) -> dict[str, Any]:
    """As in the run: with and without the prompt in one batch, of which the first is kept."""
    unet, x = painter.unet, torch.tensor(noisy)[None]
    if guidance in (0, 1):
        trace = record(unet, x, time, pair[0], between=False)
    else:
        both = Condition(*map(torch.cat, zip(*pair, strict=True)))
        trace = record(unet, torch.cat([x, x]), torch.cat([time, time]), both, between=False)
    parts = [name for name, _ in unet.named_children()]
    return {f"unet.{name}": trace[name][:1] for name in parts if trace[name].ndim == 4}


def _record_decoder(painter: Painter, latents: Floats) -> dict[str, Any]:
    vae = painter.vae
    trace = record(vae.decoder, torch.tensor(latents)[None] * vae.scale, between=False)
    return {f"decoder.{name}": trace[name] for name, _ in vae.decoder.named_children()}


def _length(request: Request) -> int:
    """Words of the longest prompt, with its end."""
    return int((captions.encode(request.prompts) != captions.PAD).sum(1).max())


def _on_grid(weights: Array) -> Array:
    """Weights (…, place, word) of a square grid as (…, row, column, word)."""
    side = round(weights.shape[-2] ** 0.5)
    return weights.reshape(*weights.shape[:-2], side, weights.shape[-2] // side, weights.shape[-1])
