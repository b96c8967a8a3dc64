"""What comes out of any network: all outputs, all of ten classes, the largest of many, logits as shares."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from nnanim import Trace, record, words
from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.marks import Bars, Picture, Text, Units
from nnanim.stories.network import network


class Heads(nn.Module):
    """Two heads beside the answer, the same value twice, and a cache."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.answer = nn.Linear(6, 8), nn.Linear(8, 10)
        self.age, self.place = nn.Linear(8, 1), nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        h = self.body(x).relu()
        logits = self.answer(h)
        return dict(logits=logits, again=logits, age=self.age(h), place=self.place(h), past_key_values=h)


def run(model: nn.Module, wide: int = 6) -> Trace:
    torch.manual_seed(0)
    return record(model, torch.randn(2, wide))


def dense(*widths: int) -> nn.Module:
    torch.manual_seed(1)
    layers = [nn.Linear(a, b) for a, b in itertools.pairwise(widths)]
    return nn.Sequential(*[one for layer in layers for one in (layer, nn.Tanh())][:-1])


def last(trace: Trace, **told: object) -> Beat:
    return list(network(trace, **told))[-1]  # type: ignore[arg-type]


@pytest.mark.parametrize("detail", ["full", "summary"])
def test_every_output_is_told_once(detail: str) -> None:
    torch.manual_seed(0)
    trace = run(Heads())
    beat = last(trace, detail=detail)
    assert beat.id == "outputs" and "2 more outputs" in str(beat.says)
    labels = {str(mark.label): mark for mark in beat.marks if isinstance(mark, Bars | Units)}
    assert {"age", "place"} == {label for name in labels for label in ("age", "place") if label in name}
    shown = sorted(np.concatenate([mark.values for mark in labels.values()]))
    held = sorted([*trace["age"][0], *trace["place"][0]])
    np.testing.assert_allclose(shown, held, rtol=1e-6)


def test_one_output_is_no_others() -> None:
    assert all(beat.id != "outputs" for beat in network(run(dense(6, 4, 3))))


def test_all_ten_of_ten_are_drawn() -> None:
    trace = run(dense(6, 8, 10))
    beat = last(trace)
    (bars,) = [mark for mark in beat.marks if isinstance(mark, Bars)]
    assert len(bars.values) == bars.of == 10
    low, high = (f"{v:.2f}".replace("-", "−") for v in (bars.values.min(), bars.values.max()))
    assert f"from {low} to {high}" in str(beat.says["en"])  # type: ignore[index,call-overload]


def test_small_results_have_two_figures_and_what_went_in_stands_beside_them() -> None:
    net = dense(6, 3)
    with torch.no_grad():
        net[0].weight *= 1e-3
        net[0].bias *= 1e-3
    beat = last(run(net))
    (bars,) = [mark for mark in beat.marks if isinstance(mark, Bars)]
    largest = float(np.abs(bars.values).max())
    assert largest < 0.005 and float(f"{largest:.{bars.digits}f}") >= 10.0 ** (1 - (bars.digits or 0))
    assert any(isinstance(mark, Units) and len(mark.values) == 6 for mark in beat.marks)


def test_logits_are_told_as_shares_where_the_loss_is_cross_entropy() -> None:
    trace = run(dense(6, 8, 4))
    beat = last(trace, loss="cross entropy", classes=["a", "b", "c", "d"])
    bars = beat.by_key["answer"]
    assert isinstance(bars, Bars) and bars.percent
    expected = torch.softmax(torch.from_numpy(np.array(trace["output"][0])), -1).numpy()
    np.testing.assert_allclose(bars.values, expected, rtol=1e-5)
    assert "Softmax makes shares of the logits" in str(beat.says)
    assert "abcd"[int(expected.argmax())] in str(beat.says)


def test_the_largest_of_many_classes_have_a_bar() -> None:
    trace = run(dense(6, 8, 40))
    bars = last(trace, classes=[f"class {i}" for i in range(40)]).by_key["answer"]
    assert isinstance(bars, Bars)
    assert set(bars.values) == set(np.sort(np.asarray(trace["output"][0], dtype=float))[-12:])


def test_a_single_value_is_said() -> None:
    trace = run(dense(6, 4, 1))
    written = f"{float(trace['output'][0, 0]):.2f}".replace("-", "−")
    assert written in str(last(trace).says["en"])  # type: ignore[index,call-overload]


def test_a_loss_that_is_not_known_is_one_line() -> None:
    with pytest.raises(UserError, match="loss='cross entropie'; 'cross entropy' wanted"):
        last(run(dense(6, 3)), loss="cross entropie")


def test_a_list_is_refused_with_what_to_give() -> None:
    with pytest.raises(UserError, match=r"not list; give tensors or arrays, as torch.tensor"):
        record(nn.Linear(3, 2), [1, 2, 3])


class Detector(nn.Module):
    def __init__(self, numbers: torch.Tensor) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(3 * 64, 4))
        self.register_buffer("numbers", numbers)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        shares = self.body(x).softmax(-1)
        return shares - 1, self.numbers + 0 * shares.sum()


BOX = {"xyxy": (0.25, 0.5, 0.75, 0.875), "xywh": (0.25, 0.5, 0.5, 0.375), "cxcywh": (0.5, 0.6875, 0.5, 0.375)}
"""One box, as each format writes it, in shares of the sides."""


@pytest.mark.parametrize("form", BOX)
@pytest.mark.parametrize("side", [1, 8])
def test_boxes_are_drawn_on_the_picture_where_they_lie(form: str, side: int) -> None:
    torch.manual_seed(0)
    given = torch.tensor([[BOX[form], (0.5, 0.5, -0.5, -0.5)]]) * side  # the second has no area
    trace = record(Detector(given).eval(), torch.rand(1, 3, 8, 8), seed=0)
    beat = next(one for one in network(trace, detail="full", boxes=form) if one.id == "boxes")
    drawn = next(mark for mark in beat.marks if isinstance(mark, Picture)).pixels
    plain = np.repeat(np.repeat(np.moveaxis(trace["input"][0], 0, -1), 30, 0), 30, 1)
    rows, columns = np.nonzero((np.abs(drawn - plain) > 1e-6).any(axis=-1))
    assert (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1) == (120, 210, 60, 180)
    assert words.say(beat.says, "en") == "2 boxes come out, drawn on the picture."
    assert "1 of 2 have no area" in [
        words.say(one.words, "en") for one in beat.marks if isinstance(one, Text)
    ]


def test_boxes_that_cannot_be_drawn_are_one_line() -> None:
    net = nn.Sequential(nn.Flatten(), nn.Linear(192, 3))
    trace = record(net, torch.rand(1, 3, 8, 8), seed=0)
    with pytest.raises(UserError, match="boxes='xyxy' are drawn on a picture, and none goes in first"):
        list(network(record(nn.Linear(6, 4), torch.ones(1, 6), seed=0), boxes="xyxy"))
    with pytest.raises(UserError, match="no output has four numbers in each row"):
        list(network(trace, boxes="xyxy"))
    with pytest.raises(UserError, match="boxes='xyhw'; 'xyxy', 'xywh' or 'cxcywh' wanted"):
        list(network(trace, boxes="xyhw"))
