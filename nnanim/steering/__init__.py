"""Pictures that follow a slope towards a sentence: CLIP as a steering wheel.

    from nnanim import steering

    for step, picture, cosine in steering.steer("a large red cat, at night", through="siren", seed=3):
        ...                                                    # the start and the picture after every step
    picture = steering.steer_picture("a yellow star, in the snow", through="pixels")

    for one in steering.dream(model, "features.3", unit=5):
        one.pictures, one.values                               # what that channel of any model wants to see

A class of one's own steers (`Guide`) or is steered (`Generator`). torch is loaded when something is steered,
not when this is imported.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnanim.steering.dreams import DreamStep, dream
    from nnanim.steering.engine import steer, steer_picture
    from nnanim.steering.generator import Generator
    from nnanim.steering.generators import GENERATORS
    from nnanim.steering.guide import Guide, WorldGuide
    from nnanim.steering.step import SteeringStep

__all__ = [
    "GENERATORS",
    "DreamStep",
    "Generator",
    "Guide",
    "SteeringStep",
    "WorldGuide",
    "dream",
    "steer",
    "steer_picture",
]

_HOMES = {
    "DreamStep": "dreams", "dream": "dreams",
    "GENERATORS": "generators", "Generator": "generator", "Guide": "guide", "WorldGuide": "guide",
    "SteeringStep": "step", "steer": "engine", "steer_picture": "engine",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
