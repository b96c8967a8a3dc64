"""Vision transformer: a picture is cut into patches, and these are read like words.

Render it with: manim -ql scenes/vit.py
"""

import numpy as np

from nnanim import models
from nnanim.data import captions, world
from nnanim.movie import StoryScene
from nnanim.stories.vit import PatchRuns, vit

MODEL = "vit"
LABELS = {"thing": "cat", "colour": "yellow", "background": "night"}
SEED = 3  # place, size and colour of the thing tremble with it
HIDDEN = 4  # patches that are covered
SHUFFLE = 0  # seed of the other order
FILMED = 0  # which picture of the recorded training


class VisionTransformer(StoryScene):
    title = {"en": "Vision transformer", "ja": "ビジョントランスフォーマー"}
    cover = "cut"
    chapters = {
        "question": {"en": "A picture as words", "ja": "絵を語のように"},
        "cover": {"en": "What matters", "ja": "何が効くか"},
        "shuffle": {"en": "Where it is", "ja": "どこにあるか"},
    }

    def example(self):
        import torch

        from nnanim.models import patches
        from nnanim.recording import record

        network, card = models.load(MODEL), models.card(MODEL)
        side = network.cut.kernel_size
        picture = torch.from_numpy(world.draw(world.labels(**LABELS), SEED).transpose(0, 3, 1, 2).copy())

        def run(pictures, model=network):
            return record(model, pictures, name=MODEL, seed=card.seed)

        whole = run(picture)
        looks = whole.attention(whole.attentions[-1])[0, :, 0, 1:].mean(axis=0)
        least_first = np.argsort(looks, kind="stable")
        order = patches.draw_order(len(looks), SHUFFLE)
        jumbled = patches.shuffle(picture, order, side)
        return PatchRuns(
            whole,
            run(patches.cover(picture, least_first[-HIDDEN:], side)),
            run(patches.cover(picture, least_first[:HIDDEN], side)),
            run(jumbled),
            run(jumbled, patches.move_positions(network, order)),
            models.training(MODEL),
            FILMED,
            side,
            HIDDEN,
            [{"en": en, "ja": ja} for en, ja in zip(*captions.WORDS["thing"].values(), strict=True)],
            card.figures["held_out.thing"],
        )

    def story(self, runs):
        return vit(runs)
