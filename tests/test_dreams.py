"""Dreams: pictures climb what a layer, a unit or words give, in any module, and leave it as it was."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from nnanim.cli import main
from nnanim.errors import UserError
from nnanim.recording import record
from nnanim.steering.dream_run import keep_dream
from nnanim.steering.dreams import DreamStep, dream
from nnanim.steering.probe import LayerProbe


class Small(nn.Module):
    """A module as a user writes it: a layer called twice, one that overwrites, an LSTM, a head."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.again = nn.Conv2d(4, 4, 3, padding=1)
        self.act = nn.ReLU(inplace=True)
        self.drop = nn.Dropout(0.5)
        self.norm = nn.BatchNorm2d(4)
        self.lstm = nn.LSTM(4, 5)
        self.head = nn.Linear(5, 2)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        h = self.again(self.again(self.drop(self.norm(self.act(self.conv(x))))))
        tokens = h.flatten(2).permute(2, 0, 1)  # (tokens, n, 4)
        out, (state, _) = self.lstm(tokens)
        return {"logits": self.head(state[0]), "all": out}


class Seer(nn.Module):
    """A guide of two words: a picture's mean red and blue."""

    def embed_pictures(self, pictures: Tensor) -> Tensor:
        return F.normalize(pictures.mean((2, 3))[:, [0, 2]] + 0.01, dim=1)

    def embed_texts(self, texts: Any) -> Tensor:
        return torch.tensor([[1.0, 0.0] if text == "red" else [0.0, 1.0] for text in texts])


def last(*given: Any, **options: Any) -> DreamStep:
    return list(dream(*given, **{"size": 8, "steps": 4, "rate": 0.05, **options}))[-1]


PICTURES = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    "name", ["conv", "act", "again", "again#2", "lstm", "lstm[1][0]", "head", "output", "output[all]"]
)
def test_a_layer_gives_what_record_says_under_the_same_name(name: str) -> None:
    model = Small().eval()
    trace = record(model, PICTURES)
    known = trace["output[logits]" if name == "output" else name]
    values, places = LayerProbe(model, name).read(PICTURES, lambda net, x: net(x))
    first = known.shape.index(2)  # an LSTM's samples come second
    known = np.moveaxis(known, (first, 1 if known.ndim == 4 else -1), (0, 1))
    assert values.requires_grad and places == known.shape[2:]
    np.testing.assert_allclose(values.detach().reshape(known.shape), known, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "wish",
    [
        {"layer": "conv"}, {"layer": "again#2", "unit": 1}, {"layer": "conv", "unit": 2, "at": "middle"},
        {"layer": "conv", "unit": 2, "at": (7, 0)}, {"layer": "output", "unit": 1},
        {"layer": "lstm[1][0]", "unit": 3},
    ],
)  # fmt: skip
def test_what_is_climbed_grows(wish: dict[str, Any]) -> None:
    steps = list(dream(Small(), size=8, steps=6, rate=0.03, jitter=0, zoom=0, **wish))
    values = [step.values.item() for step in steps]
    assert len(steps) == 7 and values == sorted(values) and values[-1] > values[0]
    for one, two in itertools.pairwise(steps):
        reach = 0.03 * (3 * 8 * 8) ** 0.5
        torch.testing.assert_close(two.pictures, (one.pictures + reach * one.slopes).clamp(0, 1))


def test_several_units_and_words_have_a_picture_each_and_do_not_meet() -> None:
    model = Small()
    both = last(model, "conv", unit=(1, 3), jitter=0, zoom=0)
    for at, unit in enumerate((1, 3)):
        torch.testing.assert_close(
            both.pictures[at : at + 1], last(model, "conv", unit=unit, jitter=0, zoom=0).pictures
        )
    red, blue = last(Seer(), words=("red", "blue")).pictures.mean((2, 3))
    assert red[0] > 0.55 > 0.5 > red[2] and blue[2] > 0.55 > 0.5 > blue[0]


