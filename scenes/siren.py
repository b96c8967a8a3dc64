"""A network of sines that is a picture, as in Deep Daze: words steer its weights.

Render it with: manim -ql scenes/siren.py
Another sentence: change the words below; the models know those of nnanim/data/captions.py.
"""

from nnanim import models, settings
from nnanim.data import captions, world
from nnanim.movie import StoryScene
from nnanim.stories.siren import ATTRIBUTES, SteeredSiren, siren

THING = "mushroom"
PROMPT = {
    "en": "a large red mushroom, in the middle, on a meadow, plain",
    "ja": "大きな赤いきのこ、中央、草原、ふつう",
}
SEED = 2  # of the first weights; chosen by eye, as artists do
PIXEL = (20, 24)  # the place that is followed: in the red cap
WINDOW = (16, 42, 14)  # the part that is painted finer: first row, first column, height
PICTURES = 40  # on which the card's figures were measured


class Siren(StoryScene):
    title = {"en": "A network is the picture", "ja": "ネットワークが絵になる"}
    about = {
        "en": "a picture without pixels: a network of sines, whose weights words steer through CLIP",
        "ja": "画素のない絵。サインのネットワークが絵になり、言葉が CLIP を通して重みを動かします",
    }
    audience = "advanced"
    cover = "film"
    chapters = {
        "question": {"en": "A picture without pixels", "ja": "画素のない絵"},
        "random": {"en": "Words steer the weights", "ja": "言葉が重みを動かす"},
        "size": {"en": "Between the pixels", "ja": "画素のあいだ"},
    }

    def example(self):
        from nnanim.steering.record_siren import record_siren

        lang = settings.load(self.lang).lang
        figures = models.card("clip-guide").figures
        return SteeredSiren(
            record_siren(PROMPT[lang], seed=SEED, pixel=PIXEL, window=WINDOW),
            PROMPT[lang],
            [{"en": en, "ja": ja} for en, ja in zip(*captions.WORDS["thing"].values(), strict=True)],
            world.THINGS.index(THING),
            {name: figures[f"siren.{lang}.{name}"] for name in ATTRIBUTES},
            PICTURES,
            PIXEL,
            WINDOW,
        )

    def story(self, run):
        return siren(run)
