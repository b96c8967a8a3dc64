"""Measuring a film: its seconds, what moves, what is read, and what of it lies outside the bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nnanim.beats import Story
from nnanim.check import reading, stillness
from nnanim.check.bounds import BOUNDS, Bounds
from nnanim.check.colors import color_faults, filled_with_accent
from nnanim.check.covering import find_covering
from nnanim.check.crowding import find_crowding
from nnanim.check.cuts import StageChange, stage_changes
from nnanim.check.frames import TRANSITION, find_doubles, leaving_frame, moments
from nnanim.check.ink import share_of_ink, share_of_stage
from nnanim.check.ranges import legend_lines, range_faults
from nnanim.check.report import BeatFigures, Finding, Report
from nnanim.marks import Grid
from nnanim.shapes import Shapes
from nnanim.style import RenderStyle, name_frame
from nnanim.timeline import Take, takes
from nnanim.timeline.reading import legends_of, visible_texts
from nnanim.truth.sums import check_sums

REST = ("ask", "pause")
"""Names of the phases in which it rests; a question's sign counts the seconds meanwhile."""

RESHAPED = "a Grid that changes its shape needs a new key, with born={…: From(…)}; or let it keep its shape"
"""What to do about a Grid of which two copies are seen on its way."""

OTHER = "let it keep what it is made of; or give the new one a key of its own, with born={…: From(…)}"
"""What to do about another mark of which two copies are seen on its way."""

AROUND = "let it be born from what stands beside it, come in a beat of its own, or leave out born="
"""What to do about a mark that hides words on its way."""

FILL = "ring it, or use 'answer' for an answer, 'amount' or a kind for data"
"""What to do about a thing that is filled with the colour of pointing."""


def measure(
    story: Story,
    style: RenderStyle,
    *,
    name: str = "",
    recorded: float | None = None,
    bounds: Bounds = BOUNDS,
    film: Sequence[Take] | None = None,
) -> Report:
    """Measure a film.

    Args:
        story: what it tells.
        style: language, theme and frame.
        name: of the film.
        recorded: length to compare its own with.
        bounds: what it is held to.
        film: its takes, where they are there already.

    Raises:
        UserError: a beat cannot be placed.
    """
    film = takes(story, style) if film is None else film
    beats, before, known = [], list[str](), dict[str, Shapes]()
    for take in film:
        beats.append(_figures(take, before, bounds, own=recorded is None))
        known |= legends_of(seen := take.at(take.seconds))
        before = list(visible_texts({**known, **seen}))
    frame = name_frame(style)
    report = Report(name, style.lang, tuple(beats), tuple(stage_changes(film)), recorded, frame=frame)
    found = (
        *find(report, bounds),
        *_find_in_frames(film, bounds),
        *(
            Finding(beat.id, "range", what, "give both one limit")
            for beat in story.beats
            for what in dict.fromkeys(range_faults(beat))
        ),
        *(
            Finding(
                take.beat.id, "legend", f"{lines} lines of legends", "give marks one meaning and one limit"
            )
            for take in film
            if (lines := legend_lines(take.frame)) > 1
        ),
        *(Finding(one.beat, "colour", one.what, one.advice) for one in color_faults(story.beats)),
        *(
            Finding(beat.id, "sum", f"{fault.where}: {fault.what}", "write more decimals, or ≈ (`agreeing`)")
            for beat in story.beats
            for fault in check_sums(beat)
        ),
        *(
            Finding(take.beat.id, "colour", f"{key!r} is filled with 'accent'; it means: look here", FILL)
            for take in film
            for key in filled_with_accent(take.frame, [mark.key for mark in take.beat.marks])
        ),
    )
    return replace(report, findings=found)


def _find_in_frames(film: Sequence[Take], bounds: Bounds) -> Iterator[Finding]:
    """What leaves the frame, is there twice, or is written over other words, while the film moves."""
    for before, take in zip((None, *film), film, strict=False):
        seen = list(moments(take))
        for what in find_crowding(seen, bounds.overlap):
            yield Finding(take.beat.id, "overlap", what, "let one of the two wait, or go, or keep its place")
        for key, what in find_covering(take, seen):
            yield Finding(take.beat.id, "overlap", what, AROUND, key)
        for what in leaving_frame(take, seen):
            yield Finding(take.beat.id, "frame", what, "shorten its words, or let it travel less far")
        for what in find_doubles(before, take, seen):
            key = what.split("'")[1]
            grid = key in take.frame.placed and isinstance(take.frame[key].mark, Grid)
            yield Finding(take.beat.id, "double", what, RESHAPED if grid else OTHER, key)


