"""A small convolutional network reads a handwritten digit; then the digit moves by one pixel.

Render it with: manim -ql scenes/convnet.py. How a mistake runs back as gradients:
nnanim movie convnet --part gradients
"""

import numpy as np

from nnanim import models, words
from nnanim.data import digits
from nnanim.models.share_right import ShareRight
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.stories.convnet import convnet
from nnanim.stories.network import network

MODEL, DENSE = "digits-convnet", "digits-64-16-10"
DIGIT = 1498  # a clear 3, from the pictures that were held out
RIGHT = -1  # by how many pixels it moves
WRONG = 1658  # a digit that the network reads wrongly
WAYS = {  # (down, right)
    (0, 0): {"en": "as it is", "ja": "そのまま"},
    (0, -1): {"en": "left", "ja": "左へ"},
    (0, 1): {"en": "right", "ja": "右へ"},
    (-1, 0): {"en": "up", "ja": "上へ"},
    (1, 0): {"en": "down", "ja": "下へ"},
}
NAMES = [str(digit) for digit in range(10)]


class ConvNet(StoryScene):
    title = {"en": "A convolutional network", "ja": "畳み込みニューラルネットワーク"}
    about = {
        "en": "a kernel wanders over a picture; the picture moves, its map moves along, the answer stays",
        "ja": "カーネルが画像の上を動きます。画像をずらすとマップも動き、答えは変わりません",
    }
    audience = "course"
    keywords = "CNN convolution kernel filter edge pooling 畳み込み フィルター エッジ プーリング"
    cover = "sweep"
    chapters = {
        "question": {"en": "One place", "ja": "1 か所"},
        "sweep": {"en": "All places", "ja": "すべての場所"},
        "second": {"en": "The second layer", "ja": "2 層目"},
        "answer": {"en": "The answer", "ja": "答え"},
    }

    part = None
    parts = ("gradients",)

    def example(self):
        model, seed = models.load(MODEL), models.card(MODEL).seed
        if self.part == "gradients":
            truth = int(digits.labels([WRONG])[0])
            picture = digits.images([WRONG])[:, None] / digits.HIGHEST  # (samples, 1, 8, 8)
            return record(model, picture, gradients=lambda out: -out[0, truth].log(), name=MODEL, seed=seed)
        picture = digits.images([DIGIT]) / digits.HIGHEST
        both = np.stack([picture, digits.move(picture, right=RIGHT)])  # (samples, 1, 8, 8)
        _, held_out = digits.split()
        many, labels = digits.images(held_out) / digits.HIGHEST, digits.labels(held_out)
        moved = np.stack([digits.move(many, *way) for way in WAYS])  # (versions, n, 8, 8)
        dense = moved.reshape(*moved.shape[:2], -1)
        return [
            record(model, both, name=MODEL, seed=seed),
            *(
                record(ShareRight(models.load(name)), x, labels, only="output", name=name, seed=seed)
                for name, x in ((MODEL, moved[:, :, None]), (DENSE, dense))
            ),
        ]

    def story(self, traces):
        if self.part == "gradients":
            titles = {
                "first": {"en": "conv 1", "ja": "畳み込み 1"},
                "first_pool": {"en": "pooling 1", "ja": "プーリング 1"},
                "second": {"en": "conv 2", "ja": "畳み込み 2"},
                "second_pool": {"en": "pooling 2", "ja": "プーリング 2"},
                "answer": words.output_layer,
            }
            return network(
                traces,
                layers="answer",
                backward=True,
                classes=NAMES,
                truth=digits.labels([WRONG]),
                titles=titles,
            )
        return convnet(
            *traces,
            classes=NAMES,
            versions=list(WAYS.values()),
            truth=int(digits.labels([DIGIT])[0]),
            way={"en": "one pixel to the left", "ja": "左に一画素"},
        )
