"""The story of an LSTM: gates decide, row by row, what its memory keeps and what is written to it.

The question: a network reads one row at a time; does it remember the first one? The moment to remember:
three pixels are filled in rows that were read long ago, and the answer turns. The end: its memory did it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Bars, Grid, Row, modify, round_up
from nnanim.marks.content import Floats
from nnanim.motions import Playback
from nnanim.stories.equations import sign
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import percent

SHOWN, ABREAST = 8, 2
"""Number of values of the memory that are written out, and of those in one line."""

WIDE = 1.6
"""How much larger the cells of the memory are drawn: it has twice as many columns as the picture."""

SECONDS, LONGER = 0.55, 1.7
"""Seconds for a row that is read, on average; how much longer one stays that changes the answer."""

WRITTEN = ("memory", "forget_gate", "candidate", "input_gate", "squashed", "output_gate", "")
"""What is written out of a row that is read."""

MEMORY = {"en": "memory", "ja": "記憶"}
OLD = {"en": "memory before", "ja": "前の記憶"}
FORGET = {"en": "forget gate", "ja": "忘却ゲート"}
CANDIDATE = {"en": "candidate", "ja": "書きこむ候補"}
INPUT = {"en": "input gate", "ja": "入力ゲート"}
OUTPUT = {"en": "output gate", "ja": "出力ゲート"}
STATE = {"en": "state", "ja": "状態"}
LEFT = {"en": "share left", "ja": "残る割合"}
CHANGE = {"en": "change of the memory", "ja": "記憶の変化"}
PICTURE = {"en": "picture", "ja": "画像"}


def lstm(trace: Trace, changed: Trace) -> Iterator[Beat]:
    """Tell how an LSTM reads a picture row by row, and what its memory is good for.

    Args:
        trace: one picture through a `nnanim.models.digits_lstm.AnswerAfterEachRow`.
        changed: the same picture with some pixels changed, so that the answer is another.

    Raises:
        UserError: a trace has no gates, or the answers are equal.
    """
    for one in (trace, changed):
        if "reader.forget_gate" not in one:
            raise UserError("lstm() wants runs through a layer 'reader' that shows its gates")
    largest = max(float(np.abs(one["reader.memory"]).max()) for one in (trace, changed))
    reading, other = (LstmReading(one, round_up(largest)) for one in (trace, changed))
    if reading.answer == other.answer:
        raise UserError(f"lstm(): the changed picture is read as {other.answer}, too; change more of it")
    yield from _question(reading)
    yield from _step(reading)
    yield _life(reading)
    yield from _fill(reading, other)


@dataclass(frozen=True)
class LstmReading:
    """One picture on its way through the network.

    Attributes:
        trace: the run of one picture.
        memory_limit: the largest |value| of a memory that is shown.
    """

    trace: Trace
    memory_limit: float

    def values(self, name: str) -> Floats:
        """(rows, …) what was recorded of the layer that reads, after each row."""
        return np.asarray(self.trace[f"reader.{name}" if name else "reader"][0], dtype=float)

    @property
    def pixels(self) -> Floats:
        """(rows, columns) ink, 0..1."""
        return np.asarray(self.trace["input"][0], dtype=float)

    @property
    def shares(self) -> Floats:
        """(rows, classes) what it would answer after each row."""
        return np.asarray(self.trace["output"][0], dtype=float)

    @property
    def answer(self) -> int:
        """What it answers after the last row."""
        return int(self.shares[-1].argmax())

    @property
    def step(self) -> int:
        """The row, after the first, at which the memory changes most."""
        return 1 + int(np.abs(np.diff(self.values("memory"), axis=0)).sum(axis=1).argmax())

    @property
    def share_left(self) -> Floats:
        """(rows, states) share of what each row wrote that is still there after the last row.

        The product of the forget gates of all rows that follow.
        """
        gates = self.values("forget_gate")
        later = np.vstack([gates[1:], np.ones(gates.shape[1])])
        return np.asarray(np.cumprod(later[::-1], axis=0, dtype=float)[::-1])

    def picture(self, row: int | None = None) -> Grid:
        """The picture, one row of it framed."""
        columns = range(self.pixels.shape[1])
        return Grid(
            self.pixels, key="picture", label=PICTURE, limit=1.0, role="grey", means=words.pixel,
            highlight=() if row is None else tuple((row, column) for column in columns),
        )  # fmt: skip

    def stage(self, picture: Grid | None = None, memory: Grid | None = None, row: int = -1) -> Row:
        """The picture, the memory and what it would answer after a row; by default after the last one."""
        parts = picture or self.picture(), memory or self.memory()
        return Row(Row(parts[0], scale=0.85), Row(parts[1], scale=WIDE), self.bars(row), gap=0.4)

    def memory(self, read: int | None = None) -> Grid:
        """The memory after each row, of which ``read`` are read."""
        values = self.values("memory")
        mask = np.zeros(values.shape, dtype=bool)
        mask[len(values) if read is None else read :] = True
        return Grid(
            values, key="memories", label=MEMORY, limit=self.memory_limit, mask=mask, means=MEMORY,
        )  # fmt: skip

    def bars(self, row: int) -> Bars:
        """What it would answer after a row."""
        shares = self.shares[row]
        return Bars(
            shares, tuple(str(digit) for digit in range(len(shares))), key="guess", percent=True, limit=1.0,
            highlight=(int(shares.argmax()),), label=words.probability,
        )  # fmt: skip


def _question(reading: LstmReading) -> Iterator[Beat]:
    """The picture; then, row by row, the memory and what it would answer."""
    yield Beat(
        {
            "en": "A network reads this row by row. Does it remember the first?",
            "ja": "一行ずつ読みます。最初の行を覚えているでしょうか。",
        },
        reading.picture(0),
        id="question",
        chapter={"en": "Reading", "ja": "読む"},
    )
    count = len(reading.pixels)
    guesses = reading.shares.argmax(axis=1)
    changes = np.append(True, np.diff(guesses) != 0)
    yield Beat(
        fill(
            {
                "en": "Each row rewrites {n} numbers, its memory, and its guess changes.",
                "ja": "一行ごとに {n} 個の数（記憶）を書きかえ、答えも変わります。",
            },
            n=reading.values("memory").shape[1],
        ),
        reading.stage(),
        motion=Playback(
            {
                "picture": [*(reading.picture(row) for row in range(count)), reading.picture()],
                "memories": [*(reading.memory(row + 1) for row in range(count)), reading.memory()],
                "guess": [*(reading.bars(row) for row in range(count)), reading.bars(-1)],
            },
            seconds=SECONDS * count,
            holds=(*np.where(changes, LONGER, 1.0).tolist(), 0.5),
        ),
        id="read",
    )


def _step(reading: LstmReading) -> Iterator[Beat]:
    """One row: what is kept, what is written, and their sum; then what is shown of it."""
    step = LstmStep(reading, reading.step)
    yield Beat(
        fill(
            {
                "en": "Row {n}: the forget gate says how much of each number stays.",
                "ja": "{n} 行目。忘却ゲートが、数をどれだけ残すか決めます。",
            },
            n=step.row + 1,
        ),
        step.memory_line(1),
        id="forget",
        chapter={"en": "Gates", "ja": "ゲート"},
        born={"before": From("memories", cells=tuple((step.row - 1, place) for place in step.shown_places))},
    )
    yield Beat(
        {
            "en": "The input gate says how much of a candidate is written.",
            "ja": "入力ゲートは、候補を書きこむ割合を決めます。",
        },
        step.memory_line(2),
        id="write",
    )
    yield Beat(
        {
            "en": "Together they are the new memory.",
            "ja": "足すと、新しい記憶になります。",
        },
        step.memory_line(3),
        id="add",
    )
    yield Beat(
        {
            "en": "The output gate lets some of it out: the state.",
            "ja": "出力ゲートを通った分が「状態」です。",
        },
        step.state_line(),
        id="output",
        born={"squashed": From("memory"), "state": From("squashed")},
    )


@dataclass(frozen=True)
class LstmStep:
    """What happens to the memory at one row.

    Attributes:
        reading: of the picture.
        row: which row, not the first.
    """

    reading: LstmReading
    row: int

    @property
    def shown_places(self) -> tuple[int, ...]:
        """Which numbers of the memory are written out: those that this row changes most."""
        before, after = (self.reading.values("memory")[row] for row in (self.row - 1, self.row))
        return tuple(sorted(np.argsort(-np.abs(after - before), kind="stable")[:SHOWN].tolist()))

    @property
    def widest(self) -> float:
        """A number as wide as any that is written out: so all cells are alike, and rows stand in line."""
        return -max(float(np.abs(self._at(name)[list(self.shown_places)]).max()) for name in WRITTEN)

    def memory_line(self, known: int) -> Row:
        """``memory before × forget gate + candidate × input gate = memory``, as far as it is known."""
        before = self.reading.values("memory")[self.row - 1]
        terms = (
            before,
            self._at("forget_gate"),
            self._at("candidate"),
            self._at("input_gate"),
            self._at("memory"),
        )
        a, f, g, i, c = (np.round(values[list(self.shown_places)], 2) for values in terms)
        equal = "=" if _is_right(a * f + g * i, c) else "≈"
        return Row(
            self._grid(OLD, "before", terms[0]), sign("×", "times-1"),
            self._grid(FORGET, "forget", terms[1]), sign("+", "plus"),
            self._grid(CANDIDATE, "candidate", terms[2], known >= 2), sign("×", "times-2"),
            self._grid(INPUT, "input", terms[3], known >= 2),
            sign(equal, "equals"), self._grid(MEMORY, "memory", terms[4], known >= 3),
            gap=0.3,
        )  # fmt: skip

    def state_line(self) -> Row:
        """``tanh(memory) × output gate = state``."""
        tanh: Words = {"en": "tanh(memory)", "ja": "tanh(記憶)"}
        squashed, gate, state = self._at("squashed"), self._at("output_gate"), self._at("")
        t, o, h = (np.round(values[list(self.shown_places)], 2) for values in (squashed, gate, state))
        return Row(
            self._grid(MEMORY, "memory", self._at("memory")), sign("→", "squash"),
            self._grid(tanh, "squashed", squashed), sign("×", "times-3"),
            self._grid(OUTPUT, "output", gate),
            sign("=" if _is_right(t * o, h) else "≈", "equals-2"), self._grid(STATE, "state", state),
            gap=0.3,
        )  # fmt: skip

    def _at(self, name: str) -> Floats:
        return np.asarray(self.reading.values(name)[self.row])

    def _grid(self, label: Words, key: str, values: Floats, known: bool = True) -> Grid:
        """The numbers that are written out, two abreast; the cells are empty while they are not known."""
        cells = values[list(self.shown_places)].reshape(-1, ABREAST)
        return Grid(
            cells, key=key, label=label, limit=self.reading.memory_limit, digits=2, means=words.value,
            mask=None if known else np.ones(cells.shape, dtype=bool), room_for=self.widest,
        )  # fmt: skip


def _is_right(computed: Floats, result: Floats) -> bool:
    """Whether numbers that are written with two decimals give what is written after the equals sign."""
    return bool((np.abs(computed - result) <= 0.005 + 1e-9).all())


def _life(reading: LstmReading) -> Beat:
    """How much of what each row wrote is left at the end, number by number."""
    left = reading.share_left
    best = int(left[0].argmax())
    return Beat(
        fill(
            {
                "en": "Of what row 1 wrote, number {n} keeps {p} to the end.",
                "ja": "一行目の書きこみは、{n} 番の数に最後まで {p} 残ります。",
            },
            n=best + 1, p=percent(float(left[0, best])),
        ),
        Row(
            reading.memory(),
            Grid(
                left, key="left", label=LEFT, means=LEFT, limit=1.0, highlight=((0, best),),
                columns=tuple(f"{n}" if n - 1 == best else "" for n in range(1, left.shape[1] + 1)),
            ),
            gap=0.5,
        ),
        born={"memories": From("memory"), "left": From("memories")},
        id="left",
    )  # fmt: skip


def _fill(reading: LstmReading, other: LstmReading) -> Iterator[Beat]:
    """Some pixels change, and with them the memory of every later row, and the answer."""
    changed = np.argwhere(reading.pixels != other.pixels)
    picture = modify(other.picture(), highlight=tuple((int(row), int(column)) for row, column in changed))
    yield Beat(
        fill(
            {
                "en": "We fill {n} pixels. Does it still say {c}?",
                "ja": "{n} 画素を塗りました。まだ「{c}」でしょうか。",
            },
            n=len(changed), c=reading.answer,
        ),
        reading.stage(picture),
        id="fill",
        chapter={"en": "What is remembered", "ja": "覚えていること"},
        focus=("picture",),
        asks=True,
    )  # fmt: skip
    difference = other.values("memory") - reading.values("memory")
    change = Grid(
        difference, key="memories", label=CHANGE, means={"en": "change", "ja": "変化"},
        limit=round_up(float(np.abs(difference).max())),
    )  # fmt: skip
    yield Beat(
        fill(
            {
                "en": "It says {c}: the memory carried the change to the end.",
                "ja": "「{c}」に変わりました。変化を、記憶が最後まで運んだのです。",
            },
            c=other.answer,
        ),
        other.stage(picture, change),
        id="answer",
    )
