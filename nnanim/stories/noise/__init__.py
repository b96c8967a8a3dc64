"""Noise: a grey picture, Gaussian noise, their sum, and what clipping does to it."""

from __future__ import annotations

from nnanim.stories.noise.story import noise

__all__ = ["noise"]
