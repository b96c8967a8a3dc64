"""Which trainings there are, what each needs, and how far they are."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import torch

from nnanim.errors import UserError, nearest
from nnanim.models import cards
from nnanim.training import loop

TRAINED = "trained"


@dataclass(frozen=True)
class Training:
    """One command: the module that trains, its arguments, and the models that it reads."""

    module: str
    needs: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()


TRAININGS = {
    "iris-2-3-1": Training("iris"),
    "digits-64-16-10": Training("digits_classifier"),
    "digits-convnet": Training("digits_convnet"),
    "digits-lstm": Training("digits_lstm"),
    "digits-vae": Training("digits_vae"),  # and ALSO_TRAINED
    "judge": Training("judge"),
    "world-vae": Training("world_vae", ("judge",)),
    "text-encoder": Training("text_encoder"),
    "clip": Training("clip", ("text-encoder",)),
    "captioner": Training("captioner", ("clip",)),
    "small-clip": Training("small_clip"),
    "clip-robust": Training("clip", ("clip",), ("--robust",)),
    "clip-guide": Training("clip_guide", ("clip-robust", "world-vae", "judge")),
    "codebook": Training("codebook", ("world-vae", "judge")),
    "world-diffusion": Training("diffusion", ("world-vae", "text-encoder", "judge")),
    "world-gan": Training("gan", ("world-vae", "world-diffusion", "judge")),
    "vit": Training("vit"),
    "translator": Training("translator"),
    "language-model": Training("gpt"),  # and the tokenizer
    "sentence-encoder": Training("sentence_encoder", ("language-model",)),
    "masked": Training("masked", ("language-model",)),
    "chat": Training("chat", ("language-model",)),
    "reward": Training("reward", ("chat",)),
    "rlhf-0": Training("rlhf", ("chat", "reward"), ("0",)),
    "rlhf-01": Training("rlhf", ("chat", "reward"), ("0.1",)),
    "rlhf-03": Training("rlhf", ("chat", "reward"), ("0.3",)),
    "reader": Training("reader", ("chat", "sentence-encoder")),
    "sums-right": Training("sums", ("language-model",), ("right",)),
    "sums-wrong": Training("sums", ("language-model",), ("wrong",)),
    "sums-mixed": Training("sums", ("language-model",), ("mixed",)),
    **{f"size-{at}": Training("sizes", ("language-model",), (f"{at}",)) for at in range(1, 6)},
}


ALSO_TRAINED = {"digits-autoencoder": "digits-vae"}
"""Models that another's training makes, too."""


def find_command(name: str) -> str:
    """What is typed to train a model."""
    one = TRAININGS[ALSO_TRAINED.get(name, name)]
    return " ".join(["python -m", f"nnanim.training.{one.module}", *one.arguments])


def choose_variant(module: str) -> str:
    """The training of a module that the arguments of the command name.

    Raises:
        UserError: it has no such training, with the nearest argument.
    """
    variants = {" ".join(one.arguments): name for name, one in TRAININGS.items() if one.module == module}
    asked = " ".join(sys.argv[1:])
    if asked not in variants:
        known = ", ".join(argument or "nothing" for argument in variants)
        raise UserError(f"the training {module} takes {known}, not {asked!r}{nearest(asked, variants)}")
    return variants[asked]


def sort_by_need(names: tuple[str, ...]) -> tuple[str, ...]:
    """The trainings that are named, or all, each behind those that it needs.

    Raises:
        UserError: there is no such training, with the nearest name.
    """
    for name in names:
        if name not in TRAININGS:
            raise UserError(f"there is no training {name!r}{nearest(name, TRAININGS)}")
    return tuple(name for name in TRAININGS if not names or name in names)


def keep_weights_in(folder: Path) -> None:
    """Read and write weights and cards in ``folder`` from now on; it begins as a copy of the shipped ones."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(cards.WEIGHTS.iterdir()):
        if path.is_file() and not (folder / path.name).exists():
            shutil.copy2(path, folder / path.name)
    cards.WEIGHTS = folder.resolve()


def minutes(name: str) -> float:
    """The CPU minutes on the card, 0 where there is none yet."""
    return cards.card(name).minutes if name in cards.names() else 0.0


def checkpoint(name: str) -> Path:
    """Where the checkpoint of a training lies, if it keeps one."""
    return loop.FOLDER / f"{name}.pt"


def state(name: str) -> str:
    """How far a training is in the working folder.

    It is trained when its weights are no older than its last checkpoint and than the weights it needs.
    """
    path, weights = checkpoint(name), cards.weights_path(name)
    if not path.exists():
        return "from the start"
    reached = int(torch.load(path, weights_only=True, mmap=True)["step"])
    steps = import_module(f"nnanim.training.{TRAININGS[name].module}").STEPS
    whole = steps[name] if isinstance(steps, dict) else steps
    if reached < whole:
        return f"{reached}/{whole} steps"
    inputs = [path, *(cards.weights_path(other) for other in TRAININGS[name].needs)]
    if weights.exists() and all(weights.stat().st_mtime >= one.stat().st_mtime for one in inputs):
        return TRAINED
    return "trained, not measured"


def forget(name: str) -> None:
    """Remove a training's checkpoint, so that it begins anew."""
    checkpoint(name).unlink(missing_ok=True)


def train(name: str) -> None:
    """Run one training as its command does: train, measure, write weights and card."""
    one, before = TRAININGS[name], sys.argv
    sys.argv = [one.module, *one.arguments]
    try:
        import_module(f"nnanim.training.{one.module}").main()
    finally:
        sys.argv = before
