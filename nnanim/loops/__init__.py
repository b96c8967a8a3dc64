"""The caption loop: a picture is described, the sentence is painted, the painting is described, and so on.

``caption_loop`` is the wrapper itself and works with any two functions; ``Run`` keeps it in a folder;
``backends`` holds the shipped small models, and big ones of diffusers and transformers. ::

    from nnanim import loops

    models = loops.open_backends(loops.Choice())
    for one in loops.caption_loop("cat.png", models.painter, models.captioner, seed=3, max_rounds=50):
        print(one.number, one.caption)
    print(one.end)

Importing it loads no torch; a backend does.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "nnanim.loops.backends": ("Backends", "Choice", "open_backends"),
    "nnanim.loops.folder": ("Saved", "read"),
    "nnanim.loops.loop": ("BackendError", "End", "Round", "caption_loop"),
    "nnanim.loops.pictures": ("load_picture",),
    "nnanim.loops.prompts": ("first_phrase", "full"),
}

_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'nnanim.loops' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
