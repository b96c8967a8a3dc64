"""The training loop: the same curve, interrupted or not."""

from __future__ import annotations

import math
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from torch import Tensor, nn

from nnanim import models
from nnanim.errors import UserError
from nnanim.models import cards
from nnanim.training import __main__ as training
from nnanim.training import loop, registry, speed
from nnanim.training.digits_classifier import pictures as digit_pictures
from nnanim.training.loop import TrainingRun
from nnanim.training.publish import publish


def line(folder: Path, seed: int = 0) -> TrainingRun:
    torch.manual_seed(seed)
    model = nn.Linear(2, 1)

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        x = torch.from_numpy(rng.normal(size=(16, 2))).float()
        return (model(x + 0.01 * torch.randn_like(x)) - x.sum(1, keepdim=True)).square().mean()

    return TrainingRun(
        "line", model, loss, 60, rate=0.05, seed=seed, warm_up=5, average=0.9, every=20, folder=folder
    )


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


def test_snapshots_are_the_same_interrupted_or_not(tmp_path: Path) -> None:
    def recorded(folder: str) -> TrainingRun:
        run = line(tmp_path / folder)
        run.snapshot_steps = (0, 10, 25, 40, 60)
        run.take_snapshot = lambda model: {"weight": model.weight.clone()}
        return run

    whole = recorded("whole")
    whole.run()
    assert tuple(whole.snapshots) == whole.snapshot_steps
    assert not torch.equal(whole.snapshots[0]["weight"], whole.snapshots[10]["weight"])
    broken = recorded("broken")
    inner = broken.loss

    def stopping(step: int, rng: np.random.Generator) -> Tensor:
        if step == 33:
            raise Stopped
        return inner(step, rng)

    broken.loss = stopping
    with pytest.raises(Stopped):
        broken.run()
    for again in (recorded("broken"), recorded("broken")):  # the second one finds the training finished
        model = again.run()
        assert tuple(again.snapshots) == whole.snapshot_steps
        for step, found in again.snapshots.items():
            assert torch.equal(found["weight"], whole.snapshots[step]["weight"])
    assert torch.equal(again.snapshots[60]["weight"], model.weight)


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
    longer = line(tmp_path)
    longer.steps = 80
    with pytest.raises(UserError, match="made with 60 steps in mind, not 80; remove it"):
        longer.run()
    other = line(tmp_path)
    other.inputs = {"judge": "1a"}
    with pytest.raises(UserError, match="made with another judge; remove it"):
        other.run()
    (tmp_path / "line.pt").write_bytes(b"nothing")
    with pytest.raises(UserError, match="remove it to begin anew"):
        line(tmp_path).run()


def test_a_loss_that_is_no_number_stops_the_training(tmp_path: Path) -> None:
    run = line(tmp_path)
    run.loss = lambda step, rng: torch.tensor(float("nan"))
    with pytest.raises(UserError, match="line went wrong at step 0: the loss is nan"):
        run.run()


def test_iris_training_repeats_its_card() -> None:
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
    from nnanim.training import quality

    known = models.card("iris-2-3-1")
    assert quality.worse(known, dict(known.figures)) == []
    lost = {**known.figures, "held_out_accuracy": 0.8, "loss": 0.5}
    found = quality.worse(known, lost)
    assert [line.split(" is ")[0] for line in found] == ["iris-2-3-1: loss", "iris-2-3-1: held_out_accuracy"]
    better = {**known.figures, "held_out_accuracy": 1.0, "loss": 0.01}
    assert quality.worse(known, better) == []


def test_the_quality_page_names_every_model() -> None:
    from nnanim.training import quality

    cards = [models.card(name) for name in models.names()]
    written = quality.page(cards, [quality.DOCS / "quality" / "world.png"])
    assert all(f"## {name}" in written for name in models.names())
    assert "![world](quality/world.png)" in written


def test_quality_is_checked_of_the_models_that_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from nnanim.training import quality

    known = dict(models.card("clip").figures)
    monkeypatch.setattr(quality, "measure", lambda name: known if name == "clip" else pytest.fail(name))
    run = CliRunner()
    result = run.invoke(quality.main, ["clip", "--check"])
    assert result.exit_code == 0 and "as good as the cards say" in result.output
    known["one.en.recall@1"] = 0.5
    result = run.invoke(quality.main, ["clip", "--check"])
    assert isinstance(result.exception, UserError)
    assert str(result.exception).startswith("clip: one.en.recall@1 is 0.5, the card says")


