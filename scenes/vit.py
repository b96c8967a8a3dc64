"""Vision transformer: a picture is cut into patches, and these are read like words.

Render it with: manim -ql scenes/vit.py
Another picture: nnanim movie vit --picture FILE; another model: --hf FOLDER.
"""

import numpy as np

from nnanim import images, models
from nnanim.data import captions, world
from nnanim.movie import StoryScene
from nnanim.stories.vit import Learnt, PatchRuns, vit

MODEL = "vit"
SIDE = 64  # of its pictures, in pixels
LABELS = {"thing": "cat", "colour": "yellow", "background": "night"}
SEED = 11  # place, size and colour of the thing tremble with it
HIDDEN = 4  # patches that are covered
SHUFFLE = 0  # seed of the other order
FILMED = 0  # which picture of the recorded training


class VisionTransformer(StoryScene):
    title = {"en": "Vision transformer", "ja": "ビジョントランスフォーマー"}
    about = {
        "en": "a picture as 64 words: covered where the model looks, a cat is a flower; shuffled, a house",
        "ja": "画像を 64 個の「単語」として読みます。見ているところを隠すと、猫が花になります",
    }
    audience = "course"
    cover = "cut"
    chapters = {
        "question": {"en": "A picture as words", "ja": "絵を語のように"},
        "cover": {"en": "What matters", "ja": "何が効くか"},
        "shuffle": {"en": "Where it is", "ja": "どこにあるか"},
    }

    hf = None  # a folder with a ViT classifier of Hugging Face, instead of the little one
    picture = None  # a picture's file, instead of the one that is painted

    def example(self):
        pixels = self.pixels(SIDE if self.hf is None else None)
        if self.hf is not None:
            from nnanim.recording.huggingface.picture_classifier import classify

            return classify(self.hf, pixels, SHUFFLE)
        import torch

        from nnanim.models import patches
        from nnanim.recording import record

        network, card = models.load(MODEL), models.card(MODEL)
        side = network.cut.kernel_size
        picture = torch.from_numpy(pixels.transpose(2, 0, 1).copy())[None]

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
            side,
            HIDDEN,
            [{"en": en, "ja": ja} for en, ja in zip(*captions.WORDS["thing"].values(), strict=True)],
            Learnt(models.training(MODEL), FILMED, card.figures["held_out.thing"]),
        )

    def pixels(self, side):
        if self.picture is not None:
            return images.read_picture(self.picture, side)
        return world.draw(world.labels(**LABELS), SEED)[0]

    def story(self, runs):
        return vit(runs)
