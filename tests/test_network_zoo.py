"""Networks of many architectures are recorded as they are, and told without a gap, whole and short."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest
import torch
import zoo_by_hand  # noqa: F401
from torch import Tensor, nn
from zoo import ZOO

from nnanim import Trace, record, theme, words
from nnanim.beats import Beat, Story
from nnanim.marks import Bars, Block, Curve, Grid, Link, Tokens
from nnanim.stories.network import NetworkView, network
from nnanim.stories.network.moments import changes, count_inputs
from nnanim.structure.groups import group_links
from nnanim.structure.outline import outline
from nnanim.structure.weights import count_weights
from nnanim.style import RenderStyle
from nnanim.timeline import takes

FROM_CONFIGURATIONS = ("transformers", "diffusers")
for package in FROM_CONFIGURATIONS:
    pytest.importorskip(package)

import zoo_of_libraries  # noqa: E402, F401


@cache
def recorded(name: str) -> Trace:
    net, given, named = ZOO[name].build()
    return record(net, *given, seed=3, check=True, **named)  # compares with an unwatched run


@pytest.mark.parametrize("name", ZOO)
def test_a_network_is_told_without_a_gap(name: str) -> None:
    story = Story.from_beats(network(recorded(name), detail="full"), name)
    assert not story.notices
    assert len(story.beats) >= 3


@pytest.mark.parametrize("name", ZOO)
def test_a_summary_takes_a_minute(name: str) -> None:
    trace = recorded(name)
    story = Story.from_beats(network(trace, seconds=60), name, trace.provenance)
    assert not story.notices
    assert 3 <= len(story.beats) <= 14  # with the card that ends it
    for lang in ("en", "ja"):
        film = takes(story, RenderStyle(theme.by_name("dark"), lang))
        assert sum(take.seconds for take in film) <= 60, lang


@pytest.mark.parametrize("count", [3, 8])
@pytest.mark.parametrize("name", ZOO)
def test_an_outline_holds_every_layer_once_and_nothing_feeds_what_ran_before(name: str, count: int) -> None:
    net = NetworkView(recorded(name))
    layers, weights = net.steps, count_weights(net.trace, net.steps)
    parts = outline(net.trace.graph, layers, net.names, lambda layer: weights[layer.name], count)
    inputs = sum(layer.role == "input" for layer in layers)
    assert len(parts) <= max(count, inputs + 1)
    inside = [layer.name for part in parts for layer in part.group.layers]
    assert sorted(inside) == sorted(layer.name for layer in layers)
    home = {layer.name: part.group.name for part in parts for layer in part.group.layers}
    runs = {(home[one], home[layer.name]) for layer in layers for one in layer.inputs if one in home} - {
        (part.group.name, part.group.name) for part in parts
    }
    assert set(group_links([part.group for part in parts])) == runs
    before: set[str] = set()
    left = dict.fromkeys(part.group.name for part in parts)
    while left:
        free = [one for one in left if all(s in before for s, t in runs if t == one)]
        assert free, "parts feed each other round in a circle"
        before.update(free)
        left = {one: None for one in left if one not in before}


EMPTY = re.compile(
    r"ways meet|(\b\d+\b) \1 is built|makes new values|makes one value|brings the values|新しい値にし"
    r"|Further arithmetic|\bscaling and\b|\b(\w+) and \2 are added|\bIn \w+, \d"
)
"""Sentences that say nothing, or are read as something else."""


@pytest.mark.parametrize("name", ZOO)
def test_no_sentence_is_empty_and_no_two_blocks_of_a_chart_have_one_name(name: str) -> None:
    for detail in ("full", "summary"):
        for beat in network(recorded(name), detail=detail):
            for lang in ("en", "ja"):
                assert not EMPTY.search(words.say(beat.says, lang)), beat.id
            titles = [
                words.say(mark.name, "en")
                for mark in beat.marks
                if isinstance(mark, Block) and mark.key.startswith("part:")
            ]
            assert len(titles) == len(set(titles)) or "-brief" in beat.id, (beat.id, titles)


def test_inputs_are_called_as_forward_calls_them() -> None:
    overview = next(beat for beat in network(recorded("memory"), detail="summary") if beat.id == "overview")
    titles = [words.say(mark.name, "en") for mark in overview.marks if isinstance(mark, Block)]
    assert {"story", "question"} <= set(titles)


def test_whole_numbers_that_go_in_are_no_neurons() -> None:
    first = next(iter(network(recorded("memory"), detail="summary")))
    assert {type(mark) for mark in first.marks} == {Tokens}


def test_the_name_of_a_beat_is_that_of_the_module_around_it() -> None:
    ids = [beat.id for beat in network(recorded("llama"), detail="full")]
    assert "model.layers.0.input_layernorm-op" in ids
    assert max(map(len, ids)) < 72


def test_a_long_sum_is_one_step() -> None:
    class Sum(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.each = nn.ModuleList(nn.Linear(4, 3) for _ in range(3))

        def forward(self, x: Tensor) -> Tensor:
            a, b, c = (one(x) for one in self.each)
            return torch.relu(a + b + c)

    torch.manual_seed(0)
    said = [words.say(beat.says, "en") for beat in network(record(Sum(), torch.randn(2, 4)), detail="full")]
    assert "3 values are added: Linear 1 + Linear 2 + Linear 3." in said


@cache
def summary(name: str) -> dict[str, Beat]:
    trace = recorded(name)
    return {beat.id: beat for beat in Story.from_beats(network(trace, seconds=60), name).beats}


@pytest.mark.parametrize(("name", "numbers"), [("mixer", (1, 2, 3)), ("mobilenet_v2", (2, 4, 5, 7, 8, 9))])
def test_a_block_has_its_number_among_all_that_are_built_like_it(name: str, numbers: tuple[int, ...]) -> None:
    bars = summary(name)["changes"].by_key["changes"]
    assert isinstance(bars, Bars)
    assert tuple(int(words.say(one, "en").split()[-1]) for one in bars.names)[: len(numbers)] == numbers


def test_what_follows_a_call_stands_between_the_values_before_and_after() -> None:
    found, values = summary("tcn"), recorded("tcn")["0"][0]
    curve, later = found["0-after"], found["2-after"]
    assert [type(mark) for mark in curve.marks if isinstance(mark, Curve | Grid)] == [Grid, Curve, Grid]
    assert [type(mark) for mark in later.marks if isinstance(mark, Block | Grid)] == [Grid, Block, Grid]
    below = f"{(values < 0).sum()} of {values.size} values are below 0"
    assert below in words.say(curve.says, "en")
    before = curve["sum:v:0"]
    assert isinstance(before, Grid)
    np.testing.assert_allclose(before.values, values[:, :6], rtol=1e-6)


def test_no_layer_is_told_twice_in_a_minute() -> None:
    for name in ("unet", "heads", "squeeze_excite"):
        moving = {one.rpartition("-")[0] for one, beat in summary(name).items() if beat.motion is not None}
        assert not moving & {one.removesuffix("-brief") for one in summary(name) if one.endswith("-brief")}


def test_a_part_that_reaches_further_is_not_said_to_read_its_neighbours() -> None:
    assert all("neighbours" not in words.say(beat.says, "en") for beat in summary("hyena").values())
    assert any("neighbours" in words.say(beat.says, "en") for beat in summary("mobilenet_v2").values())


def test_all_that_went_in_stands_beside_what_comes_out() -> None:
    end = summary("dlrm")["output"]
    assert [type(mark).__name__ for mark in end.marks] == ["Units", "Tokens", "Tokens", "Units"]
    assert not [mark for mark in end.marks if isinstance(mark, Link)]


@pytest.mark.parametrize("name", ["graph_attention", "dlrm", "densenet"])
def test_the_change_of_a_part_is_only_given_where_it_has_one_input(name: str) -> None:
    trace = recorded(name)
    net = NetworkView(trace)
    weights = count_weights(trace, net.steps)
    names = {**net.titles, **net.names}
    parts = outline(trace.graph, net.steps, names, lambda layer: weights[layer.name], 7)
    single = {part.group.name for part in parts if len(part.repeats) == 1}
    assert all(count_inputs(net, one.group) == 1 for one in changes(net, parts) if one.group.name in single)


@pytest.mark.parametrize(
    ("name", "beat", "said"),
    [
        ("deep_cross", "mul-2-op", "3 products take input itself; here it is multiplied by w."),
        ("dlrm", "matmul-op", "Every row of the stack times every row, added up: 3 × 3 products."),
        ("convlstm", "mul-2-op", "A gate: sigmoid, between 0 and 1, says how much of tanh passes."),
        ("nerf", "mul-op", "Times each of 6 fixed numbers, 0.00 to 1.00: 6 rows."),
    ],
)
def test_products_of_computed_values_are_told(name: str, beat: str, said: str) -> None:
    assert words.say(summary(name)[beat].says, "en") == said


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("spiking", ["input", "l × 5", "+", "o"]),
        ("convlstm", ["input", "g × 4", "o"]),
        ("flow", ["input", "Coupling × 3", "output 2"]),
    ],
)
def test_rounds_of_a_loop_are_one_part_though_the_first_and_the_last_differ(
    name: str, titles: list[str]
) -> None:
    found = [
        words.say(mark.name, "en") for mark in summary(name)["overview"].marks if isinstance(mark, Block)
    ]
    assert found == titles


def test_a_lone_number_that_comes_last_is_not_what_leaves_a_part() -> None:
    blocks = [mark for mark in summary("flow")["overview"].marks if isinstance(mark, Block)]
    assert [words.say(mark.detail, "en") for mark in blocks] == ["6", "6", ""]


def test_a_u_that_is_the_whole_chart_is_drawn_once() -> None:
    assert "u" not in summary("unet2d")
    assert summary("unet2d")["overview"].motion is not None
