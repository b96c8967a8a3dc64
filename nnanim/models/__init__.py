"""Small trained models: ``load(name)`` gives one ready to run, ``card(name)`` says what is known about it.

Every model is one readable file in this folder; its weights and card are in weights/. Nothing is ever
downloaded.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from nnanim.errors import UserError
from nnanim.models.cards import Card, card, checked_weights, names, training_path

if TYPE_CHECKING:
    from torch import Tensor, nn

    from nnanim.trace import Trace

__all__ = ["Card", "card", "load", "names", "training"]


def load(name: str) -> nn.Module:
    """A trained model in eval mode, float32, its weights checked against the checksum on its card.

    Raises:
        UserError: there is no such model (with the nearest name), or its weights are missing, damaged or of
        another shape.
    """
    import safetensors.torch

    known = card(name)
    weights = safetensors.torch.load(checked_weights(name))
    kind = getattr(import_module(f"nnanim.models.{known.module}"), known.kind)
    model: nn.Module = kind(**known.arguments)
    try:
        model.load_state_dict(_whole_weights(known, weights))
    except RuntimeError as error:
        raise UserError(f"the weights of model {name!r} do not fit {known.kind}: {error}") from error
    return model.eval()


def _whole_weights(known: Card, stored: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights in float32, the base's added where only a difference is stored.

    Raises:
        UserError: the base is another than the one that the difference was made for.
    """
    if not known.base:
        return {key: value.float() for key, value in stored.items()}
    from nnanim.models.difference import add

    base = known.base["name"]
    if card(base).sha256 != known.base["sha256"]:
        raise UserError(
            f"the weights of model {known.name!r} are a difference from another {base!r} than the one here; "
            f"run: {known.command}"
        )
    return add(stored, load(base).state_dict())


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
