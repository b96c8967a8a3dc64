"""The story of what neurons want to see: a picture that climbs the slope of one number inside a network.

The question: what would one neuron like to see best? The moment to remember: a tree is given a wish, "a large
yellow star", and its branches turn into the points of a star. The end: what a neuron wants is what training
made of it, colours first, then stripes, at last things.

After A. Mordvintsev et al., "Inceptionism" (2015), C. Olah et al., "Feature Visualization" (2017), and
OpenAI's Microscope (2020).
"""

from __future__ import annotations

from collections.abc import Iterator

from nnanim.beats import Beat
from nnanim.stories.microscope.channel import show_climb, show_slope
from nnanim.stories.microscope.run import Dreams
from nnanim.stories.microscope.walls import show_kinds, show_walls, show_wish, show_words

__all__ = ["Dreams", "microscope"]


def microscope(dreams: Dreams) -> Iterator[Beat]:
    """Tell what one channel, three layers, and eight sentences want to see."""
    yield from show_slope(dreams)
    yield from show_climb(dreams)
    yield from show_walls(dreams)
    yield from show_words(dreams)
    yield from show_wish(dreams)
    yield show_kinds(dreams)
