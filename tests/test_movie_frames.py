"""What a film need not paint or find out again in each frame, and that nobody sees the difference."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from manim import RIGHT, Group, Square, tempconfig

from nnanim.beats import Beat
from nnanim.layout import place
from nnanim.marks import Mark, Row, Units, Wires, digest
from nnanim.motions import Flow, Playback, Relay
from nnanim.movie import StoryScene
from nnanim.movie.ink import Ink, PaintCamera, inks
from nnanim.movie.renderer import FilmRenderer
from nnanim.movie.writer import FilmWriter
from nnanim.shapes import Boxes, Discs, Polyline
from nnanim.style import RenderStyle
from nnanim.theme import by_name

changing: Any = import_module("nnanim.timeline.change")


def decoded(film: Path) -> np.ndarray:
    with av.open(str(film)) as source:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)])


class Held(StoryScene):
    """Three states, half a second each."""

    def story(self, example: Any) -> Any:
        states = tuple(Units([value], key="u", limit=1) for value in (0.1, 1.0, 0.4))
        yield Beat("", Row(states[-1]), motion=Playback({"u": states}, seconds=1.5), pause=0.4, id="held")


SMALL = {"pixel_width": 214, "pixel_height": 120, "frame_rate": 20, "progress_bar": "none"}


def rendered(kind: type[StoryScene], folder: Path, **settings: Any) -> tuple[Path, int]:
    """A film, and how many frames were painted for it."""
    painted: list[int] = []

    class Watched(FilmRenderer):
        def update_frame(self, *args: Any, **kwargs: Any) -> None:
            painted.append(1)
            super().update_frame(*args, **kwargs)

    with tempconfig({**SMALL, "media_dir": str(folder), "disable_caching": True, **settings}):
        kind(renderer=Watched(file_writer_class=FilmWriter, camera_class=PaintCamera)).render()
    (film,) = (
        path for path in folder.rglob("*.m*") if path.parent.name == "120p20" and path.suffix != ".json"
    )
    return film, len(painted)


def test_a_frame_that_is_the_last_one_again_is_not_painted(tmp_path: Path) -> None:
    film, painted = rendered(Held, tmp_path)
    seen = decoded(film).astype(float)
    middle = seen[-38:, 50:60, 100:114].mean(axis=(1, 2))
    apart = np.abs(np.diff(middle, axis=0)).max(axis=1)
    # Three states of ten frames, then the pause, which shows the last one.
    assert [int(place) for place in np.flatnonzero(apart > 12)] == [9, 19]
    assert len(seen) > 45 and painted < len(seen) - 20


def test_the_film_is_the_same_with_and_without_planes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"video_encoder_options": {"crf": "1", "preset": "ultrafast"}}
    ours, _ = rendered(Held, tmp_path / "ours", **options)
    monkeypatch.setattr("nnanim.movie.yuv.loops", lambda: None)
    theirs, _ = rendered(Held, tmp_path / "theirs", **options)
    a, b = decoded(ours).astype(float), decoded(theirs).astype(float)
    assert a.shape == b.shape and np.abs(a - b).mean() < 1


class Both(StoryScene):
    """A story, then a mark that moves behind a mobject of manim's own, and a camera that comes nearer."""

    def story(self, example: Any) -> Any:
        yield Beat("", Row(Units([1.0], key="u", limit=1)), pause=0.1, id="one")

    def after(self, beat: Beat) -> None:
        own = Square(1.5, color="#00FF00", fill_opacity=1).set_z_index(-1)
        self.add(own)
        self.play(self["u"].animate.shift([2, 0, 0]), run_time=0.3)
        self.play(self.camera.frame.animate.scale(0.5), run_time=0.3)


def test_ones_own_mobjects_and_camera_are_painted_in_every_frame(tmp_path: Path) -> None:
    seen = decoded(rendered(Both, tmp_path)[0]).astype(int)
    green = (seen[..., 1] > 150) & (seen[..., 0] < 90) & (seen[..., 2] < 90)
    share = green.mean(axis=(1, 2))
    # The mark lies above the square, and leaves it; then the square grows to four times its area.
    assert 0 < share[-12] < 0.9 * share[-7]
    assert (np.diff(share[-6:]) > 0).all() and share[-1] > 3 * share[-7]


def test_inks_stand_in_the_order_in_which_manim_paints() -> None:
    frame = place(Beat("", Row(Units([1.0], key="u"))), RenderStyle(by_name("dark"), "en"))
    disc = Discs(np.zeros((1, 2)), np.ones(1), np.ones((1, 4)))
    a, b, c = (Ink("u", (disc,), (-1, 1, -1, 1), frame) for _ in range(3))
    every = [Group(a, b), c, b, a]
    assert inks(every) == [c, b, a] == PaintCamera().get_mobjects_to_display(every)
    assert inks([]) == [] and inks([a, Square()]) is None and inks([Group(Group(a))]) is None
    assert inks([a, b.copy().set_z_index(-1)]) is None
    b.add(c)
    assert inks([a, b]) is None


