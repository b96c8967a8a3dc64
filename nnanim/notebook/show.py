"""Showing a story, a beat or a mark in a notebook: Jupyter, Colab, VS Code, marimo."""

from __future__ import annotations

import base64
import html
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnanim import settings
from nnanim.beats import Beat, Story
from nnanim.errors import UserError, one_line
from nnanim.marks import Mark, Row
from nnanim.scene.source import StorySource
from nnanim.settings import Settings
from nnanim.style import RenderStyle
from nnanim.theme import Theme
from nnanim.trace import Trace
from nnanim.truth import prove
from nnanim.web import FilmCut, encode_film
from nnanim.web.page import PageSettings, format_page, write_page

if TYPE_CHECKING:
    from nnanim.notebook.controls import ControlWidget
    from nnanim.notebook.widget import FilmWidget

CONTROLS = 92
"""Pixels that the player's controls take below the film."""


@dataclass(frozen=True, eq=False)
class Display:
    """What a notebook shows: the film's player where there is time in it, else a picture.

    Attributes:
        story: what is shown.
        settings: language, theme and pace.
        moving: whether it is a film.
        width_px: width in pixels.
        scene: whose story it is, where that scene has controls.
        cover: id of the beat whose end is seen before it plays; by default one in the middle.
    """

    story: Story
    settings: Settings
    moving: bool = True
    width_px: int = 960
    scene: type[StorySource] | None = None
    cover: str = ""

    @property
    def _style(self) -> RenderStyle:
        return RenderStyle(self.settings.theme, self.settings.lang)

    @cached_property
    def film(self) -> bytes:
        """The film as the player reads it.

        Raises:
            UserError: a beat does not fit.
        """
        return encode_film([FilmCut(self.story, self._style)], small=True)

    @property
    def height(self) -> int:
        """Height in pixels of the player: of the film, and of the controls below it."""
        return round(self.width_px * self._style.height / self._style.width) + CONTROLS

    @property
    def _begin(self) -> PageSettings:
        """How the player begins: before it plays, a picture is there, of a beat that stands for the film."""
        how, ids = self.settings, [beat.id for beat in self.story.beats]
        cover = self.cover if self.cover in ids else ids[len(ids) // 2]
        return PageSettings(how.lang, how.theme.name, cover=cover, pace=how.pace)

    def _page(self) -> dict[str, Any]:
        """What a page with this film is made of."""
        style = self._style
        return {
            "film": self.film,
            "settings": replace(self._begin, hash=False),
            "sentences": [style.say(beat.says) for beat in self.story.beats],
            "title": style.say(self.story.title),
        }

    @cached_property
    def _html(self) -> str:
        style = self._style
        if self.moving:
            # A page of its own: scripts and styles of the notebook and of the player leave each other alone.
            page = format_page(**self._page(), embedded=True).replace("&", "&amp;").replace('"', "&quot;")
            title = html.escape(style.say(self.story.title), quote=True)
            return (
                f'<iframe srcdoc="{page}" title="{title}" width="{self.width_px}" height="{self.height}" '
                'style="max-width: 100%; border: 0" allow="fullscreen" allowfullscreen></iframe>'
            )
        data = base64.b64encode(self._png).decode("ascii")
        name = html.escape(style.say(self.story.title) or style.say(self.story.beats[0].says), quote=True)
        return (
            f'<img width="{self.width_px}" style="max-width: 100%; height: auto" alt="{name}" '
            f'src="data:image/png;base64,{data}">'
        )

    @cached_property
    def _png(self) -> bytes:
        from nnanim.still.figure import default_settings

        figure, buffer = self._figure(), io.BytesIO()
        with default_settings():
            figure.savefig(buffer, format="png", dpi=figure.dpi, metadata={"Software": "nnanim"})
        return buffer.getvalue()

    def _figure(self, path: str | os.PathLike[str] | None = None) -> Any:
        from nnanim.still.picture import still
        from nnanim.still.sheet import contact_sheet

        theme, lang, width = self.settings.theme, self.settings.lang, self.width_px
        if len(self.story.beats) == 1:
            return still(self.story, path=path, theme=theme, lang=lang, width_px=width)
        return contact_sheet(self.story, path, theme=theme, lang=lang, thumb_width=width // 2)

    def __repr__(self) -> str:
        """One line, for where neither pages nor pictures are shown."""
        count, style = len(self.story.beats), self._style
        title = style.say(self.story.title) or style.say(self.story.beats[0].says)
        what = f"a film of {count} beats" if self.moving else "a picture"
        name = "film.html" if self.moving else "picture.png"
        return one_line(f"{title}: {what}; .save({name!r}) writes it")

    def _repr_mimebundle_(self, **_: Any) -> Any:
        """A scene's controls, where a kernel can answer them; None for everything else, which is a page."""
        if self.scene is None or find_spec("anywidget") is None:
            return None
        return self._widget._repr_mimebundle_()

    @cached_property
    def _widget(self) -> FilmWidget | ControlWidget:
        return self.widget()

    def _repr_html_(self) -> str:
        return self._html

    def _repr_png_(self) -> bytes:
        return self._png

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the film as a page (html) or a video (mp4, gif), or every beat's end as png, svg or pdf.

        Raises:
            UserError: an unknown suffix, or a folder that cannot be written to.
        """
        from nnanim.still.figure import FILMS, FORMATS, picture_format
        from nnanim.still.film import animate

        kind = picture_format(path, ("html", *FILMS, *FORMATS), "the file")
        if kind == "html":
            return write_page(path=Path(path), **self._page())
        if kind in FORMATS:
            self._figure(path)
            return Path(path)
        how = self.settings
        return animate(
            self.story, path, theme=how.theme, lang=how.lang, pace=how.pace, width_px=self.width_px
        )

    def widget(self) -> FilmWidget | ControlWidget:
        """The same player as a widget, which Python can lead and follow: see `nnanim.notebook.widget`.

        Of a scene with controls, it is a widget with these: see `nnanim.notebook.controls`.

        Raises:
            UserError: anywidget is not installed.
        """
        try:
            if self.scene is not None:
                return self._control_widget(self.scene)
            from nnanim.notebook.widget import FilmWidget
        except ImportError as error:
            raise UserError(f"a widget needs more ({error}); run: pip install 'nnanim[notebook]'") from None
        how = self.settings

        def encode(thing: Any) -> bytes:
            return show(thing, lang=how.lang, theme=how.theme, pace=how.pace).film

        return FilmWidget(self.film, self._begin, self.height, encode)

    def _control_widget(self, scene: type[StorySource]) -> ControlWidget:
        from nnanim.live.state import LiveState
        from nnanim.notebook.controls import ControlWidget

        state = LiveState(lang=self.settings.lang, theme=self.settings.theme.name)
        return ControlWidget(scene, state, self.height)


def show(
    thing: Any,
    *,
    lang: str | None = None,
    theme: str | Theme | None = None,
    pace: float | None = None,
    width_px: int = 960,
) -> Display:
    """Show a story, beats, or a mark or arrangement in a notebook; the last is a picture, the others move.

    Args:
        thing: a Story, an iterable of beats (what a story function yields), a Beat, a mark, an arrangement,
            a Trace of a model, of which ``nnanim.stories.network`` tells, or the class of a scene, whose
            controls are shown, too, where anywidget is installed.
        lang: the language; like the next two by default that of ``nnanim.settings``.
        theme: the look.
        pace: 2 is twice as fast.
        width_px: width in pixels.

    Raises:
        UserError: nothing can be shown of ``thing``; an unknown language or theme; a beat that does not fit.
    """
    how, scene, cover = settings.load(lang, theme, pace), None, ""
    if isinstance(thing, type) and issubclass(thing, StorySource):
        scene, cover = (thing if thing.without_renderer().controls else None), thing.cover
        thing = thing.build_story({"lang": how.lang, "theme": how.theme.name}, cached=True)
    return Display(_story(thing), how, not isinstance(thing, Mark | Row), width_px, scene, cover)


def _story(thing: Any) -> Story:
    if isinstance(thing, Story):
        return thing
    if isinstance(thing, Beat):
        return Story.from_beats([thing])
    if isinstance(thing, Mark | Row):
        return Story.from_beats([Beat("", thing)])
    if isinstance(thing, Trace):
        from nnanim.stories.network import network

        retell = partial(network, thing)
        beats, proven = prove(retell)
        name = str(thing.provenance.get("model", ""))
        return replace(Story.from_beats(beats, name, thing.provenance, proven=proven), retell=retell)
    if callable(thing):
        name = getattr(thing, "__name__", type(thing).__name__)
        raise UserError(f"{name} tells a story when it is called: show({name}(trace))")
    if isinstance(thing, Iterable) and not isinstance(thing, str | bytes):
        return Story.from_beats(thing)
    raise UserError(
        f"nothing can be shown of {type(thing).__name__}; a story, beats, a mark or an arrangement wanted"
    )
