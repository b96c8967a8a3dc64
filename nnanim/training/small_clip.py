"""Train a small CLIP from nothing but pairs: ``python -m nnanim.training.small_clip``.

Both encoders begin with random weights and see pictures beside their sentences: no label, no other loss, as
in A. Radford et al., "Learning Transferable Visual Models From Natural Language Supervision" (2021), section
2.3. The `clip` that steers and describes learnt with labels, too, and around a finished text encoder.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from nnanim.data import captions, world
from nnanim.models.cards import training_path
from nnanim.models.small_clip import SEEN, SmallCLIP
from nnanim.terminal import run_main
from nnanim.trace import Trace
from nnanim.training.clip import contrastive_loss, recall
from nnanim.training.loop import TrainingRun
from nnanim.training.pictures import draw_pictures
from nnanim.training.publish import build_training_trace, publish_run, round_to_half
from nnanim.training.text_encoder import sentences

NAME = "small-clip"
SEED = 61
STEPS = 1600
BATCH = 96
TWO = 0.15  # share of pictures with two things
POOL, TURN = 384, 12  # so many pictures are drawn for so many steps: drawing takes longer than a step
SNAPSHOTS = (0, 20, 50, 100, 160, 240, 350, 500, 700, 1000, 1300, STEPS)
SAID = ("thing", "colour", "background")
FILMED = (
    {"thing": "cat", "colour": "yellow", "background": "night"},
    {"thing": "star", "colour": "yellow", "background": "snow"},
    {"thing": "fish", "colour": "blue", "background": "night"},
    {"thing": "tree", "colour": "green", "background": "meadow"},
    {"thing": "flower", "colour": "pink", "background": "meadow"},
    {"thing": "car", "colour": "red", "background": "sunset"},
    {"thing": "umbrella", "colour": "purple", "background": "snow"},
    {"thing": "rocket", "colour": "red", "background": "sunset"},
)
"""What is in the pictures that are looked at during the training."""


def filmed_rows() -> world.Labels:
    """The labels of the pictures that the recorded training looks at, (8, 8)."""
    return np.concatenate([world.labels(**one) for one in FILMED])


def filmed_sentences(language: str) -> list[str]:
    """The sentences that it looks at, one for each picture."""
    return [captions.caption(row, language, SAID) for row in filmed_rows()]


def filmed_pictures() -> Tensor:
    """The pictures that it looks at, (8, 3, 64, 64)."""
    return draw_pictures(filmed_rows(), np.random.default_rng(SEED))


@lru_cache(maxsize=1)
def draw_pool(at: int) -> tuple[world.Labels, Tensor]:
    """The labels and pictures (POOL, 3, 32, 32) from which the steps of one turn take theirs."""
    rng = np.random.default_rng([SEED, 10**8 + at])
    rows = world.sample(POOL, rng, two=TWO)
    return rows, torch.from_numpy(world.draw(rows, rng, SEEN)).permute(0, 3, 1, 2).contiguous()


def training() -> TrainingRun:
    """The training, from the start or from its last checkpoint."""
    torch.manual_seed(SEED)
    clip = SmallCLIP(len(captions.vocabulary()))

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        every, pictures = draw_pool(step // TURN)
        chosen = rng.permutation(POOL)[:BATCH]
        rows = every[chosen]
        texts, mask = sentences(rows, rng)
        cosines = clip.image(pictures[chosen]) @ clip.text(torch.from_numpy(captions.encode(texts))).T
        return contrastive_loss(clip.logits(cosines), torch.from_numpy(rows), torch.from_numpy(mask))

    return TrainingRun(
        NAME, clip, loss, STEPS, rate=3e-3, seed=SEED, warm_up=50, falling=0.5, average=0.98,
        snapshot_steps=SNAPSHOTS, take_snapshot=embed_filmed,
    )  # fmt: skip


@torch.no_grad()
def embed_filmed(clip: SmallCLIP) -> dict[str, Tensor]:
    """Where the filmed pictures lie, and their sentences in each language, and how well it names things."""
    found = {f"text.{lang}": clip.embed_texts(filmed_sentences(lang)) for lang in captions.LANGUAGES}
    return {
        "image": clip.embed_pictures(filmed_pictures()),
        **found,
        "named": torch.tensor(name_things(clip)),
    }


def build_trace(run: TrainingRun) -> Trace:
    """The recorded training: loss, embeddings of eight pictures and their sentences, share named rightly."""
    axes = {"image": ("picture", "number"), "named": (), "labels": ("picture", "attribute")}
    axes |= {f"text.{lang}": ("sentence", "number") for lang in captions.LANGUAGES}
    return build_training_trace(run, axes, {"labels": filmed_rows()})


def thing_sentences(language: str) -> list[str]:
    """A sentence for each of the 16 things, which says nothing else: "a cat"."""
    rows = [world.labels(thing=thing)[0] for thing in world.THINGS]
    return [captions.caption(row, language, ("thing",)) for row in rows]


@torch.no_grad()
def name_things(clip: SmallCLIP, language: str = "en", held_out: bool = False, n: int = 400) -> float:
    """Share of fresh pictures whose thing is that of the nearest of 16 sentences "a cat" (zero-shot)."""
    rng = np.random.default_rng([SEED, 10**9])
    rows = world.sample(n, rng, held_out=held_out)
    texts = clip.embed_texts(thing_sentences(language))
    nearest = (clip.embed_pictures(draw_pictures(rows, rng)) @ texts.T).argmax(dim=1).numpy()
    return round(float((nearest == rows[:, 0]).mean()), 4)


@torch.no_grad()
def bind(clip: SmallCLIP, columns: tuple[int, int], language: str = "en", n: int = 400) -> float:
    """Share of pictures with two things that lie nearer to their sentence than to a swapped one.

    Args:
        clip: the model.
        columns: the two labels that are swapped: of the colours (1, 7), or of the things (0, 6).
        language: of the sentences.
        n: number of pictures at most; those of which a swap changes nothing are left out.
    """
    rng = np.random.default_rng([SEED, 10**9 + 1])
    rows = world.sample(n, rng, two=1.0)
    rows = rows[rows[:, columns[0]] != rows[:, columns[1]]]
    swapped = rows.copy()
    swapped[:, columns] = rows[:, columns[::-1]]
    said = ("thing", "colour")
    right, wrong = (
        clip.embed_texts([captions.caption(row, language, said) for row in some]) for some in (rows, swapped)
    )
    pictures = clip.embed_pictures(draw_pictures(rows, rng))
    return round(((pictures * right).sum(1) > (pictures * wrong).sum(1)).float().mean().item(), 4)


def measure(clip: SmallCLIP) -> dict[str, float]:
    """Recall among 300 full captions, things named zero-shot, and colours told apart in pictures of two."""
    figures: dict[str, float] = {}
    for language in captions.LANGUAGES:
        for kind, held_out in (("one", False), ("held_out", True)):
            found = recall(clip, language, held_out=held_out, n=300)  # type: ignore[arg-type]
            figures |= {f"{kind}.{language}.{key}": round(value, 4) for key, value in found.items()}
            figures[f"{kind}.{language}.named"] = name_things(clip, language, held_out)
        figures[f"two.{language}.colours"] = bind(clip, (1, 7), language)
        figures[f"two.{language}.things"] = bind(clip, (0, 6), language)
    return figures


def main() -> None:
    """Train, measure, write weights, card and the recorded training."""
    run = training()
    clip = round_to_half(run.run())
    build_trace(run).save(training_path(NAME))
    publish_run(
        run,
        clip,
        half=True,
        title={"en": "Small CLIP, from pairs alone", "ja": "ペアだけから学んだ小さな CLIP"},
        arguments={"words": len(captions.vocabulary())},
        data="pictures of the small world, each beside its sentence in English or Japanese, drawn afresh at "
        "every step",
        figures=measure(clip),  # type: ignore[arg-type]
        notes="Both encoders began with random weights; the only loss is that of pairs. recall@1: among 300 "
        "different full captions. named: share of 400 pictures whose thing is that of the nearest of 16 "
        "sentences (zero-shot). colours, things: share of pictures with two things that lie nearer to their "
        "own sentence than to the one in which these are swapped; a coin would have 0.5.",
    )


if __name__ == "__main__":
    run_main(main)
