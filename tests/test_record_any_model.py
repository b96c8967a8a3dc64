"""record(): models of unusual build, and values in unusual containers."""

from __future__ import annotations

import collections
import sys
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nnanim.errors import UserError
from nnanim.recording import record
from nnanim.recording.compat import CHECKED_WITH
from nnanim.recording.values import replace_tensors, tensors

X = torch.linspace(-1, 1, 12).reshape(3, 4)


def of(forward: Any, **modules: nn.Module) -> nn.Module:
    """A model whose forward is a function of itself and its inputs."""

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            for name, module in modules.items():
                self.add_module(name, module)

        def forward(self, *args: Any, **kwargs: Any) -> Any:
            return forward(self, *args, **kwargs)

    return Model()


# autograd inside


def _energy(net: Any, x: Tensor) -> Tensor:
    x = x.detach().requires_grad_() if not x.requires_grad else x
    return torch.autograd.grad(net.fc(x).square().sum(), x)[0]


def _inner_loop(net: Any, x: Tensor) -> Tensor:
    loss = F.linear(x, net.fc.weight).square().mean()
    (slope,) = torch.autograd.grad(loss, [net.fc.weight], create_graph=True)
    return F.linear(x, net.fc.weight - 0.1 * slope)


@pytest.mark.parametrize("forward", [_energy, _inner_loop])
@pytest.mark.parametrize("takes", [False, True])
def test_the_callers_grad_mode_holds(forward, takes):
    net, x = of(forward, fc=nn.Linear(4, 4)), X.clone().requires_grad_(takes)
    expected = net(x).detach().numpy()
    trace = record(net, x, check=True)
    np.testing.assert_array_equal(trace["output"], expected)
    assert x.grad is None and net.fc.weight.grad is None


def test_a_model_that_asks_for_the_grad_mode_gets_the_callers():
    net = of(lambda net, x: x * (2 if torch.is_grad_enabled() else 3))
    assert np.array_equal(record(net, X)["output"], (X * 2).numpy())
    with torch.no_grad():
        assert np.array_equal(record(net, X)["output"], (X * 3).numpy())


@pytest.mark.parametrize("grad", [False, True])
def test_inputs_that_can_be_overwritten_bare_can_be_overwritten(grad):
    def forward(net: Any, x: Tensor) -> Tensor:
        x[:, 0] = 0
        return x.relu_() + 1

    given = X.clone().requires_grad_() * 2 if grad else X.clone()
    held = given.detach().clone()
    trace = record(of(forward), given, check=True)
    assert torch.equal(given, held) and (trace["output"][:, 0] == 1).all()


def test_an_output_that_another_thread_computed_came_from_unseen_code():
    def forward(net: Any, x: Tensor) -> Tensor:
        found: list[Tensor] = []
        worker = threading.Thread(target=lambda: found.append(net.fc(x)))
        worker.start()
        worker.join()
        return found[0]

    graph = record(of(forward, fc=nn.Linear(4, 4)), X).graph
    assert [f"{edge.source}>{edge.target}" for edge in graph.edges] == ["input>unseen", "unseen>output"]


# transforms


def test_vmap_inside_is_refused_in_one_line():
    net = of(lambda net, x: torch.func.vmap(net.fc)(x), fc=nn.Linear(4, 4))
    with pytest.raises(UserError, match=r"^'fc' \(Linear\) runs inside a transform of torch.func .*$"):
        record(net, X)
    net = of(lambda net, x: torch.func.vmap(torch.sin)(x))
    with pytest.raises(UserError, match=r"^'sin' in 'the model' runs inside a transform of torch.func"):
        record(net, X)
    assert torch.overrides._get_current_function_mode() is None


@pytest.mark.parametrize("transform", [torch.func.vmap, torch.func.grad])
def test_record_under_a_transform_is_refused_in_one_line(transform):
    net = nn.Linear(4, 4)
    with pytest.raises(UserError, match=r"^record\(\) runs inside a transform of torch.func .*$"):
        transform(lambda x: record(net, x))(X if transform is torch.func.vmap else X[0])


# structure


def nested(depth: int) -> nn.Module:
    net: nn.Module = nn.Linear(4, 4)
    for _ in range(depth):
        net = nn.Sequential(net)
    return net


def test_modules_nested_as_deep_as_torch_can_call_them():
    found: list[Any] = []

    def work() -> None:
        found.append(record(nested(260), X))

    limit = sys.getrecursionlimit()
    worker = threading.Thread(target=work)  # where the stack is not deep already
    worker.start()
    worker.join()
    (trace,) = found
    assert len([node for node in trace.graph if node.kind == "Sequential"]) == 259
    assert sys.getrecursionlimit() == limit


