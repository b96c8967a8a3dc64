"""Recipes about tokens and attention, on a small language model that reads the beginning of a story."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Arcs, Bars, Column, Curve, Grid, Tokens, arrange_multiples, modify, round_up
from nnanim.marks.content import Floats
from nnanim.motions import Playback
from nnanim.recipes.base import recipe
from nnanim.trace import Trace
from nnanim.words import fill

MODEL = "language-model"
SENTENCE = {
    "en": "a queen had a ring. the next day she lost the",
    "ja": "女王は指輪を持っていました。ある夜、鳥が",
}
BLOCK, HEADS = 1, 4  # the block whose heads are shown, and how many it has
LOOK = {"en": "attention", "ja": "アテンション"}


@dataclass(frozen=True)
class SentenceRun:
    """A sentence as the model reads it.

    Attributes:
        trace: of the run.
        pieces: its tokens, spelled.
        spellings: of every token that the model knows.
    """

    trace: Trace
    pieces: tuple[str, ...]
    spellings: tuple[str, ...]


def example(lang: str) -> SentenceRun:
    """The model's run on the sentence."""
    import torch

    from nnanim import models
    from nnanim.models.tokenizer import Tokenizer
    from nnanim.recording import record

    tokenizer = Tokenizer.load_default()
    ids = tokenizer.encode(SENTENCE[lang])
    trace = record(models.load_shared(MODEL), torch.tensor([ids]), name=MODEL, seed=0)
    return SentenceRun(trace, tuple(tokenizer.spell(ids)), tuple(tokenizer.spellings))


def draw_head(run: SentenceRun, head: int, key: str = "", **options: Any) -> Grid:
    """Which token looks at which, in one head; the future is barred."""
    weights = run.trace.attention(f"blocks.{BLOCK}.attention")[0, head]
    future = np.triu(np.ones(weights.shape), 1) > 0
    return Grid(weights, key=key or f"head{head}", limit=1, mask=future, role="amount", means=LOOK, **options)


def next_probabilities(run: SentenceRun) -> Floats:
    """How likely each token is to come next."""
    scores = np.asarray(run.trace["output"][0, -1], dtype=float)
    shares = np.exp(scores - scores.max())
    return np.asarray(shares / shares.sum())


@recipe("How does a sentence become numbers?", "文はどうやって数になる？",
        "tokens token ids tokenizer split embedding トークン 分割 埋め込み 番号")  # fmt: skip
def split_sentence(run: SentenceRun) -> Iterator[Beat]:
    tokens, rows = Tokens(run.pieces, key="tokens"), run.trace["tokens"][0, :, :12]
    whole = run.trace["tokens"].shape[-1]
    yield Beat({"en": "The sentence, in pieces.", "ja": "文を、部分に分けました。"}, tokens)
    yield Beat(
        {"en": "For each piece, the model knows a row of numbers.", "ja": "どの部分にも、数の列があります。"},
        Column(
            Tokens(run.pieces, key="tokens"),
            Grid(
                rows,
                run.pieces,
                key="rows",
                limit=round_up(np.abs(rows).max()),
                of=(len(rows), whole),
                means=words.embedding,
            ),
        ),
        born={"rows": From("tokens")},
    )


@recipe("Which word looks at which?", "どの語がどの語を見る？",
        "attention head matrix grid mask アテンション ヘッド 表 マスク")  # fmt: skip
def show_attention(run: SentenceRun) -> Iterator[Beat]:
    yield Beat(
        {
            "en": "Each row: where this word looks. The future is barred.",
            "ja": "各行は、その語が見る先です。未来は見えません。",
        },
        draw_head(run, 0, rows=run.pieces, columns=run.pieces),
    )


@recipe("Where does one word look?", "一つの語は、どこを見る？",
        "attention arcs one word lines アテンション 弧 一語 線")  # fmt: skip
def draw_arcs(run: SentenceRun) -> Iterator[Beat]:
    weights = run.trace.attention(f"blocks.{BLOCK}.attention")[0, 0, -1]
    best = int(weights.argmax())
    yield Beat(
        fill(
            {"en": "The last word looks mostly at “{w}”.", "ja": "最後の語は、おもに「{w}」を見ます。"},
            w=run.pieces[best],
        ),
        Column(
            Arcs(weights, "tokens", key="arcs", origin=len(weights) - 1),
            Tokens(run.pieces, key="tokens", highlight=(best,)),
            gap=0.0,
        ),
    )


