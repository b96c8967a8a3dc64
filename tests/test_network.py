"""network(trace): any recorded model is told, with the numbers of its trace."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any

import invariants
import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnanim import theme, words
from nnanim.beats import Beat, Story
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.layout import place_story
from nnanim.marks import Bars, Block, Formula, Grid, Link, Picture, Row, Table, Units, Wires
from nnanim.motions import Flow, Playback, Sweep, list_flows
from nnanim.recording import record
from nnanim.stories.network import connect
from nnanim.stories.network import network as tell_network
from nnanim.stories.network.net import NetworkView
from nnanim.stories.network.unet import tell_u
from nnanim.structure.chart import columns, rows
from nnanim.structure.layers import find_layers
from nnanim.structure.u_shape import u_shape
from nnanim.structure.windows import convolution, pooling
from nnanim.style import RenderStyle
from nnanim.timeline import takes
from nnanim.trace import Trace
from nnanim.truth import check_sums

network = partial(tell_network, detail="full")  # what is told in full


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Conv2d(1, 6, 3, padding=1)
        self.a, self.norm, self.b = (
            nn.Conv2d(6, 6, 3, padding=1),
            nn.BatchNorm2d(6),
            nn.Conv2d(6, 6, 3, padding=1),
        )
        self.pool, self.head = nn.AvgPool2d(2), nn.Linear(6 * 16, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.enter(x))
        x = x + self.b(F.relu(self.norm(self.a(x))))
        return self.head(self.pool(x).flatten(1)).softmax(-1)


class UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()

        def block(into: int, out: int) -> nn.Sequential:
            return nn.Sequential(nn.Conv2d(into, out, 3, padding=1), nn.ReLU())

        self.down1, self.down2, self.middle = block(1, 3), block(3, 5), block(5, 5)
        self.up2, self.up1, self.last = block(10, 3), block(6, 3), nn.Conv2d(3, 1, 1)
        self.pool, self.grow = nn.MaxPool2d(2), nn.Upsample(scale_factor=2)

    def forward(self, x: Tensor) -> Tensor:
        a = self.down1(x)
        b = self.down2(self.pool(a))
        y = self.up2(torch.cat([self.grow(self.middle(self.pool(b))), b], 1))
        return self.last(self.up1(torch.cat([self.grow(y), a], 1)))


class Transformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(20, 16), nn.Parameter(torch.randn(5, 16))
        layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
        self.encoder, self.head = nn.TransformerEncoder(layer, 2), nn.Linear(16, 20)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.encoder(self.words(x) + self.places))


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words, self.lstm, self.head = (
            nn.Embedding(20, 8),
            nn.LSTM(8, 10, batch_first=True),
            nn.Linear(10, 2),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.lstm(self.words(x))[0][:, -1])


class Cells(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell, self.head = nn.GRUCell(3, 6), nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        state = x.new_zeros(len(x), 6)
        for step in range(x.shape[1]):
            state = self.cell(x[:, step], state)
        return self.head(state)


class Odd(nn.Module):
    """Functions that nothing is known about, complex numbers on the way."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(6, 8), nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.cumsum(torch.fft.rfft(self.a(x)).abs(), 1)
        h = F.pad(h, (0, 3))
        return (torch.sigmoid(self.b(h)) * h).sort(-1).values


class Alike(nn.Module):
    """A block with a shortcut."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(6, 6), nn.Linear(6, 6)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.b(torch.relu(self.a(x)))


class Connected(nn.Module):
    """Each layer takes all that came before it."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(3 + 4 * i, 4, 3, padding=1) for i in range(4))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.cat([x, layer(x).relu()], 1)
        return x.mean((2, 3))


class TwoInputs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.meet = nn.Linear(4, 5), nn.Linear(3, 5), nn.Bilinear(5, 5, 2)

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return self.meet(self.a(x), self.b(y)), self.a(x)


HARD: dict[str, Callable[[], tuple[nn.Module, tuple[Tensor, ...]]]] = {
    "every layer to every later one": lambda: (Connected(), (torch.rand(1, 3, 16, 16),)),
    "two inputs, two outputs": lambda: (TwoInputs(), (torch.rand(2, 4), torch.rand(2, 3))),
    "one layer": lambda: (nn.Linear(3, 2), (torch.rand(2, 3),)),
    "one convolution": lambda: (nn.Conv2d(1, 2, 3), (torch.rand(2, 1, 6, 6),)),
    "one dimension": lambda: (
        nn.Sequential(nn.Conv1d(2, 4, 3), nn.ReLU(), nn.MaxPool1d(2)),
        (torch.rand(2, 2, 9),),
    ),
    "three dimensions": lambda: (nn.Sequential(nn.Conv3d(1, 2, 3), nn.ReLU()), (torch.rand(1, 1, 5, 5, 5),)),
    "time first, both ways": lambda: (nn.GRU(4, 6, 2, bidirectional=True), (torch.rand(5, 1, 4),)),
    "no samples axis": lambda: (nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 1)), (torch.rand(4),)),
    "attention alone": lambda: (nn.MultiheadAttention(8, 2, batch_first=True), (torch.rand(1, 4, 8),) * 3),
    "wide": lambda: (
        nn.Sequential(nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 10)),
        (torch.rand(2, 784),),
    ),
}


