"""How a diffusion model paints from words.

J. Ho et al., "Denoising Diffusion Probabilistic Models" (2020); R. Rombach et al., "High-Resolution Image
Synthesis with Latent Diffusion Models" (2022).
"""

from nnanim.stories.diffusion.runs import PARTS, Runs, join
from nnanim.stories.diffusion.steps import paint
from nnanim.stories.diffusion.story import NAMES, diffusion, part

__all__ = ["NAMES", "PARTS", "Runs", "diffusion", "join", "paint", "part"]
