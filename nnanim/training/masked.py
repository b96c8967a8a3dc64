"""Train the masked model, from the language model: ``python -m nnanim.training.masked``."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from nnanim import models
from nnanim.data import texts
from nnanim.data.texts import cast, facts
from nnanim.models.cards import training_path
from nnanim.models.masked import MaskedModel, encode_masked
from nnanim.models.tokenizer import END, MASK, Tokenizer
from nnanim.terminal import run_main
from nnanim.trace import Trace
from nnanim.training import fine_tuning
from nnanim.training.fine_tuning import start_from
from nnanim.training.loop import TrainingRun
from nnanim.training.publish import build_provenance, publish_run, round_to_base
from nnanim.training.token_rows import python_rng, token_rows

NAME = "masked"
BASE = "language-model"
SEED = 151
STEPS = 2400
TEXTS, FACTS, LENGTH = 26, 6, 64  # rows of a step: texts as they come, and facts
SHARE, MEASURED = 0.25, 0.15  # of the tokens that are masked: to learn from, to measure
FILMED = {"a <mask> eats honey.": " bear", "<mask>ははちみつを食べます。": "熊"}
READ = {
    "en": "there was a kind <mask> named tomira. she lived in a castle. <mask> wore a golden <mask>.",
    "ja": "むかし、賢い<mask>が金の宮殿に住んでいました。名前はミラといいました。ミラは<mask>の冠を<mask>いました。",
}
SNAPSHOTS = (0, 20, 50, 100, 200, 400, 800, 1200, 1600, 2000, STEPS)


def mask_rows(rows: Tensor, rng: np.random.Generator, share: float) -> tuple[Tensor, Tensor]:
    """Rows with some tokens masked, and which; never the first of a row, which no place before it guesses."""
    hidden = torch.from_numpy(rng.random(tuple(rows.shape)) < share)
    hidden[:, 0] = False
    return rows.masked_fill(hidden, MASK), hidden


def fact_row(rng: random.Random, language: str) -> list[int]:
    """What is true of some animals, sentence after sentence; an end token stands before half of them."""
    encode, ids = Tokenizer.load_default().encode, [END]
    while len(ids) < LENGTH:
        fact = rng.choice(facts.animal_facts(rng.choice(cast.ANIMALS), language))
        ids += ([END] if rng.random() < 0.5 else []) + encode(cast.join_words(fact.statement, language))
    return ids[:LENGTH]


def draw_rows(rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """One step's masked rows, texts first, and the tokens that are hidden, -1 where none is."""
    own = python_rng(rng)
    facts_said = torch.tensor([fact_row(own, texts.LANGUAGES[at % 2]) for at in range(FACTS)])
    rows = torch.cat([token_rows(own, TEXTS, LENGTH), facts_said])
    masked, hidden = mask_rows(rows, rng, SHARE)
    return masked, rows.where(hidden, -1)


def training() -> TrainingRun:
    """The training, from the start or from its last checkpoint."""
    torch.manual_seed(SEED)
    model = start_from(BASE, MaskedModel)

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        masked, wanted = draw_rows(rng)
        asked = wanted[:, 1:] >= 0
        # Logits only where they are asked for: they take a third of the time.
        logits, wanted = model.states(masked)[:, :-1][asked] @ model.tokens.weight.T, wanted[:, 1:][asked]
        right, row = logits.argmax(-1) == wanted, asked.nonzero()[:, 0]
        run.snapshots.setdefault(step, {}).update(
            {
                f"{language}.found": right[(row < TEXTS) & (row % 2 == at)].float().mean()
                for at, language in enumerate(texts.LANGUAGES)
            }
        )
        return F.cross_entropy(logits, wanted)

    run = TrainingRun(
        NAME, model, loss, STEPS, rate=2e-3, seed=SEED, warm_up=50, falling=0.6, decay=0.0, average=0.99,
        inputs={BASE: models.card(BASE).sha256}, snapshot_steps=SNAPSHOTS, take_snapshot=take_snapshot,
    )  # fmt: skip
    return run


