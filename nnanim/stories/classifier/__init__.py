"""A dense network that reads pictures: a weight for each place, and no idea of a shape."""

from __future__ import annotations

from nnanim.stories.classifier.story import classifier, explore

__all__ = ["classifier", "explore"]