def test_a_dream_begins_with_a_picture_and_goes_on_after_an_interruption() -> None:
    model, given = Small(), PICTURES[:1]
    whole = list(dream(model, "conv", given, steps=4, seed=3))
    assert torch.equal(whole[0].pictures, given)
    rest = list(dream(model, "conv", given, steps=4, seed=3, after=whole[1]))
    assert [step.step for step in rest] == [2, 3, 4]
    assert all(torch.equal(a.pictures, b.pictures) for a, b in zip(rest, whole[2:], strict=True))
    assert not torch.equal(last(model, "conv", given, seed=4).pictures, last(model, "conv", given).pictures)
    assert next(dream(model, "conv", np.full((20, 30, 3), 0.5), size=8)).pictures.shape == (1, 3, 8, 8)
    array = given[0].permute(1, 2, 0).numpy()
    assert torch.equal(next(dream(model, "conv", array)).pictures, given)


def test_the_model_and_chance_are_as_they_were() -> None:
    model = Small().train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    torch.manual_seed(5)
    first = torch.rand(1)
    torch.manual_seed(5)
    for _ in dream(model, "again#2", steps=2, size=8):
        assert model.training and model.drop.training
    assert torch.equal(torch.rand(1), first)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(one.grad is None for one in model.parameters()) and not model.conv._forward_hooks
    with torch.no_grad():
        assert last(model, "conv").slopes.any()


def test_smoothness_and_scales_make_pictures_smoother() -> None:
    def roughness(**options: Any) -> float:
        return last(Small(), "conv", size=16, steps=8, **options).pictures.diff(dim=3).abs().mean().item()

    assert roughness(tv=0.5) < roughness() and roughness(scales=(4,)) < roughness()


class Broken(nn.Module):
    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind, self.inner = kind, nn.Identity()

    def forward(self, x: Tensor) -> Any:
        if self.kind == "raises":
            raise RuntimeError("no luck\ntoday")
        if self.kind == "nan":
            return self.inner(x * float("nan"))
        if self.kind == "flat":
            return self.inner(x * 0)
        if self.kind == "cut":
            return self.inner(x.detach())
        return self.inner(x.argmax(1)) if self.kind == "whole" else x


