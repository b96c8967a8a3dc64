"""Networks of many architectures are recorded as they are, and told without a gap, whole and short."""

from __future__ import annotations

from functools import cache

import pytest
import zoo_by_hand  # noqa: F401
from zoo import ZOO

from nnanim import Trace, record, theme
from nnanim.beats import Story
from nnanim.stories.network import NetworkView, network
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
