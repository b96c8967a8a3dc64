"""The VAE's map in the hands of a class: any point of it, decoded, and what lies around."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Picture, Row
from nnanim.stories.vae.journeys import DECODED, tile_pictures
from nnanim.stories.vae.plane import Floats, Plane, large
from nnanim.stories.vae.squeeze import ink
from nnanim.trace import Trace
from nnanim.words import fill

Window = tuple[tuple[float, float], tuple[float, float]]


def explore(known: Trace, labels: Sequence[int], decoded: Trace, window: Window) -> Iterator[Beat]:
    """One point and its picture, then the pictures around it.

    Args:
        known: of the whole VAE on pictures, with their ``mean`` (n, 2).
        labels: (n,) the class of each picture.
        decoded: of its decoder alone: the point first, then (k × k) points around it, the largest y on top.
        window: ranges of x and y of the map.
    """
    plane, points = Plane(tuple(int(label) for label in labels)), np.asarray(decoded["input"], dtype=float)
    pictures = np.asarray(decoded["output"], dtype=float)
    side = round(np.sqrt(pictures.shape[1]))
    pictures = pictures.reshape(-1, side, side)
    mean = np.asarray(known["mean"], dtype=float)
    chart = large(plane.cloud(mean, window, more=points[:1], highlight=(len(mean),), aspect=1.4))
    x, y = points[0]
    yield Beat(
        fill(
            {
                "en": "Out of {x:.2f} and {y:.2f}, the decoder draws this.",
                "ja": "{x:.2f} と {y:.2f} から、デコーダーはこれを描きます。",
            },
            x=float(x), y=float(y),
        ),
        Row(chart, Row(ink(pictures[0], "decoded", DECODED), scale=1.5), gap=0.7),
        id="explore",
    )  # fmt: skip
    count = round(np.sqrt(len(points) - 1))
    around = pictures[1:].reshape(count, count, side, side)
    yield Beat(
        {"en": "Small steps around it: small changes.", "ja": "まわりへ少し動くと、少し変わります。"},
        Row(chart, Row(_sheet(around), scale=1.5), gap=0.7),
        id="around",
        born={"sheet": From("map", part=len(mean))},
    )


def _sheet(pictures: Floats) -> Picture:
    return Picture(tile_pictures(pictures), key="sheet")
