"""A run on disk: numbered frames, the numbers of every step, and what was asked for."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nnanim.errors import UserError
from nnanim.files import atomic, write_text
from nnanim.painting.order import Order
from nnanim.painting.painting import Floats, Painting
from nnanim.painting.pictures import write_picture

NOTE = "run.json"
FORMAT = 1
ARRAYS = ("noisy", "noise", "predicted", "latents", "output")


class Folder:
    """A folder of one run.

    ``run.json`` says what was asked for, ``00000.png`` is the picture after the first step (of several
    pictures ``000/00000.png``, one folder each), ``steps/00000.npz`` holds the step's latents.

    Args:
        path: the folder; it is made.
        order: what is painted.
        steps: how many steps are taken.
        model: which model paints, with the checksum of its weights.

    Raises:
        UserError: the folder holds another run or other files, or cannot be written to.
    """

    def __init__(self, path: str | os.PathLike[str], order: Order, steps: int, model: dict[str, Any]) -> None:
        self.path = Path(path)
        self.order = order
        self.steps = steps
        note = {"format": FORMAT, **asked(order), **model}
        if self.path.exists() and not self.path.is_dir():
            raise UserError(f"{path} is a file; a run is kept in a folder")
        there = self.path / NOTE
        if there.exists():
            _compare(there, note)
        elif self.path.is_dir() and any(not one.name.startswith(".") for one in self.path.iterdir()):
            raise UserError(f"{path} holds other files and no {NOTE}; give an empty folder or a new name")
        else:
            write_text(there, json.dumps(note, indent=1, ensure_ascii=False) + "\n")

    def done(self, decode: Callable[[Floats], Floats]) -> list[Painting]:
        """The steps that are there, from the first up to the first that is missing or damaged."""
        found: list[Painting] = []
        while len(found) < self.steps:
            painting = self._read(len(found), decode)
            if painting is None:
                break
            found.append(painting)
        for painting in found:
            self._frames(painting, missing=True)
        return found

    def keep(self, painting: Painting) -> None:
        """Write a step, each file whole or not at all, the numbers last."""
        self._frames(painting)
        kept = {name: getattr(painting, name) for name in (*ARRAYS, "time", "alpha_bar")}
        kept = {name: value for name, value in kept.items() if value is not None}
        with atomic(self._step(painting.step)) as temporary, temporary.open("wb") as file:
            np.savez(file, **kept)

    def frames(self, step: int) -> list[Path]:
        """Where the frames of a step are, one for each picture."""
        name = f"{step:05d}.png"
        if self.order.single:
            return [self.path / name]
        return [self.path / f"{at:03d}" / name for at in range(len(self.order.prompts))]

    def _frames(self, painting: Painting, missing: bool = False) -> None:
        paths = self.frames(painting.step)
        if missing and all(path.exists() for path in paths):
            return
        pictures = painting.picture[None] if self.order.single else painting.picture
        for path, one in zip(paths, pictures, strict=True):
            write_picture(one, path)

    def _step(self, step: int) -> Path:
        return self.path / "steps" / f"{step:05d}.npz"

    def _read(self, step: int, decode: Callable[[Floats], Floats]) -> Painting | None:
        try:
            with np.load(self._step(step), allow_pickle=False) as kept:
                arrays = {name: kept.get(name) for name in ARRAYS}
                time, level = float(kept["time"]), float(kept["alpha_bar"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        return Painting(step, self.steps, time, level, decode=decode, **arrays)  # type: ignore[arg-type]


def asked(order: Order) -> dict[str, Any]:
    """An order as JSON, in the words of `nnanim.painting.paint`; of a picture its checksum."""
    image = order.image
    begun = {}
    if image is not None:
        checksum = hashlib.sha256(repr(image.shape).encode() + image.tobytes()).hexdigest()[:16]
        begun = {"init_image": checksum, "strength": order.strength}
    one = order.single
    return {
        "prompt": order.prompts[0] if one else list(order.prompts),
        "negative_prompt": order.negatives[0] if one else list(order.negatives),
        "seed": order.seeds[0] if one else list(order.seeds),
        "num_inference_steps": order.steps,
        "guidance_scale": order.guidance,
        "sampler": order.sampler,
        **begun,
    }


def _compare(path: Path, note: dict[str, Any]) -> None:
    try:
        there = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read: {error}") from None
    if not isinstance(there, dict):
        raise UserError(f"{path} does not describe a run")
    for name in dict.fromkeys([*note, *there]):
        if note.get(name) != there.get(name):
            was, now = (json.dumps(one.get(name), ensure_ascii=False) for one in (there, note))
            raise UserError(
                f"{path.parent} holds another run: its {name} is {was}, not {now}; give a new name"
            )