@pytest.mark.parametrize("name", sorted(HARD))
def test_hard_cases_are_told_too(name: str) -> None:
    torch.manual_seed(0)
    model, inputs = HARD[name]()
    one = Story.from_beats(network(record(model.eval(), *inputs)), {"en": name, "ja": name})
    for lang in words.LANGUAGES:
        for beat, frame in zip(
            one.beats, place_story(one, RenderStyle(theme.by_name("dark"), lang)), strict=True
        ):
            assert invariants.faults(beat, frame) == []


def mlp() -> nn.Module:
    return nn.Sequential(
        nn.Linear(10, 24), nn.ReLU(), nn.Linear(24, 16), nn.ReLU(), nn.Linear(16, 3), nn.Softmax(-1)
    )


def convnet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(4, 8, 2), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8, 5),
    )  # fmt: skip


def deep() -> nn.Module:
    return nn.Sequential(*[nn.Sequential(nn.Linear(6, 6), nn.Tanh()) for _ in range(40)])


def painter() -> nn.Module:
    return nn.Sequential(
        nn.ConvTranspose2d(8, 6, 4, 2, 1), nn.BatchNorm2d(6), nn.ReLU(), nn.ConvTranspose2d(6, 4, 4, 2, 1),
        nn.ReLU(), nn.ConvTranspose2d(4, 1, 3, padding=1), nn.Sigmoid(),
    )  # fmt: skip


def picture() -> Tensor:
    return torch.rand(2, 1, 8, 8)


def tokens() -> Tensor:
    return torch.randint(0, 20, (2, 5))


MODELS: dict[str, tuple[Callable[[], nn.Module], Callable[[], Tensor]]] = {
    "mlp": (mlp, lambda: torch.randn(2, 10)),
    "convnet": (convnet, picture),
    "residual": (Residual, picture),
    "unet": (UNet, picture),
    "transformer": (Transformer, tokens),
    "lstm": (Recurrent, tokens),
    "cells": (Cells, lambda: torch.randn(2, 4, 3)),
    "odd": (Odd, lambda: torch.randn(2, 6)),
    "deep": (deep, lambda: torch.randn(2, 6)),
    "painter": (painter, lambda: torch.randn(2, 8, 2, 2)),
}

every = pytest.mark.parametrize("name", sorted(MODELS))


@lru_cache
def trace(name: str, gradients: bool = False) -> Trace:
    torch.manual_seed(0)
    made, inputs = MODELS[name]
    loss: Any = (lambda out: out.flatten(1)[:, 0].sum()) if gradients else False
    return record(made().eval(), inputs(), name=name, seed=0, gradients=loss)


@lru_cache
def story(name: str, backward: bool = False) -> Story:
    one = trace(name, backward)
    return Story.from_beats(network(one, backward=backward), {"en": name, "ja": name}, one.provenance)


def beats(name: str, kind: type) -> list[Beat]:
    return [beat for beat in story(name).beats if any(isinstance(mark, kind) for mark in beat.marks)]


@every
@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_every_model_is_told_and_every_frame_keeps_the_invariants(name: str, lang: str) -> None:
    told_ = story(name)
    assert len(told_.beats) > 3
    style = RenderStyle(theme.by_name("dark"), lang)
    placed = place_story(told_, style)
    found = [
        f for beat, frame in zip(told_.beats, placed, strict=True) for f in invariants.faults(beat, frame)
    ]
    assert found == []


@every
def test_no_beat_is_long(name: str) -> None:
    for take in takes(story(name), RenderStyle(theme.by_name("dark"), "en")):
        assert take.seconds <= 6.5, take.beat.id


@every
def test_neurons_show_what_the_trace_holds(name: str) -> None:
    one, net = trace(name), find_layers(trace(name).graph)
    seen = 0
    for beat in story(name).beats:
        for mark in beat.marks:
            layer = net.get(mark.key.removeprefix("v:"))
            if isinstance(mark, Units) and layer is not None and layer.dense:
                values = one[layer.output][0].ravel()
                if len(values) == mark.of:
                    np.testing.assert_allclose(mark.values, values[list(mark.shown)], rtol=1e-6)
                    seen += 1
    assert seen or name in ("unet", "transformer", "painter")


