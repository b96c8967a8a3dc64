"""Activation functions: what they do to a sum, and what they let through on the way back.

Render it with: manim -ql scenes/short/activation_functions.py.
Another function: write it into the table below.
"""

from nnanim import Beat, Curve, Trace
from nnanim.marks import arrange_multiples
from nnanim.movie import StoryScene
from nnanim.words import fill

NAMES = ("ReLU", "sigmoid", "tanh", "GELU")
CURVES = ({"en": "value", "ja": "値"}, {"en": "slope", "ja": "傾き"})
REACH = 4.0


class ActivationFunctions(StoryScene):
    title = {"en": "Activation functions", "ja": "活性化関数"}
    about = {
        "en": "four curves and their slopes: where a slope is near zero, nothing is learnt",
        "ja": "四つの曲線とその傾き。傾きがほぼ 0 の所では学べません",
    }
    audience = "first"
    keywords = "ReLU sigmoid tanh vanishing gradient 活性化関数 シグモイド 勾配消失"

    def example(self):
        import torch

        x = torch.linspace(-REACH, REACH, 161, requires_grad=True)
        kinds = {
            "ReLU": torch.relu,
            "sigmoid": torch.sigmoid,
            "tanh": torch.tanh,
            "GELU": torch.nn.functional.gelu,
        }
        found = {"x": x.detach().numpy()}
        for name, function in kinds.items():
            y = function(x)
            (slope,) = torch.autograd.grad(y.sum(), x)
            found[name] = torch.stack([y.detach(), slope]).numpy()
        return Trace.of(found, provenance={"model": "torch.nn.functional", "computed_with": "torch"})

    def story(self, trace):
        x = trace["x"]
        values = [self.draw(x, trace[name][:1], name, CURVES[:1]) for name in NAMES]
        yield Beat(
            {
                "en": "Each turns a neuron's sum into its value.",
                "ja": "どれも、ニューロンの和を値に変えます。",
            },
            arrange_multiples(values),
        )
        both = [self.draw(x, trace[name], name, CURVES) for name in NAMES]
        yield Beat(
            {
                "en": "Its slope is what a gradient is multiplied by.",
                "ja": "傾きは、勾配に掛けられる数です。",
            },
            arrange_multiples(both),
        )
        steepest = {name: float(trace[name][1].max()) for name in ("sigmoid", "tanh")}
        yield Beat(
            fill({"en": "The sigmoid's is {a:.2f} at most; after some layers little is left.",
                  "ja": "シグモイドでは最大でも {a:.2f}。層を重ねると、ほとんど残りません。"}, a=steepest["sigmoid"]),
            self.draw(x, trace["sigmoid"], "sigmoid", CURVES, limits=(0, 1)),
        )  # fmt: skip

    def draw(self, x, y, name, names, limits=(-1.2, REACH)):
        return Curve(
            x,
            y,
            key=name,
            label=name,
            names=names,
            x_limits=(-REACH, REACH),
            y_limits=limits,
            x_name="z",
            aspect=1,
        )
