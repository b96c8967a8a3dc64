"""The story of residual blocks: what a block computes is a change, and the shortcut carries everything else.

The question: which matters more, what the blocks compute, or the lines around them? The moment to remember:
with all computations switched off the picture is still there; with all shortcuts cut it is gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From, window
from nnanim.errors import UserError
from nnanim.marks import Bars, Block, Grid, Link, Picture, Row, Table, Text, round_up
from nnanim.marks.content import Floats
from nnanim.stories.equations import sign
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import percent

WINDOW = 4
"""Side of the part of a map of which the numbers are written out."""

BEFORE = {"en": "x: what comes in", "ja": "x：入る値"}
CHANGE = {"en": "f(x): the change", "ja": "f(x)：変える量"}
AFTER = {"en": "x + f(x)", "ja": "x + f(x)"}
KEYS, LABELS = ("before", "change", "after"), (BEFORE, CHANGE, AFTER)
INPUT = {"en": "input", "ja": "入力"}
OUTPUT = {"en": "output", "ja": "出力"}
SHORTCUT = {"en": "shortcut", "ja": "近道"}


def residual(
    whole: Trace,
    shortcuts: Trace,
    changes: Trace,
    without_change: Sequence[Trace],
    without_shortcut: Sequence[Trace],
) -> Iterator[Beat]:
    """Tell what the shortcuts of a trained network are good for.

    Args:
        whole: one picture through a network of `nnanim.models.residual.TwoWays`, both ways open.
        shortcuts: the same with nothing but the shortcuts.
        changes: the same with all shortcuts cut.
        without_change: for each block a run in which only that block computes nothing.
        without_shortcut: for each block a run in which only that block has no shortcut.

    Raises:
        UserError: there is no block with both ways in the open, or not one run for each.
    """
    net = Blocks(whole)
    count = len(net.names)
    if not count or {len(without_change), len(without_shortcut)} != {count}:
        raise UserError(
            f"residual() found {count} blocks for {len(without_change)} runs without a change "
            f"and {len(without_shortcut)} without a shortcut"
        )
    yield from _question(net)
    yield from _block(net)
    yield _sizes(net)
    yield from _experiments(net, shortcuts, changes)
    yield _one_by_one(net, without_change, without_shortcut)


@dataclass(frozen=True)
class Blocks:
    """A network of residual blocks, and what its blocks did to one picture.

    Attributes:
        trace: the run with both ways open.
        names: paths of the blocks, in order.
    """

    trace: Trace
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        ends = [name.removesuffix(".change") for name in self.trace if name.endswith(".change")]
        object.__setattr__(self, "names", tuple(one for one in ends if f"{one}.before" in self.trace))

    def values(self, block: str, what: str) -> Floats:
        """(channels, height, width) of ``before`` or ``change`` of a block, or of its output."""
        return np.asarray(self.trace[f"{block}.{what}" if what else block][0], dtype=float)

    @property
    def shares(self) -> Floats:
        """For each block the length of its change relative to that of what came in."""
        return np.array(
            [
                np.linalg.norm(self.values(name, "change")) / np.linalg.norm(self.values(name, "before"))
                for name in self.names
            ]
        )

    @property
    def shown_channel(self) -> tuple[str, int]:
        """The block and the channel that are drawn: those of which most is changed."""
        name = self.names[int(self.shares.argmax())]
        return name, int(np.abs(self.values(name, "change")).sum(axis=(1, 2)).argmax())

    def maps(self) -> tuple[Floats, Floats, Floats]:
        """What comes in, the change, and their sum: one channel of one block."""
        name, channel = self.shown_channel
        before, change, after = (self.values(name, what)[channel] for what in ("before", "change", ""))
        return before, change, after

    def window(self) -> tuple[int, int]:
        """First row and column of the part of which the numbers are written: where most is changed."""
        change = np.abs(self.maps()[1])
        sums = np.lib.stride_tricks.sliding_window_view(change, (WINDOW, WINDOW)).sum(axis=(2, 3))
        row, column = np.unravel_index(int(sums.argmax()), sums.shape)
        return int(row), int(column)

    def picture(self, trace: Trace, name: str, key: str, label: Words | None = None) -> Picture:
        """Input or output of a run, as a colour picture."""
        pixels = np.asarray(trace[name][0], dtype=float).transpose(1, 2, 0)
        return Picture(pixels, key=key, label=label)


def _question(net: Blocks) -> Iterator[Beat]:
    """The picture, and what the network makes of it."""
    block = Block(
        fill({"en": "{n} residual blocks", "ja": "残差ブロック {n} 個"}, n=len(net.names)),
        key="net",
        role="part",
    )
    yield Beat(
        {
            "en": "Residual blocks: each computes something, and has a line around it. Which matters more?",
            "ja": "残差ブロックには、計算と、それを飛びこえる近道があります。大事なのはどちらでしょう。",
        },
        Row(
            net.picture(net.trace, "input", "input", INPUT), Link("input", block, key="in"), block,
            Link(block, "output", key="out"), net.picture(net.trace, "output", "output", OUTPUT), gap=0.9,
        ),
        id="question",
        chapter={"en": "The block", "ja": "ブロック"},
    )  # fmt: skip


def _block(net: Blocks) -> Iterator[Beat]:
    """One block from the inside: maps, then numbers."""
    yield Beat(
        {
            "en": "Inside a block: two convolutions compute a change. What came in takes the shortcut.",
            "ja": "ブロックの中です。畳み込み二つで「変える量」を計算し、入った値は近道を通ります。",
        },
        _inside(net, 2),
        id="block",
        born={key: From("net") for key in ("before", "convolutions", "change")},
    )
    yield Beat(
        {
            "en": "The two are added: this goes on to the next block.",
            "ja": "二つを足したものが、次のブロックへ進みます。",
        },
        _inside(net, 3),
        id="add",
    )
    row, column = net.window()
    part = slice(row, row + WINDOW), slice(column, column + WINDOW)
    _, channel = net.shown_channel
    limit = _limit(net)
    grids = [
        Grid(values[part], key=f"{key}-numbers", label=label, limit=limit, digits=2, means=words.value)
        for values, key, label in zip(net.maps(), KEYS, LABELS, strict=True)
    ]
    x, f, y = (np.round(values[part], 2) for values in net.maps())
    equal = "=" if (np.abs(x + f - y) <= 0.005 + 1e-9).all() else "≈"
    yield Beat(
        fill(
            {
                "en": "In numbers: {n} × {n} places of map {m}, where most is changed.",
                "ja": "数で見ます。{m} 番の特徴マップで、いちばん変わる {n} × {n} か所です。",
            },
            n=WINDOW, m=channel + 1,
        ),
        Row(grids[0], sign("+", "plus"), grids[1], sign(equal, "equals"), grids[2], gap=0.4),
        id="numbers",
        given=("says",),  # the size of the part was chosen
        born={f"{key}-numbers": From(key, cells=window(row, column, WINDOW)) for key in KEYS},
    )  # fmt: skip


def _limit(net: Blocks) -> float:
    return round_up(max(float(np.abs(values).max()) for values in net.maps()))


def _inside(net: Blocks, known: int) -> Table:
    """What comes in, two convolutions, the change, and the sum, the first ``known`` of the maps filled."""
    limit = _limit(net)
    grids = [
        Grid(
            values, key=key, label=label, limit=limit, means=words.value,
            mask=None if place < known else np.ones(values.shape, dtype=bool),
        )
        for place, (values, key, label) in enumerate(zip(net.maps(), KEYS, LABELS, strict=True))
    ]  # fmt: skip
    block = Block({"en": "2 convolutions", "ja": "畳み込み × 2"}, key="convolutions", role="part")
    plus = sign("+", "plus")
    return Table(
        grids[0], block, grids[1], plus, grids[2],
        Link(grids[0], block, key="to-block"), Link(block, grids[1], key="to-change"),
        Link(grids[1], plus, key="to-plus"), Link(plus, grids[2], key="to-after"),
        Link(grids[0], plus, key="shortcut", name=SHORTCUT, square=True, width=2.0, role="ink"),
        cells=[(1, 0), (1, 1), (1, 2), (1, 3), (1, 4), (1, 1), (1, 2), (1, 3), (1, 4), (0, 1)],
        gap=0.6,
    )  # fmt: skip


def _block_names(count: int) -> tuple[Words, ...]:
    return tuple(fill({"en": "block {n}", "ja": "ブロック {n}"}, n=n) for n in range(1, count + 1))


def _sizes(net: Blocks) -> Beat:
    """How large each change is, beside what comes in."""
    shares = net.shares
    return Beat(
        fill(
            {
                "en": "Each change is smaller than what came in: from {a} to {b} of it.",
                "ja": "どのブロックでも、変える量は入った値より小さく、その {a} から {b} です。",
            },
            a=percent(float(shares.min())), b=percent(float(shares.max())),
        ),
        Row(
            _output(net),
            Bars(
                shares, _block_names(len(shares)), key="shares", digits=2, limit=1.0,
                label={"en": "length of f(x) ÷ length of x", "ja": "f(x) の長さ ÷ x の長さ"},
            ),
            gap=1.0,
        ),
        id="sizes",
        born={"shares": From("change-numbers")},
    )  # fmt: skip


def _output(net: Blocks) -> Picture:
    return net.picture(net.trace, "output", "output", OUTPUT)


def _experiments(net: Blocks, shortcuts: Trace, changes: Trace) -> Iterator[Beat]:
    """Everything but the shortcuts off; then the shortcuts cut instead."""
    original = _output(net)
    yield Beat(
        fill(
            {
                "en": "Switch off what all {n} blocks compute, and leave the shortcuts. What will come out?",
                "ja": "{n} 個のブロックの計算をすべて止め、近道だけを残します。何が出るでしょう。",
            },
            n=len(net.names),
        ),
        original,
        id="guess",
        asks=True,
        chapter={"en": "Two experiments", "ja": "二つの実験"},
    )
    only = {"en": "only shortcuts", "ja": "近道だけ"}
    cut = {"en": "shortcuts cut", "ja": "近道なし"}
    left = net.picture(shortcuts, "output", "shortcuts", only)
    yield Beat(
        {"en": "A cat. Blurred, but a cat.", "ja": "猫です。ぼやけていますが、猫だとわかります。"},
        Row(original, left, gap=0.8),
        id="shortcuts",
    )
    yield Beat(
        {
            "en": "Now let them compute, and cut the shortcuts: nothing is left of it.",
            "ja": "今度は計算を戻し、近道のほうを切ります。何も残りません。",
        },
        Row(original, left, net.picture(changes, "output", "changes", cut), gap=0.8),
        id="changes",
    )


def _one_by_one(net: Blocks, without_change: Sequence[Trace], without_shortcut: Sequence[Trace]) -> Beat:
    """Each block alone without its computation (above) and without its shortcut (below)."""
    names = _block_names(len(net.names))
    above = [
        net.picture(trace, "output", f"change-{k}", name)
        for k, (trace, name) in enumerate(zip(without_change, names, strict=True))
    ]
    below = [net.picture(trace, "output", f"shortcut-{k}") for k, trace in enumerate(without_shortcut)]
    said: tuple[Words, Words] = (
        {"en": "computes nothing", "ja": "計算なし"},
        {"en": "no shortcut", "ja": "近道なし"},
    )
    titles = [Text(title, key=f"title-{row}", width=1.7) for row, title in enumerate(said)]
    cells = [(row, column) for row in range(2) for column in range(len(names) + 1)]
    return Beat(
        {
            "en": "One block at a time: without its work, little is lost. Without its shortcut, nearly all.",
            "ja": "一つずつ試します。計算がなくても、ほぼ同じ。近道がないと、ほとんど残りません。",
        },
        Table(titles[0], *above, titles[1], *below, cells=cells, gap=0.2),
        id="one-by-one",
        born={one.key: From("shortcuts") for one in above} | {one.key: From("changes") for one in below},
    )
