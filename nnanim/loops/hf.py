"""Big models for the loop: pipelines of diffusers, captioners and CLIP of transformers (``nnanim[hf]``).

Each is a local folder, or a name on the Hugging Face hub such as "owner/model"; the hub is only asked when
such a name is given. Pictures are brought to the size and range that a model's preprocessor_config.json asks
for here, with Pillow and numpy, so that torchvision is not needed.
"""

from __future__ import annotations

import inspect
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nnanim.errors import UserError
from nnanim.loops.backends import SMALL, SPEECHES, Backends, Choice, small_about
from nnanim.loops.hub import Preprocessor, array, chosen_device, fingerprint, hush, is_local, loaded
from nnanim.loops.loop import Embed, Embedding, pixels
from nnanim.loops.pictures import Picture
from nnanim.loops.ranker import Ranker

WORDS = 40
"""Tokens of a captioner's sentence at most: an endless one is cut there."""


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
    hush()
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

        self._pipe = loaded(AutoPipelineForText2Image, choice.painter, "painter", torch_dtype=number)
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

        config = loaded(transformers.AutoConfig, name, "captioner")
        kinds = {"blip": "BlipForConditionalGeneration", "git": "GitForCausalLM"}
        if config.model_type not in kinds:
            raise UserError(f"the captioner {name} is a {config.model_type} model; a BLIP or GIT one wanted")
        kind = getattr(transformers, kinds[config.model_type])
        self._model = loaded(kind, name, "captioner", dtype=number).to(device).eval()
        self._words = loaded(transformers.AutoTokenizer, name, "captioner")
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
        return array(eye(pixel_values=self._seen(picture)).last_hidden_state[0].mean(0))

    def _seen(self, picture: Picture) -> Tensor:
        return self._eye(picture).to(self._device, self._number)
