"""record(): the model, its gradients, its buffers and all random states are afterwards as they were."""

from __future__ import annotations

import copy
import ctypes
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from nnanim.errors import UserError
from nnanim.recording import ModelRaised, Recorder, record, state
from nnanim.recording.rng_state import RngState
from nnanim.recording.surroundings import run_and_restore

X = torch.linspace(-1, 1, 12).reshape(3, 4)
RNG = np.random.default_rng(3)
TORCH_RNG = torch.Generator().manual_seed(3)


def condition(net: nn.Module) -> dict[str, Any]:
    """Everything about a model that recording must leave alone."""
    modules = list(net.modules())
    held = [*net.parameters(), *net.buffers()]
    return {
        "attributes": [dict(vars(module)) for module in modules],
        "tables": [
            {key: dict(value) for key, value in vars(module).items() if isinstance(value, dict)}
            for module in modules
        ],
        "modes": [module.training for module in modules],
        "tensors": [id(value) for value in held],
        "memory": [value.data_ptr() for value in held],
        "shapes": [(value.shape, value.stride(), value.dtype, value.requires_grad) for value in held],
        "versions": [value._version for value in held],
        "values": [value.detach().clone() for value in held],
        "gradients": [(value.grad, None if value.grad is None else value.grad.clone()) for value in held],
        "function modes": torch.overrides._get_current_function_mode_stack(),
        "grad mode": torch.is_grad_enabled(),
        "depth": sys.getrecursionlimit(),
    }


def assert_untouched(net: nn.Module, before: dict[str, Any]) -> None:
    after = condition(net)
    for key in before:
        if key == "values":
            assert all(torch.equal(a, b) for a, b in zip(after[key], before[key], strict=True))
        elif key == "gradients":
            for (now, value), (then, old) in zip(after[key], before[key], strict=True):
                assert now is then and (value is None or torch.equal(value, old))
        elif key in ("attributes", "tables"):
            for now, then in zip(after[key], before[key], strict=True):
                assert [*now] == [*then]
                assert all(now[name] is then[name] for name in then if key == "attributes")
                for name in then if key == "tables" else ():
                    assert [*now[name]] == [*then[name]]
                    assert all(now[name][k] is then[name][k] for k in then[name])
        else:
            assert after[key] == before[key], key


class Body(nn.Module):
    """A layer, a buffer, and something that happens in forward."""

    def __init__(self, act: Callable[[Any, Tensor], Any], width: int = 4) -> None:
        super().__init__()
        self.fc = nn.Linear(4, width)
        self.norm = nn.BatchNorm1d(width)
        self.register_buffer("count", torch.zeros(2))
        self.act = act

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.fc(x))
        self.act(self, x)
        return x


def _step(net: Body, x: Tensor) -> None:
    with torch.enable_grad():
        optimizer = torch.optim.Adam(net.parameters(), lr=0.1, foreach=True)
        net.fc(X).square().sum().backward()
        optimizer.step()


def _own_step(net: Body, x: Tensor) -> None:
    with torch.enable_grad():
        net.optimizer.zero_grad()
        net.fc(X).square().sum().backward()
        net.optimizer.step()
        net.optimizer.param_groups[0]["lr"] = 3.0


def _swap_data(net: Body, x: Tensor) -> None:
    net.fc.weight.data = net.fc.weight.data * 2


def _grow(net: Body, x: Tensor) -> None:
    net.register_buffer("late", torch.ones(3), persistent=False)
    net.add_module("more", nn.Linear(2, 2))
    net.register_parameter("gain", nn.Parameter(torch.ones(1)))
    net.fc.register_forward_hook(lambda *_: None)


def _lose(net: Body, x: Tensor) -> None:
    del net.count
    net.norm = None


def _freeze(net: Body, x: Tensor) -> None:
    net.requires_grad_(False)
    net.eval()


def _unseen(net: Body, x: Tensor) -> None:
    net.fc.weight.detach().numpy()[:] = 7
    with torch._C.DisableTorchFunction():
        net.fc.bias.data.add_(1)


def _foreach(net: Body, x: Tensor) -> None:
    torch._foreach_mul_([p.data for p in net.parameters()], 3.0)
    with torch.no_grad():
        torch._foreach_add_(list(net.parameters()), 1.0)


def _differentiate(net: Body, x: Tensor) -> None:
    with torch.enable_grad():
        net.fc(X).sum().backward()
        torch.autograd.backward(net.fc(X).square().sum())


def _reset(net: Body, x: Tensor) -> None:
    nn.init.zeros_(net.fc.weight)
    net.fc.bias.data.zero_()
    net.count += 1
    net.count[0] = 5


def _make_depend(net: Body, x: Tensor) -> None:
    with torch.enable_grad():
        net.count += net.fc.bias.sum()


