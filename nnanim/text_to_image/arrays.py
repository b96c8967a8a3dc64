"""What every recorded generation holds, and the names of its axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnanim.text_to_image.request import Request
from nnanim.text_to_image.step import Step

Array = NDArray[Any]

LATENTS = ("step", "sample", "channel", "row", "column")
PICTURES = ("step", "sample", "row", "column", "colour")
HEAD_MAPS = ("step", "sample", "head", "row", "column", "word")
MAPS = ("step", "sample", "row", "column", "word")


def stack_steps(steps: Sequence[Step], request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    """Schedule, latents and pictures of a run, and the names of their axes."""

    def stack(name: str) -> Array:
        values = np.stack([np.asarray(getattr(one, name)) for one in steps])
        return values[:, None] if request.single else values

    alpha_bars = np.array([one.alpha_bar for one in steps])
    arrays: dict[str, Any] = {
        "step": np.array([one.step for one in steps]),
        "time": np.array([one.time for one in steps]),
        "alpha_bar": alpha_bars,
        "alpha_bar_after": np.append(alpha_bars[1:], 1.0),
    }
    axes: dict[str, Any] = dict.fromkeys(arrays, ("step",))
    names = ("noisy", "noise", "predicted", "latents")
    latents = [name for name in names if all(getattr(one, name) is not None for one in steps)]
    arrays |= {name: stack(name) for name in latents}
    pictures = {"noisy": "noisy_picture", "predicted": "predicted_picture", "latents": "picture"}
    decoded = {
        "picture" if name == "latents" else f"{name}.picture": stack(attribute)
        for name, attribute in pictures.items()
        if name in latents
    }
    return arrays | decoded, axes | dict.fromkeys(latents, LATENTS) | dict.fromkeys(decoded, PICTURES)


def describe_origin(request: Request, model: dict[str, Any]) -> dict[str, Any]:
    """The provenance of a recorded generation."""
    return {**model, "computed_with": "torch", "seed": list(request.seeds), "request": request.as_json()}


def mean_map(maps: Sequence[Array]) -> Array:
    """The mean over layers and heads of (step, sample, head, row, column, word), on the finest grid."""
    rows, columns = (max(one.shape[axis] for one in maps) for axis in (3, 4))
    total = 0.0
    for one in maps:
        fine = one.mean(axis=2, dtype=np.float64).repeat(rows // one.shape[3], axis=2)
        total = total + fine.repeat(columns // one.shape[4], axis=3)
    return np.asarray(total / len(maps), dtype=np.float32)
