"""network(): what is said of a step, applied to the values before it, gives the values shown after it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any

import invariants
import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnanim import theme, words
from nnanim.beats import Beat, Story
from nnanim.layout import place_story
from nnanim.marks import Bars, Grid, Link, Picture, Tokens, Units
from nnanim.recording import record
from nnanim.stories.network import network as tell_network
from nnanim.stories.network.net import NetworkView
from nnanim.structure.arithmetic import FUNCTIONS, compute, is_confirmed
from nnanim.structure.phrases import phrase, sentence
from nnanim.style import RenderStyle
from nnanim.trace import Trace
from nnanim.words import fill

network = partial(tell_network, detail="full")  # what is told in full

Floats = npt.NDArray[Any]


class Model(nn.Module):
    """Some modules, and a function that says how they are called."""

    def __init__(self, forward: Callable[..., Any], **modules: Any) -> None:
        super().__init__()
        self.run = forward
        for name, module in modules.items():
            setattr(self, name, module)

    def forward(self, *inputs: Tensor) -> Any:
        return self.run(self, *inputs)


def between(step: Callable[[Any, Tensor], Tensor], **more: Any) -> Callable[[], nn.Module]:
    """Two dense layers, and something between them."""
    return lambda: Model(lambda m, x: m.b(step(m, m.a(x))), a=nn.Linear(4, 6), b=nn.Linear(6, 3), **more)


def gain(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.rand(shape))


def gaussian(m: Any, x: Tensor) -> Tensor:
    mu, log_variance = m.a(x).chunk(2, 1)
    return m.b(mu + torch.exp(0.5 * log_variance) * torch.randn_like(mu))


ZOO: dict[str, Callable[[], nn.Module]] = {
    "a constant": between(lambda m, h: F.relu(h) * 0.5),
    "a scalar parameter": between(lambda m, h: F.relu(h) * m.gain, gain=gain()),
    "a vector of parameters": between(lambda m, h: F.relu(h) * m.gain, gain=gain(6)),
    "a buffer": between(lambda m, h: h / m.scale, scale=nn.Buffer(torch.tensor(3.0))),
    "a temperature": lambda: Model(lambda m, x: (m.a(x) / 2.5).softmax(-1), a=nn.Linear(4, 6)),
    "a square": between(lambda m, h: h**2),
    "times itself": between(lambda m, h: h * h),
    "one minus": between(lambda m, h: 1 - torch.sigmoid(h)),
    "one over": between(lambda m, h: 1 / (2 + h.relu())),
    "clamped": between(lambda m, h: h.clamp(0, 1)),
    "clamped below": between(lambda m, h: torch.clip(h, min=0.25)),
    "clamped above": between(lambda m, h: h.clamp_max(0.25)),
    "thirty times": between(lambda m, h: torch.sin(30 * h)),
    "turned round": between(lambda m, h: -h),
    "a leaky slope": between(lambda m, h: F.leaky_relu(h, 0.2)),
    "added twice": between(lambda m, h: torch.add(h.tanh(), 1.5, alpha=2)),
    "many": between(lambda m, h: ((((h * 2).relu() + 1) / 3).clamp(0, 1) - 0.5) * 4),
    "in place": between(lambda m, h: h.relu_().mul_(0.5).add_(1)),
    "modules": between(lambda m, h: m.act(h) * 0.25, act=nn.GELU()),
    "bounds of its own": between(lambda m, h: m.act(h), act=nn.Hardtanh(-0.2, 0.3)),
    "a slope of its own": between(lambda m, h: F.elu(h, 0.3)),
    "rounded down": between(lambda m, h: torch.div(h, 0.1, rounding_mode="floor")),
}
SEVERAL: dict[str, Callable[[], nn.Module]] = {
    "latents": lambda: Model(gaussian, a=nn.Linear(4, 6), b=nn.Linear(3, 2)),
    "by hand": between(lambda m, h: 0.5 * h * (1 + torch.tanh(0.8 * (h + 0.04 * h**3)))),
    "gated": between(lambda m, h: (h > 0).float() * h),
    "chosen": between(lambda m, h: torch.where(h > 0, h, 0.1 * h)),
    "halves": lambda: Model(
        lambda m, x: m.b(torch.sigmoid(m.a(x)[:, :3]) * m.a(x)[:, 3:]), a=nn.Linear(4, 6), b=nn.Linear(3, 2)
    ),
    "dropped": lambda: between(lambda m, h: m.d(h.relu()), d=nn.Dropout(0.5))().train(),
    "dropped by a function": between(lambda m, h: F.dropout(h, 0.25, True)),
    "unit length": between(lambda m, h: h / torch.norm(h, dim=1, keepdim=True)),
}


@cache
def trace(name: str) -> Trace:
    torch.manual_seed(0)
    made = {**ZOO, **SEVERAL}[name]()
    model = made if name.startswith("dropped") else made.eval()
    return record(model, torch.randn(2, 4), seed=0)


@cache
def beats(name: str) -> tuple[Beat, ...]:
    return tuple(network(trace(name)))


def softmax(x: Floats) -> Floats:
    powers = np.exp(x - x.max())
    return np.asarray(powers / powers.sum())


NAMED: dict[str, Callable[[Floats], Floats]] = {
    "ReLU": lambda x: np.maximum(x, 0),
    "GELU": lambda x: 0.5 * x * (1 + np.vectorize(math.erf)(x / math.sqrt(2))),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softmax": softmax,
    "sin": np.sin,
    "tanh": np.tanh,
    "x²": np.square,
    "−x": np.negative,
}


def applied(said: str, x: Floats, held: Mapping[str, Floats]) -> Floats:
    """What a reader makes of one operation as it stands on the screen."""
    said = said.strip().replace("−", "-") if said != "−x" else said
    if said in NAMED:
        return NAMED[said](x)
    if found := re.fullmatch(r"clamp (?:(\S+) … (\S+)|≥ (\S+)|≤ (\S+))", said):
        low, high, least, most = (None if one is None else float(one) for one in found.groups())
        return np.clip(x, low if least is None else least, high if most is None else most)
    if found := re.fullmatch(r"Hardtanh (\S+) … (\S+)", said):
        return np.clip(x, float(found[1]), float(found[2]))
    if found := re.fullmatch(r"ELU (\S+)", said):
        return np.where(x > 0, x, float(found[1]) * np.expm1(x))
    if found := re.fullmatch(r"floor\(x ÷ (\S+)\)", said):
        return np.floor(x / float(found[1]))
    if found := re.fullmatch(r"LeakyReLU (\S+)", said):
        return np.where(x > 0, x, float(found[1]) * x)
    if found := re.fullmatch(r"(\S+) ([-÷]) x", said):
        first = number(found[1], held)
        return np.asarray(first - x if found[2] == "-" else first / x)
    found = re.fullmatch(r"([-+×÷]) (?:(\S+) × )?(\S+)", said)
    assert found is not None, f"nobody can compute {said!r}"
    other = number(found[3], held) * (float(found[2]) if found[2] else 1)
    sign = found[1]
    return np.asarray(
        x + other if sign == "+" else x - other if sign == "-" else x * other if sign == "×" else x / other
    )


def number(said: str, held: Mapping[str, Floats]) -> Any:
    return np.asarray(held[said], dtype=float) if said in held else float(said)


def operations(says: Any) -> list[str]:
    """The operations that a sentence names."""
    said = words.say(says, "en")
    if "softmax makes its sums" in said:
        return ["softmax"]
    found = re.search(r"(?:; then|^Then|, and) (.*?)(?: follows?)?\.$", said)
    return [] if found is None else re.split(r", then | \+ (?=[A-Za-z])", found[1])


def held(one: Trace) -> dict[str, Floats]:
    return {**{n: one.parameters[n] for n in one.parameters}, **{n: one.buffers[n] for n in one.buffers}}


@pytest.mark.parametrize("name", sorted(ZOO))
def test_what_is_said_gives_the_values_shown(name: str) -> None:
    one, shown = trace(name), 0
    for beat in beats(name):
        units = {mark.key: mark for mark in beat.marks if isinstance(mark, Units)}
        layer, _, kind = beat.id.rpartition("-")
        if kind in ("flow", "after"):
            value = np.asarray(one[layer][0], dtype=float)
        else:
            continue
        for said in operations(beat.says):
            value = applied(said, value, held(one))
        mark = units[f"v:{layer}"]
        np.testing.assert_allclose(mark.values, value[list(mark.shown)], rtol=2e-3, atol=1e-4)
        shown += 1
    assert shown


@pytest.mark.parametrize("name", sorted(ZOO))
def test_the_sum_of_one_neuron_leads_to_its_value(name: str) -> None:
    told_ = {beat.id: beat for beat in beats(name)}
    bars = told_["a-sum"]["sum"]
    assert isinstance(bars, Bars)
    values = np.asarray(trace(name)["a"][0], dtype=float)
    unit = int(np.abs(values - bars.values[-1]).argmin())
    for said in operations(told_["a-flow"].says):
        values = applied(said, values, held(trace(name)))
    mark = told_["a-flow"]["v:a"]
    assert isinstance(mark, Units)
    if unit in mark.shown:
        assert mark.values[mark.shown.index(unit)] == pytest.approx(values[unit], rel=2e-3, abs=1e-4)


@pytest.mark.parametrize("name", sorted({**ZOO, **SEVERAL}))
def test_every_operation_is_named_or_a_step(name: str) -> None:
    one = trace(name)
    net = NetworkView(one)
    said = {beat.id: words.say(beat.says, "en") for beat in beats(name)}
    for layer in net.layers.values():
        if layer.role in ("input", "parameter"):
            continue
        own = [
            text for key, text in said.items() if key.startswith(re.sub(r"[^\w.]+", "-", layer.name) + "-")
        ]
        assert own, f"{layer.name} has no beat"
        for node in layer.changes:
            assert any(phrase(one.graph, node) in text or "softmax" in text for text in own), (node.name, own)


@pytest.mark.parametrize("name", sorted({**ZOO, **SEVERAL}))
@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_every_frame_keeps_the_invariants(name: str, lang: str) -> None:
    one = Story.from_beats(iter(beats(name)), {"en": name, "ja": name})
    for beat, frame in zip(
        one.beats, place_story(one, RenderStyle(theme.by_name("dark"), lang)), strict=True
    ):
        assert invariants.faults(beat, frame) == []


def test_a_name_that_the_numbers_do_not_bear_out_is_not_used() -> None:
    one = trace("a constant")
    forged = {name: one[name] * (1.5 if name == "relu" else 1) for name in one}
    wrong = Trace.of(
        forged,
        graph=one.graph,
        parameters={name: one.parameters[name] for name in one.parameters},
        layer_inputs={"a": "input", "b": "mul"},
    )
    assert is_confirmed(one, one.graph["relu"]) is True and is_confirmed(wrong, one.graph["relu"]) is False
    said = [words.say(beat.says, "en") for beat in network(wrong)]
    assert any("further arithmetic (relu, mul)" in text for text in said)
    assert not any("ReLU" in text for text in said)


WHOLE_LINE = (
    "tanh relu elu selu gelu silu mish softplus hardtanh hardswish hardsigmoid relu6 sin cos abs".split()
)
"""Kinds that are tried with large and negative numbers, too."""


@pytest.mark.parametrize("kind", sorted(FUNCTIONS))
def test_operations_are_computed_as_torch_does(kind: str) -> None:
    called = {"clampmin": "clamp_min", "clampmax": "clamp_max", "maskedfill": "masked_fill"}.get(kind, kind)
    called = {"leakyrelu": "leaky_relu", "logsoftmax": "log_softmax"}.get(called, called)
    function = getattr(torch, called, None) or getattr(F, called)
    x, y = torch.rand(3, 5) + 0.1, torch.rand(3, 5) + 0.1
    pairs = ("add", "sub", "mul", "div", "pow", "gt", "lt", "ge", "le", "eq", "ne", "maximum", "minimum")
    arguments: dict[str, tuple[Any, ...]] = {
        **dict.fromkeys(pairs, (x, y)),
        **dict.fromkeys(("softmax", "softmin", "logsoftmax"), (x, -1)),
        "clamp": (x, 0.2, 0.6), "clip": (x, 0.2, 0.6), "clampmin": (x, 0.5), "clampmax": (x, 0.5),
        "where": (x > 0.5, x, y), "maskedfill": (x, x > 0.5, -1.0),
    }  # fmt: skip
    if kind in WHOLE_LINE:
        x = 6 * torch.randn(3, 5)
    taken = arguments.get(kind, (x,))
    if kind in ("softmin",):
        model = Model(lambda m, *given: F.softmin(given[0], dim=-1))
    else:
        model = Model(
            lambda m, *given: 1 * function(*given, *[one for one in taken if not isinstance(one, Tensor)])
        )
    one = record(model, *[value for value in taken if isinstance(value, Tensor)])
    node = next(node for node in one.graph if node.role == "function")
    found = compute(one, node)
    assert found is not None and is_confirmed(one, node), node
    np.testing.assert_allclose(found.astype(float), one[node.name].astype(float), rtol=1e-3, atol=1e-4)


def steps(model: nn.Module, *inputs: Tensor) -> dict[str, Beat]:
    return {beat.id: beat for beat in network(record(model.eval(), *inputs, seed=0))}


def test_an_embedding_is_drawn_as_fed_by_what_feeds_it() -> None:
    torch.manual_seed(0)
    model = Model(
        lambda m, x: m.h(m.table(m.a(x).max(1).indices)),
        a=nn.Linear(4, 6),
        table=nn.Embedding(6, 3),
        h=nn.Linear(3, 2),
    )
    x = torch.randn(2, 4)
    one = record(model.eval(), x)
    found = {beat.id: beat for beat in network(one)}
    for beat in (found["max-op"], found["table-op"]):
        assert beat["v:max[1]"].words == (f"{one['a'][0].argmax()}",)
        assert "v:max" not in {mark.key for mark in beat.marks}


def test_a_table_is_read_at_the_places_that_were_found() -> None:
    torch.manual_seed(0)
    model = Model(
        lambda m, x: m.table(m.a(x).topk(3).indices).sum(1), a=nn.Linear(4, 6), table=nn.Embedding(6, 2)
    )
    one = record(model.eval(), torch.randn(2, 4))
    beat = next(beat for beat in network(one) if beat.id == "table-rows")
    tokens = next(mark for mark in beat.marks if isinstance(mark, Tokens))
    assert list(tokens.words) == [str(int(i)) for i in one["topk[1]"][0]]


def test_noise_comes_from_nowhere() -> None:
    found = beats("latents")
    drawn = next(beat for beat in found if beat.id == "randn_like-op")
    assert {mark.key for mark in drawn.marks if isinstance(mark, Units)} == {"v:randn_like"}
    assert "at random" in words.say(drawn.says, "en")
    overview = next(beat for beat in found if beat.id == "overview")
    assert not any(getattr(mark, "target", "") == "part:randn_like" for mark in overview.marks)


def test_of_two_halves_each_is_drawn() -> None:
    one = trace("latents")
    beat = next(beat for beat in beats("latents") if beat.id == "add-op")
    left = next(mark for mark in beat.marks if isinstance(mark, Units) and mark.key.startswith("v:a"))
    np.testing.assert_allclose(left.values, one["a"][0, :3][list(left.shown)])
    assert "part of a" in words.say(beat.says, "en")


@pytest.mark.parametrize("count", [2, 3, 4, 6, 9])
def test_as_many_ways_are_drawn_as_are_said_to_meet(count: int) -> None:
    layers = {f"way{i}": nn.Conv2d(1, 1, 3, padding=1) for i in range(count)}
    model = Model(lambda m, x: torch.stack([getattr(m, name)(x) for name in layers], 1).sum(1), **layers)
    beat = steps(model, torch.rand(1, 1, 8, 8))["stack-op"]
    ways = [mark for mark in beat.marks if mark.key.startswith("l:stack:") and not mark.key.endswith("out")]
    said = words.say(beat.says, "en")
    noted = [words.say(mark.words, "en") for mark in beat.marks if mark.key == "cut:stack:ways"]
    if count == 2:
        assert said.startswith("Stack way0 and way1") and len(ways) == 2
    else:
        assert f"Stack {count} values" in said
        assert len(ways) == count or noted == [f"{len(ways)} of {count} shown"]


def test_a_part_that_is_used_twice_is_the_same_part() -> None:
    torch.manual_seed(0)
    tower = nn.Sequential(*(nn.Sequential(nn.Linear(6, 6), nn.Tanh()) for _ in range(12)))
    model = Model(
        lambda m, x: m.head(m.tower(x[:, :6]) * m.tower(x[:, 6:])), tower=tower, head=nn.Linear(6, 2)
    )
    said = {key: words.say(beat.says, "en") for key, beat in steps(model, torch.randn(1, 12)).items()}
    again = [text for key, text in said.items() if "tower" in key and "-2" in key]
    assert again and all("built the same way" not in text for text in said.values()), said
    assert all("same weights" in text for text in again if "numbers go" not in text)


class UNet(nn.Module):
    def __init__(self, joined: str) -> None:
        super().__init__()
        self.joined = joined

        def block(into: int, out: int) -> nn.Sequential:
            return nn.Sequential(nn.Conv2d(into, out, 3, padding=1), nn.ReLU())

        wide = 2 if joined == "cat" else 1
        self.down1, self.down2, self.middle = block(1, 3), block(3, 3), block(3, 3)
        self.up2, self.up1, self.last = block(3 * wide, 3), block(3 * wide, 3), nn.Conv2d(3, 1, 1)
        self.pool, self.grow = nn.MaxPool2d(2), nn.Upsample(scale_factor=2)

    def meet(self, a: Tensor, b: Tensor) -> Tensor:
        return torch.cat([a, b], 1) if self.joined == "cat" else a + b

    def forward(self, x: Tensor) -> Tensor:
        a = self.down1(x)
        b = self.down2(self.pool(a))
        y = self.up2(self.meet(self.grow(self.middle(self.pool(b))), b))
        return self.last(self.up1(self.meet(self.grow(y), a)))


@pytest.mark.parametrize("joined", ["add", "cat"])
def test_a_shortcut_is_added_only_where_the_graph_adds(joined: str) -> None:
    torch.manual_seed(0)
    one = record(UNet(joined).eval(), torch.rand(1, 1, 16, 16))
    beat = next(beat for beat in network(one) if beat.id == "u-shortcut")
    texts = [words.say(mark.words, "en") for mark in beat.marks if type(mark).__name__ == "Text"]
    blocks = [words.say(mark.name, "en") for mark in beat.marks if type(mark).__name__ == "Block"]
    assert ("+" in texts) is (joined == "add") and ("concat" in blocks) is (joined == "cat")
    maps = [mark.pixels for mark in beat.marks if isinstance(mark, Picture)]
    if joined == "add":
        np.testing.assert_allclose(maps[0] + maps[1], maps[2], atol=1e-5)


def test_a_grid_of_a_row_is_what_the_embedding_gave() -> None:
    torch.manual_seed(0)
    model = Model(lambda m, x: m.h((m.table(x) * 4.0).mean(1)), table=nn.Embedding(9, 5), h=nn.Linear(5, 2))
    one = record(model.eval(), torch.tensor([[1, 5, 3]]))
    found = {beat.id: beat for beat in network(one)}
    grid = next(mark for mark in found["table-rows"].marks if isinstance(mark, Grid))
    np.testing.assert_allclose(grid.values, one["table"][0])
    before, scaled = (mark for mark in found["table-after"].marks if isinstance(mark, Grid))
    np.testing.assert_allclose(before.values, one["table"][0])
    np.testing.assert_allclose(scaled.values, one["table"][0] * 4, rtol=1e-6)
    assert "× 4" in words.say(found["table-after"].says, "en")


def test_a_sample_of_another_batch_is_told_with_its_own_parts() -> None:
    one = trace("latents")
    net = replace(NetworkView(one), sample=1)
    taken = next(take for take in net.layers["add"].takes if take.part is not None)
    assert taken.part is not None
    np.testing.assert_allclose(net.part(taken.part), one["a"][1, :3])


def test_a_normalisation_over_turned_axes_is_a_step_of_its_own() -> None:
    torch.manual_seed(0)
    model = Model(
        lambda m, x: m.head(m.norm(m.proj(x).flatten(2).transpose(1, 2))),
        proj=nn.Conv2d(3, 8, 4, 4), norm=nn.LayerNorm(8), head=nn.Linear(8, 4),
    )  # fmt: skip
    found = steps(model, torch.randn(1, 3, 16, 16))
    assert {"norm-op", "head-rows"} <= found.keys()


def test_every_layer_to_every_later_one_names_its_cuts_once() -> None:
    torch.manual_seed(0)
    convolutions = nn.ModuleList(nn.Conv2d(4 * i, 4, 3, padding=1) for i in range(1, 7))

    def forward(m: Any, x: Tensor) -> Tensor:
        seen = [m.stem(x)]
        for layer in m.layers:
            seen.append(torch.relu(layer(torch.cat(seen, 1))))
        return m.head(torch.cat(seen, 1).mean((2, 3)))

    model = Model(forward, stem=nn.Conv2d(1, 4, 3, padding=1), layers=convolutions, head=nn.Linear(28, 3))
    found = steps(model, torch.rand(1, 1, 12, 12))
    assert "Set 7 values side by side" in words.say(found["cat-7-op"].says, "en")


def test_what_does_not_fit_is_said_and_not_left_out() -> None:
    torch.manual_seed(0)
    blocks = [
        Model(lambda m, x: x + m.b(torch.relu(m.a(x))), a=nn.Linear(6, 6), b=nn.Linear(6, 6))
        for _ in range(12)
    ]
    said = [words.say(beat.says, "en") for beat in steps(nn.Sequential(*blocks), torch.rand(1, 6)).values()]
    assert any("11 more blocks, built the same way." in text for text in said)


def two(step: Callable[[Any, Tensor, Tensor], Tensor], **more: Any) -> nn.Module:
    """Two dense layers that a step brings together, and one after it."""
    layers = {"a": nn.Linear(4, 6), "b": nn.Linear(4, 6), "c": nn.Linear(6, 2)}
    return Model(lambda m, x: m.c(step(m, m.a(x), m.b(x))), **layers, **more)


WORDED: dict[str, tuple[Callable[[Any, Tensor, Tensor], Tensor], str]] = {
    "scaled sum": (lambda m, a, b: torch.add(a, b, alpha=0.5), "Add 0.5 × b to a."),
    "scaled difference": (
        lambda m, a, b: torch.sub(a, b, alpha=2), "Take 2 × b away from a.",
    ),
    "rounded": (
        lambda m, a, b: torch.div(a, b, rounding_mode="floor"),
        "Divide a by b, and round down.",
    ),
    "filled": (
        lambda m, a, b: a.masked_fill(b < 0, -1.5), "Where < 0 holds, −1.5 is taken; elsewhere a.",
    ),
    "chosen": (lambda m, a, b: torch.where(b > 0, a, -0.7), "Where > 0 holds, a is taken; elsewhere −0.7."),
    "at least": (lambda m, a, b: a.maximum(torch.tensor(0.5)), "maximum 0.5 changes every value by itself."),
    "shrunk": (lambda m, a, b: F.softshrink(a, 0.2), "softshrink 0.2 changes every value by itself."),
    "mixed": (lambda m, a, b: torch.lerp(a, b, 0.3), "A mixture of a and b."),
    "held": (lambda m, a, b: a @ (m.w * 0.5), "Matrix product of a and w × 0.5: rows times columns."),
    "a table": (lambda m, a, b: a.relu() @ m.w, "w: all neurons add up at once."),
    "reordered": (lambda m, a, b: a[:, [4, 2, 0, 1, 3, 5]], "selection: values from chosen places."),
    "its own for each place": (
        lambda m, a, b: torch.maximum(a, b) + torch.eye(6)[:2], "Then + tensor.",
    ),
    "of parts that overlap": (
        lambda m, a, b: torch.cat([a[:, None].expand(2, 6, 6), a[:, :, None].expand(2, 6, 6)], 2)[:, 0, :6],
        "Set a and a side by side.",
    ),
    "twice the same": (lambda m, a, b: torch.cat([a, a], 1)[:, 3:9], "concat: the same values 2 times."),
    "turned": (lambda m, a, b: torch.polar(a.abs(), b).real, "polar of abs and b."),
}  # fmt: skip


@pytest.mark.parametrize("name", WORDED)
def test_what_a_function_was_called_with_is_said(name: str) -> None:
    step, sentence = WORDED[name]
    torch.manual_seed(0)
    model = two(step, w=nn.Parameter(torch.randn(6, 6))).eval()
    assert sentence in [words.say(beat.says, "en") for beat in network(record(model, torch.randn(2, 4)))]


def test_a_table_is_not_said_to_be_one_number_for_every_value() -> None:
    def add(m: Any, x: Tensor) -> Tensor:
        found: Tensor = (m.a(x).max(0).values + torch.eye(6)[0]) * m.w - 2
        return found

    graph = record(Model(add, a=nn.Linear(4, 6), w=nn.Parameter(torch.rand(6))), torch.rand(2, 4)).graph
    said = [sentence(graph, graph[name]) for name in ("add", "mul", "sub")]
    assert [one and words.say(fill(one[0], c=one[1]), "en") for one in said] == [
        "a fixed table is added, place by place.",
        "Multiplied by w, place by place.",
        "2 is taken away from every value.",
    ]


def scores(m: Any, x: Tensor) -> Tensor:
    found: Tensor = torch.softmax(m.q(x) @ m.k(x).mT / 2, -1) @ x
    return found


def masked(m: Any, x: Tensor) -> Tensor:
    unseen = torch.ones(5, 5, dtype=torch.bool).triu(1)
    found: Tensor = torch.softmax((m.q(x) @ m.k(x).mT / 2).masked_fill(unseen, -1e9), -1) @ x
    return found


def pooled(m: Any, x: Tensor) -> Tensor:
    found: Tensor = torch.softmax(m.k(x)[..., 0], -1)[:, None] @ x
    return found


def looked_up(m: Any, x: Tensor) -> Tensor:
    found: Tensor = torch.softmax(m.q(x), -1) @ m.k.weight
    return found


@pytest.mark.parametrize(
    ("step", "attends"), [(scores, True), (masked, True), (pooled, False), (looked_up, False)]
)
def test_shares_are_attention_only_where_tokens_ask_each_other(step: Any, attends: bool) -> None:
    torch.manual_seed(0)
    model = Model(step, q=nn.Linear(4, 4), k=nn.Linear(4, 4)).eval()
    beats = list(network(record(model, torch.randn(2, 5, 4))))
    said = [words.say(beat.says, "en") for beat in beats]
    assert any("each token asks" in one for one in said) == attends
    if attends:
        # The product, the division and the softmax come before the shares that they make.
        mask = ["Then mask −1 × 10⁹, then softmax."] if step is masked else ["Then ÷ 2, then softmax"]
        who = "itself and those before it" if step is masked else "all others"
        order = ["rows times columns", *mask, f"each token asks {who}"]
        places = [next(i for i, one in enumerate(said) if word in one) for word in order]
        assert places == sorted(places)


def test_a_block_that_is_built_the_same_way_shows_all_that_it_takes() -> None:
    def grow(m: Any, x: Tensor) -> Tensor:
        a = m.a(x)
        h = m.c(torch.cat([m.b(a), a], 1)).relu()
        found: Tensor = m.e(m.d(h)[..., :1, :1].flatten(1)) + m.g(torch.cat([m.f(h), a], 1)).relu().mean()
        return found

    torch.manual_seed(0)
    one, two = ({"kernel_size": 3, "padding": 1} for _ in range(2))
    parts = {"a": nn.Conv2d(1, 2, **one), "b": nn.Conv2d(2, 2, **one), "c": nn.Conv2d(4, 2, **one)}
    parts |= {"d": nn.Conv2d(2, 2, **two), "f": nn.Conv2d(2, 2, **two), "g": nn.Conv2d(4, 2, **two)}
    trace = record(Model(grow, **parts, e=nn.Linear(2, 3)).eval(), torch.randn(1, 1, 6, 6))
    (brief,) = (beat for beat in network(trace) if beat.id == "g-brief")
    taken = {mark.source.split(":")[1] for mark in brief.marks if isinstance(mark, Link)}
    assert taken == {"f", "a", "g"}


def test_a_shared_part_with_numbers_is_called_as_the_first_time() -> None:
    torch.manual_seed(0)
    tower = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
    one = record(Model(lambda m, x: m.t(x) - m.t(2 * x), t=tower).eval(), torch.randn(2, 4))
    titles = NetworkView(one).names
    assert titles["t.2"] == "Linear 2" and titles["t.2#2"] == "Linear 2 (2)"
