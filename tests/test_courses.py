"""Courses: what is told of how marks move is what is drawn, and films for the browser keep it as it is."""

from __future__ import annotations

import numpy as np
import pytest
from examples import story

from nnanim.beats import Beat, Story
from nnanim.marks import Row, Units, Wires
from nnanim.marks.easing import ease
from nnanim.marks.net import find_net
from nnanim.motions import During, Fade, Flow, Layers, Movement, Playback, Samples, Steps
from nnanim.shapes import Boxes, Discs, Lines, Shape, Within, fade, map_shape
from nnanim.style import RenderStyle
from nnanim.theme import by_name
from nnanim.timeline import Take, takes
from nnanim.web import decode_film, encode_film
from nnanim.web.bank import Bank
from nnanim.web.channel import factor
from nnanim.web.track import static

STYLE = RenderStyle(by_name("dark"))


def box(x: float = 0.0) -> Boxes:
    return Boxes(np.array([[x, 0.0]]), np.ones((1, 2)), np.ones((1, 4)))


def test_a_fade_has_the_light_of_its_fraction() -> None:
    course = Fade((box(),), lambda fraction: fraction**2)
    (seen,) = course.at(0.5)
    assert seen.fills[0, 3] == 0.25 and course.at(0.0) == () and not course.has_words


def test_states_follow_each_other_at_once() -> None:
    states = [(box(x),) for x in range(3)]
    course = Steps(np.array([0.0, 0.3, 0.6]), lambda index: states[index])
    assert [
        course.at(f) is states[i] for f, i in ((0, 0), (0.2999, 0), (0.3, 1), (0.59, 1), (0.6, 2), (1, 2))
    ]


def test_a_part_of_a_phase_waits_at_both_ends() -> None:
    course = During(Fade((box(),), lambda fraction: fraction), 0.25, 0.75)
    assert (
        course.at(0.2) == () and course.at(0.5)[0].fills[0, 3] == 0.5 and course.at(0.9)[0].fills[0, 3] == 1
    )


def test_a_layer_alone_stays_the_same_object() -> None:
    shapes = (box(),)
    course = Layers((Samples(lambda fraction: ()), Fade(shapes, lambda fraction: 1.0)))
    assert course.at(0.3) is shapes and len(Layers((course, course)).at(0.3)) == 2


def test_every_movement_draws_what_its_courses_tell() -> None:
    found = set()
    for take in takes(story(), STYLE):
        for phase in take.phases:
            if isinstance(phase.moving, Movement):
                for key, course in phase.moving.courses.items():
                    found.add(type(course))
                    for fraction in (0.0, 0.37, 1.0):
                        assert len(phase.moving(fraction)[key]) == len(course.at(fraction))
    assert {Steps, During, Layers} <= found


def playback(starts: int = 5) -> Take:
    states = [Units(np.linspace(0, 1, 4) * (i + 1) / starts, key="u", limit=1) for i in range(starts)]
    (take,) = takes(
        Story.from_beats([Beat("", Row(states[-1]), motion=Playback({"u": states}))], card=False), STYLE
    )
    return take


def test_steps_are_exact_in_a_film_for_the_browser() -> None:
    take = playback()
    told = Story.from_beats([take.beat], card=False)
    read = decode_film(encode_film([(told, STYLE)], origins=False)).cuts[0].beats[0]
    phase = next(one for one in take.phases if one.name == "motion")
    start = sum(one.seconds for one in take.phases[: take.phases.index(phase)])
    for state in range(1, 5):
        for side in (-0.002, 0.002):
            fraction = state / 5 + side
            shown = dict(read.at(start + fraction * phase.seconds))["u"]
            (wanted,) = [one for one in phase.moving(fraction)["u"] if isinstance(one, Discs)]
            (discs,) = [one for one in shown if isinstance(one, Discs)]
            np.testing.assert_allclose(discs.fills, wanted.fills, atol=0.006)


