"""A scene about a table of a user's own: a network with one hidden layer learns its last column."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

from nnanim.errors import UserError, quote
from nnanim.files import quote_path, read_text

MAX_CLASSES = 8
"""Maximum number of classes that a film can show beside each other."""

LEAST = 10
"""Fewer rows than that are too few to learn from and to test with."""

TEMPLATE = '''"""A network learns the last column of {file}.

Render it with: nnanim movie {stem}.py -ql
"""

import csv
from pathlib import Path

import numpy as np

from nnanim.movie import StoryScene
from nnanim.recording import Recorder, record
from nnanim.stories.perceptron import Subject, perceptron

DATA = Path(__file__).parent / {path!r}
NAMES, CLASSES = {names!r}, {classes!r}
HIDDEN, STEPS, EVERY, SEED = 5, 400, 10, 0  # neurons, steps of training, steps between snapshots, seed
TEST = {test}  # rows that the network does not learn from
SHOWN = 3  # of them, in the film


class {kind}(StoryScene):
    title = {{"en": {file!r}, "ja": {file!r}}}

    def read(self):
        with DATA.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if row][1:]
        x = np.array([[float(one) for one in row[:-1]] for row in rows], dtype=np.float32)
        y = np.array([CLASSES.index(row[-1].strip()) for row in rows])
        order = np.random.default_rng(SEED).permutation(len(x))
        x, y = x[order], y[order]
        return (x - x[TEST:].mean(axis=0)) / np.maximum(x[TEST:].std(axis=0), 1e-6), y  # in deviations

    def example(self):
        import torch
        from torch import nn

        x, y = self.read()
        torch.manual_seed(SEED)
        net = nn.Sequential(
            nn.Linear(len(NAMES), HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, len(CLASSES)), nn.Softmax(dim=-1)
        )
        learnt, classes = torch.from_numpy(x[TEST:]), torch.from_numpy(y[TEST:])
        optimizer = torch.optim.Adam(net.parameters(), lr=0.03)
        with Recorder(net, x[:SHOWN], every=EVERY) as recorder:
            for _ in range(STEPS):
                loss = nn.functional.nll_loss(net(learnt).log(), classes)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                recorder.snapshot(loss=loss)
        return {{"run": record(net, x[:SHOWN], name=DATA.name, seed=SEED), "training": recorder.trace}}

    def story(self, runs):
        subject = Subject(
            names=NAMES,
            classes=CLASSES,
            unit="σ",  # of each column, in standard deviations from its mean
            truth=[int(one) for one in self.read()[1][:SHOWN]],
            question={{
                "en": "{columns} columns, {kinds} classes. "
                "{rest} rows to learn from, {test} to test. Which class?",
                "ja": "{columns} 列から {kinds} クラスへ。学習に {rest} 行、テストに {test} 行。どのクラスでしょう。",
            }},
        )
        return perceptron(runs["run"], subject, training=runs["training"])
'''


def write_scene(source: str, stem: str, kind: str) -> str:
    """The text of a scene that learns the last column of a CSV file.

    Args:
        source: where the file lies.
        stem: name of the scene's file, without its suffix.
        kind: name of its class.

    Raises:
        UserError: no such file; it has no header, too few rows or columns, a value that is no number, or a
            last column with one class or too many.
    """
    where = quote_path(source)
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
    classes = sorted({row[-1].strip() for row in body})
    if not 2 <= len(classes) <= MAX_CLASSES:
        raise UserError(
            f"{where}: the last column, {quote(header[-1])}, has {len(classes)} classes; "
            f"2 to {MAX_CLASSES} wanted"
        )
    test = max(len(body) // 5, 3)
    return TEMPLATE.format(
        file=Path(source).name, path=source, stem=stem, kind=kind, names=header[:-1], classes=classes,
        columns=len(header) - 1, kinds=len(classes), rest=len(body) - test, test=test,
    )  # fmt: skip


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
