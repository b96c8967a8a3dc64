"""How a value is shown: as neurons, as feature maps, as rows of tokens, or as a block where it is too big."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nnanim import words
from nnanim.marks import (
    Arrangement,
    Block,
    Column,
    Curve,
    Grid,
    Mark,
    Picture,
    Row,
    Text,
    Tokens,
    Units,
    round_up,
)
from nnanim.stories.network.color_limit import shown_limit
from nnanim.stories.network.net import Floats, NetworkView, top
from nnanim.stories.network.pixels import PixelRange, find_pixels
from nnanim.stories.network.signals import MIN_SIGNAL, SMALL, WIDEST, picture_map, plot_signal
from nnanim.stories.network.signals import Scale as Scale
from nnanim.structure.kinds import plain_kind
from nnanim.structure.layers import Layer
from nnanim.structure.titles import as_noun, fill
from nnanim.trace import Operand
from nnanim.words import Words

MAX_TABLE_ROWS = MAX_TABLE_COLUMNS = 16
"""Maximum numbers of rows and columns of a table of tokens that are drawn."""

MIN_TABLE_COLUMNS = 8
"""Columns of a table that stands beside others: about as many as it has rows, but not fewer."""

MAX_WRITTEN = 6
"""Of a table that comes out with no more rows and columns than that, the numbers are written."""

MAX_FRAMES = 6
"""Maximum number of frames of a value of four axes that are drawn."""

PICTURE: Words = {"en": "picture", "ja": "画像"}


def _place(offset: int, _: Sequence[int], strides: Sequence[int]) -> str:
    """Which part of a value is meant, in a key: its first number, and how it is turned, if it is."""
    turned = list(strides) != sorted(strides, reverse=True)
    return f"@{offset}" + (f":{','.join(map(str, strides))}" if turned else "")


@dataclass(frozen=True)
class LayerView:
    """A layer's value, ready to be shown.

    Attributes:
        net, layer: whose value.
        scale: limit and name of its colour scale; by default the layer's.
        name: of the value, where it is not the one that the layer shows.
        heading: whether the layer's name stands above, or what stands there instead.
        named: whether the rows of a table have their names.
        part: what was taken of the value, where it was only a part.
    """

    net: NetworkView
    layer: Layer
    scale: Scale | None = None
    name: str = ""
    heading: bool | Mapping[str, str] = True
    named: bool = True
    part: Operand | None = None

    @property
    def values(self) -> Floats | None:
        """The numbers of the sample; None where they cannot be drawn."""
        if self.part is not None:
            return self.net.part(self.part)
        return self.net.value(self.name or self.layer.output)

    @property
    def title(self) -> Words | None:
        """The layer's name, if it stands above."""
        return (
            self.heading
            if isinstance(self.heading, Mapping)
            else as_noun(self.net.taken_title(self.layer, self.name, self.part))
            if self.heading
            else None
        )

    @property
    def colors(self) -> Scale:
        """Limit and name of the colour scale."""
        return self.scale or (self.net.limit(self.name or self.layer.output), words.value)

    @property
    def key(self) -> str:
        """Key of its mark (of a feature map: followed by the channel)."""
        place = "" if self.part is None or not self.part.view else _place(*self.part.view)
        return f"v:{self.name if self._is_of_call else self.layer.name}{place}"

    @property
    def _is_of_call(self) -> bool:
        """Whether it is another output of the layer's call, or a value from within a known thing."""
        return self.name.startswith(f"{self.layer.name}[") or self.name in self.net.inner_calls

    @property
    def is_other(self) -> bool:
        """Whether it is not the value that the layer shows: another output of its call, or a part."""
        return self.part is not None or self._is_of_call

    @property
    def pixels(self) -> PixelRange | None:
        """How it becomes a picture that goes in or comes out; None where it is none."""
        net, values, enters = self.net, self.values, self.layer.role == "input"
        if values is None or not (enters or self.layer is net.last):
            return None
        return find_pixels(values, net.mean, net.std, enters)

    @property
    def is_image(self) -> bool:
        """Whether it is a picture that goes in or comes out: one channel or three."""
        return self.pixels is not None

    @property
    def is_sheet(self) -> bool:
        """Whether it is an input vector that is a picture."""
        shape = self.net.shape
        return (
            self.layer.role == "input"
            and shape is not None
            and self.net.vector(self.layer).size == shape[0] * shape[1]
        )

    @property
    def is_tokens(self) -> bool:
        """Whether it is of whole numbers, which stand for something: tokens, places, codes."""
        name = self.name or self.layer.output
        if name not in self.net.trace:
            return False
        values, whole = self.values, self.net.trace[name].dtype.kind in "iu"
        return whole and values is not None and values.ndim <= 2

    def chips(self) -> tuple[Arrangement, str]:
        """As chips with their numbers, a line for each row, and the key of the first line."""
        values = self.values
        assert values is not None
        lines = values.astype(int).reshape(-1, values.shape[-1] if values.ndim else 1)
        rows, columns = min(len(lines), MAX_TABLE_ROWS // 2), min(lines.shape[1], MAX_TABLE_COLUMNS)
        keys = [self.key if i == 0 else f"{self.key}:{i}" for i in range(rows)]
        made = [
            Tokens(
                tuple(str(int(one)) for one in line[:columns]), key=key, of=lines.shape[1],
                label=self.title if i == 0 else None,
            )
            for i, (key, line) in enumerate(zip(keys, lines[:rows], strict=True))
        ]  # fmt: skip
        if rows < len(lines):
            return Column(*made, self.note(some(rows, len(lines))), gap=0.2), keys[0]
        return (Column(*made, gap=0.2) if rows > 1 else made[0]), keys[0]

    def units(self, at: npt.NDArray[np.intp] | None = None, lit: bool = True) -> Units:
        """As neurons: those ``at``, by default the largest."""
        net, layer = self.net, self.layer
        values = np.zeros(1) if self.values is None else self.values.ravel()
        chosen = (
            (top(values, net.max_drawn(layer)) if self.is_other else net.drawn_units(layer))
            if at is None
            else at
        )
        named = layer is net.last and len(net.classes) == len(values)
        return Units(
            values[chosen],
            key=self.key,
            label=self.title,
            lit=lit,
            limit=shown_limit(values[chosen], self.colors[0]),
            clips=True,
            means=self.colors[1],
            shown=tuple(int(i) for i in chosen),
            of=len(values),
            side="right" if named else "left",
            names=tuple(net.classes[i] for i in chosen) if named else (),
        )

    def picture(self, channel: int = 0, label: Words | None = None) -> Picture:
        """One feature map, or the picture that goes in, in its colours."""
        values = self.values
        assert values is not None
        key = f"{self.key}:{channel}"
        if (pixels := self.pixels) is not None:
            return pixels.picture(values, key, label)
        limit, means = self.colors
        return Picture(
            values[channel],
            key=key,
            low=-limit,
            high=limit,
            colors="diverging",
            means=means,
            label=label,
            clips=True,
        )

    def maps(self, max_maps: int = 8, across: int = 0) -> Arrangement:
        """Feature maps in one line or two (or ``across`` in each), saying how many there are."""
        values = self.values
        assert values is not None and values.ndim == 3
        if self.is_image or len(values) == 1:
            return self.picture(0, self.title)
        chosen = self.net.channels(self.layer, max_maps)
        pictures = [self.picture(int(c)) for c in chosen]
        across = across or (len(pictures) if len(pictures) < 5 else -(-len(pictures) // 2))
        lines: list[Arrangement] = [
            Row(*pictures[i : i + across], gap=0.25) for i in range(0, len(pictures), across)
        ]
        if self.title is not None:
            which = self.key.removeprefix("v:") if self.is_other else self.layer.name
            lines.insert(0, Text(self.title, key=f"name:{which}", bold=True))
        if len(chosen) < len(values):
            lines.append(self.note(some(len(chosen), len(values))))
        return Column(*lines, gap=0.2)

    def frames(self) -> Arrangement:
        """A value of four axes as pictures in a line: the first map of each of the first frames."""
        values = self.values
        assert values is not None and values.ndim == 4
        limit, means = self.colors
        count = min(len(values), MAX_FRAMES)
        made = [
            Picture(
                values[t, 0], key=f"{self.key}:{t}", low=-limit, high=limit, colors="diverging", means=means,
                label=fill({"en": "frame {n}", "ja": "{n} コマ目"}, n=t + 1),
            )
            for t in range(count)
        ]  # fmt: skip
        notes = []
        if count < len(values):
            notes.append(self.note(some(count, len(values))))
        if values.shape[1] > 1 and not notes:
            said = {"en": "map 1 of {n} of each", "ja": "各コマ {n} 枚中 1 枚目"}
            notes.append(self.note(fill(said, n=values.shape[1])))
        return Column(Row(*made, gap=0.3), *notes, gap=0.2)

    @property
    def is_rows(self) -> bool:
        """Whether it is an input of a few rows of a few numbers, none of them negative."""
        values = self.values
        fits = self.layer.role == "input" and values is not None and values.ndim == 2 and not self.net.tokens
        return bool(
            fits and values is not None and max(values.shape) <= MAX_TABLE_COLUMNS and values.min() >= 0
        )

    @property
    def is_signal(self) -> bool:
        """Whether it is a sound or another signal that goes in: many values in one line or two."""
        values = self.values
        if self.layer.role != "input" or values is None or not values.size:
            return False
        if values.ndim == 1:  # one line of numbers is a signal where a strip of weights wanders along it
            read = (one for one in self.net.layers.values() if self.layer.name in one.inputs)
            return values.size >= MIN_SIGNAL and any(plain_kind(one.kind) == "conv1d" for one in read)
        return values.ndim == 2 and len(values) <= 2 and values.shape[1] >= MIN_SIGNAL

    @property
    def is_map(self) -> bool:
        """Whether it has two axes and is seen as one picture: more than a table holds, as a spectrogram."""
        values = self.values
        if values is None or values.ndim != 2 or self.part is not None or self.is_signal:
            return False
        name, trace = self.name or self.layer.output, self.net.trace
        along = name in trace and trace.axes(name)[-1:] == ("position",)
        wide = max(values.shape) > MAX_TABLE_COLUMNS and min(values.shape) > 2
        return wide and (along or (self.layer.role == "input" and not self.net.tokens))

    def signal(self, aspect: float = WIDEST) -> Curve:
        """A signal as a wave, one line for each channel, all of it."""
        assert self.values is not None
        return plot_signal(np.atleast_2d(self.values), self.key, self.title, aspect)

    def map(self, widest: float = WIDEST) -> Picture:
        """All of a value of two axes, as one picture."""
        assert self.values is not None
        return picture_map(self.values, self.key, self.title, self.colors, widest)

    def table(self, wide: int = MAX_TABLE_COLUMNS) -> Arrangement:
        """A value of two axes (token, unit) as a Grid, cut to what can be seen."""
        values = self.values
        assert values is not None and values.ndim == 2
        rows, columns = min(len(values), MAX_TABLE_ROWS), min(values.shape[1], wide)
        limit, means = self.colors
        named = self.named and len(self.net.token_labels) == len(values)
        names = tuple(self.net.token_labels[:rows]) if named else ()
        grid = Grid(
            values[:rows, :columns],
            key=self.key,
            rows=names,
            limit=limit,
            clips=True,
            means=means,
            label=self.title,
            role="grey" if self.is_rows else "positive",
            of=(len(values), columns),
            digits=self._digits,
        )
        if columns == values.shape[1]:
            return grid
        note = {"en": "columns: {n} of {of} shown", "ja": "{of} 列のうち {n} 列"}
        return Column(grid, self.note(fill(note, n=columns, of=values.shape[1])), gap=0.2, anchor=0)

    @property
    def _digits(self) -> int | None:
        """Decimals in the cells of a small table that comes out; None for none."""
        values = self.values
        few = values is not None and max(values.shape) <= MAX_WRITTEN
        return 2 if few and isinstance(self.heading, Mapping) else None

    def note(self, said: Words) -> Text:
        """Small print below the value."""
        which = self.key.removeprefix("v:") if self.is_other else self.layer.name
        return Text(said, key=f"cut:{which}", size="small", role="dimmed")

    def block(self) -> Block:
        """As a block with its shape, where it cannot be drawn."""
        title = self.net.taken_title(self.layer, self.name, self.part)
        values = self.values if self.is_other else None
        shape = self.layer.size if values is None else " × ".join(map(str, values.shape))
        lost, _, what = self.net.lost_numbers(self.name or self.layer.output)
        return Block(title, f"{shape}: {lost} {what}" if lost else shape, key=self.key)

    def face(
        self, like: Layer | None = None, max_units: int = 4, channel: int | None = None
    ) -> tuple[Arrangement, str]:
        """Small, with the key of the mark that links are tied to.

        Args:
            like: the layer that says which units or channels are shown, where the shapes are the same.
            max_units: maximum number of neurons shown.
            channel: which map is shown; by default the brightest.
        """
        net, layer, values = self.net, self.layer, self.values
        if values is None or values.ndim > 3:
            return self.block(), self.key
        if self.is_sheet:
            return sheet(net, layer), "sheet"
        if self.is_tokens:
            return self.chips()
        if self.is_signal or self.is_map:
            line = self.signal(SMALL) if self.is_signal else self.map(SMALL)
            return line, line.key
        twin = net.output(like) if like is not None else None
        guide = like if like is not None and twin is not None and twin.shape == values.shape else layer
        if values.ndim <= 1:
            own = values.ravel() if self.is_other else net.vector(guide)
            return self.units(top(own, max_units)), self.key
        if values.ndim == 2:
            return self.table(max(MIN_TABLE_COLUMNS, min(len(values), MAX_TABLE_COLUMNS))), self.key
        channel = self._brightest(values, guide) if channel is None else channel
        shown = self.picture(channel, self.title)
        if self.is_image or len(values) == 1:
            return shown, shown.key
        note = {"en": "map {c} of {of}", "ja": "{of} 枚中 {c} 枚目"}
        said = self.note(fill(note, c=channel + 1, of=len(values)))
        return Column(shown, said, gap=0.15, anchor=0), shown.key

    def _brightest(self, values: Floats, guide: Layer) -> int:
        """Which of several maps is shown alone."""
        if self.is_other:
            return int(top(np.abs(values).mean(axis=(1, 2)), 1)[0])
        return 0 if self.is_image else int(self.net.channels(guide, 1)[0])

    def whole(self) -> Arrangement:
        """At its full size."""
        values = self.values
        if values is None or values.ndim > 3:
            return self.block()
        if self.is_sheet:
            return sheet(self.net, self.layer)
        if self.is_tokens:
            return self.chips()[0]
        if self.is_signal or self.is_map:
            return self.signal() if self.is_signal else self.map()
        if values.ndim <= 1:
            return self.units()
        if values.ndim == 2 and max(values.shape) > MAX_TABLE_COLUMNS and self.layer is self.net.last:
            return self.table() if self.net.tokens else self.map()
        return self.table() if values.ndim == 2 else self.maps()


def some(shown: int, of: int) -> Words:
    """The words under a view that does not show everything."""
    return fill({"en": "{n} of {of} shown", "ja": "{of} 個のうち {n} 個"}, n=shown, of=of)


def sheet(net: NetworkView, layer: Layer, marked: Sequence[int] = ()) -> Mark:
    """An input vector that is a picture, as one; ``marked`` are the pixels that are ringed."""
    assert net.shape is not None
    values = net.vector(layer).reshape(net.shape)
    cells = tuple((int(i) // net.shape[1], int(i) % net.shape[1]) for i in marked)
    every = np.asarray(net.trace[layer.output], dtype=float)
    role, limit = "grey" if every.min() >= 0 else "positive", round_up(float(np.abs(every).max()))
    return Grid(
        values, key="sheet", role=role, limit=limit, highlight=cells, means=words.pixel, label=PICTURE
    )
