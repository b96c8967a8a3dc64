"""record() again after the model was changed: as if it had never been seen before."""

from __future__ import annotations

import copy
import gc
import random
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nnanim.errors import UserError
from nnanim.recording import ModelRaised, Tap, record
from nnanim.trace import Trace

X = torch.linspace(-1, 1, 16).reshape(4, 4)
WORDS = torch.tensor([[1, 2, 3, 0]])


class Branches(nn.Module):
    """Dense layers of one shape, a switch, something that is not always there, and a state."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.act, self.second = nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4)
        self.body = nn.Sequential(nn.Linear(4, 4), nn.Tanh())
        self.tap = Tap("here")
        self.norm = nn.BatchNorm1d(4)
        self.register_module("extra", None)
        self.register_buffer("scale", torch.ones(4))

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.body(self.second(self.act(self.first(x)))))
        x = x if self.extra is None else self.extra(x)
        return self.tap(x) * self.scale


class Chain(nn.Module):
    """The same without anything that has a name of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4), nn.BatchNorm1d(4))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


class Doubled(nn.Linear):
    """Another class with the same tables."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) * 2


def _swap(net: nn.Module) -> None:
    net.layers[0], net.layers[1] = net.layers[1], net.layers[0]


def _narrow(net: nn.Module) -> None:
    net.layers[2], net.layers[3] = nn.Linear(4, 3), nn.BatchNorm1d(3)


def _rename(net: nn.Module) -> None:
    parts = net.layers._modules
    parts["last"] = parts.pop("3")


def _hidden_forward(net: nn.Module) -> None:
    layer = net.layers[0]
    layer.forward = lambda x: torch.sin(nn.functional.linear(x, layer.weight)) + 1


def _data(net: nn.Module, change: Callable[[Tensor], Tensor]) -> None:
    net.layers[0].weight.data = change(net.layers[0].weight.data)


def _half(net: nn.Module) -> None:
    _data(net, lambda w: w.bfloat16().float())
    net.layers[3].double().float()


def _compiled(net: nn.Module) -> None:
    net.layers[0] = torch.compile(net.layers[0], backend="eager")


def _shared_layer(net: nn.Module) -> None:
    net.layers[2] = net.layers[0]


def _shared_weight(net: nn.Module) -> None:
    net.layers[2].weight = net.layers[0].weight


CHANGES: dict[str, Callable[[Any], Any]] = {
    "another class": lambda net: net.layers.__setitem__(1, nn.Sigmoid()),
    "another class with the same tables": lambda net: net.layers.__setitem__(0, Doubled(4, 4)),
    "its class": lambda net: setattr(net.layers[0], "__class__", Doubled),
    "the same class": lambda net: net.layers.__setitem__(0, nn.Linear(4, 4)),
    "another shape": _narrow,
    "one more": lambda net: net.layers.append(nn.Linear(4, 2)),
    "one less": lambda net: net.layers.__delitem__(3),
    "modules inside": lambda net: net.layers.__setitem__(1, nn.Sequential(nn.ReLU(), nn.Linear(4, 4))),
    "order": _swap,
    "name": _rename,
    "shared layer": _shared_layer,
    "shared weight": _shared_weight,
    "own forward": _hidden_forward,
    "in place": lambda net: setattr(net.layers[1], "inplace", True),
    "hook": lambda net: net.layers[0].register_forward_hook(lambda m, args, out: out * 2),
    "first hook": lambda net: net.layers[0].register_forward_pre_hook(lambda m, args: (args[0] + 1,)),
    "weight": lambda net: setattr(net.layers[0], "weight", nn.Parameter(torch.eye(4))),
    "no bias": lambda net: setattr(net.layers[0], "bias", None),
    "another parameter": lambda net: net.layers[0].register_parameter("gain", nn.Parameter(torch.ones(1))),
    "another buffer": lambda net: net.layers[0].register_buffer("seen", torch.ones(1)),
    "no statistics": lambda net: [setattr(net.layers[3], f"running_{k}", None) for k in ("mean", "var")],
    "values": lambda net: _data(net, lambda w: w.add_(1)),
    "memory": lambda net: _data(net, lambda w: w * 2),
    "turned": lambda net: _data(net, lambda w: w.t()),
    "negated": lambda net: _data(net, lambda w: torch._neg_view(w)),
    "part of the memory": lambda net: _data(net, lambda w: w.repeat(2, 2)[::2, ::2]),
    "rounded": _half,
    "frozen": lambda net: net.requires_grad_(False),
    "mode": lambda net: net.train(not net.training),
    "weight norm": lambda net: nn.utils.parametrizations.weight_norm(net.layers[0]),
    "compiled": _compiled,
}


def _copy_with_strides(net: nn.Module) -> nn.Module:
    """A copy whose parameters lie in memory as the model's do: another order rounds sums otherwise."""
    other = copy.deepcopy(net)
    for mine, its in zip(net.parameters(), other.parameters(), strict=True):
        if mine.stride() != its.stride():
            its.data = torch.empty_strided(mine.shape, mine.stride()).copy_(its.data)
    return other


