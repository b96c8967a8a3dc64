"""Honest: what a story shows comes from its trace, as it is, once; its sentences say what is there to see."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nnanim import words
from nnanim.beats import Beat, Story
from nnanim.check.choices import Choice, list_choices
from nnanim.check.claims import ADVICE, find_contradictions
from nnanim.check.earlier import find_against_earlier
from nnanim.check.order import RecordedSteps, find_disorder
from nnanim.check.report import Finding
from nnanim.check.swaps import find_swaps
from nnanim.check.tongues import find_differences
from nnanim.check.traces import find_stale, list_states
from nnanim.check.wiring import RecordedValues, find_miswired, find_other_signals
from nnanim.marks import Bars, Mark, Units, digest
from nnanim.truth import Examination
from nnanim.truth.noise import StoryReads
from nnanim.truth.shown import Fault, shown_arrays, shown_texts

SHARE = r"\bprobabilit|\bshare\b|\baccuracy\b|確率|割合|正解率"
"""Words for what lies between 0 and 1."""

TOLD_CLIPPED = r"\bclip|cut off|クリップ|切り捨て"
"""Words of a sentence that say that larger values are shown as the largest."""

SAYS_CLIPPED = TOLD_CLIPPED + r"|or more|or above|at most|≥|≤|以上|以下"
"""Words of a mark that say so."""

TYPED = (
    "take it from the trace: fill(…), or number(…) of nnanim.words.numerals; is it a setting of yours, "
    "say so: given=({!r},)"
)
"""What to do about a number that is typed in; named is the field of a mark, or the number."""
CUT_OFF = (
    "were they cut off, let the limit follow them, or say it: means={{'en': '…, {end} or more'}}; "
    "are they settings, given=({key!r},)"
)
SAME = "say the same in every language: one fill({'en': …, 'ja': …}, n=…)"
IN_ORDER = "take paths, states and maps as they were recorded: (x, y) in the order of the axes' names"
AS_WIRED = "weights are (out, in) as in torch.nn.Linear; take one sample everywhere: trace[name][sample]"


def find_dishonest(found: Examination, example: Any = None) -> Iterator[Finding]:
    """Everything in a story that its trace does not answer for, by the names of `Finding`.

    Args:
        found: what came out when the story was told again with other numbers.
        example: what it is told about: traces that are looked at, too.
    """
    yield from _find_typed(found)
    for what in dict.fromkeys(find_stale(example)):
        yield Finding("", "stale", what, "record again: the trace and the weights must be of one run")
    told: dict[str, str] = {}
    steps, recorded = RecordedSteps(found.reads, example), RecordedValues(found.reads)
    for earlier, beat in zip((None, *found.beats), found.beats, strict=False):
        claims = (*find_contradictions(beat), *find_against_earlier(earlier, beat), *find_swaps(beat))
        yield from (Finding(beat.id, "claim", what, ADVICE, key) for key, what in claims)
        yield from (Finding(beat.id, "claim", what, SAME) for what in find_differences(beat))
        yield from (
            Finding(beat.id, "claim", what, IN_ORDER, key) for key, what in find_disorder(beat, steps)
        )
        yield from (
            Finding(beat.id, "signal", what, AS_WIRED, key) for key, what in find_miswired(beat, recorded)
        )
        yield from (
            Finding(beat.id, "signal", what, advice, key) for key, what, advice in find_other_signals(beat)
        )
        yield from _find_no_shares(beat)
        said = words.say(beat.says, "en")
        same = digest((beat.stage, beat.motion, said)) if said else ""
        if same and (before := told.setdefault(same, beat.id)) != beat.id:
            yield Finding(beat.id, "twice", f"it is beat {before!r} again", "leave one of the two out")


def find_random(beats: Sequence[Beat], again: Sequence[Beat]) -> Iterator[Finding]:
    """Beats that are not the same when the story is told again from the same trace."""
    others = {beat.id: beat for beat in again}
    for beat in beats:
        other = others.get(beat.id)
        if other is not None and digest((beat.stage, beat.motion)) != digest((other.stage, other.motion)):
            what = "told again from the same trace, it shows other numbers"
            yield Finding(beat.id, "random", what, "record chance with seed=, and show what was recorded")


def find_in_title(story: Story) -> Iterator[Finding]:
    """Shares in percent in the title and the names of chapters that no beat shows."""
    share = re.compile(r"\d+(?:\.\d+)?\s*[%％]")
    said = {one for beat in story.beats for text in shown_texts(beat) for one in share.findall(text.text)}
    for where, title in (
        ("title", story.title),
        *((f"chapter of {one.id!r}", one.chapter) for one in story.beats),
    ):
        texts = dict.fromkeys(words.say(title, lang) for lang in words.LANGUAGES)
        for one in (found for text in texts for found in share.findall(text) if found not in said):
            yield Finding(
                "", "number", f"{where}: {one} is shown in no beat", "say it in a beat, from the trace"
            )


def find_choices(story: Story, file: Path | None) -> tuple[list[Choice], list[Finding]]:
    """What was chosen in a scene, and what of it was searched for by its result."""
    found = list_choices(file, story.beats)
    found += [Choice("example", "states", what) for what in list_states(story.example)]
    advice = "take the first seed or sample, or say in a sentence how it was chosen; show what is usual"
    return found, [Finding("", "picked", f"{one.where}: {one.what}", advice) for one in found if one.searched]


def _find_typed(found: Examination) -> Iterator[Finding]:
    """Numbers that do not depend on the trace, and values that were cut off at the end of their scale."""
    for fault in _join_states(found.faults):
        advice = TYPED.format(fault.given or fault.where)
        yield Finding(fault.beat, "number", f"{fault.where}: {fault.what}", advice, fault.key)
    shows = any(next(shown_arrays(beat), None) is not None for beat in found.beats)
    if shows and not found.faults and not found.counts and not any(map(_depends, found.beats, found.others)):
        yield Finding("", "number", "nothing that is shown depends on a trace", "show what was recorded")
    reached = _list_reached(found.reads)
    for beat, other in zip(found.beats, found.others, strict=False):
        if any(re.search(TOLD_CLIPPED, words.say(beat.says, lang)) for lang in words.LANGUAGES):
            return  # from here on it is known
        yield from _find_clipped(beat, other, reached)


def _join_states(faults: Sequence[Fault]) -> Iterator[Fault]:
    """Every fault; those of the many states of one mark are one."""
    places: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        places.setdefault((fault.beat, fault.where.partition(" in state ")[0]), []).append(fault)
    for (_, where), several in places.items():
        states = [one for one in several if one.where != where]
        if states:
            many = len({one.where for one in states})
            yield replace(states[0], where=f"{where} in {many} {'states' if many > 1 else 'state'}")
        else:
            yield from several


def _depends(beat: Beat, other: Beat) -> bool:
    """Whether something that a beat shows is another number where the trace is another."""
    return digest((beat.stage, beat.motion, beat.says)) != digest((other.stage, other.motion, other.says))


def _list_reached(reads: StoryReads) -> list[float]:
    """The least and the largest of each recorded array: what stands there ends so by itself."""
    arrays = [plain for plain, _ in reads.read.values() if plain.size and plain.dtype.kind in "fiu"]
    return sorted({float(end) for one in arrays for end in (one.min(), one.max())})


def _find_clipped(beat: Beat, other: Beat, reached: Sequence[float]) -> Iterator[Finding]:
    """Several values that stand at the end of their scale whatever was recorded: they were clipped.

    ``reached``: ends of what was recorded; values that stand there may have been recorded so.
    """
    if beat.schematic:
        return
    changed = {shown.where: shown.values for shown in shown_arrays(other)}
    marks, clipped = {mark.key: mark for mark in beat.marks}, set[str]()
    for shown in shown_arrays(beat):
        values, then = np.asarray(shown.values), changed.get(shown.where)
        mark = marks.get(shown.key)
        if then is None or then.shape != values.shape or mark is None or shown.key in beat.given:
            continue
        ends = [end for end in shown.ends if end] if len(shown.ends) > 2 else []
        ends += [sign * limit for limit in [shown.limit] if limit for sign in (-1.0, 1.0)]
        ends = [end for end in ends if not np.isclose(end, reached, rtol=1e-6, atol=0).any()]
        near = np.isclose(values[..., None], ends, rtol=1e-6).any(axis=-1)
        same = np.isclose(values, then, rtol=2e-7, atol=0) & near  # single beside double precision
        if (
            shown.key not in clipped
            and _count_beyond_scaling(same) > 0
            and not np.isin(values, (0.0, 1.0)).all()
            and not _says_clipped(mark)
        ):
            clipped.add(shown.key)
            many = f"{int(same.sum())} of {same.size} values"
            end = float(np.abs(values[same]).max())
            what = f"{shown.where}: {many} stand at the end of their scale, {end:g}, whatever the trace says"
            advice = CUT_OFF.format(end=f"{end:g}", key=shown.key)
            yield Finding(beat.id, "clipped", what, advice, shown.key)


def _count_beyond_scaling(same: np.ndarray) -> int:
    """How many are constant beyond the largest of each row, or column, by which it was scaled.

    In a table of how alike things are, each is as alike as can be to itself, and to those that are equal.
    """
    if same.ndim == 2 and np.array_equal(same, same.T) and same.diagonal().all():
        return 0
    if same.ndim < 2:
        return max(int(same.sum()) - 1, 0)
    rows = same.reshape(-1, same.shape[-1]).sum(axis=1)
    columns = same.reshape(same.shape[0], -1).sum(axis=0)
    return int(min(np.maximum(rows - 1, 0).sum(), np.maximum(columns - 1, 0).sum()))


def _says_clipped(mark: Mark) -> bool:
    said = [getattr(mark, name, "") or "" for name in ("means", "label", "meaning")]
    texts = [text for one in said for text in ([one] if isinstance(one, str) else one.values())]
    return any(re.search(SAYS_CLIPPED, text) for text in texts)


def _find_no_shares(beat: Beat) -> Iterator[Finding]:
    """Values that are called probabilities or shares and are none."""
    for mark in beat.marks:
        if not isinstance(mark, Bars | Units):
            continue
        called: Sequence[str] = [
            words.say(one, lang) for one in (mark.means or "", mark.label or "") for lang in words.LANGUAGES
        ]
        named = any(re.search(SHARE, one, re.IGNORECASE) for one in called)
        if named and ((mark.values < -1e-9) | (mark.values > 1 + 1e-6)).any():
            worst = float(mark.values[np.abs(mark.values).argmax()])
            what = f"{mark.key!r} is called {called[0] or called[-1]!r} and shows {worst:.3g}"
            yield Finding(
                beat.id, "meaning", what, "show softmax or sigmoid of it, or call it what it is", mark.key
            )
