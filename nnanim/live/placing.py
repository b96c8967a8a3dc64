"""Places of a story that is told again and again with other numbers: they stay where they can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from nnanim.beats import Beat, Story
from nnanim.layout import StageLimits, Told, place, place_story, refit
from nnanim.marks import Frame
from nnanim.style import RenderStyle

BeatRows = tuple[tuple[str, str, bool], ...]
"""Id, sentence and whether it asks, of some beats."""


def list_rows(beats: Sequence[Beat], style: RenderStyle) -> BeatRows:
    """What a page lists of some beats."""
    return tuple((beat.id, style.say(beat.says), beat.asks) for beat in beats)


class PlacedStory:
    """A story with the places of its beats, into which later tellings of it are put.

    Attributes:
        story: all beats, as they were told once.
        style: how they are shown.
        frames: their places.
    """

    def __init__(self, story: Story, style: RenderStyle) -> None:
        """Place every beat.

        Raises:
            UserError: one cannot be placed.
        """
        self.story, self.style = story, style
        self.frames = place_story(story, style)
        self._told: list[Told] | None = None
        self._latest: dict[int, tuple[Beat, Frame]] = {}

    @property
    def ids(self) -> list[str]:
        """Ids of the beats."""
        return [beat.id for beat in self.story.beats]

    @property
    def rows(self) -> BeatRows:
        """What a page lists of the beats."""
        return list_rows(self.story.beats, self.style)

    def number_chapter(self, index: int, beat: Beat) -> Beat:
        """The beat at that place, told anew, with the number of its chapter."""
        return replace(beat, chapter_of=self.story.beats[index].chapter_of)

    def place(self, index: int, beat: Beat) -> Frame:
        """The frame of the beat at that place, told anew: in the places that it had, where it fits into them.

        Raises:
            UserError: it cannot be placed.
        """
        was, frame = self._latest.get(index) or (self.story.beats[index], self.frames[index])
        kept = refit(frame, was, beat)
        if kept is None:
            title = self.style.say(self.story.title)
            limits = StageLimits(top=self.frames[index].stage[3])
            kept = place(beat, self.style, title, limits, self._tell_legends(index))
        self._latest[index] = beat, kept
        return kept

    def _tell_legends(self, index: int) -> Told:
        """What is seen before and after a beat, by which its legends are chosen."""
        if self._told is None:
            pairs = zip(self.story.beats, self.frames, strict=True)
            first = Told.of(self.story.beats)
            self._told = list(accumulate(pairs, lambda told, pair: told.after(*pair), initial=first))
        return self._told[index]
