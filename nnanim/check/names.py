"""Names in sentences: which things on the stage a clause speaks of, and what their values are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nnanim import words
from nnanim.beats import Beat
from nnanim.check.geometry import Floats
from nnanim.check.vocabulary import KINDS, LOWER_IS_BETTER, PLACES
from nnanim.marks import Bars, Curve, Grid, Mark, Tokens, Units, Wires


@dataclass(frozen=True)
class Named:
    """Things on the stage that have names and values.

    Attributes:
        key: of the mark.
        names: in one language.
        values: (n,) one each.
        text: other words of the mark, which say what the values are.
    """

    key: str
    names: tuple[str, ...]
    values: Floats
    text: str

    @property
    def lower_is_better(self) -> bool:
        """Whether the values are losses or errors."""
        return re.search(LOWER_IS_BETTER, self.text, re.IGNORECASE) is not None


def spoken_marks(beat: Beat, lang: str) -> Sequence[Mark]:
    """The marks that a sentence is about: those in focus, if something of them has names or is a line."""
    focus = [mark for mark in beat.marks if mark.key in beat.focus]
    said = any(isinstance(mark, Curve) or name_values(mark, lang) is not None for mark in focus)
    return focus if said else beat.marks


def is_meant(clause: str, one: Named, marks: Sequence[Mark], lang: str) -> bool:
    """Whether a clause speaks of the values of this thing: of all kinds that it names, or of the only one."""
    for name in one.names:
        for start, end in reversed(find_name(name, clause, lang)):
            clause = clause[:start] + clause[end:]
    kinds = [kind for kind in KINDS if re.search(kind, clause, re.IGNORECASE)]
    if all(re.search(kind, one.text, re.IGNORECASE) for kind in kinds):
        return True
    return sum(isinstance(mark, Bars | Curve | Grid | Tokens | Units | Wires) for mark in marks) == 1


def name_values(mark: Mark, lang: str) -> Named | None:
    """The names and values of a mark in one language, where it has both."""
    names: Sequence[words.Words] = ()
    values: Floats | None = None
    if isinstance(mark, Bars | Units):
        names, values = mark.names, mark.values
    elif isinstance(mark, Tokens):
        names, values = mark.words, mark.values
    elif isinstance(mark, Curve) and mark.y.ndim == 2:
        names, values = mark.names, mark.y[:, (mark.drawn or mark.y.shape[1]) - 1]
    if values is None or len(names) != len(values) or len(names) < 2:
        return None
    return Named(mark.key, tuple(words.say(one, lang) for one in names), values, text_of(mark))


def text_of(mark: Mark) -> str:
    """What a mark is called and what it measures, in every language."""
    found = [mark.key, *(["probability, share, 確率, 割合"] if getattr(mark, "percent", False) else [])]
    for name in ("label", "means", "meaning", "y_name"):
        value = getattr(mark, name, "") or ""
        found += [value] if isinstance(value, str) else list(value.values())
    return " ".join(found)


def is_called(clause: str, mark: Curve, lang: str) -> bool:
    """Whether a clause names what a curve shows."""
    called = [words.say(one, lang) for one in (mark.y_name, mark.label, *mark.names) if one]
    return any(find_name(one, clause, lang) for one in called if one)


def find_name(name: str, clause: str, lang: str) -> list[tuple[int, int]]:
    """Where a name stands in a clause: as a whole word, and where it is a number as a whole number."""
    if not name.strip():
        return []
    edge = (r"(?<![\w.])", r"(?![\w]|\.\d)") if lang == "en" or name.isascii() else ("", "")
    found = re.finditer(edge[0] + re.escape(name.strip()) + edge[1], clause, re.IGNORECASE)
    return [match.span() for match in found]


def spoken_names(clause: str, one: Named, lang: str) -> list[int]:
    """The things that a clause names, in its order; of names within each other the longest."""
    spans: list[tuple[int, int, int]] = []
    for place in sorted(range(len(one.names)), key=lambda i: -len(one.names[i])):
        for start, end in find_name(one.names[place], clause, lang):
            if all(end <= a or start >= b for a, b, _ in spans):
                spans.append((start, end, place))
    return list(dict.fromkeys(place for _, _, place in sorted(spans)))


def only_name(clause: str, one: Named, lang: str) -> int | None:
    """The one thing that a clause names; None where it names none, or several."""
    found = spoken_names(clause, one, lang)
    return found[0] if len(found) == 1 else None


def find_place(clause: str, one: Named, lang: str) -> int | None:
    """Which of several a clause means by its place: the first, the middle or the last one."""
    for word, place in PLACES[lang].items():
        if re.search(rf"\b{word}\b" if lang == "en" else word, clause, re.IGNORECASE):
            if place is None:
                return len(one.values) // 2 if len(one.values) % 2 else None
            return place % len(one.values)
    return None
