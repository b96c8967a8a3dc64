"""Pictures on sheets: those of one size lie in a column, those of one scale of colours share its values."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from nnanim.web.references import NONE, STEP, find_references, subtract

Pixels = npt.NDArray[np.uint8]
Colors = npt.NDArray[np.int16]
Place = tuple[int, ...]
"""Width, height, sheet (-1: none), first line (without a sheet, an array); then, where there are such, the
scale whose values the sheet holds, or the picture (-1: none) to which it holds the difference."""

TALLEST = 8192
"""Maximum height of a sheet of pictures, in pixels."""

FEWEST, GAIN = 4, 0.8
"""Number of pictures from which differences are tried, and share of the bytes that must be enough."""

MANY_COLORS = 2048
"""Number of colours from which no scale is looked for."""

LEVELS = 256
"""Number of values that a scale has at most; what has more colours is told to one step of 255."""


class Scale(NamedTuple):
    """Pictures as values of a scale.

    Attributes:
        levels: (n, height, width) the values.
        colors: one (levels, 3) for each of the looks that the pictures have.
    """

    levels: Pixels
    colors: tuple[Colors, ...]


@dataclass(eq=False)
class Sheets:
    """Pictures as they stand in a file.

    Attributes:
        places: of each picture; all 0 where it is not shown.
        content: of each sheet, as WebP without loss.
        steps: of each sheet, the step in which its pictures are differences to others; 0 where they are not.
        scales: (levels, 3) red, green, blue.
    """

    places: list[Place]
    content: list[bytes] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    scales: list[Colors] = field(default_factory=list)

    def add(self, content: bytes, step: int = 0) -> None:
        """One more sheet."""
        self.content.append(content)
        self.steps.append(step)


def write_sheets(
    pictures: Sequence[Pixels],
    shown: set[int],
    given: Mapping[int, int] | None = None,
    exact: Set[int] = frozenset(),
) -> Sheets:
    """The pictures (height, width, 4) of which any drawing shows the numbers ``shown``.

    Args:
        pictures: all there are.
        shown: the numbers of those that are needed.
        given: pictures whose numbers stand in the file anyhow, with the numbers of these arrays.
        exact: pictures of which no colour may be off; nothing of them is see-through.
    """
    given = given or {}
    columns: dict[tuple[int, ...], list[int]] = {}
    for number in sorted(shown, key=lambda one: (one not in given, one not in exact, one)):
        # What is see-through has neither scales nor differences, and would keep others from these.
        opaque = pictures[number][..., 3].min() == 255
        columns.setdefault((*pictures[number].shape[:2], int(opaque)), []).append(number)
    found = Sheets([(0, 0, 0, 0)] * len(pictures))
    for (height, width, _), numbers in columns.items():
        known = sum(number in given for number in numbers)
        for number in numbers[:known]:
            found.places[number] = width, height, NONE, given[number]
        stack, sure = np.array([pictures[one] for one in numbers]), sum(one in exact for one in numbers)
        if sure:
            _add_exact(stack, numbers, known, known + sure, found)
        if known + sure < len(numbers):
            _add_column(stack, numbers, known + sure, found)
    return found


def _add_exact(stack: Pixels, numbers: Sequence[int], known: int, end: int, found: Sheets) -> None:
    """Sheets for pictures of which no colour may be off: differences to others, or to black if shorter."""
    most = max(TALLEST // stack.shape[1], 1)
    references = find_references(stack[:end], known)
    differences = subtract(stack[:end], references, known, 1)
    for first in range(known, end, most):
        piece = slice(first, min(first + most, end))
        related, plain = (write_webp(np.concatenate(one[piece])) for one in (differences, stack))
        shorter = len(related) < len(plain)
        rows = zip(numbers[piece], references[piece], strict=True)
        for line, (number, other) in enumerate(rows):
            reference = numbers[other] if shorter and other >= 0 else NONE
            place = len(found.content), line * stack.shape[1]
            found.places[number] = stack.shape[2], stack.shape[1], *place, reference
        found.add(related if shorter else plain, 1)


def _add_column(stack: Pixels, numbers: Sequence[int], known: int, found: Sheets) -> None:
    """Sheets for pictures of one size, the first ``known`` of which need none."""
    most, rest = max(TALLEST // stack.shape[1], 1), stack[known:]
    pieces = [slice(first, first + most) for first in range(0, len(rest), most)]
    sheets = [_write_sheet(rest[piece]) for piece in pieces]
    related = _write_related(stack, pieces, known)
    if related and sum(map(len, related[1])) < GAIN * sum(len(content) for content, _ in sheets):
        return _add_related(numbers, *related, stack.shape, pieces, known, found)
    for piece, (content, scale) in zip(pieces, sheets, strict=True):
        _add_sheet(numbers[known:][piece], stack.shape, scale, found)
        found.add(content)


def _write_sheet(stack: Pixels) -> tuple[bytes, Scale | None]:
    """Pictures as a sheet, as values of a scale where that is shorter."""
    plain = write_webp(np.concatenate(stack))
    for scale in (find_scale(stack, 2), find_scale(stack, 1)):
        if scale is not None:
            small = write_webp(np.concatenate(scale.levels))
            if len(small) + sum(one.size for one in scale.colors) < len(plain):
                return small, scale
    return plain, None


def _write_related(
    stack: Pixels, pieces: Sequence[slice], known: int
) -> tuple[list[int], list[bytes]] | None:
    """Pictures as differences to others: which ones, and the sheets; None where something is see-through."""
    if len(stack) < FEWEST or stack[..., 3].min() < 255:
        return None
    references = find_references(stack, known)
    differences = subtract(stack, references, known)[known:]
    return references, [write_webp(np.concatenate(differences[piece])) for piece in pieces]


def _add_related(
    numbers: Sequence[int],
    references: Sequence[int],
    sheets: Sequence[bytes],
    shape: tuple[int, ...],
    pieces: Sequence[slice],
    known: int,
    found: Sheets,
) -> None:
    for piece, content in zip(pieces, sheets, strict=True):
        rows = zip(numbers[known:][piece], references[known:][piece], strict=True)
        for line, (number, other) in enumerate(rows):
            reference = numbers[other] if other >= 0 else NONE
            found.places[number] = shape[2], shape[1], len(found.content), line * shape[1], reference
        found.add(content, STEP)


def _add_sheet(numbers: Sequence[int], shape: tuple[int, ...], scale: Scale | None, found: Sheets) -> None:
    if scale is not None:
        return _place(numbers, scale, found)
    for line, number in enumerate(numbers):
        found.places[number] = shape[2], shape[1], len(found.content), line * shape[1]


def _place(numbers: Sequence[int], scale: Scale, found: Sheets) -> None:
    count, height, width = scale.levels.shape
    for i, number in enumerate(numbers):
        look, line = divmod(i, count)
        place = width, height, len(found.content), line * height, len(found.scales) + look
        found.places[number] = place
    found.scales += scale.colors


def find_scale(stack: Pixels, looks: int) -> Scale | None:
    """Pictures as values of one scale, whose colours differ between looks, such as a dark and a light theme.

    Of more colours than a scale has values, neighbours become one: none is off by more than one step of 255.

    Args:
        stack: (n, height, width, 4) the pictures, those of one look before those of the next.
        looks: how many there are.

    Returns:
        None where there is no such scale: too many colours, or something that is see-through.
    """
    if len(stack) % looks or stack[..., 3].min() < 255:
        return None
    apart = stack[..., :3].reshape(looks, -1, 3)
    every = np.concatenate(list(apart), axis=1)
    colors, which = np.unique(every, axis=0, return_inverse=True)
    if len(colors) > MANY_COLORS:
        return None
    order = _chain(colors.astype(float))
    row = colors[order].astype(np.int16)
    levels = _merge(row) if len(row) > LEVELS else np.arange(len(row))
    if levels[-1] >= LEVELS:
        return None
    runs = [row[levels == i] for i in range(levels[-1] + 1)]
    middle = np.array([(run.min(axis=0) + run.max(axis=0) + 1) // 2 for run in runs])
    rank = np.empty(len(row), dtype=np.uint8)
    rank[order] = levels
    shape = len(stack) // looks, *stack.shape[1:3]
    return Scale(rank[which.ravel()].reshape(shape), tuple(np.split(middle, looks, axis=1)))


def _chain(colors: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """The order of (n, channels) colours on a way from an end on, always to the nearest one that is left."""
    at = int(np.abs(colors - colors.mean(axis=0)).sum(axis=1).argmax())
    left = np.zeros(len(colors))
    order = []
    for _ in range(len(colors)):
        order.append(at)
        left[at] = np.inf
        at = int((np.abs(colors - colors[at]).sum(axis=1) + left).argmin())
    return np.array(order)


def _merge(row: Colors) -> npt.NDArray[np.intp]:
    """(n,) a value for each colour on a way: as few values as leave no colour off more than one step."""
    levels, low, high = [0], row[0], row[0]
    for color in row[1:]:
        low, high = np.minimum(low, color), np.maximum(high, color)
        if (high - low).max() > 2:
            levels.append(levels[-1] + 1)
            low = high = color
        else:
            levels.append(levels[-1])
    return np.array(levels)


def write_webp(pixels: Pixels) -> bytes:
    """A picture as WebP without loss."""
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "WEBP", lossless=True, quality=60, method=4)
    return out.getvalue()
