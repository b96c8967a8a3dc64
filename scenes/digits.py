"""A 64-16-10 network reads handwritten digits.

Render it with: manim -ql scenes/digits.py. Put your own network and your own pictures in its place: see the
two lines marked below.
"""

from nnanim import models, words
from nnanim.data import digits
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.stories.network import network

MODEL = "digits-64-16-10"
DIGITS = [907, 317, 1611]  # a clear 2, a clear 7, and one that it reads wrongly


class Digits(StoryScene):
    title = {"en": "A network that reads digits", "ja": "数字を読むネットワーク"}

    def example(self):
        model = models.load(MODEL)  # 1. your network
        pictures = digits.images(DIGITS).reshape(-1, 64) / digits.HIGHEST  # 2. your data: (samples, inputs)
        return record(model, pictures, name=MODEL, seed=models.card(MODEL).seed)

    def story(self, trace):
        return network(
            trace,
            shape=(8, 8),
            also=(1, 2),
            classes=[str(digit) for digit in range(10)],
            truth=digits.labels(DIGITS),
            question={
                "en": "Which digit is this? A network sees 64 numbers.",
                "ja": "64 個の数から、数字を当てられますか。",
            },
            titles={"input": words.input_layer, "hidden": words.hidden_layer, "answer": words.output_layer},
        )
