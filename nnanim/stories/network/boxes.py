"""Boxes that come out of a detector, drawn on the picture that went in."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.layout import fits
from nnanim.marks import Arrangement, Column, Picture, Row, Text
from nnanim.stories.network.net import Floats, NetworkView
from nnanim.stories.network.views import LayerView, some
from nnanim.structure.titles import fill
from nnanim.words import Words

FORMATS = ("xyxy", "xywh", "cxcywh")
"""What the four numbers of a box are: two corners; a corner and both sides; the middle and both sides."""

MAX_DRAWN = 12
"""Maximum number of boxes that are drawn, the first ones."""

FINE = 240
"""Least number of pixels on a side of a picture that boxes are drawn into, for thin lines."""

WITHIN = 1.5
"""Numbers up to that are shares of the sides, as boxes may lie a little outside; larger ones are pixels."""

COLORS = ((1.0, 0.75, 0.1), (0.25, 0.7, 1.0), (1.0, 0.4, 0.55), (0.35, 0.85, 0.5))
"""Colours of the boxes, in turn."""

DRAWN = {
    "en": "{n} boxes come out, drawn on the picture.",
    "ja": "出てきた {n} 個の枠を、画像に重ねました。",
}
DRAWN_ONE = {"en": "A box comes out, drawn on the picture.", "ja": "出てきた枠を、画像に重ねました。"}
EMPTY = {"en": "{n} of {of} have no area", "ja": "{of} 個のうち {n} 個は面積なし"}


def find_boxes(net: NetworkView) -> Floats:
    """(boxes, 4) the numbers of the output that holds boxes.

    Of several with four numbers in each row it is the one that is called so, else the one of which most rows
    are boxes on the picture.

    Raises:
        UserError: no picture goes in, or no output has four numbers in each row.
    """
    if not LayerView(net, net.steps[0]).is_image:
        raise UserError(f"boxes={net.boxes!r} are drawn on a picture, and none goes in first")
    found: list[tuple[bool, float, Floats]] = []
    for node in net.trace.graph:
        values = net.value(node.inputs[0]) if node.role == "output" and node.inputs else None
        if values is not None and values.ndim in (1, 2) and values.shape[-1] == 4:
            boxes = values.reshape(-1, 4)
            found.append(("box" in node.name, _count_seen(boxes, net), boxes))
    if found:
        return max(found, key=lambda one: one[:2])[2]
    raise UserError(f"boxes={net.boxes!r}: no output has four numbers in each row")


def corners(boxes: Floats, form: str, width: int, height: int) -> Floats:
    """(boxes, 4) left, top, right and bottom in pixels of a picture."""
    scale = np.array([width, height, width, height]) if np.abs(boxes).max() <= WITHIN else np.ones(4)
    a, b, c, d = (boxes * scale).T
    if form == "xywh":
        c, d = a + c, b + d
    elif form == "cxcywh":
        a, b, c, d = a - c / 2, b - d / 2, a + c / 2, b + d / 2
    return np.stack([a, b, c, d], axis=1)


def _count_seen(boxes: Floats, net: NetworkView) -> float:
    """The share of some numbers that would be boxes which lie on the picture, at least in part."""
    values = net.output(net.steps[0])
    assert values is not None
    height, width = values.shape[-2:]
    places = corners(boxes, net.boxes, width, height)
    beyond = (places[:, 2:] <= 0).any(axis=1) | (places[:, :2] >= [width, height]).any(axis=1)
    return float((_have_area(places) & ~beyond).mean())


def _have_area(places: Floats) -> npt.NDArray[np.bool_]:
    """Which of some boxes, as corners, are as wide and high as anything that can be seen."""
    real: npt.NDArray[np.bool_] = (places[:, 2] > places[:, 0]) & (places[:, 3] > places[:, 1])
    return real


def tell_boxes(net: NetworkView) -> Iterator[Beat]:
    """The boxes on the picture; nothing where it was not said what the numbers are."""
    if not net.boxes:
        return
    boxes, source = find_boxes(net), LayerView(net, net.steps[0])
    picture = source.picture(0, source.title)
    places = corners(boxes, net.boxes, picture.pixels.shape[1], picture.pixels.shape[0])
    real = _have_area(places)
    shown = places[real][:MAX_DRAWN]
    drawn = Picture(
        _draw_into(picture, shown), key="boxes", low=picture.low, high=picture.high, means=picture.means,
        label=picture.label,
    )  # fmt: skip
    notes: list[Words] = [fill(EMPTY, n=int((~real).sum()), of=len(boxes))] if not real.all() else []
    notes += [some(len(shown), int(real.sum()))] if len(shown) < real.sum() else []
    lines = [Text(one, key=f"cut:boxes:{i}", size="small", role="dimmed") for i, one in enumerate(notes)]
    stage: Arrangement = Column(drawn, *lines, gap=0.2) if lines else Row(drawn)
    if fits(stage):
        yield Beat(fill(DRAWN_ONE if len(boxes) == 1 else DRAWN, n=len(boxes)), stage, id="boxes")


def _draw_into(picture: Picture, places: Floats) -> Floats:
    """The pixels of a picture in colour, finer where there are few, with the outline of each box in them."""
    pixels = picture.pixels if picture.pixels.ndim == 3 else np.repeat(picture.pixels[..., None], 3, axis=2)
    fine = max(-(-FINE // min(pixels.shape[:2])), 1)
    made = np.repeat(np.repeat(pixels, fine, axis=0), fine, axis=1)
    rows, columns = made.shape[:2]
    thick = max(min(rows, columns) // 100, 1)
    for i, place in enumerate(places):
        left, top, right, bottom = (round(float(one) * fine) for one in place)
        color = picture.low + np.array(COLORS[i % len(COLORS)]) * (picture.high - picture.low)
        for y0, y1, x0, x1 in (
            (top, top + thick, left, right),
            (bottom - thick, bottom, left, right),
            (top, bottom, left, left + thick),
            (top, bottom, right - thick, right),
        ):
            made[max(y0, 0) : min(max(y1, 0), rows), max(x0, 0) : min(max(x1, 0), columns)] = color
    return made
