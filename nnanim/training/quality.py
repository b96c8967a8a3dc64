"""Measure the shipped models again, all or those that are named: ``python -m nnanim.training.quality``.

Figures go into the cards, docs/models-quality.md and the sample sheets are written anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import torch
from rich.console import Console

from nnanim import models
from nnanim.errors import UserError
from nnanim.files import write_text
from nnanim.models.cards import Card
from nnanim.terminal import run_main
from nnanim.training import sheets

DOCS = Path("docs")
TOLERANCE = 0.02
SMALLER_IS_BETTER = ("loss", "error", "perplexity")


def training(name: str) -> ModuleType:
    """The module that trained a shipped model."""
    return import_module(models.card(name).command.split()[2])


def measure(name: str) -> dict[str, float]:
    """The figures of a shipped model, computed from held-out data as its training does."""
    measure: Callable[[Any], dict[str, float]] = training(name).measure
    model: Any = models.load(name)
    if name == "world-diffusion":
        from nnanim.models.painter import Painter

        model = Painter.load()
    return measure(model)


def worse(known: Card, found: dict[str, float]) -> list[str]:
    """The figures that are worse than on the card by more than the tolerance."""
    failures = []
    for name, value in found.items():
        claimed = known.figures.get(name, value)
        lost = value - claimed if any(word in name for word in SMALLER_IS_BETTER) else claimed - value
        if lost > TOLERANCE * max(1.0, abs(claimed)):
            failures.append(f"{known.name}: {name} is {value}, the card says {claimed}")
    return failures


def page(cards: list[Card], pictures: list[Path]) -> str:
    """docs/models-quality.md: the table of the models, their figures, the sample sheets."""
    lines = [
        "# How good the shipped models are",
        "",
        "Written by `python -m nnanim.training.quality`. Figures are from data that the model never trained",
        "on, but for the iris perceptron's `accuracy` and `loss`, which stand beside those `held_out`.",
        "A name like `held_out.ja.all` reads: combinations kept from training, Japanese captions, all",
        "attributes right at once; `one` and `two` are pictures with one thing and with two.",
        "The world's pictures are judged by the model `judge`, which took no part in making them.",
        "",
        "| model | what | parameters | kB | CPU minutes | train again |",
        "|---|---|---:|---:|---:|---|",
    ]
    for one in cards:
        lines.append(
            f"| `{one.name}` | {one.title['en']} | {one.parameters:,} | {one.bytes / 1000:,.0f} | "
            f"{one.minutes} | `{one.command}` |"
        )
    total = sum(one.bytes for one in cards) / 1e6
    lines += ["", f"All weights together: {total:.1f} MB.", ""]
    for one in cards:
        lines += [
            f"## {one.name}",
            "",
            f"{one.title['en']} / {one.title['ja']}. Seed {one.seed}, licence: {one.licence}.",
            "",
        ]
        lines += [f"Data: {one.data}.", ""]
        if one.notes:
            lines += [one.notes, ""]
        lines += [
            "| figure | value |",
            "|---|---:|",
            *(f"| {name} | {value} |" for name, value in one.figures.items()),
            "",
        ]
    lines += ["## Sample sheets", ""]
    lines += [f"![{path.stem}]({path.relative_to(DOCS).as_posix()})\n" for path in pictures]
    return "\n".join(lines)


@click.command("python -m nnanim.training.quality", help=__doc__)
@click.argument("names", nargs=-1)
@click.option(
    "--check", is_flag=True, help="Compare with the cards; fail when a model is worse than it says."
)
@click.option(
    "--page", "only_page", is_flag=True, help="Measure nothing; write page and sheets from the cards."
)
def main(names: tuple[str, ...], check: bool, only_page: bool) -> None:
    """Measure, then write or compare."""
    torch.set_num_threads(1)
    failures, console = [], Console()
    for name in () if only_page else names or models.names():
        known, started = models.card(name), time.process_time()
        found = measure(name)
        console.print(f"{name}, {(time.process_time() - started) / 60:.1f} CPU minutes: {found}")
        if check:
            failures += worse(known, found)
        else:
            replace(known, figures=found).save()
    if failures:
        raise UserError("; ".join(failures))
    if check:
        console.print(f"as good as the cards say; {time.process_time() / 60:.1f} CPU minutes in all")
    else:
        pictures = sheets.all_sheets(DOCS / "quality")
        write_text(DOCS / "models-quality.md", page([models.card(name) for name in models.names()], pictures))


if __name__ == "__main__":
    run_main(main)
