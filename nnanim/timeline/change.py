"""What differs between two frames, and how one becomes the other: marks leave, move and enter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from nnanim.errors import UserError
from nnanim.marks import Frame, Mark, Placed, modify
from nnanim.motions import Drawing, Fade, Movement, ease
from nnanim.shapes import Boxes, Filled, Shape, Shapes, fade, fade_each, word_sides
from nnanim.style import MARGIN, RenderStyle
from nnanim.timeline.blend import turn


@dataclass(frozen=True)
class Change:
    """What differs between two frames: keys that leave, move (or change their values) and enter."""

    leaving: tuple[str, ...]
    moving: tuple[str, ...]
    entering: tuple[str, ...]


def compare_frames(before: Frame, after: Frame) -> Change:
    """Compare two frames by their keys. ``compare_frames(a, a)`` is empty.

    What joins marks leaves with its old ends, and enters with the new ones: an arrow never points to nothing.
    """
    a, b = before.placed, after.placed
    cut = {key for key in a if key in b and _is_cut(a[key].mark, b[key].mark, a, b)}
    common = [key for key in a if key in b and key not in cut]
    moved = {key for key in common if _differs(a[key], b[key])}
    tied = {key for key in common if any(end in moved for end in b[key].mark.ties)}
    return Change(
        tuple(key for key in a if key not in b or key in cut),
        tuple(key for key in common if key in moved | tied),
        tuple(key for key in b if key not in a or key in cut),
    )


def _is_cut(was: Mark, becomes: Mark, a: Mapping[str, Placed], b: Mapping[str, Placed]) -> bool:
    """Whether a mark joins others than before, or some that were not there, will not be, or do not fit it."""
    if was.ties != becomes.ties:
        return bool(was.ties)
    return any(end not in a or end not in b for end in was.ties) or not _fits(was, b)


def _fits(mark: Mark, placed: Mapping[str, Placed]) -> bool:
    """Whether a mark can be drawn between the marks that it is tied to, as they are in some places."""
    if not mark.ties:
        return True
    try:
        mark.check({key: one.mark for key, one in placed.items()})
    except UserError:
        return False
    return True


def _differs(a: Placed, b: Placed) -> bool:
    return replace(a, mark=b.mark) != b or a.mark.content_digest != b.mark.content_digest


def fade_out(
    before: Mapping[str, Shapes], after: Mapping[str, Shapes], leaving: tuple[str, ...], says: tuple[str, ...]
) -> Movement:
    """Marks fade out, legends and the sentence first; the new one fades in when the old one has gone."""

    def go(fraction: float) -> float:
        return 1 - ease(fraction)

    def go_first(fraction: float) -> float:
        return 1 - ease(min(2 * fraction, 1))

    def come(fraction: float) -> float:
        return ease(max(2 * fraction - 1, 0))

    first = ("say:", "legend:")
    gone = {key: Fade(before[key], go_first if key.startswith(first) else go) for key in leaving}
    return Movement(gone | {key: Fade(after[key], come) for key in says})


def fade_in(after: Mapping[str, Shapes], keys: tuple[str, ...]) -> Movement:
    """Marks fade in, one a little after the other."""
    delays = np.linspace(0, 0.4, len(keys))

    def come(delay: float) -> Callable[[float], float]:
        return lambda fraction: ease(min(max((fraction - delay) / 0.6, 0), 1))

    return Movement({key: Fade(after[key], come(delay)) for key, delay in zip(keys, delays, strict=True)})


def move_marks(
    before: Frame, after: Frame, keys: tuple[str, ...], coming: Mapping[str, tuple[int, ...]] | None = None
) -> Drawing:
    """Marks move to their new places and take on their new values.

    Args:
        before: the frame that they leave.
        after: the frame that they come to.
        keys: of the marks.
        coming: by key, the parts of a mark that join it and are drawn elsewhere.
    """
    hidden = coming or {}
    common = [key for key in after.placed if keys and key in before.placed]
    drifting = [key for key in common if _differs(before[key], after[key])]
    known = _Known()
    changing = [key for key in drifting if not known.alike(before[key].mark, after[key].mark)]
    ways = {key: _Way(before[key], after[key], after.style) for key in drifting}

    def at(fraction: float) -> dict[str, Shapes]:
        f = ease(fraction)
        on_way = {key: _between(before[key].mark, after[key].mark, fraction) for key in changing}

        def in_motion(frame: Frame) -> Frame:
            """A frame in which what drifts is where it is now; all else already stands so in both frames."""
            now = {key: way.at(f, on_way.get(key) or frame[key].mark) for key, way in ways.items()}
            return replace(frame, placed={**frame.placed, **now})

        new = in_motion(after)
        # Where no mark is seen in both its states at once, the old ones are asked for in no place.
        mixes = any(
            not on_way.get(key) and not known.alike(before[key].mark, after[key].mark) for key in keys
        )
        old = in_motion(before) if mixes else new
        seen = {
            key: new[key].draw(new) + _labels(before[key].mark, after[key].mark, new, f)
            if on_way.get(key)
            else new[key].draw(new)
            if known.alike(before[key].mark, after[key].mark)
            else _blend(key, old, new, f, known, hidden.get(key, ()))
            for key in keys
        }
        return {key: keep_within_frame(shapes, after.style) for key, shapes in seen.items()}

    return at


def move_seconds(before: Frame, after: Frame, keys: tuple[str, ...]) -> float:
    """Seconds that the slowest of some marks asks for, to change its values; 0 where none does."""
    pairs = [(before[key].mark, after[key].mark) for key in keys]
    return max(
        (a.change_seconds for a, b in pairs if a.change_seconds and a != b and a.between(b, 0.5)), default=0.0
    )


def _between(was: Mark, becomes: Mark, fraction: float) -> Mark | None:
    """A mark on its way, without its label where that changes."""
    mark = was.between(becomes, fraction)
    return modify(mark, label=None) if mark is not None and was.label != becomes.label else mark


def _labels(was: Mark, becomes: Mark, new: Frame, f: float) -> Shapes:
    """The old label that goes, then the new one that comes; nothing where they are the same."""
    if was.label == becomes.label:
        return ()
    mark, share = (was, 1 - 2 * f) if f < 0.5 else (becomes, 2 * f - 1)
    return fade(replace(new[becomes.key], mark=mark).draw_label(new), share)


def keep_within_frame(shapes: Shapes, style: RenderStyle) -> Shapes:
    """Shapes of which words and boxes fade as they come nearer to the frame's edge than anything rests."""
    wide, tall, strip = style.width / 2, style.height / 2, 0.6 * MARGIN
    half = np.array([wide, tall])

    def fade_near(shape: Shape) -> Shapes:
        if isinstance(shape, Filled):
            left, bottom, right, top = word_sides(shape)
            near = min(wide - right, wide + left, tall - top, tall + bottom) / strip
            return (shape,) if near >= 1 else fade((shape,), near)
        if isinstance(shape, Boxes):
            near_each = (half - shape.sizes / 2 - np.abs(shape.centers)).min(axis=-1) / strip
            if (near_each < 1).any():
                return (fade_each(shape, np.clip(near_each, 0.0, 1.0)),)
        return (shape,)

    return tuple(faded for shape in shapes for faded in fade_near(shape))


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
            self._alike[pair] = a, b, a.content_digest == b.content_digest
        return self._alike[pair][2]

    def wordless(self, placed: Placed, words: tuple[str, ...]) -> Placed:
        """A mark in its place without some of its words."""
        key = id(placed.mark), words
        if key not in self._bare:
            bare = {one.name: one.default for one in fields(placed.mark) if one.name in words}
            self._bare[key] = placed.mark, modify(placed.mark, **bare)
        return replace(placed, mark=self._bare[key][1])


