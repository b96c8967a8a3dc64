"""How long the shipped models take on one core: ``python -m nnanim.training.speed``.

Seconds of one core, the least of some tries, imports apart; it fails when one takes longer than its bar.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from nnanim import models
from nnanim.data import captions
from nnanim.errors import UserError
from nnanim.models.painter import Painter
from nnanim.terminal import run_main
from nnanim.training.pictures import batch

LOAD, PICTURE, CAPTION = 1.0, 1.0, 0.1  # bars, in seconds
TRIES = 5
TEXT = "a large red cat, on the left, at night, neon"


def seconds(work: Callable[[], object], tries: int = TRIES) -> float:
    """Seconds of one core that ``work`` takes, the least of some tries after one to warm up."""
    work()
    taken = []
    for _ in range(tries):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return min(taken)


def timings(tries: int = TRIES) -> dict[str, tuple[float, float]]:
    """What is done, with the seconds that it takes and the bar."""
    found = {f"load {name}": (seconds(partial(models.load, name), tries), LOAD) for name in models.names()}
    painter, captioner = Painter.load(), models.load("captioner")
    picture, _ = batch(1, np.random.default_rng(0), two=1.0)
    for sampler, steps, bar in (("ddim", 20, PICTURE), ("ddpm", 100, math.inf)):
        painting = partial(painter.paint, [TEXT], [0], steps=steps, sampler=sampler)
        what = f"paint a picture, {steps} steps of {sampler.upper()} with guidance"
        found[what] = seconds(painting, tries), bar
    for language in captions.LANGUAGES:
        captioning = partial(captioner.describe, picture, language)  # type: ignore[arg-type]
        found[f"caption a picture, {language}"] = seconds(captioning, tries), CAPTION
    return found


def main() -> None:
    """Measure, say, and fail when something is too slow."""
    torch.set_num_threads(1)
    found = timings()
    table = Table(box=None)
    for title in ("what", "seconds", "at most"):
        table.add_column(title, justify="left" if title == "what" else "right")
    for what, (taken, bar) in found.items():
        table.add_row(what, f"{taken:.3f}", "" if bar == math.inf else f"{bar:g}")
    Console().print(table)
    if slow := [what for what, (taken, bar) in found.items() if taken > bar]:
        raise UserError(f"too slow: {', '.join(slow)}")


if __name__ == "__main__":
    run_main(main)
