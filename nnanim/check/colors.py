"""Colours: in a film, one colour means one thing, and one thing has one colour.

A role of the theme is named by what it means (see `nnanim.theme.Theme`). Reported is where a mark uses one
for something else: sign colours for what has no sign, the accent for data and not for "look here", a colour
of attention's vectors for another vector, a kind's colour for two kinds, or two colours for one kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.marks import Frame, Mark
from nnanim.motions import Playback
from nnanim.shapes import Boxes, Discs, Filled, Floats, Lines, Polyline, Shape, unwrap
from nnanim.theme import ATTENTION, KINDS, LOOK_HERE, SIGN

FAINT = 0.05
"""Alpha up to which a colour is not seen."""


@dataclass(frozen=True)
class ColorFault:
    """A colour that means something else than it should.

    Attributes:
        beat: id of the beat.
        what: what was found.
        advice: what to do.
    """

    beat: str
    what: str
    advice: str


def color_faults(beats: Iterable[Beat]) -> list[ColorFault]:
    """Every colour of a film that has two meanings, and every kind of thing that has two colours."""
    found: dict[tuple[str, str], ColorFault] = {}
    names: dict[str, str] = {}
    roles: dict[str, str] = {}
    for beat in beats:
        for mark in shown_marks(beat):
            for what, advice in (*_find_misuse(mark), *_kinds(mark, names, roles)):
                found.setdefault((mark.key, what), ColorFault(beat.id, what, advice))
    return list(found.values())


def shown_marks(beat: Beat) -> Iterator[Mark]:
    """The marks of a beat, and their states while it is on."""
    yield from beat.marks
    if isinstance(beat.motion, Playback):
        for states in beat.motion.states.values():
            yield from states


def _find_misuse(mark: Mark) -> Iterator[tuple[str, str]]:
    """Roles of a mark that are reserved for another meaning."""
    role = getattr(mark, "role", "")
    chosen = [one for one, _ in _named_roles(mark)]
    for one in {role, *chosen} & {*SIGN}:
        if one != role or not mark.signed:
            yield f"{mark.key!r} uses {one!r}, which means sign", "use 'amount', or a kind: 'kind0'"
    if LOOK_HERE in chosen or (role == LOOK_HERE and not mark.may_point):
        yield f"{mark.key!r} uses {LOOK_HERE!r} for data; it means: look here", "use 'amount' or a kind"
    if role in ATTENTION and role not in _text_of(mark):
        yield f"{mark.key!r} has the colour of {role!r} and is named otherwise", f"name it {role!r}"
    label = mark.label if mark.label is not None else ""
    for one in ATTENTION:
        if role and role != one and words.say(label, "en") == words.term(one)["en"]:
            yield f"{mark.key!r} is named {one!r} and has the colour of {role!r}", f"role={one!r}"


def filled_with_accent(frame: Frame, keys: Iterable[str]) -> list[str]:
    """The marks, of those keys, that fill a thing with the colour of "look here" and may not point.

    That colour rings things and leads to them; what is filled with it would be data of a colour of its own.
    """
    accent = frame.style.theme.rgba(LOOK_HERE)[:3]
    return [
        key
        for key in keys
        if not frame[key].mark.may_point
        and any(np.allclose(one[:3], accent, atol=1e-3) for one in _fills(frame[key].draw(frame)))
    ]


def _fills(drawn: Iterable[Shape]) -> Iterator[Floats]:
    """Every colour that something is filled or written with, and can be seen."""
    for shape in unwrap(drawn):
        if isinstance(shape, Boxes | Discs):
            yield from shape.fills[shape.fills[:, 3] > FAINT]
        elif isinstance(shape, Lines):
            yield from shape.colors[shape.colors[:, 3] > FAINT]
        elif isinstance(shape, Polyline):
            yield from (one for one in (shape.color, shape.fill) if one is not None and one[3] > FAINT)
        elif isinstance(shape, Filled) and shape.color[3] > FAINT:
            yield shape.color


def _text_of(mark: Mark) -> str:
    said = [mark.key, *(words.say(one, "en") for one in (mark.label, mark.means))]
    return " ".join(said).lower()


def _named_roles(mark: Mark) -> list[tuple[str, str]]:
    """The roles of a mark that tells kinds of things apart, each with the name of its kind."""
    roles, names = getattr(mark, "roles", ()), getattr(mark, "names", ())
    used = sorted(set(getattr(mark, "groups", range(len(names)))))
    named = [words.say(one, "en") for one in names]
    return [(roles[i], named[i] if i < len(named) else "") for i in used if i < len(roles)]


def _kinds(mark: Mark, names: dict[str, str], roles: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Kinds whose colour another kind has, or which have another colour elsewhere."""
    for role, name in _named_roles(mark):
        if role not in KINDS or not name:
            continue
        if (other := names.setdefault(role, name)) != name:
            yield f"{role!r} is {other!r} and in {mark.key!r} also {name!r}", "give it a colour of its own"
        if (other := roles.setdefault(name, role)) != role:
            yield f"{name!r} is {other!r} and in {mark.key!r} also {role!r}", f"give it {other!r} here, too"
