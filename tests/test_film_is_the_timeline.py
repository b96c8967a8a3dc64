"""What manim paints is what the timeline says: every scene, every beat, every phase, at some moments of it.

The scene runs as in a film, with manim's own split into what moves and what rests; only nothing is encoded.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import shipped
from manim import tempconfig

from nnanim.beats import Beat, Story
from nnanim.marks import Cloud, Column, Overlay, Picture, Row, Tokens, Units, Wires, modify
from nnanim.motions import Flow, Playback, Sweep
from nnanim.movie import StoryScene
from nnanim.movie.cairo_backend import paint, surface
from nnanim.movie.ink import PaintCamera
from nnanim.movie.renderer import FilmRenderer
from nnanim.movie.writer import FilmWriter
from nnanim.scene import loader
from nnanim.shapes import Raster
from nnanim.theme import by_name
from nnanim.timeline import Phase, Take

SMALL = {"pixel_width": 192, "pixel_height": 108, "frame_rate": 10, "progress_bar": "none"}
MOMENTS = {"motion": (0.317, 0.773), "pause": (1.0,)}
OTHERS = (0.5,)
"""Fractions of a phase that are looked at."""

CLOSE = 4
"""Steps of 255 by which a pixel may differ: light upon light is rounded in another order."""


class Sampler(FilmRenderer):
    """Paints some moments of each animation instead of all of its frames, and writes nothing."""

    moments: tuple[float, ...] = ()

    def play(self, scene: Any, *args: Any, **kwargs: Any) -> None:
        scene.compile_animation_data(*args, **kwargs)
        scene.begin_animations()
        self.frames = []
        self.save_static_frame_data(scene, scene.static_mobjects)
        if scene.is_current_animation_frozen_frame():
            self.update_frame(scene, mobjects=scene.moving_mobjects)
            self.frames.append(self.get_frame().copy())
            return
        (animation,) = scene.animations
        for moment in self.moments:
            animation.interpolate(moment)
            self.update_frame(scene, scene.moving_mobjects)
            self.frames.append(self.get_frame().copy())
        animation.finish()
        animation.clean_up_from_scene(scene)


def differences(kind: type[StoryScene], story: Story) -> Iterator[str]:
    """Where the frames of a film differ from the shapes of its timeline."""

    found: list[str] = []

    class Compared(kind):  # type: ignore[valid-type, misc]
        def _play(self, phase: Phase, take: Take) -> None:
            self.renderer.moments = MOMENTS.get(phase.name, OTHERS)
            super()._play(phase, take)
            before = sum(one.seconds for one in take.phases[: take.phases.index(phase)])
            for moment, frame in zip(self.renderer.moments, self.renderer.frames, strict=True):
                wanted = painted(take, before + min(moment, 1 - 1e-9) * phase.seconds)
                apart = np.abs(frame[..., :3].astype(int) - wanted[..., :3]).max(axis=-1)
                if (apart > CLOSE).any():
                    found.append(
                        f"{take.beat.id}, {phase.name} at {moment}: {(apart > CLOSE).sum()} pixels differ, "
                        f"by up to {apart.max()}"
                    )

    with tempconfig({**SMALL, "dry_run": True, "disable_caching": True}):
        scene = Compared(renderer=Sampler(file_writer_class=FilmWriter, camera_class=PaintCamera))
        scene.tell(story)
    yield from found


def painted(take: Take, seconds: float) -> np.ndarray:
    """(height, width, 4) what the timeline shows so many seconds after the beat's start."""
    style = take.frame.style
    pixels, context = surface(SMALL["pixel_width"], SMALL["pixel_height"], (style.width, style.height))
    red, green, blue, _ = style.theme.rgba("ground")
    context.set_source_rgb(blue, green, red)
    context.paint()
    for shapes in take.at(seconds).values():
        paint(context, shapes)
    return pixels


@pytest.mark.parametrize("name", loader.names())
def test_every_frame_shows_what_the_timeline_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for setting in ("LANG", "THEME", "PACE"):
        monkeypatch.delenv(f"NNANIM_{setting}", raising=False)
    assert list(differences(loader.load(name), shipped.story(name))) == []


def points(strength: float) -> Overlay:
    return Overlay(
        Picture(np.full((6, 6), strength), key="map"),
        Cloud(
            np.random.default_rng(0).uniform(0.1, 0.9, (60, 2)), key="plane", x_limits=(0, 1), y_limits=(0, 1)
        ),
    )


def overlays() -> Story:
    """What changes lies below, above and between what rests."""
    lit = points(0.9)
    above = lit.children[0]
    brighter = Playback({"map": [modify(above, pixels=above.pixels * share) for share in (0.2, 0.6, 1.0)]})
    x, y = Units([0.5, -0.4], key="x"), Units([0.1], key="y")
    w = np.array([[0.5, -0.3]])
    return Story.from_beats(
        [
            Beat("", points(0.2), id="before"),
            Beat("", lit, motion=brighter, id="film"),
            Beat("", points(0.4), id="moves"),
            Beat("", Row(x, Wires(w, x, y, key="w"), y), motion=Flow("w", w * x.values, x.values), id="flow"),
            Beat("", Column(Tokens(("a", "b"), key="t"), lit), motion=Sweep("t"), id="window"),
        ]
    )


def test_what_rests_above_a_picture_that_changes_is_there_all_the_time() -> None:
    assert list(differences(StoryScene, overlays())) == []


def test_the_decoded_film_shows_it_too(tmp_path: Path) -> None:
    """Points on a picture that changes are in the mp4 while it changes."""

    class Points(StoryScene):
        def story(self, example: Any) -> Any:
            yield from list(overlays().beats)[:2]

    with tempconfig(
        {**SMALL, "media_dir": str(tmp_path), "video_encoder_options": {"crf": "1", "preset": "ultrafast"}}
    ):
        Points(renderer=FilmRenderer(file_writer_class=FilmWriter, camera_class=PaintCamera)).render()
    (film,) = (path for path in tmp_path.rglob("Points.mp4") if "partial" not in str(path))
    with av.open(str(film)) as source:
        seen = np.stack([frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)]).astype(int)
    color = by_name("dark").rgba(points(0.9).children[1].roles[0])
    most, least = int(color[:3].argmax()), int(color[:3].argmin())
    lit = (seen[..., most] - seen[..., least] > 60).sum(axis=(1, 2))
    there = np.flatnonzero(lit > 0.5 * lit.max())
    # Once they have entered, the points never go.
    assert lit.max() > 50 and (there == np.arange(there[0], len(seen))).all() and len(there) > 40


def test_a_picture_is_painted_alike_whatever_the_last_bits_of_its_place() -> None:
    """At its place, and where a flight comes to: sums that are rounded in another order."""
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 4), dtype=np.uint8)
    pixels[..., 3] = 255
    seen = []
    for center, size in (
        ((3.639859426231386, 1.1041453502058982), (2.8517091393470757, 2.8517091393470766)),
        ((3.639859426231384, 1.1041453502058987), (2.8517091393470766, 2.8517091393470766)),
    ):
        painted_on, context = surface(SMALL["pixel_width"], SMALL["pixel_height"], (128 / 9, 8.0))
        paint(context, (Raster(center, size, pixels),))
        seen.append(painted_on)
    np.testing.assert_array_equal(*seen)
