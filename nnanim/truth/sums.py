"""What is calculated on the screen must be right as it is written: sums, products, quotients, functions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.marks import Arrangement, Bars, Formula, Grid, Mark, Row, Text
from nnanim.motions import Playback
from nnanim.truth.formulas import check_formula, read_number
from nnanim.truth.shown import Fault, Floats
from nnanim.words.numerals import number, percent, percent_digits


def check_sums(beat: Beat) -> Iterator[Fault]:
    """What is calculated on a beat and is not right as it is written, in every language."""
    marks = [("", mark) for mark in beat.marks]
    if isinstance(beat.motion, Playback):
        last = {key: states[-1] for key, states in beat.motion.states.items()}
        marks += [
            (f" in state {i + 1}", state)
            for key, states in beat.motion.states.items()
            for i, state in enumerate(states)
            if state is not last[key] and not isinstance(state, Formula | Text | Grid)
        ]
        marks += [
            (f" in state {i + 1}", state)
            for states in beat.motion.states.values()
            for i, state in enumerate(states)
            if isinstance(state, Formula) and state.visible in (None, len(state.parts))
        ]
    for when, mark in marks:
        for what in dict.fromkeys(_of_mark(mark)):
            yield Fault(beat.id, f"{mark.key}{when}", what)
    for what in _of_rows(beat.stage):
        yield Fault(beat.id, "stage", what)
    for text in dict.fromkeys(words.say(beat.says, lang) for lang in words.LANGUAGES):
        yield from (Fault(beat.id, "says", what) for what in check_formula(text))


def _of_mark(mark: Mark) -> Iterator[str]:
    if isinstance(mark, Formula | Text):
        parts = mark.parts if isinstance(mark, Formula) else (mark.words,)
        for lang in words.LANGUAGES:
            yield from check_formula(" ".join(words.say(part, lang) for part in parts))
    if isinstance(mark, Bars):
        yield from _of_bars(mark)
    if isinstance(mark, Grid):
        yield from _of_signed_rows(mark)
        yield from _of_differences(mark)


def _of_bars(mark: Bars) -> Iterator[str]:
    """Bars whose last is called the sum of the others, and all shares of a whole."""
    if mark.names and words.say(mark.names[-1], "en") == "sum" and len(mark.values) > 1:
        shown = [read_number(number(float(value), mark.decimals)) for value in mark.values]
        if abs(sum_ := sum(shown[:-1]) - shown[-1]) > 0.5 * 10.0**-mark.decimals:
            yield f"the bars above the sum are {sum_:+.{mark.decimals}f} off, as they are written"
    if mark.percent and abs(mark.values.sum() - 1) < 1e-6:
        shares = [float(value) for value in mark.values]
        digits = percent_digits(shares, mark.decimals)
        written = [percent(share, digits) for share in shares]
        if not any(one[0] in "<>" for one in written):
            whole = sum(read_number(one.removesuffix(" %")) for one in written)
            if abs(whole - 100) > 0.5 * len(shares) * 10.0**-digits:
                yield f"the bars add up to {whole:g} %"


_CELL_BY_CELL = {"+": np.add, "−": np.subtract, "-": np.subtract, "×": np.multiply, "·": np.multiply}
"""What a sign between two grids does."""


def _of_signed_rows(grid: Grid) -> Iterator[str]:
    """Rows of a grid whose names begin with signs: "a", "× b", "= c"."""
    names = [words.say(name, "en") for name in grid.rows]
    signs = [name[:1] for name in names]
    if grid.digits is None or len(signs) < 3 or signs[-1] != "=" or not names[-1][1:].strip():
        return
    if signs[0] in _CELL_BY_CELL or any(sign not in _CELL_BY_CELL for sign in signs[1:-1]):
        return
    shown = np.round(grid.values, grid.digits)
    total = shown[0]
    for row, sign in zip(shown[1:-1], signs[1:-1], strict=True):
        total = _CELL_BY_CELL[sign](total, row)
    apart = np.abs(total - shown[-1]) > (0.5 + 1e-6) * 10.0**-grid.digits
    if apart.any():
        yield f"{int(apart.sum())} cells of the row {names[-1]!r} are not what is written above them"


_MOST_LINES = 8
"""Rows or columns among which differences are looked for."""


def _of_differences(grid: Grid) -> Iterator[str]:
    """Rows or columns that are one less another, whatever they are called: so they must be as written."""
    if grid.digits is None or grid.mask is not None:
        return
    said_to_be_rounded = any("≈" in words.say(name, "en") for name in (*grid.rows, *grid.columns))
    for lines, names in ((grid.values, grid.rows), (grid.values.T, grid.columns)):
        if said_to_be_rounded or len(lines) > _MOST_LINES or lines.shape[1] < 2:
            continue
        shown = np.round(lines, grid.digits)
        for more, less, rest in permutations(range(len(lines)), 3):
            if less > rest or not all(np.ptp(lines[one]) > 0 for one in (more, less, rest)):
                continue
            if not np.allclose(lines[more] - lines[less], lines[rest], rtol=1e-5, atol=1e-6):
                continue
            apart = np.abs(shown[more] - shown[less] - shown[rest]) > (0.5 + 1e-6) * 10.0**-grid.digits
            if apart.any():
                said = [words.say(names[one], "en") if names else str(one) for one in (more, less, rest)]
                yield "{0!r} less {1!r} is not {2!r} in {n} places, as written".format(*said, n=apart.sum())


_OPERATIONS = ("+−-", "×·")
"""Signs that may stand in one row: they are read from left to right."""


def _of_rows(stage: Arrangement) -> Iterator[str]:
    """Grids with signs between them: cell by cell, what is written left of = gives what is right of it."""
    if not isinstance(stage, Row):
        return
    for child in stage.children:
        yield from _of_rows(child)
    parts = list(stage.children)
    signs = [words.say(one.words, "en") if isinstance(one, Text) else "" for one in parts]
    if "=" not in signs:
        return
    at = signs.index("=")
    grids = [one for one in (*parts[:at], *parts[at + 1 : at + 2]) if isinstance(one, Grid)]
    if len(grids) < 3 or any(
        one.digits is None or one.values.shape != grids[0].values.shape for one in grids
    ):
        return
    between = [sign for sign in signs[:at] if sign]
    if len(between) != len(grids) - 2 or not any(set(between) <= set(alike) for alike in _OPERATIONS):
        return
    shown: list[Floats] = [np.round(one.values, one.digits or 0) for one in grids]
    total = shown[0]
    for one, sign in zip(shown[1:-1], between, strict=True):
        total = _CELL_BY_CELL[sign](total, one)
    apart = np.abs(total - shown[-1]) > 0.5 * 10.0 ** -(grids[-1].digits or 0)
    if apart.any():
        yield f"{int(apart.sum())} cells are not what is written left of ="
