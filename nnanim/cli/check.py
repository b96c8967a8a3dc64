"""``nnanim check``: how well films move, measured and compared with bounds."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from nnanim import settings, words
from nnanim.errors import UserError, nearest
from nnanim.scene import loader
from nnanim.terminal import console, echo, progress_bar, table

if TYPE_CHECKING:
    from nnanim.check import Report

OUTSIDE = 1
"""Exit code when something lies outside the bounds, as of a linter."""


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME|FILE.py]…")
@click.option("--all", "every", is_flag=True, help="Every scene that comes with nnanim.")
@click.option("--lang", metavar="LANG", help="Language, en or ja; both by default.")
@click.option("--frame", default="16:9", metavar="W:H", help="The frame: 16:9 (default), 4:3, 9:16, or all.")
@click.option("--brief", is_flag=True, help="The table alone, without the beats.")
@click.option("--json", "as_json", is_flag=True, help="Everything as JSON.")
def check(
    names: tuple[str, ...], every: bool, lang: str | None, frame: str, brief: bool, as_json: bool
) -> None:
    """Measure how films move and name the beats outside the bounds.

    Printed are the seconds of motion, of transition and of rest; dead time, in which nothing moves and
    nothing is left to read; ink, the share of the frame that marks cover in the median beat; cuts, changes
    in which no mark stays and none is born from another; and reading, the most words (characters in
    Japanese) a second. Below it, each bound with the film that comes nearest to it or breaks it: colours with
    two meanings, sums that are not right as written, and what leaves the frame or is there twice among them.
    Exit code 1: something lies outside the bounds.
    """
    from nnanim.check import FRAMES

    known = (*FRAMES, "all")
    if frame not in known:
        raise UserError(f"there is no frame {frame!r}; there are {', '.join(known)}{nearest(frame, known)}")
    if every == bool(names):
        raise UserError("name the films, or write --all for every scene that comes with nnanim")
    languages = [words.check_language(lang)] if lang else list(words.LANGUAGES)
    frames = list(FRAMES) if frame == "all" else [frame]
    reports = list(_measure(loader.names() if every else names, languages, frames))
    if as_json:
        echo(json.dumps([one.as_data() for one in reports], ensure_ascii=False, indent=1), keep="\n")
    else:
        _print(reports, brief)
    if any(one.findings for one in reports):
        sys.exit(OUTSIDE)


def _measure(names: Sequence[str], languages: Sequence[str], frames: Sequence[str]) -> Iterator[Report]:
    from nnanim.check import measure, recorded_seconds
    from nnanim.style import RenderStyle, frame_size

    for name in names:
        loader.path(name)  # an unknown name is an error before the first film is measured
    with progress_bar("{task.description}", console=console(stderr=True)) as progress:
        for name in names:
            for lang in languages:
                task = progress.add_task(f"{name} {lang}")
                theme = settings.load(lang).theme
                story = loader.build_story(name, {"lang": lang}, cached=True)
                for frame in frames:
                    style = RenderStyle(theme, lang, *frame_size(frame))
                    yield measure(story, style, name=name, recorded=recorded_seconds(name, lang))
                progress.remove_task(task)


def _print(reports: Sequence[Report], brief: bool) -> None:
    rows = table(
        *"film language frame seconds recorded motion transition rest dead ink cuts reading".split(), ""
    )
    for one in reports:
        found = {finding.bound for finding in one.findings}

        def mark(bound: str, text: str, found: set[str] = found) -> str:
            return f"{text} !" if bound in found else text

        unit = "characters/s" if one.lang == "ja" else "words/s"
        rows.add_row(
            one.name, one.lang, one.frame, mark("length", f"{one.total('seconds'):.1f}"),
            f"{one.recorded:.1f}" if one.recorded else "",
            *(f"{one.total(what):.1f}" for what in ("motion", "transition", "rest")),
            mark("dead", f"{one.total('dead'):.1f} ({one.dead_share:.0%})"),
            mark("ink", f"{one.ink:.0%}"), mark("cuts", f"{len(one.cuts)} of {len(one.changes)}"),
            mark("reading", f"{one.reading:.1f} {unit}"), ", ".join(sorted(found)) or "fine",
        )  # fmt: skip
    console().print(rows)
    if len(reports) > 1:
        changes = sum(len(one.changes) for one in reports)
        cuts = sum(len(one.cuts) for one in reports)
        console().print(f"{cuts} of {changes} changes cut to an empty stage ({cuts / max(changes, 1):.0%})")
    _print_bars(reports)
    if not brief:
        _print_findings(reports)


def _print_bars(reports: Sequence[Report]) -> None:
    from nnanim.check.bars import list_bars

    rows = table("bound", "", "the worst", "of", "")
    for one in list_bars(reports):
        rows.add_row(one.name, one.says, one.reached, one.worst, "kept" if one.is_kept else "not kept")
    console().print(rows)


def _print_findings(reports: Sequence[Report]) -> None:
    for one in reports:
        if not one.findings:
            continue
        console().print(f"\n{one.name} {one.lang} {one.frame}")
        rows = table("beat", "", "found", "what to do")
        for finding in one.findings:
            if finding.bound != "ink" or not finding.beat:
                rows.add_row(finding.beat or "(film)", finding.bound, finding.what, finding.advice)
        # That a stage is small holds of most beats of such a film: one row for all of them.
        small = [finding for finding in one.findings if finding.bound == "ink" and finding.beat]
        if small:
            ink = {figures.beat: figures.ink for figures in one.beats}
            least = sorted((ink[finding.beat], finding.beat) for finding in small)
            said = ", ".join(f"{beat} {share:.0%}" for share, beat in least)
            rows.add_row(f"({len(least)} beats)", "ink", said, small[0].advice)
        console().print(rows)
