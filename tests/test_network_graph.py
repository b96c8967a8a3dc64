"""The graph of calls where a model writes into its values, or leaves torch; and what network() says of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nnanim.errors import UserError
from nnanim.recording import record
from nnanim.stories.network import network as tell_network
from nnanim.trace import Trace

network = partial(tell_network, detail="full")  # what is told in full


class Between(nn.Module):
    """Two dense layers and a function between them."""

    def __init__(self, function: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.a, self.b, self.function = nn.Linear(4, 6), nn.Linear(6, 3), function

    def forward(self, x: Tensor) -> Any:
        return self.b(self.function(self.a(x)))


def traced(function: Callable[[Tensor], Any]) -> Trace:
    torch.manual_seed(0)
    return record(Between(function), torch.randn(3, 4), seed=0)


def said(trace: Trace) -> str:
    return " ".join(beat.says["en"] for beat in network(trace) if beat.says)  # type: ignore[index]


def add_to_a_column(h: Tensor) -> Tensor:
    h[:, 1] += 1
    return h


def scale_a_column(h: Tensor) -> Tensor:
    h[:, 1].mul_(3)
    return h


def write_a_column(h: Tensor) -> Tensor:
    h[:, 1] = h[:, 2] * 2
    return h


@pytest.mark.parametrize(
    ("function", "kind"), [(add_to_a_column, "add"), (scale_a_column, "mul"), (write_a_column, "mul")]
)
def test_a_part_that_is_overwritten_is_written_once_into_the_whole(
    function: Callable[[Tensor], Tensor], kind: str
) -> None:
    trace = traced(function)
    calls = {node.name: node.inputs for node in trace.graph if node.role == "function"}
    assert calls == {kind: ("a",), "setitem": ("a", kind)}
    assert trace.graph["b"].inputs == ("setitem",)
    changed = np.array(trace["a"])
    changed[:, 1] = trace[kind]
    np.testing.assert_array_equal(trace["setitem"], changed)
    assert "over a part of a." in said(trace)


def test_a_part_that_nothing_is_done_with_afterwards_writes_nothing() -> None:
    def taken(h: Tensor) -> Tensor:
        part = h[:, :3]
        part.mul_(2)
        return torch.relu(torch.cat([part, part], 1))

    trace = traced(taken)
    assert "setitem" not in trace.graph and "setitem" not in trace


@pytest.mark.parametrize(
    ("axis", "line"),
    [(0, "softmax(dim=0)"), (-2, "softmax(dim=0)"), (1, "softmax follows"), (-1, "softmax follows")],
)
def test_a_softmax_over_samples_says_so(axis: int, line: str) -> None:
    text = said(traced(lambda h: torch.softmax(h, axis)))
    assert line in text and ("dim=" in text) == ("dim=" in line)


def test_a_last_softmax_over_samples_gives_no_probabilities() -> None:
    torch.manual_seed(0)
    nets = [nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=dim)) for dim in (0, 1)]
    texts = [said(record(net, torch.randn(3, 4))) for net in nets]
    assert ["probabilities" in text for text in texts] == [False, True]


@pytest.mark.parametrize(
    ("leave", "call"),
    [
        (lambda h: torch.from_numpy(h.detach().numpy() * 2), "numpy"),
        (lambda h: torch.tensor(h.tolist()), "tolist"),
        (lambda h: torch.tensor(np.asarray(h.detach())), "array"),
    ],
)
def test_a_model_that_leaves_torch_is_refused_with_the_call_that_did(
    leave: Callable[[Tensor], Tensor], call: str
) -> None:
    with pytest.raises(UserError, match=rf"{call}\(\) took the numbers of 'a' out of torch"):
        list(network(traced(leave)))


def test_a_model_that_only_looks_at_its_numbers_is_told_as_ever() -> None:
    def look(h: Tensor) -> Tensor:
        assert h.sum().item() and h.detach().numpy().size
        return torch.relu(h)

    trace = traced(look)
    assert [node.kind for node in trace.graph if node.role == "function"] == ["sum", "relu"]
    assert "ReLU" in said(trace)
