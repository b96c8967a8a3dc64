"""Why CLIP is fooled: what climbs its number is noise, until it has met its own dreams.

Render it with: manim -ql scenes/fooled.py
"""

from nnanim.data import captions, world
from nnanim.movie import StoryScene
from nnanim.stories.fooled import Climbers, fooled_clip

WISHES = (
    {"thing": "house", "colour": "red", "background": "snow"},
    {"thing": "cat", "colour": "yellow", "background": "night"},
    {"thing": "fish", "colour": "blue", "background": "sunset"},
    {"thing": "star", "colour": "yellow", "background": "night"},
    {"thing": "heart", "colour": "red", "background": "snow"},
    {"thing": "rocket", "colour": "pink", "background": "meadow"},
    {"thing": "flower", "colour": "pink", "background": "meadow"},
    {"thing": "tree", "colour": "green", "background": "meadow"},
)
SAID = ("size", "colour", "place", "background")  # of each, beside the thing
HERO = 0  # which of them is looked at
SEED = 3


class Fooled(StoryScene):
    title = {"en": "Why CLIP is fooled", "ja": "CLIP はなぜだまされるのか"}
    about = {
        "en": "why a high number of CLIP is no good picture, until it has met its own dreams",
        "ja": "CLIP の数が大きくても、よい画像とはかぎりません。自分の夢に出会うまでは",
    }
    audience = "advanced"
    cover = "all"
    chapters = {
        "question": {"en": "A high number", "ja": "大きな数"},
        "slope": {"en": "Hair-fine", "ja": "細かな模様"},
        "buffer": {"en": "Its own dreams", "ja": "自分の夢"},
    }

    def example(self):
        from nnanim.training.fooled import record_fooled

        return record_fooled(WISHES, SAID, HERO, SEED)

    def story(self, trace):
        row = world.labels(**WISHES[HERO])[0]
        wish = {lang: captions.caption(row, lang, SAID) for lang in captions.LANGUAGES}
        names = [{lang: words[at] for lang, words in captions.WORDS["thing"].items()} for at in range(16)]
        return fooled_clip(Climbers(trace, HERO, wish, names))
