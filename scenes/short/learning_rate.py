"""The learning rate: one network, one beginning, three rates.

Render it with: manim -ql scenes/short/learning_rate.py. Other rates: change them below.
"""

import numpy as np

from nnanim import Bars, Beat, Curve, Trace, words
from nnanim.data import digits
from nnanim.marks import modify
from nnanim.motions import Playback
from nnanim.movie import StoryScene
from nnanim.words import fill
from nnanim.words.numerals import chosen_number

RATES, STEPS, SEED = (0.01, 0.3, 10.0), 80, 0
NAMES = tuple(fill({"en": "rate {r}", "ja": "学習率 {r}"}, r=chosen_number(rate)) for rate in RATES)


class LearningRate(StoryScene):
    title = {"en": "The learning rate", "ja": "学習率"}
    about = {
        "en": "too small learns nothing, too large never settles",
        "ja": "小さすぎると進まず、大きすぎると落ち着きません",
    }
    audience = "first"

    def example(self):
        import torch
        from torch import nn

        learnt, held = digits.split()
        x, y = (
            torch.tensor(one) for one in (digits.images(learnt).reshape(-1, 64) / 16, digits.labels(learnt))
        )
        test = torch.tensor(digits.images(held).reshape(-1, 64) / 16).float()
        found = {"loss": [], "right": []}
        for rate in RATES:
            torch.manual_seed(SEED)
            net = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))
            optimizer, losses = torch.optim.SGD(net.parameters(), lr=rate), []
            for _ in range(STEPS):
                loss = nn.functional.cross_entropy(net(x.float()), y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
            found["loss"].append(losses)
            found["right"].append(float((net(test).argmax(1).numpy() == digits.labels(held)).mean()))
        count = sum(one.numel() for one in net.parameters())
        known = {"model": "64-16-10", "parameters": count, "seed": SEED, "computed_with": "torch"}
        return Trace.of(found, provenance=known)

    def story(self, trace):
        loss = trace["loss"]
        curve = Curve(np.arange(1, STEPS + 1), loss, key="loss", names=NAMES, name_ends=True,
                      x_name=words.step,
                      y_name=words.loss, logs=(False, True), y_limits=(0.1, 100))  # fmt: skip
        states = [modify(curve, drawn=n) for n in range(1, STEPS, 2)]
        yield Beat(
            {"en": "The same network, three learning rates.", "ja": "同じネットワークを、三つの学習率で。"},
            curve, motion=Playback({"loss": [*states, curve]}, seconds=5),
        )  # fmt: skip
        right = trace["right"]
        yield Beat(
            fill({"en": "New digits read right: {a:.0%}, {b:.0%}, {c:.0%}.",
                  "ja": "新しい数字の正解率は {a:.0%}、{b:.0%}、{c:.0%}。"},
                 a=right[0], b=right[1], c=right[2]),
            Bars(right, NAMES, key="right", limit=1, percent=True, roles=curve.roles[:3]),
            gathers={"loss": "right"},
        )  # fmt: skip
