"""Train the language model on little tales: ``python -m nnanim.training.language_model``."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from nnanim.data import tales
from nnanim.models.language_model import LanguageModel
from nnanim.terminal import run_main
from nnanim.training.loop import TrainingRun
from nnanim.training.publish import publish_run, round_to_half

NAME = "tales"
SEED = 61
STEPS = 800
LENGTH = 96
HELD_OUT = 10**6  # tales with seeds from here on are for measuring
NGRAM = 3
NGRAM_TALES = 20_000


def encode_tales(languages: list[str], rng: np.random.Generator) -> Tensor:
    """Tales as word numbers with the end, padded: (n, LENGTH)."""
    rows = torch.full((len(languages), LENGTH), tales.PAD)
    for row, language in zip(rows, languages, strict=True):
        numbers = [*tales.encode(tales.tale(rng, language)), tales.END][:LENGTH]
        row[: len(numbers)] = torch.tensor(numbers)
    return rows


def training() -> TrainingRun:
    """The training, from the start or from its last checkpoint."""
    torch.manual_seed(SEED)
    model = LanguageModel(len(tales.vocabulary()), LENGTH)

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        rows = encode_tales([tales.LANGUAGES[k] for k in rng.integers(0, 2, 32)], rng)
        logits = model(rows[:, :-1])
        return F.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten(), ignore_index=tales.PAD)

    return TrainingRun(NAME, model, loss, STEPS, rate=2e-3, seed=SEED, average=0.99)


@torch.no_grad()
def perplexity(model: LanguageModel, language: str, n: int = 300) -> float:
    """Exp of the mean cross-entropy of a word, over held-out tales."""
    rows = encode_tales([language] * n, np.random.default_rng(HELD_OUT))
    logits = torch.cat([model(part[:, :-1]) for part in rows.split(50)])
    return math.exp(
        F.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten(), ignore_index=tales.PAD).item()
    )


def ngram_perplexity(language: str, n: int = 300) -> float:
    """The same for counts of three words, mixed with those of two and of one.

    From as many tales as the network saw.
    """
    rng = np.random.default_rng(SEED)
    counts: list[Counter[tuple[int, ...]]] = [Counter() for _ in range(NGRAM + 1)]
    for _ in range(NGRAM_TALES):
        numbers = [*tales.encode(tales.tale(rng, language)), tales.END]
        for k in range(NGRAM + 1):
            counts[k].update(tuple(numbers[at : at + k]) for at in range(len(numbers) - k + 1))
    total, words = 0.0, 0
    rng = np.random.default_rng(HELD_OUT)
    for _ in range(n):
        numbers = [*tales.encode(tales.tale(rng, language)), tales.END]
        for at in range(1, len(numbers)):
            chance = 1 / len(tales.vocabulary())
            for k in range(1, NGRAM + 1):
                before = tuple(numbers[max(0, at - k + 1) : at])
                if len(before) == k - 1 and counts[k - 1][before]:
                    chance = 0.95 * counts[k][(*before, numbers[at])] / counts[k - 1][before] + 0.05 * chance
            total -= math.log(chance)
            words += 1
    return math.exp(total / words)


def measure(model: LanguageModel) -> dict[str, float]:
    """Perplexity of the model and of the n-gram model, in both languages."""
    figures = {}
    for language in tales.LANGUAGES:
        figures[f"{language}.perplexity"] = round(perplexity(model, language), 3)
        figures[f"{language}.perplexity.3-gram"] = round(ngram_perplexity(language), 3)
    return figures


def main() -> None:
    """Train, measure, write weights and card."""
    run = training()
    model = round_to_half(run.run())
    starts = ("once upon a time", "むかしむかし", "once upon a time there was a kind princess . she")
    publish_run(
        run,
        model,
        half=True,
        title={"en": "Language model of little tales", "ja": "小さな昔話の言語モデル"},
        arguments={"words": len(tales.vocabulary()), "length": LENGTH},
        data="tales in English and Japanese from the grammar in nnanim/data/tales.py, told afresh at "
        "every step",
        figures=measure(model),
        film_samples={start: model.generate(start, 10) for start in starts},
        notes="The text comes from a grammar: the model has learnt its few hundred words and turns of "
        "phrase, nothing of the world.",
    )


if __name__ == "__main__":
    run_main(main)
