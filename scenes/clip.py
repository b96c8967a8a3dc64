"""CLIP: pictures and sentences in one space.

Render it with: manim -ql scenes/clip.py
"""

from nnanim import models, settings
from nnanim.data import captions, world
from nnanim.movie import StoryScene
from nnanim.stories.clip import ClipRuns, clip

MODEL = "small-clip"
SAID = ("thing", "colour", "background")  # what the sentences of the table say
NAMED = {"thing": "umbrella", "colour": "green", "background": "night"}
TWO = {
    "thing": "car", "colour": "blue", "second thing": "house", "second colour": "red", "background": "meadow",
}  # fmt: skip
SEED = 3  # place, size and colour of these things tremble with it


class Clip(StoryScene):
    title = {"en": "CLIP", "ja": "CLIP：画像と文の空間"}
    about = {
        "en": "pictures and sentences in one space: a table of cosines, and a training lights its diagonal",
        "ja": "画像と文を一つの空間へ。コサイン類似度の表で、学習とともに対角線が明るくなります",
    }
    audience = "course"
    cover = "table"
    chapters = {
        "question": {"en": "Two encoders", "ja": "二つのエンコーダー"},
        "before": {"en": "The training", "ja": "学習"},
        "named": {"en": "What it can do", "ja": "できること"},
    }

    def example(self):
        lang, training, card = settings.load(self.lang).lang, models.training(MODEL), models.card(MODEL)
        rows, named, two = training["labels"], world.labels(**NAMED), world.labels(**TWO)
        swapped = two.copy()
        swapped[:, [1, 7]] = two[:, [7, 1]]
        sentences = [captions.caption(row, lang, SAID) for row in rows]
        nouns = captions.WORDS["thing"][lang]
        things = [captions.caption(world.labels(thing=thing)[0], lang, ("thing",)) for thing in world.THINGS]
        colours = [captions.caption(row, lang, ("thing", "colour")) for row in (two[0], swapped[0])]
        return ClipRuns(
            self.run(rows, sentences, card.seed),
            self.run(named, things, SEED),
            self.run(two, colours, SEED),
            training,
            lang,
            sentences,
            things,
            colours,
            [nouns[row[0]] for row in rows],
            {"named": card.figures[f"one.{lang}.named"], "colours": card.figures[f"two.{lang}.colours"]},
        )

    def run(self, rows, sentences, seed):
        import torch

        from nnanim.recording import record

        pictures = torch.from_numpy(world.draw(rows, seed).transpose(0, 3, 1, 2).copy())
        numbers = torch.from_numpy(captions.encode(sentences))
        return record(models.load(MODEL), pictures, numbers, name=MODEL, seed=models.card(MODEL).seed)

    def story(self, runs):
        return clip(runs)
