"""The story of retrieval: a fact is found, pasted in front of the question, and read.

The question: what does a model answer about somebody of whom no text speaks? The moment to remember: one
sentence is pasted in front, and the same model, with the same weights, is right; with another sentence it is
wrong just as fluently. The end: in how many cases, and that no weight has moved.

After P. Lewis et al., "Retrieval-Augmented Generation for Knowledge-Intensive NLP Tasks" (2020).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Bars, Column, Grid, Row, Tokens, modify
from nnanim.stories.rag.run import CASES, SHOWN, Answer, Retrieval, Search
from nnanim.words import Words, fill

NUMBERS = 12
"""How many numbers of a vector are drawn."""

LONGEST = 16
"""Maximum number of pieces of a question for which the film has room."""

WIDTH = 6.0
"""Where the lines of a prompt are broken, in frame units: few and large words."""

COSINE = {"en": "cosine with the question", "ja": "質問とのコサイン類似度"}
WEIGHT = {"en": "weight (block {b}, head {h})", "ja": "重み（ブロック {b}、ヘッド {h}）"}
FIRST = {"en": "right fact is nearest", "ja": "正しい事実が 1 位の割合"}
OTHER_ENCODER = {"en": "this encoder", "ja": "このエンコーダー"}
SHIPPED = {"en": "the small one, trained on such facts", "ja": "こうした事実で学習した小さなもの"}
RIGHT = {"en": "right answers", "ja": "正しい答えの割合"}
CASE_NAMES: Mapping[str, Words] = {
    "none": {"en": "no fact", "ja": "事実なし"},
    "found": {"en": "the fact that was found", "ja": "見つけた事実"},
    "wrong": {"en": "another person's fact", "ja": "別の人の事実"},
    "three": {"en": "three facts at once", "ja": "三つの事実を一度に"},
}


def rag(run: Retrieval) -> Iterator[Beat]:
    """Tell how a fact is found for a question, and what it does to the answer.

    Raises:
        UserError: the question is too long to be shown.
    """
    if (pieces := len(run.question_tokens)) > LONGEST:
        raise UserError(f"the question has {pieces} pieces; the film shows at most {LONGEST}")
    question = Tokens(run.question_tokens, key="question", width=WIDTH)
    yield Beat(
        {
            "en": "This person was made up just now; no text knows of them. What will the model answer?",
            "ja": "いま考えたばかりの人です。どの文章にも出てきません。モデルは何と答えるでしょう。",
        }
        if run.answers is not None
        else {
            "en": "A question. What will the model answer when nothing is looked up?",
            "ja": "質問です。何も調べなければ、モデルは何と答えるでしょう。",
        },
        Row(question, scale=2.0),
        id="question",
        asks=True,
    )
    yield Beat(
        {
            "en": "A fluent sentence, but the model cannot know. It is made up.",
            "ja": "なめらかな文です。でも、知るはずがありません。作り話です。",
        }
        if run.answers is not None
        else {
            "en": "A fluent sentence, out of its weights alone. Nobody sees whether it is true.",
            "ja": "重みだけから出た、なめらかな文です。本当かどうかは、見えません。",
        },
        Row(Column(question, _answer(run.plain), gap=0.6), _table(run, run.plain), gap=0.8),
        id="invented",
        born={"answer": From("question"), "table": From("answer")},
    )
    yield from _search(run)
    yield from _read(run)
    if run.wrong is not None:
        yield _mislead(run, run.wrong)
    yield _figures(run) if run.search is None else _compare(run, run.search)


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
    """The fact is pasted in front and read."""
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
        fill(_verdict(run), w=run.found.tokens[place].strip("-"), p=weight),
        Row(Column(_prompt(run.found), _answer(run.found), gap=0.5), _table(run, run.found), gap=0.8),
        id="right",
        born={"answer": From("prompt"), "table": From("answer")},
    )  # fmt: skip


def _verdict(run: Retrieval) -> dict[str, str]:
    """Whether the answer is right, as far as that is known, and where its word comes from."""
    if not run.helps:
        return {
            "en": "The fact does not help: no word of the answer comes from it.",
            "ja": "この事実は役に立ちません。答えの語は、どれもそこから来ていません。",
        }
    if run.answers is None:
        return {
            "en": "The answer follows it. “{w}” comes from the fact: a head gives it a weight of {p:.2f}.",
            "ja": "答えは、これに従います。「{w}」は事実から来ました。あるヘッドの重みが {p:.2f} です。",
        }
    if run.answers == run.order[0]:
        return {
            "en": "Right. “{w}” comes from the fact: a head gives it a weight of {p:.2f}.",
            "ja": "正解です。「{w}」は事実から来ました。あるヘッドの重みが {p:.2f} です。",
        }
    return {
        "en": "The search took another fact, and the answer follows: “{w}”, by a weight of {p:.2f}.",
        "ja": "検索が別の事実を選び、答えもそれに従います。「{w}」の重みは {p:.2f} です。",
    }


def _mislead(run: Retrieval, wrong: Answer) -> Beat:
    """A fact about somebody else is read just so."""
    return Beat(
        {
            "en": "Another person's fact in front: the answer is as fluent, and wrong.",
            "ja": "別の人の事実を貼ると、同じようになめらかに、まちがえます。",
        },
        Row(
            Column(_prompt(wrong, "other"), _answer(wrong, "other-answer"), gap=0.5),
            _table(run, wrong, "other-table"), gap=0.8,
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


def _figures(run: Retrieval) -> Beat:
    """How often it is right."""
    return Beat(
        {
            "en": "It answers from what was pasted; no weight moved. Three facts at once confuse it.",
            "ja": "重みは変えず、貼られた文から答えます。三つ一度に貼ると、まだ混乱します。",
        },
        Row(
            Bars(
                np.array([run.figures[case] for case in CASES]), tuple(CASE_NAMES[case] for case in CASES),
                key="figures", limit=1.0, percent=True, label=RIGHT, highlight=(1,),
            ),
            scale=1.9,
        ),
        id="figures",
        born={"figures": From("table" if run.wrong is None else "other-table")},
        given=("figures",),
    )  # fmt: skip


def _compare(run: Retrieval, search: Search) -> Beat:
    """How often another encoder finds the right fact, beside the shipped one."""
    return Beat(
        fill(
            {
                "en": "{n} fresh questions, {m} facts: an answer is only as good as what was found.",
                "ja": "新しい質問 {n} 個、事実 {m} 個。答えのよさは、見つけたもので決まります。",
            },
            n=search.asked, m=search.facts,
        ),
        Row(
            Bars(
                np.array([search.share, search.shipped]), (OTHER_ENCODER, SHIPPED), key="figures", limit=1.0,
                percent=True, label=FIRST, highlight=(0,),
            ),
            scale=1.9,
        ),
        id="figures",
        born={"figures": From("table" if run.wrong is None else "other-table")},
        given=("figures", "says"),
    )  # fmt: skip