def _figures(take: Take, before: Sequence[str], bounds: Bounds, own: bool) -> BeatFigures:
    seconds = {name: 0.0 for name in ("motion", "transition", "rest")}
    for phase in take.phases:
        kind = "transition" if phase.name in TRANSITION else "rest" if phase.name in REST else "motion"
        seconds[kind] += phase.seconds
    start, words = reading.sentence_start(take), reading.load(take, before)
    read_until = start + stillness.LOOK + words / bounds.reading_in(take.frame.style.lang)
    return BeatFigures(
        take.beat.id,
        **seconds,
        dead=stillness.dead_seconds(take, read_until, own=own),
        ink=share_of_ink(take.frame, [mark.key for mark in take.beat.marks]),
        words=words,
        readable=take.seconds - start,
        extent=share_of_stage(take.frame, [mark.key for mark in take.beat.marks]),
    )


def find(report: Report, bounds: Bounds = BOUNDS) -> Iterator[Finding]:
    """What of a report lies outside the bounds, each with what to do."""
    ink = report.least_ink(bounds)
    yield from _find_in_film(report, bounds, ink)
    unit = "characters" if report.lang == "ja" else "words"
    most = bounds.reading_in(report.lang)
    ways = {change.beat: change for change in report.changes}
    for one in report.beats:
        if report.cut_share > bounds.cuts and one.beat in ways and ways[one.beat].is_cut:
            yield Finding(one.beat, "cuts", "nothing stays and nothing is born", _bridge(ways[one.beat]))
        if one.reading > most:
            less = one.words - most * one.readable
            yield Finding(
                one.beat, "reading", f"{one.reading:.1f} {unit} a second",
                f"show or say about {max(round(less), 1)} {unit} less, or stay {less / most:.1f} s longer",
            )  # fmt: skip
        own = report.recorded is None and one.extent >= bounds.extent
        if report.is_sparse(bounds) and one.ink < ink and not own and one.beat != "card":
            advice = "show only what is spoken of, larger; or lead the view into it"
            said = f"marks cover {one.ink:.0%} of the frame"
            yield Finding(one.beat, "ink", said + f" and use {one.extent:.0%} of the stage", advice)
        if report.dead_share > bounds.dead and one.dead > 0.2:
            yield Finding(
                one.beat, "dead", f"{one.dead:.1f} s in which nothing moves and nothing is left to read",
                f"shorten its pause or motion by {one.dead:.1f} s, or let something move meanwhile",
            )  # fmt: skip


def _find_in_film(report: Report, bounds: Bounds, ink: float) -> Iterator[Finding]:
    if report.cut_share > bounds.cuts:
        said = f"{len(report.cuts)} of {len(report.changes)} changes cut to an empty stage"
        yield Finding("", "cuts", f"{said}; at most {bounds.cuts:.0%} may")
    if report.is_sparse(bounds):
        said = f"marks cover {report.ink:.1%} of the frame in the median beat"
        what = f"{said}; at least {ink:.0%} wanted"
        if report.recorded is None:
            what += f", or marks that use {bounds.extent:.0%} of the stage (now {report.extent:.0%})"
        yield Finding("", "ink", what)
    if report.dead_share > bounds.dead:
        yield Finding("", "dead", f"{report.dead_share:.1%} of the film is dead; at most {bounds.dead:.0%}")
    seconds, recorded = report.total("seconds"), report.recorded
    if recorded is not None and seconds > bounds.longer * recorded:
        said = f"the film takes {seconds:.1f} s; it took {recorded:.1f} s, and may take"
        yield Finding("", "length", f"{said} {bounds.longer * recorded:.1f} s", "tell less, or less slowly")


def _bridge(change: StageChange) -> str:
    """How the stage could go on where it does not."""
    old, new = (", ".join(map(repr, keys[:3])) for keys in (change.leaving, change.coming))
    one, other = (repr(keys[0]) if keys else "…" for keys in (change.coming, change.leaving))
    return f"{old} go and {new} come: keep one, or say where one comes from: born={{{one}: From({other})}}"
