"""Scales follow what is shown: a value of 600 among values of some units does not turn the others black."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import nn

from nnanim import Trace, record
from nnanim.beats import Beat
from nnanim.marks import Grid, Mark, Picture, Units
from nnanim.stories.network import network
from nnanim.stories.network.color_limit import BULKS, color_reach, shown_limit

OUTLIER = 600.0

DIMMEST, BRIGHTEST = 0.08, 0.8
"""Bounds of the median of |value| / limit over the values other than 0 of a map that is shown."""


class Block(nn.Module):
    """A block of a transformer that gives one channel of its first token a massive value."""

    def __init__(self, wide: int) -> None:
        super().__init__()
        self.norm, self.look = nn.LayerNorm(wide), nn.MultiheadAttention(wide, 2, batch_first=True)
        self.enter, self.leave = nn.Linear(wide, 2 * wide), nn.Linear(2 * wide, wide)
        spike = torch.zeros(1, 1, wide)
        spike[0, 0, 3], spike[0, 0, 7] = OUTLIER, -OUTLIER / 2
        self.register_buffer("spike", spike)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.norm(x)
        x = x + self.look(h, h, h)[0]
        x = x + self.leave(self.enter(x).relu())
        return torch.cat([x[:, :1] + self.spike, x[:, 1:]], dim=1)


class Net(nn.Module):
    """A language model of three blocks, or a network of convolutions behind one bright pixel."""

    def __init__(self, wide: int = 24) -> None:
        super().__init__()
        self.words = nn.Embedding(40, wide)
        self.blocks = nn.ModuleList(Block(wide) for _ in range(3))
        self.head = nn.Linear(wide, 40)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        x = self.words(ids)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def language(tokens: int) -> Trace:
    torch.manual_seed(0)
    return record(Net().eval(), torch.randint(0, 40, (1, tokens)))


def bright_pixel() -> Trace:
    torch.manual_seed(0)
    x = torch.randn(1, 1, 48, 48)
    x[0, 0, 4, 4] = OUTLIER
    return record(nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.Flatten()), x)


RUNS = {"12 tokens": lambda: language(12), "300 tokens": lambda: language(300), "pictures": bright_pixel}


def maps(beats: Iterator[Beat]) -> Iterator[tuple[str, Mark, np.ndarray, float]]:
    """Every coloured map of a film with its values and the limit of its scale."""
    for beat in beats:
        for mark in beat.marks:
            if isinstance(mark, Grid) and mark.values.size >= 64 and mark.digits is None:
                yield beat.id, mark, mark.values, float(mark.limit or 1)
            if isinstance(mark, Picture) and mark.pixels.ndim == 2 and mark.pixels.size >= 64:
                yield beat.id, mark, mark.pixels, mark.high


@pytest.mark.parametrize("name", RUNS)
def test_the_median_of_a_map_is_neither_black_nor_white(name: str) -> None:
    """Of those that share a scale in a beat, of the brightest: terms of a sum have one scale."""
    trace = RUNS[name]()
    brightest: dict[tuple[str, str, float], float] = {}
    for detail in ("", "full") if name != "300 tokens" else ("",):
        for beat, _, values, limit in maps(network(trace, detail=detail)):
            sizes = np.minimum(np.abs(values), limit)
            share, scale = float(np.median(sizes[sizes > 0])) / limit, (detail, beat, limit)
            brightest[scale] = max(share, brightest.get(scale, 0.0))
    assert len(brightest) >= 3
    assert {scale: share for scale, share in brightest.items() if not DIMMEST <= share <= BRIGHTEST} == {}


@pytest.mark.parametrize(
    "mark",
    [
        Grid(np.array([[1.0, 9.0], [-2.0, 3.0]]), key="m", limit=3, clips=True),
        Units(np.array([1.0, 9.0, -2.0]), key="m", limit=3, clips=True),
        Picture(np.array([[1.0, 9.0], [-2.0, 3.0]]), key="m", low=-3, high=3, colors="diverging", clips=True),
    ],
)
def test_what_lies_beyond_a_scale_is_said_in_its_legend(mark: Mark) -> None:
    (legend,) = mark.legends()
    assert legend.ends() == ("≤ −3", "≥ 3")
    assert legend.caption["en"].endswith("(up to 9.0)")  # type: ignore[index]
    assert "最大 9.0" in legend.caption["ja"]  # type: ignore[index]


def test_a_scale_without_anything_beyond_it_is_said_as_ever() -> None:
    (legend,) = Grid(np.array([[1.0, 2.0]]), key="m", limit=3, clips=True).legends()
    assert legend.ends() == ("0", "3") and not legend.reach
    clipped = Grid(np.array([[1.0, 9.0]]), key="n", limit=3, clips=True).legends()[0]
    assert legend.is_within(clipped) and not clipped.is_within(legend)


def test_a_scale_reaches_to_the_bulk_where_few_lie_far_beyond() -> None:
    values = np.random.default_rng(0).normal(size=1000)
    assert color_reach(values) == np.abs(values).max()
    values[5] = OUTLIER
    assert 2 < color_reach(values) < 3
    many = values.copy()
    many[: int(1000 * (1 - min(BULKS))) + 20] = OUTLIER  # that many are no outliers
    assert color_reach(many) == OUTLIER
    assert color_reach(values[:15]) == OUTLIER and color_reach(np.zeros(0)) == 0
    shares = np.full((2, 100), 0.001)
    shares[:, 3] = 1 - shares[:, 1:].sum(axis=1)
    shares /= shares.sum(axis=1, keepdims=True)
    assert color_reach(shares) == shares.max() > 0.8


def test_neurons_that_are_shown_are_told_apart() -> None:
    assert shown_limit(np.array([1.0, 2.0]), 3.0) == 3.0
    assert shown_limit(np.array([600.0, 30, 8, 7, 6, 5, 5, 5]), 4.0) == 15
