"""What counts the samples, and what is told where nothing does: graphs, sequences, sets that go in alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from zoo_by_hand import graph as make_graph
from zoo_by_hand import prototypes as make_prototypes

from nnanim import Trace, record
from nnanim.beats import Story
from nnanim.errors import UserError
from nnanim.marks import Grid
from nnanim.stories.network import network


class Written(nn.Module):
    """A model whose forward is a function of itself."""

    def __init__(self, forward: Callable[..., Any], **modules: nn.Module | nn.Parameter) -> None:
        super().__init__()
        self.function = forward
        for name, module in modules.items():
            setattr(self, name, module)

    def forward(self, *inputs: Tensor) -> Any:
        return self.function(self, *inputs)


def attend(m: Any, x: Tensor) -> Tensor:
    q, k, v = m.q(x), m.k(x), m.v(x)
    return (q @ k.transpose(-1, -2)).softmax(-1) @ v


def pass_messages(m: Any, x: Tensor, edges: Tensor) -> Tensor:
    sent = torch.zeros_like(x).index_add(0, edges[1], x[edges[0]])
    return m.a(sent)


def dense(*sizes: int) -> dict[str, nn.Module]:
    return {name: nn.Linear(*sizes) for name in "qkv"}


EDGES = torch.tensor([[0, 1, 2, 3], [1, 2, 3, 0]])
CASES: dict[str, tuple[Callable[[], nn.Module], tuple[Tensor, ...], int | None]] = {
    "vectors": (lambda: nn.Linear(4, 3), (torch.rand(5, 4),), 0),
    "one vector": (lambda: nn.Sequential(nn.Linear(4, 3), nn.ReLU()), (torch.rand(1, 4),), 0),
    "a graph": (make_graph, (torch.rand(6, 8), torch.eye(6)), None),
    "links": (lambda: Written(pass_messages, a=nn.Linear(4, 3)), (torch.rand(4, 4), EDGES), None),
    "one sequence": (lambda: Written(attend, **dense(4, 4)), (torch.rand(5, 4),), None),
    "sequences": (lambda: Written(attend, **dense(4, 4)), (torch.rand(3, 5, 4),), 0),
    "a picture alone": (lambda: nn.Conv2d(1, 2, 3), (torch.rand(1, 8, 8),), None),
    "pictures": (lambda: nn.Conv2d(1, 2, 3), (torch.rand(2, 1, 8, 8),), 0),
    "steps first": (
        lambda: Written(lambda m, x: m.b(m.a(x)[0]), a=nn.GRU(4, 3), b=nn.Linear(3, 2)),
        (torch.rand(5, 2, 4),),
        1,
    ),
    "steps alone": (lambda: Written(lambda m, x: m.a(x)[0], a=nn.GRU(4, 3)), (torch.rand(5, 4),), None),
    "a set": (
        lambda: Written(lambda m, x: m.b(m.a(x).mean(0)), a=nn.Linear(4, 3), b=nn.Linear(3, 2)),
        (torch.rand(5, 4),),
        None,
    ),
    "support and query": (make_prototypes, (torch.rand(6, 4), torch.rand(2, 4)), None),
    "numbers alone": (
        lambda: nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2)), (torch.rand(4),), None,
    ),
    "two towers compared": (
        lambda: Written(lambda m, x, y: m.a(x) @ m.a(y).T, a=nn.Linear(4, 3)),
        (torch.rand(5, 4), torch.rand(5, 4)),
        0,
    ),
}  # fmt: skip


def run(name: str) -> Trace:
    make, inputs, _ = CASES[name]
    torch.manual_seed(0)
    return record(make().eval(), *inputs, seed=0)


@pytest.mark.parametrize("name", CASES)
def test_what_counts_the_samples_is_found_by_what_the_calls_do(name: str) -> None:
    trace = run(name)
    axes, wanted = trace.axes("input"), CASES[name][2]
    assert ("sample" in axes) == (wanted is not None)
    assert wanted is None or axes[wanted] == "sample"
    if wanted is None:
        assert not [one for one in trace if "sample" in trace.axes(one)]
    story = Story.from_beats(network(trace), name)
    assert not story.notices


@pytest.mark.parametrize("name", ["a graph", "one sequence", "support and query"])
def test_of_one_sample_that_goes_in_alone_all_rows_are_shown(name: str) -> None:
    trace = run(name)
    beats = Story.from_beats(network(trace), name).beats
    shown = [mark.values for beat in beats for mark in beat.marks if isinstance(mark, Grid)]
    whole = trace["input"]
    assert any(values.shape == whole.shape and np.allclose(values, whole) for values in shown)


def test_nodes_are_called_nodes_and_gather_from_their_neighbours() -> None:
    trace = run("a graph")
    assert trace.axes("input") == ("node", "unit") and trace.axes("matmul") == ("node", "unit")
    said = [beat.says["en"] for beat in network(trace) if beat.says]  # type: ignore[index]
    assert any(text.startswith("Each node adds up what its neighbours send") for text in said)


def test_what_counts_the_samples_can_be_said() -> None:
    net, x = nn.Linear(4, 3), torch.rand(5, 4)
    assert record(net, x, batch=None).axes("input") == ("token", "unit")
    assert record(net, x).axes("input") == ("sample", "unit")
    assert record(nn.Linear(4, 3), torch.rand(5, 2, 4), batch=1).axes("input") == ("token", "sample", "unit")
    with pytest.raises(UserError, match="batch='rows'"):
        record(net, x, batch="rows")


def test_tokens_of_all_samples_in_one_list_are_those_of_the_sample() -> None:
    def forward(m: Any, x: Tensor) -> Tensor:
        h = torch.relu(m.a(x.reshape(-1, 4)))
        return m.b(h.reshape(3, 5, 6))

    torch.manual_seed(0)
    trace = record(Written(forward, a=nn.Linear(4, 6), b=nn.Linear(6, 2)), torch.rand(3, 5, 4))
    beat = next(beat for beat in network(trace, sample=1) if beat.id == "a-rows")
    shown = next(mark for mark in beat.marks if isinstance(mark, Grid) and mark.key == "v:a")
    assert np.allclose(shown.values, trace["relu"][5:10])
