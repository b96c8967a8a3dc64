"""What a film is held to, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from nnanim.schema import read_json
from nnanim.style import FRAMES, frame_size


@dataclass(frozen=True)
class Bounds:
    """Limits of what is measured of a film.

    Attributes:
        cuts: maximum share of the changes between beats that cut to an empty stage.
        ink: minimum share of the frame that marks cover in the median beat, in 16:9.
        narrow_ink: the same in frames that are less wide, in which there is more room than words fill.
        extent: share of the stage from which a film of one's own is large enough, however thin its lines are.
        reading: maximum number of English words, or Japanese characters, that are to be read in a second.
        dead: maximum share of the film in which nothing moves and nothing is left to read.
        overlap: maximum share of a word that lies on another while the film moves, times the lesser
        brightness. longer: maximum length of the film, in times the recorded one.
    """

    cuts: float = 0.05
    ink: float = 0.18
    narrow_ink: float = 0.13
    extent: float = 0.60
    reading: Mapping[str, float] = field(default_factory=lambda: {"en": 4.0, "ja": 8.0})
    dead: float = 0.05
    overlap: float = 0.10
    longer: float = 1.10

    def ink_in(self, sides: float) -> float:
        """Minimum share of a frame ``sides`` times as wide as high that marks cover in the median beat."""
        return self.ink if sides > 1.7 else self.narrow_ink

    def reading_in(self, lang: str) -> float:
        """Maximum number of words, or characters in Japanese, a second."""
        return self.reading.get(lang, self.reading["en"])


__all__ = ["BOUNDS", "FRAMES", "Bounds", "frame_size", "recorded_seconds"]

BOUNDS = Bounds()
"""The bounds that every film of nnanim is held to."""


def recorded_seconds(name: str, lang: str) -> float | None:
    """Length that a film of nnanim had when it was recorded in ``lengths.json``; None for any other film."""
    return _read_lengths().get(name, {}).get(lang)


@lru_cache(maxsize=1)
def _read_lengths() -> dict[str, dict[str, float]]:
    return read_json(Path(__file__).parent / "lengths.json", dict[str, dict[str, float]])
