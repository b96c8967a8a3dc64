"""A scene that is played: its story in every language, and cuts of it as they are wanted."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from nnanim import theme as themes
from nnanim import words
from nnanim.beats import Story
from nnanim.errors import UserError, nearest
from nnanim.film.options import check_options
from nnanim.play.server import CutName
from nnanim.scene import loader
from nnanim.scene.bare import without_manim
from nnanim.scene.source import StoryDraft, StorySource
from nnanim.style import FRAMES, RenderStyle, frame_size
from nnanim.timeline import take_of
from nnanim.web import FilmCut, encode_film

GROUNDS = ("dark", "light")
"""Themes between which the page switches."""


class Studio:
    """Makes cuts of a scene's film; whoever asks for the same one twice gets what was made before.

    Attributes:
        version: counts the states of the scene's file that were loaded; 0 before the first.
    """

    def __init__(
        self, scene: str, class_name: str | None = None, options: Mapping[str, Any] | None = None
    ) -> None:
        """Take a scene; it is loaded by `reload`.

        Args:
            scene: name or file of the scene.
            class_name: the class in it, if not the first.
            options: values for its options; ``lang`` and ``theme`` are those that are shown first.

        Raises:
            UserError: there is no such scene, or no such language or theme.
        """
        self.file = loader.path(scene)
        self._scene, self._class_name, self._options = scene, class_name, dict(options or {})
        self.lang = words.check_language(str(self._options.pop("lang", "en")))
        theme = themes.by_name(self._options.pop("theme", "dark")).name
        self.themes = tuple(dict.fromkeys((theme, *GROUNDS)))
        self.languages = tuple(dict.fromkeys((self.lang, *words.LANGUAGES)))
        self.frames = tuple(FRAMES)
        self.version = 0
        self._kind: type[StorySource] = StorySource
        self._drafts: dict[str, StoryDraft] = {}
        self._stories: dict[str, Story] = {}
        self._films: dict[CutName, bytes] = {}
        # Stories and cuts are made one after the other: two at once would only wait for each other.
        self._one_at_a_time = threading.RLock()

    def reload(self) -> None:
        """Load the scene's file as it is now and tell its story in the first language.

        Where that fails, everything stays as it was.

        Raises:
            UserError: the file breaks, or its example or story does.
        """
        with self._one_at_a_time:
            with without_manim():
                kind = loader.choose(self._scene, self._class_name)
            check_options(kind, self._options, "play")
            draft = self._tell(kind, self.lang)
            self._kind, self._drafts, self._stories, self._films = kind, {self.lang: draft}, {}, {}
            self.version += 1

    @property
    def cover(self) -> str:
        """The id of the beat that stands for the scene; empty where none does."""
        return str(self._options.get("cover", self._kind.cover))

    def list_beats(self) -> list[str]:
        """The ids of the beats, in the first language."""
        return [beat.id for beat in self._draft(self.lang).story.beats]

    def story(self, lang: str) -> Story:
        """The story in a language.

        Raises:
            UserError: it breaks in this one.
        """
        with self._one_at_a_time:
            if lang not in self._stories:
                self._stories[lang] = self._draft(lang).finish()
            return self._stories[lang]

    def _draft(self, lang: str) -> StoryDraft:
        """The story in a language, told but once."""
        with self._one_at_a_time:
            if lang not in self._drafts:
                self._drafts[lang] = self._tell(self._kind, lang)
            return self._drafts[lang]

    def encode(self, name: CutName, version: int | None = None) -> bytes:
        """A film of one cut, or of one beat of it, as the player reads it.

        Raises:
            UserError: there is no such cut; it cannot be placed; the scene has been loaded anew since
                ``version``.
        """
        for what, known, value in (
            ("language", self.languages, name.lang),
            ("theme", self.themes, name.theme),
            ("frame", self.frames, name.frame),
        ):
            if value not in known:
                raise UserError(f"there is no {what} {value!r}{nearest(value, known)}")
        with self._one_at_a_time:
            if version not in (None, self.version):
                raise UserError(f"version {version} of the film is gone; this is {self.version}")
            if name not in self._films:
                self._films[name] = self._encode(name)
            return self._films[name]

    def _encode(self, name: CutName) -> bytes:
        style = RenderStyle(themes.by_name(name.theme), name.lang, *frame_size(name.frame))
        if not name.beat:
            return encode_film([FilmCut(self.story(name.lang), style)])
        story = self._draft(name.lang).story
        try:
            beat = story.beat(name.beat)
        except UserError:
            beat = story.beats[0]  # the one that was seen is no longer there
        if beat is story.beats[-1]:  # the card, whose words are not known before
            story = self.story(name.lang)
            beat = story.beats[-1]
        # One beat is there to be seen at once: where its numbers are from comes with the whole cut.
        return encode_film([FilmCut(story, style, takes=[take_of(story, beat, style)])], origins=False)

    def _tell(self, kind: type[StorySource], lang: str) -> StoryDraft:
        try:
            return kind.draft_story({**self._options, "lang": lang}, cached=True)
        except (UserError, OSError):
            raise
        except Exception as error:
            raise loader.add_line(error, self.file) from error


def load_recorder() -> None:
    """Load what recording needs, so that nobody waits for it when the scene has been changed."""
    import_module("nnanim.recording.run")


def scene_files(scene: Path) -> set[Path]:
    """What a film is made of that its author may change: the Python files beside its scene."""
    return set(scene.resolve().parent.glob("*.py"))
