"""What the parts of the painter give on the way: text encoder, U-Net at one step, decoder."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from nnanim.data import captions
from nnanim.models.unet import Condition
from nnanim.painting.order import Order
from nnanim.painting.painting import Floats, Painting
from nnanim.painting.world import World
from nnanim.recording import record


def stages(world: World, wanted: Order, painting: Painting, last: Painting) -> dict[str, Any]:
    """The tensors between the parts of the painter, each with the axis "sample" first.

    - ``text.words``, ``text.blocks.0``, ``text.blocks.1``, ``text.states`` (sample, word, unit) and
      ``text.embedding`` (sample, unit): the prompt on its way through the text encoder;
    - ``unet.enter``, ``unet.down``, ``unet.down_look``, ``unet.shrink``, ``unet.middle``, …, ``unet.grow``,
      ``unet.up``, ``unet.up_look``, ``unet.up_again``, ``unet.leave`` (sample, channel, row, column): one
      step, told. The skips join ``down_look`` to ``grow`` before ``up``, ``enter`` to ``up_look`` before
      ``up_again``;
    - ``decoder.0`` … (sample, channel, row, column): the finished latents on their way to the picture.

    Args:
        world: the painter.
        wanted: the order.
        painting: the step that the U-Net is seen at.
        last: the finished painting.
    """
    made = []
    latents = last.latents.reshape(-1, *last.latents.shape[-3:])
    shown = painting.noisy.reshape(latents.shape)
    length = int((captions.encode(wanted.prompts) != captions.PAD).sum(1).max())
    for prompt, pair, x, z in zip(wanted.prompts, world.conditions(wanted), shown, latents, strict=True):
        time = torch.tensor([painting.time])
        made.append(
            _text(world, prompt, length) | _unet(world, pair, wanted.guidance, x, time) | _decoder(world, z)
        )
    return {name: np.concatenate([one[name] for one in made]) for name in made[0]}


def _text(world: World, prompt: str, length: int) -> dict[str, Any]:
    trace = record(world.painter.text, torch.from_numpy(captions.encode([prompt])), between=False)
    kept = {"text.words": trace["words"], "text.states": trace["norm"]}
    blocks = {f"text.blocks.{at}": trace[f"blocks.{at}"] for at in range(len(world.painter.text.blocks))}
    states = {name: value[:, :length] for name, value in {**kept, **blocks}.items()}
    return states | {"text.embedding": trace["project"]}


def _unet(
    world: World, pair: tuple[Condition, Condition], guidance: float, noisy: Floats, time: Tensor
) -> dict[str, Any]:
    """As in the run: told and untold in one batch, of which the told one is kept."""
    unet, x = world.painter.unet, torch.tensor(noisy)[None]
    if guidance in (0, 1):
        trace = record(unet, x, time, pair[0], between=False)
    else:
        both = Condition(*map(torch.cat, zip(*pair, strict=True)))
        trace = record(unet, torch.cat([x, x]), torch.cat([time, time]), both, between=False)
    parts = [name for name, _ in unet.named_children()]
    return {f"unet.{name}": trace[name][:1] for name in parts if trace[name].ndim == 4}


def _decoder(world: World, latents: Floats) -> dict[str, Any]:
    vae = world.painter.vae
    trace = record(vae.decoder, torch.tensor(latents)[None] * vae.scale, between=False)
    return {f"decoder.{name}": trace[name] for name, _ in vae.decoder.named_children()}