@pytest.mark.parametrize(
    ("make", "options", "error"),
    [
        (Small, {"layer": "convv"}, "Small has no layer 'convv'; nearest: 'conv'"),
        (Small, {"layer": "again#3"}, "'again#3' did not run: Small called it 2 times"),
        (Small, {"layer": "lstm[7]"}, r"'lstm\[7\]' is no output of Small"),
        (Small, {"layer": "conv", "unit": 4}, "'conv' has no unit 4; it has 4, counted from 0"),
        (Small, {"layer": "conv", "unit": 0, "at": (8, 0)}, r"outside 'conv', which has places \(8, 8\)"),
        (Small, {"layer": "conv", "unit": 0, "at": 3}, "'middle' or 2 numbers wanted"),
        (Small, {"layer": "conv", "at": "middle"}, "at= is the place of a unit"),
        (Small, {}, "give one of layer= and words="),
        (Small, {"words": "red"}, "embed_pictures and embed_texts, such as clip-guide, got Small"),
        (Seer, {"words": ()}, "holds no sentence"),
        (Seer, {"words": "red", "unit": 1}, "belong to a layer"),
        (Small, {"layer": "conv", "steps": 0}, "steps=0; a whole number from 1 to 100,000 wanted"),
        (Small, {"layer": "conv", "rate": float("nan")}, "rate=nan; 0 to 1 wanted"),
        (Small, {"layer": "conv", "scales": (0,)}, r"scales=\(0,\); numbers of pixels from 1 to 8 wanted"),
        (Small, {"layer": "conv", "size": 10**6}, "size=1000000"),
        (Small, {"layer": "conv", "picture": torch.full((3, 8, 8), 2.0)}, "values 0..1 wanted, got 2 to 2"),
        (Small, {"layer": "conv", "picture": torch.rand(3, 3, 8, 8), "unit": (0, 1)}, "3 pictures for 2"),
        (Small, {"layer": "conv", "channels": 1}, r"Small raised, given \(1, 1, 8, 8\)"),
        (lambda: Broken("raises"), {"layer": "inner"}, "Broken raised, given .*: no luck$"),
        (lambda: Broken("nan"), {"layer": "inner"}, "step 0: 'inner' is not finite"),
        (lambda: Broken("flat"), {"layer": "inner"}, r"'inner' has no slope at the first picture \(all 0\)"),
        (lambda: Broken("cut"), {"layer": "inner"}, "'inner' has no slope: it does not depend"),
        (lambda: Broken("whole"), {"layer": "inner"}, "gives int64 .*; numbers wanted"),
        (lambda: Broken("none"), {"layer": "inner"}, "'inner' did not run: Broken called it 0 times"),
        (lambda: "net", {"layer": "conv"}, "a torch.nn.Module, got str"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line(make: Any, options: dict[str, Any], error: str) -> None:
    with pytest.raises(UserError, match=error) as raised:
        last(make(), **options)
    assert "\n" not in str(raised.value)


def net() -> nn.Module:
    """For the command line."""
    return Small()


def run_dream(*arguments: str) -> Any:
    return CliRunner().invoke(
        main, ["dream", f"{__file__}:net", "--layer", "conv", "--size", "8", *arguments]
    )


def test_a_folder_of_a_dream_is_the_same_however_often_it_was_interrupted(tmp_path: Path) -> None:
    options = {"layer": "conv", "unit": [0, 2], "size": 8, "steps": 3}
    for name, stop in (("whole", 9), ("broken", 2)):
        for _ in itertools.islice(keep_dream(tmp_path / name, "small", Small(), **options), stop):
            pass
    (tmp_path / "broken" / "000" / "00000.png").write_bytes(b"no picture")
    again = list(keep_dream(tmp_path / "broken", "small", Small(), **options))
    assert [one.step for one in again] == [0, 1, 2, 3]
    files = sorted(one.relative_to(tmp_path / "whole") for one in (tmp_path / "whole").rglob("*.*"))
    assert len(files) == 1 + 4 + 2 * 4
    for one in files:
        assert (tmp_path / "whole" / one).read_bytes() == (tmp_path / "broken" / one).read_bytes()
    with pytest.raises(UserError, match="is of another run: its options"):
        list(keep_dream(tmp_path / "broken", "small", Small(), **{**options, "steps": 4}))


def test_the_command_writes_pictures_animations_and_folders(tmp_path: Path) -> None:
    for out in ("a.png", "b.gif", "run"):
        done = run_dream(
            "--unit", "1", "--unit", "2", "--at", "middle", "--steps", "2", "-o", str(tmp_path / out)
        )
        assert done.exit_code == 0 and out in done.output, done.output
    with Image.open(tmp_path / "a.png") as still, Image.open(tmp_path / "b.gif") as moving:
        assert still.size == (18, 8) and moving.n_frames == 3
    assert (tmp_path / "run" / "001" / "00002.png").is_file()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--steps", "x"), "--steps 'x' is not a whole number"),
        (("--rate", "x"), "--rate 'x' is not a number"),
        (("--unit", "9", "-o", "d.png"), "has no unit 9"),
        (("-o", "d.txt"), "no picture is written with the ending '.txt'"),
    ],
)
def test_mistakes_at_the_command_line_are_one_line(arguments: tuple[str, ...], error: str) -> None:
    done = run_dream(*arguments)
    assert done.exit_code == 2 and error in done.output and done.output.count("\n") == 1


def test_an_unknown_model_is_named_with_what_there_is() -> None:
    done = CliRunner().invoke(main, ["dream", "clip-guid", "--layer", "conv"])
    assert done.exit_code == 2 and "nearest: 'clip', 'clip-guide'; one of your own is" in done.output
