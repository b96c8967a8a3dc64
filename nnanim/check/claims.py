"""Claims: a sentence that says which bar is the highest, or where a line goes, must not contradict it.

Understood are plain words in English and Japanese: which of several named things is the most or the least,
that one is more than another, and that a line rises or falls. What is asked, denied or not understood is left
alone.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.check.names import (
    Named,
    find_name,
    find_place,
    is_called,
    is_meant,
    name_values,
    only_name,
    spoken_marks,
    spoken_names,
    text_of,
)  # fmt: skip
from nnanim.check.own import find_other_place, says_where
from nnanim.check.rooms import overlay_pairs
from nnanim.check.vocabulary import (
    EARLY,
    EQUAL,
    FACTORS,
    HALF,
    JUDGED,
    KINDS,
    LEAST,
    LESS,
    MORE,
    MOST,
    SENTENCES,
    SIGNS,
    TIMES,
    WHOLE,
    find_direction,
    split_clauses,
)
from nnanim.marks import Bars, Cloud, Curve, Mark, Units, Wires
from nnanim.motions import Playback

UNLIKE = 0.25
"""Share of the larger of two by which they may differ that are said to be alike."""

ADVICE = "let the trace choose the word: fill(…, name=names[int(np.argmax(values))])"
"""What to do about a sentence that contradicts its picture."""


def find_contradictions(beat: Beat) -> Iterator[tuple[str, str]]:
    """Key of the mark, and what its beat's sentence says against it, each language by itself.

    Where the sentence is about some marks alone (``focus``), it is compared with these.
    """
    slopes = _find_slopes(beat)
    for lang in words.LANGUAGES:
        if beat.asks or (isinstance(beat.says, str) and lang != words.LANGUAGES[0]):
            return
        told = "the sentence" if isinstance(beat.says, str) else SENTENCES[lang]
        marks = spoken_marks(beat, lang)
        for clause in split_clauses(words.say(beat.says, lang), lang):
            early = re.search(EARLY[lang], clause, re.IGNORECASE) is not None
            here = [_first_state(beat, mark) if early else mark for mark in marks]
            things = [one for mark in here if (one := name_values(mark, lang)) is not None]
            meant = [one for one in things if is_meant(clause, one, here, lang)]
            for found in (
                _of_extremes(clause, meant, lang, [one.key for one in here if isinstance(one, Curve)]),
                find_other_place(clause, here, lang),
                _of_comparison(clause, meant, lang),
                _of_shares(clause, meant, lang),
                _of_signs(clause, here, lang),
                _of_trends(clause, [one for one in here if one.key not in slopes], lang),
                _of_rolling(clause, beat, slopes, lang),
            ):
                yield from ((key, f"{told} {what}") for key, what in found)


def _first_state(beat: Beat, mark: Mark) -> Mark:
    """A mark as it is at first, where a beat runs through its states."""
    states = beat.motion.states if isinstance(beat.motion, Playback) else {}
    return states[mark.key][0] if mark.key in states else mark


def _of_extremes(
    clause: str, things: Sequence[Named], lang: str, lines: Container[str] = ()
) -> Iterator[tuple[str, str]]:
    """A thing that is said to be the most, or the least, and is not."""
    most, least = (re.search(one[lang], clause, re.IGNORECASE) for one in (MOST, LEAST))
    if (most is None) == (least is None):
        return
    if says_where(clause, lang):  # over its own steps
        things = [one for one in things if one.key not in lines]
    word = (most or least)[0]  # type: ignore[index]
    spoken = [(one, place) for one in things if (place := only_name(clause, one, lang)) is not None]
    if not spoken and len(things) == 1 and (place := find_place(clause, things[0], lang)) is not None:
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
    """One thing that is said to be more than another, or so many times as much, and is not."""
    found, times, same = (re.search(one[lang], clause, re.IGNORECASE) for one in (MORE, TIMES, EQUAL))
    for one in things if found or times or same else ():
        places = spoken_names(clause, one, lang)
        if len(places) != 2:
            continue
        if lang == "ja" and re.search(re.escape(one.names[places[0]]) + r"\s*より", clause):
            places = places[::-1]  # the other one is more than this
        a, b = (float(one.values[place]) for place in places)
        if times is not None:
            factor = FACTORS[next(filter(None, times.groups())).lower()]
            wrong, word = b != 0 and not 0.75 * factor <= a / b <= 1.35 * factor, times[0]
        elif found is None:
            assert same is not None
            wrong, word = abs(a - b) > UNLIKE * max(abs(a), abs(b)), same[0]
        else:
            end = found[0] if lang == "en" else found[0][-4:]
            less = re.search(LESS, end, re.IGNORECASE) is not None
            wrong, word = a >= b if less else a <= b, found[0]
        if wrong:
            yield (
                one.key, f"says {word.strip()!r} of {one.names[places[0]]!r} ({a:.3g}) and "
                f"{one.names[places[1]]!r} ({b:.3g}); in {one.key!r} it is not so",
            )  # fmt: skip


def _of_shares(clause: str, things: Sequence[Named], lang: str) -> Iterator[tuple[str, str]]:
    """A share that is said to be more, or less, than half of the whole, and is not."""
    over, under = (re.search(one, clause, re.IGNORECASE) for one in HALF[lang])
    for one in things if over or under else ():
        place = only_name(clause, one, lang)
        if place is not None and re.search(WHOLE, one.text, re.IGNORECASE):
            value = float(one.values[place])
            if (value <= 0.5) if over else (value >= 0.5):
                word = (over or under)[0]  # type: ignore[index]
                yield one.key, f"says {word!r} of {one.names[place]!r}, which is {value:.3g} in {one.key!r}"


def _of_signs(clause: str, marks: Sequence[Mark], lang: str) -> Iterator[tuple[str, str]]:
    """Values that are all said to have one sign, and have not; a clause must say what kind they are of."""
    found = re.search(SIGNS[lang], clause, re.IGNORECASE)
    kinds = [kind for kind in KINDS if re.search(kind, clause, re.IGNORECASE)]
    if found is None or len(kinds) != 1:
        return
    shown = [mark for mark in marks if isinstance(mark, Bars | Units | Wires)]
    meant = [mark for mark in shown if re.search(kinds[0], text_of(mark), re.IGNORECASE)]
    if len(meant) == 1:
        values = meant[0].weights if isinstance(meant[0], Wires) else meant[0].values
        worst = float(values.min() if found[1].lower() in ("positive", "正", "プラス") else -values.max())
        if worst < 0:
            yield (
                meant[0].key,
                f"says that all are {found[1]!r}; {meant[0].key!r} shows {abs(worst):.3g} besides",
            )


def _of_trends(clause: str, marks: Sequence[Mark], lang: str) -> Iterator[tuple[str, str]]:
    """A line that is said to rise or to fall, and ends on the other side of where it began."""
    direction = find_direction(clause, lang)
    for mark in marks if direction is not None else ():
        if not isinstance(mark, Curve) or direction is None:
            continue
        lines = np.atleast_2d(mark.y)[:, : mark.drawn]
        named = [
            i for i, name in enumerate(mark.names) if name and find_name(words.say(name, lang), clause, lang)
        ]
        place = named[0] if len(named) == 1 else 0
        if (len(named) != 1 or len(lines) == 1) and not (len(lines) == 1 and is_called(clause, mark, lang)):
            continue
        moved = lines[place, -1] - lines[place, 0]
        if moved < 0 if direction[1] else moved > 0:
            ends = f"{lines[place, 0]:.3g} to {lines[place, -1]:.3g}"
            yield mark.key, f"says {direction[0]!r} of {mark.key!r}, which goes from {ends}"


def _find_slopes(beat: Beat) -> dict[str, tuple[Curve, Cloud]]:
    """Curves on which points lie, each with its points: what is said to fall is these, and not the curve."""
    marks = beat.by_key
    pairs = ((marks[a], marks[b]) for a, b in overlay_pairs(beat.stage))
    return {
        one.key: (one, other) for one, other in pairs if isinstance(one, Curve) and isinstance(other, Cloud)
    }


def _of_rolling(
    clause: str, beat: Beat, slopes: Mapping[str, tuple[Curve, Cloud]], lang: str
) -> Iterator[tuple[str, str]]:
    """A point that rolls along a curve, is said to rise or to fall, and ends on the other side."""
    direction = find_direction(clause, lang)
    for curve, cloud in slopes.values() if direction is not None else ():
        states = beat.motion.states.get(cloud.key, ()) if isinstance(beat.motion, Playback) else ()
        if not states or len(cloud.points) != 1 or not is_called(clause, curve, lang):
            continue
        start, end = (float(vars(one)["points"][0, 1]) for one in (states[0], states[-1]))
        if direction is not None and (end < start if direction[1] else end > start):
            yield (
                cloud.key,
                f"says {direction[0]!r} of {cloud.key!r}, which goes from {start:.3g} to {end:.3g}",
            )
