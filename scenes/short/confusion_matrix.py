"""A table of mistakes that grows: each picture falls into the cell of what it is and what it was taken for.

Render it with: manim -ql scenes/short/confusion_matrix.py.
Your classifier: put its answers in place of these.
"""

import numpy as np

from nnanim import Beat, Grid, Picture, Row, Trace, models
from nnanim.data import digits
from nnanim.marks import modify
from nnanim.motions import Playback
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.words import fill

MODEL, STATES = "digits-64-16-10", 40
NAMES = tuple(str(digit) for digit in range(10))


class ConfusionMatrix(StoryScene):
    title = {"en": "A table of mistakes", "ja": "混同行列"}
    about = {
        "en": "which digits are taken for which: a confusion matrix grows, picture by picture",
        "ja": "どの数字をどの数字とまちがえるか。混同行列が一枚ずつ育ちます",
    }
    audience = "first"

    def example(self):
        _, held = digits.split()
        run = record(models.load(MODEL), digits.images(held).reshape(-1, 64) / 16, name=MODEL, seed=0)
        tables, said, truth = (
            np.zeros((len(held) + 1, 10, 10)),
            run["output"].argmax(axis=1),
            digits.labels(held),
        )
        tables[np.arange(1, len(held) + 1), truth, said] = 1
        tables = tables.cumsum(axis=0)[np.linspace(1, len(held), STATES).round().astype(int)]
        right = tables[-1].trace() / tables[-1].sum()
        return {"run": run, "counts": Trace.of({"tables": tables, "right": right, "all": tables[-1].sum()})}

    def story(self, example):
        tables, right = example["counts"]["tables"], float(example["counts"]["right"])
        table = Grid(
            tables[-1], NAMES, NAMES, key="table", digits=0, zeros=False, diagonal=50, limit=4, room_for=50.0,
            row_name={"en": "digit", "ja": "数字"}, column_name={"en": "answer", "ja": "答え"},
            means={"en": "pictures", "ja": "枚数"},
        )  # fmt: skip
        states = [modify(table, values=one) for one in tables]
        picture = Picture(example["run"]["input"][0].reshape(8, 8), key="picture")
        yield Beat({"en": "A picture: its digit is the row, the answer the column.",
                    "ja": "絵の数字が行、答えが列になります。"},
                   Row(picture, states[0]))  # fmt: skip
        yield Beat({"en": "All other pictures, one after the other.", "ja": "残りの絵も、順に入れます。"},
                   Row(picture, table),
                   motion=Playback({"table": states}, seconds=6))  # fmt: skip
        mistakes = np.where(np.eye(10) > 0, 0, tables[-1])
        row, column = (int(i) for i in np.unravel_index(mistakes.argmax(), mistakes.shape))
        yield Beat(
            fill({"en": "{p:.1%} lie on the diagonal. The most common mistake: {a}, taken for {b}.",
                  "ja": "{p:.1%} が対角線の上。いちばん多いまちがいは {a} を {b} と読むこと。"}, p=right, a=NAMES[row],
                  b=NAMES[column]),
            modify(table, highlight=((row, column),)), pulse=("table", row, column),
        )  # fmt: skip
