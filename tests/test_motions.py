"""Motions: Flow, Film and Sweep take only what they can show."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from itertools import pairwise

import examples
import numpy as np
import pytest

from nnanim.beats import Beat, Story
from nnanim.check.wiring import find_other_signals
from nnanim.errors import UserError
from nnanim.layout import place_story
from nnanim.marks import Grid, Picture, Row, Units, Wires, modify, number
from nnanim.motions import Flow, Motion, Playback, Relay, Sweep, list_flows
from nnanim.motions.playback import default_holds
from nnanim.shapes import Filled, Polyline
from nnanim.style import RenderStyle
from nnanim.theme import by_name
from nnanim.timeline import takes

TERMS = examples.WEIGHTS * examples.INPUT


def film(**options):
    states = [examples.mark("Units", values=examples.INPUT * s) for s in (0.1, 0.5, 1.0)]
    return Playback({"units": states}, **options)


def test_motions_are_equal_by_content():
    assert Flow("w", TERMS, examples.INPUT) == Flow("w", TERMS.copy(), list(examples.INPUT))
    square = np.outer(examples.INPUT, examples.INPUT)
    assert Flow("w", square, examples.INPUT) != Flow("w", square, examples.INPUT, backward=True)
    assert hash(film()) == hash(film()) and film() != film(seconds=2.0)
    assert Sweep("p") == Sweep("p") != Sweep("p", stride=(2, 1))
    assert Sweep("p") != Flow("p", TERMS, examples.INPUT)


def test_motions_cannot_change():
    mine = TERMS.copy()
    flow = Flow("w", mine, examples.INPUT)
    mine[0, 0] = 99
    assert flow.contributions[0, 0] == TERMS[0, 0]
    for array in (flow.contributions, flow.source):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(FrozenInstanceError):
        flow.wires = "other"


@pytest.mark.parametrize("seconds", [0, -1, np.nan, np.inf])
def test_every_motion_takes_time(seconds):
    for make in (
        lambda: Flow("w", TERMS, examples.INPUT, seconds=seconds),
        lambda: film(seconds=seconds),
        lambda: Sweep("p", seconds=seconds),
    ):
        with pytest.raises(UserError, match="seconds; it must be above 0"):
            make()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"contributions": TERMS.T}, r"contributions \(2, 3\) \(out, in\) for source \(2,\)"),
        ({"contributions": TERMS[0]}, r"contributions \(2,\) \(out, in\) for source \(2,\)"),
        ({"source": [1.0, 2.0, 3.0]}, r"contributions \(3, 2\) \(out, in\) for source \(3,\)"),
        ({"contributions": TERMS * [np.nan, 1]}, "a value is not finite"),
        ({"source": [np.inf, 1.0]}, "a value is not finite"),
        ({"only": 3}, "only=3 of 3 neurons"),
        ({"only": -1}, "only=-1 of 3 neurons"),
        ({"limit": 5}, r"the value 5\.64 lies outside ±5"),
        ({"limit": 0}, "limit=0; it must be above 0"),
        ({"limit": np.nan}, "limit=nan; it must be above 0"),
    ],
)
def test_a_flow_refuses_what_it_cannot_show(options, says):
    with pytest.raises(UserError, match=f"^Flow along 'w': {says}"):
        Flow(**{"wires": "w", "contributions": TERMS, "source": examples.INPUT, **options})


def test_a_flow_has_a_round_scale_for_its_largest_value():
    assert Flow("w", TERMS, examples.INPUT).limit == 6
    assert Flow("w", TERMS / 100, examples.INPUT).limit == 5
    assert Flow("w", np.zeros((1, 2)), [0, 0]).limit == 1


@pytest.mark.parametrize(
    ("states", "says"),
    [
        ({}, "at least one; there are {}"),
        ({"a": []}, "at least one; there are {'a': 0}"),
        ({"a": [examples.mark("Units", key="b")]}, "a state of 'a' has the key 'b'"),
        (
            {"a": [examples.mark("Units", key="a")], "b": [examples.mark("Units", key="b")] * 2},
            "equally many states, at least one; there are {'a': 1, 'b': 2}",
        ),
    ],
)
def test_a_film_refuses_uneven_states(states, says):
    with pytest.raises(UserError, match=f"^Playback: .*{says}"):
        Playback(states)


@pytest.mark.parametrize("holds", [(1.0,), (1.0, 0.0, 1.0), (1.0, -1.0, 1.0)])
def test_a_film_refuses_wrong_holds(holds):
    with pytest.raises(UserError, match="holds for 3 states; each must be above 0"):
        film(holds=holds)


def test_a_film_shows_each_state_in_turn_for_as_long_as_it_is_held():
    even = [film().state_index(f) for f in np.linspace(0, 1, 301)]
    assert even == sorted(even) and set(even) == {0, 1, 2}
    assert [even.count(i) for i in range(3)] == pytest.approx([100, 100, 101], abs=1)
    uneven = [film(holds=(1, 2, 7)).state_index(f) for f in np.linspace(0, 1, 1001)]
    assert [uneven.count(i) for i in range(3)] == pytest.approx([100, 200, 701], abs=2)
    assert film().state_index(0) == 0 and film().state_index(1) == 2


@pytest.mark.parametrize("bad", [{"window": (0, 1)}, {"stride": (1, 0)}, {"window": (-1, 1)}])
def test_a_sweep_has_a_window_and_a_stride(bad):
    with pytest.raises(UserError, match=r"^Sweep over 'p': window .* and stride .* must be 1 or more"):
        Sweep("p", **bad)


def test_a_sweep_visits_every_place_in_reading_order():
    assert Sweep("p").places((2, 3)) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    assert Sweep("p", window=(2, 2), stride=(2, 1)).places((4, 3)) == [(0, 0), (0, 1), (2, 0), (2, 1)]
    assert len(Sweep("p", window=(3, 3)).places((8, 8))) == 36
    assert Sweep("p", window=(4, 4)).places((4, 4)) == [(0, 0)]


def test_a_sweep_refuses_a_window_larger_than_the_mark():
    with pytest.raises(UserError, match=r"window of \(3, 3\) does not fit into \(2, 5\) cells"):
        Sweep("p", window=(3, 3)).places((2, 5))


def test_windows_go_over_several_marks_in_step():
    grids = [Grid(np.arange(12.0).reshape(3, 4), key=key) for key in "abc"]
    out = Grid(np.ones((2, 3)), key="out")
    sweep = Sweep("a", (2, 2), reveals="out", beside=("b", "c"))
    assert sweep.keys == ("a", "b", "c", "out")
    story = Story.from_beats([Beat("", Row(*grids, out), sweep)])
    (frame,) = place_story(story, RenderStyle(by_name("dark")))
    drawn = sweep.drawing(frame, frame)(0.5)
    (windows,) = next(shapes for key, shapes in drawn.items() if key.endswith("window"))
    apart = np.diff([frame[key].x for key in "abc"])
    np.testing.assert_allclose(np.diff(windows.centers[:, 0]), apart)
    with pytest.raises(UserError, match=r"^Sweep over 'a': 'out' beside it has \(2, 3\) cells, not \(3, 4\)"):
        Sweep("a", (2, 2), beside=("out",)).check({one.key: one for one in (*grids, out)})


def test_motions_name_the_marks_they_move():
    assert Flow("w", TERMS, examples.INPUT).keys == ("w",)
    assert film().keys == ("units",)
    assert Sweep("p").keys == ("p",) and Sweep("p", reveals="q").keys == ("p", "q")
    Motion.check(Sweep("p", reveals="q"), dict.fromkeys("pqr"))
    with pytest.raises(UserError, match="Sweep moves 'pic', which is not on the stage; nearest: 'pics'"):
        Motion.check(Sweep("pic"), dict.fromkeys(["pics", "w"]))


def test_films_keep_their_states_as_they_were():
    states = [examples.mark("Units")]
    one = Playback({"units": states})
    states.append(modify(states[0], lit=False))
    assert len(one.states["units"]) == 1


def test_a_relay_is_its_flows_one_after_the_other():
    first, last = Flow("w1", TERMS, examples.INPUT, seconds=2), Flow("w2", [[1.0]], [1.0], seconds=1.5)
    relay = Relay((first, last))
    assert (relay.seconds, relay.keys, list_flows(relay)) == (3.5, ("w1", "w2"), (first, last))
    assert list_flows(first) == (first,) and list_flows(film()) == list_flows(None) == ()
    assert relay == Relay([first, last]) != Relay((last, first))
    with pytest.raises(UserError, match="Relay: there are no flows"):
        Relay(())


# Motions begin slowly, then hurry


def test_a_sweep_begins_slowly():
    passed = [Sweep("p").place_at(f, 64) for f in (0, 0.25, 0.5, 0.75, 1)]
    assert passed[0] == 0 and passed[-1] == 64
    steps = np.diff(passed)
    assert (np.diff(steps) > 0).all() and 4 < steps[0] < 12


@pytest.mark.parametrize("count", [1, 3, 4, 64])
def test_the_slow_places_take_most_of_the_time(count):
    sweep = Sweep("p", slow=3)
    assert (sweep.place_at(0, count), sweep.place_at(1, count)) == (0, count)
    assert sweep.place_at(0.6 if count > 3 else 1.0, count) == pytest.approx(min(3, count))
    assert all(np.diff([sweep.place_at(f, count) for f in np.linspace(0, 1, 200)]) >= 0)


def test_the_number_of_slow_places_is_none_or_more():
    with pytest.raises(UserError, match=r"^Sweep over 'p': slow=-1; it must be 0 or more"):
        Sweep("p", slow=-1)


def slow_sweep(**given):
    pixels = np.linspace(0, 1, 36).reshape(6, 6)
    means = np.array([[pixels[r : r + 3, c : c + 3].mean() for c in range(4)] for r in range(4)])
    stage = Row(Picture(pixels, key="p"), Grid(means, key="o", limit=1, **given), gap=1.5)
    motion = Sweep("p", (3, 3), reveals="o", slow=3, seconds=5.0)
    (take,) = takes(Story.from_beats([Beat("", stage, motion=motion, id="b")]), RenderStyle(by_name("dark")))
    return take, next(phase for phase in take.phases if phase.name == "motion"), means


def words_of(shapes):
    return [one.piece.text for one in shapes if isinstance(one, Filled)]


def test_a_line_leads_from_the_window_to_the_cell_and_its_number():
    take, motion, means = slow_sweep()
    for place in range(3):
        seen = motion.at((place + 0.7) / 3 * 0.6)["signals:window"]
        (line,) = [one for one in seen if isinstance(one, Polyline)]
        x, y, w, h = take.frame["o"].part_box((0, place), take.frame)
        assert abs(line.points[-1, 0] - x) <= w / 2 + 1e-6 and abs(line.points[-1, 1] - y) <= h / 2 + 1e-6
        assert words_of(seen) == [number(float(means[0, place]))]
    assert not words_of(motion.at(0.8)["signals:window"])


def test_a_number_that_stands_in_its_cell_is_not_written_again():
    _, motion, _ = slow_sweep(digits=2)
    assert not words_of(motion.at(0.7 / 3 * 0.6)["signals:window"])


def test_a_cell_appears_when_the_line_has_come():
    take, motion, _ = slow_sweep()
    before, after = (motion.at(share / 3 * 0.6)["o"] for share in (0.45, 0.55))
    assert before != after and take.frame["o"].mark.cell_number(0, 0) is not None


def test_of_many_states_the_first_are_held_longer():
    holds = default_holds(40)
    assert holds[0] == pytest.approx(3.0) and all(a > b for a, b in pairwise(holds)) and holds[-1] < 1.01
    assert default_holds(5) == (1.0,) * 5


def test_signals_that_go_back_are_the_errors_times_the_weights():
    rng = np.random.default_rng(3)
    weights, x, errors = rng.normal(size=(2, 2)), rng.normal(size=2), rng.normal(size=2)
    back, slopes = weights * errors[:, None], np.outer(errors, x)

    def found(flow, first, last):
        net = Row(Units(first, key="x"), Wires(weights, "x", "h", key="w"), Units(last, key="h"))
        return [what for _, what, _ in find_other_signals(Beat("", net, motion=flow))]

    arrived = back.sum(axis=0)
    assert found(Flow("w", back, errors, backward=True), arrived, errors) == []
    (wrong,) = found(Flow("w", back.T, errors, backward=True), arrived, errors)
    assert "not the values times the weights" in wrong
    (wrong,) = found(Flow("w", weights * arrived[:, None], arrived, backward=True), arrived, errors)
    assert "set out with what is shown where they arrive" in wrong
    assert found(Flow("w", slopes, x), x, errors) == []
    assert len(found(Flow("w", 2 * slopes, x), x, errors)) == 1
    with pytest.raises(UserError, match=r"source \(1,\) \(out,\): backward, the target's values set out"):
        Flow("w", back, errors[:1], backward=True)
