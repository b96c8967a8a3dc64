"""Saliency: how the answer would change with every pixel, and what happens if the strongest are wiped out.

Render it with: manim -ql scenes/short/saliency.py. Another digit: change it below.
"""

import numpy as np

from nnanim import Bars, Beat, Picture, Row, models
from nnanim.births import From
from nnanim.data import digits
from nnanim.marks import round_up
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.words import fill

MODEL, DIGIT, WIPED = "digits-convnet", 907, 6
NAMES = tuple(str(digit) for digit in range(10))


class Saliency(StoryScene):
    title = {"en": "Which pixels matter?", "ja": "どの画素が大事か"}
    about = {
        "en": "the slope of the answer by each pixel; then the strongest pixels are wiped out",
        "ja": "答えの画素ごとの勾配。いちばん効く画素を消すとどうなるか",
    }
    audience = "course"

    def example(self):
        net, picture = models.load(MODEL), digits.images([DIGIT])[:, None] / 16
        best = int(digits.labels([DIGIT])[0])
        whole = record(net, picture, name=MODEL, seed=0, gradients=lambda y: y[:, best].logit().sum())
        wiped, slope = picture.copy(), whole.gradients["input"][0, 0] * picture[0, 0]
        wiped.reshape(-1)[np.argsort(-slope.ravel())[:WIPED]] = 0
        return {"whole": whole, "wiped": record(net, wiped, name=MODEL, seed=0)}

    def story(self, runs):
        whole, wiped = runs["whole"], runs["wiped"]
        best = int(digits.labels([DIGIT])[0])
        slope = np.asarray(whole.gradients["input"][0, 0], dtype=float)
        limit = round_up(np.abs(slope).max())

        def show(run, key):
            return Bars(run["output"][0], NAMES, key=key, limit=1, percent=True, highlight=(best,))

        picture = Picture(whole["input"][0, 0], key="picture")
        yield Beat(fill({"en": "Read as a {c}, and the network is sure.", "ja": "自信をもって {c} と読みます。"},
                        c=NAMES[best]),
                   Row(picture, show(whole, "answer")))  # fmt: skip
        yield Beat(
            {"en": "More ink here would help (+) or hurt (−) that answer.",
             "ja": "ここにインクを足すと、答えに有利（+）か不利（−）か。"},
            Row(picture, Picture(slope, key="slope", low=-limit, high=limit, colors="diverging",
                                 means={"en": "slope of the log-odds", "ja": "対数オッズの勾配"})),
                                 born={"slope": From("picture")},
        )  # fmt: skip
        yield Beat(
            fill({"en": "Without the pixels that help most: {p:.1%}.", "ja": "いちばん助ける画素を消すと {p:.1%} です。"},
                 p=wiped["output"][0, best]),
            Row(Picture(wiped["input"][0, 0], key="picture"), show(wiped, "answer")),
        )  # fmt: skip
