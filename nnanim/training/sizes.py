"""Train the same language model in five sizes: ``python -m nnanim.training.sizes 1``, to 5."""

from __future__ import annotations

import random
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from nnanim.data import texts
from nnanim.models.gpt import GPT
from nnanim.models.tokenizer import Tokenizer
from nnanim.terminal import run_main
from nnanim.training.fine_tuning import HELD_OUT
from nnanim.training.gpt import next_token_loss
from nnanim.training.loop import TrainingRun
from nnanim.training.publish import publish_run, round_to_half
from nnanim.training.registry import choose_variant
from nnanim.training.token_rows import python_rng, token_rows

SEED = 161  # the same for all, so that they read the same texts
STEPS = 600
LENGTH = 96


class Size(NamedTuple):
    """How wide and deep a model is."""

    width: int
    depth: int
    heads: int


SIZES = {
    "size-1": Size(4, 1, 1), "size-2": Size(8, 1, 2), "size-3": Size(16, 2, 2), "size-4": Size(32, 2, 4),
    "size-5": Size(48, 3, 4),
}  # fmt: skip


def training(name: str) -> TrainingRun:
    """The training, from the start or from its last checkpoint."""
    torch.manual_seed(SEED)
    size = SIZES[name]
    model = GPT(len(Tokenizer.load_default()), LENGTH, *size)

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        return next_token_loss(model, token_rows(python_rng(rng), 12, LENGTH + 1))

    # Narrow models bear, and need, larger steps.
    return TrainingRun(
        name, model, loss, STEPS, rate=min(8e-3, 0.02 / size.width**0.5), seed=SEED, warm_up=60, falling=0.5,
        decay=0.02, average=0.98,
    )  # fmt: skip


def held_out_rows(language: str, count: int) -> Tensor:
    """Token numbers (count, length + 1) of texts that no size has read."""
    return token_rows(random.Random(HELD_OUT), count, LENGTH + 1, language)


@torch.no_grad()
def measure(model: GPT, count: int = 120) -> dict[str, float]:
    """The loss of a token of held-out texts, and the parameters in the blocks alone."""
    figures: dict[str, float] = {}
    for language in texts.LANGUAGES:
        rows = held_out_rows(language, count)
        losses = [next_token_loss(model, part).item() for part in rows.split(20)]
        figures[f"{language}.loss"] = round(float(np.mean(losses)), 3)
    figures["parameters.blocks"] = sum(weight.numel() for weight in model.blocks.parameters())
    return figures


def main() -> None:
    """Train, measure, write weights and card."""
    run = training(choose_variant("sizes"))
    model = round_to_half(run.run())
    size, rank = SIZES[run.name], run.name.removeprefix("size-")
    start = "once upon a time"
    publish_run(
        run,
        model,
        half=True,
        title={"en": f"Language model, size {rank} of {len(SIZES)}", "ja": f"言語モデル（大きさ {rank}）"},
        arguments={"tokens": len(Tokenizer.load_default()), "length": LENGTH, **size._asdict()},
        data="the language model's texts, the same for all sizes",
        figures=measure(model),
        film_samples={start: model.generate(start, 30, temperature=0.5)},
        notes=f"All sizes read the same {STEPS} batches, the same number of tokens: a larger one is better "
        "because it holds more and because it learns faster from as much text.",
    )


if __name__ == "__main__":
    run_main(main)
