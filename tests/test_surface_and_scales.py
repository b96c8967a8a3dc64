"""Surfaces, logarithmic axes, what is switched off, own scales of diagonals, small multiples, lengths."""

from __future__ import annotations

import examples
import numpy as np
import pytest

from nnanim import theme, words
from nnanim.beats import Beat, Story
from nnanim.check import rooms
from nnanim.errors import UserError
from nnanim.layout import place
from nnanim.marks import Cloud, Curve, Grid, Row, Surface, Text, Units, Wires, arrange_multiples, modify
from nnanim.marks.axes import ticks
from nnanim.motions import Playback
from nnanim.shapes import Discs, Lines, Polyline, Raster
from nnanim.style import RenderStyle
from nnanim.timeline import takes

STYLE = RenderStyle(theme.by_name("dark"))
SLOPE = np.add.outer(np.zeros(5), np.linspace(0, 4, 9))


def draw(*marks, motion=None):
    frame = place(Beat("", Row(*marks), motion), STYLE)
    return frame, frame.draw()


def of_kind(shapes, kind):
    return [shape for shape in shapes if isinstance(shape, kind)]


# Surface


def test_a_level_line_lies_where_the_function_has_that_value() -> None:
    frame, seen = draw(Surface(SLOPE, key="s", x_limits=(0, 4), y_limits=(0, 1), levels=(1.0,)))
    (line,) = [one for one in of_kind(seen["s"], Polyline) if len(one.points) != 3]
    wanted = frame["s"].mark.to_screen(frame["s"], [[1.0, 0.0]])[0, 0]
    np.testing.assert_allclose(line.points[:, 0], wanted)


def test_the_map_has_its_low_row_below_and_its_paths_where_they_were() -> None:
    upwards = np.add.outer(np.linspace(0, 1, 6), np.zeros(6))
    frame, seen = draw(Surface(upwards, key="s", paths=([[0.2, 0.1], [0.4, 0.9]],)))
    (picture,) = of_kind(seen["s"], Raster)
    light = picture.pixels[..., :3].astype(int).sum(axis=(1, 2))
    assert light[0] > light[-1]
    (path,) = of_kind(seen["s"], Discs)
    np.testing.assert_allclose(path.centers, frame["s"].mark.to_screen(frame["s"], [[0.2, 0.1], [0.4, 0.9]]))


def test_a_surface_turns_into_another_by_its_values() -> None:
    one, other = (Surface(SLOPE * by, key="s", x_limits=(0, 4)) for by in (1, 3))
    half = one.between(other, 0.5)
    np.testing.assert_allclose(half.values, SLOPE * 2)
    assert half.limit == 8 and not isinstance(one.between(modify(other, x_limits=(0, 5)), 0.5), Surface)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"values": [[1.0, 2.0]]}, "two rows and columns at least"),
        ({"role": "kinds"}, r"values 0.*; kinds are told apart by 0\.\.1"),
        ({"paths": ([[0, 9]],), "names": ()}, r"y = 9 at 0 lies outside -1\.\.2"),
        ({"paths": ([[0, 0]],) * 5, "names": ()}, "5 paths for 4 roles"),
        ({"limit": 1}, r"value 8 at \(6, 0\) lies outside ±1"),
    ],
)
def test_a_surface_refuses_what_it_cannot_show(changes, says) -> None:
    with pytest.raises(UserError, match=says):
        examples.mark("Surface", **changes)


# Logarithmic axes


def test_equal_factors_are_equal_ways_on_a_logarithmic_axis() -> None:
    curve = Curve([1, 10, 100], [1e-3, 1e-2, 1], key="c", logs=(True, True))
    frame, _ = draw(curve)
    at = curve.to_screen(frame["c"], np.column_stack([curve.x, curve.y[0]]))
    assert np.diff(at[:, 0])[0] == pytest.approx(np.diff(at[:, 0])[1])
    assert np.diff(at[:, 1])[1] == pytest.approx(2 * np.diff(at[:, 1])[0])
    assert (curve.x_limits, curve.y_limits) == ((1, 100), (1e-3, 1))
    (line, *_) = curve.readouts(frame["c"], frame)
    np.testing.assert_allclose(line.area.centers, at)


def test_a_number_between_the_ends_of_a_logarithmic_axis_has_room() -> None:
    x, y = np.arange(5.0), np.array([[1e-4, 0.3, 1.0, 4.0, 9.0]])
    curve = Curve(x, y, key="c", logs=(False, True), y_limits=(1e-4, 10))
    frame, seen = draw(curve)
    assert not rooms.outside_room(frame, seen)


def test_a_logarithmic_axis_needs_values_above_0() -> None:
    with pytest.raises(UserError, match="y begins at 0; a logarithm wants more than 0"):
        Curve([1, 2], [0, 1], key="c", logs=(False, True))


# Switched off


