"""Pictures from words, step by step, with everything that a film of it needs.

    from nnanim import text_to_image

    for step, picture, latents in text_to_image.generate("a large red cat, at night", seed=3):
        ...                                      # the picture after every step
    trace = text_to_image.record_generation("a large red cat, at night", seed=3)   # with all its numbers
    trace = text_to_image.record_forward_process(picture, at=[0, 0.5, 1])          # the way into noise
    pipeline = text_to_image.open_pipeline("stable-diffusion")   # a diffusers pipeline in a local folder
    text_to_image.generate("a cat on the moon", backend=pipeline)

torch is loaded when something is generated, not when this is imported.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnanim.text_to_image.builtin import BuiltinBackend
    from nnanim.text_to_image.forward_process import record_forward_process
    from nnanim.text_to_image.generation import Backend, generate, generate_picture
    from nnanim.text_to_image.hf.pipeline import PipelineBackend, open_pipeline
    from nnanim.text_to_image.request import Request
    from nnanim.text_to_image.step import Step
    from nnanim.text_to_image.trace import record_generation

__all__ = [
    "Backend",
    "BuiltinBackend",
    "PipelineBackend",
    "Request",
    "Step",
    "generate",
    "generate_picture",
    "open_pipeline",
    "record_forward_process",
    "record_generation",
]

_HOMES = {
    "Backend": "generation", "BuiltinBackend": "builtin", "PipelineBackend": "hf.pipeline",
    "Request": "request", "Step": "step", "generate": "generation", "generate_picture": "generation",
    "open_pipeline": "hf.pipeline", "record_forward_process": "forward_process",
    "record_generation": "trace",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
