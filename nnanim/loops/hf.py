"""Big models for the loop: pipelines of diffusers, captioners and CLIP of transformers (``nnanim[hf]``).

Each is a local folder, or a name on the Hugging Face hub such as "owner/model"; the hub is only asked when
such a name is given. Pictures are brought to the size and range that a model's preprocessor_config.json asks
for here, with Pillow and numpy, so that torchvision is not needed.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from nnanim.errors import UserError
from nnanim.loops.backends import SMALL, SPEECHES, Backends, Choice, small_about
from nnanim.loops.loop import Embed, Embedding, pixels
from nnanim.loops.pictures import Picture

PHRASES = Path(__file__).with_name("phrases.txt")

WORDS = 40
"""Tokens of a captioner's sentence at most: an endless one is cut there."""

_HUB = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")

_MEAN, _SPREAD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
"""CLIP's, which BLIP and GIT took over."""


def open_backends(choice: Choice) -> Backends:
    """A painter, a captioner and an embedding, at least one of them big.

    Raises:
        UserError: diffusers or transformers are missing; no such folder; a hub name that cannot be reached; a
            model of another kind; no such device; float16 on the processor.
    """
    for name, role in (
        (choice.painter, "painter"),
        (choice.captioner, "captioner"),
        (choice.ranker, "ranker"),
    ):
        if name not in (SMALL, None):
            is_local(name, role)
    _hush()
    device = chosen_device(choice.device)
    if choice.half and device.type == "cpu":
        raise UserError("--half: float16 wants a graphics card (--device cuda or mps)")
    number = torch.float16 if choice.half else torch.float32
    known = small_about(choice, 64)
    painter: Any
    if choice.painter == SMALL:
        from nnanim.loops.small import GUIDANCE, STEPS, SmallPainter

        guidance = GUIDANCE if choice.guidance is None else choice.guidance
        painter = SmallPainter(choice.steps or STEPS, guidance)
    else:
        painter = PipelinePainter(choice, device, number)
        known["painter"], known["side"] = painter.about, painter.side
    speakers: tuple[Any, ...]
    if choice.captioner == SMALL:
        from nnanim.loops.small import SmallCaptioner

        speakers = tuple(SmallCaptioner(language) for language in SPEECHES[choice.language])
        return Backends(painter, speakers, speakers[0].embed, known)
    ranker = Ranker(choice.ranker, device, number) if choice.ranker else None
    captioner = BigCaptioner(choice.captioner, device, number, ranker)
    known |= {"captioner": captioner.about, "languages": [], "ranker": ranker.about if ranker else None}
    embed: Embed = ranker.embed if ranker else captioner.embed
    blank = np.zeros((64, 64, 3), dtype=np.uint8)
    name = "ranker" if ranker else "captioner"
    known["embedding"] = {"name": name, "width": int(np.asarray(embed(blank)).size)}
    return Backends(painter, (captioner,), embed, {**known, "choice": asdict(choice)})


class PipelinePainter:
    """A text-to-image pipeline of diffusers: Stable Diffusion 1, 2, XL, Turbo and others of the kind.

    The noise of a seed is made on the processor, so that it is the same on every device. A pipeline whose
    name says "turbo" takes one step without guidance when nothing else is asked.
    """

    def __init__(self, choice: Choice, device: torch.device, number: torch.dtype) -> None:
        from diffusers import AutoPipelineForText2Image

        self._pipe = _loaded(AutoPipelineForText2Image, choice.painter, "painter", torch_dtype=number)
        self._pipe.set_progress_bar_config(disable=True)
        self._pipe.to(device)
        if choice.slicing:
            self._pipe.enable_attention_slicing()
        turbo = "turbo" in choice.painter.lower()
        own = {"num_inference_steps": 1, "guidance_scale": 0.0} if turbo else {}
        asked = {"num_inference_steps": choice.steps, "guidance_scale": choice.guidance}
        self._options = {**own, **{name: value for name, value in asked.items() if value is not None}}
        self._takes = set(inspect.signature(self._pipe.__call__).parameters)
        self.side = choice.side or self._own_side()
        self.about = {
            "name": choice.painter, "files": fingerprint(choice.painter), **self._options,
            "device": device.type, "half": choice.half,
        }  # fmt: skip

    def _own_side(self) -> int:
        network = getattr(self._pipe, "unet", None) or getattr(self._pipe, "transformer", None)
        size = getattr(network.config, "sample_size", None) if network is not None else None
        return int(size) * int(getattr(self._pipe, "vae_scale_factor", 8)) if isinstance(size, int) else 512

    @torch.no_grad()
    def __call__(self, prompt: str, seed: int, negative_prompt: str | None = None) -> Picture:
        """One picture, (side, side, 3) bytes.

        Raises:
            UserError: the pipeline takes no negative prompt.
        """
        options: dict[str, Any] = dict(self._options)
        if negative_prompt is not None:
            if "negative_prompt" not in self._takes:
                raise UserError(f"{type(self._pipe).__name__} takes no negative prompt")
            options["negative_prompt"] = negative_prompt
        noise = torch.Generator("cpu").manual_seed(seed)
        made = self._pipe(
            prompt, width=self.side, height=self.side, generator=noise, output_type="np", **options
        )
        values = np.nan_to_num(np.asarray(made.images[0], dtype=np.float32))
        return np.asarray(np.clip(values, 0, 1) * 255 + 0.5, dtype=np.uint8)


