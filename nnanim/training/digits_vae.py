"""Train the digits' autoencoder and VAE: ``python -m nnanim.training.digits_vae`` (about two minutes).

The divergence counts nothing at first, so that the clouds run apart, and then more and more, which pulls them
together: S. Bowman et al., "Generating Sentences from a Continuous Space" (2016), section 3.1.
"""

from __future__ import annotations

import time

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from nnanim.data import digits
from nnanim.models.cards import training_path
from nnanim.models.digits_vae import DigitsAutoencoder, DigitsVAE, divergence
from nnanim.terminal import run_main
from nnanim.trace import Trace
from nnanim.training.publish import build_provenance, publish, round_small

NAMES: dict[str, type[DigitsAutoencoder | DigitsVAE]] = {
    "digits-autoencoder": DigitsAutoencoder,
    "digits-vae": DigitsVAE,
}
SEED = 5
STEPS = 6000
SNAPSHOTS = 48
PULL = 0.35  # last weight of the divergence beside the cross-entropy of all pixels
FREE, RISING = 300, 1200  # steps before the divergence counts, and until it counts fully


def pictures(indices: np.ndarray) -> tuple[Tensor, Tensor]:
    """Ink 0..1, (n, 64), and the digits (n,)."""
    images = digits.images(indices) / digits.HIGHEST
    return torch.from_numpy(images).float().flatten(1), torch.from_numpy(digits.labels(indices))


def augment(x: Tensor, generator: torch.Generator) -> Tensor:
    """The pictures turned, moved and stretched a little, as another hand would have written them."""
    n = len(x)
    turn, sx, sy, skew = (torch.rand(n, generator=generator) * 2 - 1 for _ in range(4))
    shift = torch.rand(n, 2, generator=generator) * 0.16 - 0.08
    cos, sin = (0.1 * turn).cos(), (0.1 * turn).sin()
    theta = torch.stack(
        [cos * (1 + 0.08 * sx), -sin + 0.1 * skew, shift[:, 0], sin, cos * (1 + 0.08 * sy), shift[:, 1]],
        dim=1,
    ).reshape(n, 2, 3)
    grid = F.affine_grid(theta, [n, 1, 8, 8], align_corners=False)
    return F.grid_sample(x.reshape(n, 1, 8, 8), grid, align_corners=False).flatten(1).clamp(0, 1)


def points(model: DigitsAutoencoder | DigitsVAE, x: Tensor) -> Tensor:
    """Where the pictures lie in the plane, (n, 2)."""
    found = model.encode(x)
    return found[0] if isinstance(found, tuple) else found


@torch.no_grad()
def neighbours(
    model: DigitsAutoencoder | DigitsVAE, known: tuple[Tensor, Tensor], asked: tuple[Tensor, Tensor]
) -> float:
    """Share of asked pictures whose five nearest known ones in the plane mostly show the same digit."""
    distance = torch.cdist(points(model, asked[0]), points(model, known[0]))
    votes = known[1][distance.topk(5, largest=False).indices]
    return (votes.mode(dim=1).values == asked[1]).float().mean().item()


def weight(step: int) -> float:
    """How much the divergence counts at a step."""
    return PULL * min(max((step - FREE) / RISING, 0.0), 1.0)


def train(
    name: str, x: Tensor, probe: Tensor
) -> tuple[DigitsAutoencoder | DigitsVAE, list[dict[str, np.ndarray]]]:
    """The model and what its replay shows: where the held-out pictures lie, at some steps."""
    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(SEED)
    model: DigitsAutoencoder | DigitsVAE = NAMES[name]()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    wanted, taken = {round(STEPS * (k / (SNAPSHOTS - 1)) ** 2) for k in range(SNAPSHOTS)}, []
    for step in range(STEPS + 1):
        batch = augment(x[torch.randint(len(x), (128,), generator=generator)], generator)
        made = model(batch)
        error = F.binary_cross_entropy(made, batch, reduction="none").sum(1).mean()
        pull = divergence(*model.encode(batch)).mean() if isinstance(model, DigitsVAE) else torch.zeros(())
        if step in wanted:
            taken.append(snapshot(model, step, probe, error, pull))
        if step == STEPS:
            break
        optimizer.zero_grad()
        (error + weight(step) * pull).backward()
        optimizer.step()
        falling.step()
    return model.eval(), taken


@torch.no_grad()
def snapshot(
    model: DigitsAutoencoder | DigitsVAE, step: int, probe: Tensor, error: Tensor, pull: Tensor
) -> dict[str, np.ndarray]:
    """Everything the replay shows, at one step."""
    found = model.encode(probe)
    mean, deviation = found if isinstance(found, tuple) else (found, torch.zeros_like(found))
    return {
        "step": np.array(step), "weight": np.array(weight(step)), "error": error.numpy(),
        "divergence": pull.numpy(), "mean": mean.numpy(), "deviation": deviation.numpy(),
    }  # fmt: skip


def build_trace(name: str, taken: list[dict[str, np.ndarray]], held_out: np.ndarray) -> Trace:
    """The snapshots on one axis "step"."""
    arrays = {key: np.stack([one[key] for one in taken]) for key in taken[0]}
    arrays |= {"indices": held_out, "labels": digits.labels(held_out)}
    axes: dict[str, tuple[str, ...]] = {key: ("step",) for key in ("step", "weight", "error", "divergence")}
    axes |= {key: ("step", "sample", "latent") for key in ("mean", "deviation")}
    return Trace.of(
        arrays,
        axes=axes,
        provenance=build_provenance(name, SEED),
    )


def measure(model: DigitsAutoencoder | DigitsVAE) -> dict[str, float]:
    """How well neighbours in the plane agree on held-out digits, and the squared error of a rebuilt pixel."""
    known, asked = (pictures(indices) for indices in digits.split())
    with torch.no_grad():
        error = (model(asked[0]) - asked[0]).square().mean().item()
    return {"neighbours_5": round(neighbours(model, known, asked), 4), "squared_error": round(error, 5)}


def main() -> None:
    """Train, measure, write weights and card."""
    torch.set_num_threads(1)
    training, held_out = digits.split()
    known, asked = pictures(training), pictures(held_out)
    for name in NAMES:
        started = time.process_time()
        model, taken = train(name, known[0], asked[0])
        minutes = (time.process_time() - started) / 60
        variational = name == "digits-vae"
        if variational:  # its film plays the training, to its end: to the very weights
            build_trace(name, taken, held_out).save(training_path(name))
        kept = {} if variational else round_small(model)
        card = publish(
            model,
            name,
            title={
                "en": "VAE of handwritten digits" if variational else "Autoencoder of handwritten digits",
                "ja": "手書き数字の変分オートエンコーダ" if variational else "手書き数字のオートエンコーダ",
            },
            arguments={},
            **kept,
            data=f"UCI handwritten digits 8x8: {len(training)} for training, turned and moved a bit, "
            f"{len(held_out)} held out",
            licence="weights MIT; data CC BY 4.0",
            seed=SEED,
            minutes=round(minutes, 2),
            figures=measure(model),
            film_samples={
                "three": int(held_out[digits.labels(held_out) == 3][0]),
                "eight": int(held_out[digits.labels(held_out) == 8][0]),
            },
            notes="Trained without labels. neighbours_5: held-out digits whose five nearest training digits "
            "in the plane agree."
            + f" The divergence counts nothing for {FREE} steps and {PULL} of its full weight in the end."
            * variational,
        )
        print(name, card.figures, flush=True)


if __name__ == "__main__":
    run_main(main)
