"""What the shipped scenes compute, once for all tests of a session."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, cast
from unittest.mock import patch

from filelock import FileLock
from session import session_folder

from nnanim.beats import Beat, Story
from nnanim.scene import loader
from nnanim.trace import Trace

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


@lru_cache(maxsize=2)
def example(name: str, lang: str, part: str | None = None) -> Any:
    """What a scene computes; a Trace by the first worker of a session that asks, and read by the others."""
    path = session_folder("examples") / f"{name}-{lang}-{part}.trace"
    with FileLock(f"{path}.lock"):
        if path.exists():
            return Trace.load(path)
        computed = without_settings(scene(name, lang, part).compute_example)
        if isinstance(computed, Trace):
            computed.save(path)
    return computed


def without_settings(call: Callable[[], Any]) -> Any:
    """What a function gives where the reader has set neither language, theme nor pace."""
    with patch.dict("os.environ", {}, clear=False) as environment:
        for setting in ("LANG", "THEME", "PACE"):
            environment.pop(f"NNANIM_{setting}", None)
        return call()


@lru_cache(maxsize=2)
def story(name: str, lang: str = "en") -> Story:
    """The story of a scene, told from the example that all tests share."""
    given = example(name, lang)
    return cast(Story, without_settings(lambda: scene(name, lang).tell_story(given)))


def tell(name: str, lang: str, part: str | None = None) -> Iterable[Beat]:
    """The beats of a scene; its example is computed once."""
    return scene(name, lang, part).story(example(name, lang, part))


def differs(name: str) -> bool:
    """Whether a scene computes something else in another language."""
    return "settings" in loader.path(name).read_text(encoding="utf-8")
