"""Plots over each other: one set of axes for all, and words that no line strikes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnanim import theme
from nnanim.beats import Beat, Story
from nnanim.layout import place
from nnanim.marks import Arrangement, Cloud, Curve, Overlay, Surface
from nnanim.shapes import Filled, Shapes
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
