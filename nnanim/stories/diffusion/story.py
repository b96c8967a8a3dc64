"""The story of a diffusion model, from noise to a picture."""

from __future__ import annotations

from collections.abc import Iterator

from nnanim.beats import Beat
from nnanim.data.noise import NoisyPicture
from nnanim.stories.diffusion.forward import forward
from nnanim.stories.diffusion.machine import machine, unet
from nnanim.stories.diffusion.reverse import question, reverse, samplers, seeds
from nnanim.stories.diffusion.runs import Runs
from nnanim.stories.diffusion.steering import guidance, looks, style
from nnanim.stories.noise.story import added, drawn
from nnanim.trace import Trace

GREY, SIGMA, SIDE = 128.0, 10.0, 100
"""Of the grey picture that shows what noise is: pixels, deviation of the noise, height and width."""


def diffusion(trace: Trace) -> Iterator[Beat]:
    """Tell how a diffusion model paints from words.

    Args:
        trace: of `nnanim.painting.traced`, alone or with what `join` puts beside it. What is not in it is not
            told.

    Raises:
        UserError: the trace is of no painting.
    """
    runs = Runs(trace.check())
    yield question(runs)
    yield from pure_noise(runs)
    yield from forward(runs)
    yield reverse(runs)
    yield from seeds(runs)
    yield from looks(runs)
    yield from style(runs)
    yield from guidance(runs)
    yield from machine(runs)
    yield from unet(runs)
    yield from samplers(runs)


def pure_noise(runs: Runs) -> Iterator[Beat]:
    """What noise is: drawn with the painting's seed, and added to a grey picture."""
    made = NoisyPicture(GREY, SIGMA, runs.seed, (SIDE, SIDE))
    yield drawn(made)
    yield added(made)
