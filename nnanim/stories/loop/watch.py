"""A run as it goes on: every round is shown when it is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nnanim.beats import Beat
from nnanim.marks import Row
from nnanim.stories.loop.run import LoopRun
from nnanim.stories.loop.strip import ABREAST, end, entry, seen_as
from nnanim.stories.loop.turn import next_out_of


def watch(runs: Iterable[LoopRun]) -> Iterator[Beat]:
    """The newest rounds side by side, the latest born out of the one before; then how the run ended.

    Args:
        runs: the run as far as it has come, after each round.
    """
    for run in runs:
        numbers = range(max(run.last + 1 - ABREAST, 0), run.last + 1)
        yield Beat(
            seen_as(run, run.last),
            Row(*(entry(run, number, told=True) for number in numbers), gap=0.35),
            id=f"round-{run.last}",
            born=next_out_of(run, run.last) if run.last else {},
        )
        if run.kind:
            yield end(run)
