"""What the film on retrieval is told from: a question, facts, their vectors, and the answers of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from nnanim.errors import UserError
from nnanim.marks.content import Floats
from nnanim.trace import Trace

SHOWN = 6
"""Number of facts that are shown, the nearest first."""

CASES = ("none", "found", "wrong", "three")
"""What may stand in front of a question, as on the reader's card."""


@dataclass(frozen=True)
class Answer:
    """One run of the model on a prompt and the answer that it gave.

    Attributes:
        trace: of the whole.
        tokens: the pieces of the whole, as they are spelled.
        fact, begin: number of tokens of the fact that stands in front (0 without one), its mark included, and
            of the whole prompt.
        text: the answer.
    """

    trace: Trace
    tokens: Sequence[str]
    fact: int
    begin: int
    text: str


@dataclass(frozen=True)
class Search:
    """How often an encoder finds the fact that answers a fresh question first, and how often the shipped one.

    Attributes:
        share, shipped: of the questions, with this encoder and with nnanim's small one.
        asked: number of questions.
        facts: number of facts among which each was searched.
    """

    share: float
    shipped: float
    asked: int
    facts: int


@dataclass(frozen=True)
class Retrieval:
    """A question, facts that were searched for it, and what the model answers with them.

    Attributes:
        question, facts: as they are written.
        vectors: of a model whose output is the vector (length 1) of the question and of each fact.
        plain, found: answers without a fact and with the nearest one.
        answers: index of the fact that answers the question, where that is known.
        wrong: answer with a fact about somebody else, or None.
        figures: share of right answers by case, from the model's card; empty with another encoder.
        search: how good another encoder is, or None.
    """

    question: str
    facts: Sequence[str]
    vectors: Trace
    plain: Answer
    found: Answer
    answers: int | None = None
    wrong: Answer | None = None
    figures: Mapping[str, float] = field(default_factory=dict)
    search: Search | None = None
    order: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        if len(self.vectors["output"]) != len(self.facts) + 1:
            raise UserError(
                f"{len(self.vectors['output'])} vectors for a question and {len(self.facts)} facts"
            )
        missing = [case for case in CASES if case not in self.figures]
        if missing and self.search is None:
            raise UserError(f"no figure for {missing[0]!r}; {', '.join(CASES)} wanted")
        object.__setattr__(self, "order", tuple(int(i) for i in np.argsort(-self.cosines, kind="stable")))

    @property
    def cosines(self) -> Floats:
        """(facts,) cosine of the question's vector and each fact's."""
        vectors = np.asarray(self.vectors["output"], dtype=float)
        return np.asarray(vectors[1:] @ vectors[0])

    @property
    def look(self) -> tuple[int, int, int, int]:
        """A word that the answer takes from the fact: its places in the whole, then block and head.

        Where it takes none, the place from which a head looks most at the fact.
        """
        return _find_look(self.found)

    @property
    def helps(self) -> bool:
        """Whether the answer takes a word from the fact that was found."""
        return bool(_find_taken(self.found))

    @property
    def question_tokens(self) -> tuple[str, ...]:
        """The pieces of the question."""
        return tuple(self.plain.tokens[1 : self.plain.begin - 1])

    @property
    def nearest(self) -> tuple[int, ...]:
        """Indices of the facts that are shown, the nearest first."""
        return self.order[:SHOWN]


def _find_look(answer: Answer) -> tuple[int, int, int, int]:
    """A word that the answer takes from the fact, and who looks most at it; else who looks most at it all.

    Returns:
        Its place in the answer and in the fact, the block and the head.
    """
    fact = list(answer.tokens[: answer.fact])
    if not fact:
        raise UserError(f"no fact stands in front of the answer {answer.text!r}")
    taken = _find_taken(answer)
    pairs = [(place, fact.index(answer.tokens[place])) for place in taken] or [
        (place, source) for place in range(answer.begin, len(answer.tokens)) for source in range(1, len(fact))
    ]
    *_, place, source, block, head = max(
        (float(pattern[place - 1, source]), place, source, block, head)
        for place, source in pairs
        for block, name in enumerate(answer.trace.attentions)
        for head, pattern in enumerate(answer.trace.attention(name)[0])
    )
    return place, source, block, head


def _find_taken(answer: Answer) -> list[int]:
    """Places of the answer's words that stand in the fact and not in the question."""
    fact, asked = answer.tokens[: answer.fact], answer.tokens[answer.fact : answer.begin]
    return [
        place
        for place in range(answer.begin + 1, len(answer.tokens))
        if answer.tokens[place] in fact and answer.tokens[place] not in (*asked, ".", "。")
    ]
