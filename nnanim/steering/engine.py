"""steer(): a picture follows the slope of its cosine with a sentence."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nnanim.errors import UserError
from nnanim.steering.crops import crops
from nnanim.steering.generator import Generator, Parameters
from nnanim.steering.generators import resolve_generator
from nnanim.steering.guide import resolve_guide
from nnanim.steering.request import SteeringRequest, build_steering_request
from nnanim.steering.run import SteeringRun
from nnanim.steering.step import SteeringStep
from nnanim.steering.wish import Wish
from nnanim.threads import one_thread

VIEW = ("views", "scale", "shift")
ZOOM, STEPS_A_FRAME = 1.05, 4

STRIDE = 1_000_003
"""Between the seeds of two steps: seeds of runs are small, and their steps then share no chance."""


def steer(
    prompt: str | Sequence[str],
    through: str | Generator = "pixels",
    *,
    guide: Any = None,
    steps: int | None = None,
    seed: int | Sequence[int] = 0,
    negative_prompt: str | Sequence[str] | None = None,
    init_image: Any = None,
    zoom: int = 0,
    out: str | os.PathLike[str] | None = None,
) -> Iterator[SteeringStep]:
    """Steer a picture towards a sentence; gives the `SteeringStep` of the start and after every step.

    Lists of prompts, negative prompts and seeds steer several pictures together: as many of each, or one for
    all.

    Args:
        prompt: the sentence.
        through: what is steered: a name of `nnanim.steering.GENERATORS`, or a `Generator`.
        guide: the shipped clip-guide when None; the name of another CLIP, or a `Guide`.
        steps: how many steps up the slope; the generator's own number when None.
        seed: all chance comes from it.
        negative_prompt: a sentence to steer away from, with half the weight.
        init_image: begin with this picture: a path, a PIL picture or an array.
        zoom: how many more frames to give, each nearer to the middle of the last by `ZOOM` and steered on for
            `STEPS_A_FRAME` steps.
        out: a folder for a numbered frame and the numbers of every step. An interrupted run is taken up
            where it stopped, and ends with the same bytes.

    Raises:
        UserError: a mistake in any of these, in one line, before anything is steered; or, on the way, a
            slope that is not finite.
    """
    generator, leader = resolve_generator(through), resolve_guide(guide)
    request = build_steering_request(
        prompt, generator, leader, steps=steps, seed=seed, negative_prompt=negative_prompt,
        init_image=init_image, zoom=zoom,
    )  # fmt: skip
    wish = Wish(leader, request.prompts, request.negatives, generator.contrast)
    if out is None:
        return iterate_steering(generator, wish, request)
    return _walk(generator, wish, request, SteeringRun(out, request, generator, leader))


def _walk(
    generator: Generator, wish: Wish, request: SteeringRequest, run: SteeringRun
) -> Iterator[SteeringStep]:
    past = run.restore()
    yield from past
    if len(past) < request.states:
        for step in iterate_steering(generator, wish, request, past[-1] if past else None):
            run.save(step)
            yield step


def steer_picture(prompt: str | Sequence[str], through: str | Generator = "pixels", **options: Any) -> Any:
    """The finished picture (height, width, 3), 0..1, or several of them; arguments as of `steer`."""
    *_, last = steer(prompt, through, **options)
    return last.picture


def iterate_steering(
    generator: Generator, wish: Wish, request: SteeringRequest, past: SteeringStep | None = None
) -> Iterator[SteeringStep]:
    """The steps of a request that come after ``past``; all of them, the start among them, when None.

    Each step draws its chance from the picture's seed and its own number, so that it does not matter how a
    run came to it.
    """
    if past is None:
        with one_thread():
            parameters, state = start(generator, wish, request), list[Tensor]()
            found = _look(generator, wish, request, parameters, 0)
        step = 0
        yield _step(request, 0, parameters, state, *found)
    else:
        step, state = past.step, [torch.from_numpy(one.copy()) for one in past.state]
        parameters = [torch.from_numpy(_rows(one, request).copy()) for one in past.parameters]
        with one_thread():
            found = _look(generator, wish, request, parameters, step)
    while step + 1 < request.states:
        with one_thread():
            if step < request.steps:
                parameters, state = _advance(generator, parameters, found[-1], step, request.steps, state)
            else:
                parameters, state = _draw_nearer(generator, wish, request, parameters, step), []
            step += 1
            found = _look(generator, wish, request, parameters, step)
        yield _step(request, step, parameters, state, *found)


@torch.no_grad()
def _advance(
    generator: Generator, parameters: Parameters, slopes: Parameters, step: int, steps: int, state: Parameters
) -> tuple[Parameters, Parameters]:
    return generator.advance(parameters, slopes, step, steps, state)


def _draw_nearer(
    generator: Generator, wish: Wish, request: SteeringRequest, parameters: Parameters, step: int
) -> Parameters:
    """The parameters of the next frame of a zoom."""
    parameters = generator.enlarge(parameters, ZOOM, _rngs(request, step))
    state: Parameters = []
    for at in range(STEPS_A_FRAME):
        # Far from the end: the generator's rate has not fallen yet.
        slopes = _look(generator, wish, request, parameters, step * STEPS_A_FRAME + at)[-1]
        parameters, state = _advance(generator, parameters, slopes, at, request.steps, state)
    return parameters


def start(generator: Generator, wish: Wish, request: SteeringRequest) -> Parameters:
    """The parameters that each picture begins with: of several starts the nearest to its sentence."""
    picture = None if request.image is None else torch.from_numpy(request.image).permute(2, 0, 1).contiguous()
    if generator.starts == 1 or picture is not None:
        return [one.detach() for one in generator.start(_rngs(request, 0), picture)]
    chosen: list[Parameters] = []
    for at, seed in enumerate(request.seeds):
        rng = torch.Generator().manual_seed(seed)
        drawn = generator.start([rng] * generator.starts)
        with torch.no_grad():
            cosines = wish.guide.embed_pictures(_fit(generator.paint(drawn), wish)) @ wish.texts[at]
        best = int(cosines.argmax())
        chosen.append([one[best : best + 1].detach() for one in drawn])
    return [torch.cat(rows) for rows in zip(*chosen, strict=True)]


def _rngs(request: SteeringRequest, step: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed((seed + step * STRIDE) % 2**63) for seed in request.seeds]


def _fit(pictures: Tensor, wish: Wish) -> Tensor:
    """Whole pictures at the guide's size."""
    side = wish.guide.side
    return pictures if pictures.shape[-1] == side else crops(pictures, (1.0, 1.0), 0.0, side=side)


