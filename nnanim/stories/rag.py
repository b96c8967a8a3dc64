"""The story of retrieval: a fact is found, pasted in front of the question, and read.

The question: what does a model answer about somebody of whom no text speaks? The moment to remember: one
sentence is pasted in front, and the same model, with the same weights, is right; with another sentence it is
wrong just as fluently. The end: in how many cases, and that no weight has moved.

After P. Lewis et al., "Retrieval-Augmented Generation for Knowledge-Intensive NLP Tasks" (2020).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Bars, Column, Grid, Row, Tokens, modify
from nnanim.marks.content import Floats
from nnanim.trace import Trace
from nnanim.words import Words, fill

SHOWN = 6
"""Number of facts that are shown, the nearest first."""

NUMBERS = 12
"""How many numbers of a vector are drawn."""

WIDTH = 6.0
"""Where the lines of a prompt are broken, in frame units: few and large words."""

QUESTION = {"en": "question", "ja": "質問"}
COSINE = {"en": "cosine with the question", "ja": "質問とのコサイン類似度"}
NEAREST = {"en": "the nearest facts", "ja": "近い事実"}
WEIGHT = {"en": "weight (block {b}, head {h})", "ja": "重み（ブロック {b}、ヘッド {h}）"}
RIGHT = {"en": "right answers", "ja": "正しい答えの割合"}
CASES: Mapping[str, Words] = {
    "none": {"en": "no fact", "ja": "事実なし"},
    "found": {"en": "the fact that was found", "ja": "見つけた事実"},
    "wrong": {"en": "another person's fact", "ja": "別の人の事実"},
    "three": {"en": "three facts at once", "ja": "三つの事実を一度に"},
}


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
class Retrieval:
    """A question, facts that were searched for it, and what the model answers with them.

    Attributes:
        question, facts: as they are written.
        vectors: a `nnanim.models.sentence_encoder.SentenceVectors` on the question and the facts.
        plain, found, wrong: answers without a fact, with the nearest one, and with one about another.
        wrong_at: index of the fact about another.
        figures: share of right answers by case, from the model's card.
    """

    question: str
    facts: Sequence[str]
    vectors: Trace
    plain: Answer
    found: Answer
    wrong: Answer
    wrong_at: int
    figures: Mapping[str, float]
    order: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        if len(self.vectors["output"]) != len(self.facts) + 1:
            raise UserError(
                f"{len(self.vectors['output'])} vectors for a question and {len(self.facts)} facts"
            )
        if missing := [case for case in CASES if case not in self.figures]:
            raise UserError(f"no figure for {missing[0]!r}; {', '.join(CASES)} wanted")
        object.__setattr__(self, "order", tuple(int(i) for i in np.argsort(-self.cosines, kind="stable")))

    @property
    def cosines(self) -> Floats:
        """(facts,) cosine of the question's vector and each fact's."""
        vectors = np.asarray(self.vectors["output"], dtype=float)
        return np.asarray(vectors[1:] @ vectors[0])

    @property
    def look(self) -> tuple[int, int, int, int]:
        """A word that the right answer takes from the fact: its places in the whole, then block and head."""
        return _find_look(self.found)

    @property
    def question_tokens(self) -> tuple[str, ...]:
        """The pieces of the question."""
        return tuple(self.plain.tokens[1 : self.plain.begin - 1])

    @property
    def nearest(self) -> tuple[int, ...]:
        """Indices of the facts that are shown, the nearest first."""
        return self.order[:SHOWN]


def rag(run: Retrieval) -> Iterator[Beat]:
    """Tell how a fact is found for a question, and what it does to the answer.

    Raises:
        UserError: the answer takes no word from the fact.
    """
    question = Tokens(run.question_tokens, key="question", width=WIDTH)
    yield Beat(
        {
            "en": "This person was made up just now; no text knows of them. What will the model answer?",
            "ja": "いま考えたばかりの人です。どの文章にも出てきません。モデルは何と答えるでしょう。",
        },
        Row(question, scale=2.0),
        id="question",
        asks=True,
    )
    yield Beat(
        {
            "en": "A fluent sentence, but the model cannot know. It is made up.",
            "ja": "なめらかな文です。でも、知るはずがありません。作り話です。",
        },
        Row(Column(question, _answer(run.plain), gap=0.6), _table(run, run.plain), gap=0.8),
        id="invented",
        born={"answer": From("question"), "table": From("answer")},
    )
    yield from _search(run)
    yield from _read(run)
    yield _figures(run)


def _search(run: Retrieval) -> Iterator[Beat]:
    """Facts and the question become vectors; the nearest one is found."""
    vectors = np.asarray(run.vectors["output"], dtype=float)
    rows = [0, *(i + 1 for i in run.nearest)]
    grid = Grid(
        vectors[rows, :NUMBERS], (run.question, *(run.facts[i] for i in run.nearest)), key="vectors",
        of=vectors.shape,
    )  # fmt: skip
    yield Beat(
        fill(
            {
                "en": "In a store lie {n} facts. An encoder turns each, and the question, into {d} numbers.",
                "ja": "事実が {n} 個あります。エンコーダーが、そのそれぞれと質問を {d} 個の数にします。",
            },
            n=len(run.facts), d=vectors.shape[1],
        ),
        grid,
        id="vectors",
        born={"vectors": From("question")},
    )  # fmt: skip
    yield Beat(
        {
            "en": "The nearest fact has the largest cosine with the question.",
            "ja": "質問にいちばん近い事実は、コサイン類似度が最大のものです。",
        },
        Row(_nearest(run, run.order[0]), Row(modify(grid, rows=()), scale=1.25), gap=0.5),
        id="search",
        born={"nearest": From("vectors", cells=tuple((i + 1, 0) for i in range(len(run.nearest))))},
    )


def _nearest(run: Retrieval, chosen: int) -> Bars:
    """The nearest facts with their cosines, one of them chosen."""
    shown = [*run.nearest[: SHOWN - 1], chosen] if chosen not in run.nearest else list(run.nearest)
    return Bars(
        run.cosines[shown], tuple(run.facts[i] for i in shown), key="nearest", limit=1.0, label=COSINE,
        highlight=(shown.index(chosen),), of=len(run.facts),
    )  # fmt: skip


def _prompt(answer: Answer, key: str = "prompt") -> Tokens:
    """What stands before the answer; the fact is ringed."""
    pieces = tuple(answer.tokens[: answer.begin])
    return Tokens(pieces, key=key, highlight=tuple(range(1, answer.fact)), width=WIDTH)


def _answer(answer: Answer, key: str = "answer") -> Tokens:
    """What the model wrote."""
    return Tokens(tuple(answer.tokens[answer.begin :]), key=key, width=WIDTH)


def _read(run: Retrieval) -> Iterator[Beat]:
    """The fact is pasted in front and read; a wrong one is read just so."""
    place, source, block, head = run.look
    weight = float(run.found.trace.attention(run.found.trace.attentions[block])[0, head, place - 1, source])
    yield Beat(
        {
            "en": "It is pasted in front of the question. That is all.",
            "ja": "それを、質問の前に貼りつけます。それだけです。",
        },
        Row(_nearest(run, run.order[0]), _prompt(run.found), gap=0.6),
        id="paste",
        born={"prompt": From("nearest", 0)},
    )
    yield Beat(
        fill(
            {
                "en": "Right. “{w}” comes from the fact: a head gives it a weight of {p:.2f}.",
                "ja": "正解です。「{w}」は事実から来ました。あるヘッドの重みが {p:.2f} です。",
            },
            w=run.found.tokens[place].strip("-"), p=weight,
        ),
        Row(Column(_prompt(run.found), _answer(run.found), gap=0.5), _table(run, run.found), gap=0.8),
        id="right",
        born={"answer": From("prompt"), "table": From("answer")},
    )  # fmt: skip
    yield Beat(
        {
            "en": "Another person's fact in front: the answer is as fluent, and wrong.",
            "ja": "別の人の事実を貼ると、同じようになめらかに、まちがえます。",
        },
        Row(
            Column(_prompt(run.wrong, "other"), _answer(run.wrong, "other-answer"), gap=0.5),
            _table(run, run.wrong, "other-table"), gap=0.8,
        ),
        id="wrong",
        born={"other": From("prompt"), "other-answer": From("other"), "other-table": From("other-answer")},
    )  # fmt: skip


def _table(run: Retrieval, answer: Answer, key: str = "table") -> Grid:
    """How much one head looks from each word of the answer, before it is written, at what it could copy."""
    _, _, block, head = run.look
    begin, end = (1, answer.fact) if answer.fact else (1, answer.begin - 1)
    pattern = answer.trace.attention(answer.trace.attentions[block])[0, head].astype(float)
    before = slice(answer.begin - 1, len(answer.tokens) - 1)
    return Grid(
        pattern[before, begin:end], tuple(answer.tokens[answer.begin :]), tuple(answer.tokens[begin:end]),
        key=key, limit=1.0, role="amount",
        means=fill(WEIGHT, b=block + 1, h=head + 1),
    )  # fmt: skip


def _find_look(answer: Answer) -> tuple[int, int, int, int]:
    """A word of the answer that stands in the fact and not in the question, and who looks most at it.

    Returns:
        Its place in the answer and in the fact, the block and the head.
    """
    fact, asked = list(answer.tokens[: answer.fact]), answer.tokens[answer.fact : answer.begin]
    found = [
        (float(pattern[place - 1, fact.index(word)]), place, fact.index(word), block, head)
        for place, word in enumerate(answer.tokens)
        if place > answer.begin and word in fact and word not in (*asked, ".", "。")
        for block, name in enumerate(answer.trace.attentions)
        for head, pattern in enumerate(answer.trace.attention(name)[0])
    ]
    if not found:
        raise UserError(f"the answer {answer.text!r} takes no word from the fact; choose another question")
    _, place, source, block, head = max(found)
    return place, source, block, head


def _figures(run: Retrieval) -> Beat:
    """How often it is right."""
    cases = ("none", "found", "wrong", "three")
    return Beat(
        {
            "en": "It answers from what was pasted; no weight moved. Three facts at once confuse it.",
            "ja": "重みは変えず、貼られた文から答えます。三つ一度に貼ると、まだ混乱します。",
        },
        Row(
            Bars(
                np.array([run.figures[case] for case in cases]), tuple(CASES[case] for case in cases),
                key="figures", limit=1.0, percent=True, label=RIGHT, highlight=(1,),
            ),
            scale=1.9,
        ),
        id="figures",
        born={"figures": From("other-table")},
        given=("figures",),
    )  # fmt: skip