@every
def test_signals_are_weights_times_the_values_shown(name: str) -> None:
    for beat in story(name).beats:
        for flow in list_flows(beat.motion):
            wires: Wires = beat[flow.wires]
            source: Units = beat[str(wires.source)]
            np.testing.assert_allclose(flow.source, source.values)
            np.testing.assert_allclose(flow.contributions, wires.weights * source.values)


def test_wires_are_the_layer_s_weights_between_the_neurons_shown() -> None:
    beat = next(beat for beat in story("mlp").beats if beat.id == "2-flow")
    wires, weight = beat["w:2"], trace("mlp").parameters["2.weight"]
    expected = weight[np.ix_(beat["v:2"].shown, beat["v:0"].shown)]
    np.testing.assert_allclose(wires.weights, expected)


def test_the_bars_of_one_neuron_add_up_to_its_sum() -> None:
    for name in ("mlp", "residual", "lstm"):
        beat = next(beat for beat in story(name).beats if beat.id.endswith("-sum"))
        bars: Bars = beat["sum"]
        assert bars.values[:-1].sum() == pytest.approx(bars.values[-1], abs=0.01)


@pytest.mark.parametrize("seed", range(25))
def test_a_sum_is_right_as_it_is_written_or_says_that_it_is_not(seed: int) -> None:
    torch.manual_seed(seed)
    one = record(nn.Sequential(nn.Linear(6, 8), nn.Linear(8, 2)), 3 * torch.randn(1, 6))
    assert [str(fault) for beat in network(one) for fault in check_sums(beat)] == []


@pytest.mark.parametrize("name", ["convnet", "residual", "unet"])
def test_kernel_times_patch_and_rest_and_bias_are_the_recorded_output(name: str) -> None:
    one, found_any = trace(name), 0
    for node in one.graph.leaves:
        if node.kind != "Conv2d":
            continue
        for out in range(one[node.name].shape[1]):
            found = convolution(one, node.name, 0, out)
            assert found is not None, node.name
            patches = found.window.patches(found.inputs[found.into])
            term = np.einsum("rcij,ij->rc", patches, found.kernel)
            np.testing.assert_allclose(term + found.rest + found.bias, one[node.name][0, out], atol=1e-5)
            others = one.parameters[f"{node.name}.weight"][out]
            if len(others) == 1:
                np.testing.assert_allclose(found.rest, 0, atol=1e-5)
            found_any += 1
    assert found_any


def test_a_window_is_only_believed_if_it_gives_the_numbers_back() -> None:
    torch.manual_seed(0)
    one = record(
        nn.Sequential(nn.Conv2d(1, 1, 3, padding=1, padding_mode="reflect"), nn.ReLU()),
        torch.rand(1, 1, 6, 6),
    )
    assert convolution(one, "0", 0, 0) is None
    assert [beat for beat in network(one) if isinstance(beat.motion, Sweep)] == []
    before = np.arange(16.0).reshape(4, 4)
    assert pooling("MaxPool2d", before, before[1::2, 1::2]) is not None
    assert pooling("AvgPool2d", before, before[1::2, 1::2]) is None


@pytest.mark.parametrize(
    "options", [{"stride": 2}, {"dilation": 2}, {"padding": 2}, {"groups": 2}, {"bias": False}]
)
def test_strides_dilations_paddings_and_groups_are_found(options: dict[str, Any]) -> None:
    torch.manual_seed(0)
    one = record(nn.Sequential(nn.Conv2d(2, 4, 3, **options), nn.ReLU()), torch.rand(1, 2, 9, 9))
    found = convolution(one, "0", 0, 3)
    assert found is not None
    assert (found.window.stride, found.window.padding, found.window.dilation) == (
        options.get("stride", 1), options.get("padding", 0), options.get("dilation", 1),
    )  # fmt: skip
    assert found.into == 1 or not options.get("groups")


def test_a_sweep_moves_over_the_padded_map_and_reveals_the_output() -> None:
    beat = next(beat for beat in story("convnet").beats if isinstance(beat.motion, Sweep))
    assert isinstance(beat.motion, Sweep)
    over, out = beat[beat.motion.over], beat[str(beat.motion.reveals)]
    assert over.pixels.shape == (10, 10) and beat.motion.stride == (2, 2) and beat.motion.window == (3, 3)
    channel = int(out.key.rpartition(":")[2])
    np.testing.assert_allclose(out.pixels, trace("convnet")["0"][0, channel])


