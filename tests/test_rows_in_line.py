"""Matrices that are joined by signs stand row by row in line, in every scene."""

from __future__ import annotations

from itertools import pairwise

import pytest
import shipped

from nnanim import words
from nnanim.marks import Grid, Text
from nnanim.scene import loader

SIGNS = {"×", "+", "−", "=", "≈", "→"}


@pytest.mark.parametrize("name", loader.names())
@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_rows_of_matrices_joined_by_signs_stand_in_line(name, lang):
    for take in shipped.film(name, lang, lang):
        joined = [
            one for one in take.frame.placed.values() if isinstance(one.mark, Grid) or _is_sign(one.mark)
        ]
        joined.sort(key=lambda one: one.x)
        for (one, sign), (_, other) in pairwise(pairwise(joined)):
            ends = isinstance(one.mark, Grid) and _is_sign(sign.mark) and isinstance(other.mark, Grid)
            if ends and abs(one.y - other.y) < 0.05 and one.mark.cells[0] == other.mark.cells[0]:
                assert one.h == pytest.approx(other.h, rel=0.01), (
                    f"{take.beat.id}: {one.mark.key}, {other.mark.key}"
                )


def _is_sign(mark):
    return isinstance(mark, Text) and isinstance(mark.words, str) and mark.words in SIGNS
