"""A grid under pictures: each is as wide as its column, and cells may be wider than high."""

from __future__ import annotations

import examples
import numpy as np
import pytest

from nnanim.errors import UserError
from nnanim.layout import place
from nnanim.marks import PictureGrid
from nnanim.shapes import Raster
from nnanim.style import RenderStyle
from nnanim.theme import by_name

STYLE = RenderStyle(by_name("dark"))


@pytest.mark.parametrize("aspect", [1.0, 1.5])
def test_pictures_stand_over_their_columns(aspect: float) -> None:
    frame = place(examples.beat("PictureGrid", aspect=aspect), STYLE)
    placed = frame["picturegrid"]
    pictures = [one for one in placed.draw(frame) if isinstance(one, Raster)]
    at, size = placed.parts(frame).centers, placed.parts(frame).sizes
    assert len(pictures) == 3
    np.testing.assert_allclose([one.center[0] for one in pictures], at[0, :, 0])
    top = placed.y + placed.h / 2
    for one in pictures:
        assert one.size[0] == pytest.approx(one.size[1]) and one.size[0] < size[0, 0, 0]
        assert (
            top < one.center[1] - one.size[1] / 2 and one.center[1] + one.size[1] / 2 <= placed.room[3] + 1e-9
        )
    assert placed.w / 3 == pytest.approx(aspect * placed.h / 2)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"pictures": None}, "there are no pictures; a Grid has none"),
        ({"columns": ("a", "b", "c")}, "its columns have pictures, not names"),
        ({"pictures": np.zeros((2, 4, 4, 3))}, r"pictures of shape \(2, 4, 4, 3\); \(3, height, width, 3\)"),
        ({"pictures": np.full((3, 4, 4, 3), 1.5)}, r"a pixel of its pictures lies outside 0\.\.1"),
        ({"aspect": 0.5}, "aspect=0.5; it must be 1 or more"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, object], says: str) -> None:
    with pytest.raises(UserError, match=f"^PictureGrid 'picturegrid': {says}"):
        examples.mark("PictureGrid", **changes)


def test_cells_are_revealed_under_their_pictures() -> None:
    revealed = examples.mark("PictureGrid").reveal(2)
    assert isinstance(revealed, PictureGrid) and revealed.mask is not None
    assert revealed.mask.ravel().tolist() == [False, False, True, True, True, True]
