"""Train tokenizer and language model on texts in two languages: ``python -m nnanim.training.gpt``."""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from nnanim.data import texts
from nnanim.data.texts.cast import join_words
from nnanim.data.texts.stories import Tale
from nnanim.models.gpt import GPT
from nnanim.models.tokenizer import END, Tokenizer
from nnanim.terminal import run_main
from nnanim.training.loop import TrainingRun
from nnanim.training.publish import publish_run, round_small
from nnanim.training.token_rows import python_rng, token_row, token_rows, train_tokenizer

NAME = "language-model"
SEED = 81
STEPS = 2800
LENGTH = 128
HELD_OUT = 10**9  # seeds from here on are for measuring
NGRAMS = 5
NGRAM_TOKENS = 2_000_000  # about as many as the network reads in each language


def training() -> TrainingRun:
    """The training, from the start or from its last checkpoint."""
    torch.manual_seed(SEED)
    model = GPT(len(Tokenizer.load_default()), LENGTH)

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        return next_token_loss(model, token_rows(python_rng(rng), 16, LENGTH + 1))

    return TrainingRun(NAME, model, loss, STEPS, rate=2e-3, seed=SEED, falling=0.4, decay=0.02, average=0.99)


def next_token_loss(model: GPT, rows: Tensor) -> Tensor:
    """Mean cross-entropy of each token given those before it."""
    return F.cross_entropy(model(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten())


@torch.no_grad()
def perplexity(model: GPT, language: str, count: int = 120) -> float:
    """Exp of the mean cross-entropy of a token, over held-out texts."""
    rows = token_rows(random.Random(HELD_OUT), count, model.length + 1, language)
    return math.exp(np.mean([next_token_loss(model, part).item() for part in rows.split(20)]))


def ngram_perplexities(language: str, count: int = 120) -> list[float]:
    """The same for counts of one token to five, each mixed with the shorter ones (Witten and Bell)."""
    rng = random.Random(SEED)
    counts: list[Counter[tuple[int, ...]]] = [Counter() for _ in range(NGRAMS + 1)]
    for _ in range(NGRAM_TOKENS // (LENGTH + 1)):
        row = token_row(rng, language, LENGTH + 1)
        for n in range(1, NGRAMS + 1):
            counts[n].update(zip(*(row[at:] for at in range(n)), strict=False))
    before: list[Counter[tuple[int, ...]]] = [Counter() for _ in counts]
    kinds: list[Counter[tuple[int, ...]]] = [Counter() for _ in counts]
    for n in range(1, NGRAMS + 1):
        for gram, times in counts[n].items():
            before[n][gram[:-1]] += times
            kinds[n][gram[:-1]] += 1
    losses = np.zeros(NGRAMS)
    rows = token_rows(random.Random(HELD_OUT), count, LENGTH + 1, language).tolist()
    for row in rows:
        for at in range(1, len(row)):
            chance = 1 / len(Tokenizer.load_default())
            for n in range(1, NGRAMS + 1):
                context = tuple(row[max(0, at - n + 1) : at])
                if len(context) == n - 1 and before[n][context]:
                    new = kinds[n][context] / (kinds[n][context] + before[n][context])
                    share = counts[n][*context, row[at]] / before[n][context]
                    chance = (1 - new) * share + new * chance
                losses[n - 1] -= math.log(chance)
    return [math.exp(one / len(rows) / LENGTH) for one in losses]


@torch.no_grad()
def measure_names(model: GPT, language: str, count: int = 80) -> float:
    """Share of the pieces behind a name's first one that are predicted, when the name occurs again."""
    rng, right = random.Random(HELD_OUT + 1), []
    for _ in range(count):
        story = Tale(rng, language)
        text = join_words(story.words(), language)
        ids = [END, *Tokenizer.load_default().encode(text)][: model.length]
        guesses = model(torch.tensor([ids]))[0].argmax(-1).tolist()
        for start, end in list(name_places(text, story.name))[1:]:
            right += [guesses[at - 1] == ids[at] for at in range(start + 1, end) if at < len(ids)]
    return float(np.mean(right))


def name_places(text: str, name: str) -> Iterator[tuple[int, int]]:
    """From which token to before which a name stands in the text (the end token counts as the first)."""
    pieces = Tokenizer.load_default().split(text)
    starts = np.cumsum([0, *map(len, pieces)]) - text[0].isascii()  # the space that is put in front
    for found in re.finditer(rf"(?<![a-zァ-ー]){name}(?![a-zァ-ー])", text):
        first = int(np.searchsorted(starts, found.start(), side="right"))
        yield first, int(np.searchsorted(starts, found.end(), side="left")) + 1


def measure(model: GPT) -> dict[str, float]:
    """Perplexity of the model and of counting, and how it copies names, in both languages."""
    figures = {}
    for language in texts.LANGUAGES:
        figures[f"{language}.perplexity"] = perplexity(model, language)
        for n, value in enumerate(ngram_perplexities(language), 1):
            figures[f"{language}.perplexity.{n}-gram"] = value
        figures[f"{language}.names"] = measure_names(model, language)
    return {name: round(value, 3) for name, value in figures.items()}


def main() -> None:
    """Train, measure, write tokenizer, weights and card."""
    train_tokenizer()
    run = training()
    model = run.run()
    kept = round_small(model)
    starts = ("once upon a time there was a", "むかしむかし", "1 + 1 =")
    publish_run(
        run,
        model,
        **kept,
        title={"en": "Language model, English and Japanese", "ja": "英語と日本語の言語モデル"},
        arguments={"tokens": len(Tokenizer.load_default()), "length": LENGTH},
        data="texts in English and Japanese from the grammar in nnanim/data/texts, written afresh at every "
        "step",
        figures=measure(model),
        film_samples={start: model.generate(start, 30, temperature=0.5) for start in starts},
        notes="perplexity: of a token. n-gram: counts from two million tokens. names: share of the pieces "
        "of an invented name, behind its first, that are predicted when it occurs again. The texts come "
        "from a grammar: the model has learnt its words and turns of phrase, some facts, and to copy names; "
        "it does not continue arbitrary repeated tokens.",
    )


if __name__ == "__main__":
    run_main(main)
