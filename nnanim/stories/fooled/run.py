"""Three CLIPs that were climbed: what the film of the fooled CLIP shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Curve, Mark, Picture, Row, Table, round_up
from nnanim.marks.content import Floats
from nnanim.motions import Playback
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import number

GUIDES = ("clip", "clip-robust", "clip-guide")
PLAIN, ROBUST, GUIDE = GUIDES
NAMES = {
    PLAIN: {"en": "plain CLIP", "ja": "ふつうの CLIP"},
    ROBUST: {"en": "CLIP with nudges", "ja": "ずらしで学習"},
    GUIDE: {"en": "CLIP with dreams", "ja": "夢でも学習"},
}
ACROSS = 4
"""Pictures in a row of a wall."""

STEP = {"en": "step", "ja": "ステップ"}
COSINE = {"en": "cosine", "ja": "コサイン"}
LINES = ({"en": "its dream", "ja": "夢"}, {"en": "real pictures", "ja": "本物の画像"})
SLOPE = {"en": "slope", "ja": "傾き"}
REAL = {"en": "real", "ja": "本物"}
WRITTEN = {"en": "{a}: {v}", "ja": "{a}：{v}"}


@dataclass(frozen=True)
class Climbers:
    """What `nnanim.training.fooled.record_fooled` recorded.

    Attributes:
        trace: the recording.
        hero: index of the wish that is looked at.
        wish: its sentence.
        names: of the classes that the judge knows.
    """

    trace: Trace
    hero: int
    wish: Words
    names: Sequence[Words]

    def __post_init__(self) -> None:
        classes = self.trace[f"{PLAIN}.judged"].shape[1]
        if not len(self.names) <= classes <= len(self.names) + 1:
            raise UserError(f"{len(self.names)} names for {classes} classes")

    @property
    def thing(self) -> Words:
        """Name of what was wished for."""
        return self.names[int(self.trace["wanted"][self.hero])]

    def picture(self, name: str, *index: int) -> Floats:
        """(height, width, 3) pixels."""
        return np.asarray(self.trace[name][index], dtype=float)

    def real(self, guide: str) -> float:
        """Mean cosine of the real pictures of the wish."""
        return float(self.trace[f"{guide}.real"][self.hero].mean())

    def dream(self, guide: str, step: int = -1) -> float:
        """Cosine of the dream at a step."""
        return float(self.trace[f"{guide}.values"][step, self.hero])

    def right(self, guide: str) -> int:
        """In how many dreams the judge sees the thing that was wished for."""
        return int((self.trace[f"{guide}.judged"].argmax(axis=1) == self.trace["wanted"]).sum())

    def mean(self, name: str) -> float:
        """Mean of some recorded values."""
        return float(self.trace[name].mean())


def label_value(what: Words, value: float) -> Words:
    """Something and its number."""
    return fill(WRITTEN, a=what, v=number(value))


def draw_real(runs: Climbers, at: int = 0, label: Words = "") -> Picture:
    """One of the real pictures of the wish."""
    return Picture(runs.picture("real", at), key=f"real-{at}", label=label)


def show_climb(runs: Climbers, guide: str, says: Words, name: str, source: str) -> Beat:
    """A dream and its curve, beside the line of real pictures."""
    values = np.asarray(runs.trace[f"{guide}.values"][:, runs.hero], dtype=float)
    lines = np.stack([values, np.full(len(values), runs.real(guide))])
    low = float(values.min())
    limits = (-round_up(-low) if low < 0 else 0.0, round_up(float(lines.max())))
    states: dict[str, Sequence[Mark]] = {
        f"dream-{guide}": [
            Picture(runs.picture(f"{guide}.hero", step), key=f"dream-{guide}") for step in range(len(values))
        ],
        f"curve-{guide}": [
            Curve(
                np.arange(float(len(values))), lines, key=f"curve-{guide}", names=LINES, x_name=STEP,
                y_name=COSINE,
                x_limits=(0, len(values) - 1), y_limits=limits, drawn=step + 1, aspect=1.3,
            )
            for step in range(len(values))
        ],
    }  # fmt: skip
    return Beat(
        says,
        Row(*(marks[-1] for marks in states.values()), gap=0.8, scale=1.3),
        motion=Playback(states, seconds=5.0),
        id=name,
        born={f"dream-{guide}": From(source), f"curve-{guide}": From(f"dream-{guide}")},
    )


def draw_dream(runs: Climbers, guide: str, label: Words = "") -> Picture:
    """The last picture of a climb."""
    return Picture(runs.picture(f"{guide}.hero", -1), key=f"dream-{guide}", label=label)


def draw_slope(runs: Climbers, guide: str, label: Words) -> Picture:
    """How each pixel of a real picture matters, the three colours added up, over the largest."""
    slope = runs.picture(f"{guide}.slope").sum(axis=2)
    return Picture(
        slope / float(np.abs(slope).max()), low=-1, colors="diverging", key=f"slope-{guide}", label=label,
        means=SLOPE,
    )  # fmt: skip


def build_wall(pictures: Sequence[Picture]) -> Table:
    """Pictures in rows."""
    return Table(*pictures, cells=[divmod(at, ACROSS) for at in range(len(pictures))], gap=0.2)
