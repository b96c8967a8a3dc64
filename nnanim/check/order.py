"""Order: states run as they were recorded, and paths lie on their map as it was computed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.check.geometry import Floats
from nnanim.check.traces import list_traces
from nnanim.marks import Mark, Surface
from nnanim.motions import Playback
from nnanim.truth.noise import StoryReads

BACKWARDS = r"\bback|revers|rewind|undo|逆|戻|巻き戻|さかのぼ"
"""Words that say that time runs backwards."""

BEFORE = {
    "en": r"\bbefore (?:any |the )?(?:training|learning)\b|\buntrained\b",
    "ja": r"学習(?:の)?前|未学習",
}
AFTER = {"en": r"\bafter (?:the )?(?:training|learning)\b", "ja": r"学習(?:の)?後|学習を終え|学習済み"}

CLOSE, FAR = 0.02, 5.0
"""Share of a series by which a map may miss it, and how many times as much it must the other way round."""

FEW = 4
"""Paths with fewer steps say too little."""

MANY = 16
"""Samples beyond are not looked for."""


class RecordedSteps:
    """What was recorded step by step of a training, to be found again on the stage."""

    def __init__(self, reads: StoryReads, example: Any = None) -> None:
        self._series = [
            np.asarray(plain, dtype=float)
            for key, (plain, _) in reads.read.items()
            if reads.homes[key].axis == "step"
            and plain.ndim > 1
            and len(plain) > 1
            and plain.dtype.kind == "f"
        ]
        self.numbers: dict[str, Floats] = {}
        for trace in list_traces(example):
            for name in trace:
                if trace.axes(name) == ("step",) and trace[name].dtype.kind == "f":
                    self.numbers[name] = np.asarray(trace[name], dtype=float)

    def find(self, mark: Mark) -> tuple[int, int] | None:
        """At which step, of how many, the values of a mark were recorded; None where that is not one step."""
        found: set[tuple[int, int]] = set()
        for name in ("values", "weights", "pixels", "points"):
            values = getattr(mark, name, None)
            if isinstance(values, np.ndarray) and values.size > 1:
                found |= {place for series in self._series for place in _list_places(values, series)}
        return next(iter(found)) if len(found) == 1 else None


def _list_places(values: Floats, series: Floats) -> Iterator[tuple[int, int]]:
    """The steps at which a series of arrays, or of what lies first in them, is some values."""
    if series.ndim == values.ndim + 2:  # of one sample
        for sample in range(min(series.shape[1], MANY)):
            yield from _list_places(values, series[:, sample])
    elif series.shape[1:] == values.shape:
        same = (series == values).reshape(len(series), -1).all(axis=1)
        yield from ((int(place), len(series)) for place in np.flatnonzero(same))


def find_disorder(beat: Beat, steps: RecordedSteps) -> Iterator[tuple[str, str]]:
    """Key of the mark, and what of it is in another order than it was recorded."""
    said = " ".join(words.say(beat.says, lang) for lang in words.LANGUAGES)
    if isinstance(beat.motion, Playback) and not re.search(BACKWARDS, said, re.IGNORECASE):
        for key, states in beat.motion.states.items():
            first, last = steps.find(states[0]), steps.find(states[-1])
            if first is not None and last is not None and first[0] > last[0]:
                yield key, f"{key!r} runs from step {first[0]} of the recorded ones back to {last[0]}"
    yield from _of_training(beat, steps)
    for mark in beat.marks:
        if isinstance(mark, Surface):
            yield from _of_paths(mark, steps)


def _of_training(beat: Beat, steps: RecordedSteps) -> Iterator[tuple[str, str]]:
    """What is said to be before a training and is its end, or the other way round."""
    said = [
        any(re.search(one[lang], words.say(beat.says, lang), re.IGNORECASE) for lang in words.LANGUAGES)
        for one in (BEFORE, AFTER)
    ]
    if said[0] == said[1] or beat.asks or isinstance(beat.motion, Playback):
        return
    places = {mark.key: place for mark in beat.marks if (place := steps.find(mark)) is not None}
    wrong = {key: step == many - 1 if said[0] else step == 0 for key, (step, many) in places.items()}
    if wrong and all(wrong.values()):
        key = next(iter(wrong))
        when = ("before", "last") if said[0] else ("after", "first")
        yield key, f"the sentence speaks of {when[0]} the training; {key!r} shows its {when[1]} step"


def _of_paths(mark: Surface, steps: RecordedSteps) -> Iterator[tuple[str, str]]:
    """Paths that fit what was recorded on their way only with their axes exchanged."""
    names = [words.say(one, "en").lower() for one in (mark.x_name, mark.y_name)]
    for path in mark.paths:
        recorded = [
            name
            for column in path.T
            for name, one in steps.numbers.items()
            if one.shape == column.shape and np.array_equal(one, column)
        ]
        if len(recorded) == 2 and len(path) >= FEW:
            x, y = (_plain(one) for one in recorded)
            if x != y and [x in _plain(one) for one in names] == [False, True] and y in _plain(names[0]):
                yield (
                    mark.key,
                    f"{mark.key!r} shows {recorded[0]!r} along {names[0]!r}: its axes are exchanged",
                )
                continue
        for name, series in steps.numbers.items():
            if len(series) == len(path) >= FEW and name not in recorded and np.ptp(series) > 0:
                right, turned = (_miss(mark, one, series) for one in (path, path[:, ::-1]))
                if turned < CLOSE and right > max(FAR * turned, 2 * CLOSE):
                    what = f"along a path of {mark.key!r} the map is not {name!r}"
                    yield mark.key, f"{what}; it is with the axes of the path, or of the map, exchanged"
                    break


def _plain(name: str) -> str:
    """A name without signs, and with small digits as plain ones."""
    small = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
    return re.sub(r"\W|_", "", name.lower().translate(small))


def _miss(mark: Surface, path: Floats, series: Floats) -> float:
    """Mean distance of a map along a path from a series, as a share of the series' range."""
    rows, columns = mark.values.shape
    low, high = (np.array([limit[end] for limit in mark.limits]) for end in (0, 1))
    share = (path - low) / (high - low) * [columns - 1, rows - 1]
    inside = ((share >= 0) & (share <= [columns - 1, rows - 1])).all(axis=1)
    if inside.sum() < max(FEW, len(path) / 2):
        return np.inf
    at = np.minimum(share[inside].astype(int), [columns - 2, rows - 2])
    (u, v), (i, j) = (share[inside] - at).T, at.T
    here, z = 1 - u, mark.values
    found = (1 - v) * (here * z[j, i] + u * z[j, i + 1]) + v * (here * z[j + 1, i] + u * z[j + 1, i + 1])
    return float(np.abs(found - series[inside]).mean() / np.ptp(series))
