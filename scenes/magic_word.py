"""The magic word: the same noise, the same weights, one word more.

Render it with: manim -ql scenes/magic_word.py
"""

from nnanim import models, settings
from nnanim.data import captions
from nnanim.movie import StoryScene
from nnanim.stories.magic_word import WordRuns, magic_word

GUIDE = "clip-guide"


class MagicWord(StoryScene):
    title = {"en": "The magic word", "ja": "魔法の言葉"}
    about = {
        "en": "the same noise and weights, one word more: what a word does to a picture and a sentence",
        "ja": "同じノイズ、同じ重みに、もう一語。その語が画像と文にすること",
    }
    audience = "first"
    cover = "table"
    chapters = {
        "question": {"en": "One word more", "ja": "もう一語"},
        "vector": {"en": "What it does", "ja": "語の働き"},
    }

    def example(self):
        import torch

        from nnanim.recording import record
        from nnanim.steering import recorded_words as recorded

        lang, kept = settings.load(self.lang).lang, recorded.load_record()
        prompts = recorded.shown_prompts(lang)
        numbers = torch.from_numpy(captions.encode([text for row in prompts for text in row]))
        embed, seed = recorded.SentenceEmbeddings(models.load(GUIDE)), models.card(GUIDE).seed
        vectors = record(embed, numbers, name=GUIDE, seed=seed, only="output")
        return WordRuns(
            recorded.paint_shown(kept, lang), vectors, kept, prompts, recorded.style_words(lang),
            recorded.style_indices(), lang,
        )  # fmt: skip

    def story(self, runs):
        return magic_word(runs)
