"""The numbers that a beat shows: arrays of its marks and motions, and numbers in its words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim import words
from nnanim.beats import Beat
from nnanim.marks import Mark
from nnanim.motions import Playback, list_flows

Floats = npt.NDArray[np.float64]

AXES = {
    ("Curve", "x"): "places along an axis, such as steps; the values stand in y",
    ("Curve", "stop"): "a place along the axis, such as a step; how high the line is there is in y",
    ("Curve", "zone"): "places along the axis",
    ("Histogram", "edges"): "where the bins are; the numbers are the counts",
    ("Histogram", "expected"): "a formula that the legend names, drawn over the counts",
    ("Histogram", "counts"): "whole numbers, which a little noise leaves: examined with more of it",
}
"""Arrays that need not change with a trace, and why."""

NAMES = ("names", "rows", "columns")
"""Words that name things: a class may be called 3. Tokens are a sentence of the user's."""

NUMBER = re.compile(r"(?:(?<![\w.#])|(?<=[ぁ-ヿ一-鿿]))[−-]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+−-]?\d+)?")
"""A number in a text; digits inside a name such as ``conv1`` are none, behind a Japanese letter they are."""


@dataclass(frozen=True)
class Fault:
    """A number on the screen for which the trace does not answer.

    Attributes:
        beat: id of the beat.
        where: the mark and its field, or ``says``.
        what: what is wrong.
        at: of a number in words, their language and its place in them.
        same: of an array, where its values stay the same.
        key: of the mark; empty where it is the sentence, or the whole stage.
        given: what ``given=`` of the beat would name, were it a setting.
    """

    beat: str
    where: str
    what: str
    at: tuple[str, int] | None = field(default=None, compare=False, repr=False)
    same: npt.NDArray[np.bool_] | None = field(default=None, compare=False, repr=False)
    key: str = field(default="", compare=False)
    given: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"beat {self.beat!r}, {self.where}: {self.what}"


@dataclass(frozen=True)
class ShownNumbers:
    """Numbers that a beat shows.

    Attributes:
        key: of the mark.
        where: the mark and its field.
        values: the numbers.
        ends: the ends of their scale.
        limit: the largest size of their own scale; None where they have none.
        passes: whether they are seen on the way alone, in a state of a playback.
    """

    key: str
    where: str
    values: Floats
    ends: tuple[float, ...] = ()
    passes: bool = False
    limit: float | None = None


def shown_arrays(beat: Beat, *, axes: bool = False) -> Iterator[ShownNumbers]:
    """Every array that a beat shows, those of its motion too; with ``axes`` also those that are `AXES`."""
    for mark in beat.marks:
        yield from _shown_arrays(mark, "", axes)
    if isinstance(beat.motion, Playback):
        for states in beat.motion.states.values():
            for place, state in enumerate(states):
                yield from _shown_arrays(state, f" in state {place + 1}")
    for flow in list_flows(beat.motion):
        for name, values in (("contributions", flow.contributions), ("source", flow.source)):
            yield ShownNumbers(flow.wires, f"{flow.wires}.flow {name}", values, limit=flow.limit)


def _shown_arrays(mark: Mark, when: str, axes: bool = False) -> Iterator[ShownNumbers]:
    ends = tuple(float(end) for name in ("low", "high") if (end := getattr(mark, name, None)) is not None)
    for name, values in _arrays(mark, axes):
        where, limit = f"{mark.key}.{name}{when}", getattr(mark, "limit", None)
        yield ShownNumbers(mark.key, where, values, (-1.0, 1.0, *ends), bool(when), limit)


PLACES = ("point", "stop", "zone")
"""Fields of marks that hold numbers, and words for them."""


