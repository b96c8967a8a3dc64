"""Networks that learn a table of a user's own, while they are recorded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn

from nnanim.data.table import SEED, DataTable, read_table
from nnanim.errors import UserError
from nnanim.files import quote_path
from nnanim.models.digits_classifier import DigitsClassifier
from nnanim.recording import Recorder, record
from nnanim.trace import Trace

HIDDEN, STEPS, EVERY, RATE = 5, 400, 10, 0.03
"""Hidden neurons, steps of training, steps between two snapshots, learning rate of Adam."""

PICTURE_HIDDEN, PICTURE_CLASSES = 16, 10
"""Hidden neurons of a network that reads pictures, and the maximum number of its classes."""


def learn_table(source: str | Path) -> dict[str, Trace]:
    """Train a network with one hidden layer on a table, its columns in standard deviations.

    Returns:
        ``run``: of the rows that are shown; ``test``: of all held-out rows; ``training``: the snapshots.

    Raises:
        UserError: as `read_table`.
    """
    table = read_table(source)
    learnt = table.x[table.test :]
    x = (table.x - learnt.mean(axis=0)) / np.maximum(learnt.std(axis=0), 1e-6)
    torch.manual_seed(SEED)
    net = nn.Sequential(
        nn.Linear(x.shape[1], HIDDEN),
        nn.Tanh(),
        nn.Linear(HIDDEN, len(table.class_names)),
        nn.Softmax(dim=-1),
    )
    with Recorder(net, x[table.shown_rows], every=EVERY, name=table.file, seed=SEED) as recorder:
        _train(net, table, x, recorder)
    rows = {"run": x[table.shown_rows], "test": x[: table.test]}
    runs = {key: record(net, of, name=table.file, seed=SEED) for key, of in rows.items()}
    return {**runs, "training": recorder.trace}


def learn_pictures(source: str | Path) -> tuple[DigitsClassifier, DataTable, tuple[int, int]]:
    """Train a dense network on a table whose columns are the pixels of square pictures, row by row.

    Returns:
        The network, the table with its pixels as ink from 0 to 1, and (rows, columns) of a picture.

    Raises:
        UserError: as `read_table`; the columns are no square; a pixel is negative.
    """
    table = read_table(source, PICTURE_CLASSES)
    side = round(len(table.names) ** 0.5)
    if side**2 != len(table.names) or side < 3:
        raise UserError(
            f"{quote_path(str(source))}: {len(table.names)} columns are no square picture; "
            "64 are one of 8 × 8"
        )
    if table.x.min() < 0:
        raise UserError(f"{quote_path(str(source))}: a pixel is {table.x.min():g}; ink from 0 up is wanted")
    x = table.x / max(float(table.x.max()), 1e-6)
    torch.manual_seed(SEED)
    net = DigitsClassifier(side**2, PICTURE_HIDDEN, len(table.class_names))
    _train(net, table, x)
    kept = DataTable(table.file, table.names, table.class_names, x, table.y, table.test)
    return net.eval(), kept, (side, side)


def _train(net: nn.Module, table: DataTable, x: np.ndarray, recorder: Recorder | None = None) -> None:
    """Train on the rows that are not held out; the network ends in a softmax."""
    learnt, classes = torch.from_numpy(x[table.test :]), torch.from_numpy(table.y[table.test :])
    optimizer = torch.optim.Adam(net.parameters(), lr=RATE)
    for _ in range(STEPS):
        loss = nn.functional.nll_loss(net(learnt).clamp_min(1e-12).log(), classes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if recorder is not None:
            recorder.snapshot(loss=loss)
