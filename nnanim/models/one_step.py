"""One step of a diffusion model by itself: what a U-Net takes for noise is taken away, all at once."""

from __future__ import annotations

import copy

from torch import Tensor, nn

from nnanim.models.painter import Painter
from nnanim.models.samplers import predict_x0_eps
from nnanim.models.unet import Condition
from nnanim.recording import Tap


class OneStep(nn.Module):
    """Noisy latents to the picture that the U-Net sees in them.

    Args:
        painter: of which the U-Net and the decoder are used.
        shortcuts: whether the U-Net has its shortcuts.
    """

    def __init__(self, painter: Painter, shortcuts: bool = True) -> None:
        super().__init__()
        self.unet, self.vae = copy.copy(painter.unet), painter.vae
        self.unet.shortcuts = shortcuts
        self.noisy, self.noise, self.latents = Tap(), Tap(), Tap()

    def forward(self, noisy: Tensor, time: Tensor, condition: Condition) -> Tensor:
        velocity = self.unet(noisy, time, condition)  # (batch, 4, 8, 8)
        picture, noise = predict_x0_eps(noisy, velocity, time)
        self.noisy(self.vae.decode(noisy)), self.noise(noise)  # (batch, 3, 64, 64), (batch, 4, 8, 8)
        return self.vae.decode(self.latents(picture))  # (batch, 3, 64, 64), 0..1
