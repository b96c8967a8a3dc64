"""The story of Deep Daze: a picture that is a network of sines, and words that steer its weights.

The question: what is a picture made of that has no pixels? The moment to remember: a tip of the mushroom,
cut out of the pixels, is a staircase; the same weights, asked between the pixels, draw its edge. The end: the
weights are the picture, at whatever size it is asked for.

After P. Wang, "Deep Daze" (2021), and V. Sitzmann et al., "Implicit Neural Representations with Periodic
Activation Functions" (2020).
"""

from __future__ import annotations

from collections.abc import Iterator

from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.stories.siren.network import show_network, show_waves
from nnanim.stories.siren.run import SteeredSiren
from nnanim.stories.siren.steering import show_film, show_size, show_slope, show_verdict
from nnanim.stories.steered import ATTRIBUTES

__all__ = ["ATTRIBUTES", "SteeredSiren", "siren"]


def siren(run: SteeredSiren) -> Iterator[Beat]:
    """Tell how a network is a picture, and how words steer it.

    Raises:
        UserError: the judge does not see in the picture what was asked for.
    """
    if (seen := int(run.array("judge").argmax())) != run.wanted:
        raise UserError(f"the judge sees {run.things[seen]}, not {run.things[run.wanted]}; take another seed")
    yield from show_network(run)
    yield from show_waves(run)
    yield from show_slope(run)
    yield show_film(run)
    yield from show_verdict(run)
    yield from show_size(run)
