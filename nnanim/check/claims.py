"""Claims: a sentence that says which bar is the highest, or where a line goes, must not contradict it.

Understood are plain words in English and Japanese: which of several named things is the most or the least,
that one is more than another, and that a line rises or falls. What is asked, denied or not understood is left
alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.check.geometry import Floats
from nnanim.marks import Bars, Curve, Grid, Mark, Tokens, Units, Wires

MOST = {
    "en": r"\b(wins|winner|highest|largest|biggest|greatest|strongest|longest|best"
    r"|most (?:likely|probable))\b",
    "ja": r"勝ち|勝つ|勝者|最大|最高|最有力|(?:最も|もっとも|一番|いちばん)(?:高|大き|強|長|良|確率が高|ありそう)",
}
LEAST = {
    "en": r"\b(lowest|smallest|weakest|shortest|least(?: (?:likely|probable))?|worst)\b",
    "ja": r"最小|最低|(?:最も|もっとも|一番|いちばん)(?:低|小さ|弱|短|悪|確率が低)",
}
MORE = {
    "en": r"\b(?:is|are|gets?|has) (?:a )?(?:much |far |clearly )?"
    r"(higher|larger|bigger|greater|stronger|longer|more likely|lower|smaller|weaker|shorter|less likely)\b",
    "ja": r"より(?:も)?(?:ずっと)?(高|大き|強|長|低|小さ|弱|短)",
}
RISES = {
    "en": r"\b(rises?|grows?|climbs?|increases?|goes up)\b",
    "ja": r"上が|増え|伸び|大きくな|高くな",
}
FALLS = {
    "en": r"\b(falls?|drops?|sinks?|decreases?|shrinks?|goes down)\b",
    "ja": r"下が|減|落ち|小さくな|低くな",
}
BOUNDS = {"en": r"\bat (?:most|least)\b|(?:est|best|worst) (?:first|last)\b",
          "ja": r"最[大小高低](?:でも|限|で(?=\s*[\d±+\-−約]))"}  # fmt: skip
"""Words that bound a number or give an order, and rank nothing."""

KINDS = (
    r"\bweight|重み", r"\bslope|\bgradient|\bderivative|傾き|勾配|微分", r"\binputs?\b|入力", r"\bactivation|活性",
    r"probabilit|確率", r"\bloss|\berror|損失|誤差", r"\bbias|バイアス", r"\bscore|\blogit|スコア|点数",
    r"\bshare|\battention|割合|注意",
)  # fmt: skip
"""Words for kinds of values: a sentence that names one speaks of what is called so."""

SENTENCES = {"en": "the English sentence", "ja": "the Japanese sentence"}
LESS = ("lower", "smaller", "weaker", "shorter", "less likely", "低", "小さ", "弱", "短")
JUDGED = r"\b(wins|winner|best|worst)\b|勝|良|悪"
"""Words that mean the least where less is better."""

NEGATION = {
    "en": r"\b(?:not|never|no longer|neither|nor|without|if|would|could|should|second|third|which|who|what)\b"
    r"|n't|\?",
    "ja": r"ない|ません|なく|ずに|もし|なら|二番|三番|どれ|どの|どちら|か。|か$|でしょう|？",
}
CLAUSES = {"en": r"[.;,:…—!]|\bbut\b|\bwhile\b|\band\b|\bthan the\b(?!.)", "ja": r"[。、，；：…！]"}
PLACES = {
    "en": {"first": 0, "middle": None, "last": -1},
    "ja": {"最初": 0, "真ん中": None, "中央": None, "最後": -1},
}
"""Words for a place among several; None is the middle."""

LOWER_IS_BETTER = r"loss|error|perplexity|mse|損失|誤差"
ADVICE = "let the trace choose the word: fill(…, name=names[int(np.argmax(values))])"
"""What to do about a sentence that contradicts its picture."""


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


def find_contradictions(beat: Beat) -> Iterator[tuple[str, str]]:
    """Key of the mark, and what its beat's sentence says against it, each language by itself."""
    for lang in words.LANGUAGES:
        if isinstance(beat.says, str) and lang != words.LANGUAGES[0]:
            return
        text = re.sub(BOUNDS[lang], "", words.say(beat.says, lang), flags=re.IGNORECASE)
        told = "the sentence" if isinstance(beat.says, str) else SENTENCES[lang]
        things = [one for mark in beat.marks if (one := name_values(mark, lang)) is not None]
        for clause in re.split(CLAUSES[lang], text):
            if clause.strip() and not re.search(NEGATION[lang], clause, re.IGNORECASE) and not beat.asks:
                meant = [one for one in things if _is_meant(clause, one, beat.marks, lang)]
                for found in (
                    _of_extremes(clause, meant, lang),
                    _of_comparison(clause, meant, lang),
                    _of_trends(clause, beat.marks, lang),
                ):
                    yield from ((key, f"{told} {what}") for key, what in found)


