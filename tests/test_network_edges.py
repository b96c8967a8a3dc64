"""A chart is true: its arrows are who fed whom in the run, all of them and no others."""

from __future__ import annotations

from functools import cache

import pytest
from chart_edges import (
    Chart,
    between_blocks,
    charts_drawn,
    is_held,
    members,
    misread,
    recorded,
    wanted,
)
from test_network_zoo import recorded as run_of
from zoo import ZOO

from nnanim.beats import Beat, Story
from nnanim.stories.network import network
from nnanim.structure.known import find_known
from nnanim.style import RenderStyle
from nnanim.theme import by_name


@cache
def told(name: str) -> tuple[list[tuple[Beat, Chart]], list[Beat]]:
    """The beats of a network's films, whole and short, that show charts, with what was drawn; the others."""
    with charts_drawn() as charts:
        ways = [network(run_of(name), detail=detail) for detail in ("full", "summary")]
        beats = [beat for way in ways for beat in Story.from_beats(way, name).beats]
    made = {id(chart.stage): chart for chart in charts}
    with_charts = [(beat, made[id(beat.stage)]) for beat in beats if id(beat.stage) in made]
    return with_charts, [beat for beat in beats if id(beat.stage) not in made]


@pytest.mark.parametrize("name", ZOO)
def test_every_arrow_of_a_chart_is_in_the_run_and_every_way_of_the_run_is_drawn(name: str) -> None:
    graph = run_of(name).graph
    for beat, chart in told(name)[0]:
        true = recorded(graph, chart.holding(find_known(run_of(name)).values()))
        assert (chart.drawn() - true, true - chart.drawn()) == (set(), set()), beat.id
        assert not chart.missing_blocks(), beat.id


@pytest.mark.parametrize("name", ZOO)
def test_the_overview_has_a_block_for_all_that_was_computed(name: str) -> None:
    graph = run_of(name).graph
    for beat, chart in told(name)[0]:
        if beat.id == "overview":
            assert wanted(graph) <= chart.holding(find_known(run_of(name)).values()).keys()
            held = {call for call in chart.calls if is_held(graph, graph[call])}
            assert not held, f"weights of the model's own stand in the chart: {sorted(held)}"


@pytest.mark.parametrize("name", ZOO)
def test_every_arrow_between_two_parts_of_other_beats_is_in_the_run(name: str) -> None:
    graph = run_of(name).graph
    for beat in told(name)[1]:
        drawn = between_blocks(beat)
        home = members(graph, [one for pair in drawn for one in pair])
        assert drawn <= recorded(graph, home), beat.id


@pytest.mark.parametrize("name", ZOO)
def test_arrows_of_a_chart_can_be_followed(name: str) -> None:
    for beat, _ in told(name)[0]:
        assert misread(beat, RenderStyle(by_name("dark"))) == [], beat.id