def _arrays(mark: Mark, axes: bool) -> Iterator[tuple[str, Floats]]:
    """Every array of numbers of a mark, of its axes only on demand; cells that are barred count as 0."""
    barred: Any = getattr(mark, "mask", None)
    for one in fields(mark):
        value = getattr(mark, one.name)
        if not axes and (type(mark).__name__, one.name) in AXES:
            continue
        if one.name in PLACES and value is not None:
            numbers = [part for part in value if isinstance(part, int | float)]
            yield one.name, np.asarray(numbers, dtype=float)
        elif isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size:
            yield one.name, value if barred is None else np.where(barred, 0.0, value)
        elif isinstance(value, tuple) and any(isinstance(part, np.ndarray) for part in value):
            for place, part in enumerate(value):
                if part is not None:
                    yield f"{one.name}[{place}]", np.asarray(part, dtype=float)


@dataclass(frozen=True)
class ShownText:
    """Something that is read on a beat.

    Attributes:
        key: of the mark, or ``says``.
        where: the mark and its field.
        lang: language, empty for words of no language.
        text: as it is read.
        template: the same before numbers and names were filled in that nobody typed.
        named: whether it names something: a layer may be called conv 2.
    """

    key: str
    where: str
    lang: str
    text: str
    template: str
    named: bool = False


def shown_texts(beat: Beat) -> Iterator[ShownText]:
    """Everything that is read on a beat, and in its motion."""
    yield from _said_numbers("says", "says", beat.says)
    for mark in beat.marks:
        yield from _texts(mark, "")
    if isinstance(beat.motion, Playback):
        for states in beat.motion.states.values():
            for place, state in enumerate(states):
                yield from _texts(state, f" in state {place + 1}")


STRICT = {"Text": ("words",), "Formula": ("parts",)}
"""Words of marks that are sentences and not names."""


def _texts(mark: Mark, when: str) -> Iterator[ShownText]:
    kind = type(mark).__name__
    for one in fields(mark):
        value = getattr(mark, one.name)
        if one.name in NAMES and isinstance(value, tuple):
            for name in (each for each in value if isinstance(each, str | Mapping) and _has_share(each)):
                yield from _said_numbers(mark.key, f"{mark.key}.{one.name}{when}", name, named=True)
        if one.name in UNREAD or (kind, one.name) == ("Tokens", "words"):
            continue
        if one.name in PLACES and isinstance(value, tuple):
            value = next((part for part in value if isinstance(part, str | Mapping)), "")
        named = one.name not in STRICT.get(kind, ())
        where = f"{mark.key}.{one.name}{when}"
        if one.name == "parts":
            for lang in words.LANGUAGES:
                both = [_say_both(part, lang) for part in value]
                text, template = (" ".join(said) for said in zip(*both, strict=True))
                yield ShownText(mark.key, where, lang, text, template, named)
        elif isinstance(value, str | Mapping):
            yield from _said_numbers(mark.key, where, value, named)


def _say_both(part: words.Words, lang: str) -> tuple[str, str]:
    """A part of a formula, and the template it was filled from."""
    text = words.say(part, lang)
    if not isinstance(part, words.FilledWords):
        return text, text
    return text, next((part.templates[one] for one, said in part.items() if said == text), text)


def _has_share(name: words.Words) -> bool:
    """Whether a name holds a share in percent: other numbers in names are settings, or names themselves."""
    texts = [name] if isinstance(name, str) else name.values()
    return any(re.search(r"\d\s*[%％]", text) for text in texts)


UNREAD = (*NAMES, "key", "role", "roles", "side", "colors", "size", "source", "target", "tokens")
"""Fields of marks that hold words and no sentence: names, and words for the program."""


def _said_numbers(key: str, where: str, value: Any, named: bool = False) -> Iterator[ShownText]:
    if isinstance(value, str):
        yield ShownText(key, where, "", value, value, named)
    elif isinstance(value, Mapping):
        templates: Mapping[str, str] = value.templates if isinstance(value, words.FilledWords) else value
        for lang, text in value.items():
            yield ShownText(key, where, lang, text, templates.get(lang, text), named)