def test_attention_rows_sum_to_one_and_are_the_trace_s() -> None:
    seen = 0
    for beat in story("transformer").beats:
        for mark in beat.marks:
            if isinstance(mark, Grid) and mark.key.startswith("a:"):
                _, name, head = mark.key.split(":")
                np.testing.assert_allclose(mark.values.sum(axis=1), 1, atol=1e-5)
                np.testing.assert_allclose(mark.values, trace("transformer").attention(name)[0, int(head)])
                seen += 1
    assert seen >= 3


def test_every_step_of_a_recurrent_layer_is_seen_and_passed_on() -> None:
    for name, key in (("lstm", "lstm"), ("cells", "cell")):
        beat = next(beat for beat in story(name).beats if beat.id == f"{key}-steps")
        steps = [mark for mark in beat.marks if isinstance(mark, Units)]
        ties = [(mark.source, mark.target) for mark in beat.marks if isinstance(mark, Link)]
        keys = [mark.key for mark in steps]
        assert ties == list(pairwise(keys)) and len(steps) in (4, 5)
        for t, mark in enumerate(steps):
            value = (
                trace(name)["lstm"][0, t]
                if name == "lstm"
                else trace(name)["cell" if not t else f"cell#{t + 1}"][0]
            )
            np.testing.assert_allclose(mark.values, value[list(mark.shown)])


def overview(name: str) -> Beat:
    return next(beat for beat in story(name).beats if beat.id == "overview")


def test_branches_are_seen_in_the_overview() -> None:
    pairs = {(m.source, m.target) for m in overview("residual").marks if isinstance(m, Link)}
    assert {("part:enter", "part:add"), ("part:enter", "part:a"), ("part:b", "part:add")} <= pairs
    stage = overview("unet").stage
    assert isinstance(stage, Table)
    pairs_of_it = zip(stage.children, stage.cells, strict=True)
    cells = {child.key: cell for child, cell in pairs_of_it}  # type: ignore[union-attr]
    depth = {key: row for key, (row, _) in cells.items() if "→" not in key}
    assert depth["part:down1.0"] < depth["part:down2.0"] < depth["part:middle.0"]
    assert depth["part:up1.0"] == depth["part:down1.0"] and depth["part:up2.0"] == depth["part:down2.0"]


