"""The LSTM film: the gates are torch's, and what it says of the memory is what the run says."""

from __future__ import annotations

import numpy as np
import pytest
import shipped
import torch
from torch import nn

from nnanim import models
from nnanim.errors import UserError
from nnanim.models.lstm import LSTM
from nnanim.motions import Playback
from nnanim.stories.lstm import LstmReading, lstm


@pytest.mark.parametrize(("values", "states", "rows"), [(1, 1, 1), (3, 5, 7), (8, 16, 8)])
def test_it_is_torchs(values: int, states: int, rows: int) -> None:
    torch.manual_seed(values)
    layer = nn.LSTM(values, states, batch_first=True)
    x = torch.randn(4, rows, values)
    for ours, its in zip(LSTM.from_torch(layer)(x), layer(x), strict=True):
        torch.testing.assert_close(ours, its)


@pytest.mark.parametrize(
    "layer",
    [
        nn.LSTM(3, 4),
        nn.LSTM(3, 4, num_layers=2, batch_first=True),
        nn.LSTM(3, 4, bidirectional=True, batch_first=True),
        nn.LSTM(3, 4, proj_size=2, batch_first=True),
        nn.LSTM(3, 4, bias=False, batch_first=True),
    ],
)
def test_a_layer_that_is_more_than_one_is_refused(layer: nn.LSTM) -> None:
    with pytest.raises(UserError, match="one layer in one direction"):
        LSTM.from_torch(layer)


@pytest.fixture(scope="module")
def traces() -> list:
    return shipped.example("lstm", "en")


def test_the_answer_after_the_last_row_is_the_trained_networks(traces: list) -> None:
    trained = models.load("digits-lstm")
    for trace in traces:
        answer = trained(torch.tensor(np.asarray(trace["input"]))).detach().numpy()
        np.testing.assert_allclose(trace["output"][:, -1], answer, atol=1e-6)


def test_the_memory_is_what_stays_and_what_is_written(traces: list) -> None:
    reading = LstmReading(traces[0], 4.0)
    before = np.vstack([np.zeros(16), reading.values("memory")[:-1]])
    memory = before * reading.values("forget_gate") + reading.values("candidate") * reading.values(
        "input_gate"
    )
    np.testing.assert_allclose(reading.values("memory"), memory, atol=1e-6)


def test_what_is_left_of_a_row_is_what_the_memory_loses_without_it(traces: list) -> None:
    """Along with its gates, the memory is a sum over the rows: what each wrote, times what is left of it."""
    reading = LstmReading(traces[0], 4.0)
    written = reading.values("written")
    np.testing.assert_allclose(
        (reading.share_left * written).sum(axis=0), reading.values("memory")[-1], atol=1e-5
    )


def test_reading_stays_longer_where_the_answer_changes(traces: list) -> None:
    guesses = LstmReading(traces[0], 4.0).shares.argmax(axis=1)
    beats = {beat.id: beat for beat in lstm(*traces)}
    motion = beats["read"].motion
    assert isinstance(motion, Playback)
    held, last = np.array(motion.holds[:-1]), motion.states["guess"][-1]
    changes = np.append(True, np.diff(guesses) != 0)
    assert 1 < changes.sum() < len(changes) and held[changes].min() > held[~changes].max()
    assert last.highlight == (guesses[-1],)


def test_the_memory_changes_from_the_first_filled_row_on(traces: list) -> None:
    first = int(np.argwhere(traces[0]["input"][0] != traces[1]["input"][0])[0, 0])
    change = next(beat for beat in lstm(*traces) if beat.id == "answer")["memories"].values
    assert not change[:first].any() and (np.abs(change[first:]).max(axis=1) > 0.1).all()


def test_a_change_that_changes_nothing_is_refused(traces: list) -> None:
    with pytest.raises(UserError, match="read as 3, too"):
        list(lstm(traces[0], traces[0]))