def test_a_sheet_has_room_for_pictures_and_words(tmp_path: Path) -> None:
    from PIL import Image

    from nnanim.training import sheets

    path = sheets.sheet(torch.rand(3, 3, 64, 64), ["one", "two", "三"], tmp_path / "sheet.png", columns=2)
    with Image.open(path) as picture:
        assert picture.size == (2 * (sheets.SIDE + 8) + 8, 2 * (sheets.SIDE + 3 * 14 + 10) + 8)


def test_every_model_has_a_training_behind_those_it_needs() -> None:
    assert set(models.names()) == {*registry.TRAININGS, "digits-autoencoder"}
    names = list(registry.TRAININGS)
    for name, one in registry.TRAININGS.items():
        assert all(names.index(needed) < names.index(name) for needed in one.needs)
        command = ["python", "-m", f"nnanim.training.{one.module}", *one.arguments]
        assert models.card(name).command == " ".join(command)
    assert registry.sort_by_need(("clip", "text-encoder")) == ("text-encoder", "clip")
    with pytest.raises(UserError, match=r"no training 'jugde'; nearest: 'judge'"):
        registry.sort_by_need(("jugde",))


def test_weights_can_be_kept_beside_the_shipped_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = cards.WEIGHTS
    monkeypatch.setattr(cards, "WEIGHTS", shipped)  # put back in the end
    registry.keep_weights_in(tmp_path / "side")
    assert models.names() == tuple(
        sorted(path.name.removesuffix(".card.json") for path in shipped.glob("*.card.json"))
    )
    path = publish(nn.Linear(2, 1), "iris-2-3-1", **told("iris-2-3-1")).weights
    assert path.parent == tmp_path / "side"
    assert path.read_bytes() != (shipped / path.name).read_bytes()


def told(name: str) -> dict[str, Any]:
    """What a training tells ``publish`` about a model, from its card."""
    fields = asdict(models.card(name))
    return {key: fields[key] for key in ("title", "arguments", "data", "licence", "seed",
                                         "minutes", "figures")}  # fmt: skip


def test_every_card_names_the_command_that_trains_it() -> None:
    for name in models.names():
        assert models.card(name).command == registry.find_command(name)


def test_how_far_a_training_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "WEIGHTS", cards.WEIGHTS)
    monkeypatch.setattr(loop, "FOLDER", tmp_path / "checkpoints")
    registry.keep_weights_in(tmp_path / "side")
    assert registry.state("clip") == "from the start"
    loop.FOLDER.mkdir()
    torch.save({"step": 300}, registry.checkpoint("clip"))
    assert registry.state("clip") == "300/500 steps"
    torch.save({"step": 500}, registry.checkpoint("clip"))
    os.utime(registry.checkpoint("clip"), (1000, 1000))
    for at, name in ((900, "text-encoder"), (1100, "clip")):
        os.utime(cards.weights_path(name), (at, at))
    assert registry.state("clip") == registry.TRAINED
    os.utime(cards.weights_path("text-encoder"), (1200, 1200))
    assert registry.state("clip") == "trained, not measured"
    registry.forget("clip")
    assert registry.state("clip") == "from the start"


def test_all_are_trained_by_one_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "WEIGHTS", cards.WEIGHTS)
    monkeypatch.setattr(loop, "FOLDER", tmp_path / "checkpoints")
    trained: list[str] = []
    monkeypatch.setattr(registry, "train", trained.append)
    run = CliRunner()
    result = run.invoke(training.main, ["clip", "text-encoder", "--out", str(tmp_path / "side")])
    assert result.exit_code == 0, result.output
    assert trained == ["text-encoder", "clip"]
    assert "2/2 clip: about" in result.output
    listed = run.invoke(training.main, ["--list"])
    assert listed.exit_code == 0 and all(name in listed.output for name in registry.TRAININGS)
    assert trained == ["text-encoder", "clip"]


def test_what_is_too_slow_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[int] = []
    assert speed.seconds(lambda: calls.append(1), tries=3) >= 0
    assert len(calls) == 4
    monkeypatch.setattr(speed, "timings", lambda: {"load a": (0.5, 1.0), "paint": (2.0, math.inf)})
    speed.main()
    assert "0.500" in capsys.readouterr().out
    monkeypatch.setattr(speed, "timings", lambda: {"load a": (1.5, 1.0), "load b": (0.1, 1.0)})
    with pytest.raises(UserError, match=r"too slow: load a$"):
        speed.main()