@torch.no_grad()
def take_snapshot(model: MaskedModel) -> dict[str, Tensor]:
    """The likeliest tokens at the gaps of a text in each language, and the chance of what eats honey."""
    found = {}
    for language, text in READ.items():
        ids = torch.tensor(encode_masked(text))
        guesses = model(ids[None])[0].argmax(-1)[:-1]
        found[f"{language}.guesses"] = guesses[ids[1:] == MASK]
    tokens = Tokenizer.load_default().ids
    for language, (text, wanted) in zip(texts.LANGUAGES, FILMED.items(), strict=True):
        ids = encode_masked(text)
        chances = model(torch.tensor([ids]))[0].softmax(-1)[ids.index(MASK) - 1]
        found[f"{language}.eats_honey"] = chances[tokens[wanted]]
    return found


def build_trace(run: TrainingRun) -> Trace:
    """The recorded training: the share of hidden tokens that each step found, and guesses in a few texts."""
    steps = sorted(step for step, taken in run.snapshots.items() if "en.found" in taken)
    shown = sorted(step for step, taken in run.snapshots.items() if "en.guesses" in taken)
    arrays: dict[str, Any] = {"step": np.array(steps), "shown": np.array(shown)}
    axes: dict[str, tuple[str, ...]] = {"step": ("step",), "shown": ("shown step",)}
    for language in texts.LANGUAGES:
        found, guesses, chance = (f"{language}.{name}" for name in ("found", "guesses", "eats_honey"))
        arrays[found] = np.array([float(run.snapshots[step][found]) for step in steps])
        arrays[guesses] = np.array([run.snapshots[step][guesses].tolist() for step in shown])
        arrays[chance] = np.array([float(run.snapshots[step][chance]) for step in shown])
        axes |= {found: ("step",), guesses: ("shown step", "gap"), chance: ("shown step",)}
    return Trace.of(arrays, axes=axes, provenance=build_provenance(run.name, run.seed) | {"texts": READ})


@torch.no_grad()
def measure(model: MaskedModel, count: int = 200) -> dict[str, float]:
    """Share of masked tokens of fresh texts that are found, and two sentences for the film."""
    figures = {}
    for language in texts.LANGUAGES:
        rows = token_rows(random.Random(fine_tuning.HELD_OUT), count, LENGTH, language)
        masked, hidden = mask_rows(rows, np.random.default_rng(fine_tuning.HELD_OUT), MEASURED)
        guesses = torch.cat([model(part).argmax(-1) for part in masked.split(50)])[:, :-1]
        figures[f"{language}.masked"] = (guesses[hidden[:, 1:]] == rows[hidden]).float().mean().item()
    for (text, wanted), language in zip(FILMED.items(), texts.LANGUAGES, strict=True):
        figures[f"{language}.eats_honey"] = dict(model.fill(text)[0])[wanted]
    return {name: round(value, 4) for name, value in figures.items()}


def main() -> None:
    """Train, measure, write the difference, the card and the recorded training."""
    run = training()
    model = run.run()
    build_trace(run).save(training_path(NAME))
    publish_run(
        run,
        model,
        **round_to_base(model, BASE),
        title={"en": "Masked language model", "ja": "穴埋めの言語モデル"},
        data="the language model's texts, and in one row of five facts about animals; one token in four "
        "masked",
        figures=measure(model),
        film_samples={text: model.fill(text)[0][:3] for text in FILMED},
        notes="It begins as the language model, whose mask is taken away: each token sees both sides. A "
        "hidden token is guessed at the place before it. masked: share of hidden tokens that are found, "
        "of fresh texts with one in seven hidden. "
        "eats_honey: the probability of the bear.",
    )


if __name__ == "__main__":
    run_main(main)
