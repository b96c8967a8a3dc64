"""Animated pictures, written frame by frame: gif with a palette of its own for every part, webp and apng.

A long film takes no more memory than a short one. Nothing here knows a printer.
"""

from __future__ import annotations

from nnanim.animated.gif import FASTEST, GifEncoder, choose_palette
from nnanim.animated.pictures import PictureEncoder

__all__ = ["FASTEST", "SUFFIXES", "GifEncoder", "PictureEncoder", "choose_palette"]

SUFFIXES = (".gif", ".webp", ".apng")
"""How the names of animated pictures end."""
