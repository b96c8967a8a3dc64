"""What the film of steering shows, in one Trace: dreams of an untold generator, and one that is steered."""

from __future__ import annotations

import platform
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nnanim import models
from nnanim.errors import UserError
from nnanim.images import Floats
from nnanim.steering.engine import steer
from nnanim.steering.generator import follow_adam
from nnanim.steering.guide import WorldGuide
from nnanim.steering.record_gan import record_gan
from nnanim.steering.sleep import Sleep
from nnanim.steering.wish import SHARPNESS
from nnanim.threads import one_thread
from nnanim.trace import Trace

PART = 48
"""How many dreams are painted at a time."""


@one_thread()
def record_sleep(
    prompt: str, *, seed: int = 0, steps: int | None = None, dreams: int = 192, shown: int = 12
) -> Trace:
    """Dreams of an untold generator, and one of them steered towards a sentence.

    Args:
        prompt: the sentence.
        seed: of all noise.
        steps: of the steering; the generator's own number when None.
        dreams: how many are dreamt; the one nearest to the sentence is steered.
        shown: how many of them the trace holds, evenly from the nearest to the farthest.

    Returns:
        A Trace with ``noise`` (4, 8, 8) and ``dream`` (steps, 64, 64, 3), what the generator believes the
        picture to be, of the first dream, and its ``embedding`` (128,); ``wish`` (128,), the embedding of the
        sentence; ``cosines`` (dreams,) in descending order and ``dreams`` (shown, 64, 64, 3) with their
        ``ranks``; of the steering after each step ``steered`` (step, 64, 64, 3), ``steered.noise`` (step, 4,
        8, 8) and ``cosine`` (step,); at its start ``slope`` (64, 64, 3) of the cosine at the picture,
        ``slope.noise`` (4, 8, 8), and ``lengths`` (2,) of the noise before and after a step along it; the
        cosine of ``real`` pictures; of the sentence and its rivals ``rivals.before`` and ``rivals.after``
        (sentences,) probabilities; ``judge.before`` and ``judge.after`` (things,) what the judge sees;
        and what `record_gan` gives.

    Raises:
        UserError: a sentence that the guide cannot steer by, or numbers that make no sense.
    """
    if not 2 <= shown <= dreams:
        raise UserError(f"{shown} of {dreams} dreams cannot be shown; from 2 to all of them wanted")
    guide, generator = WorldGuide(), Sleep(starts=dreams)
    taken = list(steer(prompt, generator, guide=guide, seed=seed, steps=steps))
    noise = torch.from_numpy(np.stack([step.parameters[0] for step in taken]))
    found: dict[str, Any] = {
        "wish": guide.embed_texts([prompt])[0].numpy(),
        "steered": np.stack([step.picture for step in taken]), "steered.noise": noise.numpy(),
        "cosine": np.array([step.cosine for step in taken]),
        "real": np.array(guide.cosine_of_real(prompt)),
    }  # fmt: skip
    found |= record_gan(prompt, guide, seed, steps)
    found |= _dream_often(prompt, generator, guide, seed, shown)
    found |= _slopes(prompt, generator, guide, noise[:1])
    for when, at in (("before", 0), ("after", -1)):
        found |= _verdicts(prompt, guide, found["steered"][at], when)
    return Trace.of(
        found,
        axes={name: tuple(f"axis {i}" for i in range(np.ndim(value))) for name, value in found.items()},
        provenance=_provenance(seed) | {"rivals": guide.rivals(prompt)},
    )


@torch.no_grad()
def _dream_often(prompt: str, generator: Sleep, guide: WorldGuide, seed: int, shown: int) -> dict[str, Any]:
    """The first dream in full, and some of all dreams, the nearest to the sentence first."""
    rng = torch.Generator().manual_seed(seed)  # as the engine draws them
    (noise,) = generator.start([rng] * generator.starts)
    pictures = torch.cat([generator.paint([part]) for part in noise.split(PART)])
    seen = guide.embed_pictures(pictures)
    cosines = (seen @ guide.embed_texts([prompt]).T)[:, 0]
    order = cosines.argsort(descending=True, stable=True)
    ranks = np.linspace(0, len(order) - 1, shown).round().astype(int)
    believed = generator.painter.vae.decode(torch.cat(generator.dream(noise[:1])))
    return {
        "noise": noise[0].numpy(), "dream": _plain(believed), "embedding": seen[0].numpy(),
        "cosines": cosines[order].numpy(), "ranks": ranks, "dreams": _plain(pictures[order[ranks]]),
    }  # fmt: skip


def _slopes(prompt: str, generator: Sleep, guide: WorldGuide, noise: Tensor) -> dict[str, Any]:
    """The slope of the cosine at a picture and at its noise, and the noise's length around one step."""
    first = noise.clone().requires_grad_()
    painted = generator.paint([first])
    seen = painted.detach().requires_grad_()
    cosine = (guide.embed_pictures(seen) * guide.embed_texts([prompt])).sum()
    (slope,) = torch.autograd.grad(cosine, seen)
    (inner,) = torch.autograd.grad(painted, first, slope)
    (moved,), _ = follow_adam([noise], [inner], 0, [], generator.rate)
    return {
        "slope": _plain(slope)[0], "slope.noise": inner[0].numpy(),
        "lengths": np.array([float(noise.norm()), float(moved.norm())]),
    }  # fmt: skip


@torch.no_grad()
def _verdicts(prompt: str, guide: WorldGuide, picture: Floats, when: str) -> dict[str, Any]:
    """What guide and judge say of a picture (64, 64, 3)."""
    one = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None]
    texts = guide.embed_texts([prompt, *guide.rivals(prompt)])
    chances = (SHARPNESS * guide.embed_pictures(one) @ texts.T).softmax(1)[0]
    things = models.load("judge")(one)[0].softmax(1)[0]
    return {f"rivals.{when}": chances.numpy(), f"judge.{when}": things.numpy()}


def _plain(pictures: Tensor) -> Floats:
    array: Floats = pictures.detach().permute(0, 2, 3, 1).contiguous().numpy()
    return array


def _provenance(seed: int) -> dict[str, Any]:
    also = ("world-gan", "world-vae", "clip-guide", "text-encoder", "judge")
    return {
        "model": "world-diffusion", "parameters": models.card("world-diffusion").parameters,
        "also": {name: models.card(name).parameters for name in also}, "seed": seed,
        "computed_with": "torch",
        "versions": {
            "torch": torch.__version__, "numpy": np.__version__, "python": platform.python_version(),
        },
    }  # fmt: skip