def again(net: nn.Module, *inputs: Any) -> tuple[Trace, Trace]:
    """A recording now, and one of a copy that was never recorded before."""
    state = {key: value.clone() for key, value in net.state_dict().items()}
    one = record(net, *inputs, check=True)
    closed = any("forward" in vars(module) for module in net.modules())  # over the layers of this very model
    other = record(net if closed else _copy_with_strides(net), *inputs, check=True)
    assert all(torch.equal(value, state[key]) for key, value in net.state_dict().items())
    assert all("_compiled_call_impl" not in vars(module) for module in net.modules())
    return one, other


def assert_the_same(one: Trace, other: Trace) -> None:
    assert one.graph == other.graph
    assert one.names == other.names
    assert [*one.parameters] == [*other.parameters] and [*one.buffers] == [*other.buffers]
    assert one.provenance == other.provenance
    assert one == other


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("training", [False, True])
def test_a_changed_model_is_seen_anew(change, training):
    torch.manual_seed(0)
    net = Chain().train(training)
    record(net, X)
    CHANGES[change](net)
    one, other = again(net, X)
    assert_the_same(one, other)
    for name, value in net.named_parameters():
        if "parametrizations" not in name:
            ours = one.parameters[name.replace("_orig_mod.", "")]
            np.testing.assert_array_equal(ours, value.detach().resolve_neg().numpy())


@pytest.mark.parametrize(
    "change",
    [
        lambda net: setattr(net.tap, "name", "there"),
        lambda net: setattr(net, "tap", nn.Identity()),
        lambda net: setattr(net, "extra", nn.Linear(4, 4)),
        lambda net: setattr(net, "scale", torch.full((4,), 2.0)),
        lambda net: setattr(net, "scale", None) or setattr(net, "scale", torch.tensor(3.0)),
    ],
)
def test_what_has_a_name_or_was_absent_is_seen_anew(change):
    net = Branches().eval()
    record(net, X)
    change(net)
    assert_the_same(*again(net, X))


def test_the_model_itself_becomes_another():
    net = nn.Linear(4, 4)
    record(net, X)
    net.__class__ = Doubled
    one, other = again(net, X)
    assert_the_same(one, other)
    assert [node.kind for node in one.graph][-3:] == ["linear", "mul", "output"]


def test_an_absent_module_and_another_change_places():
    class Either(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a = nn.Linear(4, 4)
            self.register_module("b", None)

        def forward(self, x: Tensor) -> Tensor:
            return self.a(x) if self.a is not None else self.b(x)

    net = Either()
    record(net, X)
    net.a, net.b = None, net.a
    one, other = again(net, X)
    assert_the_same(one, other)
    assert "b" in one and "b.weight" in one.parameters


def test_an_embedding_that_begins_to_renormalise_is_left_alone():
    net = nn.Sequential(nn.Embedding(5, 3))
    record(net, WORDS)
    net[0].max_norm = 0.1
    assert_the_same(*again(net, WORDS))


def test_a_parameter_that_lost_its_shape_is_told():
    net = Chain()
    record(net, X)
    net.layers[0].weight = nn.parameter.UninitializedParameter()
    with pytest.raises(UserError, match=r"'layers.0.weight' has no shape yet"):
        record(net, X)


def test_other_random_numbers_are_put_back_when_a_hook_begins_to_draw_them():
    net = Chain().eval()
    record(net, X)
    net.layers[1].register_forward_hook(lambda module, args, out: out * random.random())
    before = random.getstate()
    record(net, X)
    assert random.getstate() == before


def test_models_are_not_kept_alive_and_their_places_are_free_again():
    for width in range(1, 6):  # one after the other may lie at the same address
        net = nn.Sequential(nn.Linear(4, width), nn.ReLU())
        assert record(net, X)["1"].shape == (4, width)
        alive = weakref.ref(net)
        del net
        gc.collect()
        assert alive() is None


def test_models_that_compare_equal_are_told_apart():
    class Same(nn.Sequential):
        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 1

    one, other = Same(nn.Linear(4, 2)), Same(nn.ReLU())
    record(one, X)
    assert [node.kind for node in record(other, X).graph] == ["input", "ReLU", "output"]


# chains of plain layers, whose work is put off


def test_a_chain_that_breaks_off_tells_where_and_has_what_came_before():
    net = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(3, 2))
    with pytest.raises(ModelRaised, match=r"raised in '2' \(Linear\), given \(4, 4\): mat1") as raised:
        record(net, X)
    trace = raised.value.trace
    assert trace.names == ("input", "0", "1")
    assert [node.name for node in trace.graph] == ["input", "0", "1", "2"]
    assert torch.overrides._get_current_function_mode() is None


