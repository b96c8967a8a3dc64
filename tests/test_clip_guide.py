"""The guide's training: dreams climb, a loss takes them down; the same weights, interrupted or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from nnanim import models
from nnanim.steering.crops import crops, unit
from nnanim.threads import one_thread
from nnanim.training import clip_guide, steered
from nnanim.training.clip import NUDGE, attack


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A training of four steps, of which the last two dream."""
    for name, value in {"BATCH": 4, "DREAMS": 6, "DREAMT": 4, "STEPS": 4, "AWAKE": 0.5, "ANEW": 0.5}.items():
        monkeypatch.setattr(clip_guide, name, value)


def train(folder: Path, stop: int | None = None) -> dict[str, Tensor]:
    run = clip_guide.training()
    run.folder, run.every, inner = folder, 1, run.loss

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        if step == stop:
            raise KeyboardInterrupt
        return inner(step, rng)

    run.loss = loss
    with one_thread():  # as the command trains: sums of several threads have no fixed order
        run.run()
    return run.model.state_dict()


def test_an_interrupted_guide_goes_on_to_the_same_weights_and_dreams(small: None, tmp_path: Path) -> None:
    whole = train(tmp_path / "whole")
    for stop in (1, 3):
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path / "torn", stop)
    again = train(tmp_path / "torn")
    for name, weight in whole.items():
        assert torch.equal(weight, again[name]), name


def test_the_text_encoder_stays_and_the_dreams_come_late(small: None, tmp_path: Path) -> None:
    before = clip_guide.training().model.state_dict()
    after = train(tmp_path)
    for name, weight in after.items():
        if ".text." in name:
            assert torch.equal(weight, before[name]), name
    assert not torch.equal(after["pictures"], before["pictures"])
    assert not torch.equal(after["seer.clip.image.project.weight"], before["seer.clip.image.project.weight"])


def test_a_dream_goes_up_the_slope(small: None) -> None:
    torch.manual_seed(0)
    dreamer = clip_guide.training().model
    clip, chosen = dreamer.seer.clip, torch.arange(4)

    def cosine() -> float:
        seen = clip.embed_pictures(dreamer.pictures[chosen])
        return (seen * dreamer.wishes[chosen]).sum().item()

    with torch.no_grad():
        before = cosine()
    dreamer.go_on(chosen, steps=6)
    with torch.no_grad():
        assert cosine() > before + 0.1
    assert dreamer.pictures.min() >= 0 and dreamer.pictures.max() <= 1


def test_a_dream_is_charged_for_its_own_sentence_and_for_others() -> None:
    axes = F.one_hot(torch.arange(3), 3).float()
    assert clip_guide.dream_loss(axes[:1], axes[:1], axes[2:]).item() == pytest.approx(2)
    assert clip_guide.dream_loss(axes[:1], axes[1:2], axes[:1]).item() == pytest.approx(0.6 * 0.8)
    assert clip_guide.dream_loss(axes[:1], -axes[:1], axes[2:]).item() == 0


def test_nudged_pictures_move_no_farther_than_asked() -> None:
    clip: Any = models.load("clip-robust")
    pictures, texts = torch.rand(3, 3, 64, 64), F.normalize(torch.randn(3, 128), dim=1)
    reach = torch.tensor([1.0, 2.0, 8.0]).reshape(3, 1, 1, 1)
    length = (attack(clip, pictures, texts, reach=reach) - pictures).flatten(1).norm(dim=1)
    assert (length <= reach.flatten() + 1e-4).all() and length[2] > length[0]
    assert (attack(clip, pictures, texts) - pictures).flatten(1).norm(dim=1).max() <= NUDGE + 1e-4


def test_a_crop_of_the_whole_picture_is_the_picture() -> None:
    pictures = torch.rand(2, 3, 64, 64)
    torch.testing.assert_close(crops(pictures, (1.0, 1.0), 0.0), pictures)
    near = crops(torch.ones(2, 3, 64, 64), (0.5, 1.5), 0.5)
    torch.testing.assert_close(near, torch.ones(2, 3, 64, 64))
    torch.testing.assert_close(unit(5 * torch.eye(2)), torch.eye(2))


def test_prompts_go_through_all_things() -> None:
    labels, texts = steered.prompts(32, "en")
    assert sorted(labels[:, 0].tolist()) == sorted([*range(16)] * 2) and len(set(texts)) == 32
