"""Where each number of a film was recorded, for whoever asks for one: its array, and its place in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nnanim.beats import Beat
from nnanim.truth.noise import StoryReads
from nnanim.truth.shown import Floats, ShownNumbers, shown_arrays
from nnanim.truth.sources import DRAWS, Sources, list_shown, run_with_noise
from nnanim.truth.written import find_written, run_story

Codes = npt.NDArray[np.int32]

COMPUTED, GIVEN, UNKNOWN = -1, -2, -3
"""Instead of an origin: the story computed the number from what was recorded; it was given to the run, or is
a place on an axis; it is 0, which is the same with and without noise."""

MAX_NUMBERS = 1 << 25
"""Of a story that reads more numbers, it is not looked up where they were recorded: it would take minutes."""

UNCHANGED_BY_NOISE = {"counts"}
"""Whole numbers that depend on what was recorded, but not on a little noise."""


class Origin(NamedTuple):
    """Where numbers were recorded.

    Attributes:
        array: name of the array.
        section: of the trace that holds it, such as ``arrays`` or ``parameters``; empty outside of traces.
        axis: what its first axis counts, such as ``sample``; empty where that is not known.
        place: along the first axis, from 0.
    """

    array: str
    section: str
    axis: str
    place: int


@dataclass(frozen=True, eq=False)
class Origins:
    """The origin of every number that a story shows.

    Attributes:
        table: every origin that occurs.
        codes: by beat and array (``h.values``, ``w.flow source``) an array of the same shape: for each number
            the index of its origin in the table, or ``COMPUTED``, ``GIVEN`` or ``UNKNOWN``.
        written: by beat and text, numbers in the words of its stage: the value, and its code.
    """

    table: tuple[Origin, ...] = ()
    codes: Mapping[tuple[str, str], Codes] = field(default_factory=dict)
    written: Mapping[tuple[str, str], tuple[float, int]] = field(default_factory=dict)

    def find(self, beat: str, key: str, source: str) -> Codes | None:
        """The codes of an array of a mark, flat; None where nothing is known of it."""
        found = self.codes.get((beat, f"{key}.{source}"))
        return None if found is None else found.ravel()


def find_origins(tell: Callable[[], Iterable[Beat]]) -> Origins:
    """Run a story without noise and with several draws of it, and find each of its numbers in what it read.

    Nothing is found for a story that reads more than `MAX_NUMBERS` numbers.

    Args:
        tell: gives the beats, reading its traces anew each time.
    """
    plain = run_story(tell, StoryReads())
    reads = plain.reads
    if sum(array.size for array, _ in reads.read.values()) > MAX_NUMBERS:
        return Origins()
    runs = [plain, *run_with_noise(tell)]
    texts = list(find_written(runs))
    words = np.array([one.values for one in texts], dtype=float).reshape(-1, len(runs))
    every = np.concatenate([list_shown(plain.beats), words[:, 0], -words[:, 0]])
    sources = Sources.of(reads, range(DRAWS), every)
    numbers: dict[int, int] = {}
    codes: dict[tuple[str, str], Codes] = {}
    for beat, *others in zip(*(run.beats for run in runs), strict=True):
        changed = [{one.where: one.values for one in shown_arrays(other, axes=True)} for other in others]
        for shown in shown_arrays(beat, axes=True):
            seen = [run.get(shown.where) for run in changed]
            noisy = [one for one in seen if one is not None and one.shape == shown.values.shape]
            if len(noisy) == len(others) and not shown.passes:
                code = _codes(shown, noisy, sources, numbers)
                _spread_to_zeros(code, shown.values, reads, sources, numbers)
                codes[beat.id, shown.where] = code.reshape(shown.values.shape)
    said = _number_codes(words[:, 0], words[:, 1:].T, sources, numbers)
    turned = _number_codes(-words[:, 0], -words[:, 1:].T, sources, numbers)
    minus = (said < 0) & (turned >= 0)  # a sum writes signs by themselves
    values, said = np.where(minus, -words[:, 0], words[:, 0]), np.where(minus, turned, said)
    numbered = zip(texts, values.tolist(), said.tolist(), strict=True)
    written = {(one.beat, one.text): (value, code) for one, value, code in numbered}
    return Origins(tuple(_origin(pair, sources) for pair in numbers), codes, written)


def _codes(shown: ShownNumbers, noisy: Sequence[Floats], sources: Sources, numbers: dict[int, int]) -> Codes:
    """The code of each number of an array; ``numbers`` gets the origins that are new."""
    source, plain = shown.where.removeprefix(f"{shown.key}."), shown.values.ravel()
    constant = COMPUTED if source in UNCHANGED_BY_NOISE else GIVEN
    return _number_codes(plain, [one.ravel() for one in noisy], sources, numbers, constant)


def _number_codes(
    plain: Floats, noisy: Sequence[Floats] | Floats, sources: Sources, numbers: dict[int, int],
    constant: int = GIVEN,
) -> Codes:  # fmt: skip
    """The code of each of some numbers; ``constant`` is that of what noise does not change."""
    at = sources.find(plain, list(noisy))
    same = np.logical_and.reduce([one == plain for one in noisy])
    codes = np.where(plain == 0, UNKNOWN, np.where(same, constant, COMPUTED)).astype(np.int32)
    found = at >= 0
    known, back = np.unique(sources.pair(at[found]), return_inverse=True)
    numbered = [numbers.setdefault(pair, len(numbers)) for pair in known.tolist()]
    codes[found] = np.array(numbered, dtype=np.int32)[back]
    return codes


def _spread_to_zeros(
    codes: Codes, values: Floats, reads: StoryReads, sources: Sources, numbers: Mapping[int, int]
) -> None:
    """Noise leaves zeros as they are: they are at home with the others where all stand there, in order."""
    others = np.unique(codes[codes != UNKNOWN])
    if len(others) != 1 or others[0] < 0 or not (codes == UNKNOWN).any():
        return
    pair = list(numbers)[others[0]]
    owner, place = divmod(pair, sources.width)
    for (name, _), (plain, _) in reads.read.items():
        if name == sources.names[owner] and plain.ndim and place < len(plain):
            scale = 255.0 if plain.dtype == np.uint8 else 1.0
            if np.array_equal(plain[place].ravel() / scale, values.ravel()):
                codes[:] = others[0]


def _origin(pair: int, sources: Sources) -> Origin:
    owner, place = divmod(pair, sources.width)
    return Origin(sources.names[owner], *sources.homes[owner], place)
