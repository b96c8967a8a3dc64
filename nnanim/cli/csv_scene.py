"""A scene about a table of a user's own: a network with one hidden layer learns its last column."""

from __future__ import annotations

from nnanim.data.table import read_table

TEMPLATE = '''"""A network learns the last column of {file}.

Render it with: nnanim movie {stem}.py -ql
"""

import csv
from pathlib import Path

import numpy as np

from nnanim.movie import StoryScene
from nnanim.recording import Recorder, record
from nnanim.stories.held_out import tell_test
from nnanim.stories.perceptron import Subject, perceptron
from nnanim.words import fill
from nnanim.words.numerals import chosen_number

DATA = Path(__file__).parent / {path!r}
NAMES, CLASSES = {names!r}, {classes!r}
HIDDEN, STEPS, EVERY, SEED = 5, 400, 10, 0  # neurons, steps of training, steps between snapshots, seed
TEST = {test}  # rows that the network does not learn from
SHOWN = {shown}  # of them, in the film: the first of each class


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
        with Recorder(net, x[SHOWN], every=EVERY) as recorder:
            for _ in range(STEPS):
                loss = nn.functional.nll_loss(net(learnt).log(), classes)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                recorder.snapshot(loss=loss)
        run = record(net, x[SHOWN], name=DATA.name, seed=SEED)
        test = record(net, x[:TEST], name=DATA.name, seed=SEED)
        return {{"run": run, "test": test, "training": recorder.trace}}

    def story(self, runs):
        y = self.read()[1]
        subject = Subject(
            names=NAMES,
            classes=CLASSES,
            truth=y[SHOWN].tolist(),
            question=fill(
                {{
                    "en": "{{columns}} columns, {{kinds}} classes. "
                    "{{rest}} rows to learn from, {{test}} to test. "
                    "Numbers are in standard deviations from the mean.",
                    "ja": "{{columns}} 列から {{kinds}} クラスへ。学習に {{rest}} 行、テストに {{test}} 行。"
                    "数は平均からの差で、単位は標準偏差です。",
                }},
                columns=chosen_number(len(NAMES)),
                kinds=chosen_number(len(CLASSES)),
                rest=chosen_number(len(y) - TEST),
                test=chosen_number(TEST),
            ),
        )
        yield from perceptron(runs["run"], subject, training=runs["training"])
        yield tell_test(runs["test"], CLASSES, y[:TEST], source="y")
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
    table = read_table(source)
    return TEMPLATE.format(
        file=table.file, path=source, stem=stem, kind=kind, names=list(table.names),
        classes=list(table.class_names), test=table.test, shown=table.shown_rows,
    )  # fmt: skip
