"""Watching the painter of the small world: its guesses, and where its words are looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nnanim.data import captions
from nnanim.models.samplers import believed
from nnanim.painting.order import Order
from nnanim.painting.painting import Painting
from nnanim.painting.stages import stages
from nnanim.painting.tracing import CROSS, LATENTS, collected, mean_map, told
from nnanim.painting.world import World
from nnanim.trace import Trace

Array = NDArray[Any]
LOOKS = ("down_look", "middle_look", "middle_look_again", "up_look")


def traced_world(world: World, wanted: Order, at: int | None) -> Trace:
    """The order painted by the painter of the small world, as `nnanim.painting.traced` says."""
    paintings, calls = [], []
    with watched(world) as seen:
        for painting in world.walk(wanted):
            paintings.append(painting)
            calls.append(seen.take(wanted, painting))
    arrays, axes = collected(paintings, wanted)
    numbers = captions.encode(wanted.prompts)
    length = int((numbers != captions.PAD).sum(1).max())
    guesses = {name: np.stack([call[name] for call in calls]) for name in ("noise.told", "noise.untold")}
    maps = {
        f"cross.{name}": on_grid(np.stack([call[name] for call in calls])[..., :length]) for name in LOOKS
    }
    arrays |= {**guesses, **maps, "cross": mean_map(list(maps.values())), "words": numbers[:, :length]}
    axes |= dict.fromkeys(guesses, LATENTS) | dict.fromkeys(maps, CROSS)
    axes |= {"cross": CROSS[:2] + CROSS[3:], "words": ("sample", "word")}
    if at is not None:
        arrays |= stages(world, wanted, paintings[at], paintings[-1])
    words = [[captions.vocabulary()[number] for number in row[:length]] for row in numbers]
    return Trace.of(arrays, axes=axes, provenance=told(wanted, world.described()) | {"words": words})


def on_grid(weights: Array) -> Array:
    """Weights (…, place, word) of a square grid as (…, row, column, word)."""
    side = round(weights.shape[-2] ** 0.5)
    return weights.reshape(*weights.shape[:-2], side, weights.shape[-2] // side, weights.shape[-1])


class Seen:
    """What went through a U-Net: its calls, and the weights with which places looked at words."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.velocities: list[Tensor] = []
        self.looks: list[dict[str, Tensor]] = []

    def begin(self, *_: Any) -> None:
        """A call begins."""
        self.looks.append({})

    def end(self, module: nn.Module, given: Any, velocity: Tensor) -> None:
        """A call has ended."""
        self.velocities.append(velocity)

    @torch.no_grad()
    def take(self, wanted: Order, painting: Painting) -> dict[str, Array]:
        """The told and the untold guess of every sample at a step, and its weights; forgets them."""
        velocities, looks, missing = self.velocities, self.looks, []
        time = torch.tensor([painting.time])
        noisy = torch.tensor(painting.noisy).reshape(len(velocities), 1, *painting.noisy.shape[-3:])
        if wanted.guidance in (0, 1):  # the run asks only one of the two
            self.velocities, self.looks = [], []
            for one, pair in zip(noisy, self.world.conditions(wanted), strict=True):
                missing.append(self.world.painter.unet(one, time, pair[1 if wanted.guidance else 0]))
            if wanted.guidance == 0:
                looks = self.looks
            order_ = zip(velocities, missing, strict=True)
            velocities = [torch.cat(pair if wanted.guidance else pair[::-1]) for pair in order_]
        self.velocities, self.looks = [], []
        guesses = [believed(x.expand_as(v), v, time)[1] for x, v in zip(noisy, velocities, strict=True)]
        both = torch.stack(guesses).numpy()
        found = {"noise.told": both[:, 0], "noise.untold": both[:, 1]}
        return found | {name: np.stack([call[name][0].numpy() for call in looks]) for name in LOOKS}


@contextmanager
def watched(world: World) -> Iterator[Seen]:
    """While it lasts, the calls of a U-Net are seen."""
    unet, seen = world.painter.unet, Seen(world)
    handles = [unet.register_forward_pre_hook(seen.begin), unet.register_forward_hook(seen.end)]
    for name in LOOKS:
        softmax = unet.get_submodule(f"{name}.block.cross_attention.weights")

        def note(module: nn.Module, given: Any, weights: Tensor, name: str = name) -> None:
            seen.looks[-1][name] = weights

        handles.append(softmax.register_forward_hook(note))
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()
