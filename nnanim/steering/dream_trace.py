"""Dreams as a trace: what a film shows of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nnanim.steering.dreams import DreamStep
from nnanim.trace import Trace


def trace_dreams(
    dreams: Mapping[str, Iterable[DreamStep]],
    arrays: Mapping[str, Any] | None = None,
    *,
    model: str,
    parameters: int | None = None,
    seed: int = 0,
    also: Mapping[str, int | None] | None = None,
) -> Trace:
    """The dreams of one or more models as a trace.

    Of each dream there are ``NAME.pictures`` (step, sample, row, column, channel), ``NAME.slopes`` alike, and
    ``NAME.values`` (step, sample); step 0 is the start.

    Args:
        dreams: the steps of each, by name.
        arrays: what else belongs to them.
        model: name of the model that dreams.
        parameters: how many it has.
        seed: of the dreams.
        also: further models with their numbers of parameters.
    """
    axes: dict[str, tuple[str, ...]] = {}
    kept: dict[str, Any] = dict(arrays or {})
    for name, walk in dreams.items():
        steps = list(walk)
        kept[f"{name}.pictures"] = np.stack([to_rows(step.pictures) for step in steps])
        kept[f"{name}.slopes"] = np.stack([to_rows(step.slopes) for step in steps])
        kept[f"{name}.values"] = np.stack([step.values.numpy() for step in steps])
        axes |= {
            f"{name}.{what}": ("step", "sample", "row", "column", "channel")
            for what in ("pictures", "slopes")
        }
        axes[f"{name}.values"] = ("step", "sample")
    provenance = {
        "model": model, "parameters": parameters, "seed": seed, "also": dict(also or {}),
        "computed_with": f"torch {torch.__version__}",
    }  # fmt: skip
    return Trace.of(kept, axes=axes, provenance=provenance)


def to_rows(pictures: Tensor) -> Any:
    """Pictures (n, channels, height, width) as an array (n, height, width, channels)."""
    return pictures.detach().permute(0, 2, 3, 1).contiguous().numpy()


def only_last(dream: Iterable[DreamStep]) -> list[DreamStep]:
    """The first and the last step of a dream."""
    steps = list(dream)
    return [steps[0], steps[-1]]


def to_frames(pictures: Tensor) -> Any:
    """Pictures of any number of channels as (n, height, width, 3): grey, or the first three."""
    rows = to_rows(pictures)
    return np.repeat(rows[..., :1], 3, axis=3) if rows.shape[3] < 3 else rows[..., :3]
