"""The runs of a dense network that reads pictures, as the story shows them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from nnanim import words
from nnanim.marks import Bars, Column, Formula, Grid, Row, Text, Units, Wires, round_up
from nnanim.marks.content import Floats
from nnanim.stories.equations import Term, equation
from nnanim.trace import Trace
from nnanim.words import Words, fill

MAX_NEURONS, ABREAST = 10, 5
"""Maximum number of hidden neurons that are shown, and of those whose weights stand in one line."""

AT_REST, MOVED = 0, 1
"""Places of the two pictures in the trace."""

PICTURE: Words = {"en": "picture", "ja": "画像"}
MOVED_PICTURE: Words = {"en": "moved", "ja": "ずらした画像"}
WEIGHTS: Words = {"en": "its weights", "ja": "重み"}
ABOVE: Words = {"en": "above 0", "ja": "正の積"}
BELOW: Words = {"en": "below 0", "ja": "負の積"}


@dataclass(frozen=True)
class ClassifierView:
    """The runs, as the story shows them.

    Attributes:
        trace: of the picture and the moved picture.
        along: of the moved picture, with moved weights.
        shape: (rows, columns) of a picture.
        classes: names of the outputs.
        truth: index of the true class, or None.
        thing: what an output stands for.
    """

    trace: Trace
    along: Trace
    shape: tuple[int, int]
    classes: tuple[Words, ...]
    truth: int | None
    thing: Words = ""

    @property
    def is_turned(self) -> bool:
        """Whether the same shape gets another answer when it moves; what leaves the picture changes it."""
        before, after = np.asarray(self.trace["output"]).argmax(axis=1)
        at_rest, moved = (float(self.pixels(sample).sum()) for sample in (AT_REST, MOVED))
        return bool(before != after and np.isclose(at_rest, moved, rtol=1e-5))

    @cached_property
    def one(self) -> int:
        """The hidden neuron that is told: the one whose value falls most when the picture moves."""
        values = self.trace["hidden_activation"]
        return int((values[AT_REST] - values[MOVED]).argmax())

    @cached_property
    def shown_neurons(self) -> list[int]:
        """The hidden neurons that are shown: those of the largest values in any of the two pictures."""
        largest = self.trace["hidden_activation"].max(axis=0)
        return sorted(np.argsort(-largest, kind="stable")[:MAX_NEURONS].tolist())

    def pixels(self, sample: int) -> Floats:
        """(rows, columns) ink of a picture."""
        return np.asarray(self.trace["input"][sample], dtype=float).reshape(self.shape)

    def weights(self, moved: bool = False) -> Floats:
        """(neurons, rows, columns) the weights of the hidden neurons."""
        held = (self.along if moved else self.trace).parameters["hidden.weight"]
        return np.asarray(held, dtype=float).reshape(-1, *self.shape)

    def picture(self, sample: int = AT_REST, digits: int | None = None) -> Grid:
        """A picture, with its numbers or without."""
        limit = round_up(float(self.trace["input"].max()) or 1.0)
        key, label = ("moved", MOVED_PICTURE) if sample == MOVED else ("picture", PICTURE)
        return Grid(
            self.pixels(sample), key=key, limit=limit, digits=digits, role="grey",
            means=words.pixel, label=label if digits is None else None,
        )  # fmt: skip

    def pattern(self, neuron: int, label: Words | None = None, moved: bool = False) -> Grid:
        """The weights of a hidden neuron, each in the place of its pixel."""
        limit = round_up(float(np.abs(self.weights()).max()))
        return Grid(
            self.weights(moved)[neuron], key=f"w{neuron}", limit=limit, means=words.weight, label=label,
        )  # fmt: skip

    def patterns(self, moved: bool = False) -> Column:
        """The weights of all hidden neurons."""
        every, count = (
            [self.pattern(neuron, moved=moved) for neuron in self.shown_neurons],
            len(self.weights()),
        )
        lines = [Row(*every[i : i + ABREAST], gap=0.3) for i in range(0, len(every), ABREAST)]
        cut = fill({"en": "{n} of {of} shown", "ja": "{of} 個のうち {n} 個"}, n=len(every), of=count)
        note = Text(cut, key="cut", size="small", role="dimmed")
        return Column(*lines, *([note] if len(every) < count else []), gap=0.3)

    def products(self, sample: int) -> Grid:
        """Pixel times weight, place by place, of the neuron that is told."""
        values = [self.pixels(one) * self.weights()[self.one] for one in (AT_REST, MOVED)]
        limit = round_up(max(float(np.abs(one).max()) for one in values))
        return Grid(values[sample], key="products", limit=limit, means=words.product, label=words.product)

    def total(self, sample: int) -> float:
        """The sum of the neuron that is told."""
        return float(self.trace["hidden"][sample, self.one])

    def equation(self, sample: int) -> Formula:
        """The sum of the neuron that is told: what is above 0, what is below, and the bias."""
        products = self.pixels(sample) * self.weights()[self.one]
        terms = [
            Term(float(np.maximum(products, 0).sum()), "positive", ABOVE),
            Term(float(np.minimum(products, 0).sum()), "negative", BELOW),
            Term(float(self.trace.parameters["hidden.bias"][self.one]), below=words.bias),
        ]
        return Formula(equation(terms, self.total(sample)), key="sum")

    def bars(self, shares: Floats) -> Bars:
        """The probability of each class."""
        return Bars(
            shares, self.classes, key="classes", limit=1.0, percent=True, highlight=(int(shares.argmax()),),
            label=words.probability,
        )  # fmt: skip

    def shares(self, sample: int) -> Floats:
        """(classes,) the answer to a picture."""
        return np.asarray(self.trace["output"][sample], dtype=float)

    @property
    def shares_along(self) -> Floats:
        """(classes,) the answer to the moved picture, with moved weights."""
        return np.asarray(self.along["output"][0], dtype=float)

    def network(self) -> tuple[Units, Wires, Units]:
        """The hidden neurons that are shown, their wires, and the sums of the outputs."""
        found = self.trace
        limit = round_up(max(float(np.abs(found[name]).max()) for name in ("hidden_activation", "answer")))
        shared: dict[str, Any] = {"limit": limit, "numbers": False, "means": words.value}
        hidden = Units(
            found["hidden_activation"][AT_REST][self.shown_neurons],
            shown=tuple(self.shown_neurons),
            of=len(self.weights()),
            key="hidden",
            label=words.hidden_layer,
            **shared,
        )
        outputs = Units(
            found["answer"][AT_REST],
            self.classes,
            key="outputs",
            side="right",
            label=words.output_layer,
            **shared,
        )
        weights = found.parameters["answer.weight"][:, self.shown_neurons]
        return hidden, Wires(weights, hidden, outputs, key="wires"), outputs
