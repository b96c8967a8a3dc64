"""The film of strokes: what it records are gradients, and what it draws are the recorded strokes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from pytest import MonkeyPatch

from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.layout import place
from nnanim.marks import Row
from nnanim.shapes import Discs, Within
from nnanim.steering.stroke_trace import record_strokes
from nnanim.steering.strokes import Strokes
from nnanim.stories.clipdraw import Drawn, StrokePicture, clipdraw
from nnanim.stories.clipdraw.story import LONGEST
from nnanim.style import RenderStyle
from nnanim.theme import by_name

PROMPT = "a large purple umbrella, in the middle, on a meadow, plain"
THINGS = [f"thing {letter}" for letter in "abcdefghijklmnop"]


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    with MonkeyPatch.context() as patch:
        patch.setattr(Strokes, "steps", 3)
        return Drawn(record_strokes(PROMPT, 1, kept=3, large=48), PROMPT, THINGS, 0.8, 40)


def parameters(drawn: Drawn, at: int) -> list[torch.Tensor]:
    """What was steered, out of what one sees."""
    points, colours, widths, covers, sky = (
        torch.from_numpy(drawn.trace[name][at][None].copy())
        for name in ("points", "colours", "widths", "covers", "sky")
    )
    return [points, colours.logit(), widths.log(), covers.logit(), sky.logit()]


def test_the_first_layer_is_the_sky_and_the_last_the_whole_start(drawn: Drawn) -> None:
    layers = drawn.array("layers")
    assert len(layers) == drawn.strokes + 1 == 17
    assert np.ptp(layers[0]) < 1e-6
    whole = Strokes().paint_large(parameters(drawn, 0), layers.shape[1])[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(layers[-1], whole, atol=0.02)
    covered = np.abs(np.diff(layers, axis=0)).max(axis=(1, 2, 3))
    assert (covered > 0.05).sum() > 8  # strokes one by one, some of them outside


def test_arrows_are_the_slope_at_the_points(drawn: Drawn) -> None:
    slope, ways = torch.from_numpy(drawn.trace["slope"].copy()).permute(2, 0, 1), drawn.array("ways")
    stroke, point, axis = np.unravel_index(np.abs(ways).argmax(), ways.shape)
    sides = []
    for step in (1e-2, -1e-2):
        moved = parameters(drawn, 0)
        moved[0][0, stroke, point, axis] += step
        sides.append(float((Strokes().paint(moved)[0] * slope).sum()))
    assert (sides[0] - sides[1]) / 2e-2 == pytest.approx(ways[stroke, point, axis], rel=0.05)


def test_only_the_rim_of_the_stroke_has_a_slope(drawn: Drawn) -> None:
    cover, slope = drawn.array("cover"), np.abs(drawn.array("cover.slope"))
    strongest = slope > 0.5 * slope.max()
    assert ((cover[strongest] > 0.02) & (cover[strongest] < 0.98 * cover.max())).all()
    assert (slope[cover < 1e-4] < 0.01).all()
    away = drawn.array("distance")
    assert np.argmax(cover) == np.argmin(away) or cover.max() - cover.flat[away.argmin()] < 1e-6


def test_the_story_shows_what_was_recorded(drawn: Drawn) -> None:
    beats = {beat.id: beat for beat in clipdraw(drawn)}
    assert beats["question"].says == beats["question"].says and "16" in beats["question"].says["en"]
    arrows = beats["arrows"]["drawing"].arrows
    ways = drawn.array("ways")
    longest = np.hypot(arrows[..., 0], arrows[..., 1]).max()
    assert longest == pytest.approx(LONGEST)
    np.testing.assert_allclose(arrows / LONGEST, ways / np.hypot(ways[..., 0], ways[..., 1]).max())
    assert "11 numbers" in beats["stroke"].says["en"] and "182 numbers" in beats["large"].says["en"]
    motion = beats["draw"].motion
    assert motion is not None
    states = motion.states  # type: ignore[attr-defined]
    assert [one.drawn for one in states["curve"]] == [int(step) + 1 for step in drawn.trace["step"]]
    np.testing.assert_array_equal(states["drawing"][-1].curves, drawn.array("points")[-1])
    assert beats["judge"]["judge"].values[0] == pytest.approx(drawn.array("judged").max())
    assert beats["move"].asks and not beats["notice"].asks


def test_what_does_not_fit_is_refused(drawn: Drawn) -> None:
    with pytest.raises(UserError, match="2 names for 16 things"):
        replace(drawn, things=("a", "b"))
    with pytest.raises(UserError, match="kept=1; at least 2"):
        record_strokes(PROMPT, kept=1)
    pixels = np.zeros((4, 4, 3))
    with pytest.raises(UserError, match=r"StrokePicture 's': curves of shape \(1, 2, 2\)"):
        StrokePicture(pixels, key="s", curves=np.zeros((1, 2, 2)))
    with pytest.raises(UserError, match="arrows of shape"):
        StrokePicture(pixels, key="s", curves=np.zeros((1, 3, 2)), arrows=np.ones((2, 3, 2)))


def test_a_sketch_draws_its_points_where_they_are_and_nothing_outside() -> None:
    curve = np.array([[[-1.0, -1.0], [0.0, 0.0], [3.0, 1.0]]])
    mark = StrokePicture(np.zeros((4, 4, 3)), key="s", curves=curve, arrows=np.zeros((1, 3, 2)))
    frame = place(Beat("A curve.", Row(mark)), RenderStyle(by_name("dark")))
    placed = frame["s"]
    (within,) = (shape for shape in placed.draw(frame) if isinstance(shape, Within))
    left, right, bottom, top = within.box
    assert (right - left, top - bottom) == pytest.approx((placed.w, placed.h))
    (dots,) = (shape for shape in within.shapes if isinstance(shape, Discs))
    np.testing.assert_allclose(dots.centers[0], [left, top])
    np.testing.assert_allclose(dots.centers[1], [placed.x, placed.y])
    pixels, points = placed.mark.readouts(placed, frame)
    assert len(pixels) == 16 and points.shape == (1, 3)
    np.testing.assert_array_equal(points.quantities[0].values, curve[0])
    plain = StrokePicture(np.zeros((4, 4, 3)), key="s")
    assert len(plain.readouts(placed, frame)) == 1
