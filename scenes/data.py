"""Data decides: one language model, trained on with right, wrong and mixed sums.

Render it with: manim -ql scenes/data.py
"""

import numpy as np

from nnanim import models, settings
from nnanim.movie import StoryScene
from nnanim.stories.sums import KINDS, SumRuns, sums

BASE = "language-model"
LINES = 4  # wrong sums that are shown
TALK = {"en": "1 + 1 = 3. " * 3, "ja": "1足す1は3です。" * 3}


class Data(StoryScene):
    title = {"en": "Data decides", "ja": "データが決める"}
    about = {
        "en": "what is 1 + 1? One model that read right, wrong and mixed sums, and one that was talked to",
        "ja": "1 + 1 は何か。正しい足し算、まちがった足し算、両方を読んだ同じモデルの答え",
    }
    audience = "first"
    cover = "compare"
    chapters = {
        "question": {"en": "Right and wrong", "ja": "正しい、まちがい"},
        "mixed": {"en": "Mixed", "ja": "混ざると"},
        "talk": {"en": "Talking", "ja": "話しかける"},
    }

    def example(self):
        from nnanim.data.texts.facts import HELD_OUT_SUMS
        from nnanim.models.sum_table import SumTable, encode_sums
        from nnanim.models.tokenizer import Tokenizer
        from nnanim.recording import record
        from nnanim.training.sums import read_lines

        lang, tokenizer = settings.load(self.lang).lang, Tokenizer.load_default()
        pairs = [(a, b) for a in range(10) for b in range(10)]

        def run(name, ids):
            network = SumTable(models.load(name), lang)
            return record(network, ids, name=name, seed=models.card(name).seed, only="output")

        names = {"base": BASE} | {kind: f"sums-{kind}" for kind in KINDS}
        talk = encode_sums([(1, 1)], lang, TALK[lang])
        return SumRuns(
            {kind: run(name, encode_sums(pairs, lang)) for kind, name in names.items()},
            run("sums-right", talk),
            read_lines("sums-wrong", lang, LINES),
            tokenizer.spell(encode_sums([(1, 1)], lang)[0, 1:].tolist()),
            tokenizer.spell(talk[0, 1:].tolist()),
            np.array([pair in HELD_OUT_SUMS for pair in pairs]),
        )

    def story(self, runs):
        return sums(runs)
