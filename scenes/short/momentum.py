"""Momentum: the same landscape, with and without it; a long valley is where it helps.

Render it with: manim -ql scenes/short/momentum.py. Other numbers: change them below.
"""

import numpy as np

from nnanim import Beat, Curve, Row, Surface, Trace, words
from nnanim.data import iris
from nnanim.marks import modify
from nnanim.motions import Playback
from nnanim.movie import StoryScene
from nnanim.words import fill

START, STEPS, RATE, MOMENTUM = (-2.5, -2.0), 30, 0.05, 0.6
X, Y = (-3.0, 3.0), (-3.0, 3.0)
NAMES = ({"en": "plain", "ja": "なし"}, {"en": "momentum", "ja": "モメンタム"})


class Momentum(StoryScene):
    title = {"en": "Momentum", "ja": "モメンタム"}
    about = {
        "en": "a ball that keeps its speed comes through a long valley sooner",
        "ja": "勢いを保つ玉は、長い谷を早く抜けます",
    }
    audience = "course"
    keywords = "optimizer Adam SGD valley speed 最適化 モメンタム 谷"

    def example(self):
        import torch

        flowers = torch.tensor(iris.measurements(range(50, 150))).float()
        x = (flowers - flowers.mean(dim=0)) / flowers.std(dim=0)  # the two lengths nearly say the same
        y = 1.6 * x[:, 0] + 0.4 * x[:, 1]

        def loss(at):
            return ((at @ x.T - y) ** 2).mean(-1)

        places = torch.stack(
            torch.meshgrid(torch.linspace(*X, 49), torch.linspace(*Y, 49), indexing="xy"), -1
        )
        found = {"map": loss(places.float()).numpy()}
        for name, kept in (("plain", 0.0), ("momentum", MOMENTUM)):
            at = torch.tensor(START, requires_grad=True)
            optimizer, way = torch.optim.SGD([at], lr=RATE, momentum=kept), [START]
            for _ in range(STEPS):
                optimizer.zero_grad()
                loss(at).backward()
                optimizer.step()
                way.append(tuple(at.tolist()))
            found[name] = np.array(way)
            found[f"{name} loss"] = np.array([float(loss(torch.tensor(one))) for one in way])
        return Trace.of(found, provenance={"model": "two weights", "parameters": 2, "computed_with": "torch"})

    def story(self, trace):
        bare = Surface(
            trace["map"], key="map", x_limits=X, y_limits=Y, levels=(0.1, 0.5, 1, 2, 4, 8, 16),
            means=words.loss, x_name={"en": "weight 1", "ja": "重み 1"},
            y_name={"en": "weight 2", "ja": "重み 2"},
        )  # fmt: skip
        says = {
            "en": "Two inputs that nearly agree: a long valley.",
            "ja": "似た入力が二つ。損失は長い谷です。",
        }
        yield Beat(says, bare)
        whole = modify(bare, paths=(trace["plain"], trace["momentum"]), names=NAMES)
        steps = [modify(whole, drawn=n) for n in range(1, STEPS + 1)]
        yield Beat(
            {"en": "With momentum, each step keeps some of the last.", "ja": "モメンタムは、前の一歩の勢いを残します。"},
            whole, motion=Playback({"map": [*steps, whole]}, seconds=6),
        )  # fmt: skip
        losses = np.stack([trace["plain loss"], trace["momentum loss"]])
        yield Beat(
            fill({"en": "After as many steps: {a:.3f} without, {b:.3f} with it.",
                  "ja": "同じ歩数で、なしは {a:.3f}、ありは {b:.3f}。"},
                 a=losses[0, -1], b=losses[1, -1]),
            Row(whole, Curve(np.arange(STEPS + 1), losses, key="loss", names=NAMES, name_ends=True,
                             roles=whole.roles[:2], logs=(False, True), x_limits=(0, STEPS),
                             x_name=words.step, y_name=words.loss)),
        )  # fmt: skip
