"""An LSTM reads a handwritten digit row by row: what does it remember?

Render it with: manim -ql scenes/lstm.py.
"""

from nnanim import models
from nnanim.data import digits
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.stories.lstm import lstm

MODEL = "digits-lstm"
DIGIT = 1378  # a clear 3
FILLED = [(2, 2), (3, 2), (4, 2)]  # rows and columns of the pixels that make it look like a 9


class LSTM(StoryScene):
    title = {"en": "A recurrent network", "ja": "再帰型ニューラルネットワーク"}
    about = {
        "en": "an LSTM reads a digit row by row: gates, memory, and three pixels that change its mind",
        "ja": "LSTM が数字を一行ずつ読みます。ゲートと記憶、そして答えを変える三つの画素",
    }
    audience = "course"
    keywords = "RNN recurrent gates memory sequence 再帰 記憶 ゲート 系列"
    cover = "read"

    def example(self):
        rows = digits.images([DIGIT]) / digits.HIGHEST  # (samples, 8 rows, 8 pixels)
        changed = rows.copy()
        for row, column in FILLED:
            changed[:, row, column] = 1.0
        network = models.digits_lstm.AnswerAfterEachRow(models.load(MODEL))
        seed = models.card(MODEL).seed
        return [record(network, x, name=MODEL, seed=seed) for x in (rows, changed)]

    def story(self, traces):
        return lstm(*traces)
