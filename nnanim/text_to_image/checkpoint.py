"""A generation on disk: numbered frames, the numbers of every step, and what was asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

import msgspec
import numpy as np

from nnanim.images import Floats
from nnanim.text_to_image.request import Request
from nnanim.text_to_image.run_folder import RunFolder
from nnanim.text_to_image.step import Step


class RunNote(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What run.json says: the request in the words of `generate`, and which model fulfils it."""

    format: Literal[1]
    prompt: str | list[str]
    negative_prompt: str | list[str]
    seed: int | list[int]
    num_inference_steps: int
    guidance_scale: float
    sampler: str
    model: str
    parameters: int
    weights: str
    init_image: str | None = None
    strength: float | None = None
    size: list[int] | None = None
    type: str | None = None
    device: str | None = None


class Checkpoint:
    """A `RunFolder` of a generation.

    Args:
        path: the folder; it is made.
        request: what is generated.
        steps: number of steps.
        model: which model generates, with the checksum of its weights.
        arrays: what of a step is kept.

    Raises:
        UserError: the folder holds another run or other files, or cannot be written to.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        request: Request,
        steps: int,
        model: dict[str, Any],
        arrays: Sequence[str],
    ) -> None:
        self.request = request
        self.steps = steps
        self.arrays = arrays
        note = RunNote(**{"format": 1, **request.as_json(), **model})
        self.folder = RunFolder(path, note, None if request.single else len(request.prompts))

    def restore(self, decode: Callable[[Floats], Floats], shape: Sequence[int]) -> list[Step]:
        """The steps that are there, from the first up to the first that is missing or damaged.

        Args:
            decode: latents to pictures.
            shape: of the latents, (sample, channel, row, column).
        """
        steps: list[Step] = []
        while len(steps) < self.steps:
            values = self._read(len(steps), tuple(shape[1:] if self.request.single else shape))
            if values is None:
                break
            step = Step(
                len(steps), self.steps, float(values["time"]), float(values["alpha_bar"]), decode=decode,
                **{name: values[name] for name in self.arrays},
            )  # fmt: skip
            self.folder.mend_frames(step.step, values["frames"], partial(getattr, step, "picture"))
            steps.append(step)
        return steps

    def save(self, step: Step) -> None:
        """Write a step, each file whole or not at all, the numbers last.

        Raises:
            UserError: it cannot be written.
        """
        values = {name: getattr(step, name) for name in (*self.arrays, "time", "alpha_bar")}
        self.folder.save(step.step, step.picture, values)

    def _read(self, step: int, shape: tuple[int, ...]) -> dict[str, Any] | None:
        """The numbers of a step's file; None where it is missing or damaged."""
        values = self.folder.load(step, (*self.arrays, "time", "alpha_bar"))
        if values is None:
            return None
        whole = all(values[name].shape == shape and values[name].dtype == np.float32 for name in self.arrays)
        if not (whole and values["time"].shape == values["alpha_bar"].shape == ()):
            return None
        return values
