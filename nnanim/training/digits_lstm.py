"""Train the recurrent network that reads digits row by row: ``python -m nnanim.training.digits_lstm``."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from nnanim.data import digits
from nnanim.models.digits_lstm import DigitsLSTM
from nnanim.terminal import run_main
from nnanim.training import digits_convnet
from nnanim.training.digits_convnet import film_samples, pictures
from nnanim.training.loop import TrainingRun
from nnanim.training.publish import publish_run

NAME = "digits-lstm"
SEED = 0
STEPS = 1500


def training_run(steps: int = STEPS) -> TrainingRun:
    """Cross-entropy, batches of 128, turned into rows."""
    x, y = pictures(digits.split()[0])
    torch.manual_seed(SEED)
    model = DigitsLSTM()

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        batch = torch.from_numpy(rng.integers(0, len(x), 128))
        return F.nll_loss(torch.log(model(x[batch, 0]) + 1e-9), y[batch])

    return TrainingRun(NAME, model, loss, steps, rate=8e-3, seed=SEED, decay=0.05, average=0.99, every=500)


def measure(model: Callable[[Tensor], Tensor]) -> dict[str, float]:
    """Share of held-out digits read rightly, row by row."""
    return digits_convnet.measure(lambda x: model(x[:, 0]))


def main() -> None:
    """Train, measure, write weights and card."""
    run = training_run()
    model = run.run()
    training, held_out = digits.split()
    publish_run(
        run,
        model,
        title={"en": "Recurrent digit classifier", "ja": "数字の再帰型分類器"},
        arguments={"states": 16, "classes": 10},
        data=f"UCI handwritten digits 8x8: {len(training)} for training, {len(held_out)} held out",
        licence="weights MIT; data CC BY 4.0",
        figures=measure(model),
        film_samples=film_samples(lambda x: model(x[:, 0])),
        notes="Takes the eight rows of a picture as ink 0..1, one after the other.",
    )


if __name__ == "__main__":
    run_main(main)