def _resize(net: Body, x: Tensor) -> None:
    net.fc.weight.data.resize_(1, 2).zero_()
    net.count.resize_(50)


ACTS: dict[str, Callable[[Any, Tensor], Any]] = {
    "optimizer": _step, "data": _swap_data, "register": _grow, "remove": _lose, "freeze": _freeze,
    "numpy": _unseen, "foreach": _foreach, "backward": _differentiate, "in place": _reset,
    "depend": _make_depend, "resize": _resize,
    "running means": lambda net, x: nn.functional.batch_norm(
        x, net.norm.running_mean, net.norm.running_var, training=True
    ),
    "low level": lambda net, x: torch.ops.aten.mul_.Scalar(net.fc.bias.data, 2.0),
    "recursion": lambda net, x: sys.setrecursionlimit(4000),
    "grad mode": lambda net, x: torch.set_grad_enabled(not torch.is_grad_enabled()),
}  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("grad", [False, True])
@pytest.mark.parametrize("gradients_before", [False, True])
def test_a_model_that_changes_itself_is_as_before(act, grad, gradients_before):
    net = Body(ACTS[act])
    if gradients_before:
        net.norm(net.fc(X)).square().sum().backward()
    before = condition(net)
    with torch.set_grad_enabled(grad):
        record(net, X)
    if act == "resize":  # torch gave the numbers another place
        del before["memory"]
    assert_untouched(net, before)


@pytest.mark.parametrize("act", sorted(ACTS.keys() - {"numpy", "resize"}))
def test_a_large_model_that_changes_itself_is_as_before_or_refused(act, monkeypatch):
    monkeypatch.setattr(state, "MAX_COPIED", 3)
    net = Body(ACTS[act])
    before = condition(net)
    record(net, X)
    assert_untouched(net, before)


def test_what_cannot_be_undone_in_a_large_model_is_refused(monkeypatch):
    monkeypatch.setattr(state, "MAX_COPIED", 3)

    def act(net: Body, x: Tensor) -> None:
        with torch.no_grad(), torch._C.DisableTorchFunction():
            net.fc.weight.add_(1)

    net = Body(act)
    with pytest.raises(UserError, match=r"the model overwrote 'fc.weight' in a way that torch does not show"):
        record(net, X)
    assert torch.overrides._get_current_function_mode() is None


def _scale(module: Any, args: Any, out: Any = None) -> None:
    module.weight.data.mul_(2)
    module.bias.data = module.bias.data + 1


@pytest.mark.parametrize("large", [False, True])
def test_hooks_that_change_weights_and_buffers(large, monkeypatch):
    if large:
        monkeypatch.setattr(state, "MAX_COPIED", 3)
    net = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.ReLU())
    net[0].register_forward_pre_hook(_scale)
    net[0].register_forward_hook(_scale)
    net[2].register_forward_hook(lambda module, args, out: net[1].running_mean.add_(1))
    before = condition(net)
    record(net, X)
    assert_untouched(net, before)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("wrap", [parametrizations.spectral_norm, nn.utils.spectral_norm])
@pytest.mark.parametrize("large", [False, True])
def test_spectral_norm_in_train_mode(wrap, large, monkeypatch):
    if large:
        monkeypatch.setattr(state, "MAX_COPIED", 3)
    net = nn.Sequential(wrap(nn.Linear(4, 4)), nn.ReLU(), wrap(nn.Linear(4, 2))).train()
    held = {key: value.clone() for key, value in net.state_dict().items()}
    record(net, X, check=True)
    assert all(torch.equal(value, held[key]) for key, value in net.state_dict().items())


@pytest.mark.parametrize("large", [False, True])
def test_the_optimizer_of_a_model_that_trains_itself(large, monkeypatch):
    if large:
        monkeypatch.setattr(state, "MAX_COPIED", 3)
    net = Body(_own_step)
    net.optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
    for _ in range(2):  # before its first step, and after it
        before, weights = copy.deepcopy(net.optimizer.state_dict()), condition(net)
        record(net, X)
        after = net.optimizer.state_dict()
        assert after["param_groups"] == before["param_groups"]
        assert after["state"].keys() == before["state"].keys()
        for number, moments in before["state"].items():
            assert all(torch.equal(after["state"][number][key], value) for key, value in moments.items())
        assert_untouched(net, weights)
        net(X)
        net.zero_grad()


def test_a_pending_backward_pass_still_runs():
    net = nn.Sequential(nn.Linear(4, 4), Body(lambda net, x: None), nn.Linear(4, 1))
    loss = net(X).sum()
    net[1].act = _reset
    record(net, X)
    loss.backward()


