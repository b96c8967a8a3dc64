"""Train the perceptron of the first film: ``python -m nnanim.training.iris`` (a few seconds).

It learns to tell virginica (1) from versicolor (0) by the length and width of a petal. Two small terms beside
the cross-entropy shape what is seen, not what is learnt: weight decay keeps the wires' widths comparable, and
a penalty on hidden neurons that look the same way keeps the three of them different.
"""

from __future__ import annotations

import time

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnanim.data import iris
from nnanim.models.cards import training_path
from nnanim.models.perceptron import Perceptron
from nnanim.terminal import run_main
from nnanim.trace import Trace
from nnanim.training.publish import build_provenance, publish

NAME = "iris-2-3-1"
SEED = 1
STEPS = 800
SNAPSHOTS = 50
RATE = 0.03
DECAY = 0.003
APART = 0.01
LIMITS = {"petal length": (2.5, 7.5), "petal width": (0.5, 3.0)}  # cm, what the decision map shows
CELLS = 40


def flowers(indices: np.ndarray) -> tuple[Tensor, Tensor]:
    """Measurements (n, 2) in cm and labels (n, 1), virginica 1, versicolor 0."""
    labels = iris.species(indices) == iris.SPECIES.index("virginica")
    return torch.from_numpy(iris.measurements(indices)).float(), torch.from_numpy(labels).float()[:, None]


