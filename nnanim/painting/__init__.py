"""Painting from words, step by step, with everything that a film of it needs.

    from nnanim import painting

    for step, picture, latents in painting.paint("a large red cat, at night", seed=3):
        ...                                      # the picture after every step
    trace = painting.traced("a large red cat, at night", seed=3)     # the same run, with all its numbers
    trace = painting.noised(picture, at=[0, 0.25, 0.5, 0.75, 1])     # the way forward, into noise
    painter = painting.pipeline("stable-diffusion")                  # a pipeline in a local folder
    painting.paint("a cat on the moon", painter=painter)

torch is loaded when something is painted, not when this is imported.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnanim.painting.forward import noised
    from nnanim.painting.order import Order
    from nnanim.painting.painting import Painting
    from nnanim.painting.pictures import read_picture
    from nnanim.painting.pipelines import Pipeline, pipeline
    from nnanim.painting.run import paint, picture
    from nnanim.painting.tracing import traced

__all__ = [
    "Order",
    "Painting",
    "Pipeline",
    "noised",
    "paint",
    "picture",
    "pipeline",
    "read_picture",
    "traced",
]

_HOMES = {
    "Order": "order", "Painting": "painting", "Pipeline": "pipelines", "noised": "forward", "paint": "run",
    "picture": "run", "pipeline": "pipelines", "read_picture": "pictures", "traced": "tracing",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
