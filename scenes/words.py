"""Words as vectors: a map, neighbours, and whether one can reckon with words.

Render it with: manim -ql scenes/words.py
Words of your own: change the lists below; each must be one token of the model.
"""

from nnanim import models
from nnanim.movie import StoryScene
from nnanim.stories.words import WordVectors, words

MODEL = "language-model"
KINDS = {
    "people": {
        "en": ("king", "queen", "man", "woman", "girl"),
        "ja": ("王様", "女王", "男の人", "女の人", "女の子"),
    },
    "animals": {"en": ("bear", "rabbit", "dog", "cat"), "ja": ("熊", "うさぎ", "犬", "猫")},
    "places": {
        "en": ("village", "forest", "river", "garden", "school"),
        "ja": ("村", "森", "川", "庭", "学校"),
    },
}
PAIRS = {
    "en": (("king", "queen"), ("prince", "princess"), ("man", "woman"), ("boy", "girl")),
    "ja": (("王様", "女王"), ("王子", "王女"), ("男の人", "女の人"), ("男の子", "女の子")),
}
RECKONED = 2  # index of the pair of which "king − man + woman" is made, with the first one


class WordMap(StoryScene):
    title = {"en": "Words as vectors", "ja": "言葉はベクトル"}
    about = {
        "en": "words are vectors: a map, neighbours, and what king − man + woman = queen does not prove",
        "ja": "言葉はベクトル。地図、近い語、そして「王様−男の人＋女の人＝女王」が証明しないこと",
    }
    audience = "first"
    cover = "map"

    def example(self):
        import torch

        from nnanim import settings
        from nnanim.models.tokenizer import Tokenizer
        from nnanim.recording import record

        lang, tokenizer = settings.load(self.lang).lang, Tokenizer.load_default()
        ids = torch.arange(len(tokenizer))
        name, seed = f"{MODEL}.tokens", models.card(MODEL).seed
        trace = record(models.load(MODEL).tokens, ids, name=name, seed=seed, only="output")
        kinds = {kind: listed[lang] for kind, listed in KINDS.items()}
        return WordVectors(trace, tuple(tokenizer.spell(ids.tolist())), lang, kinds, PAIRS, RECKONED)

    def story(self, run):
        return words(run)
