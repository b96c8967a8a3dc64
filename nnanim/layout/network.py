"""How much room neurons, wires, blocks and links want."""

from __future__ import annotations

from dataclasses import replace

from nnanim.layout.base import GAP, LINE, Extent, core, cut_note, room
from nnanim.marks import Block, Link, Units, Wires
from nnanim.style import RenderStyle

RADIUS, PITCH = 0.42, 1.12
"""Of a neuron and from one neuron to the next, at scale 1."""

TALLEST = 10
"""So many neurons make the tallest column; more of them without names are drawn finer, as a texture."""

ABREAST = 48
"""So many neurons stand in a fine column at the most, then another one beside it is begun."""

RING, RING_WIDTH = 1.16, 0.06
"""Of the ring around a neuron that is spoken of: its radius relative to the neuron's, its width."""


def column(mark: Units) -> tuple[int, float, float]:
    """How many neurons stand abreast, their pitch and their radius, at scale 1."""
    count = len(mark.values)
    if count <= TALLEST or mark.names:
        return 1, PITCH, RADIUS
    abreast = -(-count // ABREAST)
    pitch = PITCH * TALLEST / -(-count // abreast)
    return abreast, pitch, 0.44 * pitch


@room.register
def _(mark: Units, scale: float, style: RenderStyle) -> Extent:
    count = len(mark.values)
    abreast, pitch, radius = column(mark)
    rows = -(-count // abreast)
    whole = core(((abreast - 1) * pitch + 2 * radius) * scale, ((rows - 1) * pitch + 2 * radius) * scale)
    beside = max((style.text_width(name, style.print_size(scale)) for name in mark.names), default=-GAP) + GAP
    whole = whole.around(**{mark.side: beside})
    if mark.highlight:
        reach = (RING - 1) * radius * scale + RING_WIDTH / 2
        whole = replace(
            whole.around(up=reach, down=reach),
            left=max(whole.left, whole.width / 2 + reach),
            right=max(whole.right, whole.width / 2 + reach),
        )
    if len(mark.values) < (mark.of or 0):
        half = style.text_width(cut_note(count, mark.of or 0), style.theme.small) / 2
        whole = replace(
            whole.around(down=style.theme.small + GAP),
            left=max(whole.left, half),
            right=max(whole.right, half),
        )
    return whole


@room.register
def _(mark: Wires, scale: float, style: RenderStyle) -> Extent:
    crowded = mark.weights.size > TALLEST**2
    return replace(core(1.7 * scale, 0.0), stretch=4.0 if crowded else max(2.6 * scale, 2.2))


@room.register
def _(mark: Link, scale: float, style: RenderStyle) -> Extent:
    return replace(core(0.9 * scale, 0.0), stretch=1.0 * scale)


@room.register
def _(mark: Block, scale: float, style: RenderStyle) -> Extent:
    theme = style.theme
    widest = max(
        style.text_width(mark.name, theme.medium, bold=True), style.text_width(mark.detail, theme.small)
    )
    tall = theme.medium * LINE + (theme.small * LINE if style.say(mark.detail) else 0.0)
    return core(max(widest + 0.5, 1.5 * scale), max(tall + 0.3, 1.0 * scale))
