"""A table of a user's own: columns of numbers, and a class at the end of each row."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nnanim.errors import UserError, quote
from nnanim.files import quote_path, read_text
from nnanim.words import Words, fill
from nnanim.words.numerals import chosen_number

MAX_CLASSES = 8
"""Maximum number of classes that a film can show beside each other."""

LEAST = 10
"""Fewer rows than that are too few to learn from and to test with."""

SEED = 0
"""Of the order in which rows are learnt from, or held out."""

SPLIT = {
    "en": "{columns} columns, {kinds} classes. {rest} rows to learn from, {test} to test. Which class?",
    "ja": "{columns} 列から {kinds} クラスへ。学習に {rest} 行、テストに {test} 行。どのクラスでしょう。",
}

SCALED = {
    "en": "{columns} columns, {kinds} classes. {rest} rows to learn from, {test} to test. "
    "Numbers are in standard deviations from the mean.",
    "ja": "{columns} 列から {kinds} クラスへ。学習に {rest} 行、テストに {test} 行。"
    "数は平均からの差で、単位は標準偏差です。",
}


@dataclass(frozen=True)
class DataTable:
    """A table that a network can learn.

    Attributes:
        file: name of its file.
        names: of the columns of numbers.
        class_names: in the order of their names.
        x: (rows, columns) the numbers, in an order that was drawn at random, the same at every call.
        y: (rows,) index of each row's class.
        test: how many rows, the first ones, are held out.
    """

    file: str
    names: tuple[str, ...]
    class_names: tuple[str, ...]
    x: NDArray[np.float32]
    y: NDArray[np.int64]
    test: int

    @property
    def split(self) -> Words:
        """How many columns, classes and rows there are, as a sentence."""
        return self._say(SPLIT)

    @property
    def split_and_unit(self) -> Words:
        """The same, of columns that are brought to standard deviations."""
        return self._say(SCALED)

    @property
    def shown_rows(self) -> list[int]:
        """The first held-out row of each class that has one, in the order of the rows."""
        held = self.y[: self.test].tolist()
        return sorted(held.index(kind) for kind in set(held))

    def _say(self, sentence: dict[str, str]) -> Words:
        sizes = len(self.names), len(self.class_names), len(self.x) - self.test, self.test
        columns, kinds, rest, test = map(chosen_number, sizes)
        return fill(sentence, columns=columns, kinds=kinds, rest=rest, test=test)


def read_table(source: str | Path, classes: int = MAX_CLASSES) -> DataTable:
    """Read a CSV file with a header, whose last column is the class.

    Args:
        source: where it lies.
        classes: maximum number of classes.

    Raises:
        UserError: no such file; it has no header, too few rows or columns, a value that is no number, or a
            last column with one class or too many.
    """
    where = quote_path(str(source))
    first, *_ = [*read_text(source).splitlines(), ""]
    if first.count(";") > first.count(","):
        raise UserError(
            f"{where}: semicolons stand between its columns; write commas there, and points in its numbers"
        )
    rows = [row for row in csv.reader(io.StringIO(read_text(source).lstrip("\ufeff"))) if row]
    if len(rows) < LEAST + 1 or len(rows[0]) < 2:
        raise UserError(
            f"{where}: a header and {LEAST} rows at least are wanted, of numbers and a class at the end"
        )
    header, body = [one.strip() for one in rows[0]], rows[1:]
    for number, row in enumerate(body, start=2):
        if len(row) != len(header):
            raise UserError(f"{where}, row {number}: {len(row)} columns, the header has {len(header)}")
        for name, value in zip(header[:-1], row, strict=False):
            if not _is_number(value):
                raise UserError(f"{where}, row {number}, column {quote(name)}: {quote(value)} is no number")
    kinds = sorted({row[-1].strip() for row in body})
    if not 2 <= len(kinds) <= classes:
        raise UserError(
            f"{where}: the last column, {quote(header[-1])}, has {len(kinds)} classes; 2 to {classes} wanted"
        )
    order = np.random.default_rng(SEED).permutation(len(body))
    x = np.array([[float(one) for one in body[i][:-1]] for i in order], dtype=np.float32)
    y = np.array([kinds.index(body[i][-1].strip()) for i in order])
    return DataTable(Path(source).name, tuple(header[:-1]), tuple(kinds), x, y, max(len(body) // 5, 3))


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
