"""Tellers of one's own: a layer is told by the first that knows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.marks import Bars
from nnanim.recording import record
from nnanim.stories.network import TELLERS, NetworkView, teller
from nnanim.stories.network import network as tell_network
from nnanim.structure.layers import Layer
from nnanim.trace import Trace

network = partial(tell_network, detail="full")  # what is told in full


class Vote(nn.Module):
    """Experts that are asked one by one: many calls inside, one layer for who films it."""

    def __init__(self) -> None:
        super().__init__()
        self.experts = nn.ModuleList(nn.Linear(4, 1) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([torch.tanh(expert(x)) for expert in self.experts], dim=1)


def tell_vote(net: NetworkView, layers: Sequence[Layer]) -> Iterable[Beat] | None:
    if layers[0].kind != "Vote":
        return None
    votes = net.output(layers[0])
    assert votes is not None
    bars = Bars(votes, [f"expert {i + 1}" for i in range(len(votes))], key="votes")
    return [Beat({"en": "Three experts vote.", "ja": "三人が投票します。"}, bars, id="votes")]


@pytest.fixture(scope="module")
def trace() -> Trace:
    torch.manual_seed(0)
    return record(nn.Sequential(nn.Linear(2, 4), Vote(), nn.Linear(3, 2)).eval(), torch.ones(1, 2))


def test_a_teller_of_ones_own_tells_its_module(trace: Trace) -> None:
    beats = {beat.id: beat for beat in network(trace, tellers=[tell_vote, *TELLERS], closed=["Vote"])}
    assert list(beats["votes"]["votes"].values) == pytest.approx(trace["1"][0].tolist())
    assert not any("experts" in name for name in beats)
    assert {"0-flow", "2-flow"} <= beats.keys()


def test_a_closed_module_without_a_teller_is_a_block(trace: Trace) -> None:
    beats = {beat.id: beat for beat in network(trace, closed="Vote")}
    assert "1-op" in beats and not any("experts" in name for name in beats)
    opened = [beat.id for beat in network(trace)]
    assert any("experts" in name for name in opened)


def test_a_teller_may_tell_another_kind_otherwise(trace: Trace) -> None:
    def tell_linear(net: NetworkView, layers: Sequence[Layer]) -> Iterable[Beat] | None:
        if layers[0].kind != "Linear":
            return None
        return (Beat(f"{one.name}.", Bars([1.0], ["one"], key="b"), id=f"my-{one.name}") for one in layers)

    ids = [beat.id for beat in network(trace, tellers=[tell_linear, *TELLERS])]
    assert "my-0" in ids and "0-flow" not in ids


def test_a_class_that_did_not_run_is_refused(trace: Trace) -> None:
    with pytest.raises(UserError, match=r"no module is a 'Votes'.*Vote"):
        list(network(trace, closed=["Votes"]))


@teller("Vote")
def tell_vote_shortly(net: NetworkView, layer: Layer) -> Beat:
    votes = net.output(layer)
    assert votes is not None
    return Beat("Three experts vote.", Bars(votes, tuple("abc"), key="votes"), id="votes")


def test_a_function_becomes_the_teller_of_a_class(trace: Trace) -> None:
    beats = {beat.id: beat for beat in network(trace, tellers=[tell_vote_shortly])}
    assert list(beats["votes"]["votes"].values) == pytest.approx(trace["1"][0].tolist())
    assert {"0-flow", "2-flow"} <= beats.keys()  # the others are told as ever
    assert not any("experts" in name for name in beats)


def test_a_teller_may_leave_a_layer_to_the_others(trace: Trace) -> None:
    left = teller("Vote")(lambda net, layer: None)
    assert "1-op" in [beat.id for beat in network(trace, tellers=[left])]


@pytest.mark.parametrize(
    ("given", "what"),
    [("votes", "str"), (3, "int"), ([Beat("a", Bars([1.0], ("a",), key="a"), id="a"), 3], "int")],
)
def test_what_is_no_beat_is_refused_in_one_line(trace: Trace, given: object, what: str) -> None:
    def tell_wrongly(net: NetworkView, layer: Layer) -> Any:
        return given

    with pytest.raises(UserError, match=rf"the teller tell_wrongly gave a {what} for '?1'?; a Beat"):
        list(network(trace, tellers=[teller("Vote")(tell_wrongly)]))


def test_a_teller_for_a_class_that_did_not_run_is_refused(trace: Trace) -> None:
    with pytest.raises(UserError, match=r"no module is a 'Vots'.*Vote"):
        list(network(trace, tellers=[teller("Vots")(tell_vote_shortly.tell)]))
    with pytest.raises(UserError, match="the name of a class of modules wanted"):
        teller("my vote")


def test_what_a_teller_raises_is_not_caught(trace: Trace) -> None:
    def fail(net: NetworkView, layer: Layer) -> Beat:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(network(trace, tellers=[teller("Vote")(fail)]))