@pytest.mark.parametrize("change", [{}, {"only": 1}, {"backward": True}], ids=str)
def test_a_journey_is_read_back_as_it_was_told(change: dict[str, object]) -> None:
    rng = np.random.default_rng(0)
    weights, values = rng.normal(size=(3, 4)), rng.normal(size=4)
    units = [Units(values, key="a", limit=4), Units(weights @ values, key="b", limit=16)]
    errors = rng.normal(size=3)
    terms, away = (weights * errors[:, None], errors) if "backward" in change else (weights * values, values)
    flow = Flow("w", terms, away, **change)  # type: ignore[arg-type]
    beat = Beat("", Row(units[0], Wires(weights, *units, key="w"), units[1]), motion=flow)
    told = Story.from_beats([beat], card=False)
    (take,) = takes(told, STYLE)
    read = decode_film(encode_film([(told, STYLE)], origins=False)).cuts[0].beats[0]
    start = sum(one.seconds for one in take.phases[:-2])
    motion = take.phases[-2]
    for fraction in (0.2, 0.5, 0.7):
        ((_, (shown,)),) = [
            (key, shapes) for key, shapes in read.at(start + fraction * motion.seconds) if key == "signals"
        ]
        (wanted,) = motion.moving(fraction)["signals"]
        np.testing.assert_allclose(shown.centers, wanted.centers, atol=2e-3)
        np.testing.assert_allclose(shown.radii, wanted.radii, atol=2e-3)
        np.testing.assert_allclose(shown.fills, wanted.fills, atol=6e-3)


def net_lines() -> Lines:
    weights = np.random.default_rng(1).normal(size=(5, 4))
    units = [Units(np.ones(n), key=key) for n, key in ((4, "a"), (5, "b"))]
    (take,) = takes(
        Story.from_beats([Beat("", Row(units[0], Wires(weights, *units, key="w"), units[1]))], card=False),
        STYLE,
    )
    (lines,) = take.at(take.seconds)["w"]
    assert isinstance(lines, Lines)
    return lines


def test_wires_are_told_by_their_net_wherever_they_stand() -> None:
    lines = net_lines()
    (moved,) = fade([map_shape(lines, np.full(2, 1.7), np.array([0.3, -2.0]))], 0.4)
    assert isinstance(moved, Lines)
    found = find_net(moved)
    assert found is not None and found[1] == pytest.approx(0.4)
    np.testing.assert_allclose(found[0].lines.starts, moved.starts, atol=1e-9)
    np.testing.assert_allclose(found[0].lines.widths, moved.widths, atol=1e-9)


def test_wires_that_were_changed_one_by_one_are_told_by_themselves() -> None:
    lines = net_lines()
    colors = lines.colors.copy()
    colors[0, 3] /= 2
    assert find_net(Lines(lines.starts, lines.ends, colors, lines.widths, lines.net)) is None
    assert find_net(Lines(lines.starts, lines.ends, lines.colors, lines.widths)) is None


def test_what_lies_far_outside_is_where_it_is() -> None:
    shape: Shape = Within((box(70.0), box(1.0)), (-2.0, 2.0, -2.0, 2.0))
    bank = Bank()
    number = static((shape,), bank)
    list_, places, _ = bank.statics.things[number]
    halved, *forms = bank.lists.things[list_]
    row = bank.numbers()[places : places + 2 * 14].astype(float) * 2**halved / 4000
    assert halved == 4 and len(forms) == 2 and row[4] == pytest.approx(70, abs=0.01)


def test_an_ease_is_one_row_and_its_weights() -> None:
    way = np.random.default_rng(2).uniform(-9000, 9000, size=(2, 40))
    rows = np.array([way[0] + (way[1] - way[0]) * ease(f) for f in np.linspace(0, 1, 25)])
    found = factor(rows, np.array(2.0))
    assert found is not None and found[2].shape == (1, 40)
    base, weights, parts = found
    np.testing.assert_allclose(base + weights @ parts, rows, atol=1.0)