def test_a_neuron_that_is_off_is_crossed_out_and_its_wires_are_dim() -> None:
    weights = np.array([[1.0, -1.0], [0.5, 2.0]])
    x, h = Units([1.0, 0.0], key="x", limit=1, off=(1,)), Units([1.0, 0.5], key="h")
    _, seen = draw(x, Wires(weights, "x", "h", key="w"), h)
    crosses = of_kind(seen["x"], Lines)
    assert [len(one.starts) for one in crosses] == [1, 1]
    (wires,) = of_kind(seen["w"], Lines)
    dim = theme.by_name("dark").rgba("outline")[:3]
    assert np.isclose(wires.colors[:, :3], dim).all(axis=1).sum() == 2
    with pytest.raises(UserError, match=r"neuron 0 is off and has the value 1; 0 wanted"):
        modify(x, off=(0,))


def test_a_wire_that_is_cut_is_crossed_out() -> None:
    off = np.array([[False, True], [False, False]])
    ends = Units([1.0, 0.5], key="x"), Units([1.0, 0.5], key="h")
    _, seen = draw(ends[0], Wires(np.eye(2) + 1, "x", "h", key="w", off=off), ends[1])
    lines = of_kind(seen["w"], Lines)
    assert [len(one.starts) for one in lines] == [4, 1, 1]


# Grids


def test_the_diagonal_has_a_scale_of_its_own() -> None:
    table = np.array([[90.0, 2.0], [0.0, 80.0]])
    grid = Grid(table, key="g", digits=0, zeros=False, diagonal=100, limit=4, means="pictures")
    assert [one.high for one in grid.legends()] == [4, 100]
    colors = grid.colors(theme.by_name("dark"))
    np.testing.assert_allclose(colors[0, 1], theme.by_name("dark").signed_colors(0.5))
    np.testing.assert_allclose(colors[0, 0], theme.by_name("dark").signed_colors(0.9, "amount"))
    with pytest.raises(UserError, match="value 90 at 0 lies outside ±50"):
        modify(grid, diagonal=50)


def test_titles_of_a_grid_stand_outside_its_names() -> None:
    plain = Grid(np.eye(3), key="g", rows=tuple("abc"), columns=tuple("abc"))
    frame, seen = draw(modify(plain, row_name="truth", column_name="answer"))
    _, bare = draw(plain)
    assert len(seen["g"]) == len(bare["g"]) + 2
    assert frame["g"].room[0] < frame["g"].x - frame["g"].w / 2 - 0.3


# A legend, multiples, lengths


def test_one_group_with_a_name_has_a_legend() -> None:
    assert Cloud([[0, 0], [1, 1]], key="c", names=("held out",)).legends()
    assert not Cloud([[0, 0], [1, 1]], key="c").legends()


def test_multiples_have_one_title_and_one_counter() -> None:
    marks = [Units([0.5, i / 10], key=f"u{i}", label=f"T = {i}", limit=1) for i in range(6)]
    stage = arrange_multiples(marks, "Six settings", Text("step 3", key="step"))
    frame = place(Beat("", stage), STYLE)
    assert [len(line.children) for line in stage.children] == [2, 3, 3]
    assert frame["u0:title"].y > frame["u0"].y > frame["u3"].y
    with pytest.raises(UserError, match="0 marks"):
        arrange_multiples([])


def test_seconds_of_each_state() -> None:
    states = [Units([i / 10], key="u", limit=1) for i in range(3)]
    motion = Playback({"u": states}, each=(0.5, 0.5, 2.0))
    assert (motion.seconds, motion.state_index(0.4)) == (3.0, 2)
    assert Playback({"u": states}, each=0.4).seconds == pytest.approx(1.2)
    with pytest.raises(UserError, match="each="):
        Playback({"u": states}, each=(1.0,))


def test_a_story_is_as_long_as_it_is_to_be() -> None:
    beats = [Beat("One.", Units([0.5], key="u")), Beat("And two of them.", Units([0.5, 1], key="v"))]
    for pace, wanted in ((1.0, 12.0), (2.0, 6.0)):
        film = takes(Story.from_beats(beats, seconds=12), STYLE, pace)
        assert sum(take.seconds for take in film) == pytest.approx(wanted)
    with pytest.raises(UserError, match="seconds=0"):
        Story.from_beats(beats, seconds=0)


def test_words_of_the_new_fields_are_in_both_languages() -> None:
    means = Grid(np.eye(2), key="g", diagonal=1).legends()[1].means
    assert all(words.is_translated(means, lang) for lang in words.LANGUAGES)


def test_on_a_logarithmic_axis_little_is_far_outside() -> None:
    x, y = np.array([1.0, 2.0]), np.array([0.00013, 100.0])
    with pytest.raises(UserError, match=r"y = 0.00013 at 0 lies outside 0.001\.\.200"):
        Curve(x, y, key="loss", logs=(False, True), y_limits=(0.001, 200))
    assert Curve(x, y, key="loss", logs=(False, True), y_limits=(0.0001, 100)).limits[1] == (0.0001, 100)


@pytest.mark.parametrize(
    ("limits", "said"),
    [((-0.95, 0.65), ("−0.95", "0.65")), ((-1.5, 2.5), ("−1.5", "2.5")), ((-4, 4), ("−4", "4"))],
)
def test_ends_of_an_axis_are_written_with_all_their_digits(
    limits: tuple[float, float], said: tuple[str, str]
) -> None:
    assert ticks(limits) == said
