"""What is said about a trained model, and where its files are."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

import msgspec

from nnanim.errors import UserError, nearest
from nnanim.files import read_bytes, write_text
from nnanim.schema import read_json

Identifier = Annotated[str, msgspec.Meta(pattern="^[A-Za-z][A-Za-z0-9_]*$")]
Size = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
Argument = bool | Size | float | str | list[Size]

WEIGHTS = Path(__file__).with_name("weights")


@dataclass(frozen=True)
class Card:
    """One trained model: what it is, how it was made, how good it is.

    ``figures`` are measured on held-out data, ``film_samples`` are inputs that show the model well,
    ``sha256`` is the checksum of the weights file, ``minutes`` the CPU minutes of the training, ``arguments``
    what the class is built with. ``base`` is empty for a model whose weights are stored whole; otherwise the
    file holds their difference from those of the model ``base["name"]`` with the checksum ``base["sha256"]``:
    from all of them, or from those whose names begin with ``base["part"]``; put ``base["under"]`` before a
    name of theirs, and it is one of this model's.
    """

    name: str
    title: dict[str, str]
    module: Identifier
    kind: Identifier
    arguments: dict[str, Argument]
    data: str
    licence: str
    command: str
    seed: int
    minutes: int | float
    parameters: int
    bytes: int
    sha256: str
    figures: dict[str, int | float]
    film_samples: dict[str, Any] = field(default_factory=dict)
    notes: str = ""
    base: dict[str, str] = field(default_factory=dict)

    @property
    def weights(self) -> Path:
        return weights_path(self.name)

    def save(self) -> Path:
        """Write the card beside its weights."""
        return write_text(card_path(self.name), json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n")


def names() -> tuple[str, ...]:
    """The trained models that are shipped, by listing the folder."""
    return tuple(sorted(path.name.removesuffix(".card.json") for path in WEIGHTS.glob("*.card.json")))


def card(name: str) -> Card:
    """The card of a shipped model.

    Raises:
        UserError: there is no such model, or its card cannot be read.
    """
    if name not in names():
        raise UserError(f"there is no trained model {name!r}{nearest(name, names())}")
    return read_json(card_path(name), Card)


def checked_weights(name: str) -> bytes:
    """The bytes of a model's weights file, after comparing them with the card's checksum.

    Raises:
        UserError: unknown model; the file is missing or damaged.
    """
    expected, path = card(name), weights_path(name)
    if not path.is_file():
        raise UserError(
            f"the weights of model {name!r} are missing: {path}; reinstall, or run: {expected.command}"
        )
    content = read_bytes(path)
    found = hashlib.sha256(content).hexdigest()
    if found != expected.sha256:
        raise UserError(
            f"the weights of model {name!r} are damaged: {path} has checksum {found[:12]}…, its card says "
            f"{expected.sha256[:12]}…; reinstall, or run: {expected.command}"
        )
    return content


def card_path(name: str) -> Path:
    """Where a model's card lies."""
    return WEIGHTS / f"{name}.card.json"


def weights_path(name: str) -> Path:
    """Where a model's weights lie."""
    return WEIGHTS / f"{name}.safetensors"


def training_path(name: str) -> Path:
    """Where a model's recorded training lies."""
    return WEIGHTS / f"{name}.training.safetensors"
