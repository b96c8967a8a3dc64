"""Weight decay: the same training, with weights that shrink a little at every step.

Render it with: manim -ql scenes/short/weight_decay.py. Another decay: change it below.
"""

import numpy as np

from nnanim import Bars, Beat, Column, Histogram, Picture, Row, Trace, words
from nnanim.data import digits
from nnanim.marks import round_up
from nnanim.movie import StoryScene
from nnanim.words import fill

DECAYS, STEPS, FEW, SEED = (0.0, 0.01), 300, 60, 0
NAMES = ({"en": "without", "ja": "なし"}, {"en": "with weight decay", "ja": "重み減衰あり"})


class WeightDecay(StoryScene):
    title = {"en": "Weight decay", "ja": "重み減衰"}
    about = {
        "en": "weights that shrink a little at every step: smoother pictures, smaller numbers",
        "ja": "毎ステップ少しずつ縮む重み。数は小さく、模様はなめらかになります",
    }
    audience = "course"

    def example(self):
        import torch
        from torch import nn

        learnt, held = digits.split()
        x, new = (torch.tensor(digits.images(i).reshape(-1, 64) / 16).float() for i in (learnt[:FEW], held))
        y, found = torch.tensor(digits.labels(learnt[:FEW])), {"weights": [], "right": []}
        for decay in DECAYS:
            torch.manual_seed(SEED)
            net = nn.Linear(64, 10)
            optimizer = torch.optim.SGD(net.parameters(), lr=0.5, weight_decay=decay)
            for _ in range(STEPS):
                loss = nn.functional.cross_entropy(net(x), y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            found["weights"].append(net.weight.detach().numpy().copy())
            found["right"].append(float((net(new).argmax(1).numpy() == digits.labels(held)).mean()))
        known = {"model": "64-10", "parameters": 650, "seed": SEED, "computed_with": "torch"}
        return Trace.of(found, provenance=known)

    def story(self, trace):
        weights, right = np.asarray(trace["weights"], dtype=float), trace["right"]
        limit = round_up(np.abs(weights).max())
        pictures = [
            Picture(one[3].reshape(8, 8), key=f"w{i}", low=-limit, high=limit, colors="diverging",
                    label=NAMES[i], means=words.weight) for i, one in enumerate(weights)
        ]  # fmt: skip
        says = {
            "en": "The weights that look for a three, both times.",
            "ja": "数字の三を探す重みを、二通りに。",
        }
        yield Beat(says, Row(*pictures))
        edges = np.linspace(-limit, limit, 25)
        counts = [np.histogram(one, edges)[0] for one in weights]
        most = float(max(one.max() for one in counts))
        yield Beat(
            {"en": "With decay, they crowd around zero.", "ja": "減衰があると、0 のまわりに集まります。"},
            Row(*(Histogram(one, edges, key=f"h{i}", label=NAMES[i], x_limits=(-limit, limit),
                            y_limits=(0, most), x_name=words.weight) for i, one in enumerate(counts))),
            gathers={"w0": "h0", "w1": "h1"},
        )  # fmt: skip
        sizes = np.abs(weights).mean(axis=(1, 2))
        yield Beat(
            fill({"en": "Smaller weights; new digits: {a:.0%} and {b:.0%} right.",
                  "ja": "重みは小さく。新しい数字の正解率は {a:.0%} と {b:.0%}。"},
                 a=right[0], b=right[1]),
            Column(Bars(sizes, NAMES, key="size", label={"en": "mean size of a weight", "ja": "重みの大きさの平均"}),
                   Bars(right, NAMES, key="right", limit=1, percent=True, label=words.accuracy), gap=0.6),
            gathers={"h0": "size", "h1": "size"},
        )  # fmt: skip
