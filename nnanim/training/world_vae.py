"""Train the autoencoder of the small world: ``python -m nnanim.training.world_vae``."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from nnanim import models
from nnanim.models.world_vae import WorldVAE
from nnanim.terminal import run_main
from nnanim.training.loop import TrainingRun
from nnanim.training.pictures import TWO, batch, judge_pictures
from nnanim.training.publish import publish_run, round_small

NAME = "world-vae"
SEED = 21
STEPS = 2900
SETTLED = 1400  # from this step on the latents stay what they are, and only the decoder learns
TWO_SETTLED = 1 / 3  # share of pictures with two things from then on, for they are harder to draw
KL = 1e-4
ROUGH = 0.2  # up to so much noise on settled latents: the decoder forgives a painter who is a little off


def steepness(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Differences between neighbouring pixels, down and across."""
    return pictures[..., 1:, :] - pictures[..., :-1, :], pictures[..., 1:] - pictures[..., :-1]


def reconstruction_loss(made: Tensor, pictures: Tensor, squared: float = 2.0) -> Tensor:
    """Absolute and squared error, and absolute error of the steepness, which keeps edges sharp."""
    edges = sum((a - b).abs().mean() for a, b in zip(steepness(made), steepness(pictures), strict=True))
    return (made - pictures).abs().mean() + squared * (made - pictures).square().mean() + 0.5 * edges


def settle(model: nn.Module, averaged: nn.Module) -> None:
    """Keep the averaged encoder for good."""
    for part in ("encoder", "mean", "log_variance"):
        getattr(model, part).load_state_dict(getattr(averaged, part).state_dict())
        getattr(model, part).requires_grad_(False)


def training() -> TrainingRun:
    """The training, from the start or from its last checkpoint."""
    torch.manual_seed(SEED)
    model = WorldVAE().to(memory_format=torch.channels_last)

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        settled = step >= SETTLED
        pictures, _ = batch(32, rng, two=TWO_SETTLED if settled else TWO)
        mean, log_variance = model.encode(pictures)
        rough = ROUGH * torch.rand(len(pictures), 1, 1, 1) if settled else 0.0
        deviation = (log_variance / 2).exp() + rough
        latents = mean + torch.randn_like(mean) * deviation
        made = model.decoder(latents) / 2 + 0.5
        divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).mean()
        return reconstruction_loss(made, pictures, 4.0 if settled else 2.0) + KL * divergence

    return TrainingRun(
        NAME, model, loss, STEPS, rate=2e-3, seed=SEED, falling=0.4, average=0.995, changes={SETTLED: settle}
    )


def signal_to_noise(made: Tensor, pictures: Tensor) -> float:
    """Peak signal-to-noise ratio in decibels, the mean over the pictures."""
    error = (made - pictures).square().flatten(1).mean(1)
    return float((-10 * error.log10()).mean())


@torch.no_grad()
def settle_scale(model: WorldVAE) -> None:
    """Set the scale so that latents vary by 1."""
    pictures, _ = batch(512, np.random.default_rng([SEED, 10**9 + 1]))
    model.scale.copy_(model.encode(pictures)[0].std(dim=(0, 2, 3), keepdim=True))


def measure(model: nn.Module) -> dict[str, float]:
    """Faithfulness in decibels.

    And the share of rebuilt pictures in which the judge still sees each attribute.
    """
    judge = models.load("judge")
    figures: dict[str, float] = {}
    for kind, two, held_out in (("one", 0.0, False), ("two", 1.0, False), ("held_out", 0.0, True)):
        pictures, labels = batch(600, np.random.default_rng([SEED, 10**9]), two=two, held_out=held_out)
        with torch.no_grad():
            made = torch.cat([model(part) for part in pictures.split(50)])
        figures[f"{kind}.psnr"] = round(signal_to_noise(made, pictures), 2)
        figures |= {
            f"{kind}.{name}": round(share, 4) for name, share in judge_pictures(judge, made, labels).items()
        }
    return figures


def main() -> None:
    """Train, measure, write weights and card."""
    run = training()
    trained = run.run()
    model = trained.to(memory_format=torch.contiguous_format)
    settle_scale(model)
    kept = round_small(model)
    publish_run(
        run,
        model,
        **kept,
        title={"en": "Autoencoder of the small world", "ja": "小さな世界の変分オートエンコーダ"},
        data="the small world, drawn afresh at every step; pictures with two things one time in five, "
        "from step 1400 on one time in three",
        figures=measure(model),
        notes="64x64x3 numbers become 8x8x4: 1/48. Figures other than psnr: the share in which the judge "
        "still sees the attribute.",
    )


if __name__ == "__main__":
    run_main(main)
