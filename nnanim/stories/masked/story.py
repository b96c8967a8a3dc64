"""The story of BERT: a language model that looks both ways, and what it gives for that.

The question: a word is hidden that everybody finds at once; why does a GPT not? The moment to remember: the
end of the sentence is changed, and another animal comes; the GPT's rows are all the same: it cannot know.
The end: of two gaps each is guessed by itself, and the words do not fit: who looks both ways reads, who
looks back writes.

After J. Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding"
(2019); that the guess is read off the token before the gap: P. BehnamGhader et al., "LLM2Vec" (2024),
section 2; that gaps can be filled one after the other: A. Wang and K. Cho, "BERT has a Mouth, and It Must
Speak" (2019).
"""

from __future__ import annotations

from collections.abc import Iterator

from nnanim.beats import Beat
from nnanim.stories.masked.both_ways import from_the_left, lift_the_mask, practise
from nnanim.stories.masked.gaps import compare, ends, fill_two
from nnanim.stories.masked.runs import GapRuns


def fill_gaps(runs: GapRuns) -> Iterator[Beat]:
    """Tell why a GPT cannot fill a gap, how a model learns to, and what that one cannot do."""
    yield from from_the_left(runs)
    yield from lift_the_mask(runs)
    yield practise(runs)
    yield from ends(runs)
    yield from fill_two(runs)
    yield compare(runs)
