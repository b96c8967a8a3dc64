"""Stable Diffusion pipelines from a local folder, driven step by step through diffusers' own callback."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nnanim.errors import UserError
from nnanim.painting import loading
from nnanim.painting.asking import answered, guess, skipping
from nnanim.painting.handed import handed
from nnanim.painting.latents import decoded, encoded
from nnanim.painting.order import Order, order
from nnanim.painting.painting import Floats, Painting
from nnanim.painting.pictures import fitted
from nnanim.painting.schedule import Made, followed, levels
from nnanim.trace import Trace


def pipeline(
    path: str | os.PathLike[str],
    *,
    device: str | None = None,
    half: bool | None = None,
    slicing: bool = False,
    size: int | tuple[int, int] | None = None,
) -> Pipeline:
    """A Stable Diffusion pipeline (1, 2 or XL) in a local folder, for ``paint(…, painter=…)``.

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
    return Pipeline(loading.load(path, device, half), Path(path), slicing=slicing, size=size)


class Pipeline:
    """A diffusers pipeline that `nnanim.painting.paint` and `traced` drive; made by `pipeline`.

    Attributes:
        pipe: the diffusers pipeline.
        path: its folder.
        size: height and width of the pictures.
    """

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
        """Its own scheduler, and the two that the small world's painter has."""
        return (type(self._scheduler).__name__, "ddim", "ddpm")

    def described(self) -> dict[str, Any]:
        """Class, number of parameters, a fingerprint of the files, size of the pictures, numbers' type."""
        self._fingerprint = self._fingerprint or loading.fingerprint(self.path)
        modules = [part for part in self.pipe.components.values() if isinstance(part, torch.nn.Module)]
        count = sum(value.numel() for part in modules for value in part.parameters())
        return {
            "model": f"{type(self.pipe).__name__} {self.path.resolve().name}", "parameters": count,
            "weights": self._fingerprint, "size": list(self.size),
            "type": str(self.pipe.unet.dtype).removeprefix("torch."), "device": self.pipe.device.type,
        }  # fmt: skip

    def check(self, order: Order) -> None:
        """Refuse an order that cannot be painted.

        Raises:
            UserError: too long a prompt, a guidance below 1 other than 0, a strength that leaves no step.
        """
        if order.guidance < 1 and order.guidance != 0:
            raise UserError(f"a pipeline takes guidance_scale 0, or 1 and more, got {order.guidance:g}")
        most = self._tokenizer.model_max_length
        for text in (*order.prompts, *order.negatives):
            found = len(self._tokenizer(text, truncation=False, verbose=False).input_ids)
            if found > most:
                raise UserError(
                    f"a prompt has at most {most - 2} pieces here, got {found - 2}: {text[:40]!r}…"
                )
        if not self.steps(order):
            raise UserError(
                f"strength {order.strength:g} of {order.steps} steps leaves none: take more of either"
            )

    def pieces(self, text: str) -> list[str]:
        """The tokenizer's pieces of a prompt, with the start and one end."""
        numbers = self._tokenizer(text, verbose=False).input_ids
        return [piece.removesuffix("</w>") for piece in self._tokenizer.convert_ids_to_tokens(numbers)]

    def steps(self, order: Order) -> int:
        """How many steps the scheduler takes: some take more than were asked for."""
        pipe = self._prepared(order)
        pipe.scheduler.set_timesteps(order.steps)
        if order.image is None:
            return len(pipe.scheduler.timesteps)
        return len(pipe.get_timesteps(order.steps, order.strength, "cpu")[0])

    def noise(self, seeds: Sequence[int]) -> Tensor:
        """The first noise (seeds, channel, row, column), each from its own seed."""
        factor = self.pipe.vae_scale_factor
        shape = (self.pipe.unet.config.in_channels, self.size[0] // factor, self.size[1] // factor)
        return torch.stack(
            [torch.randn(shape, generator=torch.Generator().manual_seed(one)) for one in seeds]
        )

    def levels(self, times: Tensor) -> Tensor:
        """alpha_bar at times 0..1: the scheduler's at step time · steps, and 1 at time 0."""
        return levels(self._scheduler, times)

    def encode(self, picture: Floats) -> Tensor:
        """The mean latents (channel, row, column) of a picture of any size, fitted to the pipeline's."""
        return encoded(self.pipe.vae, fitted(picture, self.size))

    def guess(self, noisy: Tensor, times: Tensor, prompt: str) -> tuple[Tensor, Tensor]:
        """The x_0 and the noise that the network believes in, told a prompt."""
        wanted = order(prompt, num_inference_steps=1, guidance_scale=1.0, samplers=self.samplers)
        with loading.quiet():
            return guess(self._prepared(wanted), self._asked(wanted), noisy, times)

    def decode(self, latents: Floats) -> Floats:
        """Pictures (…, height, width, 3), 0..1, of latents (…, channel, row, column), each decoded alone."""
        return decoded(self.pipe.vae, latents)

    def walk(self, order: Order, done: Sequence[Painting] = ()) -> Iterator[Painting]:
        """The steps of an order that come after those that are done.

        Those are passed through the scheduler once more with what the network gave then, so that its
        state and its random numbers are what they were.
        """
        steps = self.steps(order)
        pipe = self._prepared(order)
        replayed = [torch.tensor(one.output) for one in done]
        replayed = [one[None] if order.single else one for one in replayed]

        def run(give: Callable[[Any], None]) -> None:
            with ExitStack() as stack:
                stack.enter_context(loading.quiet())
                made = stack.enter_context(followed(pipe.scheduler, replayed))
                stack.enter_context(answered(pipe.unet, skipping(len(replayed))))

                def after(pipe: Any, at: int, time: Any, values: dict[str, Any]) -> dict[str, Any]:
                    if at >= len(replayed):
                        give(self._painting(order, at, steps, made[at]))
                    return values

                pipe(**self._asked(order), callback_on_step_end=after, output_type="latent")

        try:
            yield from handed(run)
        except torch.OutOfMemoryError:
            raise UserError(
                f"out of memory with {len(order.seeds)} pictures of {self.size}: paint fewer or smaller, "
                "or pipeline(…, slicing=True)"
            ) from None

    def traced(self, order: Order, at: int | None) -> Trace:
        """The order painted, with all its numbers, as `nnanim.painting.traced` says."""
        from nnanim.painting.looking import traced_pipeline

        return traced_pipeline(self, order, at)

    @property
    def _tokenizer(self) -> Any:
        return self.pipe.tokenizer or self.pipe.tokenizer_2

    def _prepared(self, order: Order) -> Any:
        """The pipeline for an order, with a scheduler that knows nothing of earlier runs."""
        import diffusers

        config = dict(self._scheduler.config)
        if order.sampler in ("ddim", "ddpm"):
            kind = {"ddim": diffusers.DDIMScheduler, "ddpm": diffusers.DDPMScheduler}[order.sampler]
            made = kind.from_config({"clip_sample": False, **config})
        else:
            made = type(self._scheduler).from_config(config)
        self.pipe.scheduler = made
        if order.image is None:
            return self.pipe
        other = getattr(diffusers, loading.KINDS[type(self.pipe).__name__])
        known = {**self.pipe.config, **self.pipe.components}
        wanted = [name for name in inspect.signature(other.__init__).parameters if name in known]
        begun = other(**{name: known[name] for name in wanted})
        begun.set_progress_bar_config(disable=True)
        return begun

    def _asked(self, order: Order) -> dict[str, Any]:
        """The arguments of diffusers' pipeline."""
        generators = [torch.Generator().manual_seed(seed) for seed in order.seeds]
        asked: dict[str, Any] = {"num_inference_steps": order.steps, "generator": generators}
        asked |= self._words(order)
        if order.image is None:
            return asked | {"height": self.size[0], "width": self.size[1]}
        pixels = torch.from_numpy(fitted(order.image, self.size).transpose(2, 0, 1).copy())
        image = pixels[None].expand(len(order.seeds), -1, -1, -1)
        return asked | {"image": image, "strength": order.strength}

    def _words(self, order: Order) -> dict[str, Any]:
        prompts, negatives = list(order.prompts), list(order.negatives)
        other = negatives if any(negatives) else None
        if order.guidance > 0:
            return {"prompt": prompts, "negative_prompt": other, "guidance_scale": order.guidance}
        found = self.pipe.encode_prompt(
            prompt=prompts, device=self.pipe.device, num_images_per_prompt=1,
            do_classifier_free_guidance=True, negative_prompt=other,
        )  # fmt: skip
        names = {1: "prompt_embeds", 3: "pooled_prompt_embeds"}
        return {"guidance_scale": 1.0} | {names[at]: found[at] for at in range(1, len(found), 2)}

    def _painting(self, order: Order, at: int, steps: int, made: Made) -> Painting:
        def given(values: Tensor) -> Floats:
            return np.array((values[0] if order.single else values).float().cpu().numpy())

        return Painting(
            step=at, steps=steps, time=made.time, alpha_bar=made.alpha_bar, noisy=given(made.noisy),
            noise=given(made.noise), predicted=given(made.predicted), latents=given(made.latents),
            decode=self.decode, output=given(made.output),
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
