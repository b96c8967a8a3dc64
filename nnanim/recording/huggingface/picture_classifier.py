"""classify(): a picture and a ViT classifier of Hugging Face in a folder give what its film is told from."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from torch import Tensor, nn

from nnanim.errors import UserError, nearest
from nnanim.files import check_model_folder
from nnanim.images import Floats, fit
from nnanim.models import patches
from nnanim.recording.huggingface import loading
from nnanim.recording.run import record
from nnanim.scene.reads import warn_unseen
from nnanim.schema import read_json
from nnanim.stories.vit import PatchRuns
from nnanim.trace import Trace

KINDS = ("vit", "vit_msn", "deit")
"""Kinds of model that answer from [CLS] and add a vector for each place, as the film tells it."""

COVERED, LEAST = 16, 2
"""One patch in so many is covered, and at least so many."""

MOST_PATCHES = 256
"""Maximum number of patches for which the film has room."""

LONGEST = 24
"""Maximum number of characters of a class's name."""


class PictureSettings(msgspec.Struct):
    """What a preprocessor_config.json says of a picture's numbers; ViT's own where it says nothing."""

    image_mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    image_std: tuple[float, float, float] = (0.5, 0.5, 0.5)
    do_normalize: bool = True


class PictureClassifier(nn.Module):
    """Pictures (batch, 3, side, side), 0..1, to the logits (batch, classes) of a model of Hugging Face."""

    def __init__(self, model: nn.Module, settings: PictureSettings) -> None:
        super().__init__()
        self.model = model
        mean, deviation = settings.image_mean, settings.image_std
        if not settings.do_normalize:
            mean, deviation = (0.0,) * 3, (1.0,) * 3
        self.register_buffer("mean", torch.tensor(mean).reshape(3, 1, 1))
        self.register_buffer("deviation", torch.tensor(deviation).reshape(3, 1, 1))

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits (batch, classes)."""
        return self.model(pixel_values=(pictures - self.mean) / self.deviation).logits

    def move_positions(self, order: Sequence[int]) -> PictureClassifier:
        """A copy of which the position vectors of the patches stand in another order; [CLS] keeps its own."""
        moved = copy.deepcopy(self)
        positions = _find_one(moved.model.named_parameters(), "position_embeddings")
        places = torch.arange(positions.shape[1])
        places[-len(order) :] = places[-len(order) :][list(order)]
        with torch.no_grad():
            positions.copy_(positions[:, places].clone())
        return moved


@torch.no_grad()
def classify(folder: str, picture: Floats, seed: int = 0) -> PatchRuns:
    """Show a picture to a ViT classifier: as it is, with patches covered, and with patches in another order.

    Args:
        folder: where ``save_pretrained`` has written the model; its preprocessor_config.json is read, too.
        picture: (height, width, 3), 0..1; its middle square is brought to the model's own size.
        seed: of the other order.

    Raises:
        UserError: transformers is not installed, the folder holds no such model, or it is no classifier that
            answers from [CLS] and adds a vector for each place.
    """
    warn_unseen("a folder of transformers")
    model, name = load(folder), Path(folder).resolve().name
    side, patch = model.model.config.image_size, model.model.config.patch_size
    count = (side // patch) ** 2
    pixels = torch.from_numpy(fit(picture, side).transpose(2, 0, 1).copy())[None]
    embedding = _name_of(model, "patch_embeddings", 0)
    kept = ["output", embedding, _name_of(model, "attention", -1)]

    def run(pictures: Tensor, shown: nn.Module = model) -> Trace:
        return record(shown, pictures, name=name, only=kept)

    whole = run(pixels)
    if not whole.attentions:
        raise UserError(f"{type(model.model).__name__} has no attention that can be seen")
    looks = whole.attention(whole.attentions[-1])[0, :, 0, -count:].mean(axis=0)
    least_first, hidden = np.argsort(looks, kind="stable").tolist(), max(count // COVERED, LEAST)
    order = patches.draw_order(count, seed)
    jumbled = patches.shuffle(pixels, order, patch)
    along = run(jumbled, model.move_positions(order))
    if not np.allclose(along["output"], whole["output"], atol=1e-3):
        raise UserError(
            f"{type(model.model).__name__} knows places in another way than by vectors that are added"
        )
    return PatchRuns(
        whole,
        run(patches.cover(pixels, least_first[-hidden:], patch)),
        run(patches.cover(pixels, least_first[:hidden], patch)),
        run(jumbled),
        along,
        patch,
        hidden,
        class_names(model.model.config.id2label, whole["output"].shape[1]),
        embedding=embedding,
    )


def load(folder: str) -> PictureClassifier:
    """The classifier in a folder, in eval mode. Nothing is downloaded, and no code of the folder is run.

    Raises:
        UserError: as `classify` does.
    """
    transformers = loading.library()
    path = loading.model_path(folder)
    check_model_folder(path)
    with loading._quiet(transformers):
        config = loading._load_part(transformers.AutoConfig, path, "model")
        _check_kind(config, path)
        model, info = loading._load_part(
            transformers.AutoModelForImageClassification, path, "weights", config=config, dtype=torch.float32,
            attn_implementation="eager", output_loading_info=True,
        )  # fmt: skip
    if lacking := sorted(info["missing_keys"]):
        raise UserError(
            f"the folder '{path}' lacks {len(lacking)} of the model's weights, the first is {lacking[0]!r}"
            + ("; it is no classifier" if lacking[0].startswith("classifier") else "")
        )
    file = path / "preprocessor_config.json"
    settings = read_json(file, PictureSettings) if file.exists() else PictureSettings()
    if not all(settings.image_std):
        raise UserError(f"{file}: image_std: {settings.image_std}; nothing is divided by 0")
    return PictureClassifier(model, settings).eval()


def class_names(labels: Any, count: int) -> list[str]:
    """What the classes are called: up to the first comma, and no longer than there is room for."""
    known = labels if isinstance(labels, dict) else {}
    names = [
        str(known.get(at, f"class {at}")).partition(",")[0].strip() or f"class {at}" for at in range(count)
    ]
    return [name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…" for name in names]


def _check_kind(config: Any, path: Path) -> None:
    """Refuse a model of which the film would not be true, before its weights are read."""
    if config.model_type not in KINDS:
        raise UserError(
            f"the folder '{path}' holds a {config.model_type} model; this film tells {', '.join(KINDS)}"
            + nearest(config.model_type, KINDS)
        )
    side, patch, channels = (getattr(config, one, 0) for one in ("image_size", "patch_size", "num_channels"))
    fits = isinstance(side, int) and isinstance(patch, int) and 1 <= patch <= side and side % patch == 0
    if not fits or channels != 3:
        raise UserError(
            f"the folder '{path}' holds a model of {channels} × {side} pixels and patches of {patch}; "
            "squares of three colours that fall into whole patches wanted"
        )
    if (count := (side // patch) ** 2) > MOST_PATCHES:
        raise UserError(
            f"the model in '{path}' cuts {count:,} patches; the film shows at most {MOST_PATCHES}"
        )


def _find_one(found: Iterator[tuple[str, Any]], last: str) -> Any:
    """The first of some named things of which the last part of the name is ``last``."""
    return next(value for name, value in found if name.rpartition(".")[2] == last)


def _name_of(model: nn.Module, last: str, which: int) -> str:
    """Name of one of the modules of which the last part of the name is ``last``."""
    return [name for name, _ in model.named_modules() if name.rpartition(".")[2] == last][which]
