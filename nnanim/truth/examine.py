"""A story is run twice, once with every recorded number a little smaller: what shows one must change."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.marks import Histogram
from nnanim.truth.noise import StoryReads
from nnanim.truth.shown import NUMBER, Fault, Floats, ShownNumbers, ShownText, shown_arrays, shown_texts


@dataclass(frozen=True)
class Examination:
    """What was found out about a story.

    Attributes:
        beats: of the first run.
        faults: numbers for which nothing recorded answers.
        others: the same beats where every recorded number is a little smaller.
    """

    beats: tuple[Beat, ...]
    faults: tuple[Fault, ...]
    others: tuple[Beat, ...] = ()


def examine(tell: Callable[[], Iterable[Beat]]) -> Examination:
    """Tell a story twice and compare: what does not change with the trace is not the trace's.

    Args:
        tell: gives the beats, reading its traces anew each time.

    Raises:
        UserError: the second telling has other beats.
    """
    first = StoryReads()
    with first.watching():
        beats = tuple(tell())
    return _compare(tell, first, beats)


class Proof:
    """The first telling of a story, and what the second one says of it.

    Attributes:
        beats: of the first telling.
    """

    def __init__(self, tell: Callable[[], Iterable[Beat]]) -> None:
        """Tell the story once; `holds` tells it again."""
        self._tell, self._first = tell, StoryReads()
        with self._first.watching():
            self.beats = tuple(tell())

    def holds(self) -> bool:
        """Whether every number that the beats show is known to come from the trace or to be given."""
        try:
            faults = _compare(self._tell, self._first, self.beats).faults
        except Exception:  # whatever it is that a story cannot do twice, nothing is proven
            return False
        return not faults and not any(beat.schematic for beat in self.beats)


def prove(tell: Callable[[], Iterable[Beat]]) -> tuple[tuple[Beat, ...], bool]:
    """The beats, and whether every number that they show is known to come from the trace or to be given."""
    proof = Proof(tell)
    return proof.beats, proof.holds()


def _compare(tell: Callable[[], Iterable[Beat]], first: StoryReads, beats: tuple[Beat, ...]) -> Examination:
    """Tell it again with every recorded number a little smaller, and compare."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of numbers that nobody recorded
        return _compare_tellings(tell, first, beats)


def _compare_tellings(
    tell: Callable[[], Iterable[Beat]], first: StoryReads, beats: tuple[Beat, ...]
) -> Examination:
    second = StoryReads(noisy=True, before=frozenset(first.written))
    with second.watching():
        others = tuple(tell())
    if [beat.id for beat in beats] != [beat.id for beat in others]:
        raise UserError("run a second time, the story yields other beats: something in it is random")
    counts = _counts(first)
    found = list(_compare_beats(beats, (others,), counts))
    if found:  # changes of two numbers may cancel out in their difference, but not in two runs
        with StoryReads(noisy=True, draw=1, before=frozenset(first.written)).watching():
            found = list(_compare_beats(beats, (others, tuple(tell())), counts))
    steps = _steps(beats)
    if any(_histograms(beat) for beat in beats) or any(fault.place in steps for fault in found):
        changed = _tell_much(tell)
        found = [fault for fault in found if not _steps_away(fault.place, steps, changed)]
        if any(fault.place in steps for fault in found):  # a comparison with 0 asks for the sign alone
            turned = _tell_much(tell, TURNED)
            found = [fault for fault in found if not _steps_away(fault.place, steps, turned)]
        found += _uncounted_numbers(changed, beats)
    return Examination(beats, tuple(found), others)


def _compare_beats(
    beats: Sequence[Beat], runs: Sequence[Sequence[Beat]], counts: frozenset[int]
) -> Iterator[Fault]:
    for beat, *others in zip(beats, *runs, strict=True):
        yield from _faults(beat, others, counts)


def _histograms(beat: Beat) -> dict[str, Histogram]:
    return {mark.key: mark for mark in beat.marks if isinstance(mark, Histogram)}


MUCH = 0.2
"""Share by which numbers become smaller where only whole numbers can tell."""

TURNED = 3.0
"""Share by which numbers become so much smaller that all change their signs."""


def _tell_much(tell: Callable[[], Iterable[Beat]], share: float = MUCH) -> dict[str, Beat]:
    """The beats where every recorded number is a good deal smaller, and what was true is not."""
    changed: dict[str, Beat] = {}
    with StoryReads(noisy=True, share=share).watching(), suppress(Exception):
        for beat in tell():  # a story may fail with such numbers; what it told before counts
            changed[beat.id] = beat
    return changed


def _steps(beats: Sequence[Beat]) -> dict[tuple[str, str], Floats]:
    """Arrays of noughts and ones alone, by beat and place: results of comparisons, which a little leaves."""
    return {
        (beat.id, shown.where): shown.values
        for beat in beats
        for shown in shown_arrays(beat)
        if np.isin(shown.values, (0.0, 1.0)).all()
    }


