"""What the story of translation is told from: recorded translations, and how one of them was learnt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

import numpy as np

from nnanim.errors import UserError
from nnanim.marks.content import Floats
from nnanim.stories.probabilities import softmax
from nnanim.trace import Trace
from nnanim.words import Words

SURE = 0.5
"""Weight from which a word is said to be made from another one."""

QUESTION: Words = {
    "en": "A sentence in one language. How does a model write it in another?",
    "ja": "ある言葉の文を、モデルはどうやって別の言葉で書くのでしょう。",
}


class Look(NamedTuple):
    """A word that looks at a later one: its attention's index, the head, both places, and the weight."""

    layer: int
    head: int
    origin: int
    place: int
    weight: float


@dataclass(frozen=True)
class Translation:
    """One recorded run of an encoder and a decoder on a sentence and what they made of it.

    Attributes:
        trace: of the whole.
        source: the pieces that were read.
        target: what was written: the token that it begins with, the words, the end.
        vocabulary: every piece that may be written.
        encoder, cross: names in the trace of the attentions of the encoder, and of those with which the
            decoder looks at it, the first block's first.
        states: name in the trace of what the encoder gives.
        scores, query, key: names of what the last of ``cross`` has before its softmax, and of the vectors
            that it comes of, all heads beside each other; where they were recorded.
        logits: name of what the decoder gives.
        special: pieces that stand for no word.
    """

    trace: Trace
    source: Sequence[str]
    target: Sequence[str]
    vocabulary: Sequence[str]
    encoder: Sequence[str]
    cross: Sequence[str]
    states: str
    scores: str = ""
    query: str = ""
    key: str = ""
    logits: str = "output"
    special: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.encoder or not self.cross:
            raise UserError("a translation needs the attentions of an encoder and of a decoder that reads it")
        wanted = (len(self.target) - 1, len(self.source))
        if self.heads.shape[1:] != wanted:
            raise UserError(f"attention {self.heads.shape[1:]} for {wanted} pieces written and read")

    @property
    def heads(self) -> Floats:
        """(heads, rows, source) with what weight the decoder's last block looks at each word that was read.

        A row belongs to the word that it predicts: ``target[row + 1]``.
        """
        return np.asarray(self.trace.attention(self.cross[-1])[0], dtype=float)

    @property
    def weights(self) -> Floats:
        """(rows, source) the mean of all heads."""
        return np.asarray(self.heads.mean(axis=0))

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(self.target) - 1

    def chances(self, row: int) -> Floats:
        """(vocabulary,) probabilities of the word that a row predicts."""
        return softmax(self.trace[self.logits][0, row])

    def is_word(self, piece: str) -> bool:
        """Whether a piece is neither special nor punctuation."""
        return piece not in self.special and any(one.isalnum() for one in piece)

    @property
    def query_row(self) -> int:
        """The row, after the first, of a word that one head takes from one place the most."""
        best = [
            (round(float(weights.max()), 2), -row)
            for row, weights in enumerate(self.weights)
            if row and self.is_word(self.target[row + 1])
        ]
        return -max(best)[1] if best else 0

    @property
    def asking_head(self) -> int:
        """The head that looks most at one place from there."""
        return int(self.heads[:, self.query_row].max(axis=-1).argmax())

    @property
    def ahead(self) -> Look | None:
        """The word that looks most at a later one in the encoder, or None: it has a mask, or one word."""
        found = [
            Look(layer, head, i, j, float(table[i, j]))
            for layer, name in enumerate(self.encoder)
            for head, table in enumerate(self.trace.attention(name)[0])
            for i, j in combinations(range(len(self.source)), 2)
            if self.is_word(self.source[i]) and self.is_word(self.source[j])
        ]
        return max(found, key=lambda look: look.weight, default=None)

    @property
    def sure(self) -> tuple[tuple[int, int], ...]:
        """(row, place) of every word that is made from one place, none of them special or punctuation."""
        best = self.weights.argmax(axis=1)
        return tuple(
            (row, int(place))
            for row, place in enumerate(best)
            if self.weights[row, place] >= SURE
            and self.is_word(self.target[row + 1])
            and self.is_word(self.source[place])
        )

    @property
    def crossings(self) -> tuple[tuple[tuple[int, int], tuple[int, int]], ...]:
        """Pairs of such words whose lines cross, those with the largest weights first."""
        pairs = [(one, other) for one, other in combinations(self.sure, 2) if one[1] > other[1]]
        return tuple(sorted(pairs, key=lambda pair: -self.weights[pair[0]] * self.weights[pair[1]]))


@dataclass(frozen=True)
class Learning:
    """How one sentence was learnt.

    Attributes:
        trace: the recorded training.
        which: number of the filmed sentence in it.
        exact: share of sentences that it never read and translates word for word, from the model's card.
    """

    trace: Trace
    which: int
    exact: float

    @property
    def sentence(self) -> Mapping[str, Sequence[str]]:
        """Its ``source`` and ``target``."""
        sentences: Sequence[Mapping[str, Sequence[str]]] = self.trace.provenance["sentences"]
        return sentences[self.which]

    @property
    def weights(self) -> Floats:
        """(snapshots, rows, source) the mean of all heads of the last block."""
        return np.asarray(self.trace[f"{self.which}.attention"].mean(axis=1), dtype=float)


@dataclass(frozen=True)
class Translations:
    """All that the film shows.

    Attributes:
        first: the translation that is followed step by step.
        question: what the film asks at its beginning.
        clause: one with a sentence inside a sentence.
        manners: one sentence with several first tokens.
        odd: of a sentence of which the training held nothing like it.
        meaning: what that sentence means.
        learning: how one was learnt.
    """

    first: Translation
    question: Words = field(default_factory=lambda: QUESTION)
    clause: Translation | None = None
    manners: Sequence[Translation] = ()
    odd: Translation | None = None
    meaning: Words = ""
    learning: Learning | None = None
