"""A window that wanders: its line keeps beside numbers, and the largest value under it can be ringed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnanim import theme
from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.layout import place
from nnanim.marks import Column, Frame, Grid, Picture, Row
from nnanim.motions import Sweep
from nnanim.motions.result import find_way
from nnanim.shapes import Boxes, Filled, Polyline, hull
from nnanim.style import RenderStyle

STYLE = RenderStyle(theme.by_name("dark"))
VALUES = np.arange(16.0).reshape(4, 4) % 7
POOLED = VALUES.reshape(2, 2, 2, 2).max((1, 3))
FROM = Grid(VALUES, tuple("abcd"), tuple("efgh"), key="from", digits=0, limit=7)
INTO = Grid(POOLED, ("top", "low"), ("left", "right"), key="into", digits=0, limit=7)


def put(kind: Any, **options: Any) -> tuple[Frame, Sweep]:
    motion = Sweep("from", (2, 2), (2, 2), reveals="into", slow=4, **options)
    return place(Beat("", kind(FROM, INTO, gap=1.2), motion), STYLE), motion


@pytest.mark.parametrize("kind", [Row, Column])
def test_the_line_of_a_window_strikes_no_number_and_no_name(kind: Any) -> None:
    frame, motion = put(kind)
    words = [hull((one,)) for some in frame.draw().values() for one in some if isinstance(one, Filled)]
    cells = frame["into"].parts(frame)
    boxes = motion._boxes(frame, "from")
    for index, box in enumerate(boxes):
        window = np.stack([(box[:2] + box[2:]) / 2, np.abs(box[2:] - box[:2])])
        at, size = cells.centers.reshape(-1, 2)[index], cells.sizes.reshape(-1, 2)[index]
        way = find_way(window, frame["from"], at, size, frame["into"])
        assert np.allclose(np.abs(way[0] - window[0]), window[1] / 2)
        assert np.allclose(np.abs(way[-1] - at), size / 2)
        steps = np.linspace(way[:-1], way[1:], 60).reshape(-1, 2)
        for x, y, w, h in words:
            assert not (np.abs(steps - [x, y]) < np.array([w, h]) / 2).all(axis=1).any()


def window_shapes(frame: Frame, motion: Sweep, fraction: float) -> tuple[Any, ...]:
    (course,) = [one for key, one in motion.drawing(frame, frame).courses.items() if "window" in key]
    return course.at(fraction)


def test_the_largest_value_under_a_window_is_ringed() -> None:
    frame, motion = put(Row, largest=True)
    parts = frame["from"].parts(frame)
    for place_, peak in enumerate([(1, 1), (1, 2), (3, 1), (2, 3)]):
        fraction = motion.fraction_at(place_ + 0.45, 4)
        shapes = window_shapes(frame, motion, fraction)
        (window, ring) = [one for one in shapes if isinstance(one, Boxes)][:2]
        under = VALUES[place_ // 2 * 2 :, place_ % 2 * 2 :][:2, :2]
        assert VALUES[peak] == under.max()
        np.testing.assert_allclose(ring.centers[0], parts.centers[peak])
        assert (ring.sizes < window.sizes).all()
    assert any(isinstance(one, Polyline) for one in window_shapes(frame, motion, motion.fraction_at(3.4, 4)))


def test_a_picture_in_colours_has_no_largest_value() -> None:
    picture = Picture(np.zeros((4, 4, 3)), key="from")
    with pytest.raises(UserError, match="largest=True"):
        Beat("", Row(picture, INTO), Sweep("from", (2, 2), (2, 2), reveals="into", largest=True))
