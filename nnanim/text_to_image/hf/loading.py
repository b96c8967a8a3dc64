"""Models of diffusers and transformers from a folder or the hub; their own code is never run."""

from __future__ import annotations

import hashlib
import os
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import torch

from nnanim.errors import UserError, nearest
from nnanim.files import check_model_folder
from nnanim.scene.reads import warn_unseen
from nnanim.schema import read_json
from nnanim.text_to_image.hf import checks

INDEX = "model_index.json"
KINDS = {
    "StableDiffusionPipeline": "StableDiffusionImg2ImgPipeline",
    "StableDiffusionXLPipeline": "StableDiffusionXLImg2ImgPipeline",
}
"""The pipelines that can be driven, each with the one that begins with a picture."""

UNUSED = ("safety_checker", "feature_extractor", "image_encoder")
"""Parts that generation does not use; they may need packages that are not there."""

LIBRARIES = ("diffusers", "transformers")
"""Where the parts of a pipeline may come from. A part that names another module brings code of its own."""

_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_MODEL_FILES = ["*.json", "*.txt", "*.model", "*.safetensors"]


def load_pipeline(path: str | os.PathLike[str], device: str | None = None, half: bool | None = None) -> Any:
    """The diffusers pipeline in a folder, on a device, silent.

    Args:
        path: a folder with a model_index.json, as ``save_pretrained`` writes it.
        device: see `pick_device`.
        half: float16 numbers; when None everywhere but on the processor.

    Raises:
        UserError: diffusers is not installed; no such folder, not a pipeline, one of another kind, weights
            that are missing or damaged; no such device.
    """
    folder, kind, parts = _read_index(Path(path))
    place = pick_device(device)
    diffusers = import_library("diffusers")
    import_library("transformers")
    half = place != "cpu" if half is None else half
    without: dict[str, Any] = {name: None for name in UNUSED if name in parts}
    if "safety_checker" in without:
        without["requires_safety_checker"] = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipe = load_pretrained(
            getattr(diffusers, kind), folder, f"{path}: the pipeline cannot be read",
            torch_dtype=torch.float16 if half else torch.float32, variant=_variant(folder), **without,
        )  # fmt: skip
    for name, part in pipe.components.items():
        if isinstance(part, torch.nn.Module):
            part.eval()
            checks.check_whole(folder / name, part)
    with silence_libraries():
        checks.check_tokenizers(folder, pipe)
        checks.check_scheduler(folder, pipe.scheduler)
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(place)


def load_pretrained(kind: Any, folder: Path, failure: str, **options: Any) -> Any:
    """``kind.from_pretrained`` of a local folder, without the folder's own code.

    Args:
        kind: a class of diffusers or transformers.
        folder: where the model lies.
        failure: how the error line begins.
        options: of ``from_pretrained``.

    Raises:
        UserError: whatever goes wrong.
    """
    check_model_folder(folder)
    checks.check_weights(folder)
    warn_unseen("a model of transformers or diffusers")
    with silence_libraries():
        try:
            return kind.from_pretrained(
                str(folder), local_files_only=True, trust_remote_code=False, **options
            )
        except Exception as error:  # The libraries raise anything for a damaged folder.
            raise UserError(f"{failure}: {checks.first_line(error)}") from error


def local_folder(name: str, role: str) -> Path:
    """The folder of a model: the one of that name, or what the hub has under it, downloaded.

    The hub is only asked for a name such as "owner/model" that is no folder here.

    Raises:
        UserError: it is neither; the hub cannot be reached.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if not _HUB_NAME.fullmatch(name):
        raise UserError(f"the {role}: there is no folder {name}")
    try:
        with silence_libraries():
            return _download_pipeline(name) if role == "painter" else _download_model(name)
    except Exception as error:
        reason = " ".join(str(error).split())[:160]
        raise UserError(
            f"the {role}: {name} is neither a folder nor could it be had from the hub"
            f" (offline, or no such name): {reason}"
        ) from error


def _download_pipeline(name: str) -> Path:
    diffusers = import_library("diffusers")
    return Path(diffusers.DiffusionPipeline.download(name, trust_remote_code=False))


def _download_model(name: str) -> Path:
    from huggingface_hub import snapshot_download

    folder = Path(snapshot_download(name, allow_patterns=_MODEL_FILES))
    if not any(folder.glob("*.safetensors")):
        folder = Path(snapshot_download(name, allow_patterns=[*_MODEL_FILES, "*.bin"]))
    return folder


def import_library(name: str) -> Any:
    """Diffusers or transformers.

    Raises:
        UserError: it is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise UserError(
            f"this model needs {name} ({error}); install it with: pip install 'nnanim[hf]'"
        ) from None


