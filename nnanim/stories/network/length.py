"""How long a film will be: an estimate that is rather too long, to keep a story within given seconds."""

from __future__ import annotations

from collections.abc import Iterable

from nnanim import words
from nnanim.beats import Beat
from nnanim.words import reading

LOOKING = 2.0
"""Seconds of a beat besides reading its sentence: a look, the names that are new on its stage."""

MOVING = 1.8
"""Seconds of a beat besides its motion: what was there goes, what is new comes, a rest."""


def estimate_seconds(beat: Beat) -> float:
    """Seconds of a beat at normal pace, in the language in which it takes longest."""
    read = max(reading.count(words.say(beat.says, lang), lang) / rate for lang, rate in reading.RATES.items())
    moved = beat.motion.seconds if beat.motion is not None else 0.0
    return max(LOOKING + read, MOVING + moved)


MAX_STRETCH = 1.1
"""How much slower than estimated a film may be: a slower one would drag."""


def fit_seconds(beats: Iterable[Beat], seconds: float, card: float = 4.0) -> float:
    """How long a film of some beats, and the card that ends it, is best made where ``seconds`` are asked for.

    All of them, unless there is so little to tell that it would drag.
    """
    return min(seconds, MAX_STRETCH * (estimate_length(beats) + card))


def estimate_length(beats: Iterable[Beat]) -> float:
    """Seconds of some beats, one after the other."""
    return sum(map(estimate_seconds, beats))
