"""Attention in a language model: tokens, vectors, queries, keys, scores, arcs, heads, blocks, the next word.

After A. Vaswani et al., "Attention Is All You Need" (2017), section 3.2. ``attention`` tells it all; every
other function here is a part of it that can be told by itself, in any story.
"""

from __future__ import annotations

from nnanim.stories.attention.arcs import heads, look, looks
from nnanim.stories.attention.context import window
from nnanim.stories.attention.counting import counts, ngrams
from nnanim.stories.attention.explore import explore
from nnanim.stories.attention.guesses import blank, likeliest, next_words, temperature, top_k
from nnanim.stories.attention.head import dot, maps, mask, scores, softmax_rows, table, weighted_sum
from nnanim.stories.attention.inside import blocks
from nnanim.stories.attention.parts import NAMES, part, score_table
from nnanim.stories.attention.places import sinusoid, stripes
from nnanim.stories.attention.reading import Reading, Swap
from nnanim.stories.attention.story import attention
from nnanim.stories.attention.swaps import question, swaps
from nnanim.stories.probabilities import softmax

__all__ = [
    "NAMES", "Reading", "Swap", "attention", "blank", "blocks", "counts", "dot", "explore", "heads",
    "likeliest", "look", "looks", "maps", "mask", "next_words", "ngrams", "part", "question", "score_table",
    "scores", "sinusoid", "softmax", "softmax_rows", "stripes", "swaps", "table", "temperature", "top_k",
    "weighted_sum", "window",
]  # fmt: skip
