"""Pictures on sheets: those of one size lie in a column, those of one scale of colours share its values."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PIL import Image

from nnanim.web.references import STEP, Prediction, find_predictions, subtract
from nnanim.web.scales import Colors, Scale, find_scale

Pixels = npt.NDArray[np.uint8]
Place = tuple[int, ...]
"""Width, height, sheet (-1: none), first line (without a sheet, an array); then, where there are such, the
scale whose values the sheet holds, or what predicts the picture to which it holds the difference: an offset,
and a picture and its weight for each term."""

NONE = -1
"""In place of a sheet: the colours of a picture are the numbers of an array."""

TALLEST = 8192
"""Maximum height of a sheet of pictures, in pixels."""

FEWEST, GAIN = 4, 0.8
"""Number of pictures from which differences are tried, and share of the bytes that must be enough."""

TRIED = 16
"""Number of pictures, spread over a column, by which it is found whether differences are shorter."""


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
    predictions = find_predictions(stack[:end], known)
    differences = subtract(stack[:end], predictions, known, 1)
    for first in range(known, end, most):
        piece = slice(first, min(first + most, end))
        related, plain = (write_webp(np.concatenate(one[piece])) for one in (differences, stack))
        shorter = len(related) < len(plain)
        for line, (number, prediction) in enumerate(zip(numbers[piece], predictions[piece], strict=True)):
            place = stack.shape[2], stack.shape[1], len(found.content), line * stack.shape[1]
            found.places[number] = place + _flatten(prediction, numbers) if shorter else place
        found.add(related if shorter else plain, 1)


def _add_column(stack: Pixels, numbers: Sequence[int], known: int, found: Sheets) -> None:
    """Sheets for pictures of one size, the first ``known`` of which need none."""
    most, rest = max(TALLEST // stack.shape[1], 1), stack[known:]
    pieces = [slice(first, first + most) for first in range(0, len(rest), most)]
    if len(stack) >= FEWEST and stack[..., 3].min() == 255:
        predictions = find_predictions(stack, known)
        differences = subtract(stack, predictions, known)[known:]
        if _is_shorter(differences, rest):
            for piece in pieces:
                rows = zip(numbers[known:][piece], predictions[known:][piece], strict=True)
                for line, (number, prediction) in enumerate(rows):
                    place = stack.shape[2], stack.shape[1], len(found.content), line * stack.shape[1]
                    found.places[number] = place + _flatten(prediction, numbers)
                found.add(write_webp(np.concatenate(differences[piece])), STEP)
            return
    for piece in pieces:
        content, scale = _write_sheet(rest[piece])
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


def _is_shorter(differences: Pixels, plain: Pixels) -> bool:
    """Whether differences take fewer bytes than pictures as they are, or as values of a scale."""
    every = -(-len(plain) // TRIED)
    related = len(write_webp(np.concatenate(differences[::every])))
    return related < GAIN * len(_write_sheet(plain[::every])[0])


def _flatten(prediction: Prediction, numbers: Sequence[int]) -> Place:
    """A prediction as it stands in a place; ``numbers``: those of the pictures of a column."""
    terms = (one for picture, weight in prediction.terms for one in (numbers[picture], weight))
    return (prediction.offset, *terms) if prediction.terms else ()


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


def write_webp(pixels: Pixels) -> bytes:
    """A picture as WebP without loss."""
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "WEBP", lossless=True, quality=60, method=4)
    return out.getvalue()
