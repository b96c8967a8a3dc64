"""record() leaves what a model keeps outside of its parameters and buffers as it was."""

from __future__ import annotations

import collections
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nnanim.errors import UserError
from nnanim.recording import ModelRaised, record

X = torch.linspace(-1, 1, 8).reshape(2, 4)


class Memory:
    """An object of the user's own with numbers in it."""

    __slots__ = ("count", "rng")

    def __init__(self) -> None:
        self.count, self.rng = torch.zeros(1), random.Random(2)


class Keeper(nn.Module):
    """A layer and all kinds of plain attributes, changed in forward by ``act``."""

    def __init__(self, act: Callable[[Any, Tensor], Any], width: int = 4) -> None:
        super().__init__()
        self.fc, self.act = nn.Linear(4, 4), act
        self.register_buffer("steps", torch.zeros(1))
        self.register_buffer("sparse", torch.eye(2).to_sparse())
        self.number, self.state, self.wide = 0, torch.ones(4), torch.zeros(width, 4)
        self.list, self.cache, self.array = [torch.zeros(4)], {"k": [torch.zeros(4)]}, np.zeros(4)
        self.recent: Any = collections.deque([1], maxlen=2)
        self.ordered, self.names, self.memory = collections.OrderedDict(a=1, b=2), {"a"}, Memory()
        self.hidden = [nn.BatchNorm1d(4)]
        self.optimizers = [torch.optim.SGD(self.fc.parameters(), 0.1, momentum=0.9)]
        self.schedule = torch.optim.lr_scheduler.StepLR(self.optimizers[0], 1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.fc(x)
        self.act(self, y)
        return y + self.state + self.wide[:2]


def _train(net: Any, y: Tensor) -> None:
    with torch.enable_grad():
        net.fc(X).sum().backward()
        net.optimizers[0].step()
        net.schedule.step()


ACTS: dict[str, Callable[[Any, Tensor], Any]] = {
    "a counter": lambda net, y: setattr(net, "number", net.number + 1),
    "a state in place": lambda net, y: net.state.mul_(2),
    "a state through .data": lambda net, y: net.state.data.mul_(2),
    "a state through numpy": lambda net, y: net.state.numpy().fill(3),
    "a state anew": lambda net, y: setattr(net, "state", y.sum(0)),
    "a cache written into": lambda net, y: net.wide.__setitem__(slice(0, 2), y),
    "a list": lambda net, y: net.list.append(y),
    "what is in a list": lambda net, y: net.list[0].add_(1),
    "a dictionary": lambda net, y: net.cache.update(v=y),
    "deep in a dictionary": lambda net, y: net.cache["k"][0].add_(1),
    "an array": lambda net, y: net.array.fill(2),
    "a deque": lambda net, y: net.recent.extend([2, 3]),
    "an order": lambda net, y: net.ordered.move_to_end("a"),
    "a set": lambda net, y: net.names.add("b"),
    "an object": lambda net, y: setattr(net.memory, "count", 7),
    "in an object": lambda net, y: net.memory.count.add_(1),
    "a module in a list": lambda net, y: net.hidden[0](y),
    "optimizer and schedule": _train,
    "a class": lambda net, y: setattr(net.fc, "__class__", nn.Identity),
    "an attribute in place of a weight": lambda net, y: (delattr(net.fc, "bias"), setattr(net.fc, "bias", 1)),
    "a hook on a weight": lambda net, y: net.fc.weight.register_hook(lambda slope: slope),
    "a hook behind a weight": lambda net, y: net.fc.weight.register_post_accumulate_grad_hook(lambda w: None),
    "a sparse buffer": lambda net, y: net.sparse.mul_(2),
    "a buffer that counts": lambda net, y: net.steps.add_(1),
    "a buffer that counts through .data": lambda net, y: net.steps.data.add_(1),
    "another precision": lambda net, y: torch.set_default_dtype(torch.float64),
}


def condition(value: Any, depth: int = 0) -> Any:
    """Everything that can be compared about a value."""
    if isinstance(value, Tensor):
        hooks = len(value._backward_hooks or ())
        later = len(value._post_accumulate_grad_hooks or ()) if value.is_leaf else 0
        numbers = value.detach().to_dense().tolist()
        slope = condition(value.grad) if value.is_leaf and value.grad is not None else None
        return id(value), value._version, value.requires_grad, value.is_leaf, hooks, later, numbers, slope
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, collections.deque):
        return list(value)
    if depth > 6:
        return None
    if isinstance(value, dict):
        items = [(id(key), item) for key, item in value.items()]
    elif isinstance(value, list | tuple | set):
        items = list(enumerate(value))
    elif isinstance(value, Memory):
        items = [("count", value.count)]
    elif isinstance(value, nn.Module | torch.optim.Optimizer | torch.optim.lr_scheduler.LRScheduler):
        items = [("class", type(value)), *vars(value).items()]
    else:
        return value
    return [(key, condition(item, depth + 1)) for key, item in items]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("gradients", [False, True])
