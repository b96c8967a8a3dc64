"""Marks as mobjects: what they look like under manim's cameras, and how they behave among its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import examples
import numpy as np
import pytest
from manim import Camera, FadeIn, Scene, Square, tempconfig

from nnanim import movie, theme
from nnanim.errors import UserError
from nnanim.layout import place
from nnanim.marks import Frame
from nnanim.movie import Ink, PaintCamera
from nnanim.style import RenderStyle

KINDS = (
    "Units",
    "Wires",
    "Grid",
    "Tokens",
    "Picture",
    "Cloud",
    "Curve",
    "Bars",
    "Block",
    "Link",
    "Formula",
    "Text",
)


@pytest.fixture(autouse=True)
def _small() -> Iterator[None]:
    with tempconfig({"pixel_width": 640, "pixel_height": 360, "frame_rate": 15, "progress_bar": "none"}):
        yield


def seen(camera: Camera, *mobjects: Any) -> np.ndarray:
    camera.reset()
    camera.capture_mobjects(list(mobjects))
    return camera.pixel_array[..., :3].astype(float)


def made(kind: str) -> tuple[Ink, Frame]:
    frame = place(examples.beat(kind), RenderStyle(theme.by_name("dark"), "en"))
    key = kind.lower()
    return Ink(key, frame[key].draw(frame), frame[key].room, frame), frame


@pytest.mark.parametrize("kind", KINDS)
def test_vectors_look_like_the_ink(kind: str) -> None:
    ink, _ = made(kind)
    painted, drawn = seen(PaintCamera(), ink), seen(PaintCamera(), ink.vectors())
    lit = painted.max(axis=-1) > 30
    assert lit.any()
    # Lines and edges are smoothed a little differently; areas are the same.
    assert np.abs(painted - drawn).mean() < 0.06 * np.abs(painted).mean() + 0.25
    assert np.median(np.abs(painted - drawn)[lit]) < 8


def test_the_vectors_follow_where_the_ink_went() -> None:
    ink, _ = made("Units")
    ink.shift([1.5, -0.5, 0]).scale(0.6)
    painted, drawn = seen(PaintCamera(), ink), seen(PaintCamera(), ink.vectors())
    assert np.abs(painted - drawn).mean() < 0.06 * painted.mean() + 0.25


@pytest.mark.filterwarnings("ignore:'mode' parameter:DeprecationWarning")
def test_a_mark_in_an_ordinary_scene_is_a_picture_of_itself() -> None:
    ink, _ = made("Units")
    ours, plain = seen(PaintCamera(), ink), seen(Camera(), ink)
    assert np.abs(ours - plain).mean() < 0.15 * ours.mean()


@pytest.mark.filterwarnings("ignore:'mode' parameter:DeprecationWarning")
def test_a_mark_is_rendered_by_an_ordinary_scene(tmp_path: Path) -> None:
    class Plain(Scene):
        def construct(self) -> None:
            mark = movie.mobject(examples.mark("Grid"), lang="ja", theme="dark")
            self.play(FadeIn(mark), run_time=0.2)
            corner = Square().to_corner([-1, 1, 0])
            self.play(mark.animate.scale(0.5).next_to(corner, [1, 0, 0]), run_time=0.2)

    with tempconfig({"media_dir": str(tmp_path), "format": "png", "verbosity": "WARNING"}):
        scene = Plain()
        scene.render()
        pixels = scene.renderer.camera.pixel_array[..., :3]
    # It ended in the upper left.
    assert pixels[:180, :320].max() > 150 and pixels[200:].max() < 30


def test_a_part_is_the_outline_of_one_neuron() -> None:
    ink, frame = made("Units")
    middle = frame["units"].mark.centers(frame["units"])[1]
    part = ink.part(1)
    np.testing.assert_allclose(part.get_center()[:2], middle, atol=1e-6)
    assert part.width == pytest.approx(2 * frame["units"].mark.radius(frame["units"]), rel=1e-3)
    ink.shift([2, 1, 0]).scale(0.5)
    assert ink.part(1).width == pytest.approx(frame["units"].mark.radius(frame["units"]), rel=1e-3)
    lit = seen(PaintCamera(), ink, ink.part(1).set_fill("#FF0000", 1))
    column, row = ink.part(1).get_center()[:2]
    pixel = lit[round(180 - row * 45), round(320 + column * 45)]
    assert pixel == pytest.approx([255, 0, 0], abs=3)


def test_a_part_that_is_not_there() -> None:
    with pytest.raises(UserError, match=r"'units' has no part \(7,\)"):
        made("Units")[0].part(7)
    with pytest.raises(UserError, match="'text' has no parts"):
        made("Text")[0].part(0)


def test_the_moving_camera_comes_nearer() -> None:
    ink, _ = made("Units")
    camera = PaintCamera()
    far = seen(camera, ink)
    camera.frame.scale(0.5)
    near = seen(camera, ink)
    # The middle half of the picture fills it now.
    middle = far[90:270, 160:480].repeat(2, axis=0).repeat(2, axis=1)
    assert np.abs(near - middle).mean() < 0.25 * near.mean()
    assert np.abs(near - far).mean() > 0.25 * near.mean()


def test_wires_can_be_moved_too() -> None:
    ink, _ = made("Wires")
    before = seen(PaintCamera(), ink)
    ink.shift([0, 1, 0])
    assert np.abs(seen(PaintCamera(), ink)[:300] - before[45:345]).mean() < 1


def test_opacity_and_fading() -> None:
    ink, _ = made("Grid")
    full = seen(PaintCamera(), ink)
    half = seen(PaintCamera(), ink.copy().set_opacity(0.5))
    none = seen(PaintCamera(), ink.copy().fade(1))
    assert full.sum() > half.sum() > none.sum()
    assert none.max() == 0


def test_colours_are_values(caplog: pytest.LogCaptureFixture) -> None:
    ink, _ = made("Units")
    before = seen(PaintCamera(), ink)
    assert ink.set_color("#FF0000") is ink
    assert np.array_equal(seen(PaintCamera(), ink), before)


def test_a_copy_is_its_own() -> None:
    ink, _ = made("Units")
    ink.copy().shift([3, 0, 0])
    assert ink.get_center()[0] == pytest.approx(made("Units")[0].get_center()[0])


def test_what_is_not_public_of_manim_stands_in_one_module_and_was_checked_with_this_version():
    from importlib.metadata import version

    from nnanim.movie import compat

    assert version("manim").startswith(compat.CHECKED_WITH), "check nnanim/movie/compat.py with this version"
    for path in Path(compat.__file__).parent.glob("*.py"):
        private = re.findall(r"^\s*(?:from manim[._]|import manim\.).*", path.read_text("utf-8"), re.M)
        assert bool(private) == (path.name == "compat.py"), path.name
