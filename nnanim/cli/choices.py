"""What a scene may be given: a model from a folder, a sentence or a picture, one part of the film."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from nnanim.errors import UserError

_OPTIONS = (
    click.option("--hf", metavar="FOLDER", help="A Hugging Face model in a folder, instead of the scene's."),
    click.option("--sentence", metavar="TEXT", help="The sentence, instead of the scene's."),
    click.option("--picture", metavar="FILE", help="The picture, instead of the scene's."),
    click.option("--part", metavar="NAME", help="One part of the film, by itself."),
    click.option("--run", metavar="FOLDER", help="A run of the caption loop, instead of the scene's."),
    click.option("--data", metavar="FILE.csv", help="A table, its last column the class, to be learnt."),
)


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of `nnanim.film.options.NAMES`, for a command that takes a scene."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def chosen_options(**values: Any) -> dict[str, Any]:
    """Those options that were given."""
    return {name: value for name, value in values.items() if value is not None}


def own_model(
    model: str | None, inputs: Sequence[str], what: str = "a scene of your model"
) -> dict[str, Any]:
    """Options of a scene about the user's own model; none where no model is given.

    Raises:
        UserError: a model without inputs, or the other way round; a file cannot be read.
    """
    if model is None and not inputs:
        return {}
    if model is None or not inputs:
        raise UserError(f"{what} wants both: --model my.py:net --input x.npy")
    from nnanim.cli.inputs import read_inputs

    name = model.rpartition(":")[2]
    given = read_inputs(inputs, model=model)
    return {"model": model, **given.options(), "title": {"en": name, "ja": name}}
