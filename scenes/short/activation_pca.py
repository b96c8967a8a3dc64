"""Inside a network while it learns: the hidden layer of every picture, projected into one plane.

Render it with: manim -ql scenes/short/activation_pca.py. Another network: change it below.
"""

import numpy as np

from nnanim import Beat, Cloud, Text, Trace
from nnanim.data import digits
from nnanim.marks import arrange_multiples, modify
from nnanim.motions import Playback
from nnanim.movie import StoryScene
from nnanim.words import fill

SHOWN, STEPS, EVERY, SEED = 240, 120, 4, 0
NAMES = tuple(str(digit) for digit in range(10))


class ActivationPca(StoryScene):
    title = {"en": "A layer learns to tell apart", "ja": "見分けられるようになる層"}
    about = {
        "en": "PCA of a hidden layer, step by step: digits that lay in one heap move apart",
        "ja": "隠れ層の主成分分析を一歩ずつ。ひとかたまりの数字が分かれていきます",
    }
    audience = "course"

    def example(self):
        import torch
        from torch import nn

        learnt, held = digits.split()
        x, y = (
            torch.tensor(digits.images(learnt).reshape(-1, 64) / 16).float(),
            torch.tensor(digits.labels(learnt)),
        )
        new = torch.tensor(digits.images(held[:SHOWN]).reshape(-1, 64) / 16).float()
        torch.manual_seed(SEED)
        hidden = nn.Sequential(nn.Linear(64, 32), nn.Tanh())
        net = nn.Sequential(hidden, nn.Linear(32, 10))
        optimizer, seen, step = torch.optim.Adam(net.parameters(), lr=0.02), [], []
        for number in range(STEPS + 1):
            if number % EVERY == 0:
                seen.append(hidden(new).detach().numpy())
                step.append(number)
            loss = nn.functional.cross_entropy(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        centered = seen[-1] - seen[-1].mean(axis=0)
        _, spread, axes = np.linalg.svd(centered, full_matrices=False)  # the last step's, for all steps
        places = np.stack([(one - one.mean(axis=0)) @ axes[:2].T for one in seen])
        known = {"model": "64-32-10", "parameters": sum(one.numel() for one in net.parameters()),
                 "seed": SEED, "computed_with": "torch"}  # fmt: skip
        shares = spread**2 / (spread**2).sum()
        return Trace.of({"places": places, "step": np.array(step), "shares": shares}, provenance=known)

    def story(self, trace):
        places, reach = trace["places"], float(np.ceil(np.abs(trace["places"]).max()))
        kinds = tuple(int(one) for one in digits.labels(digits.split()[1][:SHOWN]))
        last = Cloud(places[-1], kinds, key="plane", names=NAMES, inside=True, x_limits=(-reach, reach),
                     y_limits=(-reach, reach), x_name={"en": "first component", "ja": "第 1 主成分"},
                     y_name={"en": "second", "ja": "第 2"})  # fmt: skip
        clouds = [modify(last, points=one) for one in places]
        counters = [
            Text(fill({"en": "step {n}", "ja": "ステップ {n}"}, n=int(one)), key="step")
            for one in trace["step"]
        ]
        yield Beat({"en": "Before training: all digits lie mixed.", "ja": "学習前は、どの数字も混ざっています。"},
                   arrange_multiples([clouds[0]], counter=counters[0]))  # fmt: skip
        yield Beat({"en": "While it learns, each digit gets a place of its own.",
                    "ja": "学習すると、数字ごとに居場所ができます。"},
                   arrange_multiples([last], counter=counters[-1]),
                   motion=Playback({"plane": clouds, "step": counters}, seconds=7))  # fmt: skip
        yield Beat(fill({"en": "These two directions hold {s:.1%} of the variance.",
                         "ja": "この二方向で、分散の {s:.1%} です。"},
                        s=trace["shares"][:2].sum()),
                   arrange_multiples([last], counter=counters[-1]))  # fmt: skip
