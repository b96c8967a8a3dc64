"""Small models as students write them: every call between two shown values is named, or is a step."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nnanim.recording import record
from nnanim.stories.network import network as tell_network
from nnanim.structure.arithmetic import active_dropouts
from nnanim.structure.kinds import HELD, is_view
from nnanim.structure.layers import find_layers
from nnanim.structure.phrases import phrase

network = partial(tell_network, detail="full")  # what is told in full

X = torch.linspace(-1.0, 1.0, 15).reshape(3, 5)


class Student(nn.Module):
    """Layers that most of the functions below use."""

    def __init__(self, forward: Callable[..., Any]) -> None:
        super().__init__()
        self.a, self.b, self.out = nn.Linear(5, 6), nn.Linear(5, 6), nn.Linear(6, 3)
        self.gain, self.heat = nn.Parameter(torch.full((6,), 1.5)), nn.Parameter(torch.tensor(0.7))
        self.table, self.drop = nn.Embedding(4, 6), nn.Dropout(0.5)
        self.register_buffer("mean", torch.full((5,), 0.25))
        self.register_buffer("keep", torch.tensor([1.0, 0, 1, 1, 0, 1]))
        self.tower = nn.Sequential(nn.Linear(5, 6), nn.ReLU())
        self.run = forward

    def forward(self, x: Tensor) -> Any:
        return self.run(self, x)


def temperature(m: Any, x: Tensor) -> Tensor:
    return torch.softmax(m.out(torch.relu(m.a(x))) / m.heat, 1)


def scattered(m: Any, x: Tensor) -> Tensor:
    h = m.a(x)
    return m.out(torch.zeros_like(h).scatter(1, h.topk(2, 1).indices, h.topk(2, 1).values))


def scattered_add(m: Any, x: Tensor) -> Tensor:
    h, into = m.a(x), torch.tensor([[0, 0, 1, 1, 2, 2]]).expand(3, 6)
    return torch.zeros(3, 3).scatter_add(1, into, h)


def written_columns(m: Any, x: Tensor) -> Tensor:
    h = m.a(x)
    h[:, :2] *= 2
    h[:, -1] = 0
    return m.out(h)


def noisy(m: Any, x: Tensor) -> Tensor:
    h = m.a(x)
    return m.out(h + 0.1 * torch.randn_like(h))


def gated(m: Any, x: Tensor) -> Tensor:
    z = torch.sigmoid(m.a(x))
    return m.out(z * torch.tanh(m.b(x)) + (1 - z) * m.a(x))


MODELS: dict[str, Callable[..., Any]] = {
    "gain": lambda m, x: m.out(torch.relu(m.a(x)) * m.gain),
    "temperature": temperature,
    "buffers": lambda m, x: m.out(m.a((x - m.mean) / 0.5) * m.keep),
    "masked": lambda m, x: m.out(m.a(x).masked_fill(m.keep == 0, 0.0)),
    "where": lambda m, x: m.out(torch.where(m.a(x) > 0, m.a(x), 0.1 * m.b(x))),
    "gathered": lambda m, x: m.out(m.a(x).gather(1, m.b(x).argsort(1))),
    "scattered": scattered,
    "scattered and added": scattered_add,
    "clamped": lambda m, x: m.out(m.a(x).clamp(-0.5, 0.5) ** 2),
    "einsum": lambda m, x: torch.einsum("bi,oi->bo", m.a(x), m.out.weight) + m.out.bias,
    "tied": lambda m, x: F.linear(m.a(x), m.a.weight.t()),
    "shared towers": lambda m, x: m.out((m.tower(x) - m.tower(-x)).abs()),
    "dropout in training": lambda m, x: m.out(m.drop(torch.relu(m.a(x)))),
    "noise": noisy,
    "gates": gated,
    "written columns": written_columns,
    "looked up": lambda m, x: m.out(m.table(m.a(x)[:, :4].argmax(1)) + m.b(x)),
    "one hot": lambda m, x: m.out(F.one_hot(m.a(x).argmax(1), 6).float() + m.b(x)),
    "comparison": lambda m, x: m.out((m.a(x) > m.b(x)).float() * m.a(x)),
    "cosine": lambda m, x: F.cosine_similarity(m.a(x)[:, None], m.out.weight[None], dim=-1),
    "length": lambda m, x: m.out(F.normalize(m.a(x), dim=1)),
    "log of shares": lambda m, x: F.log_softmax(m.out(F.gelu(m.a(x))), dim=-1),
    "several answers": lambda m, x: {"classes": m.out(m.a(x)), "score": m.b(x).mean(1)},
    "sine": lambda m, x: m.out(torch.sin(30 * m.a(x))),
}


@pytest.mark.parametrize("name", MODELS)
def test_every_call_between_two_shown_values_is_named_or_is_a_step(name: str) -> None:
    torch.manual_seed(0)
    model = Student(MODELS[name]).train(name == "dropout in training")
    trace = record(model, X, seed=0)
    beats = list(network(trace))
    keys = {mark.key for beat in beats for mark in beat.marks}
    said = " ".join(str(beat.says["en"]) for beat in beats)  # type: ignore[index]
    assert "makes new values of them" not in said
    for layer in find_layers(trace.graph, active_dropouts(trace)).values():
        step = any(layer.name in key for key in keys)
        assert step or layer.role in HELD, f"{layer.name} is no step"
        for call in layer.changes:
            named = phrase(trace.graph, call)
            assert named in said or is_view(call), f"{named!r} ({call.name}) is not named"
