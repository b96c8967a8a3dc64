"""Claims about one line: where it is lowest or highest, whatever the other lines do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from nnanim import words
from nnanim.check.names import find_name
from nnanim.check.vocabulary import LEAST, MOST, OWN
from nnanim.marks import Curve, Mark

STEP = r"(?:step|epoch|round|iteration)s?\s*(\d+(?:\.\d+)?)|(?:ステップ|エポック|回)\s*(\d+(?:\.\d+)?)"
"""A number of a step."""


def says_where(clause: str, lang: str) -> bool:
    """Whether a clause speaks of the place where something is the most, or the least, of its own values."""
    return re.search(OWN[lang], clause, re.IGNORECASE) is not None


def find_other_place(clause: str, marks: Sequence[Mark], lang: str) -> Iterator[tuple[str, str]]:
    """A step at which a line is said to have its extreme, and has not; nothing if no step is named."""
    most, least = (re.search(one[lang], clause, re.IGNORECASE) for one in (MOST, LEAST))
    step = re.search(STEP, clause, re.IGNORECASE)
    if (most is None) == (least is None) or step is None or not says_where(clause, lang):
        return
    at = float(next(filter(None, step.groups())))
    for mark in marks:
        if not isinstance(mark, Curve) or not (mark.x[: mark.drawn] == at).any():
            continue
        lines = np.atleast_2d(mark.y)[:, : mark.drawn]
        named = [
            i for i, name in enumerate(mark.names) if name and find_name(words.say(name, lang), clause, lang)
        ]
        if len(named) == 1 or len(lines) == 1:
            line = lines[named[0] if len(named) == 1 else 0]
            best = int(line.argmin() if least else line.argmax())
            here = np.flatnonzero(mark.x[: len(line)] == at)[:1]
            beside = lines[:, here].min() if least else lines[:, here].max()
            known = (line[best], beside)  # or of all lines the one that is lowest there
            if not np.isclose(line[here], known, rtol=1e-6, atol=1e-12).any():
                word = (least or most)[0]  # type: ignore[index]
                yield mark.key, f"says {word!r} at {at:g}; in {mark.key!r} that is at {mark.x[best]:g}"
