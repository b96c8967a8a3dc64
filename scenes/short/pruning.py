"""Pruning: the weakest wires are cut; what does the network still know?

Render it with: manim -ql scenes/short/pruning.py. Another network: put it in place of this one.
"""

import numpy as np

from nnanim import Beat, Curve, Row, Trace, Units, Wires, models, words
from nnanim.births import From
from nnanim.data import digits
from nnanim.marks import modify, round_up
from nnanim.motions import Playback
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.words import fill

MODEL, DIGIT, CUT = "digits-64-16-10", 907, 0.5
NAMES = tuple(str(digit) for digit in range(10))
SHARES = np.linspace(0, 1, 21)


class Pruning(StoryScene):
    title = {"en": "Pruning", "ja": "枝刈り"}
    about = {
        "en": "half of a layer's wires are cut, the weakest first, and the answer hardly changes",
        "ja": "弱い順に線を半分切っても、答えはほとんど変わりません",
    }
    audience = "course"

    def example(self):
        import torch

        net, (_, held) = models.load(MODEL), digits.split()
        x, picture = (
            torch.tensor(digits.images(held).reshape(-1, 64) / 16).float(),
            digits.images([DIGIT]).reshape(1, 64) / 16,
        )
        whole, whole_weight = record(net, picture, name=MODEL, seed=0), net.answer.weight.detach().clone()
        order, right = whole_weight.abs().flatten().argsort(), []
        for share in SHARES:
            weight = whole_weight.clone().flatten()
            weight[order[: round(share * len(order))]] = 0
            with torch.no_grad():
                net.answer.weight.copy_(weight.reshape(whole_weight.shape))
                right.append(float((net(x).argmax(1).numpy() == digits.labels(held)).mean()))
                if share == CUT:
                    pruned = record(net, picture, name=f"{MODEL}, pruned", seed=0)
        return {"whole": whole, "pruned": pruned, "right": Trace.of({"right": right})}

    def story(self, runs):
        limit = round_up(np.abs(runs["whole"].parameters["answer.weight"]).max())
        high = round_up(max(np.abs(runs[name]["answer"]).max() for name in ("whole", "pruned")))

        def net(run, off=None):
            hidden = run["hidden_activation"][0]
            return Row(Units(hidden, key="h", limit=round_up(hidden.max()), numbers=False),
                       Wires(runs["whole"].parameters["answer.weight"], "h", "o", key="w", limit=limit,
                             off=off),
                       Units(run["answer"][0], NAMES, key="o", limit=high, side="right", numbers=False,
                             means=words.score))  # fmt: skip

        yield Beat(
            {"en": "All wires of the last layer.", "ja": "最後の層の全部の線です。"}, net(runs["whole"])
        )
        off = runs["pruned"].parameters["answer.weight"] == 0
        yield Beat(
            fill({"en": "{n} of {m} wires are cut, the weakest first.", "ja": "弱い順に、{m} 本のうち {n} 本を切ります。"},
                 n=int(off.sum()), m=off.size), net(runs["pruned"], off), given=("says",),
        )  # fmt: skip
        right = runs["right"]["right"]
        curve = Curve(SHARES, right, key="right", x_limits=(0, 1), y_limits=(0, 1), y_name=words.accuracy,
                      x_name={"en": "share of wires that are cut", "ja": "切った線の割合"})  # fmt: skip
        yield Beat(
            fill({"en": "With half of them gone, {a:.0%} are right; before it was {b:.0%}.",
                  "ja": "半分切っても正解率は {a:.0%}。もとは {b:.0%} です。"},
                 a=right[10], b=right[0]),
            curve, motion=Playback({"right": [*(modify(curve, drawn=n) for n in range(1, 21)), curve]},
                                   seconds=3),
            born={"right": From("o")},
        )  # fmt: skip
