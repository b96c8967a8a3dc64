"""The story of a diffusion model, from noise to a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nnanim.beats import Beat
from nnanim.data.noise import NoisyPicture
from nnanim.errors import UserError, nearest
from nnanim.stories.diffusion.forward import forward
from nnanim.stories.diffusion.machine import machine, unet
from nnanim.stories.diffusion.reverse import question, reverse, samplers, seeds
from nnanim.stories.diffusion.runs import Runs
from nnanim.stories.diffusion.steering import guidance, looks, style
from nnanim.stories.noise.summing import noise_histogram, summation
from nnanim.trace import Trace

GREY, SIGMA, SIDE = 128.0, 10.0, 100
"""Of the grey picture that shows what noise is: pixels, deviation of the noise, height and width."""


def pure_noise(runs: Runs) -> Iterator[Beat]:
    """What noise is: drawn with the painting's seed, and added to a grey picture."""
    made = NoisyPicture(GREY, SIGMA, runs.seed, (SIDE, SIDE))
    yield noise_histogram(made)
    yield summation(made)


def denoising(runs: Runs) -> Iterator[Beat]:
    """From noise to a picture, with one seed and with others."""
    yield reverse(runs)
    yield from seeds(runs)


def steering(runs: Runs) -> Iterator[Beat]:
    """What the words do."""
    yield from looks(runs)
    yield from style(runs)
    yield from guidance(runs)


def inner(runs: Runs) -> Iterator[Beat]:
    """The machine and its U-Net."""
    yield from machine(runs)
    yield from unet(runs)


NAMES: dict[str, Callable[[Runs], Iterator[Beat]]] = {
    "noise": pure_noise,
    "forward": forward,
    "painting": denoising,
    "words": steering,
    "machine": inner,
    "samplers": samplers,
}
"""The parts of the film, each of which can be told by itself."""


def diffusion(trace: Trace) -> Iterator[Beat]:
    """Tell how a diffusion model paints from words.

    Args:
        trace: of `nnanim.text_to_image.record_generation`, alone or with what `join` puts beside it. What is
            not in it is left out.

    Raises:
        UserError: the trace is of no painting.
    """
    runs = Runs(trace.check())
    yield question(runs)
    for tell in NAMES.values():
        yield from tell(runs)


def part(name: str, trace: Trace) -> Iterator[Beat]:
    """Tell one part of the film, any of `NAMES`.

    Raises:
        UserError: there is no such part, or the trace does not hold what it needs.
    """
    if name not in NAMES:
        raise UserError(f"the film has no part {name!r}{nearest(name, NAMES)}")
    beats = list(NAMES[name](Runs(trace.check())))
    if not beats:
        raise UserError(f"the part {name!r} needs what the trace does not hold")
    yield from beats
