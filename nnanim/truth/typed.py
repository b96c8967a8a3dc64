"""Numbers that somebody typed: what of them is a count, a name, or a step that only a larger change takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from nnanim.beats import Beat
from nnanim.truth.noise import StoryReads
from nnanim.truth.shown import NUMBER, Fault, Floats, ShownText, shown_arrays, shown_texts

THINGS = (
    "neurons? inputs? outputs? classes weights? layers? words? tokens? pixels? pictures? images? flowers? "
    "heads? digits? features? samples? examples? steps? epochs? kernels? filters? channels? scores? "
    "parameters? rows? columns? dots? points? trainings? runs? experts? mistakes? sentences? letters? "
    "students? people"
).split()
"""Things that are counted, in English; in Japanese a word for counting follows the number."""

COUNTED = {
    "en": rf"\s*(?:[a-z-]+\s+)?(?:{'|'.join(THINGS)})\b",
    "ja": r"\s*(?:個|枚|回|本|語|人|件|層|画素|ピクセル|ステップ|エポック|行|列|次元|クラス|ニューロン)",
}
"""What follows a number that counts; what stands behind a name, as in ``layer 2``, counts nothing."""

WORDS = "two three four five six seven eight nine ten eleven twelve".split()
SPELLED = {"en": {word: number for number, word in enumerate(WORDS, start=2)},
           "ja": {word: number for number, word in enumerate("二三四五六七八九十", start=2)}}  # fmt: skip
"""Whole numbers that are written as words."""

MANY_COUNTS = 100_000
"""Counts above are too many for shares of them to say anything."""


def list_counts(telling: StoryReads) -> frozenset[int]:
    """Whole numbers that say how many there are: sizes of what was read, and whole numbers in it."""
    found: set[int] = {0, 1}
    for array, _ in telling.read.values():
        found |= {int(n) for n in (*array.shape, *np.cumprod(array.shape[::-1]))}
        if array.dtype.kind in "iu" and array.size < 100000:
            found |= {int(one) for one in np.unique(array)}
    return frozenset(found)


def list_whole(telling: StoryReads, faults: Sequence[Fault]) -> list[str]:
    """The names of recorded arrays of whole numbers, if something shown may be one of them; few alone."""
    if not any(fault.same is not None for fault in faults):
        return []
    arrays = {name: array for (name, _), (array, _) in telling.read.items()}
    return [name for name, one in arrays.items() if one.dtype.kind in "iu" and one.size <= MANY_COUNTS][:FEW]


FEW = 8
"""Of more arrays of whole numbers, the others are not tried."""


def count_shown(beat: Beat) -> frozenset[int]:
    """How many there are of what a beat shows, which everyone can count."""
    kinds = [type(mark) for mark in beat.marks if not mark.ties]
    found = {len(kinds), *(kinds.count(kind) for kind in kinds)}
    for shown in shown_arrays(beat, axes=True):
        found |= {*shown.values.shape, shown.values.size}
    for mark in beat.marks:
        for name in ("names", "words", "rows", "columns", "highlight", "paths", "lines"):
            several = getattr(mark, name, None)
            found |= {len(several)} if isinstance(several, tuple | list) else set()
        of = getattr(mark, "of", None)
        found |= {of} if isinstance(of, int) else set(of if isinstance(of, tuple) else ())
    return frozenset(found)


def find_typed(said: ShownText, changed: str, counts: frozenset[int]) -> Iterator[re.Match[str]]:
    """The numbers in a text that do not change with the trace and count nothing that is there."""
    now, typed = NUMBER.findall(changed), _list_typed(said)
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
        named = said.named and not _is_operand(said.text, match) and not _is_count(said, match)
        if not (whole and (named or int(one.replace(",", "")) in counts)):
            yield match
    yield from _find_spelled(said, counts)


def _list_typed(said: ShownText) -> list[str]:
    return NUMBER.findall(re.sub(r"\{[^{}]*\}", " ", said.template))


def may_count(said: ShownText, match: re.Match[str]) -> bool:
    """Whether a number may be a count, or a share of one, that was computed: what is whole, or filled in."""
    share = said.text[match.end() :].lstrip().startswith("%")
    return (match[0].replace(",", "").isdecimal() and not share) or match[0] not in _list_typed(said)


def _is_operand(text: str, match: re.Match[str]) -> bool:
    """Whether something is calculated with a number: no name has a division, or a root, in it."""
    return text[: match.start()].rstrip()[-1:] in tuple("/÷√") or text[match.end() :].lstrip()[:1] in tuple(
        "/÷"
    )


def _is_count(said: ShownText, match: re.Match[str]) -> bool:
    """Whether a number says how many there are of something."""
    return any(re.match(after, said.text[match.end() :]) for after in COUNTED.values())


def _find_spelled(said: ShownText, counts: frozenset[int]) -> Iterator[re.Match[str]]:
    """Numbers that are written as words, before things of which there are not so many.

    Of ten rows, two can be spoken of; but "has two", "all two" and "the two" are those that are there.
    """
    for lang in (said.lang,) if said.lang in SPELLED else SPELLED:
        spelled = SPELLED[lang]
        before, after = (
            (r"\b", COUNTED[lang]) if lang == "en" else (r"(?<![一二三四五六七八九十百千第])", COUNTED_BY)
        )
        for match in re.finditer(rf"{before}({'|'.join(spelled)})(?={after})", said.template, re.IGNORECASE):
            number, whole = spelled[match[1].lower()], re.search(WHOLE, said.template[: match.start()])
            if number not in counts and (whole or number > max(counts)):
                yield match


WHOLE = r"(?i)\b(?:has|have|all|its|the|these)\s+$"
"""What stands before a number that says how many there are altogether."""

COUNTED_BY = r"(?:個|枚|本|人|層|語)"
"""What follows a number that is spelled in Japanese and counts."""


def describe_constant(values: Floats, same: npt.NDArray[np.bool_]) -> str:
    """What of an array does not change with the trace, in words."""
    at = tuple(int(i) for i in np.argwhere(same)[0])
    many = f"{int(same.sum())} of {same.size} values do" if same.sum() > 1 else "a value does"
    return f"{many} not change with the trace, such as {values[at]:g} at {at if len(at) > 1 else at[0]}"


def drop_steps(
    faults: Iterable[Fault], beats: Iterable[Beat], changed: Mapping[str, Beat], counts: frozenset[int]
) -> Iterator[Fault]:
    """The faults but those of counts: what many numbers have to change for, and what then is another.

    Args:
        faults: numbers that a little change leaves as they are.
        beats: where they are shown.
        changed: the same beats, by id, told with numbers that are a good deal smaller.
        counts: what there are so many of.
    """
    by_id = {beat.id: beat for beat in beats}
    for fault in faults:
        beat, other = by_id[fault.beat], changed.get(fault.beat)
        if other is None or not (
            _is_other_text(fault, beat, other) if fault.at else _is_other_count(fault, beat, other, counts)
        ):
            yield fault


def _is_other_count(fault: Fault, beat: Beat, other: Beat, counts: frozenset[int]) -> bool:
    """Whether an array of counts, or of shares of counts, is another one."""
    now, then = (
        next((one.values for one in shown_arrays(some) if one.where == fault.where), None)
        for some in (beat, other)
    )
    if now is None or then is None or now.shape != then.shape or fault.same is None:
        return now is not None and then is not None
    left, other_left = now[fault.same], then[fault.same]  # of several counts, some stay by chance
    return _is_counted(left, counts) and bool((left != other_left).mean() >= 0.5)


def _is_counted(values: Floats, counts: frozenset[int]) -> bool:
    """Whether values are whole numbers, or shares of a whole number of things."""
    sizes = sorted(one for one in counts if 0 < one <= MANY_COUNTS)
    return any(
        np.allclose(values * size, np.round(values * size), rtol=0, atol=min(1e-6 * size, 2e-3))
        for size in sizes
    )


def _is_other_text(fault: Fault, beat: Beat, other: Beat) -> bool:
    """Whether another number stands where one does in a text."""
    lang, start = fault.at or ("", 0)
    now, then = (
        next((one.text for one in shown_texts(some) if (one.where, one.lang) == (fault.where, lang)), "")
        for some in (beat, other)
    )
    matches, others = list(NUMBER.finditer(now)), NUMBER.findall(then)
    place = next((i for i, match in enumerate(matches) if match.start() == start), None)
    return place is not None and len(matches) == len(others) and matches[place][0] != others[place]
