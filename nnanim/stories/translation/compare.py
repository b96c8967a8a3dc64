"""Lines that cross, other first tokens, the training, and a sentence that nothing was learnt for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Alignment, Column, Grid, Mark, Row, Text, Tokens
from nnanim.motions import Playback
from nnanim.stories.translation.parts import (
    ALL_HEADS,
    beside,
    is_short,
    lines,
    read,
    table,
    target_line,
    together,
)
from nnanim.stories.translation.run import Learning, Translation
from nnanim.words import Words, fill
from nnanim.words.numerals import percent

SPECIAL_MARK = "<"


def crossing(run: Translation, id: str = "cross") -> Beat:
    """The whole sentence with all its lines."""
    first, pairs = id == "cross", run.crossings
    says: Words
    if first and pairs:
        (row, _), (other, _) = pairs[0]
        says = fill(
            {
                "en": "“{a}” and “{b}” changed places: their lines cross.",
                "ja": "「{a}」と「{b}」の順が逆で、線が交わります。",
            },
            a=run.target[row + 1], b=run.target[other + 1],
        )  # fmt: skip
    elif pairs:
        says = fill(
            {
                "en": "A clause moves as a whole: {n} pairs of lines cross.",
                "ja": "節はまるごと動き、{n} 組の線が交わります。",
            },
            n=len(pairs),
        )
    else:
        says = {"en": "All words, and where each of them looked.", "ja": "どの語が、どこを見たか。全部です。"}
    key = "" if first else f"{id}-"
    parts = () if first else ("source", "lines", "target")
    both = together(run, len(run.target), key=key)
    return Beat(
        says,
        beside(run, both, table(run)) if first else Row(both, scale=1.5),
        id=id,
        pause=2.0 if first else 3.4,
        born={f"{key}{part}": From(part) for part in parts},
    )


def manners(runs: Sequence[Translation]) -> Beat:
    """The same sentence with other first tokens."""
    return Beat(
        fill(
            {
                "en": "Back again: with {a} first it is polite Japanese, with {b} plain.",
                "ja": "最初のトークンが {a} なら丁寧、{b} なら普通の形です。",
            },
            a=runs[0].target[0], b=runs[-1].target[0],
        ),
        Row(Column(*_sandwich(runs), gap=0.02), scale=1.3),
        id="manners",
        born={key: From(f"clause-{part}") for key, part in (
            ("middle", "source"), ("way-0", "target"), ("way-1", "target"),
            ("lines-0", "lines"), ("lines-1", "lines"),
        )},
    )  # fmt: skip


def _sandwich(runs: Sequence[Translation]) -> tuple[Mark, ...]:
    """What is read between the two that are written, with the lines of both."""
    source = read(runs[0], "middle")
    targets = [target_line(run, len(run.target), f"way-{i}") for i, run in enumerate(runs)]
    above, below = (
        lines(run, source, target, len(run.target), key=f"lines-{i}")
        for i, (run, target) in enumerate(zip(runs, targets, strict=True))
    )
    return targets[0], above, source, below, targets[1]


def learning(learnt: Learning) -> Beat:
    """The lines while the model learnt."""
    said = learnt.sentence
    small = [
        tuple(i for i, piece in enumerate(said[of]) if piece.startswith("<")) for of in ("source", "target")
    ]
    source = Tokens(tuple(said["source"]), key="source", small=small[0])
    target = Tokens(tuple(said["target"]), key="target", small=small[1])
    ways = [Alignment(one, source, target, key="lines", means=ALL_HEADS) for one in learnt.weights]
    tables = [
        Grid(
            one, tuple(said["target"]), tuple(said["source"]), key="table", limit=1.0, role="amount",
            means=ALL_HEADS, label=fill({"en": "step {s:,}", "ja": "{s:,} 歩"}, s=int(step)),
        )
        for one, step in zip(learnt.weights, learnt.trace["step"], strict=True)
    ]  # fmt: skip
    return Beat(
        fill(
            {
                "en": "From pairs of sentences alone it learnt where to look. New ones: {p} word for word.",
                "ja": "文の組だけから、どこを見るかを学び、新しい文も {p} 正解です。",
            },
            p=percent(learnt.exact, 1),
        ),
        Row(Column(source, ways[-1], target, gap=0.02), tables[-1], gap=0.8),
        motion=Playback({"lines": ways, "table": tables}, seconds=4.6),
        id="learning",
        born={
            "source": From("middle"),
            "lines": From("lines-0"),
            "target": From("way-1"),
            "table": From("target"),
        },
        given=("says",),
    )


def odd(run: Translation, meaning: Words) -> Iterator[Beat]:
    """A sentence of which the training held nothing like it."""
    source = read(run, "odd-source")
    note = Text(meaning, key="meaning", role="dimmed")
    yield Beat(
        {
            "en": "Now a sentence of a kind that no pair held. What will it write?",
            "ja": "どの組にもなかった形の文です。何と訳すでしょう。",
        },
        Row(Column(note, source, gap=0.4), scale=1.6),
        id="ask",
        asks=True,
        born={"odd-source": From("source"), "meaning": From("odd-source")},
    )
    doubt = [float(run.chances(row).max()) for row in range(run.count)]
    both = Column(
        Text(meaning, key="meaning", role="dimmed"), together(run, len(run.target), key="odd-"), gap=0.3
    )
    stage = beside(run, both, table(run, key="odd-table"))
    yield Beat(
        fill(
            {
                "en": "Wrong, and at least {p} sure of each word. It knows what its pairs held.",
                "ja": "自信は {p} 以上、でもまちがい。組にあったことしか知りません。",
            },
            p=percent(min(doubt)),
        ),
        stage,
        id="wrong",
        born={
            "odd-lines": From("odd-source"),
            "odd-target": From("odd-source"),
        }
        | ({"odd-table": From("odd-target")} if is_short(run) else {}),
    )
