"""The story of a diffusion model, from noise to a picture.

The question: a network made a picture from words; where did the picture come from? The moment to remember:
one noise parts into four pictures, as one word of the sentence is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from nnanim.beats import Beat
from nnanim.errors import UserError, nearest
from nnanim.stories.diffusion.forward import forward
from nnanim.stories.diffusion.machine import machine
from nnanim.stories.diffusion.reverse import answer, first_noise, question, reverse, samplers, seeds
from nnanim.stories.diffusion.runs import Runs
from nnanim.stories.diffusion.steering import guidance, looks, style
from nnanim.trace import Trace


def denoising(runs: Runs) -> Iterator[Beat]:
    """From noise to a picture, with one seed and with others."""
    yield reverse(runs)
    yield from seeds(runs)


def steering(runs: Runs) -> Iterator[Beat]:
    """What the words do."""
    yield from style(runs)
    yield from looks(runs)
    yield from guidance(runs)


NAMES: dict[str, Callable[[Runs], Iterator[Beat]]] = {
    "forward": forward,
    "noise": first_noise,
    "painting": denoising,
    "samplers": samplers,
    "words": steering,
    "machine": machine,
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
    yield from join_beats(_whole(Runs(trace.check())))


def _whole(runs: Runs) -> Iterator[Beat]:
    yield question(runs)
    for tell in NAMES.values():
        yield from tell(runs)
    yield from answer(runs)


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
    yield from join_beats(beats)


def join_beats(beats: Iterable[Beat]) -> Iterator[Beat]:
    """Beats of which some are left out: what would come out of a mark that is not there simply enters."""
    before: Beat | None = None
    for beat in beats:
        if before is not None:
            there, here = before.by_key, beat.by_key
            born = {
                key: one
                for key, one in beat.born.items()
                if key not in there and (one.key in there or one.key in here)
            }
            gathers = {key: into for key, into in beat.gathers.items() if key in there and key not in here}
            beat = replace(beat, born=born, gathers=gathers)
        yield beat
        before = beat