def test_a_u_is_found_with_its_levels_and_shortcuts() -> None:
    net = NetworkView(trace("unet"))
    shape = u_shape(net)
    assert shape is not None
    sides = [stage.side for stage in shape.stages]
    assert sides == [*sorted(sides[: len(sides) // 2 + 1], reverse=True), *sides[len(sides) // 2 + 1 :]]
    assert len(shape.shortcuts) == 2
    for a, b in shape.shortcuts:
        ends = {stage.group.name: stage for stage in shape.stages}
        assert ends[a].side == ends[b].side


def test_the_u_fills_with_maps_of_the_trace() -> None:
    net = NetworkView(trace("unet"))
    shape = u_shape(net)
    assert shape is not None
    beat = next(one for one in tell_u(net, shape) if one.id == "u")
    for stage in shape.stages:
        assert np.array_equal(beat[stage.key].pixels, stage.maps[stage.brightest])
        assert np.array_equal(stage.maps, np.asarray(net.trace[stage.group.last.output][0], dtype=float))


@pytest.mark.parametrize("name", ["residual", "convnet", "mlp"])
def test_what_is_no_u_is_not_told_as_one(name: str) -> None:
    assert u_shape(NetworkView(trace(name))) is None


def test_columns_are_the_longest_way_and_shortcuts_run_straight() -> None:
    names = ["x", "a", "b", "sum", "y"]
    pairs = [("x", "a"), ("a", "b"), ("b", "sum"), ("x", "sum"), ("sum", "y")]
    column = columns(names, pairs)
    assert column == {"x": 0, "a": 1, "b": 2, "sum": 3, "y": 4}
    row, lane = rows(names, pairs, column)
    assert row == {"x": 0, "sum": 0, "y": 0, "a": 1, "b": 1}
    assert lane["x", "sum"] == 0 and lane["x", "a"] == 1 and lane["b", "sum"] == 1


def test_no_two_blocks_share_a_cell_however_dense_the_graph() -> None:
    names = [f"n{i}" for i in range(8)]
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    column = columns(names, pairs)
    row, _ = rows(names, pairs, column)
    assert len({(row[name], column[name]) for name in names}) == len(names)


def test_normalisation_and_activation_belong_to_their_layer() -> None:
    found = find_layers(trace("convnet").graph)
    assert list(found) == ["input", "0", "2", "3", "7"]
    assert [node.kind for node in found["3"].changes] == ["BatchNorm2d", "ReLU"] and found["3"].output == "5"


def test_repeated_blocks_are_told_once() -> None:
    ids = [beat.id for beat in story("transformer").beats]
    assert "encoder.layers.0.self_attn-heads" in ids and "encoder.layers.1-brief" in ids
    assert "encoder.layers.1.self_attn-heads" not in ids


class SumThenPool(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem, self.head = nn.Conv2d(1, 4, 3, padding=1), nn.Linear(4 * 9, 3)
        self.blocks = nn.ModuleList([nn.Conv2d(4, 4, 3, padding=1) for _ in range(2)])

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.stem(x))
        for block in self.blocks:
            x = x + block(x)
        return self.head(F.max_pool2d(x, 2).flatten(1)).softmax(-1)


def test_only_modules_are_told_from_the_inside() -> None:
    trace = record(SumThenPool().eval(), torch.rand(1, 1, 6, 6))
    ids = [beat.id for beat in network(trace)]
    assert "add-op" in ids and not any(one.endswith("-next") for one in ids)
    assert any(beat.id.endswith("-next") for beat in story("transformer").beats)


def test_chosen_layers_only() -> None:
    ids = [beat.id for beat in network(trace("mlp"), layers="4")]
    assert not any(one.startswith(("0-", "2-")) for one in ids)
    with pytest.raises(UserError, match="no layer is called 'hiden'"):
        list(network(trace("mlp"), layers="hiden"))


def test_blocks_only() -> None:
    short, full = (list(network(trace("unet"), detail=detail)) for detail in ("blocks", "full"))
    assert len(short) < len(full) and not any(beat.motion for beat in short)
    with pytest.raises(UserError, match="'full', 'blocks' or 'summary' wanted"):
        list(network(trace("unet"), detail="some"))


def test_most_neurons_and_seconds() -> None:
    beats_ = list(network(trace("mlp"), max_units=5, motion_seconds=1.0))
    for beat in beats_:
        for mark in beat.marks:
            if isinstance(mark, Units):
                assert len(mark.values) <= 5 and (len(mark.values) == mark.of or mark.of > 5)
        if isinstance(beat.motion, Flow):
            assert beat.motion.seconds == 1.0


def test_another_sample_and_classes_and_truth() -> None:
    last = list(network(trace("mlp"), sample=1, classes=["a", "b", "c"], truth=[0, 1], titles={"4": "ends"}))[
        -1
    ]
    output = trace("mlp")["output"][1]
    np.testing.assert_allclose(last["answer"].values, output)
    best = "abc"[int(output.argmax())]
    assert f"The answer: {best}" in words.say(last.says, "en")
    assert ("right" if best == "b" else "wrong") in words.say(last.says, "en")
    with pytest.raises(UserError, match="no sample 7"):
        list(network(trace("mlp"), sample=7))


@pytest.mark.parametrize("many", [False, True])
def test_numbers_that_come_out_stand_beside_the_true_ones(many: bool) -> None:
    torch.manual_seed(0)
    run = record(nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2 if many else 1)), torch.rand(4, 3))
    true = [[0.5, 0.25], [1, 2], [3, 4], [5, 6]] if many else [0.5, 1, 2, 3]
    last = list(network(run, sample=2, truth=true))[-1]
    said, out = words.say(last.says, "en"), run["output"][2]
    if many:
        np.testing.assert_allclose([last["answer"].values, last["truth"].values], [out, [3, 4]])
        assert last["answer"].limit == last["truth"].limit
        assert f"{np.abs(out - [3, 4]).mean():.2f} away" in said
    else:
        np.testing.assert_allclose(last["answer"].values, [out[0], 2])
        assert said == f"{f'{out[0]:.2f}'.replace('-', '−')} comes out; 2.00 is true."
    with pytest.raises(UserError, match=r"truth has 3 numbers for sample 0, of which \d come out"):
        list(network(run, sample=2, truth=[[1, 2, 3]] * 4))


def test_gradients_run_back_along_the_weights() -> None:
    one = trace("mlp", True)
    found = [beat for beat in story("mlp", True).beats if beat.id.endswith("-back")]
    assert [beat.id for beat in found] == ["4-back", "2-back", "0-back"]
    for beat in found:
        layer = beat.id.removesuffix("-back")
        flow = list_flows(beat.motion)[0]
        wires = beat[flow.wires]
        outs, ins = beat[str(wires.source)], beat[str(wires.target)]
        np.testing.assert_allclose(outs.values, one.gradients[layer][0][list(outs.shown)])
        weight = one.parameters[f"{layer}.weight"][np.ix_(outs.shown, ins.shown)]
        np.testing.assert_allclose(flow.contributions, weight.T * outs.values)
        full = one.parameters[f"{layer}.weight"].T @ one.gradients[layer][0]
        np.testing.assert_allclose(ins.values, full[list(ins.shown)], rtol=1e-3, atol=1e-6)


def test_gradients_that_were_not_recorded_are_told() -> None:
    with pytest.raises(UserError, match="gradients=True"):
        list(network(trace("mlp"), backward=True))


@pytest.mark.parametrize("name", ["residual", "transformer"])
def test_other_layers_gradients_are_the_trace_s(name: str) -> None:
    placed = place_story(story(name, True), RenderStyle(theme.by_name("light"), "ja"))
    assert len(placed) == len(story(name, True).beats)
    beat = next(b for b in story(name, True).beats if b.id in ("b-back", "encoder.layers.0.linear2-back"))
    for mark in beat.marks:
        if isinstance(mark, Picture):
            channel, key = int(mark.key.rpartition(":")[2]), mark.key.split(":")[1]
            shown = {"b": "b", "a": "relu#2"}[key]
            np.testing.assert_allclose(mark.pixels, trace(name, True).gradients[shown][0, channel])
        if isinstance(mark, Grid):
            shown = {"linear2": "linear2", "linear1": "relu"}[mark.key.rpartition(".")[2]]
            slopes = trace(name, True).gradients[f"encoder.layers.0.{shown}"][0]
            np.testing.assert_allclose(mark.values, slopes[:, : mark.values.shape[1]])


@pytest.mark.parametrize("name", ["convnet", "unet", "painter"])
def test_gradients_of_maps_run_back_as_pictures(name: str) -> None:
    one, seen = trace(name, True), 0
    for beat in story(name, True).beats:
        if not (beat.id.endswith("-back") and isinstance(beat.motion, Playback)):
            continue
        for key, states in beat.motion.states.items():
            mark = beat[key]
            assert states[-1] == mark  # the film ends with what the beat shows
            if isinstance(mark, Picture):
                layer, channel = key.removeprefix("v:").rsplit(":", 1)
                values = [one.gradients[n][0] for n in _line(one, layer) if n in one.gradients]
                assert any(
                    v.ndim == 3
                    and v.shape[1:] == mark.pixels.shape
                    and np.allclose(v[int(channel)], mark.pixels)
                    for v in values
                ), key
                assert not states[0].pixels.any() and mark.means == words.gradient
                seen += 1
    assert seen >= 2


def _line(one: Trace, layer: str) -> list[str]:
    """A call and those that follow it alone."""
    names = [layer]
    while len(after := one.graph.after(names[-1])) == 1:
        names.append(after[0])
    return names


@pytest.mark.parametrize("name", ["convnet", "unet"])
def test_all_gradients_are_seen_at_one_glance_filling_from_the_end(name: str) -> None:
    beat = next(beat for beat in story(name, True).beats if beat.id == "gradients")
    assert isinstance(beat.motion, Playback)
    filled = {
        key: next(i for i, state in enumerate(states) if state == beat[key])
        for key, states in beat.motion.states.items()
    }
    first, *_, last = filled
    assert len(set(filled.values())) == len(filled) >= 4
    ends = (first, last) if name == "convnet" else (last, first)
    assert filled[ends[0]] == min(filled.values()) and filled[ends[1]] == max(filled.values())


def test_a_chain_is_seen_with_what_leaves_each_layer() -> None:
    one, beat = trace("convnet"), overview("convnet")
    pictures = [mark for mark in beat.marks if isinstance(mark, Picture)]
    assert len(pictures) >= 2
    for mark in pictures[1:]:
        layer, channel = mark.key.removeprefix("v:").rsplit(":", 1)
        values = [one[n][0] for n in _line(one, layer) if n in one and one[n].ndim == 4]
        assert any(
            v.shape[1:] == mark.pixels.shape and np.allclose(v[int(channel)], mark.pixels) for v in values
        )
    kinds = {type(mark) for mark in overview("residual").marks}
    assert Picture not in kinds  # branches are drawn as blocks


def test_a_transposed_convolution_is_told_with_maps_and_its_own_numbers() -> None:
    one, found = trace("painter"), [beat for beat in story("painter").beats if beat.id.endswith("-spread")]
    assert [beat.id for beat in found] == ["0-spread", "3-spread", "5-spread"]
    for beat in found:
        layer = beat.id.removesuffix("-spread")
        before, after = (mark for mark in beat.marks if isinstance(mark, Picture))
        kernel = next(mark for mark in beat.marks if isinstance(mark, Grid))
        into, out = (int(mark.key.rpartition(":")[2]) for mark in (before, after))
        np.testing.assert_allclose(before.pixels, one.layer_input(layer)[0, into])
        np.testing.assert_allclose(after.pixels, one[layer][0, out])
        np.testing.assert_allclose(kernel.values, one.parameters[f"{layer}.weight"][into, out])
    summed = next(b for b in story("painter").beats if any(isinstance(m, Formula) for m in b.marks))
    formula = next(mark for mark in summed.marks if isinstance(mark, Formula))
    numbers = [float(n) for n in re.findall(r"-?\d+\.\d+", " ".join(formula.parts))]
    signs = [-1 if part.startswith("- ") else 1 for part in formula.parts[:-1]]
    assert len(numbers) == 4
    assert abs(sum(n * sign for n, sign in zip(numbers, signs, strict=False)) - numbers[-1]) < 0.03
    out = next(int(m.key.rpartition(":")[2]) for m in summed.marks if isinstance(m, Picture))
    strongest = one["0"][0, out].reshape(-1)[np.abs(one["0"][0, out]).argmax()]
    assert abs(numbers[-1] - strongest) < 0.006


def test_blocks_that_are_built_alike_are_told_together() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 6), *(Alike() for _ in range(4)), nn.Linear(6, 2))
    ids = [beat.id for beat in network(record(model, torch.randn(1, 4)))]
    briefs = [one for one in ids if one.endswith("-brief")]
    assert len(briefs) <= 1, ids


