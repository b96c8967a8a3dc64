"""Journeys: signals on their way along wires, as a function of time and as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from nnanim import shapes
from nnanim.marks import Frame, number
from nnanim.marks.common import BIGGEST, sign_colors, signal_discs
from nnanim.marks.net import Joints
from nnanim.marks.wires import FEW, alpha_exponent, crowding
from nnanim.shapes import Boxes, Discs, Shapes
from nnanim.theme import Theme

Floats = npt.NDArray[np.float64]

FADE = 0.06
"""Share of its way in which a signal comes to light."""

LAG = 0.3
"""Share of a flow's time by which the last signals start after the first."""

TURN, TURNS = 0.42, 0.16
"""Share of its way at which a signal begins to change its sign's colour, and in which it does: a slow blend
of orange and blue is mud."""

SPECK = 0.004
"""Smallest radius of a signal in a crowd."""

PLATE, ABOVE = 1.15, 0.75
"""Height of the plate under a signal's number, and distance of its middle from the disc, in its size."""


@dataclass(frozen=True, eq=False)
class Journey:
    """Signals along wires. Each starts as the value x and arrives as w·x.

    Those that are large at either end lie above the others all the way.

    Attributes:
        terms: (out, in) the products w·x.
        source: (in,) the values x.
        joints: between which the wires run.
        delays: (out, in) when each sets out, as a share of the way's time.
        limit: value of the largest disc.
        scale: of the wires.
        only: index of the one target that is reached, or None.
        numbers: whether each carries its number.
        frame: on which all this stands.
    """

    terms: Floats
    source: Floats
    joints: Joints
    delays: Floats
    limit: float
    scale: float
    frame: Frame = field(repr=False)
    only: int | None = None
    numbers: bool = False

    def __call__(self, fraction: float) -> Shapes:
        """The signals at a fraction (0..1) of their way."""
        return self.at(fraction)

    @property
    def has_words(self) -> bool:
        """Whether the signals carry numbers."""
        return self.numbers

    @property
    def is_crowd(self) -> bool:
        """Whether there are too many for each to be seen for itself."""
        return bool(self.terms.size > FEW)

    @cached_property
    def order(self) -> npt.NDArray[np.intp]:
        """(n,) flat indices of the signals that are seen, the lowest first."""
        x = np.broadcast_to(self.source, self.terms.shape)
        there = (self.terms != 0) | (x != 0)
        if self.only is not None:
            there &= (np.arange(len(there)) == self.only)[:, None]
        size = np.abs(self.terms) if self.is_crowd else np.abs(self.terms) + np.abs(x)
        places = np.flatnonzero(there)
        return places[np.argsort(size.ravel()[places], kind="stable")]

    @cached_property
    def values(self) -> tuple[Floats, Floats]:
        """(n,) with which each sets out, and with which it arrives."""
        x, terms = (
            np.broadcast_to(self.source, self.terms.shape).ravel()[self.order],
            self.terms.ravel()[self.order],
        )
        return x, terms

    @cached_property
    def way(self) -> tuple[Floats, Floats]:
        """(n, 2) where each sets out, and where it arrives."""
        first, last = (ends.reshape(-1, 2)[self.order] for ends in self.joints.ends)
        return first, last

    @cached_property
    def weights(self) -> Floats:
        """(n,) alpha of each."""
        return crowd_alpha(np.abs(self.terms.ravel()[self.order]), self.terms.size)

    @cached_property
    def colors(self) -> tuple[Floats, Floats]:
        """(n, 4) colour with which each sets out, and with which it arrives."""
        away, home = self.values
        return sign_colors(away, self.frame.style.theme), sign_colors(home, self.frame.style.theme)

    def at(self, fraction: float) -> Shapes:
        """The signals at a fraction (0..1) of their way."""
        away, home = self.values
        p = np.clip((fraction - self.delays.ravel()[self.order]) / (1 - LAG), 0, 1)
        eased = p * p * (3 - 2 * p)
        size = np.abs(away) + (np.abs(home) - np.abs(away)) * eased
        flying = np.flatnonzero((p > 0) & (p < 1) & (size > 0))
        if not len(flying):
            return ()
        p, eased, size = p[flying], eased[flying], size[flying]
        first, last = (ends[flying] for ends in self.way)
        places = first + (last - first) * eased[:, None]
        old, new = (colors[flying] for colors in self.colors)
        fills = old + (new - old) * np.clip((eased[:, None] - TURN) / TURNS, 0, 1)
        fills[:, 3] *= np.minimum(p / FADE, 1.0)
        fills[:, 3] *= self.weights[flying]
        theme = self.frame.style.theme
        if self.is_crowd:
            return draw_crowd(size, places, self.limit, self.scale, theme, fills)
        discs = signal_discs(size, places, self.limit, self.scale, theme, fills)
        if not self.numbers:
            return (discs,)
        true = np.where(eased < 0.5, away[flying], home[flying])
        return (discs, *signal_numbers(true, places, discs, self.frame))


def crowd_alpha(sizes: Floats, count: int) -> Floats:
    """(n,) alpha of some of ``count`` signals by their sizes: all 1, but in a crowd the weak are a hint."""
    if count <= FEW or not len(sizes):
        return np.ones(len(sizes))
    hint, power = crowd_look(count)
    return np.asarray(hint + (1 - hint) * (sizes / (sizes.max() or 1.0)) ** power)


def crowd_look(count: int) -> tuple[float, float]:
    """Alpha of the weakest of ``count`` signals, and the power of a share that gives the others theirs."""
    return 0.3 / crowding(count), alpha_exponent(count) - 0.5


def draw_crowd(
    sizes: Floats, places: Floats, limit: float, scale: float, theme: Theme, fills: Floats
) -> Shapes:
    """Many signals: the last and strongest glow on top, the others are specks without a rim."""
    weak = max(len(sizes) - FEW, 0)
    radii = BIGGEST * scale * np.sqrt(sizes[:weak] / limit)
    specks = Discs(places[:weak], np.maximum(radii, SPECK), fills[:weak])
    return (specks, signal_discs(sizes[weak:], places[weak:], limit, scale, theme, fills[weak:]))


def signal_numbers(values: Sequence[float] | Floats, places: Floats, discs: Discs, frame: Frame) -> Shapes:
    """The number that each signal carries, just above it."""
    seen: Shapes = ()
    for value, (x, y), r, fill in zip(values, places, discs.radii, discs.fills, strict=True):
        seen += shapes.fade(
            draw_number(value, x, y + r + ABOVE * frame.style.theme.small, frame), float(fill[3])
        )
    return seen


def draw_number(value: float, x: float, y: float, frame: Frame) -> Shapes:
    """A signal's number on its plate, the middle at (x, y)."""
    theme = frame.style.theme
    wide = frame.style.text_width(number(value), theme.small)
    size = np.array([[wide + 0.12, theme.small * PLATE]])
    plate = Boxes(np.array([[x, y]]), size, theme.rgba("ground", 0.8)[None], corner=0.06)
    return (plate, *shapes.text(number(value), x, y, theme.small, theme.rgba("ink"), theme))
