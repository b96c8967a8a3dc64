"""``nnanim check``: whether films are true and well made, by every law that the tests hold ours to."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnanim import settings, words
from nnanim.errors import UserError, nearest
from nnanim.scene import loader
from nnanim.terminal import console, echo, progress_bar, short

if TYPE_CHECKING:
    from nnanim.beats import Beat, Story
    from nnanim.check import Report
    from nnanim.check.verdict import Untrue
    from nnanim.scene.source import StoryDraft
    from nnanim.style import RenderStyle

KANA = "[ぁ-ヿ]"
"""Letters without which there is no Japanese sentence."""

OUTSIDE = 1
"""Exit code when something lies outside the bounds, as of a linter."""


@dataclass(frozen=True)
class Verdict:
    """A report, and what it is about."""

    report: Report
    story: Story
    style: RenderStyle


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME|FILE.py]…")
@click.option("--all", "every", is_flag=True, help="Every scene that comes with nnanim.")
@click.option("--lang", metavar="LANG", help="Language, en or ja; by default those that the film speaks.")
@click.option("--frame", default="16:9", metavar="W:H", help="The frame: 16:9 (default), 4:3, 9:16, or all.")
@click.option("--brief", is_flag=True, help="The table alone, without the beats.")
@click.option("--sheet", metavar="FILE", help="A sheet of the film with the places ringed: .png, .svg, .pdf.")
@click.option("--json", "as_json", is_flag=True, help="Everything as JSON.")
def check(
    names: tuple[str, ...], every: bool, lang: str | None, frame: str, brief: bool, sheet: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Say whether films are true and well made, and name the beats that are not.

    True: every number that is shown depends on the trace; nothing is cut off at the end of its scale; no
    sentence contradicts its picture; weights and values are of one run; no seed was searched for. What the
    author chose (seeds, limits, what is excused) is listed.

    Well made: nothing overlaps, leaves the frame or is too small; colours have one meaning; there is time to
    read; little is dead time (nothing moves and nothing is left to read); marks cover enough of the frame
    (ink); few changes cut to an empty stage.

    Exit code 1: something is outside the bounds. In films of your own, ink and cuts are hints.
    """
    from nnanim.check import FRAMES

    known = (*FRAMES, "all")
    if frame not in known:
        raise UserError(f"there is no frame {frame!r}; there are {', '.join(known)}{nearest(frame, known)}")
    if every == bool(names):
        raise UserError("name the films, or write --all for every scene that comes with nnanim")
    languages = [words.check_language(lang)] if lang else []
    frames = list(FRAMES) if frame == "all" else [frame]
    names = tuple(loader.names()) if every else names
    _places(sheet, [(name, one) for name in names for one in languages or words.LANGUAGES])
    verdicts = list(_judge(names, languages, frames))
    places = _places(sheet, list(dict.fromkeys((one.report.name, one.report.lang) for one in verdicts)))
    reports = [one.report for one in verdicts]
    if as_json:
        echo(json.dumps([one.as_data() for one in reports], ensure_ascii=False, indent=1), keep="\n")
    else:
        from nnanim.cli.check_print import print_reports

        print_reports(reports, brief)
    if sheet is not None:
        _draw_sheets(verdicts, places, quiet=as_json)
    if any(one.faults for one in reports):
        sys.exit(OUTSIDE)


def _judge(names: Sequence[str], languages: Sequence[str], frames: Sequence[str]) -> Iterator[Verdict]:
    from nnanim.check import check_story, recorded_seconds
    from nnanim.style import RenderStyle, frame_size

    for name in names:
        loader.path(name)  # an unknown name is an error before the first film is measured
    with progress_bar("{task.description}", console=console(stderr=True)) as progress:
        for name in names:
            file = loader.path(name)
            told: list[tuple[StoryDraft, Story, Untrue]] = []
            own = settings.load(loader.load(name).lang).lang
            drafts = {} if languages else {own: _draft(name, own)}
            for lang in languages or _find_languages(*(one.story.beats for one in drafts.values())):
                task = progress.add_task(f"{name} {lang}")
                theme = settings.load(lang).theme
                _, story, untrue = _examine(told, drafts.get(lang) or _draft(name, lang), file)
                recorded = recorded_seconds(name, lang)
                for frame in frames:
                    style = RenderStyle(theme, lang, *frame_size(frame))
                    report = check_story(story, style, name=name, file=file, recorded=recorded, untrue=untrue)
                    yield Verdict(report, story, style)
                progress.remove_task(task)


def _find_languages(beats: Sequence[Beat] = ()) -> list[str]:
    """The languages of a film's sentences but the last card's: plain strings are told by their letters."""
    sentences = [beat.says for beat in beats if beat.says and beat.id != "card"]
    found = {lang for one in sentences if not isinstance(one, str) for lang, text in one.items() if text}
    plain = {"ja" if re.search(KANA, one) else "en" for one in sentences if isinstance(one, str)}
    return [lang for lang in words.LANGUAGES if lang in found or (not found and lang in plain)] or [
        *words.LANGUAGES
    ]


def _draft(name: str, lang: str) -> StoryDraft:
    """The story of a scene, told but once; manim is not imported for it."""
    from nnanim.scene.bare import without_manim

    with without_manim():
        return loader.draft_story(name, {"lang": lang}, cached=True)


def _examine(
    told: list[tuple[StoryDraft, Story, Untrue]], draft: StoryDraft, file: Path
) -> tuple[StoryDraft, Story, Untrue]:
    """A story and what of it is not true; one that is the same in another language is not told again.

    Args:
        told: what was examined before; this one is added.
        draft: the story.
        file: of its scene.
    """
    from nnanim.check.verdict import find_untrue

    for one in told:
        if one[0].story.beats == draft.story.beats:
            return one
    story = draft.finish()
    told.append((draft, story, find_untrue(story, file)))
    return told[-1]


def _places(sheet: str | None, films: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Path]:
    """The file of each film's sheet; of several films, name and language stand in it."""
    if sheet is None:
        return {}
    from nnanim.files import check_place
    from nnanim.still.figure import FORMATS, picture_format

    picture_format(sheet, FORMATS, "the sheet")
    path = Path(sheet)
    if len(films) == 1:
        places = {films[0]: path}
    else:
        stems = {film: f"{path.stem}-{Path(film[0]).stem}-{film[1]}" for film in films}
        places = {film: path.with_name(stem + path.suffix) for film, stem in stems.items()}
    for place in places.values():
        check_place(place)
    return places


def _draw_sheets(verdicts: Sequence[Verdict], places: dict[tuple[str, str], Path], quiet: bool) -> None:
    """A sheet for each film, in the first of its frames."""
    from nnanim.check.outlines import outline_findings
    from nnanim.still import contact_sheet

    for one in verdicts:
        place = places.pop((one.report.name, one.report.lang), None)
        if place is None:
            continue
        rings = outline_findings(one.story, one.style, one.report.findings)
        contact_sheet(one.story, place, lang=one.report.lang, theme=one.style.theme, outlines=rings)
        if not quiet:
            console().print(short(place))
