"""Train the sentence encoder on questions and facts: ``python -m nnanim.training.sentence_encoder``."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from nnanim import models
from nnanim.data import texts
from nnanim.data.texts.cast import join_words
from nnanim.data.texts.facts import Fact, person_facts
from nnanim.models.gpt import GPT
from nnanim.models.sentence_encoder import SentenceEncoder, encode_padded
from nnanim.terminal import run_main
from nnanim.training import fine_tuning
from nnanim.training.fine_tuning import start_from
from nnanim.training.loop import TrainingRun
from nnanim.training.publish import publish_run, round_to_base
from nnanim.training.token_rows import python_rng

NAME = "sentence-encoder"
BASE = "language-model"
SEED = 131
STEPS = 160
PEOPLE = 10  # in one store of facts, with five facts each
SHARPNESS = 20.0

Embed = Callable[[list[str], bool], Tensor]
"""Texts, and whether they are questions, to vectors."""


def draw_facts(rng: random.Random, language: str, people: int = PEOPLE) -> list[Fact]:
    """Facts about people who are invented afresh, as texts."""
    found = []
    for _ in range(people):
        for fact in person_facts(rng, language):
            found.append(Fact(fact.kind, *(join_words(words, language) for words in fact[1:])))
    return found


def training() -> TrainingRun:
    """The training, from the start or from its last checkpoint."""
    torch.manual_seed(SEED)
    model = start_from(BASE, SentenceEncoder)

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        facts = draw_facts(python_rng(rng), texts.LANGUAGES[step % 2], 8)
        questions = model.vectors(encode_padded([fact.question for fact in facts], model.length))
        statements = model.vectors(encode_padded([fact.statement for fact in facts], model.length))
        logits, own = questions @ statements.T * SHARPNESS, torch.arange(len(facts))
        return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2

    return TrainingRun(
        NAME, model, loss, STEPS, rate=5e-4, seed=SEED, warm_up=20, falling=0.5, decay=0.0,
        inputs={BASE: models.card(BASE).sha256},
    )  # fmt: skip


@torch.no_grad()
def mean_states(model: GPT, sentences: list[str]) -> Tensor:
    """The language model's own states, averaged, their mean over all sentences taken off, one long."""
    rows = encode_padded(sentences, model.length)
    present = (rows != 0).float()[..., None]
    mean = (model.states(rows) * present).sum(1) / present.sum(1)
    return F.normalize(mean - mean.mean(0), dim=1)


@torch.no_grad()
def try_search(embed: Embed, language: str, stores: int = 2) -> NDArray[np.bool_]:
    """(stores, facts) whether the fact that answers a fresh question is found first in its store.

    Args:
        embed: texts, and whether they are questions, to their vectors (texts, width) of length 1.
        language: "en" or "ja".
        stores: number of collections of facts, the first of those in which the figures are measured.
    """
    hits = []
    for seed in range(stores):
        facts = draw_facts(random.Random(fine_tuning.HELD_OUT + seed), language)
        questions = embed([fact.question for fact in facts], True)
        found = (questions @ embed([fact.statement for fact in facts], False).T).argmax(1)
        hits.append((found == torch.arange(len(facts))).numpy())
    return np.stack(hits)


@torch.no_grad()
def measure(model: SentenceEncoder, stores: int = 6) -> dict[str, float]:
    """How often the fact that answers a question is the first, or among three, of fifty found."""
    figures: dict[str, float] = {}
    for language in texts.LANGUAGES:
        hits: dict[str, list[bool]] = {"hit@1": [], "hit@3": [], "language-model.hit@1": []}
        for seed in range(stores):
            facts = draw_facts(random.Random(fine_tuning.HELD_OUT + seed), language)
            questions, statements = [fact.question for fact in facts], [fact.statement for fact in facts]
            order = (model.embed(questions) @ model.embed(statements).T).argsort(1, descending=True)
            base = models.load(BASE)
            plain = (mean_states(base, questions) @ mean_states(base, statements).T).argmax(1)
            for at in range(len(facts)):
                hits["hit@1"].append(order[at, 0].item() == at)
                hits["hit@3"].append(at in order[at, :3].tolist())
                hits["language-model.hit@1"].append(plain[at].item() == at)
        figures |= {f"{language}.{name}": round(float(np.mean(found)), 4) for name, found in hits.items()}
    return figures


def main() -> None:
    """Train, measure, write the difference and the card."""
    run = training()
    model = run.run()
    publish_run(
        run,
        model,
        **round_to_base(model, BASE),
        title={"en": "Sentence encoder for finding facts", "ja": "事実を探す文エンコーダー"},
        data="questions and facts about invented people from nnanim/data/texts/facts.py, made afresh at "
        "every step",
        figures=measure(model),
        notes="hit@1: share of questions whose fact is found first among fifty. language-model.hit@1: the "
        "same with the mean of the language model's own states, which nobody trained for it.",
    )


if __name__ == "__main__":
    run_main(main)
