"""The report on one film: what was measured of it, and what lies outside the bounds."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from nnanim.check.bounds import BOUNDS, FRAMES, Bounds
from nnanim.check.choices import Choice
from nnanim.check.cuts import StageChange


@dataclass(frozen=True)
class BeatFigures:
    """What was measured of one beat, in seconds and shares.

    Attributes:
        beat: its id.
        motion, transition, rest: seconds of its own motion, of leaving, moving, entering, of its pause.
        dead: seconds in which nothing moves and nothing is left to read.
        ink: share of the frame that its marks cover at its end.
        extent: share of the stage that the box around its marks takes at its end.
        words: words to be read, or characters in Japanese; see `nnanim.check.reading`.
        readable: seconds in which its sentence can be read.
    """

    beat: str
    motion: float
    transition: float
    rest: float
    dead: float
    ink: float
    words: float
    readable: float
    extent: float = 0.0

    @property
    def seconds(self) -> float:
        """Length of the beat."""
        return self.motion + self.transition + self.rest

    @property
    def reading(self) -> float:
        """Words, or characters in Japanese, that are to be read in a second."""
        return self.words / self.readable if self.readable else 0.0


HINTS = ("cuts", "ink")
"""Bounds that a film of one's own should keep and need not: it may be short, and its network small."""


@dataclass(frozen=True)
class Finding:
    """Something outside the bounds.

    Attributes:
        beat: id of the beat; empty where it is the whole film.
        bound: which bound, as in `Bounds`.
        what: what was found.
        advice: what to do.
        mark: key of the mark that it is about; empty where it is the whole stage.
    """

    beat: str
    bound: str
    what: str
    advice: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Report:
    """What was measured of a film.

    Attributes:
        name, lang: of the film.
        beats: figures of every beat.
        changes: what goes on from each beat to the next.
        recorded: length that the film had when it was recorded, or None.
        findings: what lies outside the bounds; of the whole film first, then in the order of the beats.
        frame: its sides, such as ``16:9``.
        choices: what its author chose, such as seeds; no mistakes.
    """

    name: str
    lang: str
    beats: tuple[BeatFigures, ...]
    changes: tuple[StageChange, ...]
    recorded: float | None = None
    findings: tuple[Finding, ...] = ()
    frame: str = "16:9"
    choices: tuple[Choice, ...] = ()

    def least_ink(self, bounds: Bounds = BOUNDS) -> float:
        """Share of the frame that marks are to cover in the median beat."""
        return bounds.ink_in(float(FRAMES[self.frame])) if self.frame in FRAMES else 0.0

    def is_sparse(self, bounds: Bounds = BOUNDS) -> bool:
        """Whether its marks are too small: they cover little, and of one's own film use little of the stage.

        Lines and bars cover little however large they are: a plot that fills its stage can be no larger.
        """
        filled = self.recorded is None and self.extent >= bounds.extent
        return self.ink < self.least_ink(bounds) and not filled

    @property
    def extent(self) -> float:
        """Share of the stage that the box around its marks takes in the median beat, but the last card."""
        told = [one.extent for one in self.beats if one.beat != "card"]
        return float(median(told or [one.extent for one in self.beats]))

    def total(self, what: str) -> float:
        """The sum of ``motion``, ``transition``, ``rest``, ``dead`` or ``seconds`` of all beats."""
        return float(sum(getattr(one, what) for one in self.beats))

    @property
    def dead_share(self) -> float:
        """Share of the film in which nothing moves and nothing is left to read."""
        return self.total("dead") / self.total("seconds")

    @property
    def ink(self) -> float:
        """Share of the frame that marks cover in the median beat; the last card is not counted."""
        told = [one.ink for one in self.beats if one.beat != "card"]
        return float(median(told or [one.ink for one in self.beats]))

    @property
    def cuts(self) -> tuple[StageChange, ...]:
        """The changes that cut to an empty stage."""
        return tuple(one for one in self.changes if one.is_cut)

    @property
    def cut_share(self) -> float:
        """Share of the changes that cut to an empty stage."""
        return len(self.cuts) / max(len(self.changes), 1)

    @property
    def reading(self) -> float:
        """Words, or characters in Japanese, a second in the beat in which there are most."""
        return max(one.reading for one in self.beats)

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings that must be mended: all, but `HINTS` in a film without a recorded length."""
        return tuple(one for one in self.findings if self.recorded is not None or one.bound not in HINTS)

    def as_data(self) -> dict[str, object]:
        """Everything as plain data, such as for JSON."""
        figures = {what: self.total(what) for what in ("seconds", "motion", "transition", "rest", "dead")}
        shares = {
            "dead_share": self.dead_share, "ink": self.ink, "cuts": len(self.cuts), "reading": self.reading,
            "changes": len(self.changes), "cut_share": self.cut_share, "recorded": self.recorded,
        }  # fmt: skip
        beats = [{**vars(one), "seconds": one.seconds, "reading": one.reading} for one in self.beats]
        faults = self.faults
        found = [{**vars(one), "hint": one not in faults} for one in self.findings]
        chosen = [vars(one) for one in self.choices]
        named = {"name": self.name, "lang": self.lang, "frame": self.frame}
        return {**named, **figures, **shares, "beats": beats, "findings": found, "choices": chosen}
