"""Plots take the room that there is, names stand at the ends of lines; what could be larger is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnanim import theme
from nnanim.beats import Beat, Story
from nnanim.check import rooms
from nnanim.errors import UserError
from nnanim.layout import place
from nnanim.layout.sizes import advise_sizes
from nnanim.marks import Bars, Column, Curve, Frame, Grid, Histogram, Row, Surface, Units, Wires, modify
from nnanim.marks.line_names import spread_apart
from nnanim.marks.log_axis import power_text, spread_powers
from nnanim.shapes import Boxes, Filled
from nnanim.style import RenderStyle

STYLE = RenderStyle(theme.by_name("dark"))
STEPS = np.arange(11.0)
FALLING = np.exp(-STEPS / 3)


def put(*marks: Any) -> Frame:
    return place(Beat("", marks[0] if len(marks) == 1 else Row(*marks)), STYLE)


def curve(key: str = "c", **options: Any) -> Curve:
    return Curve(STEPS, FALLING, key=key, **options)


@pytest.mark.parametrize("several", [1, 2])
def test_a_plot_takes_the_width_that_there_is_unless_its_sides_are_said(several: int) -> None:
    free = put(*(curve(f"c{i}") for i in range(several)))
    fixed = put(*(curve(f"c{i}", aspect=1.0) for i in range(several)))
    assert free["c0"].w > 1.3 * free["c0"].h and fixed["c0"].w == pytest.approx(fixed["c0"].h)
    assert free["c0"].h >= 0.99 * fixed["c0"].h
    assert not rooms.outside_room(free, free.draw())


def test_a_surface_keeps_its_sides() -> None:
    map_ = put(Surface(np.ones((3, 3)), key="s"))["s"]
    assert map_.w == pytest.approx(1.3 * map_.h)


def test_a_histogram_beside_a_grid_takes_what_the_grid_leaves() -> None:
    frame = put(Histogram([1, 5, 2], [0, 1, 2, 3], key="h"), Grid(np.eye(3), key="g"))
    assert frame["h"].w > 1.5 * frame["h"].h and frame["h"].room[1] < frame["g"].room[0]


def test_a_plot_beside_something_high_is_as_high() -> None:
    frame = put(Bars(np.ones(10), key="b"), curve())
    alone = put(Bars(np.ones(10), key="b"), curve(aspect=1.1))
    assert frame["c"].h > 1.2 * alone["c"].h and frame["c"].w >= frame["c"].h - 1e-9
    assert frame.scale == pytest.approx(alone.scale) and not rooms.outside_room(frame, frame.draw())


def test_steps_begin_at_the_axis_and_what_is_never_negative_at_0() -> None:
    assert (curve().x_limits, curve().y_limits) == ((0, 10), (0, 1))
    assert Curve(STEPS, FALLING - 0.5, key="c").y_limits[0] < -0.4


def test_names_at_the_ends_are_apart_and_replace_the_legend() -> None:
    lines = np.stack([FALLING, FALLING + 0.01, FALLING + 2])
    one = Curve(STEPS, lines, ("a", "b", "c"), key="c", name_ends=True)
    frame = put(one)
    assert one.legends() == () and not rooms.outside_room(frame, frame.draw())
    heights = spread_apart(np.array([0.0, 0.1, 5.0]), 1.0, 0.0, 6.0)
    np.testing.assert_allclose(heights, [0, 1, 5])
    np.testing.assert_allclose(spread_apart(np.array([2.0, 2.0, 2.0]), 1.0, 1.5, 2.5), [1, 2, 3])
    with pytest.raises(UserError, match="1 names for 3 lines"):
        Curve(STEPS, lines, ("a",), key="c", name_ends=True)


def test_a_weight_stands_on_its_wire() -> None:
    ends = Units([1.0, 0.5], key="x"), Units([1.0], key="z")
    frame = put(ends[0], Wires([[2.0, -1.5]], "x", "z", key="w", numbers=True), ends[1])
    plates = [one for one in frame.draw()["w"] if isinstance(one, Boxes)]
    starts, stops = frame["w"].mark.ends(frame)  # type: ignore[attr-defined]
    for plate, a, b in zip(plates, starts.reshape(-1, 2), stops.reshape(-1, 2), strict=True):
        way = (plate.centers[0] - a) / (b - a)
        assert way[0] == pytest.approx(way[1]) and 0 < way[0] < 1
    assert frame["w"].mark.writes_numbers
    with pytest.raises(UserError, match="13 wires; there is room for 12"):
        Wires(np.ones((1, 13)), "x", "z", key="w", numbers=True)


def test_equal_factors_are_equal_steps_of_colour_on_a_logarithmic_map() -> None:
    values = np.array([[1.0, 10.0, 100.0]] * 2)
    one = Surface(values, key="s", log=True, limit=100)
    np.testing.assert_allclose(one._shares(values[0]), [0, 0.5, 1])
    assert one.legends()[0].ends() == ("1", "100")
    with pytest.raises(UserError, match="values from 0; log=True is for those above 0"):
        Surface(values - 1, key="s", log=True)


def test_numbers_of_a_logarithmic_axis_are_written_alike_and_apart() -> None:
    assert [power_text(v, (1e-3, 20)) for v in (1e-3, 20)] == ["0.001", "20"]
    assert [power_text(v, (2e-8, 10)) for v in (2e-8, 0.01, 1, 10)] == ["2 × 10⁻⁸", "10⁻²", "1", "10"]
    places = spread_powers((1, 120), (0, 4), (0, 4), [0.3, 0.6], 0.3, STYLE)
    assert [text for _, text in places] == ["10"]  # 100 would run into 120
    close = [at for at, _ in spread_powers((1e-8, 1), (0, 2), (0.15, 1.85), [0.3, 0.3], 0.3)]
    assert len(close) > 1 and min(np.diff(close)) >= 1.3 * 0.3


def test_what_could_be_larger_is_said_with_what_would_fit() -> None:
    bars = [Bars([1.0, 2.0], ("a rather long name", "b"), key=f"b{i}") for i in range(3)]
    lines = advise_sizes(Story.from_beats([Beat("", Row(*bars), id="many")], "t"), STYLE)
    assert lines and "beat 'many'" in lines[0] and "a Column would make all" in lines[0]
    lone = advise_sizes(Story.from_beats([Beat("", Grid(np.eye(4), key="g"), id="lone")], "t"), STYLE)
    assert "room beside it" in lone[0]
    assert advise_sizes(Story.from_beats([Beat("", Column(curve()), id="full")], "t"), STYLE) == []


def test_a_marked_point_slides_along_its_curve_and_a_zoom_shows_more_of_one() -> None:
    one, other = (curve(point=(float(at), float(FALLING[at]))) for at in (2, 6))
    half = one.between(other, 0.5)
    assert isinstance(half, Curve) and half.point is not None
    assert half.point == pytest.approx((4, np.interp(4, STEPS, FALLING)))
    piece = Curve(STEPS[:4], FALLING[:4], key="c", y_limits=(0, 1))
    assert piece.blend(curve(), 0.5) == curve() == curve().blend(piece, 0.5)
    assert piece.blend(Curve(STEPS, FALLING * 0.9, key="c"), 0.5) is None


def test_the_names_of_few_columns_with_numbers_are_read_across() -> None:
    names = ("input", "× weight")
    table = Grid(np.eye(2) / 2, columns=names, digits=2, key="g")
    frame = put(table)
    place = frame["g"]
    size = table.print_size(place.scale, STYLE)
    assert place.w > place.h and STYLE.text_width(names[1], size) < place.w / 2
    assert not rooms.outside_room(frame, frame.draw())
    bare, many = (
        put(modify(table, digits=None))["g"],
        Grid(np.eye(6), columns=("× weight",) * 6, digits=2, key="g"),
    )
    assert bare.w == pytest.approx(bare.h) and put(many)["g"].w == pytest.approx(put(many)["g"].h)


@pytest.mark.parametrize(
    ("limits", "written"),
    [
        ((-3.0, 3.0), ["−3", "0", "3"]),
        ((-4.0, 4.0), ["−4", "0", "4"]),
        ((-1.0, 1.0), ["−1", "0", "1"]),
        ((0.0, 1.0), ["0.0", "1.0"]),
        ((-0.5, 1.5), ["−0.5", "0.0", "1.5"]),
    ],
)
def test_the_numbers_of_an_axis_are_written_alike_and_0_is_among_them(
    limits: tuple[float, float], written: list[str]
) -> None:
    one = Curve([limits[0] / 3, limits[1] / 3.5], [0.1, 0.1], key="c", x_limits=limits, y_limits=limits)
    words = [shape.piece.text for shape in put(one).draw()["c"] if isinstance(shape, Filled)]
    for axis in (one.x_limits, one.y_limits):
        assert axis == limits
    assert sorted(words) == sorted(2 * written)


def test_a_histogram_may_have_empty_bins_beyond_its_window() -> None:
    window = {"x_limits": (0.0, 2.0), "key": "h"}
    one = Histogram([0, 4, 1, 0], [-5, 0, 1, 2, 9], expected=[0, 3, 2, 0], **window)
    frame = put(one)
    assert one.x_limits == (0, 2) and not rooms.outside_room(frame, frame.draw())
    with pytest.raises(UserError, match=r"lies outside 0\.\.2"):
        Histogram([0, 4, 1, 1], [-5, 0, 1, 2, 9], **window)
