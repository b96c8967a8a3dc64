"""Autoencoders: digits squeezed to two numbers and back, a map to walk on, latents of colour pictures.

Render it with: manim -ql scenes/vae.py
"""

from functools import cache, cached_property

import numpy as np

from nnanim import models
from nnanim.controls import Pad
from nnanim.data import digits, world
from nnanim.models.latents import latents, window_around
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.stories.vae import explore, vae

PLAIN, VARIATIONAL, COLOUR = "digits-autoencoder", "digits-vae", "world-vae"
THREE, EIGHT = 1170, 1295  # two digits that training has not seen
SEED = 7  # of the numbers that are drawn
AROUND = 0.6  # how far from the point of nnanim live other points are decoded
THINGS = [  # colour pictures
    {"thing": "cat", "colour": "red", "background": "meadow"},
    {"thing": "unicorn", "colour": "purple", "background": "night", "style": "neon"},
    {"thing": "fish", "colour": "blue", "background": "sunset", "style": "sticker"},
    {"thing": "star", "colour": "yellow", "background": "night"},
]


class VAE(StoryScene):
    title = {"en": "Autoencoders", "ja": "オートエンコーダー"}
    about = {
        "en": "a digit kept in two numbers and drawn again; clouds, their map, and what the divergence does",
        "ja": "数字の画像を 2 個の数にして、また描きます。点ではなく雲、その地図、KL の働き",
    }
    audience = "course"
    keywords = "autoencoder latent plane reconstruction オートエンコーダー 潜在 再構成"
    cover = "sheet"
    chapters = {
        "numbers": {"en": "Two numbers", "ja": "2 つの数"},
        "map": {"en": "A map with gaps", "ja": "すき間のある地図"},
        "cloud": {"en": "Clouds", "ja": "雲"},
        "walk": {"en": "A walk", "ja": "散歩"},
        "colour": {"en": "Colours", "ja": "色つきの絵"},
    }

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

    # What follows is for nnanim live vae.

    @cached_property
    def controls(self):
        known, window = whole_map()
        start = known["mean"][digits.place_held_out(THREE)]
        return {"point": Pad(*window, start, mark="map", label={"en": "Point on the map", "ja": "地図の点"})}

    def live(self):
        known, window = whole_map()
        _, held_out = digits.split()
        point = np.array(self.value("point"))
        x, y = np.meshgrid(*(AROUND * np.linspace(-1, 1, 5),) * 2)
        around = point + np.stack([x.ravel(), -y.ravel()], axis=1)
        decoder = models.load_shared(VARIATIONAL).decoder
        decoded = record(decoder, np.concatenate([point[None], around]), name=VARIATIONAL)
        return explore(known, digits.labels(held_out), decoded, window)


@cache
def whole_map():
    """The VAE on every picture that it has not been trained on, and ranges of x and y around all clouds."""
    _, held_out = digits.split()
    pictures = (digits.images(held_out) / digits.HIGHEST).reshape(len(held_out), -1)
    known = record(models.load_shared(VARIATIONAL), pictures, name=VARIATIONAL)
    return known, window_around(known["mean"], np.exp(known["log_variance"] / 2)).tolist()