def test_a_module_that_contains_itself():
    net = of(lambda net, x: net.child(x) + 1, child=of(lambda net, x: net.fc(x) * 2, fc=nn.Linear(4, 4)))
    net.child.parent = net
    net.child.fc.top = net.child
    trace = record(net, X, check=True)
    assert trace.names == ("input", "child.fc.linear", "child.fc", "child.mul", "child", "add", "output")
    assert [*trace.parameters] == ["child.fc.weight", "child.fc.bias"]


def test_a_module_that_calls_itself():
    def forward(net: Any, x: Tensor, depth: int = 2) -> Tensor:
        return net.fc(x) if not depth else net.self_(x, depth - 1) * 2

    inner = of(forward, fc=nn.Linear(4, 4))
    inner.self_ = inner
    trace = record(nn.Sequential(inner), X)
    assert trace.names == ("input", "0.fc", "0#3", "0.mul", "0#2", "0.mul#2", "0", "output")


def test_keys_with_a_number_sign():
    net = nn.ModuleDict({"a": nn.Linear(4, 4), "a#2": nn.Linear(4, 4), "b#": nn.Linear(4, 4)})
    model = of(lambda self, x: net["b#"](net["a#2"](net["a"](net["a"](x)))), net=net)
    trace = record(model, X)
    assert len(set(trace.names)) == len(trace.names) == 6
    assert trace.names == ("input", "net.a", "net.a#2", "net.a#2#1", "net.b##1", "output")
    first = net["a"](X)
    np.testing.assert_array_equal(trace["net.a#2"], net["a"](first).detach().numpy())
    np.testing.assert_array_equal(trace["net.a#2#1"], net["a#2"](net["a"](first)).detach().numpy())
    assert "net.b#" in trace and trace.graph["net.a#2"].path == "net.a"
    assert trace.graph["net.a#2#1"].path == "net.a#2"
    for name in ("net.a", "net.a#2", "net.a#2#1", "net.b##1"):
        np.testing.assert_allclose(trace.contributions(name).rest, 0, atol=1e-6)


# containers


class Listed(list):
    """A list with a constructor of its own."""

    def __init__(self, title: str, items: Any = ()) -> None:
        super().__init__(items)
        self.title = title


