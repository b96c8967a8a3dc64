"""A recurrent network reads a handwritten digit row by row.

Render it with: manim -ql scenes/lstm.py.
"""

from nnanim import models, words
from nnanim.data import digits
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.stories.network import network

MODEL = "digits-lstm"
DIGITS = [1378, 1009, 341]  # a clear 3, a clear 7, and one that it reads wrongly


class LSTM(StoryScene):
    title = {"en": "A recurrent network", "ja": "再帰型ニューラルネットワーク"}

    def example(self):
        rows = digits.images(DIGITS) / digits.HIGHEST  # (samples, 8 rows, 8 pixels)
        return record(models.load(MODEL), rows, name=MODEL, seed=models.card(MODEL).seed)

    def story(self, trace):
        return network(
            trace,
            also=(1, 2),
            classes=[str(digit) for digit in range(10)],
            truth=digits.labels(DIGITS),
            titles={"reader": {"en": "LSTM", "ja": "LSTM"}, "answer": words.output_layer},
        )
