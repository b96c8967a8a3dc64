"""Legend: what a colour, a width, a size or a role means. Marks and motions say which they need."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from nnanim import shapes
from nnanim.marks.base import Frame, Mark, Placed
from nnanim.marks.common import BIGGEST, number, signal_discs
from nnanim.marks.content import round_down
from nnanim.marks.log_axis import power_text
from nnanim.marks.parts import Extent, Parts
from nnanim.shapes import Boxes, Discs, Polyline, Raster, Shapes
from nnanim.style import RenderStyle
from nnanim.theme import Theme
from nnanim.words import Words, fill

SWATCH, NARROW, DISC = 1.3, 0.45, 0.44
"""Width of a colour bar, and where legends want more than their line; room for the disc of a size."""

WIDEST = 0.13
"""Width of a wire of the largest weight, at scale 1."""

LINE = 0.05
"""Width of a line that is named, as curves have it."""

BEYOND = {"en": "{m} (up to {r})", "ja": "{m}（最大 {r}）"}
"""Meaning of a scale beyond whose ends some values lie."""

Dash = tuple[float, ...]
"""Lengths of the pieces of a line and of the gaps between them; empty: a line without gaps."""

SHOWN = 0.25
"""Share of the largest value whose disc the size legend shows, about: all of it would burst the line."""


@dataclass(frozen=True, eq=False)
class Legend(Mark):
    """One mapping, explained.

    Attributes:
        kind: ``color``, ``width``, ``size``, ``names``, or ``note`` for words alone.
        low, high: values at the ends.
        source: key of the mark that is explained, whose scale the widths and sizes have.
        widest: width at the ends of a scale of widths, at scale 1.
        shown: share of the largest value that ``high`` of a scale of sizes is.
        reach: the largest |value| where some lie beyond the scale and have the colours of its ends; else 0.
        log: whether equal steps of colour are equal factors.
        role: colour of the positive end; names, roles: entries of the kind ``names``.
        dashes: of what is named, as it is drawn if it is a line, None if it is an area; empty: all are areas.
    """

    kind: str
    low: float = 0.0
    high: float = 1.0
    source: str = ""
    widest: float = WIDEST
    shown: float = SHOWN
    reach: float = 0.0
    role: str = "positive"
    log: bool = False
    names: tuple[Words, ...] = ()
    roles: tuple[str, ...] = ()
    dashes: tuple[Dash | None, ...] = ()
    read: ClassVar[tuple[str, ...]] = ("names",)
    signed: ClassVar[bool] = True

    @classmethod
    def colors(
        cls, means: Words, low: float, high: float, role: str = "positive", reach: float = 0.0
    ) -> Legend:
        """The legend of a colour scale; two of equal meaning and range are one.

        ``reach`` is the largest |value|: where it lies beyond the scale, words and signs say so.
        """
        reach = reach if reach > max(abs(low), abs(high)) * (1 + 1e-6) else 0.0
        name = means if isinstance(means, str) else means.get("en", "")
        key = f"legend:color:{name}:{low:g}:{high:g}:{role}" + (f":{reach:g}" if reach else "")
        return cls(key=key, kind="color", means=means, low=low, high=high, role=role, reach=reach)

    @classmethod
    def sizes(cls, means: Words, limit: float, source: str) -> Legend:
        """The legend of signals along wires whose key is ``source``: the disc of a value that reads well."""
        high = limit * SHOWN
        if float(f"{high:.2g}") != float(f"{high:.9g}"):
            high = round_down(high)
        key = f"legend:size:{limit:g}"
        return cls(key=key, kind="size", means=means, high=high, shown=high / limit, source=source)

    @classmethod
    def entries(
        cls,
        mark: Mark,
        names: tuple[Words, ...],
        roles: tuple[str, ...],
        dashes: tuple[Dash | None, ...] = (),
    ) -> Legend:
        """The legend of the roles in a mark, by their names; of lines, with their dashes."""
        key, count = f"legend:names:{mark.key}", len(names)
        return cls(
            key=key, kind="names", means="", names=names, roles=roles[:count], dashes=dashes[:count]
        )  # fmt: skip

    @classmethod
    def of_hidden_numbers(cls) -> Legend:
        """What says that neurons are too small for their numbers."""
        means = {"en": "values as colours", "ja": "値は色で"}
        return cls(key="legend:hidden numbers", kind="note", means=means)

    @property
    def scale_of(self) -> str:
        """Widths and sizes are drawn as on the mark that they explain."""
        return self.source

    def is_within(self, other: Mark) -> bool:
        """Whether another legend says it: the same names, or a part of a colour scale of the same meaning."""
        if not isinstance(other, Legend):
            return False
        if self.kind == "names" == other.kind:
            same = (self.names, self.roles) == (other.names, other.roles)
            if self.dashes != other.dashes:  # points of one colour and a line of it: the line says more
                return same and not self.dashes
            return same and self.key > other.key
        same = (self.kind, self.high, self.means, self.log) == (
            other.kind,
            other.high,
            other.means,
            other.log,
        )
        if not same or self.kind != "color":
            return False
        if self.reach > other.reach:
            return False
        if other.role == "diverging" and other.low == -other.high and self.role == "positive":
            return self.low >= other.low
        return self.role == other.role and (other.low, -other.reach) < (self.low, -self.reach)

    @property
    def caption(self) -> Words:
        """Its meaning, and how far values reach that lie beyond its ends."""
        if not self.reach:
            return self.means or ""
        digits = 0 if self.reach >= 10 else 1 if self.reach >= 1 else 3
        return fill(BEYOND, m=self.means or "", r=number(self.reach, digits))

    def ends(self) -> tuple[str, str]:
        """How the ends of its scale are written; of sizes, the value of its disc, which is no end."""
        digits = next((d for d in range(3) if abs(round(self.high, d) - self.high) < 1e-9), 3)
        if self.log:
            ends = (self.low, self.high)
            return power_text(self.low, ends), power_text(self.high, ends)
        if self.kind == "size":
            return "", f"= {number(self.high, digits)}"
        low, high = number(self.low, digits) if self.low else "0", number(self.high, digits)
        return (f"≤ {low}" if self.low else low, f"≥ {high}") if self.reach else (low, high)

    def swatch_height(self, scale: float) -> float:
        """Height of the widths or sizes that it shows at ``scale``; 0 where it shows neither."""
        if self.kind == "width":
            return self.widest * scale
        return 2 * BIGGEST * math.sqrt(self.shown) * scale if self.kind == "size" else 0.0

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """One line of small print."""
        return Extent.core(self._width(style), style.theme.small * 1.2)

    def narrow(self, style: RenderStyle) -> Extent:
        """The same with as little of its swatch as still can be read."""
        swatched = self.kind in ("color", "width")
        spare = SWATCH - NARROW if swatched else 0.0
        return Extent.core(self._width(style) - spare, style.theme.small * 1.2)

    def _width(self, style: RenderStyle) -> float:
        small = style.theme.small
        if self.kind == "names":
            return sum(
                style.text_width(name, small) + sum(self._beside(i)) * small
                for i, name in enumerate(self.names)
            )
        if self.kind == "note":
            return style.text_width(self.means, small)
        low, high = self.ends()
        return (
            sum(style.text_width(t, small) for t in (self.caption, low, high))
            + self._wide(style)
            + 0.9 * small
        )

    def _wide(self, style: RenderStyle) -> float:
        """Width that its swatch takes: a disc is as large as on the stage, larger where that is high."""
        higher = math.sqrt(max(style.height * 16 / 9 / style.width, 1.0))
        return DISC * higher if self.kind == "size" else SWATCH

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """Its meaning, the low end, a swatch and the high end; or its names."""
        theme, style, small = frame.style.theme, frame.style, frame.style.theme.small
        x, y = placed.x - placed.w / 2, placed.y
        dim = theme.rgba("dimmed")
        if self.kind == "names":
            return Parts(self._entries(x, y, style))
        drawn = shapes.text(style.say(self.caption), x, y, small, dim, theme, "left")
        if self.kind == "note":
            return Parts(drawn)
        low, high = self.ends()
        x += style.text_width(self.caption, small) + 0.4 * small
        drawn += shapes.text(low, x, y, small, dim, theme, "left")
        x += style.text_width(low, small) + 0.25 * small
        wide = self._wide(style) - (self._width(style) - placed.w)
        drawn += _SWATCHES[self.kind](self, x, y, wide, placed.scale, theme)
        return Parts(drawn + shapes.text(high, x + wide + 0.25 * small, y, small, dim, theme, "left"))

    def _beside(self, entry: int) -> tuple[float, float, float]:
        """What stands before a name, the gap between them, and that after the name, in text sizes."""
        if not self.dashes:
            return 0.7, 0.15, 0.35
        return (0.7, 0.15, 0.6) if self.dashes[entry] is None else (2.1, 0.35, 0.6)

    def _entries(self, x: float, y: float, style: RenderStyle) -> Shapes:
        theme, small = style.theme, style.theme.small
        drawn: Shapes = ()
        for i, (name, role) in enumerate(zip(self.names, self.roles, strict=True)):
            color, (wide, space, after) = theme.rgba(role), (small * part for part in self._beside(i))
            if (dash := self.dashes[i] if self.dashes else None) is not None:
                ends = np.array([[x, y], [x + wide, y]])
                drawn += (Polyline(ends, color, LINE, dash=dash),)
            else:
                drawn += (Discs(np.array([[x + wide / 2, y]]), np.array([0.3 * small]), color[None]),)
            beside = x + wide + space
            drawn += shapes.text(style.say(name), beside, y, small, theme.rgba("dimmed"), theme, "left")
            x = beside + style.text_width(name, small) + after
        return drawn


def _color_swatch(legend: Legend, x: float, y: float, wide: float, scale: float, theme: Theme) -> Shapes:
    middle = x + wide / 2
    low, high = (0.0, 1.0) if legend.log else (legend.low, legend.high)
    share = np.linspace(low, high, 64) / max(abs(low), abs(high))
    if legend.role == "grey":
        colors = np.ones((64, 4)) * np.linspace(0, 1, 64)[:, None]
        colors[:, 3] = 1.0
    elif legend.role == "diverging":
        colors = theme.signed_colors(np.linspace(-1, 1, 64))
    elif legend.role == "kinds":
        colors = theme.signed_colors(np.linspace(-1, 1, 64), "kind1", "kind0")
    else:
        colors = theme.signed_colors(share, legend.role)
    size = np.array([[wide, 0.16]])
    pixels = np.round(colors * 255).astype(np.uint8)[None]
    rim = Boxes(np.array([[middle, y]]), size, np.zeros((1, 4)), theme.rgba("outline")[None], 0.02)
    return (Raster((middle, y), (wide, 0.16), pixels, smooth=True), rim)


def _width_swatch(legend: Legend, x: float, y: float, wide: float, scale: float, theme: Theme) -> Shapes:
    middle, half = x + wide / 2, legend.widest * scale / 2
    wedge = np.array([[0.0, 0.0], [wide / 2, half], [wide / 2, -half]])
    if legend.low == 0:
        color = theme.rgba(legend.role)
        return (Polyline(wedge * [2, 1] + [x, y], color, 0.0, closed=True, fill=color),)
    return tuple(
        Polyline(wedge * [s, 1] + [middle, y], theme.rgba(role), 0.0, closed=True, fill=theme.rgba(role))
        for s, role in ((-1, "negative"), (1, "positive"))
    )


def _size_swatch(legend: Legend, x: float, y: float, wide: float, scale: float, theme: Theme) -> Shapes:
    # The disc of one value, as large as signals are drawn.
    place = np.array([[x + wide / 2, y]])
    disc = signal_discs(np.array([legend.high]), place, legend.high / legend.shown, scale, theme)
    return (replace(disc, glow=0.0),)


_SWATCHES: dict[str, Callable[[Legend, float, float, float, float, Theme], Shapes]] = {
    "color": _color_swatch, "width": _width_swatch, "size": _size_swatch,
}  # fmt: skip
