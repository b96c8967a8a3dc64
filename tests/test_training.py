"""The training loop: the same curve, interrupted or not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nnanim.errors import UserError
from nnanim.training.digits_classifier import pictures as digit_pictures
from nnanim.training.loop import Run


def line(folder: Path, seed: int = 0) -> Run:
    torch.manual_seed(seed)
    model = nn.Linear(2, 1)

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        x = torch.from_numpy(rng.normal(size=(16, 2))).float()
        return (model(x + 0.01 * torch.randn_like(x)) - x.sum(1, keepdim=True)).square().mean()

    return Run("line", model, loss, 60, rate=0.05, seed=seed, warm_up=5, average=0.9, every=20, folder=folder)


class Stopped(Exception):
    pass


def test_an_interrupted_training_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    whole = line(tmp_path / "whole")
    expected = whole.run().state_dict()
    broken = line(tmp_path / "broken")
    inner = broken.loss

    def stopping(step: int, rng: np.random.Generator) -> Tensor:
        if step == 33:
            raise Stopped
        return inner(step, rng)

    broken.loss = stopping
    with pytest.raises(Stopped):
        broken.run()
    resumed = line(tmp_path / "broken")
    found = resumed.run().state_dict()
    for name, weight in expected.items():
        assert torch.equal(found[name], weight)
    assert resumed.curve == whole.curve


def test_a_finished_training_is_not_run_again(tmp_path: Path) -> None:
    expected = line(tmp_path).run().state_dict()
    again = line(tmp_path)
    again.loss = lambda step, rng: pytest.fail("trained again")
    assert all(torch.equal(weight, expected[name]) for name, weight in again.run().state_dict().items())


def test_the_loop_learns(tmp_path: Path) -> None:
    run = line(tmp_path)
    run.run()
    assert run.curve[-1][1] < 0.2 * run.curve[0][1]


def test_damaged_or_other_checkpoints_are_told(tmp_path: Path) -> None:
    line(tmp_path).run()
    with pytest.raises(UserError, match="made with seed 0, not 1"):
        line(tmp_path, seed=1).run()
    (tmp_path / "line.pt").write_bytes(b"nothing")
    with pytest.raises(UserError, match="remove it to begin anew"):
        line(tmp_path).run()


def test_a_loss_that_is_no_number_stops_the_training(tmp_path: Path) -> None:
    run = line(tmp_path)
    run.loss = lambda step, rng: torch.tensor(float("nan"))
    with pytest.raises(UserError, match="line went wrong at step 0: the loss is nan"):
        run.run()


def test_iris_training_repeats_its_card() -> None:
    from nnanim import models
    from nnanim.training import iris

    _, trace = iris.train()
    assert float(trace["held_out_accuracy"][-1]) == pytest.approx(
        models.card(iris.NAME).figures["held_out_accuracy"], abs=0.04
    )
    assert float(trace["held_out_accuracy"][-1]) >= 0.93


def test_digit_pictures_are_ink() -> None:
    x, y = digit_pictures(np.arange(10))
    assert x.shape == (10, 64) and float(x.max()) <= 1 and y.tolist() == list(range(10))


def test_worse_figures_are_found() -> None:
    from nnanim import models
    from nnanim.training import quality

    known = models.card("iris-2-3-1")
    assert quality.worse(known, dict(known.figures)) == []
    lost = {**known.figures, "held_out_accuracy": 0.8, "loss": 0.5}
    found = quality.worse(known, lost)
    assert [line.split(" is ")[0] for line in found] == ["iris-2-3-1: loss", "iris-2-3-1: held_out_accuracy"]
    better = {**known.figures, "held_out_accuracy": 1.0, "loss": 0.01}
    assert quality.worse(known, better) == []


def test_the_quality_page_names_every_model() -> None:
    from nnanim import models
    from nnanim.training import quality

    cards = [models.card(name) for name in models.names()]
    written = quality.page(cards, [quality.DOCS / "quality" / "world.png"])
    assert all(f"## {name}" in written for name in models.names())
    assert "![world](quality/world.png)" in written


def test_sheets_wrap_words_in_both_languages(tmp_path: Path) -> None:
    from PIL import Image, ImageFont

    from nnanim.training import sheets

    font = ImageFont.truetype(str(sheets.FONT), 11)
    english = sheets.wrapped("a large purple unicorn, on the left, at night, neon", font)
    assert len(english) == 3 and " ".join(english) == "a large purple unicorn, on the left, at night, neon"
    japanese = sheets.wrapped("大きな紫のユニコーン、左側、夜、ネオン", font)
    assert "".join(japanese) == "大きな紫のユニコーン、左側、夜、ネオン"
    assert not any(line.startswith("、") for line in japanese)
    path = sheets.sheet(torch.rand(3, 3, 64, 64), ["one", "two", "三"], tmp_path / "sheet.png", columns=2)
    with Image.open(path) as picture:
        assert picture.size == (2 * (sheets.SIDE + 8) + 8, 2 * (sheets.SIDE + 3 * 14 + 10) + 8)
