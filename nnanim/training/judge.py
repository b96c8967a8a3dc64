"""Train the judge: ``python -m nnanim.training.judge``."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from nnanim.models.judge import Judge
from nnanim.terminal import run_main
from nnanim.training.loop import TrainingRun
from nnanim.training.pictures import batch, classification_loss, judge_pictures
from nnanim.training.publish import publish_run, round_small

NAME = "judge"
SEED = 11
STEPS = 2000
TWO = 0.5  # share of pictures with two things, the harder ones


def training() -> TrainingRun:
    """The training, from the start or from its last checkpoint."""
    torch.manual_seed(SEED)
    model = Judge().to(memory_format=torch.channels_last)

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        pictures, labels = batch(64, rng, two=TWO, held_out=bool(step % 4 == 0))
        pictures = pictures + 0.03 * torch.rand(len(pictures), 1, 1, 1) * torch.randn_like(pictures)
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        return classification_loss(model(pictures), labels)

    return TrainingRun(NAME, model, loss, STEPS, rate=2e-3, seed=SEED, falling=0.4, average=0.99)


def measure(model: nn.Module) -> dict[str, float]:
    """Share of fresh pictures in which the judge names each attribute rightly, and all of them."""
    figures: dict[str, float] = {}
    for kind, two, held_out in (("one", 0.0, False), ("two", 1.0, False), ("held_out", 0.2, True)):
        found = judge_pictures(
            model, *batch(1000, np.random.default_rng([SEED, 10**9]), two=two, held_out=held_out)
        )
        figures |= {f"{kind}.{name}": round(share, 4) for name, share in found.items()}
    return figures


def main() -> None:
    """Train, measure, write weights and card."""
    run = training()
    model = run.run().to(memory_format=torch.contiguous_format)
    kept = round_small(model)
    publish_run(
        run,
        model,
        **kept,
        title={"en": "The judge of the small world", "ja": "小さな世界の審判"},
        data="the small world, drawn afresh at every step, the combinations held out from the other "
        "models included",
        figures=measure(model),
        notes="Every fourth batch shows the combinations that no other model is trained on, so that it "
        "can measure them.",
    )


if __name__ == "__main__":
    run_main(main)
