"""The manim printer: stories as films, marks as mobjects.

manim is loaded when one of these names is first used, and not at all for scene files that are loaded to be
played elsewhere: there ``StoryScene`` is a scene that only tells its story (see `nnanim.scene.bare`).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nnanim.beats import Beat
from nnanim.layout import place
from nnanim.marks import Mark
from nnanim.scene.bare import BareScene, is_bare
from nnanim.settings import load
from nnanim.style import RenderStyle

if TYPE_CHECKING:
    from nnanim.movie.ink import Ink, PaintCamera
    from nnanim.movie.scene import StoryScene

__all__ = ["Ink", "PaintCamera", "StoryScene", "mobject"]

_HOMES = {"Ink": "ink", "PaintCamera": "ink", "StoryScene": "scene"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "StoryScene" and is_bare():
        return BareScene
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def mobject(mark: Mark, *, lang: str | None = None, theme: str | None = None) -> Ink:
    """A mark as a mobject for any manim scene, as large as it would be alone on a stage.

    Args:
        mark: any mark that needs no other (Wires and Link join two: use a StoryScene for them).
        lang: of its words; by default the one in force.
        theme: of its colours; by default the one in force.
    """
    from nnanim.movie.ink import Ink

    now = load(lang, theme)
    frame = place(Beat("", mark, id="alone"), RenderStyle(now.theme, now.lang))
    return Ink(mark.key, frame[mark.key].draw(frame), frame[mark.key].room, frame)
