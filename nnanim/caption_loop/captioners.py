"""Captioners of the loop: the built-in one, BLIP and GIT of transformers, and a CLIP model that adds phrases.

Pictures are brought to the size and range that a model's preprocessor_config.json asks for here, with Pillow
and numpy, so that torchvision is not needed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from nnanim import models
from nnanim.caption_loop.loop import Embed, Embedding, embed_pixels
from nnanim.data import captions
from nnanim.errors import UserError
from nnanim.files import read_text
from nnanim.images import Picture, load_picture
from nnanim.models.world_vae import SIDE
from nnanim.schema import read_json
from nnanim.text_to_image.hf.loading import (
    fingerprint,
    import_library,
    load_pretrained,
    pick_device,
    silence_libraries,
)
from nnanim.threads import one_thread

MAX_TOKENS = 40
"""Maximum number of tokens of a big captioner's sentence: an endless one is cut there."""

PHRASES = Path(__file__).with_name("phrases.txt")

CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
"""CLIP's, which BLIP and GIT took over."""


class BuiltinCaptioner:
    """The captioner of the small world, in one language.

    It knows the words of the small world only: a photo of a dog becomes what of them comes nearest. Sentences
    are made of words of its language, and are never empty.

    Args:
        language: "en" or "ja".
        model: other weights.
    """

    def __init__(self, language: str = "en", model: Any = None) -> None:
        self.language = language
        self._model = model or models.load("captioner")
        self._clip: Any = models.load("clip")
        # Of a picture like nothing it knows, it would mix both languages into words that no painter knows.
        allowed = torch.tensor([word.isascii() == (language == "en") for word in captions.vocabulary()])
        allowed[: len(captions.SPECIAL)] = False
        allowed[captions.END] = True
        self._allowed = allowed

    def __call__(self, picture: Picture) -> str:
        """One sentence."""
        return self.batch([picture])[0]

    @one_thread()
    def batch(self, pictures: Sequence[Picture]) -> list[str]:
        """One sentence for each picture: at every place the likeliest word of its language."""
        return self._model.describe(_to_tensor(pictures), self.language, self._allowed)

    @one_thread()
    @torch.no_grad()
    def embed(self, picture: Picture) -> Embedding:
        """CLIP's embedding, (128,), of length 1."""
        return _to_array(self._clip.embed_pictures(_to_tensor([picture]))[0])


class Preprocessor(msgspec.Struct):
    """What a preprocessor_config.json asks for; CLIP's ways where it says nothing."""

    image_mean: tuple[float, float, float] = CLIP_MEAN
    image_std: tuple[float, float, float] = CLIP_STD
    crop_size: int | dict[str, int] | None = None
    size: int | dict[str, int] | None = None

    @classmethod
    def of(cls, folder: Path) -> Preprocessor:
        """The preprocessor of the model in a folder."""
        file = folder / "preprocessor_config.json"
        return read_json(file, cls) if file.exists() else cls()

    def prepare(self, picture: Picture, side: int) -> Tensor:
        """A picture as (1, 3, side, side): bicubic, minus the mean, over the deviation.

        ``side`` is the model's own, in case the preprocessor names none.
        """
        size = self.crop_size or self.size or side
        if isinstance(size, dict):
            size = size.get("height") or size.get("shortest_edge") or side
        if not 1 <= size <= 4096:
            raise UserError(f"preprocessor_config.json: size: {size} pixels; 1 to 4096 wanted")
        resized = Image.fromarray(picture).resize((size, size), Image.Resampling.BICUBIC)
        values = np.asarray(resized, dtype=np.float32) / 255
        mean, deviation = (np.asarray(one, dtype=np.float32) for one in (self.image_mean, self.image_std))
        return torch.from_numpy((values - mean) / deviation).permute(2, 0, 1)[None]


class _HFModel:
    """A model of transformers that sees pictures: its weights, tokenizer and preprocessor.

    Args:
        folder: where it lies.
        role: what an error calls it.
        kinds: the class of each model type that will do.
        device: see `nnanim.text_to_image.hf.loading.pick_device`.
        half: float16.
    """

    def __init__(self, folder: Path, role: str, kinds: dict[str, str], device: str, half: bool) -> None:
        transformers = import_library("transformers")
        failure = f"the {role} in {folder} cannot be loaded"
        config = load_pretrained(transformers.AutoConfig, folder, failure)
        if config.model_type not in kinds:
            wanted = " or ".join(kind.upper() for kind in kinds)
            raise UserError(f"the {role} {folder} is a {config.model_type} model; a {wanted} one wanted")
        self.dtype = torch.float16 if half else torch.float32
        self.device = pick_device(device)
        kind = getattr(transformers, kinds[config.model_type])
        self.model = load_pretrained(kind, folder, failure, dtype=self.dtype).to(self.device).eval()
        self.tokenizer = load_pretrained(transformers.AutoTokenizer, folder, failure)
        self.about = {"files": fingerprint(folder), "kind": config.model_type}
        self._preprocessor, self._side = Preprocessor.of(folder), config.vision_config.image_size

    def preprocess(self, picture: Picture) -> Tensor:
        """A picture as the model takes it."""
        return self._preprocessor.prepare(picture, self._side).to(self.device, self.dtype)


