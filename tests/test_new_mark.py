"""A mark of one's own is one file outside of nnanim: the example of docs/new-mark.md at work."""

from __future__ import annotations

import importlib.util
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from manim import Rectangle

from nnanim import theme
from nnanim.beats import Beat, Story
from nnanim.errors import UserError
from nnanim.layout import place
from nnanim.marks import Column, Extent, Legend, Mark, Parts, Text, digest, modify
from nnanim.movie import mobject
from nnanim.movie.cairo_backend import paint, surface
from nnanim.shapes import Boxes, Discs
from nnanim.still import still
from nnanim.style import RenderStyle
from nnanim.timeline import takes

PAGE = Path(__file__).parent.parent / "docs" / "new-mark.md"
STYLE = RenderStyle(theme.by_name("dark"))
SHARES, LATER = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.2, 0.7])


@pytest.fixture(scope="module")
def strip(tmp_path_factory):
    """The class Strip, from a file of its own."""
    code = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)[0]
    file = tmp_path_factory.mktemp("mine") / "strip.py"
    file.write_text(code, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("strip", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules["strip"] = module
    spec.loader.exec_module(module)
    yield module.Strip
    del sys.modules["strip"]


@pytest.fixture
def story(strip) -> Story:
    one = strip(SHARES, ("cat", "dog", "bird"), key="s", label="Shares")
    other = modify(one, values=LATER)
    return Story.from_beats([Beat("One.", Column(Text("Shares", key="t"), one)), Beat("Other.", other)])


def test_its_values_can_be_asked_for(story):
    frame = place(story.beats[0], STYLE)
    (one,) = frame["s"].mark.readouts(frame["s"], frame)
    assert one.names == ("cat", "dog", "bird")
    assert np.array_equal(one.quantities[0].values, SHARES)
    assert np.array_equal(one.area.centers, frame["s"].parts(frame).centers)


def test_it_is_placed_and_has_its_legend(story):
    frame = place(story.beats[0], STYLE)
    legend = frame["legend:names:s"].mark
    assert isinstance(legend, Legend) and legend.names == ("cat", "dog", "bird")
    boxes = frame.draw()["s"][0]
    assert isinstance(boxes, Boxes)
    np.testing.assert_allclose(boxes.sizes[:, 0] / boxes.sizes[:, 0].sum(), SHARES)
    left, right, bottom, top = frame["s"].room
    assert left <= boxes.centers[0, 0] <= right and bottom < boxes.centers[0, 1] < top


def test_both_printers_draw_it(story):
    x, y = place(story.beats[0], STYLE)["s"].parts(place(story.beats[0], STYLE)).centers[0]
    wanted = np.round(STYLE.theme.rgba("kind0")[:3] * 255)
    pixels, context = surface(1422, 800, (STYLE.width, STYLE.height))
    for shapes in takes(story, STYLE)[0].at(99.0).values():
        paint(context, shapes)
    figure = still(story, 1, width_px=1422, dpi=100)
    figure.canvas.draw()
    for image in (pixels, np.asarray(figure.canvas.buffer_rgba())):
        height, width = image.shape[:2]
        row, column = int((0.5 - y / STYLE.height) * height), int((0.5 + x / STYLE.width) * width)
        np.testing.assert_allclose(image[row, column, :3], wanted, atol=2)


def test_it_changes_between_two_beats(story):
    move = next(phase for phase in takes(story, STYLE)[1].phases if phase.name == "move")
    shares = [move.at(f)["s"][0].sizes[:, 0] for f in (0.0, 0.5, 1.0)]
    found = [one / one.sum() for one in shares]
    np.testing.assert_allclose([found[0], found[2]], [SHARES, LATER])
    way = (found[1] - SHARES)[SHARES != LATER] / (LATER - SHARES)[SHARES != LATER]
    assert np.allclose(way, way[0]) and 0.2 < way[0] < 0.8


def test_it_is_a_mobject_with_parts(strip):
    part = mobject(strip(SHARES, key="s")).part(1)
    assert isinstance(part, Rectangle) and part.width > 0
    with pytest.raises(UserError, match="'s' has no part"):
        mobject(strip(SHARES, key="s")).part(3)


def test_it_refuses_what_is_not_true(strip):
    with pytest.raises(UserError, match=r"Strip 's': shares .* do not add up to 1"):
        strip([0.5, 0.2], key="s")


@dataclass(frozen=True, eq=False)
class Dot(Mark):
    """As little as a mark can have."""

    def extent(self, scale, style):
        return Extent.core(scale, scale)

    def draw(self, placed, frame):
        at, color = np.array([[placed.x, placed.y]]), frame.style.theme.rgba("accent")[None]
        return Parts((Discs(at, np.array([placed.w / 2]), color),))


def test_extent_and_draw_are_all_that_a_mark_must_have():
    first, second = (
        Beat("One.", Column(Dot(key="d"), gap=1)),
        Beat("Two.", Column(Dot(key="e"), Dot(key="d"))),
    )
    film = takes(Story.from_beats([first, second]), STYLE)
    assert all(shapes for take in film for shapes in take.at(take.seconds).values())
    frame = film[0].frame
    assert digest(frame.draw()["d"]) == digest(frame["d"].parts(frame).rest())


@pytest.mark.parametrize("missing", ["extent", "draw"])
def test_what_is_missing_is_named(missing):
    kind = type("Bare", (Dot,), {missing: getattr(Mark, missing)})
    with pytest.raises(NotImplementedError, match=f"Bare has no {missing}"):
        place(Beat("One.", kind(key="b")), STYLE).draw()


@pytest.mark.parametrize("drawn", [None, ()])
def test_a_mark_that_draws_no_parts_is_named(drawn):
    @dataclass(frozen=True, eq=False)
    class Empty(Mark):
        def extent(self, scale, style):
            return Extent.core(scale, scale)

        def draw(self, placed, frame):
            return drawn

    with pytest.raises(UserError, match=r"'mine'.*draw\(\) gives (NoneType|tuple); Parts wanted"):
        still(Story.from_beats([Beat("", Empty(key="mine"))]))


def test_marks_of_nnanim_stand_in_one_file_each_and_are_public():
    import nnanim

    for name, kind in nnanim.marks.KINDS.items():
        assert kind.__module__ == f"nnanim.marks.{name.lower()}" and getattr(nnanim, name) is kind
        assert "draw" in vars(kind) and any("extent" in vars(one) for one in kind.__mro__[:2])
