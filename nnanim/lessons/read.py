"""From a TOML file to a Lesson; every mistake is one line with its file, line and key."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnanim import theme as themes
from nnanim import words
from nnanim.errors import UserError, nearest, quote
from nnanim.files import quote_path, read_text
from nnanim.lessons.lesson import AFTER, ASPECTS, BeatOverride, Clip, Lesson, Page
from nnanim.lessons.lines import key_lines, line_of
from nnanim.schema import parse_toml
from nnanim.words import Words

LESSON = ("title", "language", "theme", "aspect", "pace", "steps")
PAGE = ("title", "lines", "notes", "after", "seconds", "minutes")
CLIP = (
    "scene", "title", "show", "from", "to", "leave_out", "beats", "data", "model", "notes", "after", "minutes"
)  # fmt: skip
BEAT = ("says", "notes", "after", "question", "pause")

MAX_NUMBER = 3600
"""Maximum of any number in a lesson: an hour of one slide would fill a disk."""

MAX_LESSON = 1 << 20
"""Maximum size of a lesson in bytes: the parser takes a second for a megabyte."""

_SIGNAL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")


def read(path: Path) -> Lesson:
    """The lesson in a file.

    Raises:
        UserError: it cannot be read or is no lesson; the line says file, line and key.
    """
    text = read_text(path, MAX_LESSON)
    content = parse_toml(text, quote_path(path))
    return _lesson(_Table(content, (), _Source(path, key_lines(text))))


@dataclass(frozen=True)
class _Source:
    file: Path
    lines: Mapping[tuple[str | int, ...], int]


@dataclass(frozen=True)
class _Table:
    """A table of the file, which knows where its keys stand."""

    content: Mapping[str, Any]
    path: tuple[str | int, ...]
    source: _Source

    def error(self, key: str | int | None, message: str) -> UserError:
        return UserError(f"{self.place(key)}: {message}")

    def place(self, key: str | int | None) -> str:
        """File, line and key, as messages name them."""
        path = self.path if key is None else (*self.path, key)
        name = ".".join(str(part + 1) if isinstance(part, int) else part for part in path)
        line = line_of(dict(self.source.lines), path)
        return f"{quote_path(self.source.file)}, line {line}{f', {name}' if name else ''}"

    def refuse_unknown_keys(self, keys: tuple[str, ...]) -> None:
        for key in self.content:
            if key not in keys:
                raise self.error(key, f"there is no key {quote(key)} here{nearest(key, keys)}")

    def table(self, key: str) -> _Table:
        value = self.content.get(key, {})
        if not isinstance(value, dict):
            raise self.error(key, f"{quote(value)} is not a table; write [{key}] or {{ … }}")
        return _Table(value, (*self.path, key), self.source)

    def words(self, key: str, default: Words = "") -> Words:
        value = self.content.get(key, default)
        return self._words(key, value)

    def _words(self, key: str, value: Any) -> Words:
        if isinstance(value, str):
            self._require_printable(key, value)
            return value
        fine = isinstance(value, dict) and value and all(isinstance(text, str) for text in value.values())
        if not fine:
            raise self.error(key, f'{quote(value)} are not words; write "…" or {{ en = "…", ja = "…" }}')
        for lang in value:
            if lang not in words.available_languages():
                raise self.error(
                    key, f"language {quote(lang)} is not known{nearest(lang, words.available_languages())}"
                )
            self._require_printable(key, value[lang])
        return dict(value)

    def _require_printable(self, key: str, text: str) -> None:
        """Neither HTML nor Office takes characters that are no letters but signals to machines."""
        if wrong := _SIGNAL.search(text):
            raise self.error(key, f"the character U+{ord(wrong[0]):04X} cannot be shown")

    def many_words(self, key: str) -> tuple[Words, ...]:
        value = self.content.get(key, [])
        if not isinstance(value, list):
            raise self.error(key, f"{quote(value)} is not a list; write [ … ]")
        return tuple(self._words(key, one) for one in value)

    def text(self, key: str, default: str = "") -> str:
        value = self.content.get(key, default)
        if not isinstance(value, str):
            raise self.error(key, f"{quote(value)} is not a text; write it in quotes")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.content.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.error(key, f'{quote(value)} is not a list of texts; write ["…", "…"]')
        return tuple(value)

    def one_of(self, key: str, names: tuple[str, ...], default: str) -> str:
        value = self.text(key, default)
        if value not in names:
            raise self.error(key, f"{quote(value)} is none of {', '.join(names)}")
        return value

    def number(self, key: str, default: float, *, above: bool = False) -> float:
        value = self.content.get(key, default)
        fine = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MAX_NUMBER
        if not fine or (above and not value):
            raise self.error(
                key, f"{quote(value)} is not a number {'above 0, up' if above else 'from 0'} to {MAX_NUMBER}"
            )
        return float(value)


def _lesson(top: _Table) -> Lesson:
    top.refuse_unknown_keys(LESSON)
    title = top.words("title")
    if not title:
        raise top.error(None, 'the lesson has no title; write title = "…"')
    steps = top.content.get("steps")
    if not isinstance(steps, list) or not steps or not all(isinstance(step, dict) for step in steps):
        raise top.error("steps", "there are no steps; write [[steps]], and scene = … or title = … below it")
    return Lesson(
        name=top.source.file.stem,
        title=title,
        steps=tuple(_step(_Table(step, ("steps", i), top.source)) for i, step in enumerate(steps)),
        lang=top.one_of("language", tuple(words.available_languages()), "")
        if "language" in top.content
        else "",
        theme=top.one_of("theme", tuple(themes.THEMES), "") if "theme" in top.content else "",
        aspect=top.one_of("aspect", tuple(ASPECTS), "16:9"),
        pace=top.number("pace", 0.0, above=True) if "pace" in top.content else 0.0,
    )


def _step(step: _Table) -> Page | Clip:
    if "scene" in step.content:
        return _clip(step)
    if "title" not in step.content:
        raise step.error(None, "a step has a scene or a title; this one has neither")
    step.refuse_unknown_keys(PAGE)
    after = step.one_of("after", ("pause", "advance"), "pause")
    seconds = step.number("seconds", 0.0, above=True) if "seconds" in step.content else None
    return Page(
        step.words("title"), step.many_words("lines"), step.words("notes"), after, seconds,
        step.number("minutes", 0.0),
    )  # fmt: skip


def _clip(step: _Table) -> Clip:
    step.refuse_unknown_keys(CLIP)
    beats = step.table("beats")
    overrides = {beat: _beat(beats.table(beat)) for beat in beats.content}
    if "show" in step.content and ("from" in step.content or "to" in step.content):
        raise step.error("show", "write show, or from and to, not both")
    if step.text("model", "shown") not in ("shown", "yours"):
        raise step.error("model", 'write model = "yours" for the model that is given with --model')
    return Clip(
        scene=_scene(step),
        title=step.words("title") if "title" in step.content else None,
        show=step.texts("show"),
        first=step.text("from"),
        last=step.text("to"),
        leave_out=step.texts("leave_out"),
        beats=overrides,
        data=_data(step.table("data")),
        own_model=step.text("model", "shown") == "yours",
        notes=step.words("notes"),
        after=step.one_of("after", AFTER, "pause"),
        minutes=step.number("minutes", 0.0),
        where=step.place("scene"),
    )


def _scene(step: _Table) -> str:
    """Name of a scene, or the whole path of a file in the lesson's folder."""
    from nnanim.scene import loader

    name = step.text("scene")
    if not name.endswith(".py"):
        if name not in loader.names():
            raise step.error("scene", f"there is no scene {quote(name)}{nearest(name, loader.names())}")
        return name
    folder = step.source.file.parent.resolve()
    file = (folder / name).resolve()
    if not file.is_relative_to(folder):
        raise step.error("scene", f"{quote(name)} lies outside the lesson's folder {folder}")
    if not file.is_file():
        raise step.error("scene", f"there is no file {quote(name)} in {folder}")
    return str(file)


def _beat(beat: _Table) -> BeatOverride:
    beat.refuse_unknown_keys(BEAT)
    after = beat.one_of("after", AFTER, "pause") if "after" in beat.content else ""
    says = beat.words("says") if "says" in beat.content else None
    return BeatOverride(says, beat.words("notes"), after, beat.words("question"), beat.number("pause", 0.0))


def _data(table: _Table) -> dict[str, Any]:
    """Values for the scene's own names: numbers, texts, truths, and lists and tables of them."""

    def check(value: Any) -> bool:
        if isinstance(value, dict):
            return all(map(check, value.values()))
        if isinstance(value, list):
            return all(map(check, value))
        return isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value))

    for key, value in table.content.items():
        if not key.isidentifier() or key.startswith("_"):
            raise table.error(key, f"{quote(key)} cannot be a name in a scene")
        if not check(value):
            raise table.error(key, f"{quote(value)} is none of: number, text, true, false, list, table")
    return dict(table.content)