class BigCaptioner:
    """A BLIP or GIT captioner; with a ranker, phrases on place, medium, light and style follow."""

    def __init__(
        self, name: str, device: torch.device, number: torch.dtype, ranker: Ranker | None = None
    ) -> None:
        import transformers

        config = _loaded(transformers.AutoConfig, name, "captioner")
        kinds = {"blip": "BlipForConditionalGeneration", "git": "GitForCausalLM"}
        if config.model_type not in kinds:
            raise UserError(f"the captioner {name} is a {config.model_type} model; a BLIP or GIT one wanted")
        kind = getattr(transformers, kinds[config.model_type])
        self._model = _loaded(kind, name, "captioner", dtype=number).to(device).eval()
        self._words = _loaded(transformers.AutoTokenizer, name, "captioner")
        self._eye = Preprocessor(name, config.vision_config.image_size)
        self._device, self._number, self._ranker = device, number, ranker
        self.about = {"name": name, "files": fingerprint(name), "kind": config.model_type}

    @torch.no_grad()
    def __call__(self, picture: Picture) -> str:
        """The likeliest words, greedily, at most ``WORDS`` of them; then the ranker's phrases."""
        numbers = self._model.generate(
            pixel_values=self._seen(picture), max_new_tokens=WORDS, do_sample=False
        )
        said: str = self._words.decode(numbers[0], skip_special_tokens=True).strip()
        if not said or self._ranker is None:
            return said
        return ", ".join([said, *self._ranker.phrases(picture)])

    @torch.no_grad()
    def embed(self, picture: Picture) -> Embedding:
        """The mean of what its own eye makes of a picture; pixels, if it has no eye of its own."""
        inner = getattr(self._model, "git", self._model)
        eye = getattr(inner, "vision_model", None) or getattr(inner, "image_encoder", None)
        if eye is None:
            return pixels(picture)
        return _array(eye(pixel_values=self._seen(picture)).last_hidden_state[0].mean(0))

    def _seen(self, picture: Picture) -> Tensor:
        return self._eye(picture).to(self._device, self._number)


class Ranker:
    """A CLIP model that finds the nearest phrase of each group of a list."""

    def __init__(self, name: str, device: torch.device, number: torch.dtype, phrases: Path = PHRASES) -> None:
        import transformers

        config = _loaded(transformers.AutoConfig, name, "ranker")
        if config.model_type != "clip":
            raise UserError(f"the ranker {name} is a {config.model_type} model; a CLIP one wanted")
        self._model = _loaded(transformers.CLIPModel, name, "ranker", dtype=number).to(device).eval()
        self._words = _loaded(transformers.AutoTokenizer, name, "ranker")
        self._eye = Preprocessor(name, config.vision_config.image_size)
        self._device, self._number = device, number
        self._groups = phrase_groups(phrases)
        self.about = {"name": name, "files": fingerprint(name), "phrases": _digest(phrases.read_bytes())}

    def phrases(self, picture: Picture) -> list[str]:
        """The nearest phrase of each group, in the order of the groups."""
        seen = torch.from_numpy(self.embed(picture))
        return [words[int((self._known[name] @ seen).argmax())] for name, words in self._groups.items()]

    @torch.no_grad()
    def embed(self, picture: Picture) -> Embedding:
        """CLIP's embedding of a picture, of length 1."""
        seen = self._eye(picture).to(self._device, self._number)
        inner = self._model.vision_model(pixel_values=seen).pooler_output
        return _array(F.normalize(self._model.visual_projection(inner)[0].float(), dim=0))

    @cached_property
    def _known(self) -> dict[str, Tensor]:
        """The embeddings of all phrases, (phrases, width) for each group."""
        return {name: self._told(words) for name, words in self._groups.items()}

    @torch.no_grad()
    def _told(self, words: Sequence[str]) -> Tensor:
        given = self._words(list(words), padding=True, truncation=True, return_tensors="pt").to(self._device)
        inner = self._model.text_model(
            input_ids=given["input_ids"], attention_mask=given["attention_mask"]
        ).pooler_output
        return F.normalize(self._model.text_projection(inner).float(), dim=1).cpu()


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


def phrase_groups(path: Path) -> dict[str, list[str]]:
    """Groups of phrases from a text file: [name], then a phrase a line.

    Raises:
        UserError: it cannot be read, a phrase stands before the first group, a group is empty.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {' '.join(str(error).split())}") from None
    found: dict[str, list[str]] = {}
    for number, line in enumerate(map(str.strip, lines), start=1):
        if line.startswith("[") and line.endswith("]"):
            found[line[1:-1]] = []
        elif line and not line.startswith("#"):
            if not found:
                raise UserError(f"{path}, line {number}: a phrase stands before the first [group]")
            found[list(found)[-1]].append(line)
    empty = [name for name, words in found.items() if not words]
    if empty or not found:
        raise UserError(f"{path}: {f'the group [{empty[0]}] is empty' if empty else 'there is no [group]'}")
    return found


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
            parts.append(_digest(file.read_bytes()))
    return _digest("\n".join(parts).encode())


def _digest(data: bytes) -> str:
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


def _loaded(kind: Any, name: str, role: str, **options: Any) -> Any:
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


def _hush() -> None:
    """Bars and hints of the libraries would stand between the rounds."""
    for library in ("transformers", "diffusers"):
        try:
            logging = import_module(f"{library}.utils.logging")
        except ImportError:
            raise UserError(f"big models need {library}: pip install 'nnanim[hf]'") from None
        logging.set_verbosity_error()
        logging.disable_progress_bar()


def _array(values: Tensor) -> Embedding:
    return np.asarray(values.float().cpu().numpy(), dtype=np.float32)
