"""Marks of a network: neurons, the wires between them, blocks and links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from nnanim.marks.base import Floats, Mark
from nnanim.words import Words


@dataclass(frozen=True, eq=False)
class Units(Mark):
    """A column of neurons, coloured by their values.

    Attributes:
        values: (n,) one value a neuron.
        names: words beside each neuron, or none; they stand on ``side``.
        limit: the largest |value| of the colour scale; by default from the values.
        lit: whether each value is known yet; an unlit neuron is an empty ring.
        numbers: whether the values are written into the neurons.
        highlight: indices of neurons that are ringed.
        shown, of: which neurons of how many these are, where not all of them are here.
    """

    values: Floats
    names: tuple[Words, ...] = ()
    limit: float | None = None
    lit: bool | tuple[bool, ...] = True
    numbers: bool = True
    digits: int = 2
    side: str = "left"
    highlight: tuple[int, ...] = ()
    shown: tuple[int, ...] = ()
    of: int | None = None

    def __post_init__(self) -> None:
        values = self._numbers(self.values, "values", 1)
        count = len(values)
        if not count:
            raise self._error("there are no values")
        lit = (self.lit,) * count if isinstance(self.lit, bool) else self._per(self.lit, count, "lit")
        if self.side not in ("left", "right"):
            raise self._error(f"side={self.side!r}; 'left' or 'right' wanted")
        for index in self.highlight:
            if not 0 <= index < count:
                raise self._error(f"highlight {index} for {count} values")
        self._set(
            values=values,
            highlight=tuple(int(i) for i in self.highlight),
            lit=tuple(map(bool, lit)),
            names=self._per(self.names, count, "names"),
            limit=self._within(values, self.limit),
            of=count if self.of is None else self.of,
            shown=tuple(int(i) for i in self._per(self.shown, count, "shown")) or tuple(range(count)),
        )

    @classmethod
    def top(cls, values: npt.ArrayLike, most: int = 8, **options: Any) -> Units:
        """The ``most`` neurons of the largest |value|, in their order, saying how many there are.

        Args:
            values: (n,) all values.
            most: how many are shown at the most.
            options: fields of Units; ``names`` are those of all n.
        """
        array = np.asarray(values, dtype=float)
        order = np.sort(np.argsort(-np.abs(array), kind="stable")[:most])
        if names := options.pop("names", ()):
            options["names"] = tuple(names[i] for i in order)
        return cls(array[order], shown=tuple(int(i) for i in order), of=len(array), **options)


@dataclass(frozen=True, eq=False)
class Wires(Mark):
    """The weights between two columns of neurons: width is the size, colour the sign.

    Attributes:
        weights: (out, in) as in ``torch.nn.Linear``, for the units shown.
        source, target: the Units (or their keys) that the wires join.
        limit: the largest |weight| of the width scale; by default from the weights.
        numbers: whether each weight is written on its wire.
    """

    weights: Floats
    source: str | Units
    target: str | Units
    limit: float | None = None
    numbers: bool = False
    layer: ClassVar[int] = 0

    def __post_init__(self) -> None:
        weights = self._numbers(self.weights, "weights", 2)
        for end, axis in (("source", 1), ("target", 0)):
            units = getattr(self, end)
            if isinstance(units, Units) and len(units.values) != weights.shape[axis]:
                raise self._error(
                    f"weights {weights.shape} (out, in) "
                    f"for {len(units.values)} neurons in {end} {units.key!r}"
                )
            self._set(**{end: key_of(units)})
        self._set(weights=weights, limit=self._within(weights, self.limit))

    @property
    def ties(self) -> tuple[str, ...]:
        """The two columns of neurons."""
        return str(self.source), str(self.target)


@dataclass(frozen=True, eq=False)
class Block(Mark):
    """A part of a network that is not drawn out: a box with its name.

    Attributes:
        name: what it is; detail: its size or shape, in small print.
        role: colour of its rim.
        value: how strongly it is lit, 0..1.
    """

    name: Words
    detail: Words = ""
    role: str = "outline"
    value: float = 0.0

    def __post_init__(self) -> None:
        value = float(self._numbers(self.value, "value", 0))
        if not 0 <= value <= 1:
            raise self._error(f"value {value:g} lies outside 0..1")
        self._set(value=value)


@dataclass(frozen=True, eq=False)
class Link(Mark):
    """An arrow from one mark to another.

    Attributes:
        source, target: the marks, or their keys.
        name: words on the arrow.
        bend: how far it bows, as a share of its length; positive bows to the left of its direction.
        width: line width relative to the normal one.
        square: whether it runs in right angles, from the right side of its source along the height of its own
            place in the arrangement to the left side of its target.
        late: whether a square link turns right before its target instead, and leaves its source straight on.
    """

    source: str | Mark
    target: str | Mark
    name: Words = ""
    role: str = "dimmed"
    bend: float = 0.0
    width: float = 1.0
    square: bool = False
    late: bool = False
    layer: ClassVar[int] = 0

    def __post_init__(self) -> None:
        if self.square and self.bend:
            raise self._error(f"bend={self.bend:g} of a square link; one of the two")
        self._set(source=key_of(self.source), target=key_of(self.target))

    @property
    def ties(self) -> tuple[str, ...]:
        """The two marks that it joins."""
        return str(self.source), str(self.target)


def key_of(end: str | Mark) -> str:
    """The key of a mark; a key is itself."""
    return end.key if isinstance(end, Mark) else end
