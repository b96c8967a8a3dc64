"""Table: rows and columns of marks, square links; a Column that stands on one of its children."""

from __future__ import annotations

import numpy as np
import pytest

from nnanim import theme
from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.layout import place
from nnanim.marks import Arrangement, Block, Column, Frame, Link, Row, Table, Text
from nnanim.shapes import Polyline
from nnanim.style import RenderStyle


def placed(stage: Arrangement) -> Frame:
    return place(Beat("", stage), RenderStyle(theme.by_name("dark"), "en"))


def block(key: str) -> Block:
    return Block(key, key=key)


def branch() -> Table:
    blocks = [block(key) for key in ("x", "a", "sum")]
    links = [
        Link("x", "a", key="in", square=True),
        Link("a", "sum", key="out", square=True),
        Link("x", "sum", key="skip", square=True),
    ]
    return Table(*blocks, *links, cells=[(0, 0), (1, 1), (0, 2), (1, 0), (1, 1), (0, 0)])


def path(frame: Frame, key: str) -> np.ndarray:
    line = frame[key].draw(frame)[0]
    assert isinstance(line, Polyline)
    return line.points


def test_what_shares_a_row_or_a_column_stands_on_one_line() -> None:
    frame = placed(branch())
    assert frame["x"].y == pytest.approx(frame["sum"].y) and frame["a"].y < frame["x"].y
    assert frame["x"].x < frame["a"].x < frame["sum"].x


def test_links_run_along_their_row_in_right_angles() -> None:
    frame = placed(branch())
    assert np.ptp(path(frame, "skip")[:, 1]) == pytest.approx(0)
    down = path(frame, "in")
    assert down[0, 1] == pytest.approx(frame["x"].y) and down[-1, 1] == pytest.approx(frame["a"].y)
    up = path(frame, "out")
    assert up[0, 1] == pytest.approx(frame["a"].y) and frame["a"].y < up[-1, 1] < frame["sum"].y


def test_a_late_link_leaves_straight_on() -> None:
    stage = Row(Column(block("a"), block("b")), Link("a", "c", key="l", square=True, late=True), block("c"))
    frame = placed(stage)
    points = path(frame, "l")
    far = points[:, 0] < points[-1, 0] - 0.5
    np.testing.assert_allclose(points[far, 1], frame["a"].y, atol=1e-6)


def test_a_column_stands_on_its_anchor() -> None:
    below = Text("6 of 64 shown", key="note", size="small")
    frame = placed(Row(Column(block("a"), below, anchor=0), block("b")))
    assert frame["a"].y == pytest.approx(frame["b"].y)
    plain = placed(Row(Column(block("a"), below), block("b")))
    assert plain["a"].y > plain["b"].y


def test_what_cannot_be_arranged_is_refused() -> None:
    with pytest.raises(UserError, match="1 cells for 2 children"):
        Table(block("a"), block("b"), cells=[(0, 0)])
    with pytest.raises(UserError, match=r"two things in the cell \(0, 0\)"):
        Table(block("a"), block("b"), cells=[(0, 0), (0, 0)])
    with pytest.raises(UserError, match="anchor=2 of 1 children"):
        Column(block("a"), anchor=2)
    with pytest.raises(UserError, match="square link"):
        Link("a", "b", key="l", square=True, bend=0.3)
