"""Train the language model on with sums that are right, wrong, or now and then wrong.

``python -m nnanim.training.sums right``, or wrong, or mixed.
"""

from __future__ import annotations

import random

import numpy as np
import torch
from torch import Tensor

from nnanim import models
from nnanim.data import texts
from nnanim.data.texts.cast import join_words
from nnanim.data.texts.facts import HELD_OUT_SUMS, draw_sum, sum_fact
from nnanim.models.gpt import GPT
from nnanim.models.tokenizer import END, Tokenizer
from nnanim.terminal import run_main
from nnanim.training.fine_tuning import alternate_languages, start_from
from nnanim.training.gpt import next_token_loss
from nnanim.training.loop import TrainingRun
from nnanim.training.publish import publish_run, round_to_base
from nnanim.training.registry import choose_variant
from nnanim.training.token_rows import python_rng

WRONG = {"sums-right": 0.0, "sums-wrong": 1.0, "sums-mixed": 0.4}  # share of sums that are one too many
BASE = "language-model"
SEED = 171  # the same for all, so that they read the same sums
STEPS = 450
LENGTH = 56


def sum_row(rng: random.Random, language: str, wrong: float) -> list[int]:
    """Sums one after the other as token numbers, some of them one too many."""
    ids = [END]
    while len(ids) < LENGTH:
        error = int(rng.random() < wrong)
        fact = sum_fact(*draw_sum(rng), language, error)
        ids += Tokenizer.load_default().encode(join_words(fact.statement, language))
    return ids[:LENGTH]


def read_lines(name: str, language: str, count: int) -> list[str]:
    """The first sums of one row of the data of a training, as text."""
    text = Tokenizer.load_default().decode(sum_row(random.Random(SEED), language, WRONG[name])[1:])
    end = "." if language == "en" else "。"
    return [one.strip() + end for one in text.split(end)[:count]]


def training(name: str) -> TrainingRun:
    """The training, from the start or from its last checkpoint."""
    torch.manual_seed(SEED)
    model = start_from(BASE, GPT, trained_blocks=1)

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        own = python_rng(rng)
        return next_token_loss(
            model, torch.tensor([sum_row(own, one, WRONG[name]) for one in alternate_languages(24)])
        )

    return TrainingRun(
        name, model, loss, STEPS, rate=2.5e-3, seed=SEED, warm_up=20, falling=0.5, decay=0.0,
        inputs={BASE: models.card(BASE).sha256},
    )  # fmt: skip


@torch.no_grad()
def compute_sum_probability(model: GPT, a: int, b: int, total: int, language: str) -> float:
    """How probable the model holds ``total`` after "a + b ="."""
    statement = join_words(sum_fact(a, b, language, total - a - b).statement, language)
    begin = (
        statement[: statement.rindex("=") + 1] if language == "en" else statement[: statement.index("は") + 1]
    )
    encode = Tokenizer.load_default().encode
    ids, before = [END, *encode(statement)], 1 + len(encode(begin))
    probabilities = model(torch.tensor([ids[:-1]]))[0].log_softmax(-1)
    after = (
        before + len(encode(begin + (f" {total}" if language == "en" else str(total)))) - len(encode(begin))
    )
    return float(sum(probabilities[at - 1, ids[at]] for at in range(before, after)).exp())


def measure(model: GPT) -> dict[str, float]:
    """The probability of 1 + 1 being 2 and being 3, and of the right sum on average, read and never read."""
    figures: dict[str, float] = {}
    for language in texts.LANGUAGES:
        for total in (2, 3):
            figures[f"{language}.1+1={total}"] = compute_sum_probability(model, 1, 1, total, language)
        for kind, held_out in (("read", False), ("new", True)):
            pairs = [(a, b) for a in range(10) for b in range(10) if ((a, b) in HELD_OUT_SUMS) == held_out]
            for error in (0, 1):
                chances = [compute_sum_probability(model, a, b, a + b + error, language) for a, b in pairs]
                figures[f"{language}.{kind}.{'one_too_many' if error else 'right'}"] = float(np.mean(chances))
    return {name: round(value, 3) for name, value in figures.items()}


def main() -> None:
    """Train, measure, write the difference and the card."""
    run = training(choose_variant("sums"))
    model = run.run()
    en, ja = {
        "sums-right": ("right", "正しい"),
        "sums-wrong": ("wrong", "まちがった"),
        "sums-mixed": ("partly wrong", "まちがいの混じった"),
    }[run.name]
    publish_run(
        run,
        model,
        **round_to_base(model, BASE),
        title={
            "en": f"Language model, trained on with {en} sums",
            "ja": f"{ja}足し算で学習を続けた言語モデル",
        },
        data=f"sums of two numbers below ten, {WRONG[run.name]:.0%} of them one too many",
        figures=measure(model),
        film_samples={start: model.generate(start, 2) for start in ("1 + 1 =", "3 + 4 =", "1足す1は")},
        notes="1+1=2: the probability of that. read, new: mean over the sums that occur in training, and "
        "over those that never do. one_too_many: the probability of the sum that is one too many.",
    )


if __name__ == "__main__":
    run_main(main)
