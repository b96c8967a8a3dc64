"""A three-layer perceptron: signals split, grow or shrink along the wires, merge, and set out anew.

Storyboard: the question; the layers; the wires; the inputs; split; merge at one neuron and at all; on to the
output; the answer; more samples; where the weights came from.
"""

from __future__ import annotations

from nnanim.stories.perceptron.explore import explore
from nnanim.stories.perceptron.net import Subject
from nnanim.stories.perceptron.story import perceptron

__all__ = ["Subject", "explore", "perceptron"]
