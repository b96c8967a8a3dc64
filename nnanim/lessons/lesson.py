"""What a lesson is: plain data, whoever shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nnanim import words
from nnanim.style import FRAMES
from nnanim.words import Words

AFTER = ("pause", "loop", "advance")
"""What follows when a clip has been played: its last picture, the clip again, or the next slide."""

ASPECTS = tuple(FRAMES)

QUIZ = 8.0
"""Seconds that a question stays in a video, where nobody clicks."""


@dataclass(frozen=True)
class Page:
    """A slide of words: a title alone, or a title with lines.

    Attributes:
        title, lines: what stands on it.
        notes: what the teacher says.
        after: ``pause``, or ``advance`` when its seconds are over.
        seconds: how long it stays in a video; None gives time to read it.
        minutes: planned for it in class.
    """

    title: Words
    lines: tuple[Words, ...] = ()
    notes: Words = ""
    after: str = "pause"
    seconds: float | None = None
    minutes: float = 0.0

    def count_seconds(self, lang: str) -> float:
        """Seconds that it stays in a video."""
        if self.seconds is not None:
            return self.seconds
        text = " ".join(words.say(one, lang) for one in (self.title, *self.lines))
        wide = sum(ord(char) >= 0x2E80 for char in text)
        return 2.0 + 0.12 * wide + 0.3 * len([word for word in text.split() if ord(word[0]) < 0x2E80])


@dataclass(frozen=True)
class BeatOverride:
    """What a lesson says of one beat, where it differs from its scene.

    Attributes:
        says: the sentence, instead of the scene's.
        notes: what the teacher says.
        after: as of the clip, if empty.
        question: asked before the beat is shown; the class answers, then comes the beat.
        pause: seconds that its last picture stays in a video, after the scene's own.
    """

    says: Words | None = None
    notes: Words = ""
    after: str = ""
    question: Words = ""
    pause: float = 0.0


@dataclass(frozen=True)
class Clip:
    """A scene, or some of its beats.

    Attributes:
        scene: name of a scene of nnanim, or a ``.py`` file in the lesson's folder.
        title: of the film, instead of the scene's.
        show: ids of the beats that are shown; empty shows all.
        first, last: ids of the beats from which and up to which they are shown; empty is the scene's end.
        leave_out: ids of beats that are not shown.
        beats: what replaces or adds to a beat, by its id.
        data: values of the scene's own names.
        own_model: whether it takes the model given on the command line.
        notes: what the teacher says when it begins.
        after: what follows each of its beats.
        minutes: planned for it in class.
        where: file and line of it, for messages.
    """

    scene: str
    title: Words | None = None
    show: tuple[str, ...] = ()
    first: str = ""
    last: str = ""
    leave_out: tuple[str, ...] = ()
    beats: Mapping[str, BeatOverride] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    own_model: bool = False
    notes: Words = ""
    after: str = "pause"
    minutes: float = 0.0
    where: str = field(default="", compare=False)


@dataclass(frozen=True)
class Lesson:
    """An ordered list of pages and clips with the teacher's notes.

    Attributes:
        name: of its file.
        title: of the whole.
        steps: pages and clips, in order.
        lang, theme, pace: how it is shown unless somebody asks for something else; if empty, as the settings
            in force say.
        aspect: one of `ASPECTS`.
    """

    name: str
    title: Words
    steps: tuple[Page | Clip, ...]
    lang: str = ""
    theme: str = ""
    aspect: str = "16:9"
    pace: float = 0.0

    @property
    def minutes(self) -> float:
        """Minutes that are planned for the whole."""
        return sum(step.minutes for step in self.steps)

    @property
    def clips(self) -> tuple[Clip, ...]:
        """The steps that are films."""
        return tuple(step for step in self.steps if isinstance(step, Clip))
