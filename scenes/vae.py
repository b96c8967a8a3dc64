"""Autoencoders: digits squeezed to two numbers and back, a map to walk on, latents of colour pictures.

Render it with: manim -ql scenes/vae.py
"""

import numpy as np

from nnanim import models
from nnanim.data import digits, world
from nnanim.models.latents import latents
from nnanim.movie import StoryScene
from nnanim.stories.vae import vae

PLAIN, VARIATIONAL, COLOUR = "digits-autoencoder", "digits-vae", "world-vae"
THREE, EIGHT = 1170, 1295  # two digits that training has not seen
SEED = 7  # of the numbers that are drawn
THINGS = [  # colour pictures
    {"thing": "cat", "colour": "red", "background": "meadow"},
    {"thing": "unicorn", "colour": "purple", "background": "night", "style": "neon"},
    {"thing": "fish", "colour": "blue", "background": "sunset", "style": "sticker"},
    {"thing": "star", "colour": "yellow", "background": "night"},
]


class VAE(StoryScene):
    title = {"en": "Autoencoders", "ja": "オートエンコーダー"}
    cover = "sheet"

    def example(self):
        _, held_out = digits.split()
        return latents(
            models.load(PLAIN),
            models.load(VARIATIONAL),
            models.load(COLOUR),
            digits.images(held_out) / digits.HIGHEST,
            np.concatenate([world.draw(world.labels(**thing), SEED) for thing in THINGS]),
            start=digits.place_held_out(THREE),
            end=digits.place_held_out(EIGHT),
            seed=SEED,
            names={"autoencoder": PLAIN, "vae": VARIATIONAL, "world": COLOUR},
        )

    def story(self, trace):
        _, held_out = digits.split()
        return vae(trace, digits.labels(held_out), training=models.training(VARIATIONAL))