def test_a_camera_that_moves_is_followed() -> None:
    frame = place(Beat("", Row(Units([1.0], key="u"))), RenderStyle(by_name("dark"), "en"))
    ink = Ink("u", (Discs(np.zeros((1, 2)), np.ones(1), np.ones((1, 4))),), (-1, 1, -1, 1), frame)
    with tempconfig({**SMALL, "dry_run": True}):
        renderer = FilmRenderer(camera_class=PaintCamera)
        areas, states = [], []
        for _ in range(3):
            renderer.camera.reset().capture_mobjects([ink])
            areas.append((renderer.camera.pixel_array[..., 0] > 128).sum())
            states.append(renderer._paint_state([ink]))
            renderer.camera.frame.scale(0.5)
    assert areas[1] / areas[0] == pytest.approx(4, rel=0.1) and areas[2] / areas[1] == pytest.approx(
        4, rel=0.1
    )
    assert states[0] != states[1] != states[2]


def test_an_ink_looks_alike_until_something_is_changed() -> None:
    frame = place(Beat("", Row(Units([1.0], key="u"))), RenderStyle(by_name("dark"), "en"))
    disc = Discs(np.zeros((1, 2)), np.ones(1), np.ones((1, 4)))
    ink = Ink("u", (disc,), (-1, 1, -1, 1), frame)
    states, shapes = [ink.paint_state()], ink._shapes
    ink.show(shapes)
    assert ink.paint_state() == states[0]
    for change in (
        lambda: ink.show((disc, disc)), lambda: ink.show(shapes), lambda: ink.shift(RIGHT),
        lambda: ink.fade(0.5), lambda: ink.settle((disc,), (-1, 1, -1, 1), frame),
    ):  # fmt: skip
        change()
        assert ink.paint_state() not in states
        states.append(ink.paint_state())


def test_what_an_ink_leaves_of_the_pen_is_not_in_the_next_frame() -> None:
    """Round joins of a polyline would round the corners of boxes in the frame after it."""
    frame = place(Beat("", Row(Units([1.0], key="u"))), RenderStyle(by_name("dark"), "en"))
    box = Boxes(np.zeros((1, 2)), np.full((1, 2), 3.0), np.zeros((1, 4)), np.ones((1, 4)), rim_width=0.9)
    line = Polyline(np.array([[-6.0, 3.0], [-5.0, 3.5]]), np.ones(4), 0.2)
    with tempconfig({**SMALL, "dry_run": True}):
        camera = PaintCamera()
        shots = []
        for shapes in ((box,), (line,), (box,)):
            camera.reset().capture_mobjects([Ink("u", shapes, (-7, 7, -4, 4), frame)])
            shots.append(camera.pixel_array.copy())
    np.testing.assert_array_equal(shots[0], shots[2])
    assert (shots[0] != shots[1]).any()


def test_marks_are_compared_once_and_not_in_every_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    style = RenderStyle(by_name("dark"), "en")
    x = Units([1.0, 2.0], key="x", label="before")
    before = place(Beat("", Row(x, Units([1.0], key="y"), Units([3.0], key="z"))), style)
    after = place(Beat("", Row(Units([2.0, 2.0], key="x", label="after"), Units([1.0], key="y"))), style)
    compared: list[int] = []
    content = property(lambda mark: (compared.append(1), digest(mark))[1])
    monkeypatch.setattr(Mark, "content_digest", content)
    drawing = changing.move_marks(before, after, ("x", "y"))
    drawing(0.3)
    first = len(compared)
    seen = drawing(0.3), drawing(0.6)
    assert first > 0 and len(compared) == first
    assert digest(seen[0]) != digest(seen[1]) == digest(changing.move_marks(before, after, ("x", "y"))(0.6))


def test_neurons_are_drawn_again_only_when_one_is_lit(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = Units([1.0, 0.5], key="x"), Units([0.7, -0.2, 0.4], key="y")
    w = np.array([[0.5, 0.4], [-0.4, 0.4], [0.2, 0.4]])
    relay = Relay((Flow("w", w * x.values, x.values), Flow("w", w * x.values, x.values)))
    beat = Beat("", Row(x, Wires(w, x, y, key="w"), y), motion=relay)
    frame = place(beat, RenderStyle(by_name("dark"), "en"))
    drawn: list[int] = []
    draw = Units.draw
    monkeypatch.setattr(Units, "draw", lambda *args: (drawn.append(1), draw(*args))[1])
    at = relay.drawing(frame.with_marks(relay.opening(beat.by_key)), frame)
    lit = [digest(at(i / 40)["y"]) for i in range(41)]
    # Dark, one more lit each time, and the second flow's own.
    assert len(drawn) <= 9 and len(set(lit)) >= 4
