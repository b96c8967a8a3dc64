"""Known things: recognised by what they compute, whoever wrote them, and told as what they are."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnanim import Trace, record, words
from nnanim.beats import Beat
from nnanim.marks import Bars, Block
from nnanim.stories.network import network
from nnanim.structure.known import Known, find_known, fold_known

ROWS, VECTOR, MAPS = (2, 5, 8), (2, 8), (2, 6, 4, 4)


class Root(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.rand(8) + 0.5)

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.gain


class Gemma(nn.Module):
    """Its factors are one more than its weights."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.rand(8) - 0.5)

    def forward(self, x: Tensor) -> Tensor:
        return x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt() * (1.0 + self.gain)


class Annotated(nn.Module):
    """Its spread divides by n − 1."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Parameter(torch.rand(8) + 0.5), nn.Parameter(torch.rand(8))

    def forward(self, x: Tensor) -> Tensor:
        return self.a * (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + 1e-6) + self.b


class OverMaps(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.w, self.b = nn.Parameter(torch.rand(6)), nn.Parameter(torch.rand(6))

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean(1, keepdim=True)
        x = (x - mean) / torch.sqrt((x - mean).pow(2).mean(1, keepdim=True) + 1e-6)
        return self.w[:, None, None] * x + self.b[:, None, None]


class Gelu(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


class Swish(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(x)


class Squash(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        n = (x * x).sum(-1, keepdim=True)
        return n / (1 + n) * x / n.sqrt()


class Shares(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        powers = (x - x.max(-1, keepdim=True).values).exp()
        return powers / powers.sum(-1, keepdim=True)


class Rotary(nn.Module):
    """``halves``: pairs stand half the width apart; else side by side."""

    def __init__(self, halves: bool) -> None:
        super().__init__()
        self.halves = halves

    def forward(self, x: Tensor) -> Tensor:
        angles = torch.outer(torch.arange(5.0), 10000 ** (-torch.arange(4.0) / 4))
        if not self.halves:
            cos, sin, a, b = angles.cos(), angles.sin(), x[..., 0::2], x[..., 1::2]
            return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)
        cos, sin = torch.cat([angles, angles], -1).cos(), torch.cat([angles, angles], -1).sin()
        return x * cos + torch.cat([-x[..., 4:], x[..., :4]], -1) * sin


class Gate(nn.Module):
    def __init__(self, function: Callable[[Tensor], Tensor], joined: bool) -> None:
        super().__init__()
        self.function = function
        self.one = nn.Linear(8, 12 if joined else 6)
        self.two = None if joined else nn.Linear(8, 6)

    def forward(self, x: Tensor) -> Tensor:
        if self.two is not None:
            return self.function(self.one(x)) * self.two(x)
        a, b = self.one(x).chunk(2, -1)
        return a * self.function(b)


class Excite(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down, self.up = nn.Conv2d(6, 2, 1), nn.Conv2d(2, 6, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(self.up(F.relu(self.down(F.adaptive_avg_pool2d(x, 1)))))


class Codes(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.randn(7, 8))

    def forward(self, x: Tensor) -> Tensor:
        away = x.pow(2).sum(-1, keepdim=True) - 2 * x @ self.table.t() + self.table.pow(2).sum(-1)
        return x + (F.embedding(away.argmin(-1), self.table) - x).detach()


class Mixture(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.router, self.experts = nn.Linear(8, 3), nn.ModuleList(nn.Linear(8, 8) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        shares = self.router(x).softmax(-1)
        return sum(shares[..., i : i + 1] * one(x) for i, one in enumerate(self.experts))


CASES: list[tuple[str, Callable[[], nn.Module], tuple[int, ...]]] = [
    ("RMSNorm", Root, ROWS),
    ("RMSNorm", Gemma, ROWS),
    ("LayerNorm", Annotated, ROWS),
    ("LayerNorm", OverMaps, MAPS),
    ("GELU", Gelu, ROWS),
    ("SiLU", Swish, VECTOR),
    ("squash", Squash, ROWS),
    ("softmax", Shares, ROWS),
    ("rotary", lambda: Rotary(True), ROWS),
    ("rotary", lambda: Rotary(False), ROWS),
    ("SwiGLU", lambda: Gate(F.silu, False), ROWS),
    ("SwiGLU", lambda: Gate(Swish(), False), ROWS),
    ("GEGLU", lambda: Gate(F.gelu, True), VECTOR),
    ("squeeze-excite", Excite, MAPS),
    ("codebook", Codes, ROWS),
    ("experts", Mixture, VECTOR),
]
SAID = {kind: kind.lower() for kind, *_ in CASES} | {
    "rotary": "rotary positions",
    "squeeze-excite": "squeeze-and-excite",
    "codebook": "nearest of 7 codes",
    "experts": "3 experts answer",
}
"""What is said of each: its name, or what it does."""

NAMES = [f"{kind}-{i}" for i, (kind, *_) in enumerate(CASES)]


def run(make: Callable[[], nn.Module], shape: tuple[int, ...]) -> Trace:
    """The thing between two layers, so that it is neither input nor output."""
    torch.manual_seed(0)
    around = (
        (nn.Conv2d(6, 6, 1), nn.Conv2d(6, 6, 1)) if len(shape) == 4 else (nn.Linear(8, 8), nn.Linear(8, 3))
    )
    inner = make()
    last = around[1]
    if isinstance(inner, Gate):
        last = nn.Linear(6, 3)
    return record(nn.Sequential(around[0], inner, last).eval(), torch.randn(*shape), seed=0)


@pytest.mark.parametrize(("kind", "make", "shape"), CASES, ids=NAMES)
def test_what_is_written_by_hand_is_known_by_what_it_computes(
    kind: str, make: Callable[[], nn.Module], shape: tuple[int, ...]
) -> None:
    trace = run(make, shape)
    found = list(find_known(trace).values())
    assert [one.kind for one in found] == [kind]
    folded = fold_known(trace.graph, found)
    assert len(folded.leaves) == len(trace.graph.leaves) - len(found[0].nodes) + 1
    beats = list(network(trace, detail="full"))
    assert not any(beat.notice for beat in beats)
    inside = found[0].nodes - {found[0].end}
    assert not [beat.id for beat in beats if beat.id.rpartition("-")[0] in inside]  # it is not opened
    said = [words.say(beat.says, "en") for beat in beats]
    said += [words.say(mark.detail, "en") for beat in beats for mark in beat.marks if isinstance(mark, Block)]
    assert any(SAID[kind] in one.lower() for one in said)


class Almost(nn.Module):
    """As if it were what it is called, but its numbers are others."""

    def __init__(self, change: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.change = change

    def forward(self, x: Tensor) -> Tensor:
        return self.change(x)


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x * torch.rsqrt(x.abs().mean(-1, keepdim=True) + 1e-6),
        lambda x: x * torch.sigmoid(1.2 * x),
        lambda x: x / (1 + (x * x).sum(-1, keepdim=True)),
        lambda x: (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + 0.5),
    ],
)
def test_a_name_is_given_only_where_the_numbers_agree(change: Callable[[Tensor], Tensor]) -> None:
    assert not find_known(run(lambda: Almost(change), ROWS))


def beat_of(trace: Trace, what: str) -> tuple[Known, Beat]:
    known = next(iter(find_known(trace).values()))
    return known, next(beat for beat in network(trace, detail="full") if beat.id.endswith(what))


def test_a_normalisation_is_told_in_the_numbers_of_the_run() -> None:
    trace = run(Root, ROWS)
    beat = next(beat for beat in network(trace, detail="full") if "mean square" in words.say(beat.says, "en"))
    root = float(np.sqrt(np.square(trace["0"][0, 0].astype(float)).mean()))
    assert f"row 1 is divided by its root mean square, {root:.2f}, then scaled" in words.say(beat.says, "en")


@pytest.mark.parametrize("halves", [True, False])
def test_a_pair_turns_by_one_radian_more_at_each_token(halves: bool) -> None:
    trace = run(lambda: Rotary(halves), ROWS)
    known, beat = beat_of(trace, "rotary")
    assert f"turns by {math.degrees(1):.1f}° more" in words.say(beat.says, "en")
    np.testing.assert_allclose(known.facts["angles"][:, 0], np.arange(5), atol=1e-4)


def test_the_nearest_code_is_ringed() -> None:
    trace = run(Codes, ROWS)
    known, beat = beat_of(trace, "codes")
    rows, table = trace["0"][0].astype(float), trace.parameters["1.table"].astype(float)
    nearest = ((rows[:, None] - table) ** 2).sum(-1).argmin(1)
    np.testing.assert_array_equal(known.facts["codes"][:5], nearest)
    grid: Any = next(mark for mark in beat.marks if mark.key.startswith("op:"))
    assert {row for row, _ in grid.highlight} == set(nearest.tolist())


def test_the_share_of_the_expert_that_counts_most_is_said() -> None:
    trace = run(Mixture, VECTOR)
    _, beat = beat_of(trace, "experts")
    shares = trace[next(name for name in trace.names if "softmax" in name)][0]
    said = words.say(beat.says, "en")
    assert f"expert {shares.argmax() + 1} most" in said and f"{100 * shares.max():.0f} %" in said


def test_maps_are_multiplied_by_the_numbers_that_are_shown() -> None:
    trace = run(Excite, MAPS)
    known, beat = beat_of(trace, "excite")
    bars: Any = next(mark for mark in beat.marks if mark.key.startswith("op:"))
    share = trace[known.end][0] / trace["0"][0]
    np.testing.assert_allclose(bars.values, share.mean(axis=(1, 2)), rtol=1e-3)


def sentences(model: nn.Module, *given: Tensor) -> list[str]:
    torch.manual_seed(0)
    beats = list(network(record(model, *given, seed=0), detail="full"))
    assert not any(beat.notice for beat in beats)
    return [words.say(beat.says, "en") for beat in beats]


class Cross(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.ask = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, text: Tensor, picture: Tensor) -> Tensor:
        return self.ask(text, picture, picture)[0]


def test_cross_attention_says_where_queries_and_keys_come_from() -> None:
    said = sentences(Cross().eval(), torch.randn(1, 3, 8), torch.randn(1, 5, 8))
    assert "Cross-attention: 3 queries come from text, the 5 keys and values from picture." in said
    x = torch.randn(1, 3, 8)
    alone = sentences(nn.TransformerEncoderLayer(8, 2, 8, batch_first=True).eval(), x)
    assert not any("Cross" in one for one in alone)


def test_a_depthwise_convolution_adds_no_maps_up() -> None:
    net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 4, 9, padding=4, groups=4))
    said = sentences(net.eval(), torch.randn(1, 1, 12, 12))
    assert any(one.startswith("Conv2d 2: depthwise, each map has one kernel of its own.") for one in said)
    assert not any("4 maps has a kernel" in one for one in said)


def test_a_strip_along_time_is_told_by_its_weights() -> None:
    net = nn.Sequential(nn.Conv1d(3, 4, 9, padding=4), nn.Conv1d(4, 4, 5, padding=2, groups=4))
    said = sentences(net.eval(), torch.randn(1, 3, 20))
    assert any("a strip of 9 steps of weights wanders along time" in one for one in said)
    assert any("each row has 5 weights of its own" in one for one in said)


def test_dropout_in_training_says_how_many_values_it_took() -> None:
    net = nn.Sequential(nn.Linear(8, 40), nn.Dropout(0.5), nn.Linear(40, 2)).train()
    torch.manual_seed(0)
    trace = record(net, torch.randn(1, 8), seed=0)
    lost = int((trace["1"] == 0).sum())
    said = " ".join(words.say(beat.says, "en") for beat in network(trace, detail="full"))
    assert "Dropout 50 %" in said and 0 < lost < 40


class Patches(nn.Module):
    """A picture cut and turned by hand, as many tutorials do."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(16, 6)

    def forward(self, x: Tensor) -> Tensor:
        cut = x.unfold(2, 4, 4).unfold(3, 4, 4).reshape(len(x), -1, 16)
        return self.embed(cut).relu()


