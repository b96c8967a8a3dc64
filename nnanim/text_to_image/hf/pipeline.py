"""Stable Diffusion pipelines from a local folder, driven step by step through diffusers' own callback."""

from __future__ import annotations

import inspect
import os
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nnanim.errors import UserError
from nnanim.images import Floats, fit
from nnanim.text_to_image.hf import loading, vae
from nnanim.text_to_image.hf.scheduler import SchedulerStep, alpha_bars, watch_steps
from nnanim.text_to_image.hf.stepping import iterate, predict, replace_forward, skip_calls
from nnanim.text_to_image.hf.trace import record_pipeline
from nnanim.text_to_image.request import Request, build_request
from nnanim.text_to_image.step import Step
from nnanim.trace import Trace


def open_pipeline(
    path: str | os.PathLike[str],
    *,
    device: str | None = None,
    half: bool | None = None,
    slicing: bool = False,
    size: int | tuple[int, int] | None = None,
) -> PipelineBackend:
    """A Stable Diffusion pipeline (1, 2 or XL) in a local folder, for ``generate(…, backend=…)``.

    The folder is what diffusers' ``save_pretrained`` writes. Nothing is downloaded. Pictures are shown as
    they are decoded: a safety checker in the folder is not loaded.

    Args:
        path: the folder.
        device: "cuda", "mps" or "cpu"; the first that there is when None.
        half: float16 numbers; when None everywhere but on the processor.
        slicing: compute attention and decode pictures in slices: slower, in less memory.
        size: of the pictures, (height, width) or one for both, multiples of the VAE's factor; what the
            U-Net was trained on when None.

    Raises:
        UserError: diffusers is not installed, no such folder, not a pipeline, missing or damaged weights,
            no such device, a size that does not fit; one line each.
    """
    pipe = loading.load_pipeline(path, device, half)
    return PipelineBackend(pipe, Path(path), slicing=slicing, size=size)


