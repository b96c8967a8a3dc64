"""The story of the caption loop: picture, sentence, picture, …, until it repeats.

It opens with a question: will it ever stop? What a class remembers is the mushroom that, upside down, is the
tree from which it all came: the ring closes before their eyes, and then it turns. It never stops, and it can
only go round, for there are only so many sentences. How a sentence becomes a picture at all is the next film:
diffusion.

``loop`` tells it of several runs, or of one that was read from a folder: what a run lacks is left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from nnanim.beats import Beat
from nnanim.stories.loop.drift import drift
from nnanim.stories.loop.rows import starts
from nnanim.stories.loop.run import Later, LoopRun
from nnanim.stories.loop.serialize import LoopRuns, pack, unpack
from nnanim.stories.loop.strip import end, forever, strip
from nnanim.stories.loop.turn import one_turn
from nnanim.stories.loop.twins import twins
from nnanim.stories.loop.watch import watch

__all__ = ["Later", "LoopRun", "LoopRuns", "loop", "pack", "unpack", "watch"]


def loop(runs: LoopRuns) -> Iterator[Beat]:
    """One turn, the strip, the drift, the end; then twins and other starts, where there are any."""
    run = runs.main
    yield from one_turn(run)
    if run.last:
        yield from strip(run)
        yield from drift(run)
        yield end(run)
    if run.kind == "cycle":
        yield forever(run)
    yield from twins(run, runs.twins)
    if runs.others:
        yield starts([run, *runs.others])
