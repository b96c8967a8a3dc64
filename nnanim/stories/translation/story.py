"""The story of a translator: one sentence from the first look to the last word, and what it was learnt from.

The question: Japanese puts the verb last and English does not; how does a model know that, without a rule?
The moment to remember: the lines between the two sentences cross where the word order differs. The end: they
came from pairs of sentences alone, and what no pair held, it says wrong without a doubt.

After A. Vaswani et al., "Attention Is All You Need" (2017), section 3, and D. Bahdanau et al., "Neural
Machine Translation by Jointly Learning to Align and Translate" (2015), section 5.2.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Arcs, Bars, Block, Column, Grid, Link, Mark, Row, View, round_up
from nnanim.motions import Playback, Stream
from nnanim.stories.translation.compare import crossing, learning, manners, odd
from nnanim.stories.translation.parts import NEXT, beside, is_short, lines, read, table, target_line, together
from nnanim.stories.translation.run import Translation, Translations
from nnanim.words import Words, fill

NUMBERS = 8
"""How many numbers of a vector are drawn."""

LONGEST = 14
"""Maximum number of pieces of a sentence that the film shows."""

SHOWN = 3
"""Number of likely words that have a bar."""

BROKEN = 2.6
"""Where the sentence is broken beside the two towers, in frame units."""


def translation(runs: Translations) -> Iterator[Beat]:
    """Tell how a sentence is read and written in another language.

    Raises:
        UserError: the sentence, or what was made of it, is too long to be shown.
    """
    run = runs.first
    if (longest := max(len(run.source), run.count)) > LONGEST:
        raise UserError(f"the film shows sentences of at most {LONGEST} pieces, got {longest}")
    yield from _encode(run, runs.question)
    yield from _decode(run)
    yield crossing(run)
    if runs.clause is not None:
        yield crossing(runs.clause, "clause")
    if runs.manners:
        yield manners(runs.manners)
    if runs.learning is not None:
        yield learning(runs.learning)
    if runs.odd is not None:
        yield from odd(runs.odd, runs.meaning)


def _encode(run: Translation, question: Words) -> Iterator[Beat]:
    """The sentence goes through the encoder."""
    yield Beat(
        question,
        Row(read(run), scale=2.0),
        id="question",
        view=View("source", fills=0.75),
    )
    yield _towers(run)
    look = run.ahead
    if look is not None:
        tokens = read(run)
        weights = np.asarray(run.trace.attention(run.encoder[look.layer])[0, look.head], dtype=float)
        names = tuple(run.source)
        arcs = Arcs(weights[look.origin], tokens, key="arcs", origin=look.origin)
        pattern = Grid(
            weights, names, names, key="pattern", limit=1.0, role="amount", means=words.weight,
            highlight=((look.origin, look.place),),
        )  # fmt: skip
        yield Beat(
            fill(
                {
                    "en": "In the encoder no mask hides what follows: “{a}” looks ahead at “{b}”.",
                    "ja": "エンコーダーは先の語も見ます。「{a}」は後ろの「{b}」を見ています。",
                },
                a=run.source[look.origin], b=run.source[look.place],
            ),
            beside(run, Column(arcs, tokens, gap=0.02), pattern),
            id="ahead",
            motion=Stream("arcs", seconds=1.2),
            born={"pattern": From("source")} if is_short(run) else {},
        )  # fmt: skip


def _towers(run: Translation) -> Beat:
    """Both parts of the model side by side."""
    detail = {"en": "{n} blocks", "ja": "ブロック {n} 個"}
    encoder = Block(words.encoder, fill(detail, n=len(run.encoder)), key="encoder", role="part")
    decoder = Block(words.decoder, fill(detail, n=len(run.cross)), key="decoder", role="part")
    numbers = np.asarray(run.trace[run.states][0], dtype=float)
    states = Grid(numbers[:, :NUMBERS], tuple(run.source), key="states", of=numbers.shape)
    source = read(run, width=BROKEN)
    return Beat(
        fill(
            {
                "en": "An encoder makes {n} numbers of each word. A decoder looks at them, and writes.",
                "ja": "エンコーダーが各語を {n} 個の数にし、デコーダーがそれを見て書きます。",
            },
            n=numbers.shape[1],
        ),
        Row(
            source, Link(source, encoder, key="in"), encoder, Row(states, scale=1.4),
            Link(states, decoder, key="across"), decoder, gap=0.6, scale=1.3,
        ),
        id="towers",
        born={"encoder": From("source"), "states": From("encoder"), "decoder": From("states")},
        given=("encoder", "decoder"),
    )  # fmt: skip


def _decode(run: Translation) -> Iterator[Beat]:
    """The first word, one word more closely, then all of them."""
    yield Beat(
        fill(
            {
                "en": "The decoder gets one token: {t}. It looks at “{a}” and says “{b}”.",
                "ja": "デコーダーに {t} を渡すと、「{a}」を見て「{b}」と言います。",
            },
            t=run.target[0], a=run.source[int(run.weights[0].argmax())], b=run.target[1],
        ),
        (Row if is_short(run) else Column)(together(run, 1, last=True), _next(run, 0), gap=0.8),
        id="start",
        born={"target": From("source"), "next": From("target")},
    )  # fmt: skip
    row, head = run.query_row if is_short(run) else 0, run.asking_head
    if row:
        yield Beat(
            fill(
                {
                    "en": "Further on, its query meets every word's key, and “{a}” scores highest.",
                    "ja": "次は？ クエリーを各語のキーと比べると、「{a}」が最高点です。",
                },
                a=run.source[int(run.heads[head, row].argmax())],
            ),
            Row(_meeting(run, row, head), Row(_scores(run, row, head), scale=0.4), gap=0.8, scale=1.5),
            id="query",
            born={"scores": From("keys"), "query": From("target"), "keys": From("source")}
            if _has_keys(run)
            else {"scores": From("source")},
        )
    counts = range(max(row, 1) + 1, run.count + 2)
    states: dict[str, list[Mark]] = {
        "target": [target_line(run, count) for count in counts],
        "lines": [lines(run, read(run), target_line(run, count), count) for count in counts],
    }
    both = Column(read(run), states["lines"][-1], states["target"][-1], gap=0.02)
    grids: list[Mark] = [table(run, count) for count in counts]
    says = {"en": "So it is “{w}”. Word by word it goes on.", "ja": "だから「{w}」。一語ずつ続けます。"}
    if is_short(run):
        states["table"] = grids
        says = {
            "en": "So it is “{w}”. Each word that it writes is a row of the table.",
            "ja": "だから「{w}」。書くたびに、表が一行ずつ伸びます。",
        }
    yield Beat(
        fill(says, w=run.target[row + 1]),
        beside(run, both, grids[-1]),
        id="writes",
        motion=Playback(states, seconds=3.0),
        born={"table": From("scores" if row else "next")} if is_short(run) else {},
    )


def _next(run: Translation, row: int) -> Bars:
    """The likeliest words that a row predicts."""
    chances = run.chances(row)
    order = np.argsort(-chances, kind="stable")[:SHOWN]
    return Bars(
        chances[order], tuple(run.vocabulary[int(i)] for i in order), key="next", limit=1.0, percent=True,
        highlight=(0,), of=len(chances), label=NEXT,
    )  # fmt: skip


def _has_keys(run: Translation) -> bool:
    """Whether keys were recorded, and are few enough to be seen one by one."""
    return bool(run.key) and is_short(run)


def _meeting(run: Translation, row: int, head: int) -> Column:
    """The query of a row and the keys of all words, in one head; where they were not recorded, the lines."""
    if not _has_keys(run):
        return together(run, row + 1, last=True)
    query, keys = (np.asarray(run.trace[name][0], dtype=float) for name in (run.query, run.key))
    width = query.shape[1] // len(run.heads)
    first, shown = head * width, min(width, 2 * len(keys) + 4)  # a shape that fills the stage
    query, keys = query[row : row + 1, first : first + shown], keys[:, first : first + shown]
    limit = round_up(float(max(np.abs(query).max(), np.abs(keys).max())))
    asks = Grid(
        query, (run.target[row],), key="query", role="query", limit=limit,
        label={"en": "query", "ja": "クエリー"}, of=(1, width),
    )  # fmt: skip
    answers = Grid(
        keys, tuple(run.source), key="keys", role="key", limit=limit,
        label={"en": "keys", "ja": "キー"}, of=(len(keys), width),
    )  # fmt: skip
    return Column(asks, answers, gap=0.3)


def _scores(run: Translation, row: int, head: int) -> Bars:
    """How well the query of a row fits each key: in one head, before the softmax if that was recorded."""
    if run.scores:
        values = np.asarray(run.trace[run.scores][0, head, row], dtype=float)
        label = fill({"en": "score (head {h})", "ja": "点数（ヘッド {h}）"}, h=head + 1)
        limit = round_up(float(np.abs(values).max()))
    else:
        values, limit = run.heads[head, row], 1.0
        label = fill({"en": "weight (head {h})", "ja": "重み（ヘッド {h}）"}, h=head + 1)
    return Bars(
        values, tuple(run.source), key="scores", limit=limit, label=label, highlight=(int(values.argmax()),)
    )
