"""Tokens: the pieces that a language model reads, where it is sure of the next one, and its window.

Render it with: manim -ql scenes/tokens.py
"""

from nnanim import models, settings
from nnanim.movie import StoryScene
from nnanim.stories.tokens import TokenRuns, tokens

MODEL = "language-model"
MERGED = {"en": "the princess", "ja": "むかしむかし王女が"}
RARE = {"en": "crème brûlée", "ja": "鰯の骨"}  # with letters that the tokenizer has never seen
NAME = {"en": "tomira", "ja": "トミラ"}  # that the text ends with, after it stood before
TEXT = {
    "en": "once upon a time there was a kind princess named tomira. she lived in a castle. "
    "she wore a golden crown. one day it was snowing, so she put on her coat. tomira",
    "ja": "むかしむかしあるところにトミラという若い王女がいました。"
    "トミラは高い塔に住んでいました。トミラは地図を持っていました。"
    "ある夜、うさぎが地図を取って、村へ逃げました。トミラ",
}
LAST = {"en": 14, "ja": 14}  # tokens of the last part of the text
OVERLAP = {"en": 18, "ja": 9}  # tokens before it that are read along with it
SUMMARY = {"en": "a princess named tomira.", "ja": "トミラという若い王女。"}
WINDOWS = {"en": (8, 16, 24, 32), "ja": (8, 16, 20, 28)}  # numbers of tokens that are seen
SHOWN = 6  # merges


class TokensScene(StoryScene):
    title = {"en": "Tokens", "ja": "トークン"}
    about = {
        "en": "letters become pieces; where a model is surprised; a window that forgets a name",
        "ja": "文字がトークンになります。モデルが意外に思うところと、名前を忘れる窓",
    }
    audience = "first"
    cover = "bits"
    chapters = {
        "question": {"en": "Pieces", "ja": "トークン"},
        "ask": {"en": "Surprise", "ja": "意外さ"},
        "window": {"en": "The window", "ja": "文脈の窓"},
    }

    def example(self):
        import torch

        from nnanim.models.tokenizer import END, Tokenizer
        from nnanim.recording import record

        lang, tokenizer, network = settings.load(self.lang).lang, Tokenizer.load_default(), models.load(MODEL)
        card = models.card(MODEL)
        ids = tokenizer.encode(TEXT[lang])
        asked = len(ids) - len(tokenizer.encode(NAME[lang])) + 1
        words = tokenizer.spell(ids)
        last = asked - LAST[lang]

        def run(numbers):
            return record(network, torch.tensor([[END, *numbers]]), name=MODEL, seed=card.seed, only="output")

        own = [one for one in tokenizer.merges if (one.left + one.right).isascii() == (lang == "en")]
        before = ids[:asked]
        return TokenRuns(
            tokenizer.merge_steps(MERGED[lang]),
            [tuple(one) for one in own[:SHOWN]],
            len(tokenizer.merges),
            tokenizer.spell(tokenizer.encode(RARE[lang])),
            words,
            [END, *ids],
            run(ids),
            asked,
            {size: run(before[-size:]) for size in WINDOWS[lang]},
            {
                "alone": run(before[last:]),
                "overlap": run(before[last - OVERLAP[lang] :]),
                "summary": run([*tokenizer.encode(SUMMARY[lang]), *before[last:]]),
                "whole": run(before),
            },
            {name: card.figures[f"{lang}.perplexity.{name}"] for name in (f"{n}-gram" for n in range(1, 6))}
            | {"model": card.figures[f"{lang}.perplexity"]},
        )

    def story(self, runs):
        return tokens(runs)
