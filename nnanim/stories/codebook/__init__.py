"""The story of a codebook: a picture written in 64 words of a dictionary, and words that CLIP chooses.

The question: can a picture be written down in 64 words? The moment to remember: a cell drifts while nothing
is seen, until another code is nearer; then it flips. The end: 64 words are enough, and a sentence can choose
them, most of the time.

After A. van den Oord et al., "Neural Discrete Representation Learning" (2017), P. Esser et al., "Taming
Transformers for High-Resolution Image Synthesis" (2021), and K. Crowson et al., "VQGAN-CLIP" (2022).
"""

from __future__ import annotations

from collections.abc import Iterator

from nnanim.beats import Beat
from nnanim.stories.codebook.run import CodeRun
from nnanim.stories.codebook.steering import show_beyond, steer_codes
from nnanim.stories.codebook.writing import show_dictionary, write_in_codes

__all__ = ["CodeRun", "codebook"]


def codebook(run: CodeRun) -> Iterator[Beat]:
    """Tell how a picture is written in codes, and how a sentence writes one."""
    yield from show_dictionary(run)
    yield from write_in_codes(run)
    yield from steer_codes(run)
    yield from show_beyond(run)
