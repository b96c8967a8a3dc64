"""What the shipped scenes compute, once for all tests of a session."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from filelock import FileLock
from session import session_folder

from nnanim import theme
from nnanim.beats import Beat, Story
from nnanim.scene import loader
from nnanim.scene.example_file import pack, unpack
from nnanim.style import RenderStyle
from nnanim.timeline import Take, takes

LANGS = ("en", "ja")
PARTS = [
    *(("attention", part) for part in ("table", "heads", "next", "ngrams", "positions", "mask", "window")),
    ("convnet", "gradients"),
]
"""Scenes, and parts of them that tell what the whole film does not."""


def scene(name: str, lang: str, part: str | None = None) -> Any:
    """A scene as the printers make it, without a renderer."""
    options = {"lang": lang} if part is None else {"lang": lang, "part": part}
    return loader.load(name).without_renderer(options)


def example(name: str, lang: str, part: str | None = None) -> Any:
    """What a scene computes: by the first worker of a session that asks; all others read it from a file."""
    return _example(name, lang if differs(name) else LANGS[0], part)


@lru_cache(maxsize=4)
def _example(name: str, lang: str, part: str | None) -> Any:
    stem = session_folder("examples") / f"{name}-{lang}-{part}"
    note = stem.with_suffix(".json")
    with FileLock(stem.with_suffix(".lock")):
        if note.exists():
            tree, files = json.loads(note.read_text(encoding="utf-8"))
            return unpack(tree, [Path(file) for file in files])
        computed = without_settings(scene(name, lang, part).compute_example)
        if (packed := pack(computed)) is not None:
            files = [str(file) for file in packed.write(stem)]
            note.write_text(json.dumps([packed.tree, files]), encoding="utf-8")
    return computed


def without_settings(call: Callable[[], Any]) -> Any:
    """What a function gives where the reader has set neither language, theme nor pace."""
    with patch.dict("os.environ", {}, clear=False) as environment:
        for setting in ("LANG", "THEME", "PACE"):
            environment.pop(f"NNANIM_{setting}", None)
        return call()


@lru_cache(maxsize=3)
def story(name: str, lang: str = "en") -> Story:
    """The story of a scene, told from the example that all tests share."""
    given = example(name, lang)
    return cast(Story, without_settings(lambda: scene(name, lang).tell_story(given)))


@lru_cache(maxsize=3)
def film(name: str, told: str = "en", lang: str = "en", theme_name: str = "dark") -> list[Take]:
    """The takes of the story that a scene tells in one language, shown in a language and a theme."""
    return takes(story(name, told), RenderStyle(theme.by_name(theme_name), lang))


def tell(name: str, lang: str, part: str | None = None) -> Iterable[Beat]:
    """The beats of a scene; its example is computed once."""
    return scene(name, lang, part).story(example(name, lang, part))


def differs(name: str) -> bool:
    """Whether a scene computes something else in another language."""
    return "settings" in loader.path(name).read_text(encoding="utf-8")
