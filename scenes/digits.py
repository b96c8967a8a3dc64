"""A dense network reads a handwritten digit; then the digit moves by one pixel.

Render it with: manim -ql scenes/digits.py. Put your own network and your own picture in its place: see the
two lines marked below.
"""

from functools import cached_property

import numpy as np

from nnanim import models
from nnanim.controls import Sketch
from nnanim.data import digits
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.stories.classifier import classifier, explore

MODEL = "digits-64-16-10"
DIGIT = 1498  # a clear 3, from the pictures that were held out
RIGHT = -1  # by how many pixels it moves
SAID = {
    "shape": (8, 8),
    "classes": [str(digit) for digit in range(10)],
    "way": {"en": "one pixel to the left", "ja": "左に一画素"},
}


class Digits(StoryScene):
    title = {"en": "A network that reads digits", "ja": "数字を読むネットワーク"}
    about = {
        "en": "what a dense network sees: a 3 moves by one pixel and becomes a 5; the weights move along",
        "ja": "全結合のネットワークには何が見えるのか。3 を一画素ずらすと 5 になり、重みもずらすと戻ります",
    }
    audience = "first"
    cover = "moved"

    def example(self):
        model = models.load(MODEL)  # 1. your network
        return self.run(model, digits.images([DIGIT]) / digits.HIGHEST)  # 2. your picture: (1, rows, columns)

    def run(self, model, picture):
        seed, moved = models.card(MODEL).seed, digits.move(picture, right=RIGHT)
        both = np.concatenate([picture, moved]).reshape(2, -1)
        along = models.digits_classifier.move_weights(model, picture.shape[1:], right=RIGHT)
        return [
            record(network, x, name=MODEL, seed=seed) for network, x in ((model, both), (along, both[1:]))
        ]

    def story(self, traces):
        return classifier(*traces, **SAID, truth=int(digits.labels([DIGIT])[0]))

    # What follows is for nnanim live digits.

    @cached_property
    def controls(self):
        picture = np.kron(digits.images([DIGIT])[0] / digits.HIGHEST, np.ones((4, 4)))
        return {"drawing": Sketch(*picture.shape, picture, label={"en": "Draw a digit", "ja": "数字を描く"})}

    def live(self):
        picture = digits.from_drawing(self.value("drawing")) / digits.HIGHEST
        return explore(*self.run(models.load_shared(MODEL), picture[None]), **SAID)
