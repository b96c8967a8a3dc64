"""The numbers in formulas and texts as readouts: pointing at one shows it with all its digits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nnanim.marks import Formula, Frame, Placed, Text
from nnanim.marks.readout import KNOWN, NOT_YET, BoxArea, Quantity, Readout
from nnanim.truth.shown import NUMBER
from nnanim.words import Words

NUMBER_NAME: Words = {"en": "number", "ja": "数"}
EXACTLY: Words = {"en": "exactly", "ja": "正確には"}


@dataclass(frozen=True, eq=False)
class WrittenQuantity(Quantity):
    """Numbers that stand in words; ``codes`` (n,) says where each was recorded."""

    codes: tuple[int, ...] = ()


def read_words(placed: Placed, frame: Frame, written: Mapping[str, tuple[float, int]]) -> tuple[Readout, ...]:
    """The parts of a formula, or a text, in which numbers are known; several of one part are one answer.

    Args:
        placed: the mark in its place.
        frame: the frame.
        written: value and code of each number that is known, by its text.
    """
    rows = [
        (text, box) for text, box in _parts(placed, frame) if any(one in written for one in _numbers(text))
    ]
    if not rows:
        return ()
    found = [[one for one in _numbers(text) if one in written] for text, _ in rows]
    held = []
    for place in range(max(map(len, found))):
        there = [place < len(row) for row in found]
        numbers = [written[row[min(place, len(row) - 1)]] for row in found]
        held.append(
            WrittenQuantity(
                EXACTLY,
                np.array([value for value, _ in numbers]),
                "written",
                states=np.where(there, KNOWN, NOT_YET).astype(np.uint8),
                codes=tuple(code for _, code in numbers),
            )
        )
    boxes = np.array([box for _, box in rows])
    names = tuple(" · ".join(row) for row in found)
    area = BoxArea(boxes[:, :2], boxes[:, 2:])
    return (Readout(NUMBER_NAME, area, tuple(held), (len(rows),), names, numbered=False),)


def _parts(placed: Placed, frame: Frame) -> list[tuple[str, tuple[float, ...]]]:
    """The text of each part of a formula, or of a text, with its box: x, y, width, height."""
    mark, style = placed.mark, frame.style
    if isinstance(mark, Text):
        return [(style.say(mark.words), (placed.x, placed.y, placed.w, placed.h))]
    if not isinstance(mark, Formula):
        return []
    parts = mark.take_apart(placed, frame)
    boxes = np.hstack([parts.centers, parts.sizes]).tolist()
    return [(style.say(text), tuple(box)) for text, box in zip(mark.parts, boxes, strict=False)]


def _numbers(text: str) -> list[str]:
    return list(dict.fromkeys(NUMBER.findall(text)))
