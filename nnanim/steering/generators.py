"""The generators by name."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from nnanim.errors import UserError, nearest
from nnanim.steering.generator import Generator

GENERATORS = {
    "pixels": "nnanim.steering.pixels:Pixels",
    "siren": "nnanim.steering.siren:Siren",
    "latent": "nnanim.steering.latent:Latent",
}
"""Where each stands; called without arguments, it gives the generator with its own recipe."""


def resolve_generator(through: Any) -> Generator:
    """The generator of a name, or the one that was given.

    Raises:
        UserError: there is no such name (with the nearest one), or it is no generator.
    """
    if isinstance(through, Generator):
        return through
    if not isinstance(through, str):
        raise UserError(f"through is a name or a Generator, got {type(through).__name__}")
    if through not in GENERATORS:
        raise UserError(f"there is no generator {through!r}{nearest(through, GENERATORS)}")
    module, _, name = GENERATORS[through].partition(":")
    made: Generator = getattr(import_module(module), name)()
    return made
