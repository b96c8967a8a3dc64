"""Embeddings: words as rows of numbers, and which of them point the same way.

Render it with: manim -ql scenes/short/embeddings.py. Other words of the little model: write them below.
"""

import numpy as np

from nnanim import Bars, Beat, Column, Grid, Tokens, models, settings, words
from nnanim.births import From
from nnanim.marks import round_up
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.words import fill

MODEL, NUMBERS = "language-model", 10
WORDS = {"en": ("king", "queen", "cat", "dog", "red", "blue"), "ja": ("王様", "女王", "猫", "犬", "赤", "青")}
COSINE = {"en": "cosine", "ja": "コサイン類似度"}


class Embeddings(StoryScene):
    title = {"en": "Words as numbers", "ja": "言葉を数にする"}
    about = {
        "en": "every word is a row of numbers that was learnt; like words have like rows",
        "ja": "どの語も、学習された数の列です。似た語の列は似ています",
    }
    audience = "first"

    def example(self):
        import torch

        from nnanim.models.tokenizer import Tokenizer

        tokenizer, net = Tokenizer.load_default(), models.load_shared(MODEL)
        spellings = list(tokenizer.spellings)
        ids = [spellings.index(word) for word in WORDS[settings.load(self.lang).lang]]
        return record(net, torch.tensor([ids]), name=MODEL, seed=0, only=["tokens"])

    def story(self, trace):
        said = WORDS[settings.load(self.lang).lang]
        rows = np.asarray(trace["tokens"][0], dtype=float)
        tokens = Tokens(said, key="tokens")
        yield Beat(
            {
                "en": "To a network, a word is only a number in a list.",
                "ja": "ネットワークにとって、語は番号にすぎません。",
            },
            tokens,
        )
        grid = Grid(rows[:, :NUMBERS], said, key="rows", limit=round_up(np.abs(rows[:, :NUMBERS]).max()),
                    of=rows.shape, means=words.embedding)  # fmt: skip
        yield Beat({"en": "So each gets a row of numbers, which is learnt.", "ja": "そこで、語ごとに数の列を学習します。"},
                   Column(tokens, grid), born={"rows": From("tokens")})  # fmt: skip
        units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        cosines = np.clip(units @ units.T, -1, 1)
        alike = Grid(cosines, said, said, key="alike", limit=1, digits=1, means=COSINE)
        yield Beat(
            {
                "en": "How alike are two rows? Their cosine says it.",
                "ja": "二つの列は似ているか。コサインで測ります。",
            },
            alike,
            gathers={"rows": "alike"},
        )
        others = np.where(np.eye(len(said)) > 0, -1, cosines)
        best = others.argmax(axis=1)
        row = int(others.max(axis=1).argmax())
        yield Beat(
            fill({"en": "Most alike: {a} and {b}, with {c:.2f}.", "ja": "いちばん似ているのは {a} と {b}、{c:.2f} です。"},
                 a=said[row], b=said[best[row]], c=others[row, best[row]]),
            Bars(np.delete(cosines[row], row), tuple(word for i, word in enumerate(said) if i != row),
                 key="near",
                 label=said[row], means=COSINE, limit=1), gathers={"alike": "near"},
        )  # fmt: skip
