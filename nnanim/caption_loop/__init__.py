"""The caption loop: a picture is described, the sentence is painted, the painting is described, and so on.

``caption_loop`` is the loop itself and works with any two functions; ``run.run`` keeps it in a folder;
``backends`` holds the built-in models, and big ones of diffusers and transformers. ::

    from nnanim.caption_loop import ModelChoice, caption_loop, open_models

    models = open_models(ModelChoice())
    for one in caption_loop("cat.png", models.painter, models.captioners, seed=3, max_rounds=50):
        print(one.number, one.caption)
    print(one.end)

Importing it loads no torch; opening models does.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "nnanim.caption_loop.backends": ("LoopModels", "ModelChoice", "open_models"),
    "nnanim.caption_loop.loop": ("BackendError", "LoopEnd", "Round", "caption_loop"),
    "nnanim.caption_loop.prompts": ("first_phrase", "whole_caption"),
    "nnanim.caption_loop.reader": ("SavedLoop", "read_loop"),
    "nnanim.caption_loop.run": ("LoopSettings",),
}

_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'nnanim.caption_loop' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
