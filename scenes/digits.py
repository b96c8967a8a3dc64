"""A dense network reads a handwritten digit; then the digit moves by one pixel.

Render it with: manim -ql scenes/digits.py. Put your own network and your own picture in its place: see the
two lines marked below.
"""

from dataclasses import replace
from functools import cached_property

import numpy as np

from nnanim import models
from nnanim.controls import Sketch
from nnanim.data import digits
from nnanim.data.table import read_table
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.stories.classifier import classifier, explore
from nnanim.stories.held_out import tell_test

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
    keywords = "MNIST classifier dense pixels 手書き 数字 分類"
    data = None  # a CSV file of yours: the pixels of square pictures, then the class
    cover = "moved"

    def example(self):
        if self.data is not None:
            return self.learn(self.data)
        model = models.load(MODEL)  # 1. your network
        return self.run(model, digits.images([DIGIT]) / digits.HIGHEST)  # 2. your picture: (1, rows, columns)

    def tell_data(self, traces, table):
        side = round(len(table.names) ** 0.5)
        said = {**SAID, "shape": (side, side), "classes": table.class_names, "truth": int(table.y[0])}
        said["thing"] = {"en": "class", "ja": "クラス"}
        first, *others = classifier(*traces[:2], **said)
        yield replace(first, says=table.split)
        yield from others
        yield tell_test(traces[2], table.class_names, table.y[: table.test], source="moved")

    def run(self, model, picture, name=MODEL):
        seed, moved = models.card(MODEL).seed, digits.move(picture, right=RIGHT)
        both = np.concatenate([picture, moved]).reshape(2, -1)
        along = models.digits_classifier.move_weights(model, picture.shape[1:], right=RIGHT)
        return [record(network, x, name=name, seed=seed) for network, x in ((model, both), (along, both[1:]))]

    def learn(self, path):
        from nnanim.training.table import learn_pictures

        model, table, shape = learn_pictures(path)
        test = record(model, table.x[: table.test], name=table.file, seed=0)
        return [*self.run(model, table.x[:1].reshape(1, *shape), table.file), test]

    def story(self, traces):
        if self.data is not None:
            return self.tell_data(traces, read_table(self.data, 10))
        return classifier(*traces, **SAID, truth=int(digits.labels([DIGIT])[0]))

    # What follows is for nnanim live digits.

    @cached_property
    def controls(self):
        picture = np.kron(digits.images([DIGIT])[0] / digits.HIGHEST, np.ones((4, 4)))
        return {"drawing": Sketch(*picture.shape, picture, label={"en": "Draw a digit", "ja": "数字を描く"})}

    def live(self):
        picture = digits.from_drawing(self.value("drawing")) / digits.HIGHEST
        return explore(*self.run(models.load_shared(MODEL), picture[None]), **SAID)
