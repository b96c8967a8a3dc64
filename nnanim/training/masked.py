"""Train the masked model, from the language model: ``python -m nnanim.training.masked``."""

from __future__ import annotations

import random

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from nnanim import models
from nnanim.data import texts
from nnanim.models.masked import MaskedModel
from nnanim.models.tokenizer import MASK
from nnanim.terminal import run_main
from nnanim.training import fine_tuning
from nnanim.training.fine_tuning import start_from
from nnanim.training.loop import TrainingRun
from nnanim.training.publish import publish_run, round_to_base
from nnanim.training.token_rows import python_rng, token_rows

NAME = "masked"
BASE = "language-model"
SEED = 151
STEPS = 500
LENGTH = 64
SHARE = 0.15  # of the tokens that are masked
FILMED = {"a <mask> eats honey.": " bear", "<mask>ははちみつを食べます。": "熊"}


def mask_rows(rows: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Rows with some tokens masked, and which."""
    hidden = torch.from_numpy(rng.random(tuple(rows.shape)) < SHARE)
    return rows.masked_fill(hidden, MASK), hidden


def training() -> TrainingRun:
    """The training, from the start or from its last checkpoint."""
    torch.manual_seed(SEED)
    model = start_from(BASE, MaskedModel)

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        rows = token_rows(python_rng(rng), 24, LENGTH)
        masked, hidden = mask_rows(rows, rng)
        return F.cross_entropy(model(masked)[hidden], rows[hidden])

    return TrainingRun(
        NAME, model, loss, STEPS, rate=1.5e-3, seed=SEED, warm_up=50, falling=0.5, decay=0.0, average=0.99,
        inputs={BASE: models.card(BASE).sha256},
    )  # fmt: skip


@torch.no_grad()
def measure(model: MaskedModel, count: int = 200) -> dict[str, float]:
    """Share of masked tokens of fresh texts that are found, and two sentences for the film."""
    figures = {}
    for language in texts.LANGUAGES:
        rows = token_rows(random.Random(fine_tuning.HELD_OUT), count, LENGTH, language)
        masked, hidden = mask_rows(rows, np.random.default_rng(fine_tuning.HELD_OUT))
        right = torch.cat([model(part).argmax(-1) for part in masked.split(50)])[hidden] == rows[hidden]
        figures[f"{language}.masked"] = right.float().mean().item()
    for (text, wanted), language in zip(FILMED.items(), texts.LANGUAGES, strict=True):
        figures[f"{language}.eats_honey"] = dict(model.fill(text)[0])[wanted]
    return {name: round(value, 4) for name, value in figures.items()}


def main() -> None:
    """Train, measure, write the difference and the card."""
    run = training()
    model = run.run()
    publish_run(
        run,
        model,
        **round_to_base(model, BASE),
        command="python -m nnanim.training.masked",
        title={"en": "Masked language model", "ja": "穴埋めの言語モデル"},
        data="the language model's texts, one token in seven masked",
        figures=measure(model),
        film_samples={text: model.fill(text)[0][:3] for text in FILMED},
        notes="It begins as the language model, whose mask is taken away: each token sees both sides. "
        "masked: share of masked tokens that are found. eats_honey: the probability of the bear.",
    )


if __name__ == "__main__":
    run_main(main)
