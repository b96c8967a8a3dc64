"""A small language model reads a sentence and guesses the next words.

Render it with: manim -ql scenes/attention.py.
The model knows the words of little tales (nnanim/data/tales.py).
"""

from nnanim import models, settings
from nnanim.data import tales
from nnanim.movie import StoryScene
from nnanim.stories.attention import Reading, attention

MODEL = "tales"
SENTENCE = {
    "en": "once upon a time there was a kind queen .",
    "ja": "むかしむかし ある ところ に 若い 王女 が いました 。",
}
MORE = 3  # words that the model adds


class Attention(StoryScene):
    title = {"en": "Attention", "ja": "アテンション"}
    cover = "softmax"

    def example(self):
        import torch

        from nnanim.recording import record

        network, card = models.load(MODEL), models.card(MODEL)
        text = SENTENCE[settings.load(self.lang).lang]
        told = network.go_on(text, MORE)
        return record(network, torch.tensor([tales.encode(told)]), name=MODEL, seed=card.seed)

    def story(self, trace):
        tokens = [tales.vocabulary()[int(at)] for at in trace["input"][0]]
        return attention(Reading(trace, tokens, tales.vocabulary(), length=len(tokens) - MORE))
