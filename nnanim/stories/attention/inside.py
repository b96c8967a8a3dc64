"""Inside a block: what attention gives is added to each row, then what a small network gives."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Block, Column, Link, Mark, Row, modify, round_up
from nnanim.stories.attention.drawing import build_table, choose_rows
from nnanim.stories.attention.reading import Floats, Reading
from nnanim.stories.equations import sign
from nnanim.words import Words, fill

COLUMNS = 6
"""Number of numbers of a row that are drawn where four tables stand side by side."""

STAGES = 5
"""Maximum number of blocks, including the start, that are shown one under the other."""


def blocks(reading: Reading) -> Iterator[Beat]:
    """What a block does to the rows; where the trace does not hold that, what each block makes of one."""
    block = reading.block.rpartition(".")[0]
    names = [reading.block, f"{block}.mlp", block]
    if all(name in reading.trace for name in names):
        yield _sum(reading, reading.vectors(reading.entering), *map(reading.vectors, names))
    else:
        yield _block_by_block(reading)


def _sum(reading: Reading, rows: Floats, attended: Floats, changed: Floats, out: Floats) -> Beat:
    """A sum of tables: the rows that go into the block, what attention and the MLP give, and the result.

    Of each row those numbers are shown to which attention adds most in the row that is spoken of.
    """
    columns = np.sort(np.argsort(-np.abs(attended[reading.at]), kind="stable")[:COLUMNS])
    tables: dict[str, tuple[Floats, Words]] = {
        "total": (rows, {"en": "rows", "ja": "行"}),
        "heads": (attended, {"en": "attention", "ja": "アテンション"}),
        "small": (changed, "MLP"),
        "out": (out, {"en": "out", "ja": "出力"}),
    }
    limit = round_up(
        float(
            max(np.abs(values[list(choose_rows(reading))][:, columns]).max() for values, _ in tables.values())
        )
    )
    stage: list[Mark] = []
    for (key, (values, label)), before in zip(tables.items(), ("", "+", "+", "="), strict=True):
        if before:
            stage.append(sign(before, f"before-{key}"))
        made = build_table(reading, values[:, columns], key=key, label=label, rows=False, limit=limit)
        # One note and one name are enough: all tables show the same rows and columns.
        names = tuple(reading.tokens[i] if i == reading.at else "" for i in choose_rows(reading))
        stage.append(made if before else modify(made, of=values.shape, rows=names))
    source = From(f"head-{reading.layer_and_head[1]}")
    return Beat(
        {
            "en": "Mixed and added; then a small network (MLP).",
            "ja": "混ぜて足し、小さなネットワーク（MLP）も足します。",
        },
        Row(*stage, gap=0.25),
        id="block",
        born={"total": source, "heads": source},
    )


def _block_by_block(reading: Reading) -> Beat:
    """Attention and a small network, both added to the vector, block after block."""
    names = [name.rpartition(".")[0] for name in reading.trace.attentions]
    outs = [reading.vectors(reading.added), *(reading.vectors(name) for name in names)]
    shown = sorted({round(i) for i in np.linspace(0, len(names), min(len(outs), STAGES))})
    limit = round_up(float(max(np.abs(outs[i][reading.at]).max() for i in shown)))
    stage: list[Mark | Row] = []
    start = fill({"en": "“{word}”", "ja": "「{word}」"}, word=reading.name(reading.at))
    for before, i in zip([0, *shown], shown, strict=False):
        row = build_table(reading, outs[i][[reading.at]], key=f"row-{i}", rows=False, limit=limit)
        name = start if i == 0 else fill({"en": "block {n}", "ja": "ブロック {n}"}, n=i)
        if i:
            stage.append(Link(f"block-{before}", f"block-{i}", key=f"link-{i}"))
        stage.append(Row(Block(name, key=f"block-{i}"), row, gap=0.6))
    return Beat(
        fill(
            {
                "en": "{n} blocks in a row: each adds something to the token's vector.",
                "ja": "{n} 個のブロックが、ベクトルに少しずつ足していきます。",
            },
            n=len(names),
        ),
        Column(*stage, gap=0.22),
        id="blocks",
        born={"row-0": From("head-0")},
    )
