"""A story is run twice, once with every recorded number a little smaller: what shows one must change."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.marks import Histogram
from nnanim.truth.noise import LITTLE, StoryReads
from nnanim.truth.shown import Fault, Floats, ShownNumbers, shown_arrays, shown_texts
from nnanim.truth.typed import (
    count_shown,
    describe_constant,
    drop_steps,
    find_typed,
    list_counts,
    list_whole,
    may_count,
)


@dataclass(frozen=True)
class Examination:
    """What was found out about a story.

    Attributes:
        beats: of the first run.
        faults: numbers for which nothing recorded answers.
        others: the same beats where every recorded number is a little smaller.
        reads: what the first run read.
        counts: whether it shows counts of what was recorded, which only a large change makes other ones.
    """

    beats: tuple[Beat, ...]
    faults: tuple[Fault, ...]
    others: tuple[Beat, ...] = ()
    reads: StoryReads = field(default_factory=StoryReads)
    counts: bool = False


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
    others = _tell_with_noise(tell, first, beats)
    counts = list_counts(first)
    found = list(_compare_beats(beats, (others,), counts))
    if found:  # changes of two numbers may cancel out in their difference, but not in two runs
        again = _tell_with_noise(tell, first, beats, draw=1)
        found = list(_compare_beats(beats, (others, again), counts))
    stays = len(found)
    if any(_histograms(beat) for beat in beats) or found:
        changed = _tell_much(tell, first)
        found = list(drop_steps(found, beats, changed, counts))
        if found:  # a comparison with 0 asks for the sign alone
            found = list(drop_steps(found, beats, _tell_much(tell, first, TURNED), counts))
        for name in list_whole(first, found):  # a count that was recorded as one
            found = list(drop_steps(found, beats, _tell_much(tell, first, LITTLE, name), counts))
        stays -= len(found)
        found += _uncounted_numbers(changed, beats)
    return Examination(beats, tuple(found), others, first, stays > 0)


class Discontinuous(UserError):
    """A story that is another one, or none, where its numbers are but a little smaller."""


def _tell_with_noise(
    tell: Callable[[], Iterable[Beat]], first: StoryReads, beats: Sequence[Beat], draw: int = 0
) -> tuple[Beat, ...]:
    """The beats where every recorded number is a little smaller.

    Raises:
        Discontinuous: there are others, or the story fails.
        UserError: there are others even where nothing was changed.
    """
    ids, why = [beat.id for beat in beats], "it has other beats"
    try:
        with StoryReads(noisy=True, draw=draw, before=frozenset(first.written)).watching():
            others = tuple(tell())
        if [beat.id for beat in others] == ids:
            return others
    except Exception as error:
        why = f"it stops: {error}"
    again: list[str] = []
    with suppress(Exception):
        again = [beat.id for beat in tell()]
    if again == ids:
        raise Discontinuous(f"told with numbers that are smaller by two millionths, {why}")
    raise UserError("run a second time, the story yields other beats: something in it is random")


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


def _tell_much(
    tell: Callable[[], Iterable[Beat]], first: StoryReads, share: float = MUCH, counted: str = ""
) -> dict[str, Beat]:
    """The beats where every recorded number is a good deal smaller, and what was true is not.

    ``counted`` names an array of whole numbers that are larger by one.
    """
    changed: dict[str, Beat] = {}
    reads = StoryReads(noisy=True, share=share, before=frozenset(first.written), counted=counted)
    with reads.watching(), suppress(Exception):
        for beat in tell():  # a story may fail with such numbers; what it told before counts
            changed[beat.id] = beat
    return changed


def _uncounted_numbers(changed: Mapping[str, Beat], beats: Sequence[Beat]) -> Iterator[Fault]:
    """Counts that stay the same even when every recorded number is a good deal smaller."""
    for beat in beats:
        for key, mark in _histograms(beat).items():
            other = _histograms(changed[beat.id]).get(key) if beat.id in changed else None
            if other is not None and key not in beat.given and np.array_equal(other.counts, mark.counts):
                what = "the counts do not change with the trace"
                yield Fault(beat.id, f"{key}.counts", what, key=key, given=key)


def _faults(beat: Beat, others: Sequence[Beat], counts: frozenset[int]) -> Iterator[Fault]:
    """What a beat shows that is the same in every other run."""
    if beat.schematic:
        return
    changed = [{shown.where: shown.values for shown in shown_arrays(other)} for other in others]
    for shown in shown_arrays(beat):
        same = _find_constant(shown, [run.get(shown.where) for run in changed])
        if same.any() and not _is_given(beat, shown.key, shown.where):
            what, field_of = describe_constant(shown.values, same), _name_field(shown.key, shown.where)
            yield Fault(beat.id, shown.where, what, same=same, key=shown.key, given=field_of)
    there = {(said.where, said.lang): said.text for said in shown_texts(others[0])}
    known = counts | count_shown(beat)
    for said in shown_texts(beat):
        if not _is_given(beat, said.key, said.where):
            other = there.get((said.where, said.lang), "")
            for match in find_typed(said, other, known):
                if match[0] not in beat.given:
                    what = f"{match[0]} in {said.text!r} does not change with the trace"
                    at = (said.lang, match.start()) if may_count(said, match) else None
                    key = "" if said.key == "says" else said.key
                    yield Fault(beat.id, said.where, what, at, key=key, given=match[0])


def _is_given(beat: Beat, key: str, where: str) -> bool:
    return key in beat.given or _name_field(key, where) in beat.given


def _name_field(key: str, where: str) -> str:
    """A mark's key and its field, ``loss.point``, without part, state or what flows; keys may have spaces."""
    return key + re.split(r"[\[ ]", where.removeprefix(key))[0]


def _find_constant(shown: ShownNumbers, runs: Sequence[Floats | None]) -> npt.NDArray[np.bool_]:
    """Which values of an array do not change with the trace."""
    values = shown.values
    same = np.asarray(values != 0)
    for changed in runs:
        if changed is None or changed.shape != values.shape:
            return np.zeros_like(same)  # other neurons or words are shown: it depends on the trace
        same &= values == changed
    # The largest of many shares is always 1, and what is clipped stays at the end of its scale.
    many = same.size > MANY and same.sum() <= same.size / 2 and (same != (values != 0)).any()
    if many and _at_ends(values[same], shown.ends):
        return np.zeros_like(same)
    return same


def _at_ends(values: Floats, ends: tuple[float, ...]) -> bool:
    return bool(np.isclose(values[:, None], np.array(ends), rtol=1e-12, atol=0).any(axis=1).all())


MANY = 16
"""Fewer numbers are read one by one."""
