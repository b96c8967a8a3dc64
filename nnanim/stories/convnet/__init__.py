"""A small convolutional network: one place of a kernel, its map, more maps, and a picture that moves."""

from __future__ import annotations

from nnanim.stories.convnet.story import convnet

__all__ = ["convnet"]
