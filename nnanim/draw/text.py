"""Drawing words, formulas and legends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nnanim import shapes
from nnanim.draw.base import ink
from nnanim.draw.signals import signal_discs
from nnanim.layout import Frame, Legend, Placed
from nnanim.layout.base import LINE
from nnanim.layout.legend import SHOWN, SWATCH, WIDEST, ends
from nnanim.layout.text import formula_size, set_formula, text_lines
from nnanim.marks import Formula, Text
from nnanim.shapes import Boxes, Discs, Polyline, Raster, Shapes
from nnanim.theme import Theme


@ink.register
def _(mark: Text, placed: Placed, frame: Frame) -> Shapes:
    theme, size = frame.style.theme, frame.style.theme.size(mark.size)
    seen: Shapes = ()
    for i, line in enumerate(text_lines(mark, frame.style)):
        y = placed.y + placed.h / 2 - size * (0.5 + LINE * i)
        seen += shapes.text(line, placed.x, y, size, theme.rgba(mark.role), theme, bold=mark.bold)
    return seen


@ink.register
def _(mark: Formula, placed: Placed, frame: Frame) -> Shapes:
    theme = frame.style.theme
    size = formula_size(mark, placed.scale, frame.style)
    return shapes.setting(set_formula(mark, frame.style), placed.x, placed.y, size, theme.rgba("ink"), theme)


@ink.register
def _(mark: Legend, placed: Placed, frame: Frame) -> Shapes:
    theme, style, small = frame.style.theme, frame.style, frame.style.theme.small
    x, y = placed.x - placed.w / 2, placed.y
    dim = theme.rgba("dimmed")
    if mark.kind == "names":
        return _names(mark, x, y, frame)
    low, high = ends(mark)
    seen = shapes.text(style.say(mark.means), x, y, small, dim, theme, "left")
    x += style.text_width(mark.means, small) + 0.4 * small
    seen += shapes.text(low, x, y, small, dim, theme, "left")
    x += style.text_width(low, small) + 0.25 * small
    seen += _swatch(mark, x, y, placed.scale, theme)
    return seen + shapes.text(high, x + SWATCH + 0.25 * small, y, small, dim, theme, "left")


def _names(mark: Legend, x: float, y: float, frame: Frame) -> Shapes:
    theme, style, small = frame.style.theme, frame.style, frame.style.theme.small
    seen: Shapes = ()
    for name, role in zip(mark.names, mark.roles, strict=True):
        seen += (Discs(np.array([[x + 0.35 * small, y]]), np.array([0.3 * small]), theme.rgba(role)[None]),)
        seen += shapes.text(style.say(name), x + 0.85 * small, y, small, theme.rgba("dimmed"), theme, "left")
        x += style.text_width(name, small) + 1.2 * small
    return seen


def _swatch(mark: Legend, x: float, y: float, scale: float, theme: Theme) -> Shapes:
    middle = x + SWATCH / 2
    if mark.kind == "color":
        share = np.linspace(mark.low, mark.high, 64) / max(abs(mark.low), abs(mark.high))
        if mark.role == "grey":
            colors = np.ones((64, 4)) * np.linspace(0, 1, 64)[:, None]
            colors[:, 3] = 1.0
        elif mark.role == "diverging":
            colors = theme.signed(np.linspace(-1, 1, 64))
        else:
            colors = theme.signed(share, mark.role)
        size = np.array([[SWATCH, 0.16]])
        pixels = np.round(colors * 255).astype(np.uint8)[None]
        rim = Boxes(np.array([[middle, y]]), size, np.zeros((1, 4)), theme.rgba("outline")[None], 0.02)
        return (Raster((middle, y), (SWATCH, 0.16), pixels, smooth=True), rim)
    if mark.kind == "width":
        half = WIDEST * scale / 2
        wedge = np.array([[0.0, 0.0], [SWATCH / 2, half], [SWATCH / 2, -half]])
        if mark.low == 0:
            color = theme.rgba(mark.role)
            return (Polyline(wedge * [2, 1] + [x, y], color, 0.0, closed=True, fill=color),)
        return tuple(
            Polyline(wedge * [s, 1] + [middle, y], theme.rgba(role), 0.0, closed=True, fill=theme.rgba(role))
            for s, role in ((-1, "negative"), (1, "positive"))
        )
    # Sizes as signals are drawn: the low end is 0, whose disc has no area.
    values = np.array([0.1, 0.4, 1.0]) * mark.high
    places = np.column_stack([x + SWATCH * np.array([0.2, 0.45, 0.8]), np.full(3, y)])
    return (replace(signal_discs(values, places, mark.high / SHOWN, scale, theme), glow=0.0),)
