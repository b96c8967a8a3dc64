"""The run that the film of SIREN tells of, and the words on its stage."""

from __future__ import annotations

from dataclasses import dataclass

from nnanim.marks import Picture
from nnanim.stories.steered import JudgedRun
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
PIXELS = {"en": "its pixels", "ja": "画素"}
BETWEEN = {"en": "the network, asked between them", "ja": "画素のあいだもネットワークに聞く"}


@dataclass(frozen=True)
class SteeredSiren(JudgedRun):
    """A network of sines that words steered, and what is said of it.

    Attributes:
        trace: of `nnanim.steering.record_siren.record_siren`.
        pixel: row and column of the place that is followed.
        window: first row, first column and height of the part that is painted finer.
    """

    pixel: tuple[int, int]
    window: tuple[int, int, int]

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