def _look(
    generator: Generator, wish: Wish, request: SteeringRequest, parameters: Parameters, step: int
) -> tuple[Tensor, Tensor, Tensor, Parameters]:
    """Pictures (n, 3, h, w), cosines (n,), slopes at the pictures, and slopes of the parameters."""
    leaves = [one.detach().requires_grad_() for one in parameters]
    pictures = generator.paint(leaves)
    seen = pictures.detach().requires_grad_()
    rngs = _rngs(request, step + 1)  # the first step's chance is not that of the start
    # A guide that knows how it must be shown pictures has the last word.
    views, scale, shift = (getattr(wish.guide, name, getattr(generator, name)) for name in VIEW)
    score = torch.zeros(len(seen))
    for _ in range(views):
        score = score + wish.score(crops(seen, scale, shift, rngs, wish.guide.side)) / views
    (slope,) = torch.autograd.grad(score.sum(), seen)
    pull = slope
    if (penalty := generator.penalty(seen)) is not None:
        pull = slope - torch.autograd.grad(penalty.sum(), seen)[0]
    slopes = list(torch.autograd.grad(pictures, leaves, pull))
    with torch.no_grad():
        cosines = wish.cosine(_fit(seen, wish))
    if not all(one.isfinite().all() for one in (cosines, score, *slopes)):
        raise UserError(
            f"after {step} steps the objective or its slope is not a finite number; "
            "smaller steps or other weights may help"
        )
    return seen.detach(), cosines, slope, slopes


def _step(
    request: SteeringRequest, step: int, parameters: Parameters, state: Parameters,
    pictures: Tensor, cosines: Tensor, slope: Tensor, slopes: Parameters,
) -> SteeringStep:  # fmt: skip
    def plain(rows: Tensor) -> Any:
        array = rows.detach().numpy()
        return array[0] if request.single else array

    cosine = plain(cosines)
    return SteeringStep(
        step, request.states - 1, np.ascontiguousarray(plain(pictures.permute(0, 2, 3, 1))),
        float(cosine) if request.single else cosine,
        np.ascontiguousarray(plain(slope.permute(0, 2, 3, 1))),
        tuple(plain(one) for one in parameters), tuple(one.detach().numpy() for one in state),
    )  # fmt: skip


def _rows(values: Any, request: SteeringRequest) -> Any:
    return values[None] if request.single else values
