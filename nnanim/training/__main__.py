"""Train all models in the right order: ``python -m nnanim.training``, or only those that are named.

What is trained already is left alone; an interrupted training goes on from its last checkpoint. ``--list``
says what there is and how far it is, ``--anew`` forgets the checkpoints first, ``--out FOLDER`` leaves the
shipped weights alone: all is read from and written to that folder, which begins as a copy of theirs.
"""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from nnanim.terminal import run_main
from nnanim.training import registry


def listing(chosen: tuple[str, ...]) -> Table:
    """What each training needs, what it took on its card, and how far it is here."""
    table = Table(box=None)
    for title in ("model", "needs", "CPU minutes", "here"):
        table.add_column(title, justify="right" if title == "CPU minutes" else "left")
    for name in chosen:
        one = registry.TRAININGS[name]
        table.add_row(name, ", ".join(one.needs), f"{registry.minutes(name):g}", registry.state(name))
    return table


@click.command("python -m nnanim.training", help=__doc__)
@click.argument("names", nargs=-1)
@click.option("--list", "listed", is_flag=True, help="Say what there is, and train nothing.")
@click.option("--anew", is_flag=True, help="Forget the checkpoints of these trainings first.")
@click.option(
    "--out", metavar="FOLDER", type=click.Path(path_type=Path), help="Keep weights and cards there."
)
def main(names: tuple[str, ...], listed: bool, anew: bool, out: Path | None) -> None:
    """Train what is asked for, in order."""
    chosen, console = registry.sort_by_need(names), Console()
    if out is not None:
        registry.keep_weights_in(out)
    if listed:
        console.print(listing(chosen))
        return
    for name in chosen if anew else ():
        registry.forget(name)
    for at, name in enumerate(chosen, 1):
        if registry.state(name) == registry.TRAINED and not anew:
            console.print(f"{at}/{len(chosen)} {name}: trained already; --anew trains it again")
            continue
        console.print(f"{at}/{len(chosen)} {name}: about {registry.minutes(name):g} CPU minutes")
        registry.train(name)


if __name__ == "__main__":
    run_main(main, stopped="stopped; the same command goes on from the last checkpoint")
