"""``nnanim loop``: a picture is described, the sentence is painted, and so on until it repeats."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.progress import BarColumn, Progress, TimeRemainingColumn

from nnanim.cli.group import WholeHelpGroup
from nnanim.errors import UserError, nearest, quote
from nnanim.terminal import confirm, console, is_terminal, progress_bar, short, table

if TYPE_CHECKING:
    from nnanim import parallel
    from nnanim.caption_loop.backends import ModelChoice
    from nnanim.caption_loop.loop import Round
    from nnanim.caption_loop.run import LoopSettings

HELP = """Describe a picture, paint the sentence, describe the painting, and so on until it repeats.

\b
nnanim loop photo.png                       into the folder photo-loop
nnanim loop photo.png --caption "first phrase" --rounds 200 --seed 3 --out DIR
nnanim loop resume DIR                      continue where it was
nnanim loop show DIR                        its rounds as a table
nnanim loop many photos/*.png --jobs 2 --out DIR
nnanim loop start --caption "a large red cat, at night" --out cat.png

What `nnanim loop run --help` lists may follow a picture.
"""


class LoopGroup(WholeHelpGroup):
    """A group in which a picture's name may stand for ``run`` and the picture."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let the options of ``run`` stand before the picture, too."""
        if args and args[0].startswith("-") and args[0] not in ("-h", "--help", "--debug"):
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the subcommand; what is none is a picture, unless it looks like a misspelt one."""
        if args and args[0] not in self.commands:
            word = args[0]
            if not word.startswith("-") and "." not in word and not Path(word).exists():
                raise UserError(f"there is no picture {word!r}, and no command{nearest(word, self.commands)}")
            return "run", self.commands["run"], args
        return super().resolve_command(ctx, args)


@click.group("loop", cls=LoopGroup, help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
def loop() -> None:
    """The caption loop."""


def add_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a run's settings and of its models."""
    options = [
        click.option(
            "--caption",
            default="full",
            metavar="PART",
            help="The part that is painted: full (the default) or 'first phrase'.",
        ),
        click.option("--rounds", default=200, show_default=True, help="Maximum number of pictures to paint."),
        click.option("--seed", default=0, show_default=True, help="All chance comes from it."),
        click.option(
            "--noise", default="fixed", metavar="KIND", help="fixed (the default), or fresh in every round."
        ),
        click.option(
            "--seen",
            default="upright",
            metavar="HOW",
            help="How the captioner sees: upright (the default), upside-down, reflected, mirrored.",
        ),
        click.option("--negative", metavar="TEXT", help="What the painter is to avoid."),
        click.option("--lang", default="en", metavar="LANG", help="en (the default), ja or alternating."),
        click.option("--steps", type=int, metavar="N", help="Steps of the sampler."),
        click.option("--guidance", type=float, metavar="X", help="How strongly the words steer."),
        click.option("--painter", default="small", metavar="PATH", help="A diffusers pipeline."),
        click.option("--captioner", default="small", metavar="PATH", help="A BLIP or GIT captioner."),
        click.option("--ranker", metavar="PATH", help="A CLIP model that adds style phrases."),
        click.option("--side", type=int, metavar="PIXELS", help="Width of the pictures; big painters only."),
        click.option("--device", default="auto", metavar="NAME", help="auto, cpu, cuda, mps."),
        click.option("--half", is_flag=True, help="Big models in float16."),
        click.option("--slicing", is_flag=True, help="Attention slicing, for little memory."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def read_options(options: dict[str, Any]) -> tuple[LoopSettings, ModelChoice]:
    """The settings and the models that the options ask for.

    Raises:
        UserError: a value that is not known, or out of range.
    """
    from nnanim.caption_loop.backends import ModelChoice
    from nnanim.caption_loop.run import LoopSettings

    caption, seen = (options[name].replace("-", " ").replace("_", " ") for name in ("caption", "seen"))
    caption = "first phrase" if caption == "first" else caption
    settings = LoopSettings(
        options["seed"], options["rounds"], caption, options["noise"], options["negative"], seen
    )
    names = ("painter", "captioner", "ranker", "steps", "guidance", "device", "half", "slicing", "side")
    return settings, ModelChoice(language=options["lang"], **{name: options[name] for name in names})


@loop.command("run")
@click.argument("picture", metavar="PICTURE")
@add_options
@click.option("-o", "--out", metavar="DIR", help="The run's folder; NAME-loop by default.")
@click.option("--film", is_flag=True, help="Also make the film of it.")
def run_one(picture: str, out: str | None, film: bool, **options: Any) -> None:
    """Run the loop from a picture; asked the same again, it continues where it was."""
    from nnanim.caption_loop.backends import open_models
    from nnanim.caption_loop.run import run

    settings, choice = read_options(options)
    folder = Path(out or f"{Path(picture).stem}-loop")
    _follow(run(picture, folder, settings, open_models(choice)), settings.rounds, folder)
    if film:
        _make_film(folder)


@loop.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--rounds", type=int, metavar="N", help="A new limit.")
@click.option("--trust", is_flag=True, help="Load the models that DIR names without asking.")
@click.option("--film", is_flag=True, help="Also make the film of it.")
def resume(folder: Path, rounds: int | None, trust: bool, film: bool) -> None:
    """Continue a run exactly where it was.

    Before models are loaded that do not come with nnanim, but are named in DIR, you are asked.
    """
    from nnanim.caption_loop import run
    from nnanim.caption_loop.reader import read_config

    limit = rounds or read_config(folder)["rounds"]
    _follow(run.resume(folder, rounds, trust=trust or _ask_trust), limit, folder)
    if film:
        _make_film(folder)


def _ask_trust(choice: ModelChoice) -> bool:
    """Ask whoever sits at the terminal whether to load the models that a folder names."""
    if not (sys.stdin.isatty() and is_terminal()):
        return False
    names = ", ".join(quote(name) for name in choice.outside_models)
    return confirm(f"This run names models that do not come with nnanim: {names}. Load them?")


@loop.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def show(folder: Path) -> None:
    """Show the rounds of a run as a table, and how it ended."""
    from nnanim.caption_loop.reader import read_loop

    saved = read_loop(folder, pictures=False)
    rows = table("round", "caption", "like the first", "like the last", "seconds")
    for one in saved.rounds:
        similar = f"{one.similarity_first:+.2f}", f"{one.similarity_last:+.2f}"
        rows.add_row(str(one.number), one.caption, *similar, f"{one.seconds:.2f}")
    console().print(rows)
    _print_end(folder)


@loop.command()
@click.argument("pictures", nargs=-1, type=click.Path(path_type=Path), metavar="PICTURE...")
@add_options
@click.option("--world", type=click.IntRange(1), metavar="N", help="N pictures of the small world instead.")
@click.option("--jobs", default=1, show_default=True, help="Processes at once.")
@click.option("--scheduler", metavar="tcp://…", help="A Dask scheduler instead.")
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="Folder of the runs.")
def many(
    pictures: tuple[Path, ...], world: int | None, jobs: int, scheduler: str | None, out: Path, **options: Any
) -> None:
    """Run the loop from many pictures, and draw a map of where they end."""
    from nnanim.caption_loop.batch import name_starts, run_batch, write_report
    from nnanim.caption_loop.starts import draw_world_starts

    settings, choice = read_options(options)
    if (world is None) == (not pictures):
        raise UserError("either start pictures or --world N, as many of the small world")
    starts = name_starts(
        pictures if world is None else draw_world_starts(world, settings.seed, out / "starts")
    )
    with show_bar(len(starts)) as bar:
        done = list(
            bar.count(
                run_batch(starts, out, settings, choice, workers=jobs, scheduler=scheduler, watch=bar.tell)
            )
        )
    failures = {one.name: one.error for one in done if one.error}
    for path in write_report(out, failures) if len(failures) < len(done) else ():
        console().print(short(path))
    if failures:
        lines = "; ".join(f"{name}: {why}" for name, why in list(failures.items())[:5])
        raise UserError(f"{len(failures)} of {len(starts)} starts failed: {lines}")


@loop.command()
@click.option("--caption", metavar="TEXT", help="What it shows: 'a large red cat, at night'.")
@click.option("--world", type=click.IntRange(0), metavar="N", help="The N-th picture of the small world.")
@click.option("--doodle", metavar="NAME", help="A thing that no model has seen: robot, rainbow, smiley …")
@click.option("--seed", default=0, show_default=True, help="Place, size and colour tremble with it.")
@click.option("--side", default=64, show_default=True, help="Width in pixels, a multiple of 16.")
@click.option("-o", "--out", type=click.Path(path_type=Path), default="start.png", show_default=True)
def start(
    caption: str | None, world: int | None, doodle: str | None, seed: int, side: int, out: Path
) -> None:
    """Make a start picture: of the small world from a sentence or by its number, or a doodle."""
    from nnanim.caption_loop.starts import draw_start, from_caption, from_number, write_start

    if sum(one is not None for one in (caption, world, doodle)) != 1:
        raise UserError("one of --caption 'a large red cat, at night', --world N, --doodle NAME")
    if doodle is not None:
        from nnanim.data import doodles

        picture = doodles.draw(doodle, side)
    else:
        picture = draw_start(
            from_caption(caption) if caption is not None else from_number(world or 0), seed, side
        )
    console().print(short(write_start(picture, out)))


def _follow(rounds: Iterator[Round], limit: int, folder: Path) -> None:
    """Show the rounds as they come: a bar for people, a line each for pipes."""
    if is_terminal():
        columns = ("round {task.completed} of {task.total}", BarColumn(), TimeRemainingColumn(),
                   "{task.fields[says]}")  # fmt: skip
        with progress_bar(*columns, console=console()) as progress:
            task = progress.add_task("", total=limit, says="")
            for one in rounds:
                progress.update(task, completed=one.number, says=one.caption)
    else:
        for one in rounds:
            console().print(f"{one.number}: {one.caption}")
    _print_end(folder)


def _print_end(folder: Path) -> None:
    from nnanim.caption_loop.contact_sheet import describe_end
    from nnanim.caption_loop.reader import SHEET, read_end

    console().print(describe_end(read_end(folder)))
    if (folder / SHEET).exists():
        console().print(short(folder / SHEET))


class BatchBar:
    """A bar over pieces of work, with what is done at the moment."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=total, says="") if progress else None

    def tell(self, name: str, fraction: float, says: str) -> None:
        """Show what a piece of work does now."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, says=f"{name}: {says}" if says else name)

    def count(
        self, done: Iterator[parallel.JobResult] | Sequence[parallel.JobResult]
    ) -> Iterator[parallel.JobResult]:
        """Pass results on and count them; pipes get a line each."""
        for one in done:
            if self._progress is not None and self._task is not None:
                self._progress.update(self._task, advance=1)
            else:
                console().print(f"{one.name}: {one.error or 'done'}")
            yield one


@contextmanager
def show_bar(total: int) -> Iterator[BatchBar]:
    """A bar over pieces of work; pipes get a line when one is done."""
    if not is_terminal():
        yield BatchBar(None, total)
        return
    columns = ("{task.completed} of {task.total}", BarColumn(), TimeRemainingColumn(),
               "{task.fields[says]}")  # fmt: skip
    with progress_bar(*columns, console=console()) as progress:
        yield BatchBar(progress, total)


def _make_film(folder: Path) -> None:
    """The film of a run, in its folder, from what lies there alone."""
    from nnanim.cli import main

    if not (folder / "rounds.jsonl").exists():
        raise UserError(f"there is no round in {folder} yet, so there is no film")
    main(
        ["movie", "caption_loop", "--run", str(folder), "-q", "m", "--media_dir", str(folder / "film")],
        standalone_mode=False,
    )


for _one in loop.commands.values():
    _one.params.append(click.Option(["--debug"], is_flag=True, expose_value=False, help="Show tracebacks."))
