"""Signals on their way: where they are, how large, in which colour, and what lights up on arrival."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from nnanim import shapes
from nnanim.draw.network import FEW, centers, crowd, radius, steepness, wire_ends
from nnanim.layout import Frame, Placed, number
from nnanim.layout.legend import BIGGEST
from nnanim.motions import Flow
from nnanim.shapes import Boxes, Discs, Shapes
from nnanim.theme import Theme

Floats = npt.NDArray[np.float64]


def signals(motion: Flow, fraction: float, frame: Frame) -> Shapes:
    """The signals of a Flow at ``fraction`` (0..1) of their way; later targets start a little later."""
    return journey(motion, frame)(fraction)


def journey(motion: Flow, frame: Frame) -> Callable[[float], Shapes]:
    """The signals of a Flow as a function of the fraction (0..1) of their way.

    Each starts as the value x and arrives as w·x, or the other way where the flow runs backward. Those that
    are large at either end lie above the others all the way.
    """
    wires, theme = frame[motion.wires], frame.style.theme
    starts, ends = wire_ends(wires.mark, frame)  # type: ignore[arg-type]
    x, terms = np.broadcast_to(motion.source, motion.contributions.shape), motion.contributions
    away, home = (terms, x) if motion.backward else (x, terms)
    seen = (away != 0) | (home != 0)
    if motion.only is not None:
        seen &= (np.arange(len(seen)) == motion.only)[:, None]
    away, home, lag = away[seen], home[seen], signal_lags(motion)[seen]
    count = motion.contributions.size
    rank = np.abs(terms[seen]) if count > FEW else np.abs(home) + np.abs(away)
    order = np.argsort(rank, kind="stable")
    away, home, lag = away[order], home[order], lag[order]
    first, last = (p[seen][order] for p in ((ends, starts) if motion.backward else (starts, ends)))
    way, change = last - first, np.abs(home) - np.abs(away)
    old, new = sign_colors(away, theme), sign_colors(home, theme)
    limit, weight = motion.limit or 1.0, emphasis(rank[order], count)

    def at(fraction: float) -> Shapes:
        p = np.clip((fraction - lag) / (1 - LAG), 0, 1)
        eased = p * p * (3 - 2 * p)
        size = np.abs(away) + change * eased
        flying = np.flatnonzero((p > 0) & (p < 1) & (size > 0))
        if not len(flying):
            return ()
        p, eased, size = p[flying], eased[flying], size[flying]
        places = first[flying] + way[flying] * eased[:, None]
        # The sign turns half-way, fast: a slow blend of orange and blue is mud.
        turn = np.clip((eased[:, None] - 0.42) / 0.16, 0, 1)
        fills = old[flying] + (new[flying] - old[flying]) * turn
        fills[:, 3] *= np.minimum(p / FADE, 1.0)
        fills[:, 3] *= weight[flying]
        if count > FEW:
            return crowded(size, places, limit, wires.scale, theme, fills)
        discs = signal_discs(size, places, limit, wires.scale, theme, fills)
        if not motion.numbers:
            return (discs,)
        true = np.where(eased < 0.5, away[flying], home[flying])
        return (discs, *signal_numbers(true, places, discs, frame))

    return at


def emphasis(sizes: Floats, count: int) -> Floats:
    """(n,) alpha of some of ``count`` signals by their sizes: all 1, but in a crowd the weak are a hint."""
    if count <= FEW or not len(sizes):
        return np.ones(len(sizes))
    hint = 0.3 / crowd(count)
    return np.asarray(hint + (1 - hint) * (sizes / (sizes.max() or 1.0)) ** (steepness(count) - 0.5))


def crowded(sizes: Floats, places: Floats, limit: float, scale: float, theme: Theme, fills: Floats) -> Shapes:
    """Many signals: the last and strongest glow on top, the others are specks without a rim."""
    weak = max(len(sizes) - FEW, 0)
    radii = BIGGEST * scale * np.sqrt(sizes[:weak] / limit)
    specks = Discs(places[:weak], np.maximum(radii, 0.004), fills[:weak])
    return (specks, signal_discs(sizes[weak:], places[weak:], limit, scale, theme, fills[weak:]))


FADE = 0.06
"""Share of its way in which a signal comes to light."""

LAG = 0.3
"""Share of a flow's time by which the last signals start after the first."""


def signal_lags(motion: Flow) -> Floats:
    """(out, in) when each signal starts, as a share of the flow's time."""
    out, into = motion.contributions.shape
    apart = np.linspace(0, LAG, into) if into > 1 else np.zeros(into)
    if motion.only is not None:
        return np.broadcast_to(apart, (out, into))
    lags = np.linspace(0, LAG, out)[:, None] if out > 1 else np.zeros((out, 1))
    if out * into > FEW:
        # Signals in step are one thick bar; multiples of the golden ratio spread them evenly.
        lags = (lags + LAG * (np.arange(into) * 0.6180339887 % 1)) / 2
    return np.broadcast_to(lags, (out, into))


def sign_colors(values: Floats, theme: Theme) -> Floats:
    """(n, 4) colour of each value's sign."""
    return np.where(values[:, None] >= 0, theme.rgba("positive"), theme.rgba("negative"))


def signal_discs(
    values: Floats, places: Floats, limit: float, scale: float, theme: Theme, fills: Floats | None = None
) -> Discs:
    """Signals as glowing discs: the area is the size of the value, the colour its sign or ``fills``."""
    radii = BIGGEST * scale * np.sqrt(np.abs(values) / limit)
    fills = sign_colors(values, theme) if fills is None else fills
    rims = np.tile(theme.rgba("ground"), (len(fills), 1))
    rims[:, 3] = fills[:, 3]
    return Discs(places, np.maximum(radii, 0.02), fills, rims, rim_width=0.02, glow=2.2)


def signal_numbers(values: Floats, places: Floats, discs: Discs, frame: Frame) -> Shapes:
    """The number that each signal carries, just above it."""
    theme = frame.style.theme
    seen: Shapes = ()
    for value, (x, y), r, fill in zip(values, places, discs.radii, discs.fills, strict=True):
        high = y + r + 0.75 * theme.small
        wide = frame.style.text_width(number(value), theme.small)
        size = np.array([[wide + 0.12, theme.small * 1.15]])
        plate = Boxes(np.array([[x, high]]), size, theme.rgba("ground", 0.8)[None], corner=0.06)
        text = shapes.text(number(value), x, high, theme.small, theme.rgba("ink"), theme)
        seen += shapes.faded((plate, *text), float(fill[3]))
    return seen


def arrivals(motion: Flow) -> Floats:
    """(out,) when all signals of a target neuron have arrived, as a share of the flow's time."""
    return np.asarray((signal_lags(motion) + (1 - LAG)).max(axis=1))


def flash(placed: Placed, indices: npt.NDArray[np.intp], strength: Floats, frame: Frame) -> Shapes:
    """Rings of light around neurons that have just been lit; ``strength`` (n,) falls from 1 to 0."""
    theme, at = frame.style.theme, centers(placed)[indices]
    colors = np.tile(theme.rgba("ink"), (len(indices), 1))
    colors[:, 3] = strength
    clear = np.zeros_like(colors)
    r = radius(placed) * (1.05 + 0.45 * (1 - strength))
    return (Discs(at, r, clear, colors, rim_width=min(0.05, 0.3 * radius(placed))),)
