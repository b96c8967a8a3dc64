"""The whole verdict on a film: how it moves, where things stand, and whether it is true."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from nnanim.beats import Story
from nnanim.check.bounds import BOUNDS, Bounds
from nnanim.check.choices import Choice
from nnanim.check.honesty import find_choices, find_dishonest, find_in_title, find_random
from nnanim.check.measure import measure
from nnanim.check.report import Finding, Report
from nnanim.check.stage import find_in_frame
from nnanim.errors import UserError
from nnanim.layout import place
from nnanim.style import RenderStyle
from nnanim.timeline import Take, takes
from nnanim.truth import Discontinuous, examine

Untrue = tuple[list[Finding], list[Choice]]
"""What of a story its trace does not answer for, and what its author chose."""


def find_untrue(story: Story, file: Path | None = None) -> Untrue:
    """What of a story its trace does not answer for, and what its author chose; the same in every language.

    Args:
        story: what it tells.
        file: of its scene, whose source is read.
    """
    choices, found = find_choices(story, file)
    found += find_in_title(story)
    if story.retell is not None:
        try:
            examined = examine(story.retell)
            found += find_dishonest(examined, story.example)
            found += find_random(story.beats, examined.beats)
        except Discontinuous as error:
            advice = "take round(…) for int(…), give limits a little room, name no beat after a number"
            found.append(Finding("", "number", str(error), advice))
        except UserError as error:
            advice = "take every number from the trace; record chance with seed="
            found.append(Finding("", "random", str(error), advice))
    return found, choices


def check_story(
    story: Story,
    style: RenderStyle,
    *,
    name: str = "",
    file: Path | None = None,
    recorded: float | None = None,
    bounds: Bounds = BOUNDS,
    untrue: Untrue | None = None,
) -> Report:
    """Every law on one film: those of `measure`, those of each stage at rest, and whether it is true.

    Args:
        story: what it tells.
        style: language, theme and frame.
        name: of the film.
        file: of its scene, whose source is read.
        recorded: length to compare its own with.
        bounds: what it is held to.
        untrue: what `find_untrue` gave of this story, where that is known already.

    Raises:
        UserError: beats cannot be placed; all of them are named.
    """
    try:
        film = takes(story, style)
    except UserError as error:
        several = list(_list_misplaced(story, style))
        raise UserError(" · ".join(several) if len(several) > 1 else str(error)) from error
    report = measure(story, style, name=name, recorded=recorded, bounds=bounds, film=film)
    false, choices = find_untrue(story, file) if untrue is None else untrue
    found = [*false, *report.findings, *find_on_stages(film)]
    return replace(report, findings=tuple(name_marks(found, film)), choices=tuple(choices))


def _list_misplaced(story: Story, style: RenderStyle) -> Iterator[str]:
    """What is wrong with each beat that cannot be placed."""
    for beat in story.beats:
        try:
            place(beat, style, style.say(story.title))
        except UserError as error:
            yield str(error)


def find_on_stages(film: Iterable[Take]) -> Iterator[Finding]:
    """What is wrong with the stages at rest."""
    for take in film:
        for fault in find_in_frame(take.beat, take.frame):
            yield Finding(take.beat.id, fault.law.bound, fault.what, fault.advice)


def name_marks(found: Iterable[Finding], film: Sequence[Take]) -> Iterator[Finding]:
    """Findings with the mark that each speaks of: the first that is quoted and stands on its beat."""
    keys = {take.beat.id: set(take.frame.placed) for take in film}
    for one in found:
        quoted = re.findall(r"'([^']+)'", one.what) if not one.mark else []
        mark = next((key for key in quoted if key in keys.get(one.beat, ())), one.mark)
        yield replace(one, mark=mark)
