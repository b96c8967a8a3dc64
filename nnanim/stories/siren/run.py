"""The run that the film of SIREN tells of, and the words on its stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnanim.errors import UserError
from nnanim.marks import Picture
from nnanim.marks.content import Floats
from nnanim.trace import Trace
from nnanim.words import Words

COLOURS: tuple[Words, ...] = (
    {"en": "red", "ja": "赤"}, {"en": "green", "ja": "緑"}, {"en": "blue", "ja": "青"},
)  # fmt: skip
VALUE = {"en": "{name}: {v:.2f}", "ja": "{name} {v:.2f}"}
SINES = {"en": "{n} sines", "ja": "サイン {n} 個"}
SIDE = {"en": "{n} × {n}", "ja": "{n} × {n}"}
WAVE = {"en": "what a neuron gives", "ja": "ニューロンの出力"}
PLACE = {"en": "place", "ja": "場所"}
SLOPE = {"en": "slope of the cosine", "ja": "コサインの勾配"}
MORE = {"en": "more {c}?", "ja": "{c}を増やす？"}
COSINE = {"en": "cosine", "ja": "コサイン"}
REAL = {"en": "real pictures", "ja": "本物の画像"}
STEERED = {"en": "this one", "ja": "この画像"}
SHARES = {"en": "right, by the judge", "ja": "審査での正解率"}
PIXELS = {"en": "its pixels", "ja": "画素"}
BETWEEN = {"en": "the network, asked between them", "ja": "画素のあいだもネットワークに聞く"}
ATTRIBUTES: Mapping[str, Words] = {
    "thing": {"en": "thing", "ja": "物"},
    "colour": {"en": "colour", "ja": "色"},
    "background": {"en": "background", "ja": "背景"},
    "style": {"en": "style", "ja": "画風"},
}


@dataclass(frozen=True)
class SteeredSiren:
    """A network of sines that words steered, and what is said of it.

    Attributes:
        trace: of `nnanim.steering.record_siren.record_siren`.
        prompt: the sentence.
        pixel: row and column of the place that is followed.
        window: first row, first column and height of the part that is painted finer.
        things: names of what the judge knows, in its order.
        wanted: index of the thing that was asked for.
        shares: of `ATTRIBUTES`, the share of steered pictures in which the judge sees what was asked for.
        pictures: of how many.
    """

    trace: Trace
    prompt: str
    pixel: tuple[int, int]
    window: tuple[int, int, int]
    things: Sequence[Words]
    wanted: int
    shares: Mapping[str, float]
    pictures: int

    def __post_init__(self) -> None:
        if len(self.things) != len(self.trace["judge"]):
            raise UserError(f"{len(self.things)} names for {len(self.trace['judge'])} things")
        if missing := [name for name in ATTRIBUTES if name not in self.shares]:
            raise UserError(f"no share of {missing[0]!r} is given")

    def array(self, name: str) -> Floats:
        """An array of the trace."""
        return np.asarray(self.trace[name], dtype=float)

    @property
    def layers(self) -> int:
        """How many layers the network has, the colours' among them."""
        return sum(name.startswith("weights.") for name in self.trace)

    @property
    def count(self) -> int:
        """Number of its weights and biases."""
        sizes = [self.trace[f"weights.{k}"].shape for k in range(self.layers)]
        return sum(rows * columns + rows for rows, columns in sizes)

    def picture(self, at: int, label: Words | None = None) -> Picture:
        """The picture after some steps."""
        return Picture(self.array("steered")[at], key="picture", label=label)
