"""On the VAE's map: a walk from one digit to another, and the whole map decoded."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Column, Overlay, Picture, Row, modify
from nnanim.motions import Playback
from nnanim.stories.vae.plane import WIDE, Plane, large, window
from nnanim.stories.vae.squeeze import ink
from nnanim.trace import Trace
from nnanim.words import fill

Floats = npt.NDArray[np.float64]

STOPS = 7
"""Number of pictures of the walk that stay below it."""

DECODED = {"en": "decoded", "ja": "復元"}


def walk(trace: Trace, plane: Plane) -> Beat:
    """A point moves over the map, and the decoder draws what it finds there."""
    mean, path = (np.asarray(trace[name], dtype=float) for name in ("mean", "walk"))
    pictures = np.asarray(trace["walk.pictures"])
    room = window(trace)
    maps = [
        plane.cloud(mean, room, more=path[k : k + 1], path=path[: k + 1], highlight=(len(mean),), aspect=1.4)
        for k in range(len(path))
    ]
    drawn = [ink(pixels, "decoded", DECODED) for pixels in pictures]
    stops = np.linspace(0, len(path) - 1, STOPS).round().astype(int)
    kept = [ink(pictures[at], f"stop-{i}") for i, at in enumerate(stops)]
    states = {one.key: _late(one, int(at), len(path)) for one, at in zip(kept, stops, strict=True)}
    first, last = (plane.labels[int(trace[name])] for name in ("start", "end"))
    return Beat(
        fill(
            {
                "en": "Without gaps, one can walk: from a {a} to {b}, every step decoded.",
                "ja": "隙間がないので、{a} から {b} へ、描きながら歩けます。",
            },
            a=first, b=article(last),
        ),
        Row(
            large(maps[-1]),
            Column(Row(*kept, gap=0.2, scale=0.28), Row(drawn[-1], scale=1.15), gap=0.3),
            gap=0.7,
        ),
        motion=Playback({"map": maps, "decoded": drawn, **states}, seconds=2.6, holds=(1.0,) * len(path)),
        id="walk",
        born={"decoded": From("map", part=len(mean))},
    )  # fmt: skip


def _late(picture: Picture, at: int, count: int) -> list[Picture]:
    """A picture in ``count`` states, dark before the state ``at``."""
    dark = modify(picture, pixels=np.zeros_like(picture.pixels))
    return [picture if step >= at else dark for step in range(count)]


def article(digit: int) -> dict[str, str]:
    """``an 8``, ``a 3``."""
    return {"en": f"{'an' if digit == 8 else 'a'} {digit}", "ja": str(digit)}


def tile_pictures(pictures: Floats) -> Floats:
    """(rows · (height + 1) + 1, …) pictures (rows, columns, height, width), a dark line between them."""
    rows, columns, height, width = pictures.shape
    made = np.zeros((rows * (height + 1) + 1, columns * (width + 1) + 1))
    cells = made[1:, 1:].reshape(rows, height + 1, columns, width + 1)
    cells[:, :height, :, :width] = pictures.transpose(0, 2, 1, 3)
    return made


def sheet(trace: Trace, plane: Plane) -> Beat:
    """The whole map as pictures, each decoded where it stands."""
    pictures, mean = (np.asarray(trace[name], dtype=float) for name in ("sheet.pictures", "mean"))
    room, rows = window(trace), len(pictures)
    bottom, top = room[1]
    whole = Picture(tile_pictures(pictures), key="sheet")
    covered, maps = [], []
    for count in range(rows + 1):
        part = np.where(np.arange(rows)[:, None, None, None] < count, pictures, 0.0)
        covered.append(modify(whole, pixels=tile_pictures(part)))
        below = np.flatnonzero(mean[:, 1] < top - count / rows * (top - bottom))
        maps.append(plane.cloud(mean, room, among=below, named="nowhere", aspect=WIDE))
    stops = [f"stop-{i}" for i in range(STOPS)]
    return Beat(
        fill(
            {
                "en": "The whole map, decoded at {n} places: each out of two numbers.",
                "ja": "地図の {n} か所を復元します。どれも 2 個の数からです。",
            },
            n=pictures.shape[0] * pictures.shape[1],
        ),
        Overlay(maps[-1], whole),
        motion=Playback({"map": maps, "sheet": covered}, seconds=2.2),
        id="sheet",
        gathers=dict.fromkeys(("decoded", *stops), "map"),
    )