def _blend(key: str, old: Frame, new: Frame, f: float, known: _Known, hidden: tuple[int, ...] = ()) -> Shapes:
    was, becomes = old[key].mark, new[key].mark
    if known.alike(was, becomes):
        return new[key].draw(new)
    optional_words = ("label", *(name for name in was.optional_words if name in becomes.optional_words))
    if any(getattr(was, name) != getattr(becomes, name) for name in optional_words):
        # The old words go, then the new ones come.
        before, after = (at.with_place(key, known.wordless(at[key], optional_words)) for at in (old, new))
        at, share = (old, 1 - 2 * f) if f < 0.5 else (new, 2 * f - 1)
        words = at[key].draw_label(at)
        if len(optional_words) > 1:
            words += fade(at[key].mark.draw_optional(at[key], at), at[key].opacity)
        return _blend(key, before, after, f, known, hidden) + fade(words, share)
    under, over = old[key].draw(old), new[key].draw(new)
    if hidden:
        flying = becomes.take_apart(new[key], new)  # of a formula, only these are its parts
        over = fade(flying.without(*hidden), new[key].opacity) + new[key].draw_label(new)
    if was.opaque:
        return turn(under, over, f)
    if _rewritten(was, becomes):  # words laid over words can be read in neither state
        return fade(under, 1 - 2 * f) if f < 0.5 else fade(over, 2 * f - 1)
    return (*fade(under, 1 - f), *fade(over, f))


def _rewritten(a: Mark, b: Mark) -> bool:
    """Whether other words or numbers are written in the places of the old ones."""
    return any(getattr(a, name, None) != getattr(b, name, None) for name in {*a.read, *b.read})


class _Way:
    """The way of a mark from one place to another."""

    def __init__(self, a: Placed, b: Placed, style: RenderStyle) -> None:
        self._a, self._b, self._style = a, b, style
        # The words that stay lie on each other. Where a motion begins, a mark may be wider than the room of
        # its end: what counts is what is drawn.
        self._lefts: tuple[float, float] | None = None
        if b.mark.continues(a, b, style):
            self._lefts = self._left_end(a), self._left_end(b)

    def _left_end(self, one: Placed) -> float:
        return one.x - one.mark.measure(one.scale, self._style).width / 2

    def at(self, f: float, mark: Mark) -> Placed:
        """The place of the mark, as it is then, a share ``f`` of the way on."""
        a, b = self._a, self._b

        def mix(p: float, q: float) -> float:
            return p + (q - p) * f

        left, right, bottom, top = map(mix, a.room, b.room)
        x, scale = mix(a.x, b.x), mix(a.scale, b.scale)
        if self._lefts:
            x = mix(*self._lefts) + mark.measure(scale, self._style).width / 2
        return Placed(
            mark, x, mix(a.y, b.y), mix(a.w, b.w), mix(a.h, b.h), scale,
            mix(a.label_y, b.label_y), (left, right, bottom, top), mix(a.opacity, b.opacity),
            mix(a.turned, b.turned), mix(a.label_x, b.label_x), mix(a.pitch, b.pitch),
            (a if f < 0.5 else b).quiet, (a if f < 0.5 else b).axes_of,
        )  # fmt: skip
