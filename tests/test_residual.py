"""The residual film: closing a way closes it, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import shipped
import torch
from torch import nn

from nnanim.errors import UserError
from nnanim.models.residual import open_ways
from nnanim.models.world_vae import Residual
from nnanim.stories.residual import residual


@pytest.fixture
def net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(Residual(8), nn.Tanh(), Residual(8))


X = torch.linspace(-1, 1, 8 * 5 * 5).reshape(1, 8, 5, 5)


def test_open_ways_change_nothing(net: nn.Module) -> None:
    torch.testing.assert_close(open_ways(net)(X), net(X), rtol=0, atol=0)


def test_a_closed_way_is_closed_in_its_block_alone(net: nn.Module) -> None:
    first, tanh, second = net
    torch.testing.assert_close(open_ways(net, shortcuts=[1])(X), second(tanh(first.change(X))))
    torch.testing.assert_close(open_ways(net, changes=[0])(X), tanh(first(X)))
    torch.testing.assert_close(open_ways(net, changes=())(X), tanh(X))
    torch.testing.assert_close(net(X), second(tanh(first(X))))  # the model itself stays


def test_every_block_needs_its_runs() -> None:
    runs = shipped.example("residual", "en")
    with pytest.raises(UserError, match="7 blocks for 6 runs without a change and 7"):
        list(
            residual(
                runs["whole"], runs["shortcuts"], runs["changes"], runs["without change"][1:],
                runs["without shortcut"],
            )
        )  # fmt: skip


def test_the_pictures_are_those_of_the_runs() -> None:
    source, runs = shipped.scene("residual", "en"), shipped.example("residual", "en")
    beats = {beat.id: beat for beat in source.story(runs)}
    for key, run in [("shortcuts", runs["shortcuts"]), ("changes", runs["changes"])]:
        np.testing.assert_allclose(beats["changes"][key].pixels, run["output"][0].transpose(1, 2, 0))
    for kind in ("change", "shortcut"):
        for k, run in enumerate(runs[f"without {kind}"]):
            shown = beats["one-by-one"][f"{kind}-{k}"].pixels
            np.testing.assert_allclose(shown, run["output"][0].transpose(1, 2, 0))