@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step:UserWarning")
def test_what_forward_changes_beside_the_weights_is_as_before(act, gradients):
    gradients = gradients and ACTS[act] is not _train  # no gradient passes a step of an optimizer
    net = Keeper(ACTS[act], 1 << 17 if act == "a cache written into" else 4)
    net.fc.weight.register_hook(lambda slope: slope)
    before = condition(net), torch.get_default_dtype()
    with torch.no_grad() if not gradients else torch.enable_grad():
        trace = record(net, X, gradients=gradients, seed=1)
    assert all(np.isfinite(trace[name]).all() for name in trace)
    assert (condition(net), torch.get_default_dtype()) == before


def test_values_that_lie_in_a_buffer_are_those_of_the_run():
    class Counts(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("n", torch.zeros(1))

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            self.n += 1
            return x * self.n, self.n.data.add_(1)

    trace = record(Counts(), X)
    assert trace["add"].tolist() == [1] and trace["output[1]"].tolist() == [2]


def test_an_attribute_that_forward_adds_stays():
    class Tells(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            self.mode = torch.is_grad_enabled()
            return x * 2

    net = Tells()
    record(net, X)
    assert net.mode


def test_weights_that_a_model_gives_have_no_hook_afterwards():
    net = nn.Module()
    net.weight = nn.Parameter(torch.ones(3))
    net.forward = lambda x: (net.weight, net.weight.sum() * x)
    record(net, X, gradients=lambda out: out[1].sum())
    assert not net.weight._backward_hooks


DRAWS: dict[str, Callable[[], Any]] = {
    "a bound method": lambda: random.Random(1).gauss,
    "a built-in bound method": lambda: random.Random(1).random,
    "a method of numpy's": lambda: np.random.default_rng(1).normal,
}


@pytest.mark.parametrize("make", DRAWS.values(), ids=DRAWS)
def test_a_generator_behind_its_method_is_put_back(make):
    draw = make()
    arguments = (0, 1) if getattr(draw, "__name__", "") == "gauss" else ()
    net = nn.Module()
    net.draw, net.forward = draw, lambda x: x * draw(*arguments)
    assert record(net, X)["output"].tolist() == record(net, X)["output"].tolist()


def test_a_generator_in_a_slot_or_a_deque_is_put_back():
    net = nn.Module()
    net.memory, net.deque = Memory(), collections.deque([random.Random(1)])
    net.forward = lambda x: x * net.memory.rng.random() * net.deque[0].random()
    assert record(net, X)["output"].tolist() == record(net, X)["output"].tolist()


ARRAYS = {
    "objects": np.array(["a", None], object),
    "words": np.array(["a"]),
    "dates": np.array(["2020-01-01"], "M8[D]"),
    "records": np.zeros(2, [("a", "f4")]),
}


@pytest.mark.parametrize("kind", ARRAYS)
@pytest.mark.parametrize("gradients", [False, True])
def test_arrays_without_numbers_reach_the_model(kind, gradients):
    net = nn.Module()
    net.fc = nn.Linear(4, 4)
    net.forward = lambda x, extra: net.fc(x) * (extra.dtype == ARRAYS[kind].dtype)
    assert record(net, X, ARRAYS[kind], gradients=gradients)["output"].any()


def test_numbers_in_another_byte_order_are_those_numbers():
    trace = record(nn.Linear(4, 2), np.arange(8, dtype=">f4").reshape(2, 4))
    assert trace["input"].ravel().tolist() == list(range(8))


def test_an_error_without_a_message_and_a_nested_tensor_are_one_line():
    class Silent(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no message")

    def fail(x: Tensor) -> None:
        raise Silent

    net = nn.Module()
    net.forward = fail
    with pytest.raises(ModelRaised, match=r"Module raised in Module, given \(2, 4\): Silent"):
        record(net, X)
    net.forward = lambda x: torch.nested.nested_tensor([x[0], x[1, :2]], layout=torch.jagged)
    with pytest.raises(UserError, match="a nested tensor has no shape of its own"):
        record(net, X)["output"]
