"""A steering on disk: resumed after an interruption, it ends with the same bytes."""

from __future__ import annotations

import os
from typing import Any, Literal

import msgspec
import numpy as np

from nnanim.steering.generator import Generator
from nnanim.steering.guide import Guide
from nnanim.steering.request import SteeringRequest
from nnanim.steering.step import SteeringStep
from nnanim.text_to_image.run_folder import RunFolder

Settings = dict[str, str | int | float | bool | None]


class SteeringNote(msgspec.Struct, forbid_unknown_fields=True):
    """What run.json says: the request in the words of `nnanim.steering.steer`, generator and guide."""

    format: Literal[1]
    prompt: str | list[str]
    negative_prompt: str | list[str]
    seed: int | list[int]
    steps: int
    init_image: str | None
    zoom: int
    through: Settings
    guide: Settings


class SteeringRun:
    """A `RunFolder` of a steering: step 0 is the start.

    Args:
        path: the folder; it is made.
        request: what is steered where.
        generator: through what.
        guide: by what.

    Raises:
        UserError: the folder holds another run or other files, or cannot be written to.
    """

    def __init__(
        self, path: str | os.PathLike[str], request: SteeringRequest, generator: Generator, guide: Guide
    ) -> None:
        self.request = request
        named = getattr(guide, "describe", None)
        note = SteeringNote(
            format=1, through=generator.describe(),
            guide={"name": type(guide).__name__} if named is None else named(), **request.as_json(),
        )  # fmt: skip
        self.folder = RunFolder(path, note, None if request.single else len(request.prompts))

    def restore(self) -> list[SteeringStep]:
        """The steps that are there, from the start up to the first that is missing or damaged."""
        steps: list[SteeringStep] = []
        while len(steps) < self.request.states:
            step = self._read(len(steps))
            if step is None or (steps and _shapes(step) != _shapes(steps[0])):
                break
            steps.append(step)
        return steps

    def save(self, step: SteeringStep) -> None:
        """Write a step, each file whole or not at all, the numbers last.

        Raises:
            UserError: it cannot be written.
        """
        values = {
            "picture": step.picture, "cosine": np.asarray(step.cosine, dtype=np.float32), "slope": step.slope,
            **_number("parameter", step.parameters), **_number("state", step.state),
        }  # fmt: skip
        self.folder.save(step.step, step.picture, values)

    def _read(self, number: int) -> SteeringStep | None:
        values = self.folder.load(number, ("picture", "cosine", "slope", "parameter0"))
        if values is None or not self._is_whole(values):
            return None
        self.folder.mend_frames(number, values["frames"], lambda: values["picture"])
        cosine = float(values["cosine"]) if self.request.single else values["cosine"]
        return SteeringStep(
            number, self.request.states - 1, values["picture"], cosine, values["slope"],
            _collect("parameter", values), _collect("state", values),
        )  # fmt: skip

    def _is_whole(self, values: dict[str, Any]) -> bool:
        lead = () if self.request.single else (len(self.request.prompts),)
        picture, slope, cosine = (values[name] for name in ("picture", "slope", "cosine"))
        numbers = all(value.dtype.kind == "f" for value in (picture, slope, cosine))
        shape = picture.shape[: len(lead)] == lead and picture.ndim == len(lead) + 3
        return bool(
            numbers and shape and picture.shape == slope.shape and cosine.shape == lead
            and np.isfinite(picture).all() and picture.min() >= 0 and picture.max() <= 1
        )  # fmt: skip


def _number(kind: str, arrays: tuple[Any, ...]) -> dict[str, Any]:
    return {f"{kind}{at}": array for at, array in enumerate(arrays)}


def _collect(kind: str, values: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(values[f"{kind}{at}"] for at in range(len(values)) if f"{kind}{at}" in values)


def _shapes(step: SteeringStep) -> list[Any]:
    return [one.shape for one in (step.picture, *step.parameters)]
