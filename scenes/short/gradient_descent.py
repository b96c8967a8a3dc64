"""Gradient descent on a real loss: one neuron with two numbers to learn, on a hundred iris flowers.

Render it with: manim -ql scenes/short/gradient_descent.py. Other rates, another start: change them below.
"""

import numpy as np

from nnanim import Beat, Surface, Trace, words
from nnanim.data import iris
from nnanim.marks import arrange_multiples, modify
from nnanim.motions import Playback
from nnanim.movie import StoryScene
from nnanim.words import fill

START, STEPS = (-3.0, 3.5), 40
RATES = {"small": 0.1, "good": 3.0, "large": 14.0}
NAMES = {"small": {"en": "small steps", "ja": "小さな歩幅"}, "good": {"en": "good steps", "ja": "よい歩幅"}}
NAMES |= {"large": {"en": "large steps", "ja": "大きな歩幅"}}
ENDS = (-5.0, 9.0)  # of both axes of the map


class GradientDescent(StoryScene):
    title = {"en": "Gradient descent", "ja": "勾配降下法"}
    about = {
        "en": "a loss as a landscape, and three ways down it: small, good and too large steps",
        "ja": "損失を地形として眺め、小さい歩幅、よい歩幅、大きすぎる歩幅で下ります",
    }
    audience = "first"

    def example(self):
        import torch

        kinds = iris.species(range(50, 150))
        length = torch.tensor(iris.measurements(range(50, 150))[:, 0])
        x, y = (
            (length - length.mean()) / length.std(),
            torch.tensor([float(iris.SPECIES[kind] == "virginica") for kind in kinds]),
        )

        def loss(w, b):
            z = w[..., None] * x + b[..., None]
            return torch.nn.functional.binary_cross_entropy_with_logits(
                z, y.expand_as(z), reduction="none"
            ).mean(-1)

        grid = torch.meshgrid(torch.linspace(*ENDS, 57), torch.linspace(*ENDS, 57), indexing="xy")
        found = {"map": loss(*grid).numpy()}
        for name, rate in RATES.items():
            at, way = torch.tensor(START, requires_grad=True), [START]
            for _ in range(STEPS):
                (slope,) = torch.autograd.grad(loss(at[0], at[1]), at)
                at = (at - rate * slope).detach().requires_grad_()
                way.append(tuple(at.tolist()))
            found[name] = np.array(way)
            found[f"{name} loss"] = np.array([float(loss(*torch.tensor(one))) for one in way])
        return Trace.of(found, provenance={"model": "one neuron", "parameters": 2, "computed_with": "torch"})

    def story(self, trace):
        bare = Surface(
            trace["map"], key="good", x_limits=ENDS, y_limits=ENDS, levels=12, log=True, means=words.loss,
            x_name=words.weight, y_name=words.bias)  # fmt: skip
        says = {
            "en": "Every place is a network; its height its loss.",
            "ja": "どの点も一つのネット。高さは損失です。",
        }
        yield Beat(says, bare)
        whole = modify(bare, paths=(trace["good"],))
        steps = [modify(whole, drawn=n) for n in range(1, STEPS + 1)]
        yield Beat(
            fill({"en": "Downhill, step by step: from {a:.2f} to {b:.2f}.",
                  "ja": "一歩ずつ下ります。{a:.2f} から {b:.2f} へ。"},
                 a=trace["good loss"][0], b=trace["good loss"][-1]),
            whole, motion=Playback({"good": [*steps, whole]}, seconds=5),
        )  # fmt: skip
        three = [modify(bare, key=name, paths=(trace[name],), label=NAMES[name]) for name in RATES]
        states = {one.key: [*(modify(one, drawn=n) for n in range(1, STEPS + 1)), one] for one in three}
        yield Beat(
            {"en": "Too small is slow; too large jumps about.", "ja": "小さすぎると遅く、大きすぎると跳ね回ります。"},
            arrange_multiples(three), motion=Playback(states, seconds=5),
        )  # fmt: skip
