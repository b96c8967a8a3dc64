"""The GAN: a style tells every layer, the same training torn or whole, and words that steer it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from nnanim import models, steering
from nnanim.data import world
from nnanim.errors import UserError
from nnanim.models import cards
from nnanim.models.style_generator import TOLD, StyledConv, StyleGenerator
from nnanim.steering.gan import Styles
from nnanim.steering.guide import WorldGuide
from nnanim.steering.record_gan import COLUMNS, ROWS, mix_styles
from nnanim.threads import one_thread
from nnanim.training import gan

STEERED = ("clip-guide", "codebook", "world-gan", "small-clip", "magic-word")
"""Models and recordings that steering and its films brought."""


@pytest.fixture
def generator() -> StyleGenerator:
    found: Any = models.load("world-gan")
    return found


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A training of three steps on few latents."""
    rows = world.sample(40, np.random.default_rng(0))
    few = rows, torch.randn(len(rows), 4, 8, 8, generator=torch.Generator().manual_seed(0))
    for name, value in {"BATCH": 4, "STEPS": 3, "latents": lambda kind: few}.items():
        monkeypatch.setattr(gan, name, value)


def train(folder: Path, stop: int | None = None) -> dict[str, Tensor]:
    run = gan.training()
    run.folder, run.every, inner = folder, 1, run.loss

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        if step == stop:
            raise KeyboardInterrupt
        return inner(step, rng)

    run.loss = loss
    with one_thread():  # as the command trains: sums of several threads have no fixed order
        run.run()
    return run.model.state_dict()


def test_an_interrupted_gan_goes_on_to_the_same_weights(small: None, tmp_path: Path) -> None:
    before, whole = gan.training().model.state_dict(), train(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "torn", 2)
    again = train(tmp_path / "torn")
    for name, weight in whole.items():
        assert torch.equal(weight, again[name]), name
    for part in ("generator.constant", "critic.verdicts.0.weight", "critic.names.1.weight"):
        assert not torch.equal(before[part], whole[part]), part


def test_the_generator_learns_nothing_from_the_critics_loss() -> None:
    rivals, labels = gan.Rivals(), torch.zeros(3, len(TOLD), dtype=torch.long)
    maps = [torch.randn(3, wide, side, side) for wide, side in ((64, 8), (128, 4), (128, 4))]
    drawn = [one.clone().requires_grad_() for one in maps]
    loss, of_real = gan.critic_loss(rivals.critic, maps, drawn, labels)
    loss.backward()
    assert all(one.grad is None for one in drawn) and rivals.critic.verdicts[0].weight.grad is not None
    rivals.critic.zero_grad(set_to_none=True)
    gan.generator_loss(rivals.critic, drawn, labels, of_real).backward()
    assert all(one.grad is not None and one.grad.abs().sum() > 0 for one in drawn)
    assert all(weight.grad is None for weight in rivals.critic.parameters())


def test_a_styled_convolution_is_one_with_weights_for_each_picture() -> None:
    torch.manual_seed(0)
    conv, x, style = StyledConv(5, 3, 7), torch.randn(2, 5, 4, 4), torch.randn(2, 7)
    weight = conv.weight * conv.gain * conv.strength(style)[:, None, :, None, None]
    weight = weight * (weight.square().sum((2, 3, 4), keepdim=True) + 1e-8).rsqrt()
    wanted = torch.cat([F.conv2d(one[None], own, padding=1) for one, own in zip(x, weight, strict=True)])
    torch.testing.assert_close(conv(x, style), wanted + conv.bias[:, None, None], atol=1e-5, rtol=1e-4)


def test_the_gan_paints_what_it_is_told(generator: StyleGenerator) -> None:
    card, found = models.card("world-gan"), gan.measure(generator, 32)
    assert card.figures["thing"] >= 0.5 and found["thing"] >= 0.5
    assert found.keys() == card.figures.keys()


def test_mixed_pictures_have_two_styles() -> None:
    styles = Styles()
    found = mix_styles(styles, 3)
    assert found["gan.mixed"].shape == (ROWS, COLUMNS, 64, 64, 3)
    again = styles.paint([torch.from_numpy(found["gan.style"]).expand(1, styles.generator.LAYERS, -1)])
    np.testing.assert_allclose(again[0].permute(1, 2, 0).detach(), found["gan.picture"], atol=1e-5)
    assert np.abs(found["gan.mixed"][0] - found["gan.rows"][0]).max() > 0.1


def test_words_steer_the_styles() -> None:
    guide = WorldGuide()
    walk = list(steering.steer("a large red heart, in the snow", "gan", guide=guide, steps=6))
    assert walk[0].parameters[0].shape == (5, 128) and walk[-1].cosine > walk[0].cosine
    apart = np.ptp(walk[-1].parameters[0], axis=0)
    assert apart.max() > 0 and not np.ptp(walk[0].parameters[0], axis=0).any()
    with pytest.raises(UserError, match="begins with random styles"):
        list(steering.steer("a red heart", "gan", init_image=walk[0].picture, steps=1))


def test_all_that_steering_brought_is_no_more_than_four_megabytes() -> None:
    files = [path for path in cards.WEIGHTS.iterdir() if path.name.partition(".")[0] in STEERED]
    assert {path.name.partition(".")[0] for path in files} == set(STEERED)
    assert sum(path.stat().st_size for path in files) <= 4_000_000
