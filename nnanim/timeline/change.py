"""What differs between two frames, and how one becomes the other: marks leave, move and enter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnanim.draw import draw
from nnanim.draw.base import label
from nnanim.draw.network import unit_names
from nnanim.layout import Frame, Placed
from nnanim.layout.base import extent
from nnanim.layout.network import TALLEST
from nnanim.layout.tables import token_lines
from nnanim.marks import Block, Grid, Mark, Picture, Tokens, Units, Wires, changed, digest
from nnanim.shapes import Shapes, faded
from nnanim.style import RenderStyle

Drawing = Callable[[float], Mapping[str, Shapes]]
"""Shapes of the moving marks at a fraction (0..1) of a phase."""


@dataclass(frozen=True)
class Change:
    """What differs between two frames: keys that leave, move (or change their values) and enter."""

    leaving: tuple[str, ...]
    moving: tuple[str, ...]
    entering: tuple[str, ...]


def change(before: Frame, after: Frame) -> Change:
    """Compare two frames by their keys. ``change(a, a)`` is empty."""
    a, b = before.placed, after.placed
    moved = {key for key in a if key in b and _differs(a[key], b[key])}
    tied = {k for k in a if k in b and any(end in moved for end in b[k].mark.ties)}
    return Change(
        tuple(key for key in a if key not in b),
        tuple(key for key in a if key in moved | tied),
        tuple(key for key in b if key not in a),
    )


def _differs(a: Placed, b: Placed) -> bool:
    return replace(a, mark=b.mark) != b or digest(a.mark) != digest(b.mark)


def ease(fraction: float) -> float:
    """Start and stop gently."""
    return fraction * fraction * (3 - 2 * fraction)


def leaving(
    before: Mapping[str, Shapes], after: Mapping[str, Shapes], leaving: tuple[str, ...], says: tuple[str, ...]
) -> Drawing:
    """Marks fade out; the new sentence fades in when the old one has gone."""
    old = [key for key in leaving if key.startswith("say:")]

    def at(fraction: float) -> dict[str, Shapes]:
        seen = {key: faded(before[key], 1 - ease(fraction)) for key in leaving}
        seen |= {key: faded(before[key], 1 - ease(min(2 * fraction, 1))) for key in old}
        return seen | {key: faded(after[key], ease(max(2 * fraction - 1, 0))) for key in says}

    return at


def entering(after: Mapping[str, Shapes], keys: tuple[str, ...]) -> Drawing:
    """Marks fade in, one a little after the other."""
    delays = np.linspace(0, 0.4, len(keys))

    def at(fraction: float) -> dict[str, Shapes]:
        return {
            key: faded(after[key], ease(min(max((fraction - delay) / 0.6, 0), 1)))
            for key, delay in zip(keys, delays, strict=True)
        }

    return at


OPAQUE = (Units, Grid, Picture, Tokens, Block)
"""Marks that cover what lies under them: the new state is laid over the old one."""


def moving(before: Frame, after: Frame, keys: tuple[str, ...]) -> Drawing:
    """Marks move to their new places and take on their new values."""
    common = [key for key in after.placed if keys and key in before.placed]
    drifting = [key for key in common if _differs(before[key], after[key])]
    known = _Known()

    def at(fraction: float) -> dict[str, Shapes]:
        f = ease(fraction)
        # What stays where it is, and as it is, already stands so in both frames.
        old, new = (
            replace(
                frame,
                placed=dict(frame.placed)
                | {k: _tween(before[k], after[k], f, late, after.style, known) for k in drifting},
            )
            for frame, late in ((before, False), (after, True))
        )
        return {key: _blend(key, old, new, before[key].mark, f, known) for key in keys}

    return at


class _Known:
    """What was found out about marks; by their identity, for in every frame they are the same."""

    def __init__(self) -> None:
        # The marks are held, so that no other gets their place.
        self._alike: dict[tuple[int, int], tuple[Mark, Mark, bool]] = {}
        self._bare: dict[tuple[int, tuple[str, ...]], tuple[Mark, Mark]] = {}

    def alike(self, a: Mark, b: Mark) -> bool:
        """Whether two marks look the same."""
        pair = id(a), id(b)
        if pair not in self._alike:
            self._alike[pair] = a, b, digest(a) == digest(b)
        return self._alike[pair][2]

    def wordless(self, placed: Placed, words: tuple[str, ...]) -> Placed:
        """A mark in its place without some of its words."""
        one = id(placed.mark), words
        if one not in self._bare:
            nothing: dict[str, Any] = {"label": None, "names": ()}
            self._bare[one] = placed.mark, changed(placed.mark, **{word: nothing[word] for word in words})
        return replace(placed, mark=self._bare[one][1])


def _blend(key: str, old: Frame, new: Frame, was: Mark, f: float, known: _Known) -> Shapes:
    # Weights that turn are another mark in every frame: nothing is kept of those.
    if _turn(was, new[key].mark) or known.alike(was, new[key].mark):
        return draw(new[key], new)
    words = _words(was, new[key].mark)
    if any(getattr(was, word) != getattr(new[key].mark, word) for word in words):
        # The old words go, then the new ones come.
        before, after = (
            replace(at, placed={**at.placed, key: known.wordless(at[key], words)}) for at in (old, new)
        )
        at, share = (old, 1 - 2 * f) if f < 0.5 else (new, 2 * f - 1)
        seen = label(at[key], at)
        if "names" in words:
            seen += faded(unit_names(at[key], at), at[key].opacity)
        return _blend(key, before, after, before[key].mark, f, known) + faded(seen, share)
    under, over = draw(old[key], old), draw(new[key], new)
    if isinstance(was, OPAQUE):  # the new state covers the old one before that goes
        return (*faded(under, min(2 - 2 * f, 1.0)), *faded(over, min(2 * f, 1.0)))
    if _rewritten(was, new[key].mark):  # words laid over words can be read in neither state
        return faded(under, 1 - 2 * f) if f < 0.5 else faded(over, 2 * f - 1)
    return (*faded(under, 1 - f), *faded(over, f))


def _words(a: Mark, b: Mark) -> tuple[str, ...]:
    """The words that both marks can be drawn without: their labels, and names beside neurons."""
    plain = all(isinstance(one, Units) and len(one.values) <= TALLEST for one in (a, b))
    return ("label", "names") if plain else ("label",)


WRITTEN = ("names", "x_name", "y_name", "x_limits", "y_limits", "words")
"""What of a mark is read."""


def _rewritten(a: Mark, b: Mark) -> bool:
    """Whether other words or numbers are written in the places of the old ones."""
    return any(getattr(a, name, None) != getattr(b, name, None) for name in WRITTEN)


def _continued(a: Placed, b: Placed, style: RenderStyle) -> bool:
    """Whether one of two sentences is the beginning of the other, in as many lines."""
    one, other = a.mark, b.mark
    if not (isinstance(one, Tokens) and isinstance(other, Tokens)):
        return False
    count = min(len(one.words), len(other.words))
    lines = len(token_lines(one, a.scale, style)), len(token_lines(other, b.scale, style))
    return one.words[:count] == other.words[:count] and lines[0] == lines[1]


def _turn(a: Mark, b: Mark) -> bool:
    """Whether one mark's weights can turn into the other's, wire by wire."""
    return (
        isinstance(a, Wires)
        and isinstance(b, Wires)
        and (a.weights.shape, a.source, a.target) == (b.weights.shape, b.source, b.target)
    )


def _tween(a: Placed, b: Placed, f: float, new: bool, style: RenderStyle, known: _Known) -> Placed:
    def mix(p: float, q: float) -> float:
        return p + (q - p) * f

    mark: Any = b.mark if new else a.mark
    if _turn(a.mark, b.mark) and not known.alike(a.mark, b.mark):
        was: Any = a.mark
        weights = was.weights + (b.mark.weights - was.weights) * f  # type: ignore[attr-defined]
        mark = changed(mark, weights=weights, limit=mix(was.limit, b.mark.limit))  # type: ignore[attr-defined]
    left, right, bottom, top = (mix(p, q) for p, q in zip(a.room, b.room, strict=True))
    x, scale = mix(a.x, b.x), mix(a.scale, b.scale)
    if _continued(a, b, style):  # the words that stay lie on each other
        x = mix(a.x - a.w / 2, b.x - b.w / 2) + extent(mark, scale, style).width / 2
    return Placed(
        mark, x, mix(a.y, b.y), mix(a.w, b.w), mix(a.h, b.h), scale,
        mix(a.label_y, b.label_y), (left, right, bottom, top), mix(a.opacity, b.opacity),
    )  # fmt: skip