def _steps_away(
    place: tuple[str, str], steps: Mapping[tuple[str, str], Floats], changed: Mapping[str, Beat]
) -> bool:
    """Whether an array of noughts and ones is another one where all recorded numbers are."""
    if place not in steps or place[0] not in changed:
        return False
    there = {shown.where: shown.values for shown in shown_arrays(changed[place[0]])}
    other = there.get(place[1])
    return other is not None and not np.array_equal(other, steps[place])


def _uncounted_numbers(changed: Mapping[str, Beat], beats: Sequence[Beat]) -> Iterator[Fault]:
    """Counts that stay the same even when every recorded number is a good deal smaller."""
    for beat in beats:
        for key, mark in _histograms(beat).items():
            other = _histograms(changed[beat.id]).get(key) if beat.id in changed else None
            if other is not None and key not in beat.given and np.array_equal(other.counts, mark.counts):
                yield Fault(beat.id, f"{key}.counts", "the counts do not change with the trace")


def _counts(telling: StoryReads) -> frozenset[int]:
    """Whole numbers that say how many there are: sizes of what was read, and whole numbers in it."""
    found: set[int] = {0, 1}
    for array, _ in telling.read.values():
        found |= {int(n) for n in (*array.shape, *np.cumprod(array.shape[::-1]))}
        if array.dtype.kind in "iu" and array.size < 100000:
            found |= {int(one) for one in np.unique(array)}
    return frozenset(found)


def _faults(beat: Beat, others: Sequence[Beat], counts: frozenset[int]) -> Iterator[Fault]:
    """What a beat shows that is the same in every other run."""
    if beat.schematic:
        return
    changed = [{shown.where: shown.values for shown in shown_arrays(other)} for other in others]
    for shown in shown_arrays(beat):
        what = _constant(shown, [run.get(shown.where) for run in changed])
        if what and not _is_given(beat, shown.key, shown.where):
            yield Fault(beat.id, shown.where, what)
    there = {(said.where, said.lang): said.text for said in shown_texts(others[0])}
    for said in shown_texts(beat):
        if not _is_given(beat, said.key, said.where):
            for one in _typed_numbers(said, there.get((said.where, said.lang), ""), counts):
                what = f"{one} in {said.text!r} does not change with the trace"
                yield Fault(beat.id, said.where, what)


def _is_given(beat: Beat, key: str, where: str) -> bool:
    return key in beat.given or re.split(r"[\[ ]", where)[0] in beat.given


def _constant(shown: ShownNumbers, runs: Sequence[Floats | None]) -> str:
    """What of an array does not change with the trace, in words; empty where all does."""
    values = shown.values
    same = values != 0
    for changed in runs:
        if changed is None or changed.shape != values.shape:
            return ""  # other neurons or words are shown: it depends on the trace
        same &= values == changed
    if not same.any():
        return ""
    # The largest of many shares is always 1, and what is clipped stays at the end of its scale.
    many = same.size > MANY and same.sum() <= same.size / 2 and (same != (values != 0)).any()
    if many and _at_ends(values[same], shown.ends):
        return ""
    at = tuple(int(i) for i in np.argwhere(same)[0])
    many = f"{int(same.sum())} of {same.size} values do" if same.sum() > 1 else "a value does"
    return f"{many} not change with the trace, such as {values[at]:g} at {at if len(at) > 1 else at[0]}"


def _at_ends(values: Floats, ends: tuple[float, ...]) -> bool:
    return bool(np.isclose(values[:, None], np.array(ends), rtol=1e-12, atol=0).any(axis=1).all())


MANY = 16
"""Fewer numbers are read one by one."""


def _typed_numbers(said: ShownText, changed: str, counts: frozenset[int]) -> Iterator[str]:
    """The numbers in a text that do not change with the trace and count nothing."""
    now = NUMBER.findall(changed)
    typed = NUMBER.findall(re.sub(r"\{[^{}]*\}", " ", said.template))
    matches = list(NUMBER.finditer(said.text))
    for place, match in enumerate(matches):
        one = match[0]
        # With other numbers in it, such as a rest that was nothing, a text is compared number by number.
        if one not in now or (len(now) == len(matches) and one != now[place]):
            continue
        share = said.text[match.end() :].lstrip().startswith("%")
        whole = one.replace(",", "").isdecimal() and not share
        if one not in typed and (whole or float(one.replace("−", "-").replace(",", "")) == 0):
            continue  # filled in: a count, or a nought of the trace
        named = said.named and not _is_operand(said.text, match)
        if not (whole and (named or int(one.replace(",", "")) in counts)):
            yield one


def _is_operand(text: str, match: re.Match[str]) -> bool:
    """Whether something is calculated with a number: no name has a division, or a root, in it."""
    return text[: match.start()].rstrip()[-1:] in tuple("/÷√") or text[match.end() :].lstrip()[:1] in tuple(
        "/÷"
    )