def test_the_weights_of_the_trace_are_those_of_the_run_after_silent_changes():
    net = nn.Sequential(nn.Linear(600, 600))
    early, late, sampled = record(net, torch.ones(1, 600)), record(net, torch.ones(1, 600)), None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state, "MAX_COMPARED", 10)
        sampled = record(net, torch.ones(1, 600))
    weight = net[0].weight.detach().clone().numpy()
    np.testing.assert_array_equal(early.parameters["0.weight"], weight)
    net[0].weight.data[17, 3] += 1  # torch does not count this
    np.testing.assert_array_equal(early.parameters["0.weight"], weight)
    with pytest.raises(UserError, match=r"'0\.weight' has changed since the recording"):
        late.parameters["0.weight"]
    net[0].weight.data.clamp_(-0.01, 0.01)
    with pytest.raises(UserError, match=r"'0\.weight' has changed since the recording"):
        sampled.parameters["0.weight"]


def test_a_module_that_was_compiled_in_place_stays_so():
    net = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
    net[0].compile(backend="eager")
    held = vars(net[0])["_compiled_call_impl"]
    trace = record(net, X)
    assert trace.names == ("input", "0", "1", "output")
    assert vars(net[0])["_compiled_call_impl"] is held


# random states


class Dice:
    def __init__(self) -> None:
        self.rng = np.random.RandomState(1)


def _helper() -> float:
    return float(RNG.normal()) + random.random()


class Draws(nn.Module):
    def __init__(self, draw: Callable[[Any], Any]) -> None:
        super().__init__()
        self.fc, self.draw = nn.Linear(4, 4), draw
        self.numpy, self.dice, self.own = np.random, Dice(), random.Random(5)
        self.generators = [torch.Generator().manual_seed(1)]

    def forward(self, x: Tensor, rng: Any = np.random.default_rng(9)) -> Tensor:  # noqa: B008
        return self.fc(x) + float(self.draw(self)) * 1e-3 + float(rng.normal()) * 1e-3


DRAWS: dict[str, Callable[[Any], Any]] = {
    "python": lambda net: random.random(),
    "numpy through an attribute": lambda net: net.numpy.normal(),
    "a default argument": lambda net, draw=np.random.normal: draw(),
    "a helper": lambda net: _helper(),
    "python's own": lambda net: net.own.random(),
    "numpy's own": lambda net: net.dice.rng.normal(),
    "torch's own": lambda net: torch.randn(1, generator=net.generators[0]),
    "torch's in the module": lambda net: torch.randn(1, generator=TORCH_RNG),
    "torch's in place": lambda net: torch.empty(1).normal_(generator=TORCH_RNG),
    "torch": lambda net: torch.randn(1),
}


@pytest.mark.parametrize("draw", DRAWS)
def test_random_numbers_however_they_are_reached(draw):
    net = Draws(DRAWS[draw])
    one, two = record(net, X, seed=1, check=True), record(net, X, seed=1)
    np.testing.assert_array_equal(one["output"], two["output"])


@pytest.mark.parametrize(
    "make", [np.random.default_rng, np.random.RandomState, random.Random, torch.Generator]
)
def test_all_kinds_of_generators_are_put_back(make):
    draw = {np.random.Generator: lambda g: g.random(), torch.Generator: lambda g: torch.rand(1, generator=g)}
    net, generator = nn.Module(), make()
    net.sampler = {"deep": [generator]}
    kind = next((one for one in draw if isinstance(generator, one)), None)
    take = draw[kind] if kind else lambda g: g.random() if hasattr(g, "random") else g.random_sample()
    before = RngState([net])
    first = float(take(generator))
    before.restore()
    assert float(take(generator)) == first


# interrupts


