"""How a sentence draws with strokes, and no hand.

K. Frans et al., "CLIPDraw: Exploring Text-to-Drawing Synthesis through Language-Image Encoders" (2021).
"""

from __future__ import annotations

from nnanim.stories.clipdraw.run import Drawn
from nnanim.stories.clipdraw.sketch import StrokePicture
from nnanim.stories.clipdraw.story import clipdraw

__all__ = ["Drawn", "StrokePicture", "clipdraw"]
