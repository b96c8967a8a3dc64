"""On the VAE's map: a walk from one digit to another, and the whole map decoded."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nnanim.beats import Beat
from nnanim.marks import Column, Picture, Row, cut_note, modify
from nnanim.motions import Playback
from nnanim.stories.vae.plane import Plane, large, limits
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
    room = limits(mean, path)
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
                "en": "A walk from a {a} to {b}: the decoder draws every step.",
                "ja": "{a} から {b} へ歩きます。一歩ごとにデコーダーが描きます。",
            },
            a=first, b=article(last),
        ),
        Row(large(maps[-1]), Column(drawn[-1], Row(*kept, gap=0.25, scale=0.26), gap=0.4), gap=0.9),
        motion=Playback({"map": maps, "decoded": drawn, **states}, seconds=4.0),
        id="walk",
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
    places, pictures = (
        np.asarray(trace["sheet"], dtype=float),
        np.asarray(trace["sheet.pictures"], dtype=float),
    )
    edge = float(places[-1] + (places[1] - places[0]) / 2)
    mean = np.asarray(trace["mean"], dtype=float)
    some = np.flatnonzero((np.abs(mean) <= edge).all(axis=1))
    label = cut_note(len(some), len(mean)) if len(some) < len(mean) else None
    whole = Picture(tile_pictures(pictures), key="sheet")
    states = []
    for rows in range(1, len(pictures) + 1):
        part = np.where(np.arange(len(pictures))[:, None, None, None] < rows, pictures, 0.0)
        states.append(modify(whole, pixels=tile_pictures(part)))
    return Beat(
        fill(
            {
                "en": "The whole map, decoded at {n} places: digits turn into digits.",
                "ja": "地図全体を {n} か所で復元しました。数字が移り変わります。",
            },
            n=places.size**2,
        ),
        Row(
            Row(plane.cloud(mean, ((-edge, edge), (-edge, edge)), among=some, label=label), scale=1.25),
            whole,
            gap=0.9,
        ),
        motion=Playback({"sheet": states}, seconds=3.0),
        id="sheet",
    )
