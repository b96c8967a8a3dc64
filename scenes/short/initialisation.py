"""The first weights: in a deep network signals vanish, explode, or come through.

Render it with: manim -ql scenes/short/initialisation.py. Deeper, wider: change the numbers below.
"""

import numpy as np

from nnanim import Beat, Curve, Row, Trace
from nnanim.marks import modify
from nnanim.motions import Playback
from nnanim.movie import StoryScene
from nnanim.words import fill
from nnanim.words.numerals import chosen_number

DEPTH, WIDTH, SEED = 20, 100, 0
FACTORS = (0.5, 1.4142, 4.0)  # times 1/√width; √2 is what He et al. (2015) found for ReLU
NAMES = tuple(fill({"en": "{f} / √n", "ja": "{f} / √n"}, f=chosen_number(one)) for one in (0.5, 1.41, 4.0))
LAYER, SIZE = {"en": "layer", "ja": "層"}, {"en": "size of the signals", "ja": "信号の大きさ"}


class Initialisation(StoryScene):
    title = {"en": "The first weights", "ja": "重みの初期値"}
    about = {
        "en": "too small, and signals vanish; too large, and they explode; between, they come through",
        "ja": "小さすぎると信号は消え、大きすぎると爆発。ちょうどよければ届きます",
    }
    audience = "course"
    keywords = "vanishing exploding gradients deep layers Xavier He 勾配消失 勾配爆発 初期値 深い"

    def example(self):
        import torch

        found = {"size": [], "slope": []}
        for factor in FACTORS:
            torch.manual_seed(SEED)
            x = torch.randn(64, WIDTH, requires_grad=True)
            seen = [x]
            for _ in range(DEPTH):
                weight = torch.randn(WIDTH, WIDTH) * factor / WIDTH**0.5
                seen.append((seen[-1] @ weight.T).relu())
                seen[-1].retain_grad()
            seen[-1].sum().backward()
            found["size"].append([float(one.detach().square().mean().sqrt()) for one in seen])
            found["slope"].append([float(one.grad.square().mean().sqrt()) for one in seen])
        known = {"model": "20 layers of 100", "parameters": DEPTH * WIDTH**2, "computed_with": "torch"}
        return Trace.of(found, provenance={**known, "seed": SEED})

    def story(self, trace):
        layers = np.arange(DEPTH + 1)

        def curve(values, key, name):
            axes = {"logs": (False, True), "x_limits": (0, DEPTH), "x_name": LAYER, "y_name": name}
            return Curve(layers, values, key=key, names=NAMES, **axes)

        size = curve(trace["size"], "size", SIZE)
        states = [modify(size, drawn=n) for n in range(1, DEPTH + 1)]
        yield Beat(
            {"en": "Three sizes of random weights, twenty layers.", "ja": "ランダムな重みの大きさを三通り、二十の層で。"},
            size, motion=Playback({"size": [*states, size]}, seconds=4),
        )  # fmt: skip
        ends = trace["size"][:, -1]
        yield Beat(
            fill({"en": "What arrives: {a:.1e}, {b:.2f}, {c:.1e}.",
                  "ja": "届いた大きさは {a:.1e}、{b:.2f}、{c:.1e} です。"},
                 a=ends[0], b=ends[1], c=ends[2]), size,
        )  # fmt: skip
        slope = curve(trace["slope"], "slope", {"en": "size of the gradients", "ja": "勾配の大きさ"})
        says = {"en": "The gradients on their way back fare the same.", "ja": "戻る勾配も、同じ運命です。"}
        yield Beat(says, Row(size, slope))
