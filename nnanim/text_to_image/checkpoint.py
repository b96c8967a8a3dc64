"""A run on disk: numbered frames, the numbers of every step, and what was asked for."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from nnanim.errors import MAX_QUOTE, UserError, shorten
from nnanim.files import atomic, clear_place, read_bytes, write_text
from nnanim.images import Floats, write_picture
from nnanim.schema import read_json
from nnanim.text_to_image.request import Request
from nnanim.text_to_image.step import Step

NOTE = "run.json"
MAX_STEP = 1 << 30
"""Maximum size in bytes of a step's file."""


class RunNote(msgspec.Struct, forbid_unknown_fields=True):
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
    """A folder of one run.

    ``run.json`` says what was asked for, ``00000.png`` is the picture after the first step (of several
    pictures ``000/00000.png``, one folder each), ``steps/00000.npz`` holds the step's latents and the
    checksums of its frames.

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
        self.path = Path(path)
        self.request = request
        self.steps = steps
        self.arrays = arrays
        note = {"format": 1, **request.as_json(), **model}
        if self.path.exists() and not self.path.is_dir():
            raise UserError(f"{path} is a file; a run is kept in a folder")
        there = self.path / NOTE
        if os.path.lexists(there):
            _check_same(there, RunNote(**note))
        elif self.path.is_dir() and any(not one.name.startswith(".") for one in self.path.iterdir()):
            raise UserError(f"{path} holds other files and no {NOTE}; give an empty folder or a new name")
        else:
            write_text(there, json.dumps(note, indent=1, ensure_ascii=False) + "\n")

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
            if not np.array_equal(values["frames"], self._checksums(step.step)):
                self._write_frames(step)
            steps.append(step)
        return steps

    def save(self, step: Step) -> None:
        """Write a step, each file whole or not at all, the numbers last.

        Raises:
            UserError: it cannot be written.
        """
        self._write_frames(step)
        values = {name: getattr(step, name) for name in (*self.arrays, "time", "alpha_bar")}
        self._write(step.step, _pack({"frames": self._checksums(step.step), **values}))

    def frame_files(self, step: int) -> list[Path]:
        """Where the frames of a step are, one for each picture."""
        name = f"{step:05d}.png"
        if self.request.single:
            return [self.path / name]
        return [self.path / f"{at:03d}" / name for at in range(len(self.request.prompts))]

    def _write_frames(self, step: Step) -> None:
        pictures = step.picture[None] if self.request.single else step.picture
        for path, picture in zip(self.frame_files(step.step), pictures, strict=True):
            clear_place(path)
            try:
                write_picture(picture, path)
            except OSError as error:
                raise UserError(f"{path} cannot be written: {error.strerror or error}") from error

    def _checksums(self, step: int) -> Any:
        """(frames, 32) the SHA-256 of each frame's file; zeros where it cannot be read."""
        sums = np.zeros((len(self.frame_files(step)), 32), dtype=np.uint8)
        for row, file in zip(sums, self.frame_files(step), strict=True):
            try:
                row[:] = np.frombuffer(hashlib.sha256(read_bytes(file)).digest(), dtype=np.uint8)
            except UserError:
                continue
        return sums

    def _step_file(self, step: int) -> Path:
        return self.path / "steps" / f"{step:05d}.npz"

    def _write(self, step: int, content: bytes) -> None:
        file = self._step_file(step)
        clear_place(file)
        try:
            with atomic(file) as temporary:
                temporary.write_bytes(content)
        except OSError as error:
            raise UserError(f"{file} cannot be written: {error.strerror or error}") from error

    def _read(self, step: int, shape: tuple[int, ...]) -> dict[str, Any] | None:
        """The content of a step's file; None where it is missing or damaged: the step is then made anew."""
        try:
            content = read_bytes(self._step_file(step), MAX_STEP)
            with np.load(io.BytesIO(content), allow_pickle=False) as file:
                values = {name: file[name] for name in ("frames", *self.arrays, "time", "alpha_bar")}
        except Exception:  # numpy and zipfile raise whatever a damaged file leads them to
            return None
        whole = all(values[name].shape == shape and values[name].dtype == np.float32 for name in self.arrays)
        if not (whole and values["time"].shape == values["alpha_bar"].shape == ()):
            return None
        if (packed := _pack(values)) != content:  # damaged where nothing is read, such as a date
            self._write(step, packed)
        return values


def _pack(values: dict[str, Any]) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **values)
    return stream.getvalue()


def _check_same(path: Path, note: RunNote) -> None:
    there = read_json(path, RunNote)
    for name in RunNote.__struct_fields__:
        was, now = (getattr(one, name) for one in (there, note))
        if was != now:
            said, wanted = (shorten(json.dumps(one, ensure_ascii=False), MAX_QUOTE) for one in (was, now))
            raise UserError(f"{path} is of another run: its {name} is {said}, not {wanted}; give a new name")
