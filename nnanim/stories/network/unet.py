"""Networks in the shape of a U: pictures shrink and grow again; shortcuts hand on what was seen before.

O. Ronneberger et al., "U-Net: Convolutional Networks for Biomedical Image Segmentation" (2015), figure 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.marks import Arrangement, Column, Link, Mark, Picture, Row, Table, Text, changed
from nnanim.motions import Playback
from nnanim.stories.network.chart import Pair, fits
from nnanim.stories.network.fold import Group, folded, links
from nnanim.stories.network.layers import HELD
from nnanim.stories.network.net import Floats, Net
from nnanim.stories.network.pictured import shared
from nnanim.stories.network.sentences import fill
from nnanim.words import Words


@dataclass(frozen=True)
class Stage:
    """A stretch of the network in which the pictures keep their size.

    Attributes:
        group: the layers, called by the first of them that has weights.
        maps: (channels, height, width) what leaves it.
    """

    group: Group
    maps: Floats

    @property
    def side(self) -> tuple[int, int]:
        """(height, width) of its pictures."""
        return self.maps.shape[1], self.maps.shape[2]

    @property
    def size(self) -> str:
        """The shape of what leaves it: "64 × 8 × 8"."""
        return " × ".join(map(str, self.maps.shape))

    @property
    def brightest(self) -> int:
        """The map that is shown."""
        return int(np.abs(self.maps).mean(axis=(1, 2)).argmax())

    @property
    def key(self) -> str:
        """Key of its picture."""
        return f"u:{self.group.name}"


@dataclass(frozen=True)
class UShape:
    """The stages of a U in the order of the run, and who feeds whom."""

    stages: tuple[Stage, ...]
    pairs: tuple[Pair, ...]

    @property
    def sides(self) -> list[tuple[int, int]]:
        """The sizes of the pictures, the largest first: the levels of the U."""
        return sorted({stage.side for stage in self.stages}, reverse=True)

    def level(self, stage: Stage) -> int:
        """How deep a stage lies."""
        return self.sides.index(stage.side)

    @property
    def shortcuts(self) -> list[Pair]:
        """Links between pictures of one size that pass what lies deeper."""
        place = {stage.group.name: i for i, stage in enumerate(self.stages)}
        level = [self.level(stage) for stage in self.stages]
        return [
            (a, b)
            for a, b in self.pairs
            if level[place[a]] == level[place[b]]
            and any(below > level[place[a]] for below in level[place[a] : place[b]])
        ]


def u_shape(net: Net) -> UShape | None:
    """The U that a network is, or None: sizes fall, then rise, and shortcuts join equal sizes."""
    graph, every = net.trace.graph, list(net.layers.values())
    titles = {**net.titles, **net.names}
    deepest = max((len(graph.ancestors(layer.name)) for layer in every), default=0) + 1
    for depth in range(1, deepest + 1):
        groups = folded(graph, every, depth, titles)
        stages = {
            group.name: Stage(group, maps) for group in groups if (maps := _maps(net, group)) is not None
        }
        pairs = [(a, b) for a, b in links(groups) if a in stages and b in stages]
        shape = _merged(net, stages, pairs)
        if shape is not None and _is_u(shape):
            return shape
    return None


def _maps(net: Net, group: Group) -> Floats | None:
    if group.layers[0].role in HELD:
        return None
    names = [group.name, group.last.shown]
    for name in names if len(group.layers) > 1 else names[1:]:
        found = net.value(name)
        if found is not None and found.ndim == 3 and min(found.shape[1:]) > 1:
            return found
    return None


def _merged(net: Net, stages: dict[str, Stage], pairs: list[Pair]) -> UShape | None:
    """Neighbours of one size made one, where nothing else leaves the first."""
    stages, links_ = dict(stages), list(pairs)
    changed_ = True
    while changed_:
        changed_ = False
        for a, b in links_:
            after = [t for s, t in links_ if s == a]
            joins = all(len([s for s, t in links_ if t == one]) > 1 for one in (a, b))
            outer = stages[a].group.layers[0].role == "input" or b == _last(net, stages)
            if len(after) > 1 or outer or joins or stages[a].side != stages[b].side:
                continue
            head = a if _weighs(net, stages[a]) else b
            group = Group(b, stages[head].group.title, stages[a].group.layers + stages[b].group.layers)
            stages[b] = replace(stages[b], group=group)
            del stages[a]
            links_ = list(dict.fromkeys((s, b if t == a else t) for s, t in links_ if (s, t) != (a, b)))
            changed_ = True
            break
    return UShape(tuple(stages.values()), tuple(links_)) if stages else None


def _last(net: Net, stages: dict[str, Stage]) -> str:
    """The stage that gives the answer keeps a picture of its own."""
    own = [name for name, stage in stages.items() if any(layer is net.last for layer in stage.group.layers)]
    return own[0] if own else ""


def _weighs(net: Net, stage: Stage) -> bool:
    paths = tuple(f"{layer.nodes[0].path}." for layer in stage.group.layers)
    return any(name.startswith(paths) for name in net.trace.parameters)


def _is_u(shape: UShape) -> bool:
    levels = [shape.level(stage) for stage in shape.stages]
    down = levels.index(max(levels))
    falls = levels[: down + 1] == sorted(levels[: down + 1])
    rises = levels[down:] == sorted(levels[down:], reverse=True)
    return falls and rises and 0 < down < len(levels) - 1 and bool(shape.shortcuts)


def told(shape: UShape, moving: bool = True) -> Iterator[Beat]:
    """The U fills with the maps of this very sample; then one shortcut from near."""
    stage, film = u_stage(shape)
    if stage is None or film is None:
        return
    yield Beat(
        fill(
            {
                "en": "A U: pictures shrink to {h} × {w}, grow again; {n} shortcuts cross.",
                "ja": "U の形です。{h} × {w} まで縮め、また広げます。近道は {n} 本。",
            },
            h=shape.sides[-1][0], w=shape.sides[-1][1], n=len(shape.shortcuts),
        ),
        stage,
        motion=film if moving else None,
        id="u",
    )  # fmt: skip
    yield from _joined(shape)


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
                    role="accent" if short else "dimmed", width=1.6 if short else 1.2,
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
            return table, Playback(states, seconds=min(0.55 * count, 5.0))
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
    return shared(reach, {stage.group.name: stage.size for stage in shape.stages}, means)


def _blank(picture: Picture) -> Picture:
    blank: Picture = changed(picture, pixels=np.zeros_like(picture.pixels))
    return blank


def _joined(shape: UShape) -> Iterator[Beat]:
    """Where a shortcut ends: maps that went the short way and maps that went the long way, side by side."""
    by_name = {stage.group.name: stage for stage in shape.stages}
    a, b = shape.shortcuts[-1]
    long = [s for s, t in shape.pairs if t == b and s != a]
    if not long:
        return
    near, far, out = by_name[a], by_name[long[-1]], by_name[b]
    parts: list[Arrangement] = []
    names: Sequence[Words] = (
        {"en": "the short way", "ja": "近道"},
        {"en": "the long way", "ja": "遠回り"},
        {"en": "after both", "ja": "合わせたあと"},
    )
    scales = _scales(shape)
    for stage, name in zip((near, far, out), names, strict=True):
        said = {"en": "map {c} of {of}", "ja": "{of} 枚中 {c} 枚目"}
        note = fill(said, c=stage.brightest + 1, of=len(stage.maps))
        below = Text(note, key=f"{stage.key}:note", size="small", role="dimmed")
        parts.append(Column(_picture(stage, scales[stage.group.name], name), below, gap=0.15, anchor=0))
    plus, gives = Text("+", key="u:plus", size="large"), Link(far.key, out.key, key="u:gives", width=1.4)
    yield Beat(
        {
            "en": "The shortcut brings back details that the small pictures lost.",
            "ja": "近道が、縮めて失った細かさを運びます。",
        },
        Row(parts[0], plus, parts[1], gives, parts[2], gap=0.6),
        id="u-shortcut",
    )
