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


class Loop(nn.Module):
    """Two lists of layers, used in turn by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = nn.ModuleList(nn.Linear(6, 6) for _ in range(3))
        self.step = nn.ModuleList(nn.Linear(6, 6) for _ in range(3))
        self.out = nn.Linear(6, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for gate, step in zip(self.gate, self.step, strict=True):
            x = torch.sigmoid(gate(x)) * torch.relu(step(x)) + x
        return self.out(x)


def test_rounds_of_a_loop_are_called_by_what_runs_in_them() -> None:
    torch.manual_seed(0)
    beats = {beat.id: beat for beat in network(record(Loop(), torch.randn(1, 6)), detail="summary")}
    titles = [mark.name for mark in beats["overview"].marks if isinstance(mark, marks.Block)]
    assert "gate, step × 3" in titles
    assert words.say(beats["changes"].says, "en").startswith("Of 3 rounds of gate, step, round ")
    brief = next(beat for name, beat in beats.items() if name.endswith("-brief"))
    assert words.say(brief.says, "en").endswith("computes each number from all; 6 numbers go on.")


class Parts(nn.Module):
    """Parts of which each does something else to its value."""

    def __init__(self) -> None:
        super().__init__()
        self.shrink = nn.Sequential(nn.Conv2d(2, 4, 3, 2, 1), nn.ReLU(), nn.Conv2d(4, 4, 1))
        self.look = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 4, 1))
        self.mix = nn.Sequential(nn.Conv2d(4, 4, 1), nn.ReLU(), nn.Conv2d(4, 4, 1))
        self.row_by_row = nn.Sequential(nn.LayerNorm(4), nn.Linear(4, 6), nn.GELU(), nn.Linear(6, 4))
        self.encoder_with_a_long_name = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
        self.head = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.mix(self.look(self.shrink(x))).flatten(2).transpose(1, 2)
        return self.head(self.encoder_with_a_long_name(self.row_by_row(x)).mean(1))


def test_a_part_that_is_told_as_a_block_says_what_it_does_to_its_value() -> None:
    torch.manual_seed(0)
    trace = record(Parts().eval(), torch.randn(1, 2, 6, 6), seed=0)
    said = {beat.id: words.say(beat.says, "en") for beat in network(trace, detail="blocks")}
    assert {name: said[f"{name}-brief"] for name, _ in Parts().named_children()} == {
        "shrink": "shrink turns 2 maps of 6 × 6 into 4 of 3 × 3.",
        "look": "look: each place reads its neighbours; 4 maps of 3 × 3 go on.",
        "mix": "mix mixes the maps, place by place; 4 maps of 3 × 3 go on.",
        "row_by_row": "row_by_row changes every row by itself; 9 rows of 4 numbers go on.",
        "encoder_with_a_long_name": (
            "encoder_with_a_long_name: rows read from each other; 9 rows of 4 numbers go on."
        ),
        "head": "head turns 4 numbers into 3.",
    }
    for beat in network(trace, detail="blocks"):
        ja = words.say(beat.says, "ja")
        assert "に入るもの" not in ja


def test_rows_that_meet_across_a_turned_table_are_not_said_to_be_by_themselves() -> None:
    class Mixer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.across = (
                nn.Linear(4, 4),
                nn.Sequential(nn.Linear(5, 7), nn.GELU(), nn.Linear(7, 5)),
            )

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.across(self.first(x).transpose(1, 2)).transpose(1, 2)

    torch.manual_seed(0)
    said = [
        words.say(beat.says, "en")
        for beat in network(record(Mixer(), torch.randn(1, 5, 4), seed=0), detail="blocks")
    ]
    assert not any("by itself" in one for one in said if "across" in one)