def loss_of(model: Perceptron, x: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy plus the two small terms."""
    directions = F.normalize(model.hidden.weight, dim=1)
    alike = ((directions @ directions.T) ** 2).triu(1).sum()
    decay = model.hidden.weight.square().sum() + model.answer.weight.square().sum()
    return F.binary_cross_entropy(model(x), y) + DECAY / 2 * decay + APART * alike


def schedule() -> list[int]:
    """The steps at which the training is recorded, close together at the beginning."""
    return sorted({round(STEPS * (k / (SNAPSHOTS - 1)) ** 2) for k in range(SNAPSHOTS)})


def decision_map() -> Tensor:
    """The points of the decision map, (CELLS * CELLS, 2): rows are petal width, columns petal length."""
    length, width = (torch.linspace(*LIMITS[name], CELLS) for name in ("petal length", "petal width"))
    return torch.stack(torch.meshgrid(length, width, indexing="xy"), dim=-1).reshape(-1, 2)


@torch.no_grad()
def snapshot(model: Perceptron, step: int, data: dict[str, Tensor]) -> dict[str, np.ndarray]:
    """Everything the replay shows, at one step."""
    answers = {part: model(data[f"{part}.x"]) for part in ("training", "held_out")}
    right = {part: ((answers[part] > 0.5) == (data[f"{part}.y"] > 0.5)).float().mean() for part in answers}
    return {
        "step": np.array(step),
        "loss": F.binary_cross_entropy(answers["training"], data["training.y"]).numpy(),
        "held_out_loss": F.binary_cross_entropy(answers["held_out"], data["held_out.y"]).numpy(),
        "accuracy": right["training"].numpy(),
        "held_out_accuracy": right["held_out"].numpy(),
        "map": model(data["map"]).reshape(CELLS, CELLS).numpy(),
        **{name: weight.detach().numpy().copy() for name, weight in model.named_parameters()},
    }


def train() -> tuple[Perceptron, Trace]:
    """The trained model and the record of its training."""
    indices, _ = iris.classes()
    parts = dict(zip(("training", "held_out"), iris.split(indices), strict=True))
    data = {"map": decision_map()}
    for part, own in parts.items():
        data[f"{part}.x"], data[f"{part}.y"] = flowers(own)
    torch.manual_seed(SEED)
    model = Perceptron(2, 3, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    wanted, taken = set(schedule()), []
    for step in range(STEPS + 1):
        if step in wanted:
            taken.append(snapshot(model, step, data))
        loss = loss_of(model, data["training.x"], data["training.y"])
        if step < STEPS:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model, build_trace(taken, parts, data)


def build_trace(
    taken: list[dict[str, np.ndarray]], parts: dict[str, np.ndarray], data: dict[str, Tensor]
) -> Trace:
    """The snapshots stacked on one axis "step".

    With the map's limits and the flowers shown to the network.
    """
    arrays = {name: np.stack([one[name] for one in taken]) for name in taken[0]}
    axes = {name: ("step", *("unit", "input")[: value.ndim - 1]) for name, value in arrays.items()}
    axes["map"] = ("step", "petal width", "petal length")
    for name, limits in LIMITS.items():
        arrays[f"map.{name}"] = np.linspace(*limits, CELLS)
        axes[f"map.{name}"] = (name,)
    for part, own in parts.items():
        arrays |= {
            f"{part}.indices": own,
            f"{part}.x": data[f"{part}.x"].numpy(),
            f"{part}.y": data[f"{part}.y"].numpy(),
        }
        axes |= {
            f"{part}.indices": ("sample",),
            f"{part}.x": ("sample", "feature"),
            f"{part}.y": ("sample", "unit"),
        }
    parameters = {name: taken[-1][name] for name in taken[-1] if name.startswith(("hidden.", "answer."))}
    provenance = build_provenance(NAME, SEED)
    return Trace.of(arrays, axes=axes, parameters=parameters, provenance=provenance)


@torch.no_grad()
def measure(model: nn.Module) -> dict[str, float]:
    """Accuracy and cross-entropy on the flowers it learnt from and on those held out."""
    figures = {}
    for prefix, own in zip(("", "held_out_"), iris.split(iris.classes()[0]), strict=True):
        x, y = flowers(own)
        answers = model(x)
        figures[f"{prefix}accuracy"] = ((answers > 0.5) == (y > 0.5)).float().mean().item()
        figures[f"{prefix}loss"] = F.binary_cross_entropy(answers, y).item()
    return {name: round(value, 4) for name, value in figures.items()}


def film_samples(model: nn.Module, held_out: np.ndarray) -> dict[str, object]:
    """Three held-out flowers: a typical one of each species, and the one the network is least sure about."""
    x, y = flowers(held_out)
    with torch.no_grad():
        answers = model(x)[:, 0]
    labels = y[:, 0] > 0.5
    centre = {label: x[labels == label].mean(0) for label in (True, False)}
    typical = {
        label: int(torch.where(labels == label, (x - centre[label]).norm(dim=1), torch.inf).argmin())
        for label in centre
    }
    hard = int((answers - 0.5).abs().argmin())
    chosen = {"clear_virginica": typical[True], "clear_versicolor": typical[False], "hard": hard}
    return {
        kind: {
            "index": int(held_out[at]),
            "measurements": [round(float(value), 1) for value in x[at]],
            "species": iris.SPECIES[int(iris.species([held_out[at]])[0])],
            "probability": round(float(answers[at]), 4),
        }
        for kind, at in chosen.items()
    }


def main() -> None:
    """Train, measure, write weights and card."""
    torch.set_num_threads(1)
    started = time.process_time()
    model, trace = train()
    model.eval()
    minutes = (time.process_time() - started) / 60
    trace.save(training_path(NAME))
    _, held_out = iris.split(iris.classes()[0])
    card = publish(
        model,
        NAME,
        title={"en": "Perceptron 2-3-1, iris", "ja": "パーセプトロン 2-3-1（アヤメ）"},
        arguments={"inputs": 2, "hidden": 3, "outputs": 1},
        data="Iris (R. A. Fisher, UCI): virginica against versicolor, petal length and width in cm, "
        f"{len(trace['training.x'])} plants for training, {len(trace['held_out.x'])} held out",
        licence="weights MIT; data CC BY 4.0",
        seed=SEED,
        minutes=round(minutes, 2),
        figures=measure(model),
        film_samples=film_samples(model, held_out),
        notes="The seed was chosen among ten so that all three hidden neurons matter. A small penalty "
        "keeps their directions "
        "apart; without it they become copies of one another, for the two species are separated by a "
        "nearly straight line.",
    )
    print(card.figures, card.film_samples)


if __name__ == "__main__":
    run_main(main)
