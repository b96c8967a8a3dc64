"""Attention in a language model: tokens, vectors, queries, keys, scores, arcs, heads, blocks, the next word.

After A. Vaswani et al., "Attention Is All You Need" (2017), section 3.2.
"""

from __future__ import annotations

from nnanim.stories.attention.reading import Reading
from nnanim.stories.attention.story import attention

__all__ = ["Reading", "attention"]
