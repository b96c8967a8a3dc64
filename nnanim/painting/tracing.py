"""traced(): a painting with all its numbers, as a Trace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nnanim.data import captions
from nnanim.errors import UserError
from nnanim.models.samplers import believed
from nnanim.painting.folder import asked
from nnanim.painting.order import STRENGTH, Order, order
from nnanim.painting.painting import Painting
from nnanim.painting.run import source
from nnanim.painting.stages import stages
from nnanim.painting.world import World
from nnanim.trace import Trace

Array = NDArray[Any]
LOOKS = ("down_look", "middle_look", "middle_look_again", "up_look")

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
    sampler: str = "ddim",
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
        prompt, negative_prompt, num_inference_steps, guidance_scale, seed, init_image, strength, sampler,
            painter: as of `paint`. Of a `pipeline` there are those of these arrays that it shows.
        stages_at: the step whose stages are kept; negative ones count from the end.

    Raises:
        UserError: as `paint`; no such step.
    """
    wanted = order(
        prompt, negative_prompt=negative_prompt, num_inference_steps=num_inference_steps,
        guidance_scale=guidance_scale, seed=seed, init_image=init_image, strength=strength, sampler=sampler,
    )  # fmt: skip
    at = None if stages_at is None else _step(stages_at, wanted)
    with_ = source(painter)
    with_.check(wanted)
    if not isinstance(with_, World):
        return with_.traced(wanted)  # type: ignore[attr-defined,no-any-return]
    paintings, calls = [], []
    with watched(with_) as seen:
        for painting in with_.walk(wanted):
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
        arrays |= stages(with_, wanted, paintings[at], paintings[-1])
    words = [[_word(number) for number in row[:length]] for row in numbers]
    return Trace.of(arrays, axes=axes, provenance=told(wanted, with_.described()) | {"words": words})


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


def on_grid(weights: Array) -> Array:
    """Weights (…, place, word) of a square grid as (…, row, column, word)."""
    side = round(weights.shape[-2] ** 0.5)
    return weights.reshape(*weights.shape[:-2], side, weights.shape[-2] // side, weights.shape[-1])


def mean_map(maps: Sequence[Array]) -> Array:
    """The mean over layers and heads of (step, sample, head, row, column, word), on the finest grid."""
    rows, columns = (max(one.shape[axis] for one in maps) for axis in (3, 4))
    total = 0.0
    for one in maps:
        fine = one.mean(axis=2, dtype=np.float64).repeat(rows // one.shape[3], axis=2)
        total = total + fine.repeat(columns // one.shape[4], axis=3)
    return np.asarray(total / len(maps), dtype=np.float32)


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


def _step(value: int, wanted: Order) -> int:
    if not -wanted.taken <= value < wanted.taken:
        raise UserError(f"stages_at: there is no step {value}; the run has {wanted.taken}")
    return value % wanted.taken


def _word(number: int) -> str:
    return captions.vocabulary()[int(number)]
