"""What stands side by side is alike: labels at one height, twins with numbers or without, bars that fill."""

from __future__ import annotations

import numpy as np
import pytest

from nnanim import theme
from nnanim.beats import Beat, Story
from nnanim.check import rooms
from nnanim.layout import place, place_story
from nnanim.marks import (
    Arrangement,
    Bars,
    Cloud,
    Column,
    Curve,
    Frame,
    Grid,
    Overlay,
    Row,
    Text,
    Units,
    Wires,
    arrange_multiples,
    modify,
)  # fmt: skip
from nnanim.motions import Playback
from nnanim.shapes import Filled
from nnanim.style import RenderStyle

STYLE = RenderStyle(theme.by_name("dark"))
X = np.arange(9.0)
CURVES = [Curve(X, X * X, key=key, label=key) for key in "pqrs"]


def put(stage: Arrangement) -> Frame:
    frame = place(Beat("Said.", stage), STYLE)
    assert not rooms.outside_room(frame, frame.draw())
    return frame


def test_labels_of_a_row_stand_at_one_height_whatever_their_scale_and_near_their_marks() -> None:
    large = Grid(np.eye(6), key="large", label="large")
    small = Row(Grid(np.eye(4), key="small", label="small"), scale=1.4)
    over = Overlay(modify(CURVES[0], label=""), Cloud([[1, 2]], key="o", label="over", x_limits=(0, 8)))
    frame = put(Row(large, small, over))
    assert len({round(frame[key].label_y, 6) for key in ("large", "small", "o")}) == 1
    lone = put(Row(large, Grid(np.eye(2), key="low", label="low")))["low"]
    assert lone.label_y - (lone.y + lone.h / 2) < 0.5
    layers = put(Row(Units(X, key="many", label="many"), Units(X[:1], key="one", label="one")))
    assert layers["many"].label_y == layers["one"].label_y


def test_plots_below_a_counter_and_small_multiples_take_the_width() -> None:
    counter = Text("step 3", key="step")
    alone = put(Row(*CURVES[:2]))
    below = put(Column(counter, Row(*CURVES[:2])))
    assert below["p"].w > 0.9 * alone["p"].w * below["p"].h / alone["p"].h
    for stage in (
        arrange_multiples(CURVES, counter=counter, columns=2),
        arrange_multiples(CURVES[:2], columns=1),
    ):
        placed = put(stage)["p"]
        assert placed.w > 2 * placed.h


def test_few_bars_take_the_height_that_there_is_and_nothing_else_gives_way() -> None:
    bars = Bars([1.0, 2.0], ("a", "b"), key="bars", label="bars")
    frame = put(Row(CURVES[0], bars))
    alone = put(Row(CURVES[0], Bars(np.ones(2), ("a", "b"), key="bars", label="bars")))
    natural = bars.extent(frame["bars"].scale, STYLE).height
    assert frame["bars"].h > 1.3 * natural and frame.scale == alone.scale
    many = put(Row(Bars(np.ones(12), key="bars")))
    assert many["bars"].h == pytest.approx(Bars(np.ones(12), key="bars").extent(many.scale, STYLE).height)
    pair = Units(np.ones(3), key="u"), Units(np.ones(3), key="v")
    network = Row(pair[0], Wires(np.ones((3, 3)), "u", "v", key="w"), pair[1])
    with_bars = put(Column(network, bars))
    assert with_bars["bars"].h < 2 * bars.extent(with_bars["bars"].scale, STYLE).height


def test_bars_that_move_keep_their_distance() -> None:
    states = [
        Bars([1.0, 2.0], ("a", "b"), key="bars", limit=4),
        Bars([3.0, 4.0], ("a", "b"), key="bars", limit=4),
    ]
    story = Story.from_beats(
        [Beat("One.", states[0]), Beat("Two lines " * 9, states[1], Playback({"bars": states}))]
    )
    one, two = (frame["bars"] for frame in place_story(story, STYLE))
    assert one.pitch == pytest.approx(two.pitch) and one.h == pytest.approx(2 * one.pitch)


def network(name: str, values: list[float]) -> Row:
    ends = Units([1.0, 2.0], key=f"{name}in"), Units(values, key=f"{name}out", limit=200_000)
    return Row(ends[0], Wires(np.ones((2, 2)), f"{name}in", f"{name}out", key=f"{name}w"), ends[1])


def test_twin_networks_write_their_numbers_alike() -> None:
    def written(frame: Frame, key: str) -> int:
        return sum(isinstance(one, Filled) for one in frame.draw()[key])

    frame = put(Row(network("a", [0.5, 0.25]), network("b", [-123456.5, 0.25]), gap=0.8))
    assert written(frame, "aout") == written(frame, "bout") == 0 < written(frame, "ain")
    assert "legend:hidden numbers" in frame.placed
    alike = put(Row(network("a", [0.5, 0.25]), network("b", [0.75, 0.25]), gap=0.8))
    assert written(alike, "aout") == written(alike, "bout") == 2
