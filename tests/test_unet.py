"""The U-Net film: one step by itself is what the painter does, and shortcuts can be closed."""

from __future__ import annotations

import numpy as np
import pytest
import shipped
import torch

from nnanim.models.one_step import OneStep
from nnanim.models.painter import Painter
from nnanim.models.samplers import predict_x0_eps
from nnanim.stories.unet import unet


@pytest.fixture(scope="module")
def runs() -> dict:
    return shipped.example("unet", "en")


def test_one_step_is_what_the_painters_network_gives(runs: dict) -> None:
    step, net = runs["step"], runs["net"]
    noisy, time = (torch.tensor(np.asarray(step[name])) for name in ("input", "input[1]"))
    clean, noise = predict_x0_eps(noisy, torch.tensor(np.asarray(net["output"])), time)
    np.testing.assert_allclose(step["latents"], clean.numpy(), atol=1e-5)
    np.testing.assert_allclose(step["noise"], noise.numpy(), atol=1e-5)


def test_without_shortcuts_the_way_up_reads_zeros_and_the_painter_stays_whole(runs: dict) -> None:
    painter = Painter.load()
    cut = OneStep(painter, shortcuts=False)
    assert painter.unet.shortcuts and not cut.unet.shortcuts
    seen = []
    handle = cut.unet.up_block.register_forward_pre_hook(lambda module, given: seen.append(given[0]))
    condition = painter.condition(["a star"])
    cut(torch.zeros(1, 4, 8, 8), torch.tensor([0.5]), condition)
    handle.remove()
    half = seen[0].shape[1] // 2
    assert bool((seen[0][:, half:] == 0).all()) and not bool((seen[0][:, :half] == 0).all())


def test_the_guess_is_better_with_shortcuts(runs: dict) -> None:
    errors = [float(((runs[name]["noise"][0] - runs["noise"]) ** 2).mean()) for name in ("step", "cut")]
    assert errors[1] > 2 * errors[0]
    picture = np.zeros((64, 64, 3))
    beat = list(unet(runs["net"], runs["step"], runs["cut"], runs["noise"], picture))[-1]
    np.testing.assert_allclose(beat["errors"].values, errors)
