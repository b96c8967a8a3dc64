"""A dream on disk: resumed after an interruption, it ends with the same bytes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import partial
from typing import Any, Literal

import msgspec
import numpy as np
import torch
from torch import Tensor, nn

from nnanim.steering.dream_trace import to_frames
from nnanim.steering.dreams import DreamStep, dream
from nnanim.steering.generator import checksum_of
from nnanim.text_to_image.run_folder import RunFolder

NEEDED = ("pictures", "slopes", "values")


class DreamNote(msgspec.Struct, forbid_unknown_fields=True):
    """What run.json says: the request in the words of `nnanim.steering.dream`, and the model."""

    format: Literal[1]
    model: str
    weights: str
    options: dict[str, str | int | float | list[int | str] | None]


def keep_dream(
    out: str | os.PathLike[str], name: str, model: nn.Module, picture: str | None = None, **options: Any
) -> Iterator[DreamStep]:
    """A dream of which every step is kept in a folder; steps that are there are not dreamt again.

    Args:
        out: the folder; it is made.
        name: of the model.
        model: as for `nnanim.steering.dream`.
        picture: where it begins: a file.
        options: as for `nnanim.steering.dream`, numbers, words and lists of them.

    Raises:
        UserError: as `nnanim.steering.dream`; the folder holds another run or other files.
    """
    walk = dream(model, picture=picture, **options)
    first = next(walk)  # refuses what cannot be dreamt before anything is written
    given = dict(options, picture=picture, start=_checksum(first.pictures))
    note = DreamNote(format=1, model=name, weights=checksum_of(model), options=given)
    folder = RunFolder(out, note, None if len(first.pictures) == 1 else len(first.pictures))
    there = list(_restore(folder, first))
    yield from there
    if there:
        walk = dream(model, picture=picture, after=there[-1], **options)
    else:
        _save(folder, first)
        yield first
    for step in walk:
        _save(folder, step)
        yield step


def _save(folder: RunFolder, step: DreamStep) -> None:
    values = {name: getattr(step, name).numpy() for name in NEEDED}
    folder.save(step.step, _frames(step, folder), values)


def _frames(step: DreamStep, folder: RunFolder) -> Any:
    frames = to_frames(step.pictures)
    return frames[0] if folder.pictures is None else frames


def _restore(folder: RunFolder, first: DreamStep) -> Iterator[DreamStep]:
    """The steps that are there, from the start up to the first that is missing or damaged."""
    for number in range(first.steps + 1):
        values = folder.load(number, NEEDED)
        if values is None or not _is_whole(values, first):
            return
        kept = {name: torch.from_numpy(values[name]) for name in NEEDED}
        step = DreamStep(number, first.steps, **kept)
        folder.mend_frames(number, values["frames"], partial(_frames, step, folder))
        yield step


def _is_whole(values: dict[str, Any], first: DreamStep) -> bool:
    return all(
        values[name].dtype == np.float32
        and values[name].shape == tuple(getattr(first, name).shape)
        and np.isfinite(values[name]).all()
        for name in NEEDED
    )


def _checksum(pictures: Tensor) -> str:
    return hashlib.sha256(pictures.numpy().tobytes()).hexdigest()[:16]
