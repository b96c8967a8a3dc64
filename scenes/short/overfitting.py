"""Overfitting: a network that learns thirty pictures by heart.

Render it with: manim -ql scenes/short/overfitting.py. More pictures, more neurons: change them below.
"""

import numpy as np

from nnanim import Bars, Beat, Curve, Picture, Row, Trace, words
from nnanim.births import From
from nnanim.data import digits
from nnanim.marks import modify
from nnanim.motions import Playback
from nnanim.movie import StoryScene
from nnanim.words import fill

FEW, STEPS, SEED = 30, 300, 0
NAMES = ({"en": "learnt from", "ja": "学習した絵"}, {"en": "new", "ja": "新しい絵"})


class Overfitting(StoryScene):
    title = {"en": "Overfitting", "ja": "過学習"}
    about = {
        "en": "thirty pictures, learnt by heart: the loss on them falls to nothing, on new ones it does not",
        "ja": "30 枚を丸暗記。その損失はほぼ 0 に、新しい絵では下がりません",
    }
    audience = "first"

    def example(self):
        import torch
        from torch import nn

        learnt, held = digits.split()
        data = [(torch.tensor(digits.images(i).reshape(-1, 64) / 16).float(), torch.tensor(digits.labels(i)))
                for i in (learnt[:FEW], held)]  # fmt: skip
        torch.manual_seed(SEED)
        net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
        optimizer, found = torch.optim.Adam(net.parameters(), lr=0.01), []
        for _ in range(STEPS):
            both = [nn.functional.cross_entropy(net(x), y) for x, y in data]
            found.append([one.item() for one in both])
            optimizer.zero_grad()
            both[0].backward()
            optimizer.step()
        right = [float((net(x).argmax(1) == y).float().mean()) for x, y in data]
        known = {"model": "64-64-10", "parameters": sum(one.numel() for one in net.parameters()),
                 "seed": SEED, "computed_with": "torch"}  # fmt: skip
        return Trace.of(
            {"loss": np.array(found).T, "right": right, "pictures": data[0][0][:4].numpy()}, provenance=known
        )

    def story(self, trace):
        pictures = [Picture(one.reshape(8, 8), key=f"p{i}") for i, one in enumerate(trace["pictures"])]
        yield Beat(
            {
                "en": "A large network learns from very few pictures.",
                "ja": "大きなネットワークが、わずかな絵で学びます。",
            },
            Row(*pictures),
        )
        loss = trace["loss"]
        curve = Curve(np.arange(1, STEPS + 1), loss, key="loss", names=NAMES, name_ends=True,
                      x_name=words.step,
                      y_name=words.loss, logs=(True, True), y_limits=(0.0001, 10))  # fmt: skip
        states = [modify(curve, drawn=n) for n in range(1, STEPS, 6)]
        yield Beat(
            fill({"en": "On these the loss falls to {a:.4f}; on new ones it is {b:.2f}.",
                  "ja": "学習した絵では {a:.4f} まで、新しい絵では {b:.2f} です。"}, a=loss[0, -1], b=loss[1, -1]),
            curve, motion=Playback({"loss": [*states, curve]}, seconds=5), born={"loss": From("p0")},
        )  # fmt: skip
        right = trace["right"]
        yield Beat(
            fill({"en": "Learnt by heart: {a:.0%} of these, {b:.0%} of new ones.",
                  "ja": "丸暗記です。正解は {a:.0%}、新しい絵では {b:.0%}。"},
                 a=right[0], b=right[1]),
            Bars(right, NAMES, key="right", limit=1, percent=True, roles=("amount", "amount2")),
            gathers={"loss": "right"},
        )  # fmt: skip
