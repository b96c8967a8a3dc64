"""The dropout film: the mask is the run's own, and dropout is torch's."""

from __future__ import annotations

import numpy as np
import pytest
import shipped
import torch

from nnanim import record
from nnanim.errors import UserError
from nnanim.models.dropout import Dropout
from nnanim.stories.dropout import dropout


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.9])
def test_dropout_is_torchs(p: float) -> None:
    x = torch.linspace(-3, 3, 400).reshape(20, 20)
    torch.manual_seed(3)
    ours = Dropout(p)(x)
    torch.manual_seed(3)
    torch.testing.assert_close(ours, torch.nn.functional.dropout(x, p))
    torch.testing.assert_close(Dropout(p).eval()(x), x)


@pytest.mark.parametrize("p", [-0.1, 1.0, 7])
def test_a_probability_that_cannot_be_is_refused(p: float) -> None:
    with pytest.raises(UserError, match=f"dropout with p={p}; it must be at least 0 and below 1"):
        Dropout(p)


def test_the_film_shows_the_masks_of_its_runs() -> None:
    example = shipped.example("dropout", "en")
    runs = [trace for name, trace in example.items() if name.startswith("seed")]
    beats = {beat.id: beat for beat in dropout(example["eval"], runs, example["many"])}
    for number, run in enumerate(runs, start=1):
        units = beats[f"run-{number}"][f"hidden-{number}"]
        mask = run["dropout.mask"][0]
        assert units.lit == tuple(mask == 1) and 0 < mask.sum() < mask.size
        np.testing.assert_allclose(units.values, run["activation"][0] * mask / 0.5, rtol=1e-6)
    assert len({beats[f"run-{number}"][f"hidden-{number}"].lit for number in (1, 2, 3)}) == 3
    mean, plain = beats["average"]["average"].y
    assert mean[-1] == pytest.approx(example["many"]["output"].mean(axis=0)[2], rel=1e-6)
    assert abs(mean[-1] - plain[-1]) < abs(mean[0] - plain[0])


def test_runs_in_eval_mode_are_refused() -> None:
    network = torch.nn.Sequential()
    network.add_module("activation", torch.nn.ReLU())
    network.add_module("dropout", Dropout())
    network.add_module("answer", torch.nn.Linear(3, 2))
    trace = record(network.eval(), torch.ones(1, 3))
    with pytest.raises(UserError, match="wants runs in training mode"):
        next(dropout(trace, [trace], trace))
