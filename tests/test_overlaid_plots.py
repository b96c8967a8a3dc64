"""Plots over each other: one set of axes for all, and words that no line strikes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnanim import theme
from nnanim.beats import Beat, Story
from nnanim.births import From
from nnanim.layout import place
from nnanim.marks import Arrangement, Bars, Cloud, Curve, Frame, Overlay, Row, Surface
from nnanim.shapes import Boxes, Discs, Filled, Polyline, Shapes, hull
from nnanim.style import RenderStyle
from nnanim.timeline import takes

STYLE = RenderStyle(theme.by_name("dark"))
X = np.linspace(0, 8, 10)
WINDOW: dict[str, Any] = {"x_limits": (0, 8), "y_limits": (0, 3)}
NAMED: dict[str, Any] = {**WINDOW, "x_name": "step", "y_name": "loss"}
ROOT = Curve(X, np.sqrt(X), key="root", **NAMED)
LINE = Curve(X, X / 3, key="line", **NAMED)
BALLS = Cloud([[3, 1.7], [5, 2.0]], key="balls", radius=0.2, **WINDOW)


def words(drawn: dict[str, Shapes]) -> list[str]:
    seen = ("root", "line", "balls", "map")
    return sorted(
        one.piece.text
        for key in seen
        for one in drawn.get(key, ())
        if isinstance(one, Filled) and one.color[3] > 0
    )


@pytest.mark.parametrize("stage", [Overlay(ROOT, LINE, BALLS), Overlay(BALLS, LINE), Overlay(ROOT, BALLS)])
def test_plots_of_one_window_have_one_set_of_axes(stage: Arrangement) -> None:
    assert words(place(Beat("", stage), STYLE).draw()) == ["0", "0", "3", "8", "loss", "step"]


def test_plots_of_other_windows_keep_their_own_axes() -> None:
    wide = Curve(X, X / 2, key="line", x_limits=(0, 8), y_limits=(0, 5))
    assert words(place(Beat("", Overlay(ROOT, wide)), STYLE).draw()).count("8") == 2
    ground = Surface(np.ones((3, 3)), key="map", x_limits=(0, 8), y_limits=(0, 3))
    assert words(place(Beat("", Overlay(ground, BALLS)), STYLE).draw()) == ["0", "0", "3", "8"]


def test_axes_stay_and_are_drawn_once_while_plots_come_and_go() -> None:
    stages = [
        Overlay(ROOT, BALLS),
        Overlay(ROOT, LINE, BALLS),
        Overlay(LINE, BALLS),
        LINE,
        Overlay(ROOT, LINE),
    ]
    film = takes(Story.from_beats([Beat("Said.", stage) for stage in stages]), STYLE)
    for take in film[1:]:
        for phase in take.phases:
            for fraction in (0.0, 0.3, 0.6, 1.0):
                drawn = {**phase.resting, **phase.at(fraction)}
                assert words(drawn) == ["0", "0", "3", "8", "loss", "step"], (
                    take.beat.id,
                    phase.name,
                    fraction,
                )


def label_boxes(cloud: Cloud, frame: Frame) -> list[tuple[np.ndarray, np.ndarray]]:
    """(middle, size) of each label."""
    said = {STYLE.say(one) for one in cloud.labels}
    found = [one for one in frame.draw()[cloud.key] if isinstance(one, Filled) and one.piece.text in said]
    boxes = [hull((one,)) for one in found]
    assert len(boxes) == len(cloud.labels)
    return [(box[:2], box[2:]) for box in boxes]


@pytest.mark.parametrize("at", np.linspace(0.5, 7.5, 6))
def test_no_line_strikes_the_label_of_a_point_and_no_ball_hides_it(at: float) -> None:
    ball = Cloud([[at, np.sqrt(at)], [at, at / 3]], key="balls", labels=("ball", "other"), **WINDOW)
    large = Cloud([[min(at + 0.7, 7.9), np.sqrt(at)]], key="large", radius=0.3, **WINDOW)
    frame = place(Beat("", Overlay(ROOT, LINE, ball, large)), STYLE)
    lines = [one.points for key in ("root", "line") for one in frame.draw()[key] if isinstance(one, Polyline)]
    lines = [line for line in lines if len(line) > 3]  # and not the axes
    (disc,) = [one for one in frame.draw()["large"] if isinstance(one, Discs) and len(one.centers)]
    assert len(lines) == 2
    for middle, size in label_boxes(ball, frame):
        for line in lines:
            steps = np.linspace(line[:-1], line[1:], 50).reshape(-1, 2)
            assert not (np.abs(steps - middle) < size / 2).all(axis=1).any()
        near = np.clip(disc.centers[0], middle - size / 2, middle + size / 2) - disc.centers[0]
        assert np.hypot(*near) > disc.radii[0]


def test_bars_that_come_out_of_a_curve_are_never_larger_than_they_will_be() -> None:
    bars = Bars([3.0, 2.0], ("a", "b"), key="bars")
    story = Story.from_beats([Beat("One.", ROOT), Beat("Two.", Row(ROOT, bars), born={"bars": From("root")})])
    take = takes(story, STYLE)[1]
    sizes = [
        one.sizes
        for phase in take.phases
        for fraction in np.linspace(0, 1, 9)
        for one in {**phase.resting, **phase.at(float(fraction))}.get("bars", ())
        if isinstance(one, Boxes)
    ]
    assert np.array(sizes).max(axis=0) == pytest.approx(sizes[-1]) and len(sizes) > 9
