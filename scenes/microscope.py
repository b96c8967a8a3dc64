"""What a neuron wants to see: pictures that climb the slope of a channel, of a layer, of words.

Render it with: manim -ql scenes/microscope.py
"""

from nnanim import models
from nnanim.data import captions, world
from nnanim.movie import StoryScene
from nnanim.stories.microscope import Dreams, microscope

MODEL = "clip-guide"
LABELS = {"thing": "tree", "colour": "green", "background": "night"}
SEED = 3  # place, size and colour of the tree tremble with it
CHANNEL = ("image.stem.5", 28)  # the one that is looked at first
WALLS = (  # eight channels of three layers
    ("image.stem.1", (6, 10, 12, 14, 16, 22, 26, 2)),
    ("image.stem.3", (10, 2, 20, 6, 26, 14, 12, 8)),
    ("image.stem.5", (14, 6, 10, 22, 18, 4, 26, 28)),
)
WISHES = (  # thing, colour, background
    ("cat", "yellow", "night"),
    ("fish", "blue", "sunset"),
    ("star", "yellow", "night"),
    ("heart", "red", "snow"),
    ("moon", "yellow", "night"),
    ("house", "red", "snow"),
    ("flower", "pink", "meadow"),
    ("tree", "green", "meadow"),
)
SAID = ("size", "colour", "place", "background")  # of a wish
WISH = 2  # which of them the tree has
LAYER = "body.4"  # of the judge, exaggerated as a whole


class Microscope(StoryScene):
    title = {"en": "What a neuron wants to see", "ja": "ニューロンが見たいもの"}
    about = {
        "en": "what a neuron wants to see, layer by layer; and a tree that dreams of a star",
        "ja": "ニューロンが見たいものを層ごとに。そして、星を夢見る木",
    }
    audience = "advanced"
    cover = "deep"
    chapters = {
        "question": {"en": "One neuron", "ja": "一つのニューロン"},
        "first": {"en": "Layer by layer", "ja": "層ごとに"},
        "guess": {"en": "Words as wishes", "ja": "言葉という願い"},
    }

    def example(self):
        import torch

        from nnanim.recording import record
        from nnanim.steering.dream_trace import only_last, trace_dreams
        from nnanim.steering.dreams import dream

        guide, judge = models.load(MODEL), models.load("judge")
        tree = torch.from_numpy(world.draw(world.labels(**LABELS), SEED).transpose(0, 3, 1, 2).copy())
        layer, unit = CHANNEL
        wished = [
            world.labels(thing=thing, colour=colour, background=background)[0]
            for thing, colour, background in WISHES
        ]
        said = [captions.caption(row, "en", SAID) for row in wished]
        climb = {"steps": 24, "rate": 0.03}
        walk = {"steps": 45, "rate": 0.016, "tv": 0.2}
        dreams = {
            "look": dream(guide, layer, tree, unit=unit, steps=1, jitter=0, zoom=0),
            "climb": dream(guide, layer, unit=unit, tv=0.3, **climb),
            "bare": only_last(dream(guide, layer, unit=unit, jitter=0, zoom=0, **climb)),
            **{
                f"wall-{at}": only_last(dream(guide, name, unit=units, tv=0.3, **climb))
                for at, (name, units) in enumerate(WALLS)
            },
            "words": only_last(dream(guide, words=said, **walk)),
            "star": dream(guide, None, tree, words=said[WISH], **walk),
            "layer": dream(
                judge, LAYER, tree, steps=24, rate=0.025, scales=(1, 2, 4), jitter=0.12, zoom=0.02
            ),
        }
        dreams = {name: list(steps) for name, steps in dreams.items()}
        seen = record(guide.image, tree, name=MODEL, only=layer.removeprefix("image."))
        judged = record(judge, dreams["words"][-1].pictures, name="judge", only="output")
        trace = trace_dreams(
            dreams,
            {
                "map": seen[layer.removeprefix("image.")][0, unit],
                "judged": judged["output"],
                "wanted": [int(row[0]) for row in wished],
            },
            model=MODEL,
            parameters=models.card(MODEL).parameters,
            also={"judge": models.card("judge").parameters},
        )
        names = [
            {lang: captions.WORDS["thing"][lang][row[0]] for lang in captions.LANGUAGES} for row in wished
        ]
        wish = {lang: captions.caption(wished[WISH], lang, SAID) for lang in captions.LANGUAGES}
        return Dreams(trace, unit, names, wish)

    def story(self, dreams):
        return microscope(dreams)
