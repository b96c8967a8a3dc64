"""The manim printer: stories as films, marks as mobjects."""

from __future__ import annotations

from nnanim.beats import Beat
from nnanim.layout import place
from nnanim.marks import Mark
from nnanim.movie.ink import Ink, PaintCamera
from nnanim.movie.scene import StoryScene
from nnanim.settings import load
from nnanim.style import RenderStyle

__all__ = ["Ink", "PaintCamera", "StoryScene", "mobject"]


def mobject(mark: Mark, *, lang: str | None = None, theme: str | None = None) -> Ink:
    """A mark as a mobject for any manim scene, as large as it would be alone on a stage.

    Args:
        mark: any mark that needs no other (Wires and Link join two: use a StoryScene for them).
        lang: of its words; by default the one in force.
        theme: of its colours; by default the one in force.
    """
    now = load(lang, theme)
    frame = place(Beat("", mark, id="alone"), RenderStyle(now.theme, now.lang))
    return Ink(mark.key, frame[mark.key].draw(frame), frame[mark.key].room, frame)
