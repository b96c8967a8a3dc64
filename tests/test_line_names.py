"""Names that move with the ends of their lines, and what is said along the axis of a curve."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from nnanim import theme
from nnanim.beats import Beat
from nnanim.check import rooms
from nnanim.errors import UserError
from nnanim.layout import place
from nnanim.marks import Curve, Frame
from nnanim.marks.line_names import CLEAR, NAME_PITCH, order_names
from nnanim.shapes import Boxes, Discs, Filled, Polyline, hull
from nnanim.style import RenderStyle
from nnanim.truth.shown import shown_arrays, shown_texts

STYLE = RenderStyle(theme.by_name("dark"))
STEPS = np.arange(31.0)
FALLING, FLAT, TO_ZERO = np.exp(-STEPS / 8), 0.4 + 0.02 * np.sin(STEPS), np.clip(0.4 - 0.03 * STEPS, 0, 1)
NAMES = ("training", "test", "third")


def put(**options: Any) -> Frame:
    lines = [FALLING, FLAT, TO_ZERO]
    return place(Beat("", Curve(STEPS, lines, NAMES, key="c", name_ends=True, **options)), STYLE)


def name_places(frame: Frame) -> list[np.ndarray]:
    """(left, middle) of each name, in their order."""
    placed = frame["c"]
    curve = placed.mark
    assert isinstance(curve, Curve)
    words = [one for one in curve.draw_words(placed, STYLE) if isinstance(one, Filled)]
    boxes = [hull((one,)) for one in words]
    return [np.array([x - w / 2, y]) for x, y, w, _ in boxes]


def test_names_stand_at_the_ends_of_lines_that_grow_in_their_order_and_above_the_axis() -> None:
    lefts = []
    for drawn in range(1, 32):
        frame = put(drawn=drawn)
        placed = frame["c"]
        size, places = STYLE.print_size(placed.scale), name_places(frame)
        tip = placed.x - placed.w / 2 + placed.w * (drawn - 1) / 30
        assert all(0 < left - tip < 2 * size for left, _ in places)
        heights = np.array([y for _, y in places])
        assert np.diff(np.sort(heights)).min() > 0.6 * NAME_PITCH * size
        assert heights.min() > placed.y - placed.h / 2 + 0.5 * CLEAR * size
        lefts.append(places[0][0])
        assert not rooms.outside_room(frame, frame.draw())
    assert np.all(np.diff(lefts) > 0)


def test_names_change_places_once_where_lines_cross_however_often_they_do() -> None:
    wobble = 0.05 * np.where(np.arange(60) % 2, 1, -1)
    lines = np.stack([np.linspace(1, 0, 60) + wobble, np.linspace(0, 1, 60)])
    orders = [order_names(lines[:, at:], pitch=0.2) for at in range(60)]
    assert orders[0] == [1, 0] and orders[-1] == [0, 1]
    assert sum(a != b for a, b in pairwise(orders)) == 1
    side_by_side = np.stack([wobble, -wobble])
    assert len({tuple(order_names(side_by_side[:, at:], pitch=0.2)) for at in range(60)}) == 1


def test_a_line_leads_to_a_name_that_had_to_give_way() -> None:
    frame = put()
    curve = frame["c"].mark
    assert isinstance(curve, Curve)
    leaders = [one for one in curve.draw_words(frame["c"], STYLE) if isinstance(one, Polyline)]
    assert 0 < len(leaders) < 3


def test_a_curve_says_where_to_stop_and_what_comes_after() -> None:
    options: dict[str, Any] = {
        "stop": (9, {"en": "stop here", "ja": "ここで止める"}),
        "zone": (9, 30, "overfits"),
        "point": (9, float(FLAT[9])),
        "on_line": 1,
        "dots": True,
    }
    frame = put(**options)
    drawn = frame.draw()["c"]
    assert not rooms.outside_room(frame, frame.draw())
    (shade,) = [one for one in drawn if isinstance(one, Boxes)]
    assert shade.sizes[0, 0] == pytest.approx(frame["c"].w * 21 / 30)
    assert sum(len(one.centers) for one in drawn if isinstance(one, Discs)) == 3 * 31 + 1
    beat = Beat("Stop.", frame["c"].mark, given=())
    numbers = {one.where: one.values.tolist() for one in shown_arrays(beat, axes=True)}
    assert not [one.where for one in shown_arrays(beat) if one.where in ("c.stop", "c.zone")]
    assert numbers["c.stop"] == [9] and numbers["c.zone"] == [9, 30]
    assert "overfits" in {one.text for one in shown_texts(beat)}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"stop": (9,)}, r"stop=\(9,\); \(x, words\) wanted"),
        ({"stop": (90, "here")}, "stop 90 lies outside 0..30"),
        ({"zone": (9, 3, "late")}, "zone from 9 to 3; the first must be below the second"),
        ({"zone": (9, "late")}, r"\(x, x, words\) wanted"),
        ({"on_line": 3}, "on_line=3 of 3 lines"),
    ],
)
def test_what_cannot_stand_along_the_axis_is_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(UserError, match=says):
        put(**options)


def test_a_curve_over_steps_begins_at_the_axis_with_a_point_too() -> None:
    assert Curve(STEPS, FALLING, key="c", point=(9, 0.3)).x_limits == (0, 30)
    assert Curve(STEPS, FALLING, key="c", point=(40, 0.3)).x_limits[1] > 40
