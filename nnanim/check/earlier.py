"""Earlier: a sentence that compares what is shown with the beat before must not contradict the two.

"Higher than before" speaks of the same mark in the beat before, "the cat rises" of its bar there; where marks
run through states in this beat, of the first of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.check.geometry import Floats
from nnanim.check.names import Named, is_called, is_meant, name_values, only_name, spoken_marks, text_of
from nnanim.check.vocabulary import LESS, MORE, SENTENCES, SMALLEST_LEAD, THEN, find_direction, split_clauses
from nnanim.marks import Bars, Curve, Mark, Units
from nnanim.motions import Playback

BETTER = {"en": r"\bbetter|\bimprove", "ja": r"良く|改善|よく"}
WORSE = {"en": r"\bworse", "ja": r"悪く|悪化"}
"""Words that mean more where more is better, and less where less is."""

HIGHER_IS_BETTER = r"accuracy|\bright\b|correct|正解"


def find_against_earlier(before: Beat | None, beat: Beat) -> Iterator[tuple[str, str]]:
    """Key of the mark, and what a sentence says against how it was before, each language by itself."""
    for lang in words.LANGUAGES:
        if beat.asks or (isinstance(beat.says, str) and lang != words.LANGUAGES[0]):
            return
        told = "the sentence" if isinstance(beat.says, str) else SENTENCES[lang]
        marks = [mark for mark in spoken_marks(beat, lang) if isinstance(mark, Bars | Units | Curve)]
        for clause in split_clauses(words.say(beat.says, lang), lang):
            compares = re.search(THEN[lang], clause, re.IGNORECASE) is not None
            for mark in marks:
                then = _state_before(before, beat, mark.key)
                more = _find_more(clause, mark, lang, compares)
                if then is None or more is None or not is_meant(clause, _as_named(mark), beat.marks, lang):
                    continue
                moved = _find_change(clause, then, mark, lang, compares)
                if moved is not None and (moved < -SMALLEST_LEAD if more[1] else moved > SMALLEST_LEAD):
                    went = "fell" if moved < 0 else "rose"
                    yield (
                        mark.key,
                        f"{told} says {more[0].strip()!r}; in {mark.key!r} it {went} by {abs(moved):.3g}",
                    )


def _state_before(before: Beat | None, beat: Beat, key: str) -> Mark | None:
    """A mark as it was: the first of its states in this beat, or how the beat before left it."""
    if isinstance(beat.motion, Playback) and key in beat.motion.states:
        return beat.motion.states[key][0]
    return None if before is None else before.by_key.get(key)


def _find_more(clause: str, mark: Mark, lang: str, compares: bool) -> tuple[str, bool] | None:
    """The word of a clause that says what became of a mark, and whether it means more."""
    better, worse = (re.search(one[lang], clause, re.IGNORECASE) for one in (BETTER, WORSE))
    if compares and (better is None) != (worse is None):
        lower, higher = (re.search(one, text_of(mark), re.IGNORECASE) for one in (LOWER, HIGHER_IS_BETTER))
        if (lower is None) != (higher is None):
            return (better or worse)[0], (better is not None) == (higher is not None)  # type: ignore[index]
    found = re.search(MORE[lang], clause, re.IGNORECASE)
    if compares and found is not None:
        return found[0], re.search(LESS, found[0], re.IGNORECASE) is None
    return find_direction(clause, lang)


LOWER = r"loss|error|perplexity|mse|損失|誤差"


def _as_named(mark: Bars | Units | Curve) -> Named:
    return Named(mark.key, (), np.zeros(0), text_of(mark))


def _find_change(clause: str, then: Mark, now: Mark, lang: str, compares: bool) -> float | None:
    """By how much what a clause speaks of became more; None where that is not known."""
    things, others = name_values(now, lang), name_values(then, lang)
    if things is not None and others is not None and things.names == others.names:
        place = only_name(clause, things, lang)
        if place is not None:
            return float(things.values[place] - others.values[place])
    values, earlier = _values(now), _values(then)
    if isinstance(now, Curve):
        if not is_called(clause, now, lang):
            return None
        if earlier is None or (values is not None and np.array_equal(earlier, values)):
            earlier = np.asarray(np.atleast_2d(now.y)[:, 0])  # it was drawn before: then its start is meant
    if not compares or values is None or earlier is None or values.shape != earlier.shape:
        return None
    moved = values - earlier
    one_way = moved.size > 0 and ((moved >= 0).all() or (moved <= 0).all())
    return float(moved[np.abs(moved).argmax()]) if one_way else None


def _values(mark: Mark) -> Floats | None:
    """What stands there in the end: of a line its last value."""
    if isinstance(mark, Curve):
        lines = np.atleast_2d(mark.y)
        return np.asarray(lines[:, (mark.drawn or lines.shape[1]) - 1]) if len(lines) == 1 else None
    return mark.values if isinstance(mark, Bars | Units) else None
