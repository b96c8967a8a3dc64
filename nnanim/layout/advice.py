"""A stage that has no room: which mark is too large, and what makes one of its kind smaller."""

from __future__ import annotations

from nnanim.marks import Arrangement, Mark, flatten
from nnanim.style import RenderStyle

SMALLER = {
    "Units": "Units.top(values, most) takes the strongest neurons; or shorter names",
    "Grid": "fewer decimals or none (digits=None), shorter names of rows and columns, or fewer of them (of=)",
    "PictureGrid": "fewer decimals or none (digits=None), or fewer pictures",
    "Bars": "only the best few (of= says of how many), or shorter names",
    "Tokens": "fewer words",
    "Formula": "break it into two formulas, one a beat",
    "Text": "fewer words, or a smaller size=",
    "Block": "shorter words",
}
"""By the kind of a mark, what makes it smaller."""

SOME = "show less at once, or with shorter names"
"""What makes any mark smaller."""


def advise_on_room(stage: Arrangement, width: float, height: float, style: RenderStyle, scale: float) -> str:
    """The mark that needs the largest share of the room at a scale, and what to do about it."""
    marks = [one for one in flatten(stage) if not one.ties]
    if not marks:
        return SOME
    needs = {one.key: _measure(one, style, scale) for one in marks}
    largest = max(marks, key=lambda one: max(needs[one.key][0] / width, needs[one.key][1] / height))
    wide, high = needs[largest.key]
    kind = type(largest).__name__
    advice = SMALLER.get(kind, SOME)
    alone = wide > width or high > height
    named = f"{kind} {largest.key!r} alone is" if alone else f"the largest is {kind} {largest.key!r},"
    advice += "" if alone or len(marks) == 1 else "; or in a beat of its own"
    return f"{named} {wide:.1f} × {high:.1f}: {advice}"


def _measure(mark: Mark, style: RenderStyle, scale: float) -> tuple[float, float]:
    e = mark.measure(scale, style)
    return e.left + e.right, e.up + e.down
