"""Record what one word does to a steered picture: ``python -m nnanim.training.magic_word``.

For the film `magic_word`: from the same noise and with the same weights, prompts without and with a word of
style are steered, and the judge says how often the style is as asked. Nothing is trained; of each picture the
latents are kept, from which `world-vae` paints it again.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from nnanim import models
from nnanim.data import captions, world
from nnanim.data.world import COLUMNS
from nnanim.models.cards import training_path
from nnanim.steering.engine import steer
from nnanim.steering.generator import Generator, Parameters
from nnanim.steering.guide import WorldGuide
from nnanim.steering.recorded_words import NAME, PLAIN, WORDS, shown_prompts
from nnanim.steering.sleep import SHAPE, Sleep, to_length
from nnanim.terminal import run_main
from nnanim.threads import one_thread
from nnanim.trace import Trace
from nnanim.training.publish import build_provenance

SEED = 7
NOISES = 96  # the noise that is begun with is the nearest of so many to the prompt without the word
STEPS = (0, 1, 2, 4, 7, 11, 16, 22, 30, 38, 45)
"""Of the first prompt, without and with the first word, so many states are kept."""

MEASURED = 40
DREAMING = 3  # steps from noise to latents: quicker than those of `Sleep`, and as good here
BATCH = 10


class Awake(Sleep):
    """`Sleep` from a noise that is given, instead of the best of many.

    Args:
        noise: (n, 4, 8, 8), one for each picture.
    """

    steps = STEPS[-1]

    def __init__(self, noise: Tensor) -> None:
        super().__init__(dreaming=DREAMING, starts=1)
        self.noise = noise

    def start(self, rngs: Any, picture: Tensor | None = None) -> Parameters:
        """The noise."""
        return [self.noise.clone()]


@torch.no_grad()
def find_noises(prompts: list[str], guide: WorldGuide, seed: int) -> Tensor:
    """For each prompt the noise (prompts, 4, 8, 8) of which the painter makes what is nearest."""
    sleep = Sleep(dreaming=DREAMING)
    noises = to_length(torch.randn(NOISES, *SHAPE, generator=torch.Generator().manual_seed(seed)))
    seen = torch.cat([guide.embed_pictures(sleep.paint([part])) for part in noises.split(32)])
    return noises[(guide.embed_texts(prompts) @ seen.T).argmax(dim=1)]


def steer_from(
    noise: Tensor, prompts: list[str], guide: WorldGuide, kept: tuple[int, ...] = ()
) -> tuple[Tensor, Tensor, Tensor]:
    """Steer each prompt from its noise.

    Returns:
        Latents (prompts, 4, 8, 8) of the results, those of the kept steps (steps, prompts, 4, 8, 8), and the
        cosines (steps, prompts) there.
    """
    generator = Awake(noise)
    path, cosines = [], []
    for step in steer(prompts, generator, guide=guide, seed=[SEED] * len(prompts)):
        last = torch.from_numpy(np.atleast_1d(step.parameters[0]))
        if step.step in kept:
            path.append(dream_latents(generator, last))
            cosines.append(torch.from_numpy(np.atleast_1d(step.cosine)).float())
    if not kept:
        return dream_latents(generator, last), last[:0], last[:0]
    return dream_latents(generator, last), torch.stack(path), torch.stack(cosines)


@torch.no_grad()
def dream_latents(generator: Generator, noise: Tensor) -> Tensor:
    """The latents that the painter makes of a noise, rounded as they are kept."""
    assert isinstance(generator, Sleep)
    return generator.dream(noise)[-1].half()


def record_shown(language: str, guide: WorldGuide, seed: int = SEED) -> dict[str, Any]:
    """The 25 pictures of the film as latents, (5, 5, 4, 8, 8), and how two of them came to be."""
    prompts = shown_prompts(language)
    noises = find_noises([row[0] for row in prompts], guide, seed)
    _, path, cosines = steer_from(noises[[0, 0]], prompts[0][:2], guide, STEPS)
    rows = [
        steer_from(noise.expand(5, *SHAPE), row, guide)[0] for noise, row in zip(noises, prompts, strict=True)
    ]
    return {
        f"latents.{language}": torch.stack(rows).numpy(),
        f"path.{language}": path.numpy(), f"cosine.{language}": cosines.numpy(),
    }  # fmt: skip


def measure(guide: WorldGuide, language: str, n: int = MEASURED) -> dict[str, Any]:
    """Share of ``n`` fresh prompts, all words in turn, whose style is as asked without and with the word."""
    rng, judge = np.random.default_rng([SEED, 10**9]), models.load("judge")
    rows = world.sample(8 * n, rng)
    styles = [COLUMNS["style"].index(word) for word in WORDS]
    rows = np.stack([rows[rows[:, 5] == styles[at % len(styles)]][at // len(styles)] for at in range(n)])
    found = {}
    for name, said in (("without", PLAIN), ("with", (*PLAIN, "style"))):
        plain = [captions.caption(row, language, PLAIN) for row in rows]
        prompts, right = [captions.caption(row, language, said) for row in rows], []
        for at in range(0, n, BATCH):
            part = slice(at, at + BATCH)
            latents, _, _ = steer_from(find_noises(plain[part], guide, SEED + at), prompts[part], guide)
            with torch.no_grad():
                seen = judge(models.load_shared("world-vae").decode(latents.float()))
            right.append(torch.stack([seen[0].argmax(1), seen[5].argmax(1)], dim=1).numpy())
        right = np.concatenate(right) == rows[:, [0, 5]]
        print(language, name, "thing, style:", right.mean(axis=0), flush=True)
        found[f"{name}.{language}"] = np.array([right[rows[:, 5] == one, 1].mean() for one in styles])
        found[f"thing.{name}.{language}"] = right[:, 0].mean()
    return found


@one_thread()
def record() -> Trace:
    """Everything that the film shows, in both languages."""
    guide, found = WorldGuide(), dict[str, Any]()
    for language in captions.LANGUAGES:
        found |= record_shown(language, guide) | measure(guide, language)
    found["step"] = np.array(STEPS)
    return Trace.of(found, axes=name_axes(found), provenance=build_provenance("world-diffusion", SEED))


def name_axes(found: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """The axes of what is recorded."""
    latent = ("channel", "row", "column")
    known = {
        "latents": ("prompt", "word", *latent), "path": ("step", "picture", *latent),
        "cosine": ("step", "picture"), "without": ("style",), "with": ("style",), "step": ("step",),
        "thing": (),
    }  # fmt: skip
    return {name: known[name.partition(".")[0]] for name in found}


def main() -> None:
    """Steer, measure, and keep what the film shows."""
    record().save(training_path(NAME))


if __name__ == "__main__":
    run_main(main)
