"""The generators by name."""

from __future__ import annotations

from importlib import import_module
from inspect import signature
from typing import Any

from nnanim.errors import UserError, nearest
from nnanim.steering.generator import Generator

GENERATORS = {
    "pixels": "nnanim.steering.pixels:Pixels",
    "siren": "nnanim.steering.siren:Siren",
    "latent": "nnanim.steering.latent:Latent",
    "codes": "nnanim.steering.codes:Codes",
    "aleph": "nnanim.steering.codes:CodeLogits",
    "sleep": "nnanim.steering.sleep:Sleep",
    "gan": "nnanim.steering.gan:Styles",
    "strokes": "nnanim.steering.strokes:Strokes",
}
"""Where each stands; called without arguments, it gives the generator with its own recipe."""


def resolve_generator(through: Any, side: int | None = None) -> Generator:
    """The generator of a name, or the one that was given.

    Args:
        through: a name of `GENERATORS`, or a `Generator`.
        side: of its pictures, where it is called by name; its own when None.

    Raises:
        UserError: no such name (with the nearest one), no generator, or one that paints no such size.
    """
    if isinstance(through, Generator):
        return through
    if not isinstance(through, str):
        raise UserError(f"through is a name or a Generator, got {type(through).__name__}")
    if through not in GENERATORS:
        raise UserError(f"there is no generator {through!r}{nearest(through, GENERATORS)}")
    module, _, name = GENERATORS[through].partition(":")
    kind: type[Generator] = getattr(import_module(module), name)
    if side is None or side == kind.side:
        return kind()
    if "side" not in signature(kind).parameters:
        raise UserError(f"{through} paints {kind.side}×{kind.side} pixels and no other size")
    made: Generator = kind(side=side)  # type: ignore[call-arg]
    return made
