"""What a scene may be told about: a model from a folder, a sentence, one part of the film."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nnanim.errors import UserError

if TYPE_CHECKING:
    from nnanim.movie import StoryScene

NAMES = ("hf", "sentence", "part", "run")
"""Attributes of a scene's class that the command line may set; a scene without one refuses it."""

_OPTIONS = (
    click.option("--hf", metavar="FOLDER", help="A Hugging Face model in a folder, instead of the scene's."),
    click.option("--sentence", metavar="TEXT", help="The sentence, instead of the scene's."),
    click.option("--part", metavar="NAME", help="One part of the film, by itself."),
    click.option("--run", metavar="FOLDER", help="A run of the caption loop, instead of the scene's."),
)


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of ``NAMES``, for a command that takes a scene."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def chosen(
    kind: type[StoryScene],
    hf: str | None = None,
    sentence: str | None = None,
    part: str | None = None,
    run: str | None = None,
) -> type[StoryScene]:
    """The scene with what was chosen; the scene itself where nothing was.

    Raises:
        UserError: the scene lets none of it be chosen, or has no such part.
    """
    given = {"hf": hf, "sentence": sentence, "part": part, "run": run}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    for name in changes:
        if not hasattr(kind, name):
            takes = [f"--{one}" for one in NAMES if hasattr(kind, one)]
            raise UserError(
                f"the scene {kind.__name__!r} takes no --{name}"
                + (f"; it takes {', '.join(takes)}" if takes else "")
            )
    if part is not None:
        names = list(getattr(kind, "parts", ()))
        if part not in names:
            raise UserError(f"the scene {kind.__name__!r} has no part {part!r}; there is: {', '.join(names)}")
        changes["cover"] = ""
    if not changes:
        return kind
    return type(kind.__name__, (kind,), {"__module__": kind.__module__, "__doc__": kind.__doc__, **changes})


def name(kind: type[StoryScene], beat: str | None = None) -> str | None:
    """Name of a film that is not the whole scene: ``Attention-gpt2-heads``; None where it is."""
    hf, run = getattr(kind, "hf", None), getattr(kind, "run", None)
    parts = [
        *(Path(one).resolve().name if one else None for one in (hf, run)),
        getattr(kind, "part", None),
        beat,
    ]
    told = [str(one) for one in parts if one]
    return "-".join([kind.__name__, *told]) if told else None
