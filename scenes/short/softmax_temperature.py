"""The temperature of a softmax: the same scores, sure or undecided.

Render it with: manim -ql scenes/short/softmax_temperature.py.
Another digit, other temperatures: change them below.
"""

import numpy as np

from nnanim import Bars, Beat, Curve, Picture, Row, models, words
from nnanim.data import digits
from nnanim.marks import arrange_multiples, round_up
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.words import fill
from nnanim.words.numerals import chosen_number

MODEL, DIGIT, HEATS = "digits-64-16-10", 5, (0.5, 1.0, 2.0, 5.0)
NAMES = tuple(str(digit) for digit in range(10))


def softmax(scores, heat):
    """Shares of 1: exp(score / heat), divided by their sum."""
    powers = np.exp((scores - scores.max()) / heat)
    return powers / powers.sum()


class SoftmaxTemperature(StoryScene):
    title = {"en": "Softmax and its temperature", "ja": "softmax と温度"}
    about = {
        "en": "scores become shares; heat makes them even, cold makes one of them certain",
        "ja": "スコアが割合になります。熱いと平らに、冷たいと一つだけに",
    }
    audience = "first"

    def example(self):
        return record(models.load(MODEL), digits.images([DIGIT]).reshape(1, 64) / 16, name=MODEL, seed=0)

    def story(self, trace):
        scores = np.asarray(trace["answer"][0], dtype=float)
        bars = Bars(
            scores,
            NAMES,
            key="scores",
            label=words.score,
            means=words.score,
            digits=1,
            limit=round_up(np.abs(scores).max()),
        )
        yield Beat({"en": "A picture, and a score for each digit.", "ja": "絵と、数字ごとのスコアです。"},
                   Row(Picture(trace["input"][0].reshape(8, 8), key="picture"), bars))  # fmt: skip
        shares = [Bars(softmax(scores, heat), NAMES, key=f"t{heat:g}", limit=1, percent=True,
                       label=fill({"en": "T = {t}", "ja": "T = {t}"},
                                  t=chosen_number(heat))) for heat in HEATS]  # fmt: skip
        yield Beat(
            {"en": "Softmax turns them into shares of one.", "ja": "softmax は、合計 1 の割合にします。"},
            Row(bars, shares[1]),
        )
        yield Beat(
            {"en": "Cold: one of them takes all. Hot: all become alike.", "ja": "冷たいと一つが独占し、熱いとみな近づきます。"},
            arrange_multiples(shares, words.temperature), gathers={"scores": "t1"},
        )  # fmt: skip
        heats = np.geomspace(0.2, 20, 60)
        best = np.array([softmax(scores, heat).max() for heat in heats])
        yield Beat(
            fill({"en": "The best share: {a:.0%} when cold, {b:.0%} when hot.",
                  "ja": "最大の割合は、冷たいと {a:.0%}、熱いと {b:.0%}。"},
                 a=best[0], b=best[-1]),
            Curve(heats, best, key="best", logs=(True, False), x_limits=(0.1, 100), y_limits=(0, 1),
                  x_name=words.temperature,
                  aspect=2), gathers={shares[0].key: "best"},
        )  # fmt: skip