class Named(dict):
    """A dictionary with a constructor of its own."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title


class Pair(tuple):
    """A tuple with a constructor of its own."""

    def __new__(cls, left: Any, right: Any) -> Any:
        return super().__new__(cls, (left, right))


@dataclass(frozen=True)
class Frozen:
    x: Tensor
    note: str = "kept"


class Store(collections.abc.MutableMapping):
    def __init__(self, **items: Any) -> None:
        self._items = items

    def __getitem__(self, key: str) -> Any:
        return self._items[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._items[key] = value

    def __delitem__(self, key: str) -> None:
        del self._items[key]

    def __iter__(self) -> Any:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


class GraphData:
    """Features and edges behind attribute access, as libraries for graphs have them."""

    def __init__(self, **items: Any) -> None:
        self.__dict__["_store"] = Store(**items)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.__dict__["_store"][name]


class Slotted:
    __slots__ = ("_me", "x")

    def __init__(self, x: Tensor) -> None:
        self.x, self._me = x, self


def _default_dict() -> Any:
    return collections.defaultdict(list, {"x": X})


def _named() -> Any:
    made = Named("t")
    made["x"] = X
    return made


class Node:
    """A tree whose nodes know each other."""

    def __init__(self, x: Tensor, depth: int) -> None:
        self.x, self.parent = x, None
        self.children = [Node(x + i, depth - 1) for i in range(3)] if depth else []
        for child in self.children:
            child.parent = self


CONTAINERS: dict[str, tuple[Any, Any]] = {
    "defaultdict": (_default_dict, lambda v: v["x"] * (1 + len(v["new"]))),
    "dict subclass": (_named, lambda v: v["x"] * len(v.title)),
    "ordered": (lambda: collections.OrderedDict(x=X), lambda v: v["x"]),
    "list subclass": (lambda: Listed("t", [X]), lambda v: v[0] * len(v.title)),
    "tuple subclass": (lambda: Pair(X, 2), lambda v: v[0] * v[1]),
    "frozen dataclass": (lambda: Frozen(X), lambda v: v.x * len(v.note)),
    "mapping": (lambda: Store(x=X), lambda v: v["x"]),
    "graph": (lambda: GraphData(x=X, edges=X > 0), lambda v: v.x * v.edges),
    "slots": (lambda: Slotted(X), lambda v: v.x),
    "tree": (lambda: Node(X, 3), lambda v: v.children[0].parent.x),
    "distribution": (lambda: torch.distributions.Normal(X, X.exp()), lambda v: v.mean),
    "nested": (lambda: [{"deep": (GraphData(x=X), 3)}], lambda v: v[0]["deep"][0].x * 2),
}


@pytest.mark.parametrize("kind", CONTAINERS)
def test_inputs_in_containers_reach_the_model_as_they_are_and_are_untouched(kind):
    make, read = CONTAINERS[kind]

    def forward(net: Any, value: Any) -> Tensor:
        assert type(value) is type(given)
        found: Tensor = read(value)
        (value["x"] if isinstance(value, dict) else found).mul_(0 if isinstance(value, dict) else 1)
        return net.fc(found * 1)

    given, net = make(), of(forward, fc=nn.Linear(4, 4))
    held = [tensor.clone() for _, tensor in tensors(given)]
    trace = record(net, given)
    assert held and all(torch.equal(a, b) for a, (_, b) in zip(held, tensors(given), strict=True))
    np.testing.assert_array_equal(trace["input"], held[0].numpy())
    assert [node.name for node in trace.graph if node.kind == "Linear"] == ["fc"]


@pytest.mark.parametrize("kind", CONTAINERS)
def test_outputs_in_containers_are_recorded(kind):
    make, _ = CONTAINERS[kind]
    found: list[Any] = []

    def forward(net: Any, x: Tensor) -> Any:
        value = replace_tensors(
            make(), lambda tensor: tensor if tensor.dtype == torch.bool else tensor + x * 0
        )
        found.append(value)
        return value

    trace = record(of(lambda net, x: net.inner(x), inner=of(forward)), X)
    expected = tensors(found[0])
    np.testing.assert_array_equal(trace["output"], expected[0][1].numpy())
    for place, tensor in expected[1:]:
        np.testing.assert_array_equal(trace[f"output{place}"], tensor.numpy())
        np.testing.assert_array_equal(trace[f"inner{place}"], tensor.numpy())


def test_the_parts_of_a_distribution_and_a_graph_are_found_by_their_names():
    layers = {"mu": nn.Linear(4, 2), "spread": nn.Linear(4, 2)}
    net = of(lambda net, x: torch.distributions.Normal(net.mu(x), net.spread(x).exp()), **layers)
    trace = record(net, X)
    assert {"output", "output[scale]"} <= set(trace.names) and "output[loc]" in trace
    assert {f"{e.source}>{e.target}" for e in trace.graph.edges} >= {"mu>output", "exp>output[scale]"}
    net = of(lambda net, data: net.fc(data.x), fc=nn.Linear(4, 2))
    trace = record(net, GraphData(x=X, edges=torch.tensor([[0, 1]])))
    assert "input[0][x]" in trace and "input[0][edges]" in trace
    assert ("input", "fc") in {(e.source, e.target) for e in trace.graph.edges}


def test_objects_between_modules_say_who_fed_whom():
    first = of(lambda net, x: GraphData(x=net.fc(x)), fc=nn.Linear(4, 4))
    second = of(lambda net, data: net.fc(data.x), fc=nn.Linear(4, 2))
    graph = record(nn.Sequential(first, second), X).graph
    assert graph["1"].inputs == ("0.fc",)


# values that become numbers


@pytest.mark.parametrize(
    "count",
    [
        lambda h: (h > 0).float() * h, lambda h: (h > 0) * h, lambda h: h * (h > 0).to(h.dtype),
        lambda h: h + (h > 0).sum(), lambda h: h - (h > 0).type_as(h).mean(),
    ],
)  # fmt: skip
def test_truth_values_that_become_numbers_are_kept(count):
    net = of(lambda net, x: count(net.fc(x)), fc=nn.Linear(4, 4))
    trace = record(net, X, check=True)
    np.testing.assert_array_equal(trace["gt"].astype(bool), trace["fc"] > 0)


def test_settings_are_those_of_the_run():
    net = nn.Sequential(nn.Conv2d(1, 1, 3, stride=2))
    trace = record(net, torch.ones(1, 1, 8, 8))
    net[0].stride = (1, 1)
    assert trace.graph["0"].setting("stride") == (2, 2)


def test_the_provenance_of_two_runs_is_the_same():
    net = nn.Linear(4, 4)
    assert record(net, X).provenance == record(net, X).provenance
    assert not {"date", "time", "host", "user"} & set(record(net, X).provenance)


# torch's private names


def test_the_private_names_of_torch_were_checked_with_this_version():
    """Another version: run tests/test_record*.py, read what changed in torch.nn.Module.__call__,

    torch.overrides.handle_torch_function and torch.compiler.set_stance, then add the version to compat.py.
    """
    assert ".".join(torch.__version__.split(".")[:2]) in CHECKED_WITH
