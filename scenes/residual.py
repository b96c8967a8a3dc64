"""Residual blocks: what happens if the shortcuts are cut, and what if nothing but them is left?

Render it: manim -ql scenes/residual.py
"""

from nnanim import models
from nnanim.data import world
from nnanim.models.residual import open_ways
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.stories.residual import residual

MODEL = "world-vae"
BLOCKS = 7
SEED = 3  # place, size and colour of the thing tremble with it


class ResidualAutoencoder(StoryScene):
    title = {"en": "Residual blocks", "ja": "残差ブロック"}
    about = {
        "en": "residual blocks: their work switched off, the picture stays; their shortcuts cut, it is gone",
        "ja": "残差ブロック。計算を止めても画像は残り、近道を切ると消えます",
    }
    audience = "advanced"
    keywords = "skip connections shortcuts ResNet deep layers gradient スキップ接続 ショートカット 残差 勾配"
    cover = "changes"

    def example(self):
        labels = world.labels(thing="cat", colour="yellow", background="night")
        pictures = world.draw(labels, SEED).transpose(0, 3, 1, 2)  # (1, 3, 64, 64)
        trained, seed = models.load(MODEL), models.card(MODEL).seed
        blocks = set(range(BLOCKS))

        def run(only="output", **ways):
            return record(open_ways(trained, **ways), pictures, name=MODEL, seed=seed, only=only)

        return {
            "whole": run(only=None),
            "shortcuts": run(changes=()),
            "changes": run(shortcuts=()),
            "without change": [run(changes=blocks - {k}) for k in range(BLOCKS)],
            "without shortcut": [run(shortcuts=blocks - {k}) for k in range(BLOCKS)],
        }

    def story(self, runs):
        return residual(
            runs["whole"],
            runs["shortcuts"],
            runs["changes"],
            runs["without change"],
            runs["without shortcut"],
        )
