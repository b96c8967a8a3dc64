"""Early stopping: the step at which new pictures are read best is not the last one.

Render it with: manim -ql scenes/short/early_stopping.py. Another network: change the numbers below.
"""

import numpy as np

from nnanim import Bars, Beat, Curve, Trace, words
from nnanim.data import digits
from nnanim.marks import modify
from nnanim.motions import Playback
from nnanim.movie import StoryScene
from nnanim.words import fill

FEW, STEPS, SEED, EVERY = 60, 400, 1, 2
HELD_OUT = {"en": "loss on new pictures", "ja": "新しい絵の損失"}
NAMES = ({"en": "stopped", "ja": "止めたとき"}, {"en": "at the end", "ja": "最後"})


class EarlyStopping(StoryScene):
    title = {"en": "Early stopping", "ja": "早期終了"}
    about = {
        "en": "the loss on new pictures falls, then rises: training ends where it was lowest",
        "ja": "新しい絵での損失は、下がってから上がります。いちばん低い所で学習を止めます",
    }
    audience = "course"

    def example(self):
        import torch
        from torch import nn

        learnt, held = digits.split()
        x, y = (
            torch.tensor(digits.images(learnt[:FEW]).reshape(-1, 64) / 16).float(),
            torch.tensor(digits.labels(learnt[:FEW])),
        )
        y = torch.where(torch.arange(FEW) % 6 == 0, (y + 3) % 10, y)  # one label in six is wrong, as in life
        new, truth = (
            torch.tensor(digits.images(held).reshape(-1, 64) / 16).float(),
            torch.tensor(digits.labels(held)),
        )
        torch.manual_seed(SEED)
        net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
        optimizer, found = torch.optim.Adam(net.parameters(), lr=0.01), []
        for _ in range(STEPS):
            loss = nn.functional.cross_entropy(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                found.append(float(nn.functional.cross_entropy(net(new), truth)))
        known = {"model": "64-64-10", "parameters": sum(one.numel() for one in net.parameters()),
                 "seed": SEED, "computed_with": "torch"}  # fmt: skip
        return Trace.of({"loss": found, "step": np.arange(1, STEPS + 1)}, provenance=known)

    def story(self, trace):
        loss, step = np.asarray(trace["loss"], dtype=float), trace["step"].astype(float)
        best = int(loss.argmin())
        curve = Curve(step, loss, key="loss", x_limits=(0, STEPS), x_name=words.step, y_name=HELD_OUT)
        states = [modify(curve, drawn=n) for n in range(1, STEPS, 8)]
        yield Beat(
            {"en": "It falls at first, then it rises.", "ja": "はじめは下がり、やがて上がります。"},
            curve, motion=Playback({"loss": [*states, curve]}, seconds=5),
        )  # fmt: skip
        yield Beat(
            fill({"en": "Lowest at step {n}: there one stops.", "ja": "いちばん低いのはステップ {n}。ここで止めます。"},
                 n=int(step[best])),
            modify(curve, point=(step[best], loss[best])), given=("loss.point",),  # the number of a step
        )  # fmt: skip
        yield Beat(
            fill({"en": "{a:.2f} instead of {b:.2f}.", "ja": "{b:.2f} ではなく {a:.2f} です。"}, a=loss[best],
                 b=loss[-1]),
            Bars([loss[best], loss[-1]], NAMES, key="both"), gathers={"loss": "both"},
        )  # fmt: skip