class PipelineBackend:
    """A diffusers pipeline as a `nnanim.text_to_image.Backend`; `open_pipeline` opens one.

    Attributes:
        pipe: the diffusers pipeline.
        path: its folder.
        size: height and width of the pictures.
    """

    arrays = ("noisy", "noise", "predicted", "latents", "output")

    def __init__(
        self, pipe: Any, path: Path, *, slicing: bool = False, size: int | tuple[int, int] | None = None
    ) -> None:
        self.pipe = pipe
        self.path = path
        self.size = _size(pipe, size)
        self._scheduler = pipe.scheduler
        self._fingerprint = ""
        if slicing:
            pipe.enable_attention_slicing()
            pipe.vae.enable_slicing()

    @property
    def samplers(self) -> Sequence[str]:
        """Its own scheduler, and the two that the built-in backend has."""
        return (type(self._scheduler).__name__, "ddim", "ddpm")

    def describe(self) -> dict[str, Any]:
        """Class, number of parameters, a fingerprint of the files, size of the pictures, numbers' type."""
        self._fingerprint = self._fingerprint or loading.fingerprint(self.path)
        parts = [part for part in self.pipe.components.values() if isinstance(part, torch.nn.Module)]
        count = sum(value.numel() for part in parts for value in part.parameters())
        return {
            "model": f"{type(self.pipe).__name__} {self.path.resolve().name}", "parameters": count,
            "weights": self._fingerprint, "size": list(self.size),
            "type": str(self.pipe.unet.dtype).removeprefix("torch."), "device": self.pipe.device.type,
        }  # fmt: skip

    def check(self, request: Request) -> None:
        """Refuse a request that it cannot fulfil.

        Raises:
            UserError: too long a prompt, a guidance below 1 other than 0, a strength that leaves no step.
        """
        if request.guidance < 1 and request.guidance != 0:
            raise UserError(f"a pipeline takes guidance_scale 0, or 1 and more, got {request.guidance:g}")
        most = self._tokenizer.model_max_length
        for text in (*request.prompts, *request.negatives):
            if (length := self._length(text)) > most:
                raise UserError(
                    f"a prompt has at most {most - 2} pieces here, got {length - 2}: {text[:40]!r}…"
                )
        if not self.steps(request):
            raise UserError(
                f"strength {request.strength:g} of {request.steps} steps leaves none: take more of either"
            )

    def shorten(self, prompt: str) -> str:
        """The longest beginning of a prompt, in whole words where it has any, that the text encoder takes."""
        most = self._tokenizer.model_max_length
        if self._length(prompt) <= most:
            return prompt
        end = bisect_right(range(len(prompt)), most, key=lambda end: self._length(prompt[:end])) - 1
        return (prompt[:end].rpartition(" ")[0] or prompt[:end]).rstrip(" ,")

    def pieces(self, text: str) -> list[str]:
        """The tokenizer's pieces of a prompt, with the start and one end."""
        numbers = self._tokenizer(text, verbose=False).input_ids
        return [piece.removesuffix("</w>") for piece in self._tokenizer.convert_ids_to_tokens(numbers)]

    def steps(self, request: Request) -> int:
        """How many steps the scheduler takes: some take more than were asked for."""
        pipe = self._prepare(request)
        pipe.scheduler.set_timesteps(request.steps)
        if request.image is None:
            return len(pipe.scheduler.timesteps)
        return len(pipe.get_timesteps(request.steps, request.strength, "cpu")[0])

    def noise(self, seeds: Sequence[int]) -> Tensor:
        """The first noise (seeds, channel, row, column), each from its own seed."""
        factor = self.pipe.vae_scale_factor
        shape = (self.pipe.unet.config.in_channels, self.size[0] // factor, self.size[1] // factor)
        return torch.stack(
            [torch.randn(shape, generator=torch.Generator().manual_seed(one)) for one in seeds]
        )

    def alpha_bars(self, times: Tensor) -> Tensor:
        """alpha_bar at times 0..1: the scheduler's at step time · steps, and 1 at time 0."""
        return alpha_bars(self._scheduler, times)

    def encode(self, picture: Floats) -> Tensor:
        """The mean latents (channel, row, column) of a picture of any size, fitted to the pipeline's."""
        return vae.encode(self.pipe.vae, fit(picture, self.size))

    def predict(self, noisy: Tensor, times: Tensor, prompt: str) -> tuple[Tensor, Tensor]:
        """The network's estimates of x_0 and of the noise, given a prompt."""
        request = build_request(prompt, num_inference_steps=1, guidance_scale=1.0, samplers=self.samplers)
        with loading.silence_libraries():
            return predict(self._prepare(request), self._arguments(request), noisy, times)

    def decode(self, latents: Floats) -> Floats:
        """Pictures (…, height, width, 3), 0..1, of latents (…, channel, row, column), each decoded alone."""
        return vae.decode(self.pipe.vae, latents)

    def iterate_steps(self, request: Request, past: Sequence[Step] = ()) -> Iterator[Step]:
        """The steps of a request that come after those that are done.

        Those are passed through the scheduler once more with what the network gave then, so that its
        state and its random numbers are what they were.
        """
        steps = self.steps(request)
        pipe = self._prepare(request)
        replayed = [torch.tensor(one.output) for one in past]
        replayed = [one[None] if request.single else one for one in replayed]

        def run(give: Callable[[Any], None]) -> None:
            with ExitStack() as stack:
                stack.enter_context(loading.silence_libraries())
                taken = stack.enter_context(watch_steps(pipe.scheduler, replayed))
                stack.enter_context(replace_forward(pipe.unet, skip_calls(len(replayed))))

                def after(pipe: Any, at: int, time: Any, values: dict[str, Any]) -> dict[str, Any]:
                    if at >= len(replayed):
                        give(self._step(request, at, steps, taken[at]))
                    return values

                pipe(**self._arguments(request), callback_on_step_end=after, output_type="latent")

        try:
            yield from iterate(run)
        except torch.OutOfMemoryError:
            raise UserError(
                f"out of memory with {len(request.seeds)} pictures of {self.size}: generate fewer or smaller "
                "ones, or open_pipeline(…, slicing=True)"
            ) from None

    def record(self, request: Request, stages_at: int | None) -> Trace:
        """The request fulfilled, with all its numbers, as `nnanim.text_to_image.record_generation` says."""
        pieces = [self.pieces(prompt) for prompt in request.prompts]
        return record_pipeline(
            self.pipe, self.iterate_steps(request), request, stages_at, pieces, self.describe()
        )

    def _length(self, text: str) -> int:
        """Pieces of a prompt, with the start and the end."""
        return len(self._tokenizer(text, truncation=False, verbose=False).input_ids)

    @property
    def _tokenizer(self) -> Any:
        return self.pipe.tokenizer or self.pipe.tokenizer_2

    def _prepare(self, request: Request) -> Any:
        """The pipeline for a request, with a scheduler that knows nothing of earlier runs."""
        import diffusers

        config = dict(self._scheduler.config)
        if request.sampler in ("ddim", "ddpm"):
            kind = {"ddim": diffusers.DDIMScheduler, "ddpm": diffusers.DDPMScheduler}[request.sampler]
            scheduler = kind.from_config({"clip_sample": False, **config})
        else:
            scheduler = type(self._scheduler).from_config(config)
        self.pipe.scheduler = scheduler
        if request.image is None:
            return self.pipe
        other = getattr(diffusers, loading.KINDS[type(self.pipe).__name__])
        known = {**self.pipe.config, **self.pipe.components}
        wanted = [name for name in inspect.signature(other.__init__).parameters if name in known]
        image_to_image = other(**{name: known[name] for name in wanted})
        image_to_image.set_progress_bar_config(disable=True)
        return image_to_image

    def _arguments(self, request: Request) -> dict[str, Any]:
        """The arguments of diffusers' pipeline."""
        generators = [torch.Generator().manual_seed(seed) for seed in request.seeds]
        arguments: dict[str, Any] = {"num_inference_steps": request.steps, "generator": generators}
        arguments |= self._words(request)
        if request.image is None:
            return arguments | {"height": self.size[0], "width": self.size[1]}
        pixels = torch.from_numpy(fit(request.image, self.size).transpose(2, 0, 1).copy())
        image = pixels[None].expand(len(request.seeds), -1, -1, -1)
        return arguments | {"image": image, "strength": request.strength}

    def _words(self, request: Request) -> dict[str, Any]:
        prompts, negatives = list(request.prompts), list(request.negatives)
        other = negatives if any(negatives) else None
        if request.guidance > 0:
            return {"prompt": prompts, "negative_prompt": other, "guidance_scale": request.guidance}
        embeds = self.pipe.encode_prompt(
            prompt=prompts, device=self.pipe.device, num_images_per_prompt=1,
            do_classifier_free_guidance=True, negative_prompt=other,
        )  # fmt: skip
        names = {1: "prompt_embeds", 3: "pooled_prompt_embeds"}
        return {"guidance_scale": 1.0} | {names[at]: embeds[at] for at in range(1, len(embeds), 2)}

    def _step(self, request: Request, at: int, steps: int, taken: SchedulerStep) -> Step:
        def to_numpy(values: Tensor) -> Floats:
            return np.array((values[0] if request.single else values).float().cpu().numpy())

        return Step(
            step=at, steps=steps, time=taken.time, alpha_bar=taken.alpha_bar, noisy=to_numpy(taken.noisy),
            noise=to_numpy(taken.noise), predicted=to_numpy(taken.predicted), latents=to_numpy(taken.latents),
            decode=self.decode, output=to_numpy(taken.output),
        )  # fmt: skip


def _size(pipe: Any, size: int | tuple[int, int] | None) -> tuple[int, int]:
    factor, sample = pipe.vae_scale_factor, pipe.unet.config.sample_size
    if size is None:
        rows, columns = (sample, sample) if isinstance(sample, int) else sample
        return rows * factor, columns * factor
    height, width = (size, size) if isinstance(size, int) else size
    if min(height, width) < factor or height % factor or width % factor:
        raise UserError(f"size: height and width are multiples of {factor}, got {height} × {width}")
    return height, width
