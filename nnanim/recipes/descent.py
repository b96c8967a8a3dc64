"""Recipes about slopes and steps, on one weight that learns how wide a petal is from how long it is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.data import iris
from nnanim.marks import Cloud, Curve, Overlay, Row, modify, round_up
from nnanim.motions import Playback
from nnanim.recipes.base import recipe
from nnanim.trace import Trace
from nnanim.words import fill

RATES = {"small": 0.0015, "good": 0.01, "large": 0.056}
STEPS, START = 16, -1.0
LIMITS = (-1.2, 1.9)  # of the weight
SIZES = (
    {"en": "small steps", "ja": "小さい歩幅"},
    {"en": "good steps", "ja": "ちょうどよい歩幅"},
    {"en": "large steps", "ja": "大きい歩幅"},
)
WEIGHT = {"en": "weight", "ja": "重み"}


def example(lang: str) -> Trace:
    """The loss of every weight, and the ways of three step sizes: weights, losses and slopes."""
    import torch

    length, width = torch.tensor(iris.measurements()).float().T
    along = torch.linspace(*LIMITS, 121)
    found = {"along": along, "loss": ((along[:, None] * length - width) ** 2).mean(1)}
    for name, rate in RATES.items():
        w, way = torch.tensor(START, requires_grad=True), list[tuple[float, float, float]]()
        for _ in range(STEPS):
            loss = ((w * length - width) ** 2).mean()
            (slope,) = torch.autograd.grad(loss, w)
            way.append((w.item(), loss.item(), slope.item()))
            w = (w - rate * slope).detach().requires_grad_(True)
        found[name] = torch.tensor(way)
    arrays = {name: one.numpy() for name, one in found.items()}
    axes = {name: ("step", "weight, loss, slope") for name in RATES}
    return Trace.of(arrays, axes=axes, provenance={"model": "one weight", "computed_with": "torch"})


def draw_valley(trace: Trace) -> Curve:
    """The loss of every weight."""
    return Curve(trace["along"], trace["loss"], key="valley", x_name=WEIGHT, y_name=words.loss,
                 x_limits=LIMITS, y_limits=(0, round_up(trace["loss"].max())))  # fmt: skip


def draw_balls(valley: Curve, at: np.ndarray, **options: object) -> Cloud:
    """Balls at some (weight, loss), in the plane of the valley."""
    return Cloud(at, key="ball", x_limits=valley.x_limits, y_limits=valley.y_limits, radius=0.16,
                 x_name=WEIGHT, y_name=words.loss, **options)  # type: ignore[arg-type]  # fmt: skip


@recipe("How does a ball roll down the slope of a loss?", "玉は損失の坂をどう転がる？",
        "gradient descent ball slope valley overlay roll 勾配降下 玉 坂 谷 転がる")  # fmt: skip
def roll_ball(trace: Trace) -> Iterator[Beat]:
    way, valley = trace["good"], draw_valley(trace)
    states = [draw_balls(valley, one[None, :2], roles=("answer",)) for one in way]
    yield Beat(
        {
            "en": "Each weight has a loss. Where will the ball stop?",
            "ja": "重みごとに損失があります。玉はどこで止まる？",
        },
        Overlay(valley, states[0]),
        asks=True,
    )
    yield Beat(
        fill({"en": "It stops at {w:.2f}: the loss fell from {a:.1f} to {b:.2f}.",
              "ja": "{w:.2f} で止まりました。損失は {a:.1f} から {b:.2f} へ。"},
             w=float(way[-1, 0]), a=float(way[0, 1]), b=float(way[-1, 1])),
        Overlay(valley, states[-1]),
        motion=Playback({"ball": states}, seconds=5),
    )  # fmt: skip


@recipe("What does the slope say at a point?", "ある点の傾きは、何を教える？",
        "gradient derivative tangent slope step direction 勾配 微分 接線 傾き 向き")  # fmt: skip
def draw_slope(trace: Trace) -> Iterator[Beat]:
    w, loss, slope = (float(one) for one in trace["good"][0])
    valley = draw_valley(trace)
    near = np.array([w - 0.15, w + 0.6])
    tangent = Curve(near, loss + slope * (near - w), key="tangent", roles=("answer",), x_name=WEIGHT,
                    y_name=words.loss, x_limits=valley.x_limits, y_limits=valley.y_limits)  # fmt: skip
    ball = draw_balls(valley, np.array([[w, loss]]), roles=("answer",))
    yield Beat({"en": "Which way is down? The ball sees only this point.",
                "ja": "下はどちら？ 玉にはこの点しか見えません。"}, Overlay(valley, ball), asks=True)  # fmt: skip
    yield Beat(
        fill({"en": "The slope here is {s:.0f}: down is to the right.",
              "ja": "ここの傾きは {s:.0f}。下は右です。"}, s=slope),
        Overlay(valley, tangent, ball),
    )  # fmt: skip


@recipe("Why may steps be neither too small nor too large?", "歩幅は、なぜ小さすぎても大きすぎてもだめ？",
        "learning rate step size overshoot jump balls compare 学習率 歩幅 飛び越える 比べる")  # fmt: skip
def compare_steps(trace: Trace) -> Iterator[Beat]:
    ways, valley = np.stack([trace[name] for name in RATES]), draw_valley(trace)
    states = [draw_balls(valley, one[:, :2], groups=(0, 1, 2), names=SIZES) for one in ways.swapaxes(0, 1)]
    losses = Curve(np.arange(float(STEPS)), ways[:, :, 1], key="losses", names=SIZES,
                   roles=states[0].roles[:3], x_name=words.step, y_name=words.loss,
                   x_limits=(0, STEPS - 1), y_limits=valley.y_limits)  # fmt: skip
    grown = [modify(losses, drawn=n) for n in range(1, STEPS + 1)]
    yield Beat(
        {
            "en": "Small steps creep, large steps jump across.",
            "ja": "小さい歩幅は進まず、大きい歩幅は飛び越えます。",
        },
        Row(Overlay(valley, states[-1]), losses),
        motion=Playback({"ball": states, "losses": [*grown[:-1], losses]}, seconds=7),
    )
