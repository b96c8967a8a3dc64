"""Train the network of convolutions that reads digits: ``python -m nnanim.training.digits_convnet``."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from nnanim.data import digits
from nnanim.models.digits_convnet import DigitsConvNet
from nnanim.terminal import run_main
from nnanim.training.loop import TrainingRun
from nnanim.training.publish import publish_run

NAME = "digits-convnet"
SEED = 0
STEPS = 1500


def pictures(indices: Iterable[int]) -> tuple[Tensor, Tensor]:
    """Pictures (n, 1, 8, 8) as ink 0..1 and the digits (n,)."""
    images = digits.images(indices) / digits.HIGHEST
    return torch.from_numpy(images).float()[:, None], torch.from_numpy(digits.labels(indices))


def training_run(steps: int = STEPS) -> TrainingRun:
    """Cross-entropy, batches of 128."""
    x, y = pictures(digits.split()[0])
    torch.manual_seed(SEED)
    model = DigitsConvNet()

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        batch = torch.from_numpy(rng.integers(0, len(x), 128))
        return F.nll_loss(torch.log(model(x[batch]) + 1e-9), y[batch])

    return TrainingRun(NAME, model, loss, steps, rate=4e-3, seed=SEED, decay=0.05, average=0.99, every=500)


def measure(model: Callable[[Tensor], Tensor]) -> dict[str, float]:
    """Share of held-out digits read rightly."""
    x, y = pictures(digits.split()[1])
    with torch.no_grad():
        return {"held_out_accuracy": round((model(x).argmax(1) == y).float().mean().item(), 4)}


def film_samples(model: Callable[[Tensor], Tensor]) -> dict[str, object]:
    """Held-out pictures: for each digit the surest, the least sure of all, and those read wrongly."""
    held_out = digits.split()[1]
    x, y = pictures(held_out)
    with torch.no_grad():
        sure, read = model(x).max(1)
    clear = {str(d): torch.where((y == d) & (read == d), sure, 0.0).argmax() for d in range(10)}
    wrong = [int(held_out[i]) for i in torch.where(read != y)[0]]
    indices = {digit: int(held_out[at]) for digit, at in clear.items()}
    return {"clear": indices, "hard": int(held_out[sure.argmin()]), "wrong": wrong}


def main() -> None:
    """Train, measure, write weights and card."""
    run = training_run()
    model = run.run()
    training, held_out = digits.split()
    publish_run(
        run,
        model,
        title={"en": "Convolutional digit classifier", "ja": "数字の畳み込み分類器"},
        arguments={"first": 8, "second": 16, "classes": 10},
        data=f"UCI handwritten digits 8x8: {len(training)} for training, {len(held_out)} held out",
        licence="weights MIT; data CC BY 4.0",
        figures=measure(model),
        film_samples=film_samples(model),
        notes="Takes ink 0..1, that is the pixels divided by 16.",
    )


if __name__ == "__main__":
    run_main(main)
