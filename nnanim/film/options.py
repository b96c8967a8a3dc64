"""The options of a scene: what a command line or a lesson may set, checked against the scene's class."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nnanim import settings
from nnanim.errors import UserError, nearest
from nnanim.files import file_stem
from nnanim.film.job import FilmJob
from nnanim.scene.source import OPTIONS, StorySource

NAMES = ("hf", "sentence", "picture", "part", "run", "data")
"""Attributes of a scene's class that the command line may set; a scene without one refuses it."""

OPEN = ("sentence", "part")
"""Attributes that are None until they are set, and whose values are words; others may name files or code."""


def scene_options(job: FilmJob, kind: type[StorySource]) -> dict[str, Any]:
    """Everything that a job sets of its scene; constants of the scene's file are set there.

    Raises:
        UserError: the scene does not have what is set, or values of another kind.
    """
    now = settings.load(job.lang or kind.lang, job.theme or kind.theme, job.pace or kind.pace)
    look = {"lang": now.lang, "theme": now.theme.name, "pace": now.pace}
    try:
        checked = check_options(kind, job.options)
    except UserError as error:
        raise job.mistake(str(error)) from None
    return {**look, **checked, **_set_data(job, kind)}


def check_options(
    kind: type[StorySource], options: Mapping[str, Any], command: str = "movie"
) -> dict[str, Any]:
    """The options as the scene takes them.

    Raises:
        UserError: the scene does not take one of them, or has no such part.
    """
    if "model" in options and not hasattr(kind, "model"):
        raise UserError(
            f"the scene {kind.__name__!r} is about a model of its own; "
            f"write: nnanim {command} network --model …"
        )
    for name in options:
        if name in NAMES and not _takes(kind, name):
            takes = [f"--{one}" for one in NAMES if _takes(kind, one)]
            raise UserError(
                f"the scene {kind.__name__!r} takes no --{name}"
                + (f"; it takes {', '.join(takes)}" if takes else "")
            )
    part, parts = options.get("part"), list(getattr(kind, "parts", ()))
    if part is None:
        return dict(options)
    if part not in parts:
        raise UserError(f"the scene {kind.__name__!r} has no part {part!r}; there is: {', '.join(parts)}")
    return {**options, "cover": ""}


def _takes(kind: type[StorySource], name: str) -> bool:
    """Whether a scene has that option: a method of the name is its own affair."""
    return hasattr(kind, name) and not callable(getattr(kind, name))


def film_name(kind: type[StorySource], options: Mapping[str, Any], beat: str | None = None) -> str | None:
    """Name of a film that is not the whole scene: ``Attention-gpt2-heads``; None where it is."""
    names = [name for name in ("hf", "run", "data", "part") if _takes(kind, name)]
    values: dict[str, Any] = {name: options.get(name, getattr(kind, name)) for name in names}
    folders = [_file_name(one, str(values[one])) for one in ("hf", "run", "data") if values.get(one)]
    parts = [str(one) for one in (*folders, values.get("part"), beat) if one]
    return file_stem("-".join([kind.__name__, *parts])) if parts else None


def _file_name(option: str, value: str) -> str:
    """What a folder or a table is called in the name of a film."""
    path = Path(value).resolve()
    return path.stem if option == "data" else path.name


def _set_data(job: FilmJob, kind: type[StorySource]) -> dict[str, Any]:
    """Values for attributes of the class; those for constants of its file are set there."""
    module, attributes = sys.modules[kind.__module__], {}
    for name, value in job.data.items():
        own = {one for base in kind.__mro__ if base.__module__ == kind.__module__ for one in vars(base)}
        home: Any = kind if name in own else module if name.isupper() and hasattr(module, name) else None
        if home is None or name in OPTIONS:
            known = [
                one
                for one in (*vars(module), *own)
                if _is_plain(getattr(kind, one, getattr(module, one, None)))
            ]
            raise job.mistake(f"the scene {job.name} takes no {name!r}{nearest(name, known)}")
        before = getattr(home, name)
        if before is None and name in OPEN and isinstance(value, str | dict):
            before = value
        if not _is_plain(before) or not _is_alike(before, value):
            raise job.mistake(f"{name} of the scene {job.name} is {before!r}; {value!r} is not of its kind")
        value = tuple(value) if isinstance(before, tuple) else value
        if home is kind:
            attributes[name] = value
        else:
            setattr(module, name, value)
    return attributes


def _is_plain(value: object) -> bool:
    return isinstance(value, str | bool | int | float | list | tuple | dict)


def _is_alike(before: object, value: object) -> bool:
    kinds = ((bool,), (int, float), (str, dict), (list, tuple))
    return any(isinstance(before, kind) and isinstance(value, kind) for kind in kinds)
