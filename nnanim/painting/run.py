"""paint(): from words to a picture, step by step."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from torch import Tensor

from nnanim.errors import UserError
from nnanim.painting.folder import Folder
from nnanim.painting.order import STRENGTH, Order, order
from nnanim.painting.painting import Floats, Painting
from nnanim.trace import Trace


class Source(Protocol):
    """What can paint: the small world's painter, or a pipeline."""

    @property
    def samplers(self) -> Sequence[str]:
        """The samplers that there are, its own first."""
        ...

    def described(self) -> dict[str, Any]:
        """Which model it is, with the checksum of its weights."""
        ...

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of its pictures."""
        ...

    def check(self, order: Order) -> None:
        """Raise UserError for an order that it cannot paint."""
        ...

    def steps(self, order: Order) -> int:
        """How many steps an order takes."""
        ...

    def encode(self, picture: Floats) -> Tensor:
        """The latents (channel, row, column) of a picture (height, width, 3) of any size."""
        ...

    def noise(self, seeds: Sequence[int]) -> Tensor:
        """The first noise (seeds, channel, row, column), each from its own seed."""
        ...

    def levels(self, times: Tensor) -> Tensor:
        """alpha_bar at times 0..1."""
        ...

    def guess(self, noisy: Tensor, times: Tensor, prompt: str) -> tuple[Tensor, Tensor]:
        """The x_0 and the noise that the network believes in, each (times, channel, row, column)."""
        ...

    def traced(self, order: Order, at: int | None) -> Trace:
        """The order painted, with all its numbers."""
        ...

    def decode(self, latents: Floats) -> Floats:
        """Latents (…, channel, row, column) to pictures (…, height, width, 3), 0..1."""
        ...

    def walk(self, order: Order, done: Sequence[Painting] = ()) -> Iterator[Painting]:
        """The steps of an order that come after those that are done."""
        ...


def paint(
    prompt: str | Sequence[str],
    *,
    negative_prompt: str | Sequence[str] | None = None,
    num_inference_steps: int = 20,
    guidance_scale: float = 2.5,
    seed: int | Sequence[int] = 0,
    init_image: Any = None,
    strength: float = STRENGTH,
    sampler: str | None = None,
    painter: Any = None,
    out: str | os.PathLike[str] | None = None,
    callback: Callable[[Painting], object] | None = None,
) -> Iterator[Painting]:
    """Paint; gives the `Painting` after every step, ``step, picture, latents = painting``.

    Lists of prompts, negative prompts and seeds paint several pictures together: as many of each, or one
    for all.

    Args:
        prompt: the sentence; the empty one leaves the choice to the model.
        negative_prompt: what to steer away from: it stands where guidance puts the empty sentence.
        num_inference_steps: steps from pure noise to a picture, 1 to 1000.
        guidance_scale: untold + scale · (told − untold) (J. Ho and T. Salimans 2022): 0 leaves the prompt
            out, 1 takes it as it is, more exaggerates it, below 0 paints its contrary.
        seed: all chance comes from it: the first noise and DDPM's. The same seed gives the same bits on the
            same machine and number of threads, whatever else is painted with it.
        init_image: begin with this picture under noise in place of pure noise (C. Meng et al., "SDEdit",
            2022): a path, a PIL picture or an array; any size, its largest middle square is resampled to
            the model's size.
        strength: with ``init_image``, how much noise: above 0 to 1, all noise. Of ``num_inference_steps``,
            that share is taken.
        sampler: "ddim" (J. Song et al. 2021, deterministic) or "ddpm" (J. Ho et al. 2020, fresh noise in
            every step); when None "ddim", and of a `pipeline` its own scheduler.
        painter: a `nnanim.models.painter.Painter`, a `pipeline` or the path of one; the shipped painter of
            the small world when None.
        out: a folder for a numbered frame and the numbers of every step. An interrupted run is taken up
            where it stopped, and ends with the same bytes.
        callback: called with the painting after every step.

    Raises:
        UserError: a mistake in any of these, in one line, before anything is painted.
    """
    with_ = source(painter)
    wanted = order(
        prompt, negative_prompt=negative_prompt, num_inference_steps=num_inference_steps,
        guidance_scale=guidance_scale, seed=seed, init_image=init_image, strength=strength, sampler=sampler,
        samplers=with_.samplers,
    )  # fmt: skip
    with_.check(wanted)
    folder = None if out is None else Folder(out, wanted, with_.steps(wanted), with_.described())
    return _painted(wanted, with_, folder, callback)


def picture(prompt: str | Sequence[str], **options: Any) -> Floats:
    """The finished picture (height, width, 3), 0..1, or several of them; arguments as of `paint`."""
    *_, last = paint(prompt, **options)
    return last.picture


def source(painter: Any) -> Source:
    """What paints, from what was given as ``painter``.

    Raises:
        UserError: something that cannot paint.
    """
    from nnanim.models.painter import Painter
    from nnanim.painting.pipelines import Pipeline, pipeline
    from nnanim.painting.world import World

    if painter is None or isinstance(painter, Painter):
        return World(painter)
    if isinstance(painter, World | Pipeline):
        return painter
    if isinstance(painter, str | os.PathLike):
        return pipeline(painter)
    raise UserError(f"painter is a Painter, a pipeline or the path of one, got {type(painter).__name__}")


def _painted(
    wanted: Order, with_: Source, folder: Folder | None, callback: Callable[[Painting], object] | None
) -> Iterator[Painting]:
    done = [] if folder is None else folder.done(with_.decode)
    for known in done:
        if callback is not None:
            callback(known)
        yield known
    if len(done) < with_.steps(wanted):
        for painting in with_.walk(wanted, done):
            if folder is not None:
                folder.keep(painting)
            if callback is not None:
                callback(painting)
            yield painting
