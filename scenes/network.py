"""A film of any model of yours, or of a small transformer that continues a tale.

Yours: nnanim network my.py:net --input x.npy
"""

from functools import cache, cached_property

import numpy as np

from nnanim import models, words
from nnanim.controls import Field, Slider, Stepper
from nnanim.models.tokenizer import Tokenizer
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.stories.network import fit_seconds, network

MODEL = "language-model"
TEXT = "a queen had a ring."
FEW = 12  # inputs of your model that have a slider each in nnanim live


class Network(StoryScene):
    title = {"en": "A transformer, layer by layer", "ja": "トランスフォーマーの層を一つずつ"}
    about = {
        "en": "any model of yours, layer by layer",
        "ja": "自分のモデルを一層ずつ",
    }
    audience = "advanced"
    chapters = {  # of the model that is shown unless another is chosen
        "input": {"en": "The whole", "ja": "全体"},
        "blocks.0-inside": {"en": "Inside a block", "ja": "ブロックの中"},
        "blocks.0.mlp_norm-op": {"en": "Each row by itself", "ja": "行ごとに"},
        "matmul-rows": {"en": "The answer", "ja": "答え"},
    }
    model = None  # where your model stands: "my.py:net"
    inputs = ()  # the arrays that go in, the samples along their first axis
    named = {}  # those that go in by keyword
    batch = {}  # {"batch": 1} where the second axis counts the samples; found if empty
    pieces = ()  # of the text that goes in
    vocabulary = ()  # the text of every token there is
    hf = None  # a folder with a Hugging Face model of language, instead of a model and inputs
    sentence = None  # what that model reads
    telling = {}  # what else network() is told: seconds, detail, depth, head, classes, titles, …

    def example(self):
        if self.model is not None:
            from nnanim.recording.target import model_at

            return self.run(model_at(self.model), *self.inputs)
        if self.hf is not None:
            from nnanim.recording.huggingface.layers import record_layers

            return record_layers(self.hf, self.sentence or TEXT, self.telling.get("backward", False))
        return self.read(models.load(MODEL), self.sentence or TEXT)

    def story(self, trace):
        if self.model is not None:
            return self.fill_time(network(trace, **self.seen(trace), **self.telling))
        if self.hf is not None:
            from nnanim.recording.huggingface.layers import spell_tokens

            tokens, every = spell_tokens(self.hf, trace)
            return self.fill_time(network(trace, **{"tokens": tokens, "classes": every, **self.telling}))
        return self.explain(trace, self.sentence or TEXT)

    def fill_time(self, beats):
        """The beats; where seconds are asked for, the film takes as many."""
        told = list(beats)
        if asked := self.telling.get("seconds"):
            self.seconds = fit_seconds(told, asked)
        return told

    def run(self, model, *inputs):
        from nnanim.recording.suit import record_fitting

        backward = self.telling.get("backward", False)
        name = self.model.rpartition(":")[2]
        return record_fitting(model, inputs, self.named, name=name, seed=0, gradients=backward, **self.batch)

    def seen(self, trace):
        """What of the inputs is shown as what it was: text, or a picture that went in as a vector."""
        found = {"tokens": self.pieces} if self.pieces else {}
        out = trace["output"] if "output" in trace else np.zeros(0)
        if self.vocabulary and out.ndim == 3 and out.shape[-1] == len(self.vocabulary):
            found["classes"] = self.vocabulary
        x = self.inputs[0] if self.inputs else np.zeros(0)
        taken = trace["input"].shape if "input" in trace else ()
        if x.ndim == 4 and taken == (len(x), x.shape[2] * x.shape[3]):
            found["shape"] = x.shape[2:]
        return {name: value for name, value in found.items() if name not in self.telling}

    def read(self, model, text):
        ids = np.array([Tokenizer.load_default().encode(text)])  # (1, tokens)
        return record(model, ids, name=MODEL, seed=models.card(MODEL).seed)

    def explain(self, trace, text):
        tokenizer = Tokenizer.load_default()
        tokens, every = (
            tokenizer.spell(tokenizer.encode(text)),
            tokenizer.spell(range(trace["output"].shape[-1])),
        )
        block = {f"blocks.{i}": {"en": f"block {i + 1}", "ja": f"ブロック {i + 1}"} for i in range(3)}
        said = {"en": f"“{text}” ", "ja": f"“{text}” の"} if text == TEXT else {"en": "", "ja": ""}
        question = {
            "en": f"{said['en']}Which token comes next? A transformer works it out.",
            "ja": f"{said['ja']}次に来るトークンは？ トランスフォーマーに計算させます。",
        }
        titles = {"tokens": words.embedding, **block}
        return network(trace, detail="full", tokens=tokens, classes=every, titles=titles, question=question)

    # What follows is for nnanim live network.

    @cached_property
    def controls(self):
        if self.model is None:
            return {"text": Field(TEXT, label={"en": "Text", "ja": "文"})}
        found = {}
        if not self.inputs:
            return found
        x = self.inputs[0]
        if len(x) > 1:
            found["sample"] = Stepper(1, len(x), 1, label={"en": "Sample", "ja": "サンプル"})
        if x.dtype.kind == "f" and x.ndim == 2 and x.shape[1] <= FEW:
            reach = float(np.abs(x).max()) or 1.0
            found |= {f"x[{i}]": Slider(-2 * reach, 2 * reach, float(x[0, i])) for i in range(x.shape[1])}
        elif x.dtype.kind == "f":
            found["times"] = Slider(0, 2, 1, 0.05, label={"en": "Input times", "ja": "入力の倍率"})
        return found

    def live(self):
        if self.model is None:
            return self.explain(self.read(models.load_shared(MODEL), self.value("text")), self.value("text"))
        values = [np.array(one) for one in self.inputs]
        sample = self.value("sample") - 1 if "sample" in self.controls else 0
        for name, value in self.chosen.items():
            if name.startswith("x["):
                values[0][sample, int(name[2:-1])] = value
        if "times" in self.chosen:
            values[0] *= values[0].dtype.type(self.value("times"))
        trace = self.run(open_once(self.model), *values)
        return network(trace, sample=sample, **self.seen(trace))


@cache
def open_once(model):
    """The model at a place, loaded once."""
    from nnanim.recording.target import model_at

    return model_at(model)
