"""``nnanim dream``: what a layer or a unit of any torch model wants to see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nnanim.cli.paint import ANIMATED, parse_number, parse_whole, show_progress
from nnanim.errors import UserError, nearest
from nnanim.terminal import console, short

if TYPE_CHECKING:
    from nnanim.steering import DreamStep


@click.command()
@click.argument("target", metavar="MODULE:MODEL|NAME")
@click.option("--layer", metavar="NAME", help="What is climbed, as nnanim record names it.")
@click.option(
    "--unit", "units", multiple=True, metavar="N", help="A channel of it; several dream side by side."
)
@click.option("--at", metavar="PLACE", help="Place of the unit: middle, or row,column; the mean by default.")
@click.option("--words", multiple=True, metavar="WORDS",
              help="In place of a layer, with clip-guide: a sentence; may be repeated.")  # fmt: skip
@click.option("--picture", metavar="FILE", help="Begin with this picture; with grey by default.")
@click.option("--steps", default="60", show_default=True, metavar="N", help="Steps up the slope.")
@click.option(
    "--rate", default="0.018", show_default=True, metavar="R", help="How far a step moves the pixels."
)
@click.option("--jitter", default="0.05", show_default=True, metavar="SHARE", help="How far the view shakes.")
@click.option(
    "--zoom", default="0.05", show_default=True, metavar="SHARE", help="How far it goes near and far."
)
@click.option("--scales", default="1", show_default=True, metavar="1,2,4",
              help="Blur the slope over so many pixels, too: larger things.")  # fmt: skip
@click.option(
    "--tv", default="0", show_default=True, metavar="SHARE", help="How much of a step smooths, 0 to 1."
)
@click.option(
    "--size", metavar="N", help="Side of the picture: --picture is cut to it; 64 for grey by default."
)
@click.option(
    "--channels", default="3", show_default=True, metavar="N", help="Of a picture that begins with grey."
)
@click.option("--seed", default="0", show_default=True, metavar="N", help="Where all chance comes from.")
@click.option("-o", "--out", default="dream.png", show_default=True, metavar="FILE|FOLDER",
              help="A picture, an animation (.gif, .webp), or a folder for every step.")  # fmt: skip
def dream(
    target: str,
    layer: str | None,
    units: tuple[str, ...],
    at: str | None,
    words: tuple[str, ...],
    picture: str | None,
    size: str | None,
    out: str,
    **numbers: str,
) -> None:
    """Show what a layer, a unit, or words make a model dream of.

    MODULE:MODEL is my.py:net or package.module:net, NAME a model that comes with nnanim. A folder keeps every
    step; the same command continues where an interrupted run stopped.
    """
    from nnanim.images import check_ending

    path = Path(out)
    if path.suffix:
        check_ending(path)
    whole = ("steps", "channels", "seed")
    options: dict[str, Any] = {
        name: (parse_whole if name in whole else parse_number)(f"--{name}", text)
        for name, text in numbers.items()
        if name != "scales"
    }
    options |= {
        "layer": layer,
        "size": None if size is None else parse_whole("--size", size),
        "unit": [parse_whole("--unit", unit) for unit in units] or None,
        "at": _place(at),
        "words": list(words) or None,
        "scales": [parse_whole("--scales", part) for part in numbers["scales"].split(",")],
    }
    model = _open_model(target)
    walk = show_progress(_walk(target, model, picture, options, None if path.suffix else path), "dreaming")
    made = list(walk)
    console().print(short(path if not path.suffix else _write(made, path)))


def _walk(
    target: str, model: Any, picture: str | None, options: dict[str, Any], folder: Path | None
) -> Iterator[DreamStep]:
    if folder is not None:
        from nnanim.steering.dream_run import keep_dream

        return keep_dream(folder, target, model, picture, **options)
    from nnanim.steering import dream as walk

    return walk(model, picture=picture, **options)


def _open_model(target: str) -> Any:
    """The model at ``my.py:net``, or the shipped one of that name."""
    from nnanim import models

    if ":" in target:
        from nnanim.recording.target import model_at

        return model_at(target)
    if target not in models.names():
        raise UserError(
            f"there is no trained model {target!r}{nearest(target, models.names())}; "
            "one of your own is written as my.py:net"
        )
    return models.load(target)


def _place(text: str | None) -> str | list[int] | None:
    if text is None or text == "middle":
        return text
    return [parse_whole("--at", part) for part in text.split(",")]


def _write(walk: list[DreamStep], path: Path) -> Path:
    """The last pictures side by side, or all steps as an animation."""
    from nnanim.images import arrange_sheet, write_animation, write_picture
    from nnanim.steering.dream_trace import to_frames

    animated = path.suffix.lower() in ANIMATED
    pages = [arrange_sheet(list(to_frames(one.pictures))) for one in (walk if animated else walk[-1:])]
    return write_animation(pages, path) if animated else write_picture(pages[0], path)
