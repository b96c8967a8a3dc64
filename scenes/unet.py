"""The U-Net of the small world says what is noise in a picture, and what its shortcuts are worth.

Render it with: manim -ql scenes/unet.py
"""

from nnanim import models, settings
from nnanim.data import captions, world
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.stories.unet import unet

MODEL = "world-diffusion"
THING = {"thing": "star", "colour": "yellow", "size": "large", "background": "night"}
TIME = 0.7  # 0 is the picture, 1 is nothing but noise
SEED = 0


class UNet(StoryScene):
    title = {"en": "A U-Net", "ja": "U-Net"}
    about = {
        "en": "what a U-Net takes for noise is removed, and the star is back; its shortcuts closed, it frays",
        "ja": "U-Net が見つけたノイズを取りのぞくと、星が現れます。近道をふさぐと、輪郭がくずれます",
    }
    audience = "advanced"
    keywords = "skip connections denoising segmentation スキップ接続 雑音 除去"
    cover = "return"

    def example(self):
        import torch

        from nnanim.models.one_step import OneStep
        from nnanim.models.painter import Painter
        from nnanim.models.samplers import add_noise

        painter, time = Painter.load(), torch.tensor([TIME])
        labels = world.labels(**THING)
        picture = torch.from_numpy(world.draw(labels, SEED)).permute(0, 3, 1, 2)  # (1, 3, 64, 64)
        with torch.no_grad():
            latents = painter.vae.encode(picture)[0]  # (1, 4, 8, 8)
        cond = painter.condition([captions.caption(labels[0], settings.load(self.lang).lang)])
        noise = painter.noise([SEED])
        given = add_noise(latents, noise, time), time, cond
        about = {"name": MODEL, "seed": models.card(MODEL).seed}
        kept = ["noisy", "noise", "latents"]
        return {
            "net": record(painter.unet, *given, **about),
            "step": record(OneStep(painter), *given, only=kept, **about),
            "cut": record(OneStep(painter, shortcuts=False), *given, only=kept, **about),
            "noise": noise[0].numpy(),
        }

    def story(self, runs):
        picture = world.draw(world.labels(**THING), SEED)[0]
        return unet(runs["net"], runs["step"], runs["cut"], runs["noise"], picture)
