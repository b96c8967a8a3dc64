"""The story of a CLIP that is fooled: its number rises, and the picture is noise.

The question: does a higher number mean a better picture? The moment to remember: the same grey, the same
steps, the same seed, and where there was noise a house appears, once CLIP has met its own dreams. The end: a
number means something only where it was tested.

After A. Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks" (2018).
"""

from __future__ import annotations

from collections.abc import Iterator

from nnanim.beats import Beat
from nnanim.stories.fooled.climb import show_question, show_verdict
from nnanim.stories.fooled.cure import show_cure, show_dreams, show_nudge
from nnanim.stories.fooled.run import GUIDE, GUIDES, PLAIN, ROBUST, Climbers

__all__ = ["GUIDE", "GUIDES", "PLAIN", "ROBUST", "Climbers", "fooled_clip"]


def fooled_clip(runs: Climbers) -> Iterator[Beat]:
    """Tell how a CLIP is fooled by what climbs it, and what cures it."""
    yield from show_question(runs)
    yield from show_verdict(runs)
    yield from show_nudge(runs)
    yield from show_dreams(runs)
    yield from show_cure(runs)
