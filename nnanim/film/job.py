"""A film that somebody wants, as plain data that travels to other processes and machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from nnanim.errors import UserError, nearest
from nnanim.scene.fingerprint import digest
from nnanim.words import Words


@dataclass(frozen=True)
class TextPage:
    """A picture of words: a title, or a title with lines.

    Attributes:
        id: of its beat.
        title, lines: what stands on it.
        seconds: how long it stays.
    """

    id: str
    title: Words
    lines: tuple[Words, ...] = ()
    seconds: float = 4.0


@dataclass(frozen=True)
class FilmJob:
    """What a film shall be.

    Attributes:
        name: what people call it.
        folder: its media folder; empty for the one that manim's settings name.
        scene: name or file of the scene; class_name: the class in it, if not the first.
        lang, theme, pace: of the film; empty (0) is as the scene and the settings in force say.
        flags: of manim's command line.
        options: values for the scene's options, such as ``sentence`` or ``model``.
        data: values for any names that the scene's file or class has already.
        only: id or number of the one beat that is filmed.
        title: of the film, instead of the scene's.
        says: sentences instead of the scene's, by the beats' ids.
        show, first, last, leave_out: ids of the beats that are shown; by default all.
        voice: where a function ``narrate(text, lang)`` stands.
        pages: pictures of words instead of a scene.
        where: the place that asked for it, for messages.
        reuse: whether a film that is there already, made of the same, is taken as it is.
        verbose: whether manim says what it does.
        shared: whether the folder holds other films, too; each has a note of its own.
        printer: ``movie`` for a video, ``vectors`` for a film that a page plays, ``page`` for such a page.
        animated: ``.webp`` or ``.apng``: what is written instead of the gif that ``flags`` ask for.
        langs, themes, frames: all that a page can switch between; its own ``lang`` and ``theme`` come first.
    """

    name: str
    folder: str = ""
    scene: str = ""
    class_name: str | None = None
    lang: str = ""
    theme: str = ""
    pace: float = 0.0
    flags: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    only: str | None = None
    title: Words | None = None
    says: Mapping[str, Words] = field(default_factory=dict)
    show: tuple[str, ...] = ()
    first: str = ""
    last: str = ""
    leave_out: tuple[str, ...] = ()
    voice: str | None = None
    pages: tuple[TextPage, ...] = ()
    where: str = ""
    reuse: bool = True
    verbose: bool = False
    shared: bool = False
    printer: str = "movie"
    animated: str = ""
    langs: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    frames: tuple[str, ...] = ("16:9",)

    def digest(self) -> str:
        """A short name for everything that is wanted, but not where it lies and who asked."""
        aside = ("name", "folder", "where", "reuse", "verbose", "shared")
        return digest({one.name: getattr(self, one.name) for one in fields(self) if one.name not in aside})

    def mistake(self, message: str) -> UserError:
        """A mistake in what is wanted, with the place that asked for it."""
        return UserError(f"{self.where}: {message}" if self.where else message)

    def select_beats(self, ids: list[str]) -> list[str]:
        """Those of the beats ``ids`` that are shown, in their order.

        Raises:
            UserError: a beat that is named is not there, or nothing is left.
        """
        for one in (*self.says, *self.show, self.first, self.last, *self.leave_out):
            if one and one not in ids:
                raise self.mistake(f"the scene {self.name} has no beat {one!r}{nearest(one, ids)}")
        start = ids.index(self.first) if self.first else 0
        end = ids.index(self.last) + 1 if self.last else len(ids)
        shown = [one for one in ids[start:end] if one not in self.leave_out]
        if self.show:
            shown = [one for one in shown if one in self.show]
        if not shown:
            raise self.mistake(f"of the scene {self.name} no beat is left")
        return shown


@dataclass(frozen=True)
class FilmResult:
    """A film that was made. Paths are relative to the job's folder, or whole where they lie outside it.

    Attributes:
        film, beside: the film (a video, its vectors, or a page), and its subtitles and manifest.
        manifest: beside it; empty for a still.
        seconds, frames: its length.
        fresh: whether anything was rendered.
    """

    film: str
    beside: tuple[str, ...]
    manifest: str
    seconds: float
    frames: int
    fresh: bool = True

    def manifest_path(self, folder: str) -> Path:
        """The manifest's whole path."""
        return Path(folder) / self.manifest
