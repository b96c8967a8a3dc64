"""Dreams of neurons: what the film of the microscope shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnanim.errors import UserError
from nnanim.marks import Curve, Picture, Table, round_up
from nnanim.marks.content import Floats
from nnanim.motions import Playback
from nnanim.trace import Trace
from nnanim.words import Words

ACROSS = 4
"""Pictures in a row of a wall."""

TREE = {"en": "a picture", "ja": "画像"}
STEP = {"en": "step", "ja": "ステップ"}


@dataclass(frozen=True)
class Dreams:
    """What `nnanim.steering.dream_trace.trace_dreams` recorded for this film.

    Attributes:
        trace: dreams ``look`` (of the picture, before its first step), ``climb`` and ``bare`` (of one
            channel, with and without a shaken view), ``wall-0`` to ``wall-2``, ``words``, ``star``,
            ``layer``; and ``map`` (rows, columns) of the channel on the picture, ``judged`` (n, classes) what
            the judge says of ``words``, ``wanted`` (n,) the classes that were wished for.
        unit: number of the channel.
        names: of what was wished for.
        wish: the sentence that the picture is given.
    """

    trace: Trace
    unit: int
    names: Sequence[Words]
    wish: Words

    def __post_init__(self) -> None:
        if len(self.trace["wanted"]) != len(self.names):
            raise UserError(f"{len(self.names)} names for {len(self.trace['wanted'])} wishes")

    def picture(self, dream: str, step: int = -1, sample: int = 0) -> Floats:
        """(height, width, 3) pixels of a dream at a step."""
        return np.asarray(self.trace[f"{dream}.pictures"][step, sample], dtype=float)

    def value(self, dream: str, step: int = -1) -> float:
        """What was climbed, at a step."""
        return float(self.trace[f"{dream}.values"][step, 0])

    @property
    def right(self) -> int:
        """In how many pictures of ``words`` the judge sees the thing that was wished for."""
        return int((self.trace["judged"].argmax(axis=1) == self.trace["wanted"]).sum())


def draw_tree(dreams: Dreams, label: Words = "") -> Picture:
    """The picture that is dreamt upon."""
    return Picture(dreams.picture("look", 0), key="tree", label=label)


def plot_climb(dreams: Dreams, dream: str, name: Words, drawn: int) -> Curve:
    """What was climbed, step by step."""
    values = np.asarray(dreams.trace[f"{dream}.values"][:, 0], dtype=float)
    low = float(values.min())
    return Curve(
        np.arange(float(len(values))), values, key="curve", x_name=STEP, y_name=name, drawn=drawn, aspect=1.3,
        x_limits=(0, len(values) - 1), y_limits=(-round_up(-low) if low < 0 else 0, round_up(values.max())),
    )  # fmt: skip


def walk(dreams: Dreams, dream: str, key: str, name: Words, label: Words = "") -> Playback:
    """A picture and its curve, step by step."""
    count = len(dreams.trace[f"{dream}.pictures"])
    return Playback(
        {
            key: [Picture(dreams.picture(dream, step), key=key, label=label) for step in range(count)],
            "curve": [plot_climb(dreams, dream, name, step + 1) for step in range(count)],
        },
        seconds=5.0,
    )


def build_wall(dreams: Dreams, dream: str, names: Sequence[Words] = ()) -> Table:
    """Several dreams, in rows."""
    count = dreams.trace[f"{dream}.pictures"].shape[1]
    return Table(
        *(
            Picture(
                dreams.picture(dream, sample=at), key=f"wall-{at}", label=names[at] if names else ""
            )
            for at in range(count)
        ),
        cells=[divmod(at, ACROSS) for at in range(count)],
        gap=0.25,
        scale=1.6,
    )  # fmt: skip


DREAM = {"en": "its dream", "ja": "夢"}
