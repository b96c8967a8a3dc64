"""Layers that are written as functions, directions and layers of recurrent ones, pieces side by side."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from test_network_axes import Written
from torch import Tensor, nn
from torch.nn import functional as F

from nnanim import record, words
from nnanim.beats import Beat, Story
from nnanim.marks import Bars, Block, Grid, Link, Units, Wires
from nnanim.stories.network import network


def table(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(*shape))


DENSE: dict[str, Callable[[Any, Tensor], Tensor]] = {
    "product": lambda m, x: x @ m.w,
    "product and bias": lambda m, x: x @ m.w + m.b,
    "bias first": lambda m, x: m.b + x.mm(m.w),
    "linear": lambda m, x: F.linear(x, m.t, m.b),
    "linear without bias": lambda m, x: F.linear(x, m.t),
    "turned": lambda m, x: x @ m.t.T + m.b,
    "addmm": lambda m, x: torch.addmm(m.b, x, m.w),
    "forward": lambda m, x: m.k.forward(x),
}


@cache
def told(name: str) -> tuple[Any, tuple[Beat, ...], np.ndarray, np.ndarray]:
    torch.manual_seed(0)
    model = Written(
        lambda m, x: torch.relu(DENSE[name](m, x)),
        w=table(4, 3),
        t=table(3, 4),
        b=table(3),
        k=nn.Linear(4, 3),
    )
    x = torch.randn(1, 4)
    with torch.no_grad():
        y = DENSE[name](model, x).numpy()[0]
    w = {
        "turned": model.t.T,
        "linear": model.t.T,
        "linear without bias": model.t.T,
        "forward": model.k.weight.T,
    }
    weights = w.get(name, model.w).detach().numpy()
    trace = record(model, x)
    return trace, Story.from_beats(network(trace), name).beats, y, weights


@pytest.mark.parametrize("name", DENSE)
def test_a_dense_layer_written_as_a_function_is_told_with_neurons_and_wires(name: str) -> None:
    _, beats, y, weights = told(name)
    wires = [mark for beat in beats for mark in beat.marks if isinstance(mark, Wires)]
    assert wires and all(np.allclose(one.weights, weights.T) for one in wires)
    bars = next(mark for beat in beats for mark in beat.marks if isinstance(mark, Bars))
    assert np.isclose(bars.values[-1], y[np.maximum(y, 0).argmax()], atol=1e-5)
    last = [mark for mark in beats[-1].marks if isinstance(mark, Bars)][-1]
    assert np.allclose(last.values, np.maximum(y, 0), atol=1e-6)


@pytest.mark.parametrize("name", DENSE)
def test_a_bias_is_only_added_where_there_is_one(name: str) -> None:
    _, beats, _, _ = told(name)
    sums = [beat for beat in beats if beat.id.endswith("-sum")]
    assert sums
    named = [name for beat in sums for mark in beat.marks if isinstance(mark, Bars) for name in mark.names]
    biased = ("bias" in name and "without" not in name) or name in ("linear", "turned", "addmm", "forward")
    assert (words.bias in named) == biased == ("bias" in str(sums[0].says))


@pytest.mark.parametrize("name", DENSE)
def test_its_weights_and_its_bias_are_no_step(name: str) -> None:
    _, beats, _, _ = told(name)
    overview = next(beat for beat in beats if beat.id == "overview")
    assert "one step" in overview.says["en"]  # type: ignore[index,call-overload]


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_a_layer_of_two_directions_shows_both(kind: type[nn.RNNBase]) -> None:
    torch.manual_seed(0)
    net = Written(lambda m, x: m.r(x)[0], r=kind(4, 3, bidirectional=True, batch_first=True))
    trace = record(net, torch.randn(1, 5, 4))
    beat = next(beat for beat in network(trace) if beat.id == "r-steps")
    keys = {mark.key: mark for mark in beat.marks if isinstance(mark, Units)}
    ways = [(str(one.source), str(one.target)) for one in beat.marks if isinstance(one, Link)]
    assert ("v:r:0:0", "v:r:0:1") in ways and ("v:r:1:1", "v:r:1:0") in ways and len(ways) == 8
    for key, mark in keys.items():
        _, _, way, t = key.split(":")
        units = trace["r"][0, int(t)]
        assert all(int(i) // 3 == int(way) for i in mark.shown)
        assert np.allclose(mark.values, units[list(mark.shown)])


def test_layers_on_each_other_are_seen() -> None:
    torch.manual_seed(0)
    net = Written(lambda m, x: m.r(x)[0], r=nn.LSTM(4, 3, 3, batch_first=True))
    beat = next(beat for beat in network(record(net, torch.randn(1, 5, 4))) if beat.id == "r-steps")
    assert [mark.key for mark in beat.marks if isinstance(mark, Block)] == ["part:r:below"]
    assert "3 layers" in beat.says["en"]  # type: ignore[index,call-overload]


def test_a_concatenation_is_its_pieces_side_by_side() -> None:
    torch.manual_seed(0)
    net = Written(lambda m, x: torch.cat([m.a(x), m.b(x)], -1), a=nn.Linear(4, 3), b=nn.Linear(4, 2))
    trace = record(net, torch.randn(1, 6, 4))
    beat = next(beat for beat in network(trace) if beat.id == "cat-op")
    grids = {mark.key: mark for mark in beat.marks if isinstance(mark, Grid)}
    joined = np.concatenate([grids[f"piece:cat:{i}:v:{name}"].values for i, name in enumerate("ab")], axis=1)
    assert np.allclose(joined, trace["cat"][0])
    assert not any(isinstance(mark, Block) for mark in beat.marks)


def test_a_tower_that_is_used_twice_says_so_in_the_chart_and_in_its_sentence() -> None:
    torch.manual_seed(0)
    net = Written(
        lambda m, x, y: torch.cosine_similarity(m.a(x), m.a(y)) + torch.cosine_similarity(x @ m.w, y @ m.w),
        a=nn.Linear(4, 3),
        w=table(4, 4),
    )
    beats = list(network(record(net, torch.randn(1, 4), torch.randn(1, 4))))
    said = {beat.id: beat.says["en"] for beat in beats if beat.says}  # type: ignore[index,call-overload]
    assert {key for key, text in said.items() if "the same weights again" in text} == {
        "a-2-flow",
        "matmul-2-flow",
    }
    blocks = {
        mark.key: mark.detail
        for mark in next(b for b in beats if b.id == "overview").marks
        if isinstance(mark, Block)
    }
    assert [key for key, detail in blocks.items() if "same weights" in words.say(detail, "en")] == [
        "part:a#2"
    ]


@pytest.mark.parametrize("sides", [4, 2])
def test_a_pooling_that_keeps_the_size_says_that_all_stays(sides: int) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.AdaptiveAvgPool2d(sides))
    beats = Story.from_beats(network(record(model, torch.randn(1, 1, 4, 4)), detail="full"), "pool").beats
    said = [words.say(beat.says, "en") for beat in beats if beat.id.endswith("-sweep")]
    assert any("every cell stays as it is" in one for one in said) == (sides == 4), said
    assert not any("1 × 1" in one for one in said)
