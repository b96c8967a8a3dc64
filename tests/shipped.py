"""What the shipped scenes compute, once for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from unittest.mock import patch

from nnanim.beats import Beat
from nnanim.scene import loader

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
    with patch.dict("os.environ", {}, clear=False) as environment:
        for setting in ("LANG", "THEME", "PACE"):
            environment.pop(f"NNANIM_{setting}", None)
        return scene(name, lang, part).example()


def tell(name: str, lang: str, part: str | None = None) -> Iterable[Beat]:
    """The beats of a scene; its example is computed once."""
    return scene(name, lang, part).story(example(name, lang, part))


def differs(name: str) -> bool:
    """Whether a scene computes something else in another language."""
    return "settings" in loader.path(name).read_text(encoding="utf-8")
