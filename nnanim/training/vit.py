"""Train the vision transformer on the small world: ``python -m nnanim.training.vit``."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from nnanim.models.cards import training_path
from nnanim.models.vit import ATTRIBUTES, ViT
from nnanim.terminal import run_main
from nnanim.trace import Trace
from nnanim.training.loop import TrainingRun
from nnanim.training.pictures import batch
from nnanim.training.publish import build_training_trace, publish_run, round_small

NAME = "vit"
SEED = 71
STEPS = 1400
SNAPSHOTS = (0, 50, 100, 250, 500, 900, STEPS)
FILMED = 4  # pictures whose attention is recorded during the training


def training() -> TrainingRun:
    """The training, from the start or from its last checkpoint."""
    torch.manual_seed(SEED)
    model = ViT()
    filmed, _ = filmed_pictures()

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        pictures, labels = batch(48, rng, two=0.0)
        answers = model(pictures)
        return sum(F.cross_entropy(logits, labels[:, at]) for at, logits in enumerate(answers))

    return TrainingRun(
        NAME, model, loss, STEPS, rate=1.5e-3, seed=SEED, warm_up=60, falling=0.5, average=0.99,
        snapshot_steps=SNAPSHOTS, take_snapshot=lambda now: cls_attention(now, filmed),
    )  # fmt: skip


def filmed_pictures() -> tuple[Tensor, Tensor]:
    """The pictures and labels that the recorded training looks at."""
    return batch(FILMED, np.random.default_rng([SEED, 10**9]), two=0.0)


@torch.no_grad()
def cls_attention(model: ViT, pictures: Tensor) -> dict[str, Tensor]:
    """The attention of [CLS] to the patches, of every head in the last block, and the six answers."""
    weights: list[Tensor] = []
    last = model.blocks[-1].attention.weights
    handle = last.register_forward_hook(lambda module, inputs, output: weights.append(output))
    answers = model(pictures)
    handle.remove()
    found = {"attention": weights[0][:, :, 0, 1:]}  # (picture, head, patch)
    for name, logits in zip(ATTRIBUTES, answers, strict=True):
        found[f"probability.{name}"] = logits.softmax(1)  # (picture, class)
    return found


def build_trace(run: TrainingRun) -> Trace:
    """The recorded training: loss, and what [CLS] looks at in a few held-out pictures."""
    pictures, labels = filmed_pictures()
    axes = {f"probability.{name}": ("picture", "class") for name in ATTRIBUTES} | {
        "attention": ("picture", "head", "patch"),
        "pictures": ("picture", "channel", "row", "column"),
        "labels": ("picture", "attribute"),
    }
    return build_training_trace(run, axes, {"pictures": pictures.numpy(), "labels": labels.numpy()})


@torch.no_grad()
def measure(model: ViT, n: int = 1000) -> dict[str, float]:
    """Share of fresh pictures with one thing in which each attribute is named rightly, and all six."""
    figures: dict[str, float] = {}
    for kind, held_out in (("one", False), ("held_out", True)):
        pictures, labels = batch(n, np.random.default_rng([SEED, 10**9 + 1]), two=0.0, held_out=held_out)
        answers = [model(part) for part in pictures.split(100)]
        right = torch.stack(
            [
                torch.cat([answer[at] for answer in answers]).argmax(1) == labels[:, at]
                for at in range(len(ATTRIBUTES))
            ]
        )  # (attribute, picture)
        shares = right.float().mean(1).tolist()
        figures |= {f"{kind}.{name}": round(share, 4) for name, share in zip(ATTRIBUTES, shares, strict=True)}
        figures[f"{kind}.all"] = round(right.all(0).float().mean().item(), 4)
    return figures


def main() -> None:
    """Train, measure, write weights, card and the recorded training."""
    run = training()
    model = run.run()
    kept = round_small(model)
    build_trace(run).save(training_path(NAME))
    publish_run(
        run,
        model,
        **kept,
        title={"en": "Vision transformer of the small world", "ja": "小さな世界のビジョントランスフォーマー"},
        data="the small world, one thing a picture, drawn afresh at every step",
        figures=measure(model),
        notes="one: combinations as in training; held_out: things in colours and styles that it never saw "
        "them in.",
    )


if __name__ == "__main__":
    run_main(main)
