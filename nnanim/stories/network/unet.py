"""A network in the shape of a U, told with its maps in the cells of the U."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.layout import fits
from nnanim.marks import Arrangement, Link, Mark, Picture, Table, modify
from nnanim.motions import Playback
from nnanim.stories.network.net import NetworkView
from nnanim.stories.network.operations import operation_stage, sources_of
from nnanim.stories.network.overview import share_scales
from nnanim.structure.chart import Pair
from nnanim.structure.titles import fill
from nnanim.structure.u_shape import Stage, UShape
from nnanim.words import Words

WHOLE = {
    "en": "A U of {n} steps and {p:,} parameters: pictures shrink to {h} × {w} and grow again.",
    "ja": "{n} 段、パラメーター {p:,} 個の U です。{h} × {w} まで縮め、また広げます。",
}
"""What is said of the U where it is the only picture of the whole network."""


def say_whole(shape: UShape, steps: int, parameters: int) -> Words:
    """The U and the size of the network in one sentence."""
    return fill(WHOLE, n=steps, p=parameters, h=shape.sides[-1][0], w=shape.sides[-1][1])


def tell_u(net: NetworkView, shape: UShape, moving: bool = True) -> Iterator[Beat]:
    """The U fills with the maps of this very sample; then one shortcut from near."""
    stage, film = u_stage(shape)
    if stage is None or film is None:
        return
    yield Beat(
        fill(
            {
                "en": "A U: pictures shrink to {h} × {w}, grow again; a shortcut crosses."
                if len(shape.shortcuts) == 1
                else "A U: pictures shrink to {h} × {w}, grow again; {n} shortcuts cross.",
                "ja": "U の形です。{h} × {w} まで縮め、また広げます。近道は {n} 本。",
            },
            h=shape.sides[-1][0], w=shape.sides[-1][1], n=len(shape.shortcuts),
        ),
        stage,
        motion=film if moving else None,
        id="u",
    )  # fmt: skip
    yield from _tell_join(net, shape)


def u_stage(shape: UShape, backward: bool = False) -> tuple[Arrangement | None, Playback | None]:
    """The stages as pictures in the cells of a U, and the film in which they fill."""
    scales = _scales(shape, words.gradient if backward else words.value)
    for names in (True, False):
        pictures = [
            _picture(stage, scales[stage.group.name], "{} × {}".format(*stage.side) if names else None)
            for stage in shape.stages
        ]
        lane = _lanes(shape)
        cells = [(2 * shape.level(stage) + 1, i) for i, stage in enumerate(shape.stages)]
        column = {stage.group.name: cell[1] for stage, cell in zip(shape.stages, cells, strict=True)}
        row = {stage.group.name: cell[0] for stage, cell in zip(shape.stages, cells, strict=True)}
        arrows: list[Mark] = []
        for a, b in shape.pairs:
            short = (a, b) in shape.shortcuts
            arrows.append(
                Link(
                    f"u:{a}", f"u:{b}", key=f"u:{a}→{b}", square=True,
                    role="part" if short else "dimmed", width=1.6 if short else 1.2,
                )
            )  # fmt: skip
            cells.append((lane.get((a, b), row[a] if row[a] == row[b] else max(row[a], row[b])), column[a]))
        table = Table(*pictures, *arrows, cells=cells, gap=0.5)
        if fits(table):
            dark = {p.key: [_blank(p), p] for p in pictures}
            count = len(pictures)
            states = {
                key: [two[int(now > (count - 1 - i if backward else i))] for now in range(count + 1)]
                for i, (key, two) in enumerate(dark.items())
            }
            return table, Playback(states, seconds=min(0.5 * count, 4.8))
    return None, None


def _lanes(shape: UShape) -> dict[Pair, int]:
    """Rows along which the shortcuts run: above their level where a stage of that level lies between."""
    place = {stage.group.name: i for i, stage in enumerate(shape.stages)}
    lanes: dict[Pair, int] = {}
    for a, b in shape.shortcuts:
        level = shape.level(shape.stages[place[a]])
        between = [shape.level(stage) for stage in shape.stages[place[a] + 1 : place[b]]]
        lanes[a, b] = 2 * level + (0 if level in between else 1)
    return lanes


def _picture(stage: Stage, scale: tuple[float, Words], label: Words | None) -> Picture:
    """The brightest map of a stage."""
    limit, means = scale
    pixels = stage.maps[stage.brightest]
    return Picture(
        pixels, key=stage.key, low=-limit, high=limit, colors="diverging", label=label, means=means
    )


def _scales(shape: UShape, means: Words = words.value) -> dict[str, tuple[float, Words]]:
    """Limit and name of each stage's colour scale; stages of nearly one range share it."""
    reach = {stage.group.name: float(np.abs(stage.maps[stage.brightest]).max()) for stage in shape.stages}
    return share_scales(reach, {stage.group.name: stage.size for stage in shape.stages}, means)


def _blank(picture: Picture) -> Picture:
    blank: Picture = modify(picture, pixels=np.zeros_like(picture.pixels))
    return blank


def _tell_join(net: NetworkView, shape: UShape) -> Iterator[Beat]:
    """Where a shortcut ends: what came the short way and what came the long way, and how they are joined."""
    join = shape.join(shape.shortcuts[-1])
    if join is None:
        return
    yield Beat(
        {
            "en": "The shortcut brings back details that the small pictures lost.",
            "ja": "近道が、縮めて失った細かさを運びます。",
        },
        operation_stage(net, join, sources_of(net, join)),
        id="u-shortcut",
    )
