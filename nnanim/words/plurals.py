"""English nouns behind a number that is filled in: 1 block, 2 blocks."""

from __future__ import annotations

import re

COUNTED = (
    "bit block byte cell channel code digit epoch example fact feature film flower frame gram head "
    "image kernel layer line map mistake neuron number parameter picture piece pixel place question "
    "row sample second seed sentence share sine slide snapshot state step term token value vector "
    "wave way weight word"
).split()
"""Nouns that are counted in sentences of nnanim, in the singular."""

ONE = re.compile(rf"(?<![\w.,:−-])(?<!× )1 ({'|'.join(COUNTED)})s\b")
"""One of several; the last side of "8 × 1 numbers" is none."""


def agree(text: str) -> str:
    """An English sentence in which one thing is in the singular: ``1 blocks on`` becomes ``1 block on``."""
    return ONE.sub(r"1 \1", text)
