"""Concatenation: the pieces, and the same pieces side by side; nothing is added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnanim.beats import Beat
from nnanim.layout import fits
from nnanim.marks import Arrangement, Column, Grid, Link, Picture, Row, Text, Units, modify
from nnanim.stories.network.changes import tell_changes
from nnanim.stories.network.net import NetworkView
from nnanim.stories.network.operations import find_scales, sources_of
from nnanim.stories.network.sentences import operation_sentence, say_lost
from nnanim.stories.network.views import LayerView
from nnanim.structure.layers import Layer

MAX_PIECES = 4
"""Maximum number of values that are seen piece by piece."""

LEAST = 0.25
"""The smallest scale of the pieces."""


def tell_concatenation(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat] | None:
    """Values are set side by side; None where they cannot be drawn so, or it is something else."""
    layer = run[0]
    sources = sources_of(net, layer)
    if layer.kind not in ("cat", "stack") or not 2 <= len(sources) <= MAX_PIECES:
        return None
    stage = _stage(net, layer)
    if stage is None or not fits(stage, LEAST):
        return None

    def beats() -> Iterator[Beat]:
        said = say_lost(net, net.used_value(layer), operation_sentence(net, layer, sources))
        yield Beat(said, stage, id=f"{layer.name}-op")
        yield from tell_changes(net, layer)

    return beats()


def _stage(net: NetworkView, layer: Layer) -> Arrangement | None:
    """The pieces below each other, and on the right all of them, close together."""
    sources, whole = sources_of(net, layer), net.value(layer.name)
    scales = find_scales(net, layer, sources)
    views = [LayerView(net, one, scales[value], value, part=part) for one, value, part in sources]
    shapes = [None if view.values is None else view.values.shape for view in views]
    if whole is None or any(shape is None or len(shape) != whole.ndim for shape in shapes):
        return None
    most = max(8 // len(views), 3)
    faces = [view.face(max_units=most) for view in views]
    joined = [_again(thing, f"piece:{layer.name}:{i}:") for i, (thing, _) in enumerate(faces)]
    ends = [f"piece:{layer.name}:{i}:{key}" for i, (_, key) in enumerate(faces)]
    if any(not isinstance(thing, Units | Grid | Picture | Column) for thing, _ in faces):
        return None
    beside = whole.ndim == 2 and all(
        shape is not None and len(shape) and shape[0] == whole.shape[0] for shape in shapes
    )
    together: Arrangement = Row(*joined, gap=0.06) if beside else Column(*joined, gap=0.06)
    title = Text(net.title(layer), key=f"name:{layer.name}", bold=True)
    links = [
        Link(key, end, key=f"l:{layer.name}:{i}", width=1.4)
        for i, ((_, key), end) in enumerate(zip(faces, ends, strict=True))
    ]
    left = Column(*(thing for thing, _ in faces), gap=0.5)
    return Row(left, Row(*links, gap=0.0), Column(title, together, gap=0.2), gap=0.6)


def _again(thing: Arrangement, before: str) -> Arrangement:
    """The same thing once more, with keys of its own and without its name and its small print."""
    if isinstance(thing, Column | Row):
        kept = [_again(child, before) for child in thing.children if not isinstance(child, Text)]
        return kept[0] if len(kept) == 1 else type(thing)(*kept, gap=thing.gap)
    changes: dict[str, object] = {"key": f"{before}{thing.key}", "label": None}
    if isinstance(thing, Grid):
        changes |= {"rows": ()}
    made: Arrangement = modify(thing, **changes)
    return made
