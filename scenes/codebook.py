"""A picture from 64 words: a codebook, and codes that CLIP chooses, as in VQGAN+CLIP.

Render it with: manim -ql scenes/codebook.py
Another sentence or picture: change the words below; the models know those of nnanim/data/captions.py.
"""

from nnanim import models, settings
from nnanim.data import world
from nnanim.movie import StoryScene
from nnanim.stories.codebook import CodeRun, codebook

LABELS = {"thing": "house", "colour": "red", "background": "meadow"}  # the picture that is written in codes
DRAWN = 5  # place, size and colour of the thing tremble with it
PROMPT = {"en": "a large yellow star, at night", "ja": "大きな黄色い星、夜"}
SEED = 2  # of the cells at random; chosen by eye, as artists do
PICTURES = 40  # on which the card's figure was measured


class Codebook(StoryScene):
    title = {"en": "A picture from 64 words", "ja": "64 個の単語でできた絵"}
    about = {
        "en": "a picture written in 64 words of a dictionary of 512; then a sentence chooses the words",
        "ja": "512 個のコードの辞書から、64 個で絵を書きます。そして言葉がコードを選びます",
    }
    audience = "advanced"
    cover = "words"
    chapters = {
        "question": {"en": "The dictionary", "ja": "辞書"},
        "nearest": {"en": "Written down", "ja": "書く"},
        "random": {"en": "Led by words", "ja": "言葉で導く"},
        "aleph": {"en": "Beyond", "ja": "その先"},
    }

    def example(self):
        from nnanim.steering.record_codes import record_codes

        lang = settings.load(self.lang).lang
        prompt = PROMPT[lang]
        trace = record_codes(prompt, world.draw(world.labels(**LABELS), DRAWN)[0], seed=SEED)
        right = models.card("clip-guide").figures[f"codes.{lang}.thing"]
        return CodeRun(trace, prompt, right, PICTURES)

    def story(self, run):
        return codebook(run)