@recipe("How do I zoom from all heads into one?", "全ヘッドから一つへズームするには？",
        "attention heads zoom multi-head overview ヘッド ズーム アテンション 複数")  # fmt: skip
def enter_head(run: SentenceRun) -> Iterator[Beat]:
    heads = [
        draw_head(run, head, label=fill({"en": "head {n}", "ja": "ヘッド {n}"}, n=head + 1))
        for head in range(HEADS)
    ]
    yield Beat(
        {"en": "Four heads, four ways to look.", "ja": "四つのヘッドは、四通りに見ます。"},
        arrange_multiples(heads),
    )
    yield Beat(
        {"en": "One of them, with its words.", "ja": "その一つを、語とともに。"},
        draw_head(run, 1, key="head1", rows=run.pieces, columns=run.pieces),
    )


@recipe("Which word comes next?", "次に来る語は？",
        "next token prediction probability language model 次 予測 確率 言語モデル")  # fmt: skip
def guess_next(run: SentenceRun) -> Iterator[Beat]:
    shares = next_probabilities(run)
    best = np.argsort(-shares)[:5]
    yield Beat(
        fill(
            {
                "en": "Most likely, with {p:.1%}: “{w}”.",
                "ja": "いちばんありそうなのは「{w}」、{p:.1%} です。",
            },
            p=float(shares[best[0]]),
            w=run.spellings[best[0]],
        ),
        Column(
            Tokens(run.pieces, key="tokens"),
            Bars(
                shares[best],
                tuple(run.spellings[i] for i in best),
                key="next",
                limit=1,
                percent=True,
                highlight=(0,),
                of=len(shares),
            ),
        ),
    )


@recipe("Which words are alike to the model?", "モデルにとって、似た語は？",
        "embedding similarity cosine words table numbers row by row 埋め込み 類似度 コサイン 語 表")  # fmt: skip
def compare_words(run: SentenceRun) -> Iterator[Beat]:
    places = [i for i, one in enumerate(run.pieces) if one.isalpha() and one not in run.pieces[:i]][:5]
    vectors = np.asarray(run.trace["tokens"][0, places], dtype=float)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines, names = np.clip(units @ units.T, -1, 1), tuple(run.pieces[i] for i in places)
    table = Grid(cosines, names, names, key="alike", limit=1, digits=2,
                 means={"en": "cosine", "ja": "コサイン類似度"})  # fmt: skip
    below = [np.arange(len(names))[:, None] > row + np.zeros(cosines.shape) for row in range(len(names) - 1)]
    states = [modify(table, mask=one) for one in below]
    others = cosines - 2 * np.eye(len(names))
    a, b = np.unravel_index(int(others.argmax()), others.shape)
    yield Beat(
        fill({"en": "Nearest to each other: {a} and {b}, {c:.2f}.", "ja": "いちばん近いのは「{a}」と「{b}」、{c:.2f} です。"},
             a=names[a], b=names[b], c=float(cosines[a, b])),
        table,
        motion=Playback({"alike": [*states, table]}, seconds=5),
    )  # fmt: skip


@recipe("How unsure is the model, word by word?", "語ごとに、モデルはどれくらい迷う？",
        "perplexity loss surprise per token curve 驚き 損失 迷い トークン")  # fmt: skip
def measure_surprise(run: SentenceRun) -> Iterator[Beat]:
    scores = np.asarray(run.trace["output"][0], dtype=float)
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    ids = run.trace["input"][0].astype(int)
    came = (shares / shares.sum(axis=-1, keepdims=True))[np.arange(len(ids) - 1), ids[1:]]
    worst = int(came.argmin()) + 1
    yield Beat(
        fill({"en": "“{w}” surprised it most.", "ja": "いちばん意外だったのは「{w}」です。"}, w=run.pieces[worst]),
        Column(Tokens(run.pieces, key="tokens", highlight=(worst,)),
               Curve(np.arange(2.0, len(ids) + 1), came, key="came", x_limits=(1, len(ids)),
                     y_limits=(0, 1), x_name=words.token,
                     y_name={"en": "probability of the token that came", "ja": "来たトークンの確率"})),
    )  # fmt: skip
