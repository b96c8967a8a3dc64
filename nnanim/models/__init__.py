"""Small trained models: ``load(name)`` gives one ready to run, ``card(name)`` says what is known about it.

Every model is one readable file in this folder; its weights and card are in weights/. Nothing is ever
downloaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from nnanim.errors import UserError
from nnanim.models.cards import Card, card, checked_weights, names, training_path

if TYPE_CHECKING:
    from torch import Tensor, nn

    from nnanim.trace import Trace

__all__ = ["Card", "card", "load", "load_shared", "names", "training"]


def __getattr__(name: str) -> ModuleType:
    """A module of this package, loaded when it is first named: ``models.dropout.Dropout``.

    A scene that imports a model at its top loads torch even where its trace is kept; one that names it where
    it runs it does not.
    """
    try:
        return import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"{__name__}.{name}":
            raise
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None


def load(name: str) -> nn.Module:
    """A trained model in eval mode, float32, its weights checked against the checksum on its card.

    Raises:
        UserError: there is no such model (with the nearest name), or its weights are missing, damaged or of
        another shape.
    """
    known = card(name)
    try:
        kind = getattr(import_module(f"nnanim.models.{known.module}"), known.kind)
        _check_size(kind, known)
        model: nn.Module = kind(**known.arguments)
        model.load_state_dict(_read_weights(known))
    except UserError:
        raise
    except OSError as error:  # such as no folder for temporary files: nothing is known of the weights
        raise UserError(f"model {name!r} cannot be loaded: {error}") from error
    except Exception as error:
        raise UserError(f"the weights of model {name!r} do not fit {known.kind}: {error}") from error
    return model.eval()


@cache
def load_shared(name: str) -> nn.Module:
    """The same model for all that ask: loaded once in a process, to be run and not to be changed.

    Raises:
        UserError: as `load`.
    """
    return load(name)


def _check_size(kind: type[nn.Module], known: Card) -> None:
    """Refuse a card whose arguments make another model: one too large would take all memory."""
    import torch

    from nnanim.models.hollow import Hollow

    with torch.device("meta"), Hollow():
        count = sum(one.numel() for one in kind(**known.arguments).parameters())
    if count != known.parameters:
        raise UserError(
            f"the weights of model {known.name!r} do not fit {known.kind}: with the card's arguments it has "
            f"{count:,} parameters, not {known.parameters:,}"
        )


def _read_weights(known: Card) -> dict[str, Tensor]:
    """Weights in float32, the base's added where only a difference is stored.

    Raises:
        UserError: weights are missing or damaged; the base is another than the one that the difference was
        made for.
    """
    import safetensors.torch

    from nnanim.models.difference import add

    if known.base and (base := _check_base(known)).sha256 != known.base["sha256"]:
        raise UserError(
            f"the weights of model {known.name!r} are a difference from another {base.name!r} than the one "
            f"here; run: {known.command}"
        )
    stored = safetensors.torch.load(checked_weights(known.name))
    return add(stored, base_weights(known.base) if known.base else {})


def base_weights(base: Mapping[str, str]) -> dict[str, Tensor]:
    """The weights that a difference is from, by the names that they have where they are added.

    Args:
        base: as on a card.

    Raises:
        UserError: as `load`.
    """
    part, under = base.get("part", ""), base.get("under", "")
    weights = _read_weights(card(base["name"]))
    return {under + key: value for key, value in weights.items() if key.startswith(part)}


def _check_base(known: Card) -> Card:
    """The card of the model that the weights differ from, which may be a difference itself.

    Raises:
        UserError: no such model, or going from base to base leads round in a circle.
    """
    seen, base = {known.name}, card(known.base["name"])
    below = base
    while below.name not in seen and below.base:
        seen.add(below.name)
        below = card(below.base["name"])
    if below.name in seen:
        raise UserError(
            f"the weights of model {known.name!r} are a difference from themselves; run: {known.command}"
        )
    return base


def training(name: str) -> Trace:
    """The recorded training of a model, for replay.

    Raises:
        UserError: there is no such model, or its training was not recorded.
    """
    from nnanim.trace import Trace

    known = card(name)
    path = training_path(name)
    if not path.is_file():
        raise UserError(f"the training of model {name!r} was not recorded; run: {known.command}")
    return Trace.load(path)
