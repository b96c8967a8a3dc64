"""What films of steered pictures share: a recorded run, its curve beside real ones, the judge's shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nnanim import words
from nnanim.errors import UserError
from nnanim.marks import Bars, Curve, round_up
from nnanim.marks.content import Floats
from nnanim.trace import Trace
from nnanim.words import Words

COSINE = {"en": "cosine", "ja": "コサイン"}
REAL = {"en": "real pictures", "ja": "本物の画像"}
STEERED = {"en": "the steered one", "ja": "動かした画像"}
SHARES = {"en": "right, by the judge", "ja": "審査での正解率"}
ATTRIBUTES: Mapping[str, Words] = {
    "thing": {"en": "thing", "ja": "物"},
    "colour": {"en": "colour", "ja": "色"},
    "background": {"en": "background", "ja": "背景"},
    "style": {"en": "style", "ja": "画風"},
}


@dataclass(frozen=True)
class SteeredRun:
    """A picture that was steered towards a sentence.

    Attributes:
        trace: the recording; where there is a curve, it has ``cosine`` (steps + 1,) and ``real``, the mean
            cosine of real pictures.
        prompt: the sentence.
    """

    trace: Trace
    prompt: Words

    def array(self, name: str) -> Floats:
        """An array of the trace."""
        return np.asarray(self.trace[name], dtype=float)

    @property
    def steps(self) -> int:
        """How many steps were made."""
        return len(self.trace["cosine"]) - 1

    def choose_steps(self, every: int) -> list[int]:
        """Each of so many steps, the last among them."""
        return [*range(0, self.steps, every), self.steps]

    def plot_cosine(self, drawn: int, name: str = "cosine", key: str = "curve") -> Curve:
        """The first values of a cosine, beside the line of real pictures."""
        cosine, real = self.array(name), float(self.array("real"))
        low, high = min(float(cosine.min()), 0.0), max(float(cosine.max()), real)
        return Curve(
            np.arange(len(cosine), dtype=float), np.vstack([cosine, np.full(len(cosine), real)]),
            names=(STEERED, REAL), key=key, drawn=drawn, x_name=words.step, y_name=COSINE,
            x_limits=(0.0, float(len(cosine) - 1)),
            y_limits=(-round_up(-low) if low < 0 else 0.0, round_up(high)), aspect=1.4,
        )  # fmt: skip


@dataclass(frozen=True)
class JudgedRun(SteeredRun):
    """A steered picture, and what a judge says of it and of others like it.

    Attributes:
        things: names of what the judge knows, in its order.
        wanted: index of the thing that was asked for.
        shares: of `ATTRIBUTES`, the share of steered pictures in which the judge sees what was asked for.
        pictures: of how many.
    """

    JUDGED: ClassVar[str] = "judge"

    things: Sequence[Words]
    wanted: int
    shares: Mapping[str, float]
    pictures: int

    def __post_init__(self) -> None:
        if len(self.things) != len(self.trace[self.JUDGED]):
            raise UserError(f"{len(self.things)} names for {len(self.trace[self.JUDGED])} things")
        if missing := [name for name in ATTRIBUTES if name not in self.shares]:
            raise UserError(f"no share of {missing[0]!r} is given")

    def plot_shares(self) -> Bars:
        """The shares, a bar each."""
        values = np.array([self.shares[name] for name in ATTRIBUTES])
        return Bars(values, tuple(ATTRIBUTES.values()), key="shares", limit=1.0, percent=True, label=SHARES)