def _is_meant(clause: str, one: Named, marks: Sequence[Mark], lang: str) -> bool:
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
    return Named(mark.key, tuple(words.say(one, lang) for one in names), values, _text_of(mark))


def _text_of(mark: Mark) -> str:
    """What a mark is called and what it measures, in every language."""
    found = [mark.key, *(["probability, share, 確率, 割合"] if getattr(mark, "percent", False) else [])]
    for name in ("label", "means", "meaning", "y_name"):
        value = getattr(mark, name, "") or ""
        found += [value] if isinstance(value, str) else list(value.values())
    return " ".join(found)


def _of_extremes(clause: str, things: Sequence[Named], lang: str) -> Iterator[tuple[str, str]]:
    """A thing that is said to be the most, or the least, and is not."""
    most, least = (re.search(one[lang], clause, re.IGNORECASE) for one in (MOST, LEAST))
    if (most is None) == (least is None):
        return
    word = (most or least)[0]  # type: ignore[index]
    spoken = [(one, place) for one in things if (place := _only_name(clause, one, lang)) is not None]
    if not spoken and len(things) == 1 and (place := _place(clause, things[0], lang)) is not None:
        spoken = [(things[0], place)]
    wrong = []
    for one, place in spoken:
        lowest = (least is not None) != (one.lower_is_better and re.search(JUDGED, word) is not None)
        best = float(one.values.min() if lowest else one.values.max())
        sizes = np.abs(one.values)  # the largest weight, or slope, is the farthest from 0
        farthest = float(sizes.min() if lowest else sizes.max())
        signed = re.search(f"{KINDS[0]}|{KINDS[1]}", clause, re.IGNORECASE) is not None
        if np.isclose(one.values[place], best, rtol=1e-6, atol=1e-12) or (
            signed and np.isclose(sizes[place], farthest, rtol=1e-6, atol=1e-12)
        ):
            return
        other = int(one.values.argmin() if lowest else one.values.argmax())
        wrong.append(
            (one.key, f"calls {one.names[place]!r} {word!r}; in {one.key!r} that is "
             f"{one.names[other]!r} ({one.values[other]:.3g}, not {one.values[place]:.3g})")
        )  # fmt: skip
    yield from wrong[:1]


def _of_comparison(clause: str, things: Sequence[Named], lang: str) -> Iterator[tuple[str, str]]:
    """One thing that is said to be more than another, and is not."""
    found = re.search(MORE[lang], clause, re.IGNORECASE)
    for one in things if found is not None else ():
        places = _spoken_names(clause, one, lang)
        if found is None or len(places) != 2:
            continue
        a, b = (one.values[place] for place in places)
        less = found[1].lower() in LESS
        if (a >= b) if less else (a <= b):
            yield (
                one.key, f"says {found[0].strip()!r} of {one.names[places[0]]!r} ({a:.3g}) and "
                f"{one.names[places[1]]!r} ({b:.3g}); in {one.key!r} it is not so",
            )  # fmt: skip


def _of_trends(clause: str, marks: Sequence[Mark], lang: str) -> Iterator[tuple[str, str]]:
    """A line that is said to rise or to fall, and ends on the other side of where it began."""
    up, down = (re.search(one[lang], clause, re.IGNORECASE) for one in (RISES, FALLS))
    if (up is None) == (down is None):
        return
    for mark in marks:
        if not isinstance(mark, Curve) or not _is_called(clause, mark, lang):
            continue
        line = np.atleast_2d(mark.y)[:, : mark.drawn]
        moved = line[:, -1] - line[:, 0]
        if len(line) == 1 and (moved[0] < 0 if up is not None else moved[0] > 0):
            word = (up or down)[0]  # type: ignore[index]
            ends = f"{line[0, 0]:.3g} to {line[0, -1]:.3g}"
            yield mark.key, f"says {word!r} of {mark.key!r}, which goes from {ends}"


def _is_called(clause: str, mark: Curve, lang: str) -> bool:
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


def _spoken_names(clause: str, one: Named, lang: str) -> list[int]:
    """The things that a clause names, in its order; of names within each other the longest."""
    spans: list[tuple[int, int, int]] = []
    for place in sorted(range(len(one.names)), key=lambda i: -len(one.names[i])):
        for start, end in find_name(one.names[place], clause, lang):
            if all(end <= a or start >= b for a, b, _ in spans):
                spans.append((start, end, place))
    return list(dict.fromkeys(place for _, _, place in sorted(spans)))


def _only_name(clause: str, one: Named, lang: str) -> int | None:
    found = _spoken_names(clause, one, lang)
    return found[0] if len(found) == 1 else None


def _place(clause: str, one: Named, lang: str) -> int | None:
    """Which of several a clause means by its place: the first, the middle or the last one."""
    for word, place in PLACES[lang].items():
        if re.search(rf"\b{word}\b" if lang == "en" else word, clause, re.IGNORECASE):
            if place is None:
                return len(one.values) // 2 if len(one.values) % 2 else None
            return place % len(one.values)
    return None
