"""A small language model reads a sentence and guesses the next words.

Render it with: manim -ql scenes/attention.py.
The model knows the words of little tales (nnanim/data/tales.py).
Another one: nnanim movie attention --hf FOLDER.
"""

from nnanim import models, settings
from nnanim.data import tales
from nnanim.errors import UserError
from nnanim.movie import StoryScene
from nnanim.stories.attention import NAMES, Reading, attention, part

MODEL = "tales"
SENTENCE = {
    "en": "once upon a time there was a kind queen .",
    "ja": "むかしむかし ある ところ に 若い 王女 が いました 。",
}
LONG = {
    "en": f"{SENTENCE['en']} she lived in a castle . the queen had a ring and loved it very much . one day",
    "ja": f"{SENTENCE['ja']} 王女 は お城 に 住んで いました 。 王女 は 指輪 を 持って いて 、 それ を とても 大切 に して いました 。 ある 日",
}  # so long that the part "window" forgets who the tale is about
WINDOW = 8  # words that it shows
MORE = 3  # words that the model adds


class Attention(StoryScene):
    title = {"en": "Attention", "ja": "アテンション"}
    cover = "softmax"
    hf = None  # a folder with a Hugging Face model, instead of the little one
    sentence = None  # another sentence
    part = None  # one part of the film by itself
    parts = NAMES

    def example(self):
        import torch

        from nnanim.recording import huggingface, record
        from nnanim.recording.context_window import logits_in_window

        window = self.part == "window"
        if self.hf is not None:
            context = WINDOW if window else 0
            return huggingface.read(self.hf, self.sentence, lang=self.speaks(), more=MORE, context=context)
        network, card = models.load(MODEL), models.card(MODEL)
        text = network.generate(self.text(), 0 if window else MORE)
        trace = record(network, torch.tensor([tales.encode(text)]), name=MODEL, seed=card.seed)
        if window:
            limited = logits_in_window(network, tales.encode(text), WINDOW)
            return self.reading(trace, limited=limited, context=WINDOW)
        return trace

    def story(self, example):
        reading = example if isinstance(example, Reading) else self.reading(example)
        if self.part is None:
            return attention(reading)
        if self.hf is not None and self.part == "ngrams":
            raise UserError("the part 'ngrams' counts in the tales: leave out --hf")
        return part(self.part, reading, tales.texts(self.speaks()))

    def reading(self, trace, **options):
        tokens = [tales.vocabulary()[int(at)] for at in trace["input"][0]]
        return Reading(trace, tokens, tales.vocabulary(), len(tales.tokens(self.text())), **options)

    def text(self):
        default = LONG if self.part == "window" else SENTENCE
        return default[self.speaks()] if self.sentence is None else self.sentence

    def speaks(self):
        return settings.load(self.lang).lang
