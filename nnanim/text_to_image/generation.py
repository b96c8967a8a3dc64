"""generate(): from words to a picture, step by step, by whatever backend."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, Protocol

from torch import Tensor

from nnanim.errors import UserError
from nnanim.images import Floats
from nnanim.models.painter import Painter
from nnanim.text_to_image.builtin import BuiltinBackend
from nnanim.text_to_image.checkpoint import Checkpoint
from nnanim.text_to_image.hf.pipeline import PipelineBackend, open_pipeline
from nnanim.text_to_image.request import DEFAULT_STRENGTH, Request, build_request
from nnanim.text_to_image.step import Step
from nnanim.trace import Trace


class Backend(Protocol):
    """What can generate: the painter that comes with nnanim, or a pipeline."""

    @property
    def samplers(self) -> Sequence[str]:
        """The samplers that there are, its own first."""
        ...

    @property
    def arrays(self) -> Sequence[str]:
        """What of a step a run on disk keeps, so that it can be taken up again."""
        ...

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of its pictures."""
        ...

    def describe(self) -> dict[str, Any]:
        """Which model it is, with the checksum of its weights."""
        ...

    def check(self, request: Request) -> None:
        """Raise UserError for a request that it cannot fulfil."""
        ...

    def steps(self, request: Request) -> int:
        """How many steps a request takes."""
        ...

    def encode(self, picture: Floats) -> Tensor:
        """The latents (channel, row, column) of a picture (height, width, 3) of any size."""
        ...

    def decode(self, latents: Floats) -> Floats:
        """Latents (…, channel, row, column) to pictures (…, height, width, 3), 0..1."""
        ...

    def noise(self, seeds: Sequence[int]) -> Tensor:
        """The first noise (seeds, channel, row, column), each from its own seed."""
        ...

    def alpha_bars(self, times: Tensor) -> Tensor:
        """alpha_bar at times 0..1."""
        ...

    def predict(self, noisy: Tensor, times: Tensor, prompt: str) -> tuple[Tensor, Tensor]:
        """The network's estimates of x_0 and of the noise, each (times, channel, row, column)."""
        ...

    def iterate_steps(self, request: Request, past: Sequence[Step] = ()) -> Iterator[Step]:
        """The steps of a request that come after those that are past."""
        ...

    def record(self, request: Request, stages_at: int | None) -> Trace:
        """The request fulfilled, with all its numbers; of one step also the stages."""
        ...


def generate(
    prompt: str | Sequence[str],
    *,
    negative_prompt: str | Sequence[str] | None = None,
    num_inference_steps: int = 20,
    guidance_scale: float = 2.5,
    seed: int | Sequence[int] = 0,
    init_image: Any = None,
    strength: float = DEFAULT_STRENGTH,
    sampler: str | None = None,
    backend: Any = None,
    out: str | os.PathLike[str] | None = None,
    callback: Callable[[Step], object] | None = None,
) -> Iterator[Step]:
    """Generate a picture; gives the `Step` after every step, which unpacks to step, picture, latents.

    Lists of prompts, negative prompts and seeds generate several pictures together: as many of each, or one
    for all.

    Args:
        prompt: the sentence; the empty one leaves the choice to the model.
        negative_prompt: what to steer away from: it stands where guidance puts the empty sentence.
        num_inference_steps: steps from pure noise to a picture, 1 to 1000.
        guidance_scale: uncond + scale · (cond − uncond) (J. Ho and T. Salimans 2022): 0 leaves the prompt
            out, 1 takes it as it is, more exaggerates it, less than 0 steers away from it.
        seed: all chance comes from it: the first noise and DDPM's. The same seed gives the same bits on the
            same machine, whatever else is generated with it.
        init_image: begin with this picture under noise in place of pure noise (C. Meng et al., "SDEdit",
            2022): a path, a PIL picture or an array; any size, its largest middle square is resampled to
            the model's size.
        strength: with ``init_image``, how much noise: above 0 to 1, all noise. Of ``num_inference_steps``,
            that share is taken.
        sampler: "ddim" (J. Song et al. 2021, deterministic) or "ddpm" (J. Ho et al. 2020, fresh noise in
            every step); when None "ddim", and of a pipeline its own scheduler.
        backend: a `nnanim.models.painter.Painter`, what `open_pipeline` gives, or the path of a pipeline;
            the painter that comes with nnanim when None.
        out: a folder for a numbered frame and the numbers of every step. An interrupted run is taken up
            where it stopped, and ends with the same bytes.
        callback: called with every step.

    Raises:
        UserError: a mistake in any of these, in one line, before anything is generated.
    """
    source, request = prepare_request(
        prompt, backend, negative_prompt=negative_prompt, num_inference_steps=num_inference_steps,
        guidance_scale=guidance_scale, seed=seed, init_image=init_image, strength=strength, sampler=sampler,
    )  # fmt: skip
    checkpoint = None
    if out is not None:
        checkpoint = Checkpoint(out, request, source.steps(request), source.describe(), source.arrays)
    return _walk(request, source, checkpoint, callback)


def prepare_request(prompt: str | Sequence[str], backend: Any, **options: Any) -> tuple[Backend, Request]:
    """What generates, and the checked request to it; arguments as of `generate`."""
    source = resolve_backend(backend)
    request = build_request(prompt, samplers=source.samplers, **options)
    source.check(request)
    return source, request


def generate_picture(prompt: str | Sequence[str], **options: Any) -> Floats:
    """The finished picture (height, width, 3), 0..1, or several of them; arguments as of `generate`."""
    *_, last = generate(prompt, **options)
    return last.picture


def resolve_backend(backend: Any) -> Backend:
    """The backend for what was given as one.

    Raises:
        UserError: something that cannot generate.
    """
    if backend is None or isinstance(backend, Painter):
        return BuiltinBackend(backend)
    if isinstance(backend, BuiltinBackend | PipelineBackend):
        return backend
    if isinstance(backend, str | os.PathLike):
        return open_pipeline(backend)
    raise UserError(f"backend is a Painter, a pipeline or the path of one, got {type(backend).__name__}")


def _walk(
    request: Request,
    source: Backend,
    checkpoint: Checkpoint | None,
    callback: Callable[[Step], object] | None,
) -> Iterator[Step]:
    past = [] if checkpoint is None else checkpoint.restore(source.decode, source.noise(request.seeds).shape)
    fresh = iter(()) if len(past) == source.steps(request) else source.iterate_steps(request, past)
    for number, step in enumerate(chain(past, fresh)):
        if checkpoint is not None and number >= len(past):
            checkpoint.save(step)
        if callback is not None:
            callback(step)
        yield step
