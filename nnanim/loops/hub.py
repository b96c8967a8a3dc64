"""Models of diffusers and transformers, from a folder or the hub, and what they take as a picture."""

from __future__ import annotations

import hashlib
import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from nnanim.errors import UserError
from nnanim.loops.loop import Embedding
from nnanim.loops.pictures import Picture

_HUB = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")

_MEAN, _SPREAD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
"""CLIP's, which BLIP and GIT took over."""


class Preprocessor:
    """A picture to (1, 3, side, side), as preprocessor_config.json asks; CLIP's ways without one."""

    def __init__(self, name: str, side: int) -> None:
        told = _preprocessor(name)
        size = told.get("crop_size") or told.get("size") or side
        if isinstance(size, dict):
            size = size.get("height") or size.get("shortest_edge") or side
        self.side = int(size)
        self._mean = np.asarray(told.get("image_mean", _MEAN), dtype=np.float32)
        self._spread = np.asarray(told.get("image_std", _SPREAD), dtype=np.float32)

    def __call__(self, picture: Picture) -> Tensor:
        """The pixels, bicubic, minus the mean, over the spread."""
        resized = Image.fromarray(picture).resize((self.side, self.side), Image.Resampling.BICUBIC)
        values = (np.asarray(resized, dtype=np.float32) / 255 - self._mean) / self._spread
        return torch.from_numpy(np.asarray(values, dtype=np.float32)).permute(2, 0, 1)[None]


def chosen_device(name: str) -> torch.device:
    """The device of that name; "auto" takes a graphics card when there is one.

    Raises:
        UserError: no such device here.
    """
    mps = torch.backends.mps.is_available()
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "mps" if mps else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise UserError(f"--device {name!r} is not a device; auto, cpu, cuda, cuda:1 or mps wanted") from None
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": mps}
    if not there.get(device.type, False) or (device.index or 0) >= max(torch.cuda.device_count(), 1):
        raise UserError(f"--device {name}: this machine has no such device")
    return device


def fingerprint(name: str) -> str:
    """What tells a model from another of the same name: names and sizes of a folder's files, and its configs.

    A name on the hub stands for itself.
    """
    folder = Path(name).expanduser()
    if not folder.is_dir():
        return "hub"
    parts = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        parts.append(f"{file.relative_to(folder).as_posix()} {file.stat().st_size}")
        if file.suffix == ".json" and file.stat().st_size < 100_000:
            parts.append(digest(file.read_bytes()))
    return digest("\n".join(parts).encode())


def digest(data: bytes) -> str:
    """The first 16 digits of a SHA-256."""
    return hashlib.sha256(data).hexdigest()[:16]


def is_local(name: str, role: str) -> bool:
    """Whether a model is a folder here; otherwise it is a name on the hub.

    Raises:
        UserError: it is neither.
    """
    if Path(name).expanduser().is_dir():
        return True
    if not _HUB.fullmatch(name):
        raise UserError(f"the {role}: there is no folder {name}")
    return False


def loaded(kind: Any, name: str, role: str, **options: Any) -> Any:
    """``kind.from_pretrained`` with one clear line for whatever goes wrong."""
    local = is_local(name, role)
    try:
        return kind.from_pretrained(
            str(Path(name).expanduser()) if local else name, local_files_only=local, **options
        )
    except Exception as error:
        said = " ".join(str(error).split())[:160]
        if local:
            raise UserError(f"the {role} in {name} cannot be loaded: {said}") from error
        raise UserError(
            f"the {role}: {name} is neither a folder nor could it be had from the hub"
            f" (offline, or no such name): {said}"
        ) from error


def _preprocessor(name: str) -> dict[str, Any]:
    file = Path(name).expanduser() / "preprocessor_config.json"
    if not Path(name).expanduser().is_dir():
        from huggingface_hub import hf_hub_download

        try:
            file = Path(hf_hub_download(name, "preprocessor_config.json"))
        except Exception:
            return {}
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UserError(f"{file} cannot be read: {' '.join(str(error).split())}") from None
    return told if isinstance(told, dict) else {}


def hush() -> None:
    """Bars and hints of the libraries would stand between the rounds."""
    for library in ("transformers", "diffusers"):
        try:
            logging = import_module(f"{library}.utils.logging")
        except ImportError:
            raise UserError(f"big models need {library}: pip install 'nnanim[hf]'") from None
        logging.set_verbosity_error()
        logging.disable_progress_bar()


def array(values: Tensor) -> Embedding:
    """A tensor, on whatever device and of whatever precision, as float32."""
    return np.asarray(values.float().cpu().numpy(), dtype=np.float32)
