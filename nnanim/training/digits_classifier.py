"""Train the network that reads digits: ``python -m nnanim.training.digits_classifier`` (a few seconds)."""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from nnanim.data import digits
from nnanim.models.digits_classifier import DigitsClassifier
from nnanim.terminal import run_main
from nnanim.training.publish import publish

NAME = "digits-64-16-10"
SEED = 0
STEPS = 1500


def pictures(indices: Iterable[int]) -> tuple[Tensor, Tensor]:
    """Pixels (n, 64) as ink 0..1 and the digits (n,)."""
    images = digits.images(indices) / digits.HIGHEST
    return torch.from_numpy(images).float().flatten(1), torch.from_numpy(digits.labels(indices))


def train(x: Tensor, y: Tensor) -> DigitsClassifier:
    """Cross-entropy, AdamW, batches of 128, rate falling to 0 by a cosine."""
    generator = torch.Generator().manual_seed(SEED)
    torch.manual_seed(SEED)
    model = DigitsClassifier()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.1)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for _ in range(STEPS):
        batch = torch.randint(len(x), (128,), generator=generator)
        loss = F.nll_loss(torch.log(model(x[batch]) + 1e-9), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        falling.step()
    return model


def measure(model: DigitsClassifier) -> dict[str, float]:
    """Share of held-out digits read rightly."""
    x, y = pictures(digits.split()[1])
    with torch.no_grad():
        return {"held_out_accuracy": round((model(x).argmax(1) == y).float().mean().item(), 4)}


def film_samples(
    model: DigitsClassifier, x: Tensor, y: Tensor, held_out: NDArray[np.int64]
) -> dict[str, object]:
    """For every digit the held-out picture read most surely, and the one read least surely of all."""
    with torch.no_grad():
        sure, read = model(x).max(1)
    clear = {
        str(digit): torch.where((y == digit) & (read == digit), sure, 0.0).argmax() for digit in range(10)
    }
    indices = {digit: int(held_out[at]) for digit, at in clear.items()}
    return {"clear": indices, "hard": int(held_out[sure.argmin()])}


def main() -> None:
    """Train, measure, write weights and card."""
    torch.set_num_threads(1)
    training, held_out = digits.split()
    started = time.process_time()
    model = train(*pictures(training))
    minutes = (time.process_time() - started) / 60
    model.eval()
    x, y = pictures(held_out)
    card = publish(
        model,
        NAME,
        title={"en": "Digit classifier 64-16-10", "ja": "数字の分類器 64-16-10"},
        arguments={"pixels": 64, "hidden": 16, "classes": 10},
        data=f"UCI handwritten digits 8x8: {len(training)} for training, {len(held_out)} held out",
        licence="weights MIT; data CC BY 4.0",
        seed=SEED,
        minutes=round(minutes, 2),
        figures=measure(model),
        film_samples=film_samples(model, x, y, held_out),
        notes="Takes ink 0..1, that is the pixels divided by 16.",
    )
    print(card.figures, card.film_samples)


if __name__ == "__main__":
    run_main(main)
