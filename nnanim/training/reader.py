"""Tune the chat model to answer from a document: ``python -m nnanim.training.reader``."""

from __future__ import annotations

import random

import numpy as np
import torch
from torch import Tensor

from nnanim import models
from nnanim.data import texts
from nnanim.data.texts import chats
from nnanim.data.texts.chats import Turn
from nnanim.models.gpt import GPT
from nnanim.terminal import run_main
from nnanim.training import fine_tuning
from nnanim.training.fine_tuning import answer_loss, log_probabilities, start_from
from nnanim.training.loop import TrainingRun
from nnanim.training.publish import publish_run, round_to_base
from nnanim.training.sentence_encoder import draw_facts
from nnanim.training.token_rows import python_rng

NAME = "reader"
BASE = "chat"
SEED = 141
STEPS = 400


def training() -> TrainingRun:
    """The training, from the start or from its last checkpoint."""
    torch.manual_seed(SEED)
    model = start_from(BASE, GPT)

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        own = python_rng(rng)
        turns = [draw(own, language) for language in fine_tuning.alternate_languages(32)]
        return answer_loss(model, turns) + 0.15 * prompt_loss(model, turns)

    return TrainingRun(
        NAME, model, loss, STEPS, rate=1.5e-3, seed=SEED, warm_up=30, falling=0.5, decay=0.0, average=0.98,
        inputs={BASE: models.card(BASE).sha256},
    )  # fmt: skip


def draw(rng: random.Random, language: str) -> Turn:
    """Mostly a question with one to three facts in front, sometimes one without."""
    if rng.random() < 0.15:
        return chats.draw_turn(rng, language)
    return chats.draw_document_turn(rng, language, rng.choice((1, 1, 2, 3)))


def prompt_loss(model: GPT, turns: list[Turn]) -> Tensor:
    """The loss of facts and questions: predicting a name that was read before teaches to look back."""
    ids, own = fine_tuning.encode_chats(turns)
    asked = (ids != 0) & ~own
    return -log_probabilities(model, ids)[asked[:, 1:]].mean()


@torch.no_grad()
def measure(model: GPT, stores: int = 3) -> dict[str, float]:
    """Share of right answers about invented people: without a fact, with the one found, with others.

    Among fifty facts that the sentence encoder searches.
    """
    encoder, figures = models.load("sentence-encoder"), {}
    for language in texts.LANGUAGES:
        asked: dict[str, list[Turn]] = {name: [] for name in ("none", "found", "given", "wrong", "three")}
        for seed in range(stores):
            facts = draw_facts(random.Random(fine_tuning.HELD_OUT + seed), language)
            statements = [fact.statement for fact in facts]
            for at, fact in enumerate(facts):
                found = [text for text, _ in encoder.find(fact.question, statements, 3)]
                wrong = statements[(at + 5) % len(statements)]  # the same of somebody else
                pasted = {
                    "none": [],
                    "found": found[:1],
                    "given": [fact.statement],
                    "wrong": [wrong],
                    "three": found,
                }
                for name, documents in pasted.items():
                    told = fact.question, fact.statement, fact.answer, fact.statement
                    turn = Turn(language, fact.kind, tuple(documents), *told)
                    asked[name].append(turn)
        for name, turns in asked.items():
            answers = fine_tuning.sample_answers(model, turns, 0, temperature=0)
            right = [
                chats.is_true(fine_tuning.decode(answer), turn)
                for answer, turn in zip(answers, turns, strict=True)
            ]
            figures[f"{language}.{name}"] = round(float(np.mean(right)), 4)
    return figures


def main() -> None:
    """Tune, measure, write the difference and the card."""
    run = training()
    model = run.run()
    publish_run(
        run,
        model,
        **round_to_base(model, BASE),
        title={"en": "Chat model that reads documents", "ja": "文書を読んで答える対話モデル"},
        data="questions about invented people with facts in front, from nnanim/data/texts/chats.py",
        figures=measure(model),
        film_samples={
            "where does tomira live?": model.answer(
                "where does tomira live?", ["tomira lives by the river."]
            ),
            "ミラは何を飼っていますか。": model.answer(
                "ミラは何を飼っていますか。", ["ミラは牛を飼っています。"]
            ),
        },
        notes="Share of right answers. none: without a fact. found: with the nearest of fifty. given: with "
        "the right one. wrong: with the same fact of somebody else. three: with the nearest three at once.",
    )


if __name__ == "__main__":
    run_main(main)