@pytest.mark.parametrize("make", [lambda: nn.Conv2d(1, 6, 4, 4), Patches])
def test_a_picture_is_cut_into_patches(make: Callable[[], nn.Module]) -> None:
    said = sentences(nn.Sequential(make()).eval(), torch.rand(1, 1, 8, 8))
    assert "The picture is cut into 4 patches; the same weights make 6 numbers of each." in said


class Router(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gate, self.experts = nn.Linear(8, 4), nn.ModuleList(nn.Linear(8, 8) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        weights, chosen = self.gate(x).softmax(-1).topk(2)
        every = torch.stack([one(x) for one in self.experts], -2)
        taken = every.gather(-2, chosen[..., None].expand(*chosen.shape, 8))
        return (weights[..., None] * taken).sum(-2)


def test_the_router_says_which_expert_gets_the_first_token() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(Router()).eval()
    x = torch.randn(1, 5, 8)
    first = " and ".join(str(int(one) + 1) for one in net[0].gate(x).softmax(-1).topk(2).indices[0, 0])
    said = [words.say(beat.says, "en") for beat in network(record(net, x), detail="full")]
    assert f"The router sends each token to 2 of 4 experts: the first one to {first}." in said


class Quantizer(nn.Module):
    """As a training writes it: the indices and two losses come out, too."""

    def __init__(self, one_hot: bool) -> None:
        super().__init__()
        self.codes, self.one_hot = nn.Embedding(5, 6), one_hot

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        rows, table = z.permute(0, 2, 3, 1).contiguous(), self.codes.weight
        flat = rows.view(-1, 6)
        chosen = (flat.pow(2).sum(1, keepdim=True) - 2 * flat @ table.t() + table.pow(2).sum(1)).argmin(1)
        found = F.one_hot(chosen, 5).float() @ table if self.one_hot else self.codes(chosen)
        found = found.view(rows.shape)
        loss = F.mse_loss(found.detach(), rows) + 0.25 * F.mse_loss(found, rows.detach())
        return (rows + (found - rows).detach()).permute(0, 3, 1, 2), loss, chosen


@pytest.mark.parametrize("one_hot", [False, True])
def test_a_codebook_is_known_though_its_indices_and_losses_come_out(one_hot: bool) -> None:
    torch.manual_seed(0)
    net, x = nn.Sequential(nn.Conv2d(3, 6, 2, 2), Quantizer(one_hot)).eval(), torch.randn(1, 3, 6, 6)
    trace = record(net, x, seed=0)
    found = list(find_known(trace).values())
    assert [one.kind for one in found if one.kind == "codebook"] == ["codebook"]
    chosen = net(x)[2]
    np.testing.assert_array_equal(found[0].facts["codes"], chosen)
    beats = list(network(trace, detail="full"))
    said = f"Each row becomes the nearest of 5 codes; the first one, code {int(chosen[0])}."
    assert said in [words.say(beat.says, "en") for beat in beats]
    assert not any(beat.notice for beat in beats)
    folded = fold_known(trace.graph, found)
    place = {node.name: i for i, node in enumerate(folded.nodes)}
    assert all(place[one] < place[node.name] for node in folded.leaves for one in node.inputs if one in place)


def test_a_choice_that_no_table_answers_is_no_codebook() -> None:
    class Other(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(5, 6)

        def forward(self, x: Tensor) -> Tensor:
            return self.table(x[:, :5].argmax(-1)) + x  # the largest value, not the nearest row

    torch.manual_seed(0)
    kinds = [one.kind for one in find_known(record(Other(), torch.randn(3, 6), seed=0)).values()]
    assert "codebook" not in kinds


def test_rotary_positions_of_complex_numbers_turn_by_their_angle() -> None:
    class Turned(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.q, self.o = nn.Linear(8, 8), nn.Linear(8, 3)

        def forward(self, x: Tensor) -> Tensor:
            angles = torch.outer(torch.arange(5.0), torch.tensor([0.5, 0.05]))
            q = torch.view_as_complex(self.q(x).view(1, 5, 2, 2, 2))
            turned = q * torch.polar(torch.ones(5, 2), angles).view(1, 5, 1, 2)
            return self.o(torch.view_as_real(turned).flatten(2))

    torch.manual_seed(0)
    said = [
        words.say(beat.says, "en") for beat in network(record(Turned(), torch.randn(1, 5, 8)), detail="full")
    ]
    degrees = f"{math.degrees(0.5):.1f}"
    assert f"Rotary positions: this pair of numbers turns by {degrees}° more at each token." in said
    assert not any("go on:" in one for one in said)


class Routed(nn.Module):
    """Experts that run together, each only for the rows that were sent to it."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 8, 8) * 0.3)

    def forward(self, x: Tensor, chosen: Tensor, weights: Tensor) -> Tensor:
        rows = torch.bmm(x.repeat_interleave(2, 0)[:, None], self.weight[chosen.flatten()])[:, 0]
        return (rows * weights.reshape(-1, 1)).view(len(x), 2, -1).sum(1)


class Sparse(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gate, self.experts = nn.Linear(8, 4), Routed()

    def forward(self, x: Tensor) -> Tensor:
        weights, chosen = self.gate(x).softmax(-1).topk(2)
        return self.experts(x, chosen, weights)


def test_routed_experts_are_one_step_with_how_many_rows_each_gets() -> None:
    torch.manual_seed(0)
    net, x = nn.Sequential(nn.Linear(8, 8), Sparse(), nn.Linear(8, 3)).eval(), torch.randn(5, 8)
    beats = list(network(record(net, x, batch=None), detail="full"))
    said = {words.say(beat.says, "en"): beat for beat in beats}
    beat = said["Each token asks only its 2 of 4 experts; their answers are added."]
    bars = next(mark for mark in beat.marks if isinstance(mark, Bars))
    sent = np.bincount(net[1].gate(net[0](x)).topk(2).indices.flatten(), minlength=4)
    np.testing.assert_array_equal(bars.values, sent)