class HFCaptioner(_HFModel):
    """A BLIP or GIT captioner; with a ranker, phrases on place, medium, light and style follow."""

    KINDS = {"blip": "BlipForConditionalGeneration", "git": "GitForCausalLM"}  # noqa: RUF012

    def __init__(
        self, folder: Path, device: str = "auto", half: bool = False, ranker: Ranker | None = None
    ) -> None:
        super().__init__(folder, "captioner", self.KINDS, device, half)
        self._ranker = ranker

    @silence_libraries()
    @torch.no_grad()
    def __call__(self, picture: Picture) -> str:
        """The likeliest words, greedily, at most ``MAX_TOKENS`` of them; then the ranker's phrases."""
        token_ids = self.model.generate(
            pixel_values=self.preprocess(picture), max_new_tokens=MAX_TOKENS, do_sample=False
        )
        sentence: str = self.tokenizer.decode(token_ids[0], skip_special_tokens=True).strip()
        if not sentence or self._ranker is None:
            return sentence
        return ", ".join([sentence, *self._ranker.phrases(picture)])

    @torch.no_grad()
    def embed(self, picture: Picture) -> Embedding:
        """The mean state of its own image encoder; pixels, if it has none."""
        inner = getattr(self.model, "git", self.model)
        encoder = getattr(inner, "vision_model", None) or getattr(inner, "image_encoder", None)
        if encoder is None:
            return embed_pixels(picture)
        return _to_array(encoder(pixel_values=self.preprocess(picture)).last_hidden_state[0].mean(0))


class Ranker(_HFModel):
    """A CLIP model that finds the nearest phrase of each group of a list."""

    def __init__(
        self, folder: Path, device: str = "auto", half: bool = False, phrases: Path = PHRASES
    ) -> None:
        super().__init__(folder, "ranker", {"clip": "CLIPModel"}, device, half)
        self._groups = read_phrases(phrases)
        self.about |= {"phrases": hashlib.sha256(phrases.read_bytes()).hexdigest()[:16]}

    def phrases(self, picture: Picture) -> list[str]:
        """The nearest phrase of each group, in the order of the groups."""
        image = torch.from_numpy(self.embed(picture))
        return [words[int((self._embeddings[name] @ image).argmax())] for name, words in self._groups.items()]

    @torch.no_grad()
    def embed(self, picture: Picture) -> Embedding:
        """CLIP's embedding of a picture, of length 1."""
        inner = self.model.vision_model(pixel_values=self.preprocess(picture)).pooler_output
        return _to_array(F.normalize(self.model.visual_projection(inner)[0].float(), dim=0))

    @cached_property
    def _embeddings(self) -> dict[str, Tensor]:
        """The embeddings of all phrases, (phrases, width) for each group."""
        return {name: self._embed_phrases(words) for name, words in self._groups.items()}

    @torch.no_grad()
    def _embed_phrases(self, words: Sequence[str]) -> Tensor:
        inputs = self.tokenizer(list(words), padding=True, truncation=True, return_tensors="pt").to(
            self.device
        )
        inner = self.model.text_model(
            input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]
        ).pooler_output
        return F.normalize(self.model.text_projection(inner).float(), dim=1).cpu()


def read_phrases(path: Path) -> dict[str, list[str]]:
    """Groups of phrases from a text file: [name], then a phrase a line.

    Raises:
        UserError: it cannot be read, a phrase stands before the first group, a group is empty.
    """
    groups: dict[str, list[str]] = {}
    for number, line in enumerate(map(str.strip, read_text(path).splitlines()), start=1):
        if line.startswith("[") and line.endswith("]"):
            groups[line[1:-1]] = []
        elif line and not line.startswith("#"):
            if not groups:
                raise UserError(f"{path}, line {number}: a phrase stands before the first [group]")
            groups[list(groups)[-1]].append(line)
    empty = [name for name, words in groups.items() if not words]
    if empty or not groups:
        raise UserError(f"{path}: {f'the group [{empty[0]}] is empty' if empty else 'there is no [group]'}")
    return groups


def embedding_width(embed: Embed) -> int:
    """Numbers of an embedding."""
    return int(np.asarray(embed(np.zeros((SIDE, SIDE, 3), dtype=np.uint8))).size)


def _to_tensor(pictures: Sequence[Picture]) -> Tensor:
    """(n, 3, 64, 64), 0..1; larger pictures, as big painters make them, are made smaller."""
    if any(one.shape[:2] != (SIDE, SIDE) for one in pictures):
        pictures = [load_picture(one, SIDE) for one in pictures]
    return torch.from_numpy(np.ascontiguousarray(np.stack(pictures))).permute(0, 3, 1, 2).float() / 255


def _to_array(values: Tensor) -> Embedding:
    """A tensor, on whatever device and of whatever precision, as float32."""
    return np.asarray(values.float().cpu().numpy(), dtype=np.float32)
