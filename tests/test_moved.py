"""Shapes under an affine map: every class of them, the whole way, and element by element."""

from __future__ import annotations

import examples
import numpy as np
import pytest

from nnanim import theme
from nnanim.beats import Beat
from nnanim.layout import place
from nnanim.marks import Row, digest
from nnanim.shapes import Boxes, Discs, Filled, Lines, Polyline, Raster, box_map, carry, hull, map_shape, text
from nnanim.style import RenderStyle

DARK = theme.by_name("dark")
ONE = np.ones((1, 4))
SHAPES = {
    "discs": Discs(np.array([[0.0, 0], [4, 2]]), np.array([1.0, 1]), np.ones((2, 4)), np.ones((2, 4)), 0.1),
    "lines": Lines(np.array([[-1.0, -1]]), np.array([[5.0, 3]]), ONE, np.array([0.2])),
    "boxes": Boxes(np.array([[2.0, 1]]), np.array([[6.0, 4]]), ONE, ONE, 0.1, 0.2),
    "words": text("gradient", 2.0, 1.0, 1.0, ONE[0], DARK)[0],
    "upright words": text("gradient", 2.0, 1.0, 1.0, ONE[0], DARK, turn=1)[0],
    "polyline": Polyline(np.array([[-1.0, -1], [5, 3]]), ONE[0], 0.1, dash=(0.2, 0.1)),
    "picture": Raster((2.0, 1.0), (6.0, 4.0), np.zeros((2, 3, 4), dtype=np.uint8)),
}  # fmt: skip


@pytest.mark.parametrize("kind", SHAPES)
def test_a_shape_lies_in_the_box_that_it_was_moved_to(kind):
    shape = SHAPES[kind]
    start = hull([shape])
    end = np.array([-3.0, 2.0, *(start[2:] / 2)])
    for fraction in (0.0, 0.25, 0.5, 1.0):
        (there,) = carry([shape], start, end, fraction)
        np.testing.assert_allclose(hull([there]), start + (end - start) * fraction, atol=1e-9)
    assert digest(carry([shape], start, end, 0.0)) == digest((shape,))


def test_what_has_a_width_of_its_own_keeps_its_proportions():
    start, end = np.array([0.0, 0, 2, 2]), np.array([0.0, 0, 6, 1])
    word, boxes, line = (carry([SHAPES[k]], start, end)[0] for k in ("words", "boxes", "polyline"))
    assert word.size == 0.5
    np.testing.assert_allclose(boxes.sizes, [[18, 2]])
    assert (boxes.rim_width, boxes.corner) == (0.05, 0.1)
    assert line.width == 0.05 and line.dash == (0.1, 0.05)


def test_each_element_of_a_batch_may_have_a_map_of_its_own():
    discs = SHAPES["discs"]
    scale, shift = np.array([[1.0, 1], [0.5, 0.5]]), np.array([[0.0, 0], [3, 3]])
    there = map_shape(discs, scale, shift)
    np.testing.assert_allclose(there.centers, [[0, 0], [5, 4]])
    np.testing.assert_allclose(there.radii, [1, 0.5])


def test_a_box_without_width_keeps_it():
    scale, shift = box_map(np.array([1.0, 1, 0, 2]), np.array([3.0, 2, 4, 1]))
    np.testing.assert_allclose(scale, [1, 0.5])
    np.testing.assert_allclose(shift, [2, 1.5])


@pytest.mark.parametrize("kind", ["Units", "Grid", "Tokens", "Picture", "Cloud", "Bars", "Formula", "Text"])
def test_a_whole_mark_goes_there_and_back(kind):
    frame = place(Beat("", Row(examples.mark(kind))), RenderStyle(DARK))
    seen = next(iter(frame.placed.values())).draw(frame)
    start = hull(seen)
    end = start * [1, 1, 0.5, 0.5] + [2, 1, 0, 0]
    back = carry(carry(seen, start, end), end, start)
    np.testing.assert_allclose(hull(back), start, atol=1e-9)
    assert [type(one) for one in back] == [type(one) for one in seen]
    words = [(a.piece, a.size) for a in seen if isinstance(a, Filled)]
    assert [a for a, _ in words] == [b.piece for b in back if isinstance(b, Filled)]
