"""Autoencoders: squeezed and rebuilt, a map with gaps, clouds, draws, a walk, a sheet, and colour latents.

After D. Kingma and M. Welling, "Auto-Encoding Variational Bayes" (2013).
"""

from __future__ import annotations

from nnanim.stories.vae.explore import explore
from nnanim.stories.vae.story import vae

__all__ = ["explore", "vae"]
