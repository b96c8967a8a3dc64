"""A film of any model of yours, or of a small transformer that continues a tale.

Yours: nnanim movie network --model my.py:net --input x.npy
"""

import numpy as np

from nnanim import models, words
from nnanim.models.tokenizer import Tokenizer
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.recording.target import model_at
from nnanim.stories.network import network

MODEL = "language-model"
TEXT = "a queen had a ring."


class Network(StoryScene):
    title = {"en": "A transformer, layer by layer", "ja": "トランスフォーマーの層を一つずつ"}
    model = None  # where your model stands: "my.py:net"
    inputs = ()  # the arrays that go in, the samples along their first axis

    def example(self):
        if self.model is not None:
            return record(model_at(self.model), *self.inputs, name=self.model.rpartition(":")[2], seed=0)
        ids = np.array([Tokenizer.load_default().encode(TEXT)])  # (1, tokens)
        return record(models.load(MODEL), ids, name=MODEL, seed=models.card(MODEL).seed)

    def story(self, trace):
        if self.model is not None:
            return network(trace)
        tokenizer = Tokenizer.load_default()
        tokens, every = (
            tokenizer.spell(tokenizer.encode(TEXT)),
            tokenizer.spell(range(trace["output"].shape[-1])),
        )
        block = {f"blocks.{i}": {"en": f"block {i + 1}", "ja": f"ブロック {i + 1}"} for i in range(3)}
        question = {
            "en": f"“{TEXT}” Which token comes next? A transformer works it out.",
            "ja": f"“{TEXT}” の次に来るトークンは？ トランスフォーマーに計算させます。",
        }
        titles = {"tokens": words.embedding, **block}
        return network(trace, tokens=tokens, classes=every, titles=titles, question=question)
