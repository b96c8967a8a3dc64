"""The story of Big Sleep: a painter that was told nothing, steered by words through the slope of a cosine.

The question: can words steer a painter that is told nothing? The moment to remember: the best of 192 dreams
is the wrong thing; some steps along the slope later it is the right one. The end: yes, most of the time, and
how often is said.

After R. Murdock, "The Big Sleep" (2021), with a diffusion model in the place of BigGAN.
"""

from __future__ import annotations

from collections.abc import Iterator

from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.stories.steered import ATTRIBUTES
from nnanim.stories.steering.dream import show_dream, show_pool
from nnanim.stories.steering.gan import show_gan
from nnanim.stories.steering.run import SteeredDream
from nnanim.stories.steering.slope import show_slope, show_steering

__all__ = ["ATTRIBUTES", "SteeredDream", "steering"]


def steering(run: SteeredDream) -> Iterator[Beat]:
    """Tell how words steer a generator that is told nothing.

    Raises:
        UserError: the first dream is the right thing already, or the last one is not, for judge or CLIP.
    """
    if run.likeliest("before") == run.wanted or run.likeliest("after") != run.wanted:
        before, after = (run.things[run.likeliest(when)] for when in ("before", "after"))
        raise UserError(f"the judge sees {before} first and {after} in the end; choose another seed")
    if run.ahead("after"):
        raise UserError("in the end CLIP prefers a rival of the sentence; choose another seed")
    yield from show_dream(run)
    yield from show_pool(run)
    yield from show_slope(run)
    yield from show_steering(run)
    yield from show_gan(run)
