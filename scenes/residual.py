"""An autoencoder of residual blocks keeps 1/48 of a picture's numbers.

Render it: manim -ql scenes/residual.py
"""

from nnanim import models, words
from nnanim.data import world
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.stories.network import network

MODEL = "world-vae"
SEED = 3  # place, size and colour of the thing tremble with it


class ResidualAutoencoder(StoryScene):
    title = {"en": "An autoencoder with shortcuts", "ja": "近道のあるオートエンコーダー"}

    def example(self):
        labels = world.labels(thing="cat", colour="yellow", background="night")
        pictures = world.draw(labels, SEED).transpose(0, 3, 1, 2)  # (1, 3, 64, 64)
        return record(models.load(MODEL), pictures, name=MODEL, seed=models.card(MODEL).seed)

    def story(self, trace):
        block = {"en": "residual block", "ja": "残差ブロック"}
        titles = {"encoder": words.encoder, "decoder": words.decoder, "mean": words.latent}
        titles |= {f"encoder.{i}": block for i in (2, 4, 5)} | {f"decoder.{i}": block for i in (1, 2, 5, 8)}
        return network(trace, titles=titles)