def test_values_of_a_chain_are_those_of_the_moment():
    """Also if they are overwritten later: seen, they were copied; unseen, they are refused."""

    class Overwrites(nn.Module):
        def __init__(self, seen: bool) -> None:
            super().__init__()
            self.a, self.b, self.seen = nn.Linear(4, 4), nn.Linear(4, 4), seen

        def forward(self, x: Tensor) -> Tensor:
            h = self.a(x)
            y = self.b(h)
            if self.seen:
                h.zero_()
            else:
                with torch._C.DisableTorchFunction():
                    h.zero_()
            return y

    net = Overwrites(True)
    trace = record(net, X)
    np.testing.assert_array_equal(trace["a"], net.a(X).detach().numpy())
    np.testing.assert_allclose(trace.contributions("b").rest, 0, atol=1e-6)
    lost = record(Overwrites(False), X)
    with pytest.raises(UserError, match="the values of 'a' were overwritten"):
        lost["a"]


def test_a_value_that_is_changed_between_two_layers_of_a_chain_is_followed():
    class Between(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)

        def forward(self, x: Tensor) -> Tensor:
            h = self.a(x)
            h.mul_(2)
            return self.b(h)

    net = Between()
    trace = record(net, X)
    assert [f"{e.source}>{e.target}" for e in trace.graph.edges] == ["input>a", "a>mul", "mul>b", "b>output"]
    np.testing.assert_array_equal(trace["a"] * 2, trace["mul"])
    np.testing.assert_allclose(trace.contributions("b").inputs, trace["mul"][0])


def test_what_came_into_a_layer_is_that_of_the_moment_where_functions_are_left_out():
    class Changes(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)

        def forward(self, x: Tensor) -> Tensor:
            h = self.a(x)
            h.mul_(2)
            y = self.b(h)
            with torch._C.DisableTorchFunction():
                h.zero_()
            return y

    trace = record(Changes(), X, between=False)
    with pytest.raises(UserError, match="the values of 'b' were overwritten"):
        trace.contributions("b")


def test_hooks_that_run_other_layers_stand_in_the_order_of_the_run():
    net = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4))
    net[1].register_forward_hook(lambda module, args, out: net[2](out))
    graph = record(net, X).graph
    assert [node.name for node in graph] == ["input", "0", "1", "2", "2#2", "output"]
    assert graph["2"].inside == "1" and graph["2#2"].inside == ""


def test_a_model_that_gives_nothing():
    class Silent(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(4, 4)

        def forward(self, x: Tensor) -> None:
            self.fc(x + 1)

    assert record(Silent(), X).names == ("input", "add", "fc")
    assert record(Silent(), X, only="fc").names == ("input", "fc")


def test_a_chain_looked_at_late_is_that_of_the_run():
    net = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))
    expected = [value.detach().numpy().copy() for value in (net[0](X), net(X))]
    weight = net[0].weight.detach().numpy().copy()
    x = X.clone()
    trace = record(net, x)
    with torch.no_grad():
        x.zero_()
        net[0].weight.zero_()
    net[1] = nn.Tanh()
    del net
    assert [node.kind for node in trace.graph] == ["input", "Linear", "ReLU", "Linear", "output"]
    np.testing.assert_array_equal(trace["0"], expected[0])
    np.testing.assert_array_equal(trace["output"], expected[1])
    np.testing.assert_array_equal(trace.parameters["0.weight"], weight)


def test_a_big_models_weights_are_those_of_the_run_or_refused(monkeypatch):
    monkeypatch.setattr("nnanim.recording.state.MAX_COPIED", 10)
    net = nn.Sequential(nn.Linear(4, 4))
    weight = net[0].weight.detach().numpy().copy()
    trace = record(net, X)
    net.half()
    np.testing.assert_array_equal(trace.parameters["0.weight"], weight)