def test_a_trace_without_a_graph_is_refused() -> None:
    with pytest.raises(UserError, match="no graph of layers"):
        list(network(Trace.of({"x": np.zeros((1, 3))})))


def test_a_trace_told_from_its_file_is_the_same(tmp_path: Any) -> None:
    trace("residual").save(tmp_path / "t.safetensors")
    assert list(network(Trace.load(tmp_path / "t.safetensors"))) == list(network(trace("residual")))


def test_a_trace_shows_itself_in_a_notebook() -> None:
    from nnanim.notebook import show

    assert show(trace("mlp")).story.beats[:3] == Story.from_beats(network(trace("mlp"))).beats[:3]


def test_blocks_say_what_they_are() -> None:
    said = [
        words.say(mark.name, "en")
        for beat in story("odd").beats
        for mark in beat.marks
        if isinstance(mark, Block)
    ]
    assert {"fft_rfft", "cumsum", "×"} <= set(said)


def test_the_mistake_of_the_convolutional_network_runs_back() -> None:
    from nnanim.scene import loader

    scene = loader.build_story("convnet", {"part": "gradients"})
    ids = [beat.id for beat in scene.beats]
    assert ids[-6:] == [
        "second_pool-back",
        "second-back",
        "first_pool-back",
        "first-back",
        "gradients",
        "card",
    ]
    start = next(beat for beat in scene.beats if beat.id == "gradient")
    slopes = next(mark for mark in start.marks if isinstance(mark, Units))
    # Cross-entropy: the gradient of the sums is what was said minus what is true.
    answer_ = next(beat for beat in scene.beats if beat.id == "answer-0")
    said = next(mark for mark in answer_.marks if isinstance(mark, Bars)).values
    true = np.eye(10)[9]
    np.testing.assert_allclose(slopes.values, (said - true)[list(slopes.shown)], atol=1e-5)


