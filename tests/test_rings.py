"""Rings: around blocks of cells, and those that swell, which cut no word."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnanim import theme
from nnanim.beats import Beat, Story
from nnanim.errors import UserError
from nnanim.marks import Bars, Grid, Picture, Row, Units, Wires
from nnanim.marks.common import group_cells
from nnanim.marks.view import list_spots
from nnanim.shapes import Boxes, Discs
from nnanim.style import RenderStyle
from nnanim.timeline import takes
from nnanim.timeline.birth import word_boxes
from nnanim.timeline.pulse import KEY

STYLE = RenderStyle(theme.by_name("dark"))
BLOCK = [(row, column) for row in (2, 3, 4) for column in (1, 2)]


def test_a_block_of_cells_has_one_outline_and_single_neighbours_keep_their_own() -> None:
    assert group_cells(BLOCK) == [((2, 1), (4, 2))]
    assert group_cells([(0, 0), (0, 1)]) == [((0, 0), (0, 1))]
    assert group_cells([(0, 0), (0, 1), (5, 5)]) == [((0, 0),) * 2, ((0, 1),) * 2, ((5, 5),) * 2]
    assert group_cells([*BLOCK, (0, 0)]) == [((0, 0),) * 2, ((2, 1), (4, 2))]
    assert group_cells([(0, 0), (0, 1), (0, 2), (4, 4)]) == [((0, 0), (0, 2)), ((4, 4),) * 2]
    assert len(group_cells(BLOCK[:-1])) == 5
    drawn = Grid(np.zeros((6, 6)), key="g", highlight=tuple(BLOCK))
    (take,) = takes(Story.from_beats([Beat("", drawn)]), STYLE)
    rings = [one for one in take.frame.draw()["g"] if isinstance(one, Boxes) and one.rim_width > 0.05]
    assert [len(one.centers) for one in rings] == [1]


STAGE = Row(
    Bars([0.3, 0.8, 0.1], ("cat", "dog", "king"), key="bars", label="bars", limit=1),
    Picture(np.eye(4), key="picture", label="a picture"),
    Units([0.3, 0.5], ("long", "wide"), key="units", label="units", limit=1),
    Grid(np.eye(3), tuple("abc"), tuple("def"), key="grid", digits=1),
)


@pytest.mark.parametrize("spot", ["picture", "bars", ("bars", 1), ("units", 0), ("grid", (0, 0))])
def test_a_ring_that_swells_cuts_no_word(spot: Any) -> None:
    (take,) = takes(Story.from_beats([Beat("", STAGE, pulse=[spot])]), STYLE)
    (phase,) = [one for one in take.phases if one.name == "pulse"]
    words = word_boxes(take.frame)
    sides = set()
    for fraction in (0.1, 0.3, 0.5, 0.7):
        (ring,) = [one for one in phase.at(fraction)[KEY] if isinstance(one, Boxes | Discs)]
        if isinstance(ring, Discs):
            middle, reach = ring.centers[0], float(ring.radii[0])
            sides.add(reach)
            for left, bottom, right, top in words:
                corners = np.array([[x, y] for x in (left, right) for y in (bottom, top)]) - middle
                near = np.clip(middle, [left, bottom], [right, top]) - middle
                assert np.hypot(*near) > reach or np.hypot(*corners.T).max() < reach
            continue
        low, high = ring.centers[0] - ring.sizes[0] / 2, ring.centers[0] + ring.sizes[0] / 2
        sides.add(round(float(high[0] - low[0]), 6))
        for left, bottom, right, top in words:
            apart = left >= high[0] or right <= low[0] or bottom >= high[1] or top <= low[1]
            inside = left >= low[0] and right <= high[0] and bottom >= low[1] and top <= high[1]
            assert apart or inside
    assert len(sides) > 1


def test_a_ring_around_a_level_wire_goes_around_its_number() -> None:
    stage = Row(
        Units([0.3, 0.5], key="x", limit=1),
        Wires([[0.1, -0.3], [-0.6, 0.5]], "x", "h", key="w", numbers=True),
        Units([0.3, 0.5], key="h", limit=1),
    )
    (take,) = takes(Story.from_beats([Beat("", stage, pulse=("w", (0, 0)))]), STYLE)
    (phase,) = [one for one in take.phases if one.name == "pulse"]
    (ring,) = [one for one in phase.at(0.5)[KEY] if isinstance(one, Boxes)]
    _, y, _, _ = take.frame["w"].part_box((0, 0), take.frame)
    number = next(box for box in word_boxes(take.frame, but=("x", "h")) if box[1] < y < box[3])
    assert ring.centers[0, 1] - ring.sizes[0, 1] / 2 < number[1]
    assert ring.centers[0, 1] + ring.sizes[0, 1] / 2 > number[3]


def test_a_cell_may_be_named_by_its_pair() -> None:
    for spot in (("grid", 0, 2), ("grid", (0, 2)), [("grid", (0, 2))]):
        (take,) = takes(Story.from_beats([Beat("", STAGE, pulse=spot)]), STYLE)
        assert "pulse" in [one.name for one in take.phases]
    with pytest.raises(UserError, match="no part"):
        takes(Story.from_beats([Beat("", STAGE, pulse=("grid", (0, 9)))]), STYLE)


def test_marks_and_parts_of_others_may_be_named_in_one_list() -> None:
    assert list_spots(["grid", ("units", 0)]) == (("grid", None), ("units", 0))
    assert list_spots(["grid", ("grid", (0, 2))]) == (("grid", None), ("grid", (0, 2)))
    assert list_spots(("grid", (0, 2))) == (("grid", (0, 2)),)
