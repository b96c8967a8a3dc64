"""Strokes: what they cover, which lies above which, their slopes, and one drawing at every size."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest
import torch
from torch.nn import functional as F

from nnanim.errors import UserError
from nnanim.steering.siren import places
from nnanim.steering.strokes import Brushwork, Strokes, bend, composite, cover, distances

SVG = "{http://www.w3.org/2000/svg}"


def brushwork(*strokes: tuple[list[list[float]], list[float]], opacity: float = 1.0) -> Brushwork:
    """Strokes of half breadth 0.2 over a sky that is black above and white below."""
    points, colours = (torch.tensor([list(one)]) for one in zip(*strokes, strict=True))
    count = len(strokes)
    sky = torch.tensor([[[0.0, 0, 0], [1, 1, 1]]])
    return Brushwork(points, colours, torch.full((1, count), 0.2), torch.full((1, count), opacity), sky)


LEVEL = ([[-0.5, 0.0], [0.0, 0.0], [0.5, 0.0]], [1.0, 0.0, 0.0])
UPRIGHT = ([[0.0, -0.5], [0.0, 0.0], [0.0, 0.5]], [0.0, 0.0, 1.0])


def test_a_curve_begins_at_its_start_and_its_bend_pulls_it_half_way() -> None:
    arch = torch.tensor([[-1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    assert bend(arch, 2).tolist() == [[-1, 0], [0, 0.5], [1, 0]]


def test_distances_are_those_to_the_nearest_point_of_the_curve() -> None:
    at = torch.tensor([[0.0, 0.3], [0.9, 0.3], [0.2, 0.0]])
    found = distances(brushwork(LEVEL).points, at, 3)[0, 0]
    assert found.tolist() == pytest.approx([0.3, 0.5, 0.0], abs=1e-3)


def test_a_stroke_covers_what_is_near_by_its_opacity_and_half_of_it_at_its_edge() -> None:
    at = torch.tensor([[0.0, 0.0], [0.0, 0.2], [0.0, 0.9]])
    found = cover(brushwork(LEVEL, opacity=0.8), at, 3, 0.02)[0, 0]
    assert found.tolist() == pytest.approx([0.8, 0.4, 0.0], abs=1e-3)


def test_later_strokes_lie_above_and_the_sky_shines_where_there_is_none() -> None:
    at = torch.tensor([[0.0, 0.0], [0.4, 0.0], [0.8, 0.8]])
    crossed = composite(brushwork(LEVEL, UPRIGHT), at, 3, 0.01)[0].T
    torch.testing.assert_close(
        crossed, torch.tensor([[0.0, 0, 1], [1, 0, 0], [0.9, 0.9, 0.9]]), atol=1e-3, rtol=0
    )
    half = composite(brushwork(LEVEL, UPRIGHT, opacity=0.5), at[:1], 3, 0.01)[0, :, 0]
    assert half.tolist() == pytest.approx([0.25 + 0.125, 0.125, 0.5 + 0.125], abs=1e-3)


def test_only_pixels_at_the_edge_feel_a_stroke_move() -> None:
    points = brushwork(LEVEL).points.requires_grad_(True)
    for down, feels in ((0.2, True), (0.0, False), (0.9, False)):
        seen = cover(brushwork(LEVEL)._replace(points=points), torch.tensor([[0.1, down]]), 3, 0.02)
        (slope,) = torch.autograd.grad(seen.sum(), points)
        assert (slope.abs().max().item() > 1) == feels


def test_strokes_are_one_drawing_at_every_size() -> None:
    strokes = Strokes()
    parameters = strokes.start([torch.Generator().manual_seed(at) for at in range(2)])
    small, large = strokes.paint(parameters), strokes.paint_large(parameters, 192)
    assert small.shape == (2, 3, 64, 64) and large.shape == (2, 3, 192, 192)
    assert (F.avg_pool2d(large, 3) - small).abs().mean() < 0.03
    again = Strokes(side=32)
    assert again.paint(parameters).shape == (2, 3, 32, 32)
    with pytest.raises(UserError, match="pixels a side"):
        strokes.paint_large(parameters, 0)


def test_svg_has_the_strokes_in_their_order() -> None:
    strokes = Strokes(strokes=3)
    parameters = strokes.start([torch.Generator().manual_seed(4)])
    (text,) = strokes.to_svg(parameters)
    paths = ElementTree.fromstring(text).findall(f".//{SVG}path")
    assert len(paths) == 3
    for path, points, width, cover_ in zip(
        paths, parameters[0][0], parameters[2][0], parameters[3][0], strict=True
    ):
        numbers = path.attrib["d"].replace("M", "").replace("Q", " ").split()
        assert [float(one) for one in numbers] == pytest.approx(points.flatten().tolist(), abs=1e-4)
        assert float(path.attrib["stroke-width"]) == pytest.approx(2 * width.exp().item(), abs=1e-3)
        assert float(path.attrib["stroke-opacity"]) == pytest.approx(cover_.sigmoid().item(), abs=1e-3)


def test_strokes_begin_with_the_colours_of_a_picture() -> None:
    picture = torch.zeros(3, 64, 64)
    picture[0, :32], picture[2, 32:] = 0.9, 0.9  # red above, blue below
    strokes = Strokes()
    work = strokes.read(strokes.start([torch.Generator().manual_seed(0)], picture))
    above = work.points[0, :, 1, 1] < 0
    assert 0 < above.sum() < strokes.strokes
    assert (work.colours[0, above, 0] > 0.4).all() and (work.colours[0, ~above, 2] > 0.4).all()
    assert work.sky[0].argmax(1).tolist() == [0, 2]


def test_a_picture_of_no_strokes_is_the_sky() -> None:
    work = brushwork(LEVEL)
    none = Brushwork(*(part[:, :0] for part in work[:4]), work.sky)
    column = composite(none, places(4), 3, 0.1).reshape(3, 4, 4)[0, :, 0]
    assert column.tolist() == pytest.approx([0.125, 0.375, 0.625, 0.875])
