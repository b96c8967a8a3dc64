"""Steering with words, as in Big Sleep: a painter that is told nothing, and CLIP at the wheel.

Render it with: manim -ql scenes/steering.py
Another sentence: change the words below; the models know those of nnanim/data/captions.py.
"""

from nnanim import models, settings
from nnanim.data import captions, world
from nnanim.movie import StoryScene
from nnanim.stories.steering import ATTRIBUTES, SteeredDream, steering

THING = "heart"
PROMPT = {"en": "a large red heart, in the snow", "ja": "大きな赤いハート、雪の中"}
SEED = 0  # of all noise; chosen by eye, as artists do
PICTURES = 40  # on which the card's figures were measured


class Steering(StoryScene):
    title = {"en": "Steering with words", "ja": "言葉で操る"}
    about = {
        "en": "a painter that is told nothing, steered by words along the slope of a cosine",
        "ja": "何も言われずに描くモデルを、コサインの勾配に沿って言葉で操ります",
    }
    audience = "advanced"
    cover = "film"
    chapters = {
        "question": {"en": "A dream", "ja": "夢"},
        "pool": {"en": "Choosing is not enough", "ja": "選ぶだけでは足りない"},
        "slope": {"en": "Along the slope", "ja": "勾配に沿って"},
        "won": {"en": "Is it right?", "ja": "正しいか"},
        "gan": {"en": "In one pass: a GAN", "ja": "一度で描く GAN"},
    }

    def example(self):
        from nnanim.steering.record_sleep import record_sleep

        lang = settings.load(self.lang).lang
        figures = models.card("clip-guide").figures
        return SteeredDream(
            record_sleep(PROMPT[lang], seed=SEED),
            PROMPT[lang],
            [{"en": en, "ja": ja} for en, ja in zip(*captions.WORDS["thing"].values(), strict=True)],
            world.THINGS.index(THING),
            {name: figures[f"sleep.{lang}.{name}"] for name in ATTRIBUTES},
            PICTURES,
            figures[f"gan.{lang}.thing"],
        )

    def story(self, run):
        return steering(run)
