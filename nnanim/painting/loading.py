"""A Stable Diffusion pipeline from a local folder, by diffusers; nothing is downloaded."""

from __future__ import annotations

import hashlib
import json
import math
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from nnanim.errors import UserError, nearest

INDEX = "model_index.json"
KINDS = {
    "StableDiffusionPipeline": "StableDiffusionImg2ImgPipeline",
    "StableDiffusionXLPipeline": "StableDiffusionXLImg2ImgPipeline",
}
"""The pipelines that can be driven, each with the one that begins with a picture."""

UNUSED = ("safety_checker", "feature_extractor", "image_encoder")
"""Parts that painting does not use; they may need packages that are not there."""


def load(path: str | os.PathLike[str], device: str | None = None, half: bool | None = None) -> Any:
    """The diffusers pipeline in a folder, on a device, silent.

    Args:
        path: a folder with a model_index.json, as ``save_pretrained`` writes it.
        device: "cuda", "mps", "cpu"; the first that there is when None.
        half: float16 numbers; when None everywhere but on the processor.

    Raises:
        UserError: diffusers is not installed; no such folder, not a pipeline, one of another kind, weights
            that are missing or damaged; no such device.
    """
    folder, kind, parts = _index(Path(path))
    place = _device(device)
    diffusers = _diffusers()
    halved = place != "cpu" if half is None else half
    without = {name: None for name in UNUSED if name in parts}
    if "safety_checker" in without:
        without["requires_safety_checker"] = False  # type: ignore[assignment]
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            pipe = getattr(diffusers, kind).from_pretrained(
                str(folder), local_files_only=True, torch_dtype=torch.float16 if halved else torch.float32,
                variant=_variant(folder), **without,
            )  # fmt: skip
        except (OSError, ValueError, RuntimeError, ImportError, KeyError, TypeError) as error:
            raise UserError(f"{path}: the pipeline cannot be read: {_first(error)}") from error
    for name, part in pipe.components.items():
        if isinstance(part, torch.nn.Module):
            part.eval()
            _check_whole(folder / name, part)
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(place)


def _variant(folder: Path) -> str | None:
    """fp16 where the folder holds no other weights of the U-Net, None otherwise."""
    weights = [*(folder / "unet").glob("*.safetensors"), *(folder / "unet").glob("*.bin")]
    return "fp16" if weights and all(".fp16" in file.name for file in weights) else None


def _check_whole(folder: Path, part: torch.nn.Module) -> None:
    """Libraries fill what a file lacks with random numbers; names change over the years, so count."""
    from safetensors import safe_open

    kept = 0
    for file in folder.glob("*.safetensors"):
        with safe_open(file, framework="pt") as tensors:
            kept += sum(math.prod(tensors.get_slice(name).get_shape()) for name in tensors.keys())  # noqa: SIM118
    wanted = sum(value.numel() for value in part.parameters())
    if 0 < kept < wanted:
        raise UserError(f"{folder.parent}: weights are missing in {folder.name}: {kept:,} of {wanted:,}")


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


def _diffusers() -> Any:
    try:
        import diffusers
        import transformers  # noqa: F401
    except ImportError as error:
        raise UserError(
            f"a pipeline needs diffusers and transformers ({error}); install them with: "
            "pip install 'nnanim[hf]'"
        ) from None
    return diffusers


def _index(folder: Path) -> tuple[Path, str, dict[str, Any]]:
    if not folder.exists():
        raise UserError(
            f"there is no folder {folder}; a pipeline is read from a local folder, never downloaded"
        )
    index = folder / INDEX
    if not index.is_file():
        raise UserError(f"{folder} is no pipeline: it has no {INDEX}")
    try:
        parts = json.loads(index.read_text(encoding="utf-8"))
        kind = str(parts["_class_name"])
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError(f"{index} does not say which pipeline it is") from None
    kind = next((ours for ours, other in KINDS.items() if kind == other), kind)
    if kind not in KINDS:
        raise UserError(f"{folder} is a {kind}, which cannot be driven{nearest(kind, KINDS)}")
    for name, part in parts.items():
        named = isinstance(part, list) and len(part) == 2 and part[0] is not None and name not in UNUSED
        if named and not (folder / name).is_dir():
            raise UserError(f"{folder} is incomplete: there is no folder {name}")
    return folder, kind, parts


def _device(name: str | None) -> str:
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name is None:
        return next(one for one, available in there.items() if available)
    if name.partition(":")[0] not in there:
        raise UserError(f"there is no device {name!r}{nearest(name, there)}")
    if not there[name.partition(":")[0]]:
        raise UserError(
            f"torch finds no {name} here; there is: {', '.join(n for n, has in there.items() if has)}"
        )
    return name


@contextmanager
def quiet() -> Iterator[None]:
    """Diffusers' and transformers' own bars and remarks are kept back."""
    import diffusers
    from transformers.utils import logging as other

    told = [(logging, logging.get_verbosity()) for logging in (diffusers.utils.logging, other)]
    bars = diffusers.utils.logging.is_progress_bar_enabled(), other.is_progress_bar_enabled()
    try:
        for logging, _ in told:
            logging.set_verbosity_error()
            logging.disable_progress_bar()
        yield
    finally:
        for (logging, level), bar in zip(told, bars, strict=True):
            logging.set_verbosity(level)
            if bar:
                logging.enable_progress_bar()


def _first(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