class Logarithm(nn.Module):
    """Takes logarithms of negative numbers."""

    def __init__(self, first: nn.Module, second: nn.Module) -> None:
        super().__init__()
        self.a, self.b = first, second

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.b(torch.log(self.a(x)))
        return found


LOST: dict[str, tuple[Callable[[], tuple[nn.Module, nn.Module]], tuple[int, ...]]] = {
    "dense": (lambda: (nn.Linear(4, 6), nn.Linear(6, 3)), (2, 4)),
    "convolution": (lambda: (nn.Conv2d(1, 2, 3, padding=1), nn.Conv2d(2, 2, 3)), (1, 1, 6, 6)),
    "transposed convolution": (
        lambda: (nn.Conv2d(1, 2, 3, padding=1), nn.ConvTranspose2d(2, 1, 2, 2)),
        (1, 1, 6, 6),
    ),
}


@pytest.mark.parametrize("name", LOST)
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_is_no_number_is_said_and_shown(name: str, lang: str) -> None:
    layers, shape = LOST[name]
    torch.manual_seed(0)
    first, second = layers()
    trace = record(Logarithm(first, second).eval(), torch.randn(shape))
    beats = {beat.id: beat for beat in network(trace)}
    lost = int(np.isnan(trace["log"][0]).sum())
    assert lost
    assert f" {lost} " in words.say(beats["log-op"].says, lang)
    assert words.say(beats["log-op"].says, lang).count("NaN") == 1
    assert beats["log-op"]["v:log"].detail.endswith(f": {lost} NaN")
    assert "NaN" in words.say(beats["b-op"].says, lang) and beats["b-op"]["v:b"].detail.endswith("NaN")
    assert (
        len(
            place_story(Story.from_beats(list(beats.values()), "t"), RenderStyle(theme.by_name("dark"), lang))
        )
        > 4
    )


