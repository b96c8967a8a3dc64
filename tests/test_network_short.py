"""network(): what a film of a minute tells, what is left out, and how it is chosen."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from nnanim import Trace, marks, words
from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.recording import Recorder, record
from nnanim.stories.network import NetworkView, network
from nnanim.stories.network.heads import PATTERNS, choose_head, list_heads
from nnanim.stories.network.moments import changes
from nnanim.structure.outline import outline
from nnanim.structure.weights import count_weights


class Block(nn.Module):
    def __init__(self, strength: float) -> None:
        super().__init__()
        self.norm, self.attention = nn.LayerNorm(8), nn.MultiheadAttention(8, 2, batch_first=True)
        self.enter, self.leave, self.strength = nn.Linear(8, 16), nn.Linear(16, 8), strength

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.norm(x)
        x = x + self.attention(h, h, h)[0]
        return x + self.strength * self.leave(torch.relu(self.enter(x)))


class Language(nn.Module):
    """A small transformer whose third block changes its value far more than the others."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = nn.Embedding(20, 8)
        self.blocks = nn.ModuleList(Block(strength) for strength in (0.1, 0.1, 30.0, 0.1))
        self.head = nn.Linear(8, 20)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        x = self.tokens(ids)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


@cache
def large() -> Trace:
    torch.manual_seed(0)
    return record(Language().eval(), torch.tensor([[3, 1, 4, 1, 5, 9]]), seed=0)


@cache
def small() -> Trace:
    torch.manual_seed(0)
    return record(nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3)), torch.rand(2, 4), seed=0)


def told(beats: Any) -> str:
    return " ".join(words.say(beat.says, "en") for beat in beats)


def by_id(beats: Any) -> dict[str, Beat]:
    return {beat.id: beat for beat in beats}


def test_a_large_network_is_told_in_short_unless_all_is_asked_for() -> None:
    short, every = list(network(large())), list(network(large(), detail="full"))
    assert len(short) <= 13 < len(every)
    assert [beat.id for beat in network(large(), detail="summary")] == [beat.id for beat in short]
    assert len(list(network(large(), layers="blocks.0.*"))) > len(list(network(large(), layers=[])))


def test_a_small_network_is_told_in_full_unless_there_is_no_time() -> None:
    ids = [beat.id for beat in network(small(), detail="full")]
    assert [beat.id for beat in network(small())] == ids
    assert [beat.id for beat in network(small(), seconds=90)] == ids
    less = [beat.id for beat in network(small(), seconds=20)]
    assert len(less) < len(ids)
    assert less[0] == "input" and less[-1] in ("output", "answer-0")


def test_more_seconds_tell_more_and_too_few_are_refused() -> None:
    lengths = [len(list(network(large(), seconds=seconds))) for seconds in (30, 60, 120)]
    assert lengths == sorted(set(lengths))
    with pytest.raises(UserError, match=r"seconds=5: this network cannot be told in less than \d+"):
        list(network(large(), seconds=5))
    with pytest.raises(UserError, match="leave out seconds"):
        list(network(large(), seconds=60, detail="full"))
    with pytest.raises(UserError, match="seconds=-1; it must be above 0"):
        list(network(large(), seconds=-1))


def test_the_chart_says_how_often_a_block_repeats() -> None:
    overview = by_id(network(large()))["overview"]
    titles = [words.say(mark.name, "en") for mark in overview.marks if isinstance(mark, marks.Block)]
    assert titles == ["input", "tokens", "Block × 4", "head"]


def test_the_block_that_changes_its_value_most_is_chosen_from_the_numbers() -> None:
    beats = by_id(network(large()))
    assert "Of 4 blocks, Block 3 changes its value most" in told([beats["changes"]])
    after, before = large()["blocks.2"][0], large()["blocks.1"][0]
    share = np.linalg.norm(after.astype(float) - before) / np.linalg.norm(before.astype(float))
    np.testing.assert_allclose(beats["changes"]["changes"].values[2], share, rtol=1e-5)
    assert "blocks.2-brief" in beats


def test_of_blocks_that_repeat_no_normalisation_is_the_one_that_changes_most() -> None:
    net = NetworkView(large())
    weights = count_weights(large(), net.layers.values())
    parts = outline(large().graph, list(net.layers.values()), net.names, lambda layer: weights[layer.name])
    assert [change.group.name for change in changes(net, parts)] == [f"blocks.{i}" for i in range(4)]


def test_a_head_is_chosen_by_place_or_by_what_it_does() -> None:
    ids = [beat.id for beat in network(large(), attention=3, head=1)]
    assert "blocks.3.attention-head" in ids
    net = NetworkView(large())
    for name in PATTERNS:
        chosen, said = choose_head(net, None, name) or (None, "")
        assert chosen is not None
        shares = [PATTERNS[name].measure(one.pattern, net.token_labels) for one in list_heads(net)]
        assert PATTERNS[name].measure(chosen.pattern, net.token_labels) == max(shares)
        assert f"Attention {chosen.layer + 1}, head {chosen.number + 1}" in words.say(said, "en")


def test_what_heads_do_is_measured() -> None:
    shift = np.eye(4, k=-1)
    shift[0, 0] = 1.0
    to_first = np.zeros((4, 4))
    to_first[:, 0] = 1.0
    tokens = ("a", "b", "A", "c")
    same = np.eye(4)[[2, 1, 0, 3]]
    assert PATTERNS["previous"].measure(shift, tokens) == 1.0
    assert PATTERNS["first"].measure(to_first, tokens) == 1.0
    assert PATTERNS["same word"].measure(same, tokens) == 1.0
    assert PATTERNS["itself"].measure(np.eye(4), tokens) == 1.0
    assert PATTERNS["next"].measure(np.eye(4, k=1), tokens) == 1.0


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        ({"attention": 9}, "there is no attention 9: the run has 4, from 0"),
        ({"head": 7}, "there is no head 7: there are 2, from 0"),
        ({"head": "previus"}, "no head is chosen by 'previus'.*previous"),
        ({"depth": 0}, "depth=0; it must be 1 or more"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(asked: dict[str, Any], match: str) -> None:
    with pytest.raises(UserError, match=match):
        list(network(large(), **asked))


def test_a_run_without_attention_has_no_head() -> None:
    with pytest.raises(UserError, match="no attention was recorded"):
        list(network(small(), head=0, seconds=60))


def test_depth_shows_modules_as_single_steps() -> None:
    ids = [beat.id for beat in network(large(), depth=1, detail="full")]
    assert ids and not any("blocks.0.enter" in one for one in ids)
    assert any("blocks.0.enter" in beat.id for beat in network(large(), depth=2, detail="full"))


def test_a_trace_of_a_training_is_refused() -> None:
    net = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 4))
    with Recorder(net, torch.ones(2, 3), every=2) as recorder:
        for _ in range(4):
            recorder.snapshot(loss=net(torch.ones(2, 3)).sum())
    with pytest.raises(UserError, match="this trace is of a training"):
        list(network(recorder.trace))
