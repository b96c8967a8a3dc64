"""Axes and legends that stay the same over all states of a mark in a film: nothing jumps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnanim.beats import Beat, Story
from nnanim.layout import place_story
from nnanim.marks import Bars, Legend, Row, Units, Wires
from nnanim.motions import Flow, Playback, Relay
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


def shown(story: Story) -> list[list[str]]:
    """What the legends of each beat say."""
    frames = place_story(story, STYLE)
    marks = [[one.mark for one in frame.placed.values()] for frame in frames]
    return [[" ".join((*one.ends(), one.kind)) for one in some if isinstance(one, Legend)] for some in marks]


def test_a_legend_says_the_same_over_all_beats_of_a_film() -> None:
    bright, both = (Units(values, key="h", limit=1) for values in ([0.5, 0.2], [0.5, -0.2]))
    assert shown(Story.from_beats([Beat("a", bright), Beat("b", both)])) == [["−1 1 color"]] * 2
    assert shown(Story.from_beats([Beat("a", bright), Beat("b", bright)])) == [["0 1 color"]] * 2


def flow(values: list[float], **options: object) -> Flow:
    return Flow("w", [[one] for one in values], [values[0]], **options)


def test_signals_from_one_source_set_out_at_once_and_others_where_it_is_asked_for() -> None:
    assert not flow([1, 2, 3]).start_delays().any()
    several = Flow("w", np.ones((3, 2)), [1, 1])
    assert several.start_delays().any()
    assert not replace(several, together=True).start_delays().any()


@pytest.mark.parametrize("largest", [0.3, 0.95, 1.1, 1.4, 2.3, 4.7, 9.2, 140.0])
def test_the_legend_of_signals_shows_a_number_that_reads_well_in_its_true_size(largest: float) -> None:
    one = flow([largest])
    (legend,) = one.legends({})
    assert one.limit is not None and one.limit >= largest
    assert float(f"{legend.high:.2g}") == legend.high == pytest.approx(legend.shown * one.limit)


def test_flows_of_equal_limits_have_one_legend_and_say_where_they_run_where_others_differ() -> None:
    marks = {
        f"{name}{i}": Units([1.0], key=f"{name}{i}", label={"en": f"layer {i}", "ja": f"第 {i} 層"})
        for name in "u"
        for i in range(4)
    }
    marks |= {f"w{i}": Wires([[1.0]], f"u{i}", f"u{i + 1}", key=f"w{i}") for i in range(3)}

    def run(*limits: float | None, terms: tuple[float, ...] = (1, 1, 1)) -> list[str]:
        flows = [Flow(f"w{i}", [[terms[i]]], [terms[i]], limit=one) for i, one in enumerate(limits)]
        return [STYLE.say(one.means) for one in Relay(tuple(flows)).legends(marks)]

    assert run(1, 1, 1) == ["signal"] == run(None, None, None, terms=(1, 2, 3.5))
    assert run(1, 2, 1) == ["signal → layer 1, layer 3", "signal → layer 2"]
    assert len(run(None, None, None, terms=(1, 2, 30))) == 3
