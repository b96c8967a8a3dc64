"""A small convolutional network reads handwritten digits.

Render it with: manim -ql scenes/convnet.py. How its mistake runs back as gradients:
nnanim movie convnet --part gradients
"""

from nnanim import models, words
from nnanim.data import digits
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.stories.network import network

MODEL = "digits-convnet"
DIGITS = [706, 1658]  # a clear 3, and one that it reads wrongly
WRONG = 1  # place of that one


class ConvNet(StoryScene):
    title = {"en": "A convolutional network", "ja": "畳み込みニューラルネットワーク"}

    part = None
    parts = ("gradients",)

    def example(self):
        pictures = digits.images(DIGITS)[:, None] / digits.HIGHEST  # (samples, 1, 8, 8)
        truth = int(digits.labels(DIGITS)[WRONG])

        def loss(out):
            return -out[WRONG, truth].log()

        gradients = loss if self.part == "gradients" else False
        seed = models.card(MODEL).seed
        return record(models.load(MODEL), pictures, gradients=gradients, name=MODEL, seed=seed)

    def story(self, trace):
        back = self.part == "gradients"
        return network(
            trace,
            sample=WRONG if back else 0,
            also=() if back else (WRONG,),
            layers="answer" if back else None,
            backward=back,
            classes=[str(digit) for digit in range(10)],
            truth=digits.labels(DIGITS),
            question={
                "en": "Which digit is this? This network looks through a small window.",
                "ja": "この数字は何でしょう。このネットワークは、小さな窓を通して見ます。",
            },
            titles={
                "first": {"en": "conv 1", "ja": "畳み込み 1"},
                "first_pool": {"en": "pooling 1", "ja": "プーリング 1"},
                "second": {"en": "conv 2", "ja": "畳み込み 2"},
                "second_pool": {"en": "pooling 2", "ja": "プーリング 2"},
                "answer": words.output_layer,
            },
        )
