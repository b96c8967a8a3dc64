"""What a trace says about who fed whom: which value, which part of it, with which constants."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nnanim.recording import record
from nnanim.trace import Operand, Trace
from nnanim.trace.operands import operand_values


class Applied(nn.Module):
    """A function of the input, of a dense layer's output, and of a parameter."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.layer, self.gain = nn.Linear(4, 6), nn.Parameter(torch.randn(6))
        self.table, self.function = nn.Embedding(8, 3), function

    def forward(self, x: Tensor) -> Any:
        return self.function(self, self.layer(x))


def traced(function: Callable[..., Any]) -> Trace:
    torch.manual_seed(0)
    return record(Applied(function).eval(), torch.randn(2, 4), seed=0)


def constants(trace: Trace, kind: str) -> list[Any]:
    node = next(node for node in trace.graph if node.kind == kind)
    return [one.value or one.constant for one in node.operands]


@pytest.mark.parametrize(
    ("function", "kind", "written"),
    [
        (lambda m, h: 1 - h, "sub", [1, "layer"]),
        (lambda m, h: torch.rsub(h, 1), "sub", [1, "layer"]),
        (lambda m, h: 2 / h, "div", [2, "layer"]),
        (lambda m, h: h / 2, "div", ["layer", 2]),
        (lambda m, h: 2**h, "pow", [2, "layer"]),
        (lambda m, h: h**2, "pow", ["layer", 2]),
        (lambda m, h: h.clamp(0, 1), "clamp", ["layer", 0, 1]),
        (lambda m, h: h * m.gain, "mul", ["layer", "gain"]),
        (lambda m, h: h * torch.tensor(0.5), "mul", ["layer", 0.5]),
        (lambda m, h: torch.cat([h, 2 * h], 1), "cat", ["layer", "mul", 1]),
    ],
)
def test_operands_stand_as_they_are_written(
    function: Callable[..., Any], kind: str, written: list[Any]
) -> None:
    assert constants(traced(function), kind) == written


def test_constants_by_keyword_are_settings() -> None:
    trace = traced(lambda m, h: torch.clip(h, min=0.25))
    assert trace.graph["clip"].settings == (("min", 0.25),)


VIEWS: dict[str, Callable[[Tensor], Tensor]] = {
    "half": lambda h: h.chunk(2, 1)[1],
    "transpose": lambda h: h.T,
    "columns": lambda h: h[:, ::2],
    "one": lambda h: h[:, -1],
    "shape": lambda h: h.reshape(3, 4),
    "repeated": lambda h: h.unsqueeze(1).expand(2, 3, 6),
    "copy": lambda h: h.clone()[1:],
}


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_the_part_of_a_value_that_a_call_took_is_known(view: str, tmp_path: Path) -> None:
    trace = traced(lambda m, h: VIEWS[view](h) * 3)
    trace.save(tmp_path / "one.safetensors")
    for one in (trace, Trace.load(tmp_path / "one.safetensors")):
        taken = operand_values(one, one.graph["mul"].operands[0])
        assert taken is not None
        np.testing.assert_array_equal(taken * np.float32(3), one["mul"])


def test_a_rearranged_copy_is_unknown_and_never_guessed() -> None:
    trace = traced(lambda m, h: h.T.contiguous() * 3)
    assert trace.graph["mul"].operands[0] == Operand("layer", view=None)
    assert operand_values(trace, trace.graph["mul"].operands[0]) is None


def test_a_view_that_leaves_its_value_is_refused() -> None:
    trace = traced(lambda m, h: h * 3)
    for view in (
        (0, (100,), (1,)),
        (0, (2,), (1 << 80,)),
        (0, (-1, -1), (1, 1)),
        (-1, (2,), (1,)),
        (0, (1 << 40,), (0,)),
        (0, (2,), ()),
    ):
        assert operand_values(trace, Operand("layer", view=view)) is None


def test_an_edge_says_which_output_it_carries() -> None:
    trace = traced(lambda m, h: m.table(h.max(1).indices))
    edge = next(edge for edge in trace.graph.edges if edge.target == "table")
    assert edge.values == ("max[1]",)
    np.testing.assert_array_equal(trace["max[1]"], trace["layer"].argmax(1))
    assert trace.graph.carried_values("layer", "max") == ("layer",)


def test_what_a_module_hands_on_stays_the_value_of_the_call_inside() -> None:
    class Inner(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.max(1, keepdim=True).indices

    trace = record(
        nn.Sequential(nn.Linear(4, 6), Inner(), nn.Flatten(), nn.Embedding(8, 3)), torch.randn(2, 4)
    )
    edge = next(edge for edge in trace.graph.edges if edge.target == "2")
    assert edge.values == ("1.max[1]",)


@pytest.mark.parametrize(
    "draw",
    [torch.randn_like, torch.rand_like, lambda h: torch.empty_like(h).normal_(), lambda h: h.normal_()],
)
def test_noise_is_made_of_nothing(draw: Callable[[Tensor], Tensor]) -> None:
    trace = traced(lambda m, h: h + draw(h.clone()))
    drawn = next(node for node in trace.graph if "rand" in node.kind or node.kind == "normal")
    assert drawn.inputs == ()


@pytest.mark.parametrize("draw", [lambda h: torch.bernoulli(h.sigmoid()), lambda h: torch.normal(h, 1.0)])
def test_draws_that_depend_on_values_say_so(draw: Callable[[Tensor], Tensor]) -> None:
    trace = traced(lambda m, h: draw(h))
    drawn = next(node for node in trace.graph if node.kind in ("bernoulli", "normal"))
    assert len(drawn.inputs) == 1


def test_truth_values_are_kept_where_they_are_counted_with() -> None:
    trace = traced(lambda m, h: ((h > 0).float() * h, torch.where(h > 1, h, 0.1 * h)))
    np.testing.assert_array_equal(trace["gt"], trace["layer"] > 0)
    np.testing.assert_array_equal(trace["gt#2"], trace["layer"] > 1)
    masked = traced(lambda m, h: h.masked_fill(h > 0, 0.0))
    assert "gt" not in masked


def test_what_a_module_rearranged_is_the_value_of_the_module() -> None:
    class Turned(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(4, 6)

        def forward(self, x: Tensor) -> Tensor:
            return self.layer(x).T.contiguous()

    class Outer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.turned = Turned()

        def forward(self, x: Tensor) -> Tensor:
            return self.turned(x) + 1

    trace = record(Outer(), torch.randn(2, 4))
    taken = trace.graph["add"].operands[0]
    assert taken == Operand("turned")
    np.testing.assert_array_equal(operand_values(trace, taken) + np.float32(1), trace["add"])


@pytest.mark.parametrize("cast", [lambda h: h.to(torch.int64), lambda h: h.long(), lambda h: h.int()])
def test_to_cut_off_decimals_is_a_call_of_its_own(cast: Callable[[Tensor], Tensor]) -> None:
    trace = traced(lambda m, h: (3 * h + cast(3 * h), h.double() + 1))
    whole = next(node for node in trace.graph if node.kind in ("to", "long", "int"))
    assert trace[whole.name].dtype.kind == "i" and np.any(trace[whole.name] != 3 * trace["layer"])
    assert "double" not in {node.kind for node in trace.graph}
