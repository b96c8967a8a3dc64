"""The U-Net of the small world guesses what is noise in a picture's latents.

Render it with: manim -ql scenes/unet.py
"""

from nnanim import models, settings, words
from nnanim.beats import Beat
from nnanim.data import captions, world
from nnanim.marks import Column, Picture, Row, Text, round_up
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.stories.network import network

MODEL = "world-diffusion"
THING = {"thing": "star", "colour": "yellow", "size": "large", "background": "night"}
TIME = 0.35  # 0 is the picture, 1 is nothing but noise
SEED = 0


class UNet(StoryScene):
    title = {"en": "A U-Net", "ja": "U-Net"}

    def example(self):
        import torch

        from nnanim.models.painter import Painter
        from nnanim.models.samplers import add_noise

        painter, time = Painter.load(), torch.tensor([TIME])
        labels = world.labels(**THING)
        picture = torch.from_numpy(world.draw(labels, SEED)).permute(0, 3, 1, 2)  # (1, 3, 64, 64)
        with torch.no_grad():
            latents = painter.vae.encode(picture)[0]  # (1, 4, 8, 8)
        cond = painter.condition([captions.caption(labels[0], settings.load(self.lang).lang)])
        noisy = add_noise(latents, painter.noise([SEED]), time)
        return record(painter.unet, noisy, time, cond, name=MODEL, seed=models.card(MODEL).seed)

    def story(self, trace):
        pixels = world.draw(world.labels(**THING), SEED)[0]
        picture = Picture(pixels, key="picture", label={"en": "picture", "ja": "絵"})
        limit = round_up(float(abs(trace["input"]).max()))
        maps = [
            Picture(one, key=f"v:input:{i}", low=-limit, high=limit, colors="diverging", means=words.value)
            for i, one in enumerate(trace["input"][0])
        ]
        table = Column(Row(*maps[:2], gap=0.25), Row(*maps[2:], gap=0.25), gap=0.25)
        latents = Column(Text(words.latent, key="latents", bold=True), table, gap=0.2)
        yield Beat(
            {
                "en": "A picture became 4 × 8 × 8 latents, and noise was added.",
                "ja": "絵を 4 × 8 × 8 の潜在変数にして、ノイズを加えました。",
            },
            Row(picture, latents, gap=1.5),
            id="noisy",
            given=("picture",),  # drawn by the small world's program
        )
        yield from network(trace, layers=["conv_in", "conv_out"])
