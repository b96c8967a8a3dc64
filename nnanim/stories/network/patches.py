"""Patch embedding: a picture is cut into patches, and each becomes a row of numbers.

Dosovitskiy et al. (2021), eq. 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.layout import fits
from nnanim.marks import Arrangement, Block, Column, Grid, Link, Picture, Row, modify, round_up
from nnanim.stories.network.between import only_source
from nnanim.stories.network.changes import tell_changes
from nnanim.stories.network.net import Floats, NetworkView
from nnanim.stories.network.views import MAX_TABLE_COLUMNS, LayerView
from nnanim.structure.known.wide import patch_side
from nnanim.structure.layers import Layer
from nnanim.structure.titles import fill

MAX_PATCHES = 6
"""Maximum number of patches in a row or column that are drawn apart."""

SAYS = {
    "en": "The picture is cut into {n} patches; the same weights make {d} numbers of each.",
    "ja": "画像を {n} 個のパッチに切り、同じ重みで、どれも {d} 個の数にします。",
}


def tell_patches(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat] | None:
    """The picture in patches, and a row of numbers for each; None for other steps."""
    layer, source = run[0], only_source(net, run[0])
    if source is None or source[0].role != "input" or source[2] is not None:
        return None
    picture, rows = net.value(source[1]), net.value(layer.name)
    if picture is None or rows is None or picture.ndim != 3:
        return None
    found = _of_convolution(layer, picture, rows) if rows.ndim == 3 else _of_rows(net, layer, picture, rows)
    if found is None:
        return None
    size, table = found
    stage = _stage(net, layer, source[0], picture, size, table)
    if not fits(stage):
        return None
    said = fill(SAYS, n=len(table), d=table.shape[1])
    return chain([Beat(said, stage, id=f"{layer.name}-patches")], tell_changes(net, layer))


def _of_convolution(layer: Layer, picture: Floats, made: Floats) -> tuple[int, Floats] | None:
    """Side of a patch, and the rows, where a kernel steps over the picture without overlap."""
    node = layer.nodes[0]
    kernel, stride, padding = (node.setting(name, None) for name in ("kernel_size", "stride", "padding"))
    square = isinstance(kernel, tuple) and len(kernel) == 2 and kernel[0] == kernel[1] > 1
    if not square or kernel != stride or padding not in ((0, 0), 0) or node.setting("groups", 1) != 1:
        return None
    side = int(kernel[0])
    if made.shape[1:] != tuple(n // side for n in picture.shape[1:]) or made.shape[1] * made.shape[2] < 2:
        return None
    return side, made.reshape(len(made), -1).T


def _of_rows(net: NetworkView, layer: Layer, picture: Floats, made: Floats) -> tuple[int, Floats] | None:
    """Side of a patch, and the rows, where a dense layer takes the patches of a picture as rows."""
    known = net.thing(layer.nodes[0])
    if known is not None and known.kind == "patches":
        return known.facts["side"], made
    taken = [one for one in layer.nodes[0].operands if one.value]
    rows = net.part(taken[0]) if layer.dense and taken else None
    if rows is None or rows.ndim != 2 or made.ndim != 2 or len(rows) != len(made) or len(rows) < 2:
        return None
    side = patch_side(picture, rows)
    return None if side is None else (side, made)


def _stage(
    net: NetworkView, layer: Layer, source: Layer, picture: Floats, size: int, table: Floats
) -> Arrangement:
    view = LayerView(net, source)
    image = view.is_image
    pixels = np.moveaxis(picture, 0, -1) if image and len(picture) == 3 else picture[0]
    high = 1.0 if image else round_up(float(np.abs(picture).max()))
    plain = Picture(
        np.zeros((1, 1)), key="plain", low=0.0 if image else -high, high=high,
        colors="grey" if image else "diverging", means=words.pixel if image else words.value,
    )  # fmt: skip
    down, across = (n // size for n in picture.shape[1:])
    lines: list[Arrangement] = []
    for r in range(min(down, MAX_PATCHES)):
        tiles = [
            modify(
                plain,
                pixels=pixels[r * size : (r + 1) * size, c * size : (c + 1) * size],
                key=f"patch:{layer.name}:{r}:{c}",
            )
            for c in range(min(across, MAX_PATCHES))
        ]  # fmt: skip
        lines.append(Row(*tiles, gap=0.08))
    cut = Row(Column(*lines, gap=0.08), scale=0.4)
    kept = table[:, :MAX_TABLE_COLUMNS]
    shown = min(len(table), MAX_PATCHES * MAX_PATCHES, 16)
    grid = Grid(
        kept[:shown], key=f"v:{layer.name}", limit=net.limit(layer.name), clips=True, means=words.value,
        label={"en": "a row for each patch", "ja": "パッチごとに一行"}, of=(len(table), kept.shape[1]),
    )  # fmt: skip
    block = Block(
        net.step_title(layer),
        layer.kind if layer.kind != net.step_title(layer) else "",
        key=f"op:{layer.name}",
    )
    first = f"patch:{layer.name}:{min(down, MAX_PATCHES) // 2}:{min(across, MAX_PATCHES) - 1}"
    return Row(
        cut,
        Link(first, block, key=f"l:{layer.name}:in", width=1.4),
        block,
        Link(block, grid.key, key=f"l:{layer.name}:out", width=1.4),
        grid,
        gap=0.35,
    )