class AddingBlock(nn.Module):
    """Adds what two layers make of normed rows."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.up, self.down = nn.LayerNorm(6), nn.Linear(6, 8), nn.Linear(8, 6)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = x + self.down(self.up(self.norm(x)).relu())
        return result


class Stack(nn.Module):
    """Blocks between a sum and a norm."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens, self.places = nn.Embedding(9, 6), nn.Embedding(9, 6)
        self.blocks = nn.ModuleList(AddingBlock() for _ in range(4))
        self.norm, self.answer = nn.LayerNorm(6), nn.Linear(6, 9)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.tokens(ids) + self.places(torch.arange(ids.shape[1]))
        for block in self.blocks:
            x = block(x)
        answer: Tensor = self.answer(self.norm(x))
        return answer


def test_blocks_that_are_built_the_same_way_are_told_once_whatever_is_around_them() -> None:
    """The sum before the first block and the norm after the last one are told by themselves."""
    torch.manual_seed(0)
    beats = list(network(record(Stack(), torch.tensor([[3, 1, 4, 1]]))))
    said = [words.say(beat.says, "en") for beat in beats]
    assert "3 more blocks, built the same way." in said
    assert not any(beat.id.startswith(("blocks.2", "blocks.1")) and "brief" not in beat.id for beat in beats)
    norm = next(i for i, one in enumerate(said) if one.startswith("Then LayerNorm"))
    assert norm > said.index("3 more blocks, built the same way.")
    assert any("tokens and places" in one for one in said)


def test_beats_of_which_nothing_stays_are_joined_and_births_of_strangers_are_dropped() -> None:
    a, b = (Units(np.array([1.0, 2.0]), key=f"v:{name}") for name in "ab")
    other, said = Units(np.array([3.0]), key="part:a"), Units(np.array([4.0]), key="sum")
    one, same, next_, lost = connect(
        [
            Beat("One.", Row(a, b), id="one"),
            Beat("The same.", Row(b), id="same"),
            Beat("The next.", Row(said, other), id="next", born={"sum": From("v:b")}),
            Beat("Lost.", Row(a), id="lost", born={"v:a": From("nobody")}, gathers={"v:b": "v:a"}),
        ]
    )
    assert not one.born and not same.born  # something stays
    assert next_.born == {"sum": From("v:b")}  # the story has said it
    assert lost.born == {"v:a": From("part:a")} and not lost.gathers  # the value of the same layer


def test_a_film_opens_with_a_question_and_ends_with_its_answer() -> None:
    classes = ["a", "b", "c"]
    beats = list(network(trace("mlp"), classes=classes))
    assert beats[0].id == "input" and words.say(beats[0].says, "en") == "What will the network say?"
    (ask,) = (place for place, beat in enumerate(beats) if beat.asks)
    last = beats[ask]["v:4"]
    assert not any(last.lit) and all(beats[ask + 1]["v:4"].lit)  # what is asked is not seen yet
    best = classes[int(trace("mlp")["output"][0].argmax())]
    assert words.say(beats[-1].says, "en").startswith(f"The answer: {best}, with")


def test_a_picture_that_comes_out_answers_what_will_come_out() -> None:
    beats = list(network(trace("unet")))
    assert words.say(beats[0].says, "en").endswith("What will come out?")
    assert words.say(beats[-1].says, "en").endswith("out.") and not any(beat.asks for beat in beats)


def test_the_most_likely_token_joins_the_sentence() -> None:
    from nnanim.scene import loader

    source = loader.load("network").without_renderer({})
    one = source.example()
    beats = list(source.story(one))
    scores = one["output"][0, -1].astype(float)
    shares = np.exp(scores) / np.exp(scores).sum()
    best = int(scores.argmax())
    (asked,) = (place for place, beat in enumerate(beats) if beat.asks)
    assert beats[asked + 1]["answer"].values[0] == pytest.approx(shares[best])
    before, after = (beats[place]["tokens"].words for place in (asked + 1, -1))
    assert after == (*before, beats[-1]["answer"].names[0])
