"""Where on the stage the findings are: boxes to be ringed on a sheet, numbered as the findings are listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nnanim.beats import Story
from nnanim.check.boxes import draw_marks, union
from nnanim.check.report import Finding
from nnanim.style import RenderStyle
from nnanim.timeline import takes

Outline = tuple[str, tuple[float, float, float, float]]


def outline_findings(
    story: Story, style: RenderStyle, findings: Sequence[Finding]
) -> Mapping[str, list[Outline]]:
    """By the ids of beats: number of a finding, from 1, and left, right, bottom, top of what it is about.

    What is about a sentence rings the sentence, what is about a whole beat its stage. Findings about the
    whole film have no place.
    """
    numbers: dict[tuple[str, str], list[int]] = {}
    for number, one in enumerate(findings, start=1):
        if one.beat:
            numbers.setdefault((one.beat, one.mark), []).append(number)
    found: dict[str, list[Outline]] = {}
    for take in takes(story, style) if numbers else ():
        seen = draw_marks(take.frame)
        for (beat, mark), several in numbers.items():
            if beat != take.beat.id:
                continue
            said = any(findings[number - 1].what.startswith("says:") for number in several)
            box = union(seen.get(f"say:{beat}" if said and not mark else mark, ()))
            left, right, bottom, top = take.frame.stage if box is None else box.tolist()
            text = " ".join(map(str, several[:6]))
            found.setdefault(beat, []).append((text, (left, right, bottom, top)))
    return found
