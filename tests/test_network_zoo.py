"""Networks of many architectures are recorded as they are, and told without a crash or a gap."""

from __future__ import annotations

from functools import cache

import pytest
import zoo_by_hand  # noqa: F401
from zoo import ZOO

from nnanim import Trace, record
from nnanim.beats import Story
from nnanim.stories.network import network

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
    story = Story.from_beats(network(recorded(name)), name)
    assert not story.notices
    assert len(story.beats) >= 3
