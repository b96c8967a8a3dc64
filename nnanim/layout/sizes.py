"""How large the things of a story came out, and what would make them larger."""

from __future__ import annotations

from collections.abc import Iterator

from nnanim.beats import Beat, Story
from nnanim.layout.place import NoRoom, _fit, largest_scale, place_story
from nnanim.layout.restack import is_narrow
from nnanim.marks import Arrangement, Column, Frame, Mark, Overlay, Row, Table, Text, is_on_stage
from nnanim.style import RenderStyle

FULL = 0.8
"""Share of the width or the height from which a stage is as large as it can be."""

HALF = 0.45
"""Share of the width or the height up to which much of the stage is empty."""

WORTH = 1.2
"""How many times larger another arrangement has to make things to be worth a word."""


def advise_sizes(story: Story, style: RenderStyle) -> list[str]:
    """One line for each beat whose things could be larger: how much of the stage they take, what would fit.

    Args:
        story: what is told.
        style: language, theme and frame.

    Raises:
        UserError: a beat cannot be placed.
    """
    frames = place_story(story, style)
    return [line for beat, frame in zip(story.beats, frames, strict=True) for line in _advise(beat, frame)]


def _advise(beat: Beat, frame: Frame) -> Iterator[str]:
    wide, high = measure_shares(frame)
    took = f"beat {beat.id!r}: {wide:.0%} of the stage's width and {high:.0%} of its height"
    now = _scale(beat.stage, frame)
    better = {name: _scale(other, frame) for name, other in _others(beat.stage, frame.style)}
    if all(isinstance(mark, Text) for mark in beat.marks):
        return
    name = max(better, key=lambda one: better[one], default="")
    if now and name and better[name] > WORTH * now:
        yield f"{took}; {name} would make all {better[name] / now:.1f} times as large"
    elif max(wide, high) < FULL and frame.scale < 0.98 * largest_scale(frame.style):
        yield f"{took}; the beats beside it hold it back: give it another arrangement or other keys"
    elif wide < HALF and len(beat.marks) == 1:
        yield f"{took}; there is room beside it for what belongs to it: a curve, a picture, the numbers"
    elif wide >= FULL and high < HALF:
        yield f"{took}; shorter names, or fewer things beside each other, would make all larger"


def measure_shares(frame: Frame) -> tuple[float, float]:
    """The shares of the stage's width and height that the things on it take together."""
    left, right, bottom, top = frame.stage
    rooms = [frame[key].room for key in frame.placed if is_on_stage(key)]
    if not rooms:
        return 1.0, 1.0
    wide = max(room[1] for room in rooms) - min(room[0] for room in rooms)
    high = max(room[3] for room in rooms) - min(room[2] for room in rooms)
    return min(wide / (right - left), 1.0), min(high / (top - bottom), 1.0)


def _others(stage: Arrangement, style: RenderStyle) -> Iterator[tuple[str, Arrangement]]:
    """Other arrangements of the same things, by what they are called."""
    narrow = is_narrow(style)  # there the layout has tried other arrangements
    if narrow or isinstance(stage, Mark | Overlay | Table) or any(child.connects for child in stage.children):
        return
    children, many = stage.children, len(stage.children)
    if isinstance(stage, Column):
        yield "a Row", Row(*children, scale=stage.scale)
    elif many > 1:
        yield "a Column", Column(*children, scale=stage.scale)
        if many > 3:
            half = -(-many // 2)
            yield (
                "two Rows in a Column",
                Column(Row(*children[:half]), Row(*children[half:]), scale=stage.scale),
            )


def _scale(stage: Arrangement, frame: Frame) -> float:
    """The scale at which a stage fits; 0 where it does not."""
    try:
        return _fit(stage, frame.stage, frame.style, float("inf"), steps=8)
    except NoRoom:
        return 0.0
