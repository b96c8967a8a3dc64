"""Axes and legends that stay the same over all states of a mark in a film: nothing jumps."""

from __future__ import annotations

from nnanim.beats import Beat, Story
from nnanim.marks import Bars, Row, Units
from nnanim.motions import Playback
from nnanim.style import RenderStyle
from nnanim.theme import by_name

STYLE = RenderStyle(by_name("dark"), "en")
PLAIN = Bars([1.0, 0.2], ("cat", "red"), key="near", limit=1)
BELOW = Bars([0.3, -0.1], ("cat", "red"), key="near", limit=1)


def zeros(story: Story) -> set[float]:
    """Where the bars begin in every state, as shares of the width."""
    found = set()
    for beat in story.beats:
        played = beat.motion.states["near"] if isinstance(beat.motion, Playback) else ()
        for mark in (beat["near"], *played):
            placed = next(mark.put(0, 0, 1, STYLE))
            found.add(round((mark.lengths(placed)[0] - placed.x) / placed.w, 6))
    return found


def test_bars_begin_in_one_place_over_the_states_of_a_playback_and_over_beats() -> None:
    played = Beat("a", BELOW, Playback({"near": [PLAIN, BELOW]}))
    assert zeros(Story.from_beats([played])) == {-0.3}
    assert zeros(Story.from_beats([Beat("a", Row(PLAIN)), Beat("b", BELOW)])) == {-0.3}
    assert zeros(Story.from_beats([Beat("a", PLAIN), Beat("b", PLAIN)])) == {-0.5}


def test_limits_that_nobody_gave_are_one_over_the_states_of_a_mark() -> None:
    some, more = (Bars(values, ("a", "b"), key="near") for values in ([0.1, 0.3], [4.0, 0.3]))
    story = Story.from_beats([Beat("a", some), Beat("b", more)])
    assert [beat["near"].limit for beat in story.beats] == [4.0, 4.0]
    given = Bars([0.1, 0.3], ("a", "b"), key="near", limit=1)
    assert Story.from_beats([Beat("a", given), Beat("b", more)]).beats[0]["near"].limit == 1
