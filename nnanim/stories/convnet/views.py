"""The runs of a convolutional network, as marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nnanim import words
from nnanim.errors import UserError
from nnanim.marks import Bars, Column, Grid, Picture, Row, round_up
from nnanim.marks.content import Floats
from nnanim.structure.windows import Convolution, Window, convolution, pooling
from nnanim.trace import Trace
from nnanim.words import Words, fill

AT_REST, MOVED = 0, 1
"""Places of the two pictures in the trace."""

LAYERS = ("first", "first_activation", "first_pool", "second", "second_activation", "second_pool")
"""Names of the layers in the trace, from the picture to what the last, dense layer reads."""

PICTURE: Words = {"en": "picture", "ja": "画像"}
MOVED_PICTURE: Words = {"en": "moved", "ja": "ずらした画像"}
SECOND: Words = {"en": "second layer", "ja": "2 層目"}
KERNEL: Words = {"en": "kernel", "ja": "カーネル"}


@dataclass(frozen=True)
class ConvNetView:
    """The runs, as the story shows them.

    Attributes:
        trace: of the picture and the moved picture.
        classes: names of the outputs.
    """

    trace: Trace
    classes: tuple[Words, ...]

    def values(self, layer: str, sample: int = AT_REST) -> Floats:
        """(maps, rows, columns) what a layer gives."""
        return np.asarray(self.trace[layer][sample], dtype=float)

    @cached_property
    def one(self) -> int:
        """The map of the first layer that is told: the brightest."""
        return int(np.abs(self.values("first_activation")).mean(axis=(1, 2)).argmax())

    @cached_property
    def other(self) -> int:
        """The map of the second layer that is told: the brightest."""
        return int(np.abs(self.values("second_activation")).mean(axis=(1, 2)).argmax())

    def find_convolution(self, layer: str, out: int) -> Convolution:
        """How one map of a layer came about.

        Raises:
            UserError: no window explains it.
        """
        found = convolution(self.trace, layer, AT_REST, out)
        if found is None:
            raise UserError(f"convnet(): what {layer!r} gives is not what a kernel gives that wanders")
        return found

    @cached_property
    def pool(self) -> Window:
        """How the first pooling moved.

        Raises:
            UserError: no window explains it.
        """
        before, after = (self.values(name)[self.one] for name in ("first_activation", "first_pool"))
        found = pooling("max", before, after)
        if found is None:
            raise UserError("convnet(): 'first_pool' gives not the largest of the cells under a window")
        return found

    def picture(self, sample: int = AT_REST) -> Picture:
        """A picture with its zeros around it."""
        window = self.find_convolution("first", self.one).window
        key, label = ("moved", MOVED_PICTURE) if sample == MOVED else ("picture", PICTURE)
        return Picture(window.pad(self.values("input", sample)[0]), key=key, label=label, means=words.pixel)

    def kernel(self, out: int, written: bool = False) -> Grid:
        """A kernel of the first layer."""
        held = np.asarray(self.trace.parameters["first.weight"], dtype=float)
        return Grid(
            held[out, 0], key=f"kernel-{out}", limit=round_up(float(np.abs(held).max())), means=words.weight,
            digits=2 if written else None, label=KERNEL if written else None,
        )  # fmt: skip

    def map(
        self,
        layer: str,
        out: int,
        key: str,
        label: Words | None = None,
        sample: int = AT_REST,
        pad: int = 0,
    ) -> Picture:
        """A map of a layer; a layer and its pooling share one scale."""
        stage = layer.partition("_")[0]
        limit = round_up(float(np.abs(np.asarray(self.trace[stage], dtype=float)).max()))
        return Picture(
            np.pad(self.values(layer, sample)[out], pad), key=key, low=-limit, high=limit, colors="diverging",
            means=SECOND if stage == "second" else words.value, label=label,
        )  # fmt: skip

    def shares(self, sample: int) -> Floats:
        """(classes,) the answer to a picture."""
        return np.asarray(self.trace["output"][sample], dtype=float)

    def bars(self, sample: int) -> Bars:
        """The probability of each class."""
        shares = self.shares(sample)
        return Bars(
            shares, self.classes, key="classes", limit=1.0, percent=True, highlight=(int(shares.argmax()),),
            label=words.probability,
        )  # fmt: skip


def number_map(name: Words, out: int, of: int) -> Words:
    """The name of one of several maps."""
    assert not isinstance(name, str)
    return fill(
        {"en": f"{name['en']} {{n}} of {{of}}", "ja": f"{name['ja']} {{n}}／{{of}}"}, n=out + 1, of=of
    )


def block(pictures: Sequence[Picture | Grid], across: int, gap: float = 0.2) -> Column:
    """Pictures in lines of ``across``."""
    lines = [Row(*pictures[i : i + across], gap=gap) for i in range(0, len(pictures), across)]
    return Column(*lines, gap=gap)
