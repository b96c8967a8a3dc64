"""Pictures of words as a film, one a beat: titles between films, questions, lists."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol

from nnanim.beats import Beat, Story
from nnanim.errors import UserError
from nnanim.layout import NoRoom, place
from nnanim.marks import Column, Text
from nnanim.movie.scene import StoryScene
from nnanim.style import RenderStyle
from nnanim.timeline import Take
from nnanim.words import Words

SIZES = ((0.85, 0.5), (0.7, 0.43), (0.55, 0.36))
"""Sizes of a page's title and lines: the largest with which every page fits are taken."""

ASIDE = 0.9
"""Free on either side of a page."""


class PageLike(Protocol):
    """A title, or a title with lines, and how many seconds it stays."""

    @property
    def id(self) -> str:
        """Of its beat."""

    @property
    def title(self) -> Words:
        """In large letters."""

    @property
    def lines(self) -> tuple[Words, ...]:
        """Below the title."""

    @property
    def seconds(self) -> float:
        """How long it stays."""


class Pages(StoryScene):
    """Pictures of words, one a beat."""

    pages: tuple[PageLike, ...] = ()

    def render_style(self) -> RenderStyle:
        """Larger letters than in a film, and as much room below as above: there is no sentence."""
        style = super().render_style()
        for title, lines in SIZES:
            sized = replace(style, theme=replace(style.theme, large=title / 2.5, medium=title, small=lines))
            with suppress(NoRoom):
                self._beats(sized)
                break
        return sized

    @classmethod
    def build_story(cls, options: Mapping[str, Any] | None = None, *, cached: bool = False) -> Story:
        """The pages, without a title above them."""
        return Story("", tuple(page_beat(page) for page in cls.without_renderer(options).pages))

    def takes(self, story: Story, style: RenderStyle, pace: float) -> list[Take]:
        """The pages in time, their lines as wide as this frame lets them be.

        Raises:
            UserError: a page has more words than a picture can hold, or a glyph is missing.
        """
        return super().takes(replace(story, beats=self._beats(style)), style, pace)

    def _beats(self, style: RenderStyle) -> tuple[Beat, ...]:
        beats = tuple(page_beat(page, style.width - 2 * ASIDE) for page in self.pages)
        for beat in beats:
            try:
                place(beat, style)
            except NoRoom as error:
                raise NoRoom(f"slide {beat.id}: its words do not fit on a picture; write fewer") from error
            except UserError as error:
                raise UserError(f"slide {beat.id}: {error}") from error
        return beats


def page_beat(page: PageLike, width: float = 12.0) -> Beat:
    """A page as a beat: its title, and its lines below it."""
    title = Text(page.title, key=f"{page.id}:title", size="medium", bold=True, width=width)
    lines = [
        Text(line, key=f"{page.id}:{number}", size="small", width=width)
        for number, line in enumerate(page.lines, start=1)
    ]
    return Beat("", Column(title, *lines, gap=0.38), id=page.id, pause=page.seconds)
