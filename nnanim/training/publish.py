"""From a trained model to its files: weights, card, and the recorded training."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import safetensors.torch
import torch
from torch import Tensor, nn

from nnanim import models
from nnanim.files import atomic
from nnanim.models.cards import Card, card, weights_path
from nnanim.models.difference import round_to_difference
from nnanim.trace import Trace
from nnanim.training.loop import TrainingRun
from nnanim.training.registry import find_command


def publish(
    model: nn.Module,
    name: str,
    *,
    half: bool = False,
    stored: Mapping[str, Tensor] | None = None,
    **known: Any,
) -> Card:
    """Write the weights of ``model`` and its card; returns the card.

    Args:
        model: the trained model.
        name: under which it is loaded.
        half: store float16, half the size; measure the figures after `round_to_half`, so that they are
        those of the file.
        stored: store this, instead of the weights: see `round_small` and `round_to_base`.
        known: the other fields of the card.
    """
    state = {key: value.detach().contiguous() for key, value in model.state_dict().items()}
    if half:
        state = {key: value.half() if value.is_floating_point() else value for key, value in state.items()}
    content = safetensors.torch.save(state if stored is None else dict(stored))
    with atomic(weights_path(name)) as temporary:
        temporary.write_bytes(content)
    written = Card(
        name=name,
        kind=type(model).__name__,
        module=type(model).__module__.rpartition(".")[2],
        parameters=sum(weight.numel() for weight in model.parameters()),
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        command=known.pop("command", "") or find_command(name),
        **known,
    )
    written.save()
    return written


def publish_run(run: TrainingRun, model: nn.Module, **known: Any) -> None:
    """Write the files of the model that a run trained, and print how good it is.

    Args:
        run: the finished run; its name, seed and minutes go on the card.
        model: what of it is kept, rounded as its file keeps it.
        known: the arguments of `publish` that the run does not know.
    """
    known = {"licence": "MIT", "arguments": {}} | known
    written = publish(model, run.name, seed=run.seed, minutes=round(run.minutes, 2), **known)
    print(written.figures, written.film_samples)


def build_training_trace(
    run: TrainingRun,
    axes: Mapping[str, tuple[str, ...]],
    arrays: Mapping[str, Any] | None = None,
    **provenance: Any,
) -> Trace:
    """A run as a trace: its snapshots, one behind the other on the axis "step", and its loss.

    Args:
        run: the finished run.
        axes: of each array in a snapshot but for the first one, "step"; and those of ``arrays``, whole.
        arrays: what else belongs to the training.
        provenance: what else is known of where the numbers come from.
    """
    snapshots = {step: run.snapshots[step] for step in sorted(run.snapshots)}
    taken = {
        name: torch.stack([one[name] for one in snapshots.values()]).numpy()
        for name in next(iter(snapshots.values()))
    }
    at, losses = map(np.array, zip(*run.curve, strict=True))
    known = {name: ("step", *axes[name]) if name in taken else axes[name] for name in axes}
    return Trace.of(
        taken | {"step": np.array([*snapshots]), "loss.step": at, "loss": losses} | dict(arrays or {}),
        axes=known | {"step": ("step",), "loss.step": ("loss step",), "loss": ("loss step",)},
        provenance=build_provenance(run.name, run.seed) | provenance,
    )


def build_provenance(name: str, seed: int) -> dict[str, Any]:
    """Where the numbers of a training come from."""
    return {"model": name, "seed": seed, "computed_with": f"torch {torch.__version__}"}


def round_to_half(model: nn.Module) -> nn.Module:
    """``model`` with its weights as a float16 file keeps them, in eval mode."""
    with torch.no_grad():
        for value in model.state_dict().values():
            if value.is_floating_point():
                value.copy_(value.half().float())
    return model.eval()


def round_small(model: nn.Module) -> dict[str, Any]:
    """Round a model as a small file keeps it; field of `publish` that says so.

    Measure the figures afterwards, so that they are those of the file.
    """
    return {"stored": round_to_difference(model, {})}


def round_to_base(model: nn.Module, base: str) -> dict[str, Any]:
    """Round a model that was tuned from a shipped one as its file keeps it; fields of `publish` that say so.

    Measure the figures afterwards, so that they are those of the file.
    """
    return round_to_part(model, base) | {"arguments": card(base).arguments}


def round_to_part(model: nn.Module, base: str, *, part: str = "", under: str = "") -> dict[str, Any]:
    """Round a model that holds a shipped one, or a part of it; fields of `publish` that say so.

    Args:
        model: the trained model.
        base: name of the shipped one.
        part: how the names of the weights begin that this model has from it; as `Card` says.
        under: what this model puts before them.
    """
    known = {"name": base, "sha256": card(base).sha256}
    known |= {key: value for key, value in (("part", part), ("under", under)) if value}
    return {"stored": round_to_difference(model, models.base_weights(known)), "base": known}
