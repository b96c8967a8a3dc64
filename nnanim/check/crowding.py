"""Words in motion: how much the words that are seen lie on each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from nnanim.check.geometry import Floats, box_of
from nnanim.shapes import Boxes, Discs, Filled, Raster, Shape, Shapes, Within
from nnanim.timeline import Phase

FAINT = 0.05
"""Alpha up to which a word is not seen."""

STILL = 0.02
"""Distance within which a word stands where its copy stands: one word, drawn twice."""


@dataclass
class Words:
    """The words of a picture as they are collected from the lowest to the highest.

    Attributes:
        words: with the key of the mark that each belongs to.
        boxes: left, right, bottom, top of each.
        light: how much of each is seen through what covers it.
    """

    words: list[tuple[str, Filled]] = field(default_factory=list)
    boxes: list[Floats] = field(default_factory=list)
    light: list[float] = field(default_factory=list)

    def add(self, key: str, shape: Shape) -> None:
        """Add the next shape: a word, or what covers the words below it."""
        if isinstance(shape, Within):
            for one in shape.shapes:
                self.add(key, one)
        elif isinstance(shape, Filled):
            if shape.color[3] > FAINT and len(shape.piece.curves):
                self.words.append((key, shape))
                self.boxes.append(box_of(shape))
                self.light.append(float(shape.color[3]))
        elif self.words and isinstance(shape, Boxes | Discs | Raster):
            self._cover(shape)

    def _cover(self, shape: Boxes | Discs | Raster) -> None:
        boxes = np.array(self.boxes)
        at = np.stack([boxes[:, :2].mean(axis=1), boxes[:, 2:].mean(axis=1)], axis=1)
        if isinstance(shape, Raster):
            inside = (np.abs(at - shape.center) <= np.array(shape.size) / 2).all(axis=1)
            rows, columns = shape.pixels.shape[:2]
            share = np.clip((at - shape.center) / shape.size * [1, -1] + 0.5, 0, 1 - 1e-9)
            cells = (share * [columns, rows]).astype(int)
            alpha = inside * shape.pixels[cells[:, 1], cells[:, 0], 3] / 255 * shape.opacity
            through = 1 - alpha
        else:
            apart = np.abs(at[:, None] - shape.centers[None])
            if isinstance(shape, Discs):
                inside = np.hypot(apart[..., 0], apart[..., 1]) <= shape.radii
            else:
                inside = (apart <= shape.sizes / 2).all(axis=2)
            through = np.prod(1 - inside * shape.fills[:, 3], axis=1)
        self.light = (np.array(self.light) * through).tolist()

    def overlap(self) -> tuple[float, str]:
        """The largest share of a word that lies on another, times the lesser brightness, and which two."""
        if len(self.words) < 2:
            return 0.0, ""
        boxes, light = np.array(self.boxes), np.array(self.light)
        low, high = boxes[:, None, 0::2], boxes[:, None, 1::2]
        both = np.minimum(high, boxes[None, :, 1::2]) - np.maximum(low, boxes[None, :, 0::2])
        areas = (boxes[:, 1] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 2])
        least = np.maximum(np.minimum(areas[:, None], areas[None]), 1e-9)
        share = np.clip(both, 0, None).prod(axis=2) / least * np.minimum(light[:, None], light[None])
        share = np.triu(share, 1)
        for i, j in zip(*np.nonzero(share > 1e-3), strict=True):
            if self._may(int(i), int(j)):
                share[i, j] = 0.0
        i, j = np.unravel_index(share.argmax(), share.shape)
        worst = float(share[i, j])
        return worst, f"{self._name(int(i))} on {self._name(int(j))}" if worst else ""

    def _may(self, i: int, j: int) -> bool:
        """Whether two may lie on each other: one word drawn twice, or parts of one formula."""
        (key, one), (other_key, other) = self.words[i], self.words[j]
        if one.piece is other.piece and np.abs(self.boxes[i] - self.boxes[j]).max() <= STILL:
            return True
        return key == other_key and not one.piece.text and not other.piece.text

    def _name(self, i: int) -> str:
        key, word = self.words[i]
        return f"{key}:{word.piece.text!r}"


def word_overlap(seen: Mapping[str, Shapes]) -> tuple[float, str]:
    """How much words lie on each other in a picture, from the lowest shapes to the highest, and which."""
    found = Words()
    for key, shapes in seen.items():
        for shape in shapes:
            found.add(key, shape)
    return found.overlap()


def find_crowding(seen: Iterable[tuple[Phase, Mapping[str, Shapes]]], most: float) -> list[str]:
    """Words of which more than a share ``most`` lies on another at some moments of a beat, by its phases.

    Args:
        seen: what is seen, from the lowest shapes to the highest, with the phase.
        most: the share that may.
    """
    worst: dict[str, tuple[float, str]] = {}
    for phase, shapes in seen:
        worst[phase.name] = max(worst.get(phase.name, (0.0, "")), word_overlap(shapes))
    return [
        f"{share:.0%} of a word, {which}, in {name}" for name, (share, which) in worst.items() if share > most
    ]
