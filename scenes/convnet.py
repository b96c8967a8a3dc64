"""A small convolutional network reads handwritten digits.

Render it with: manim -ql scenes/convnet.py.
"""

from nnanim import models, words
from nnanim.data import digits
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.stories.network import network

MODEL = "digits-convnet"
DIGITS = [706, 8, 1658]  # a clear 3, a clear 8, and one that it reads wrongly


class ConvNet(StoryScene):
    title = {"en": "A convolutional network", "ja": "畳み込みニューラルネットワーク"}

    def example(self):
        pictures = digits.images(DIGITS)[:, None] / digits.HIGHEST  # (samples, 1, 8, 8)
        return record(models.load(MODEL), pictures, name=MODEL, seed=models.card(MODEL).seed)

    def story(self, trace):
        return network(
            trace,
            also=(1, 2),
            classes=[str(digit) for digit in range(10)],
            truth=digits.labels(DIGITS),
            titles={
                "first": {"en": "conv 1", "ja": "畳み込み 1"},
                "first_pool": {"en": "pooling 1", "ja": "プーリング 1"},
                "second": {"en": "conv 2", "ja": "畳み込み 2"},
                "second_pool": {"en": "pooling 2", "ja": "プーリング 2"},
                "answer": words.output_layer,
            },
        )