def pick_device(name: str | None) -> str:
    """The device of that name, such as "cuda:1"; None and "auto" take the first that there is.

    Raises:
        UserError: there is no such device here.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    available = [kind for kind, here in there.items() if here]
    if name is None or name == "auto":
        return available[0]
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    if (
        device is None
        or device.type not in available
        or (device.index or 0) >= max(torch.cuda.device_count(), 1)
    ):
        raise UserError(f"there is no device {name!r} here{nearest(name, available)}")
    return name


def fingerprint(path: Path) -> str:
    """Tells weights apart without reading gigabytes: names, sizes, first and last 64 kB of all files."""
    mix = hashlib.sha256()
    for file in sorted(one for one in path.rglob("*") if one.is_file() and ".git" not in one.parts):
        size = file.stat().st_size
        mix.update(f"{file.relative_to(path).as_posix()}\0{size}\0".encode())
        with file.open("rb") as stream:
            mix.update(stream.read(2**16))
            stream.seek(max(0, size - 2**16))
            mix.update(stream.read())
    return mix.hexdigest()[:16]


@contextmanager
def silence_libraries() -> Iterator[None]:
    """A block, or a function that it decorates, without the progress bars and hints of the libraries."""
    restore: list[Callable[[], object]] = []
    for name in LIBRARIES:
        with suppress(ImportError):
            logging = import_module(f"{name}.utils.logging")
            restore.append(partial(logging.set_verbosity, logging.get_verbosity()))
            if logging.is_progress_bar_enabled():
                restore.append(logging.enable_progress_bar)
            logging.set_verbosity_error()
            logging.disable_progress_bar()
    try:
        yield
    finally:
        for call in restore:
            call()


def _variant(folder: Path) -> str | None:
    """fp16 where the folder holds no other weights of the U-Net, None otherwise."""
    weights = [*(folder / "unet").glob("*.safetensors"), *(folder / "unet").glob("*.bin")]
    return "fp16" if weights and all(".fp16" in file.name for file in weights) else None


def _read_index(folder: Path) -> tuple[Path, str, dict[str, Any]]:
    """The folder of a pipeline, its kind, and its parts, all of them the libraries' own."""
    if not folder.is_dir():
        raise UserError(
            f"there is no folder {folder}; a pipeline is read from a local folder, never downloaded"
        )
    index = folder / INDEX
    if not index.is_file():
        raise UserError(f"{folder} is no pipeline: it has no {INDEX}")
    parts = read_json(index, dict[str, Any])
    kind = parts.get("_class_name")
    if not isinstance(kind, str):
        raise UserError(f"{index} does not say which pipeline it is")
    kind = next((ours for ours, other in KINDS.items() if kind == other), kind)
    if kind not in KINDS:
        raise UserError(f"{folder} is a {kind[:80]}, which cannot be driven{nearest(kind, KINDS)}")
    for name, part in parts.items():
        if name in UNUSED or not isinstance(part, list) or not part or part[0] is None:
            continue
        if part[0] not in LIBRARIES:
            raise UserError(
                f"{index}: {name} comes with code of its own ({str(part[0])[:80]}), which is never run"
            )
        if not (folder / name).is_dir():
            raise UserError(f"{folder} is incomplete: there is no folder {name}")
    return folder, kind, parts
