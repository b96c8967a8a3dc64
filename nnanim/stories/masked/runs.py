"""What the story of gaps is told from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nnanim.errors import UserError
from nnanim.marks.content import Floats
from nnanim.stories.probabilities import softmax
from nnanim.trace import Trace

OTHERS = 3
"""Number of words that have a bar besides the answers: those the GPT holds likeliest."""

BLOCK = 50
"""Number of training steps whose shares are averaged."""


@dataclass(frozen=True)
class GapRun:
    """One sentence with hidden tokens, read by two models.

    Attributes:
        tokens: of the sentence, behind the mark of a beginning.
        gaps: indices of those that are hidden, none of them the first.
        left: a `nnanim.models.gpt.GPT` on it, whole or its output alone: (1, n, vocabulary).
        both: a `nnanim.models.masked.MaskedModel` on it.
    """

    tokens: Sequence[str]
    gaps: Sequence[int]
    left: Trace
    both: Trace

    def __post_init__(self) -> None:
        for trace in (self.left, self.both):
            if trace["output"].shape[1] != len(self.tokens):
                raise UserError(f"{len(self.tokens)} tokens for a run of {trace['output'].shape[1]}")
        if not self.gaps or not all(0 < gap < len(self.tokens) for gap in self.gaps):
            raise UserError(f"gaps {list(self.gaps)} in {len(self.tokens)} tokens; 1 or more wanted")

    def chances(self, trace: Trace, gap: int = 0) -> Floats:
        """(vocabulary,) probabilities at a gap, read off the token before it; ``trace`` is one of the two."""
        return softmax(trace["output"][0, self.gaps[gap] - 1])

    def likeliest(self, gap: int = 0) -> int:
        """Number of the token that the masked model puts into a gap."""
        return int(self.chances(self.both, gap).argmax())


@dataclass(frozen=True)
class GapRuns:
    """What the story of gaps is told from.

    Attributes:
        lang: language of the sentences.
        vocabulary: every token as it is shown.
        ends: one sentence with one gap and several ends; the first is the one that is spoken of.
        whole: the first sentence with nothing hidden: ``left`` is the GPT, ``both`` the same weights with its
            mask taken away, before any training.
        foods: what stands behind the gap of each, as one word.
        bare: the first sentence with its gap, as those weights read it without a mask.
        pair: the sentence with two gaps.
        then: the same with its first gap filled, with each of the words that are likeliest there, the
            likeliest first; the gap is the second.
        practice: tokens of a text with gaps that the training guesses at some of its steps.
        training: the recorded training.
    """

    lang: str
    vocabulary: Sequence[str]
    ends: Sequence[GapRun]
    foods: Sequence[str]
    whole: GapRun
    bare: Trace
    pair: GapRun
    then: Sequence[GapRun]
    practice: Sequence[str]
    training: Trace

    def __post_init__(self) -> None:
        if len(self.pair.gaps) != 2 or any(tuple(one.gaps) != tuple(self.pair.gaps[1:]) for one in self.then):
            raise UserError(f"two gaps, then the second: not {self.pair.gaps} and {self.then[0].gaps}")
        if self.then[0].tokens[self.pair.gaps[0]] != self.vocabulary[self.pair.likeliest()]:
            raise UserError("the first gap is filled with another token than the likeliest one")
        if len(self.foods) != len(self.ends):
            raise UserError(f"{len(self.foods)} foods for {len(self.ends)} ends")

    @property
    def gap(self) -> int:
        """Index of the hidden token of the first sentence."""
        return self.ends[0].gaps[0]

    @cached_property
    def head(self) -> tuple[str, int]:
        """The attention and the head in which the token before the gap looks most at what is behind."""
        trace, gap = self.ends[0].both, self.gap
        seen = {
            name: trace.attention(name)[0, :, gap - 1, gap + 1 :].sum(axis=1) for name in trace.attentions
        }
        name = max(seen, key=lambda one: float(seen[one].max()))
        return name, int(seen[name].argmax())

    def weights(self, trace: Trace) -> Floats:
        """(query, key) attention weights of that head in a run."""
        name, head = self.head
        return np.asarray(trace.attention(name)[0, head], dtype=float)

    @property
    def answers(self) -> tuple[int, ...]:
        """Numbers of the tokens that have a bar, those first that the GPT expects most.

        They are what fills the gap of each end, and what the GPT expects.
        """
        first = self.ends[0]
        expected = first.chances(first.left)
        order = [run.likeliest() for run in self.ends]
        order += [int(one) for one in np.argsort(-expected, kind="stable")]
        kept = tuple(dict.fromkeys(order))[: len(self.ends) + OTHERS]
        return tuple(sorted(kept, key=lambda one: -expected[one]))

    @property
    def shares_found(self) -> tuple[Floats, Floats]:
        """Steps at which blocks of the training begin and end, and the share that it found in each."""
        shares = np.asarray(self.training[f"{self.lang}.found"], dtype=float)
        count = len(shares) // BLOCK
        edges = np.append(
            np.asarray(self.training["step"], dtype=float)[: count * BLOCK : BLOCK], count * BLOCK
        )
        return edges, shares[: count * BLOCK].reshape(count, BLOCK).mean(axis=1)