class Deep(nn.Module):
    """Some modules, a state of its own, random numbers, attention; long enough to be interrupted anywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.ReLU(inplace=True), nn.Dropout(0.2))
            for _ in range(6)
        )
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)
        self.register_buffer("count", torch.zeros(3))

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = x + block(x)
        self.count += 1
        self.count = self.count * 2
        x = self.attention(x[None], x[None], x[None])[0][0]
        return x * random.random() + torch.rand(1)


class Interrupted(Exception):
    """What a test throws into a thread at a random moment."""


def _throw(thread: int, error: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))


def record_under_fire(recordings: int, interrupts: int, threads: int = 2) -> tuple[int, int, Any, Any]:
    """Record one model in several threads while exceptions arrive in them at random moments.

    Returns:
        How many recordings were whole, how many broken off, and the model's condition before and after.
    """
    net = Deep().train()
    record(net, X, seed=1)
    before, expected = condition(net), record(net, X, seed=1)
    broken: list[int] = []
    wrong: list[Any] = []
    done: list[list[int]] = [[] for _ in range(threads)]
    firing: set[int] = set()
    aiming, fire = threading.Lock(), random.Random(7)

    def record_all(done: list[int]) -> None:
        firing.add(threading.get_ident())
        while len(done) < recordings:
            try:
                trace = record(net, X, seed=1)
                done.append(1)
                if trace.names != expected.names or not np.array_equal(trace["output"], expected["output"]):
                    wrong.append(trace.names)
            except (Interrupted, ModelRaised):
                broken.append(1)
        with aiming:
            firing.discard(threading.get_ident())
        for _ in range(1000):  # what was thrown last arrives here
            pass

    def work(done: list[int], depth: int = 4) -> None:
        """Go on after every interrupt, also after one that arrives in an ``except`` of the next level."""
        while depth:
            try:
                return work(done, depth - 1)
            except Interrupted:
                continue
        record_all(done)

    workers = [threading.Thread(target=work, args=(done[i],)) for i in range(threads)]
    for worker in workers:
        worker.start()
    for _ in range(interrupts):
        time.sleep(fire.random() * 0.004)
        with aiming:
            if firing:
                _throw(fire.choice(list(firing)), Interrupted)
    for worker in workers:
        worker.join()
    assert not wrong
    return sum(map(len, done)), len(broken), net, before


def test_interrupts_in_two_threads_leave_nothing_behind():
    whole, broken, net, before = record_under_fire(20, 60)
    assert whole == 40 and broken
    assert_untouched(net, before)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers on this system")
def test_ctrl_c_at_any_moment_leaves_nothing_behind():
    net = Deep().train()
    record(net, X)
    before, state, python = condition(net), torch.get_rng_state(), random.getstate()
    stopped, whole = 0, 0
    old = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        for number in range(120):
            try:
                signal.setitimer(signal.ITIMER_REAL, 1e-4 + (number % 60) * 5e-5)
                record(net, X)
                whole += 1
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                stopped += 1
            signal.setitimer(signal.ITIMER_REAL, 0)
            assert_untouched(net, before)
            assert torch.equal(torch.get_rng_state(), state) and random.getstate() == python
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert stopped


def test_a_restoration_that_is_interrupted_is_done_to_its_end():
    done: list[str] = []

    class Fragile:
        interrupts = 2

        def restore(self) -> None:
            if self.interrupts:
                self.interrupts -= 1
                raise KeyboardInterrupt
            done.append("restored")

    with pytest.raises(KeyboardInterrupt):
        run_and_restore(lambda: done.append("run"), Fragile())
    assert done == ["run", "restored"]


# threads


def test_a_thread_that_only_calls_the_model_is_not_in_the_trace():
    net, stop = Deep().eval(), threading.Event()
    expected = record(net, X, seed=1)

    def call() -> None:
        while not stop.is_set():
            with torch.no_grad():
                net.blocks[0](X)

    worker = threading.Thread(target=call)
    worker.start()
    try:
        for _ in range(30):
            assert record(net, X, seed=1).names == expected.names
    finally:
        stop.set()
        worker.join()


def test_a_model_recorded_in_its_own_forward():
    class Looks(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(4, 4)

        def forward(self, x: Tensor) -> Tensor:
            self.inner = record(self.fc, x)
            return self.fc(x) * 2

    net = Looks()
    trace = record(net, X)
    assert net.inner.names == ("input", "Linear", "output")
    np.testing.assert_array_equal(net.inner["output"], trace["fc"])
    np.testing.assert_array_equal(trace["output"], trace["fc"] * 2)
    assert "_compiled_call_impl" not in vars(net.fc)


def test_a_recorder_leaves_train_mode_even_if_it_is_interrupted():
    net = Body(lambda net, x: (_ for _ in ()).throw(KeyboardInterrupt))
    recorder = Recorder(net, X)
    before = condition(net)
    with pytest.raises(KeyboardInterrupt):
        recorder.snapshot()
    assert_untouched(net, before)


def test_copies_of_a_recorded_model_are_plain():
    net = Body(lambda net, x: setattr(net, "twin", [copy.deepcopy(net.fc)]))
    record(net, X)
    assert "_compiled_call_impl" not in vars(net.twin[0])


def test_what_a_model_sets_up_at_its_first_call_is_set_up_at_the_next_one():
    """Hooks and the flag that they are there go together: else the next call would miss them."""

    class Listens(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(4, 3)
            self.heard: list[Tensor] = []

        def forward(self, x: Tensor) -> Tensor:
            if not getattr(self, "_listening", False):
                self.fc.register_forward_hook(lambda module, args, out: self.heard.append(out))
                self._listening = True
            self.fc(x)
            self.last = self.heard[-1]
            return self.last * 2

    net = Listens()
    trace = record(net, X, check=True)
    np.testing.assert_array_equal(trace["output"], net(X).detach())
    assert len(net.fc._forward_hooks) == 1
