"""Everything that the film of strokes shows, in one Trace."""

from __future__ import annotations

import platform
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nnanim import models
from nnanim.errors import UserError
from nnanim.models.world_vae import SIDE
from nnanim.steering.engine import steer
from nnanim.steering.guide import WorldGuide
from nnanim.steering.siren import places
from nnanim.steering.step import SteeringStep
from nnanim.steering.strokes import EDGE, Brushwork, Strokes, composite, cover, distances
from nnanim.threads import one_thread
from nnanim.trace import Trace

JUDGE = "judge"
NUDGE, MOVED = 0.35, 9
SORTED = 256
"""Pixels that are shown by their distance from a stroke."""
"""How far to the right the bend of one stroke goes, in half pictures, and over how many places."""

SHOWN = 96
"""Height and width at which the drawings on the way are painted."""


@one_thread()
def record_strokes(prompt: str, seed: int = 0, *, kept: int = 25, large: int = 256) -> Trace:
    """Steer strokes towards a sentence and keep what they went through.

    Args:
        prompt: names one thing.
        seed: all chance comes from it.
        kept: how many of the drawings on the way are painted; more of the early ones.
        large: height and width of the last drawing where it is drawn again.

    Returns:
        A Trace with, for the start, ``layers`` (strokes + 1, …) the sky and what it becomes stroke by stroke,
        ``slope`` (64, 64, 3) of the cosine at the picture and ``ways`` (strokes, 3, 2) at the points; for
        the stroke ``one`` of the last drawing ``distance``, ``cover``, ``by_distance`` (256,) the indices of
        some pixels from the nearest to the farthest, and ``cover.slope``, by how much the
        cover grows when the bend goes to the right, (64, 64) each, and ``moved`` and ``moved.points``, the
        same stroke while its bend does go there; for the steps ``cosine`` (steps + 1,) and ``real``, that of
        real pictures; for the ``kept`` ones ``step``, ``drawings`` and the parameters ``points``,
        ``colours``, ``widths``, ``covers``, ``sky`` as one sees them; ``coarse`` and ``large``, the last
        drawing in two sizes, and ``judged`` (things,) what the judge takes it for.

    Raises:
        UserError: as `nnanim.steering.steer`; or fewer than two kept drawings.
    """
    if kept < 2:
        raise UserError(f"kept={kept}; at least 2 wanted")
    generator, guide = Strokes(), WorldGuide()
    steps = list(steer(prompt, generator, guide=guide, seed=seed))
    chosen = sorted({round((len(steps) - 1) * (at / (kept - 1)) ** 1.6) for at in range(kept)})
    with torch.no_grad():
        works = [generator.read(_parameters(steps[at])) for at in chosen]
        drawings = torch.cat([generator.paint_large(_parameters(steps[at]), SHOWN) for at in chosen])
    arrays: dict[str, Any] = {
        "cosine": np.array([one.cosine for one in steps]), "real": np.array(guide.cosine_of_real(prompt)),
        "step": np.array(chosen), "drawings": _pixels(drawings),
        **{name: torch.cat([getattr(one, name) for one in works]).numpy() for name in Brushwork._fields},
        **_look_at_start(generator, steps[0]), **_look_at_one(works[-1]),
        **_look_at_end(generator, steps[-1], large),
    }  # fmt: skip
    return Trace.of(
        arrays,
        axes={name: tuple(f"axis {at}" for at in range(np.ndim(one))) for name, one in arrays.items()},
        provenance=_provenance(guide, seed),
    )


def _parameters(step: SteeringStep) -> list[Tensor]:
    return [torch.from_numpy(one)[None] for one in step.parameters]


def _look_at_start(generator: Strokes, step: SteeringStep) -> dict[str, Any]:
    """The random strokes one over the other, and where the slope wants them to go."""
    leaves = [one.clone().requires_grad_() for one in _parameters(step)]
    slope = torch.from_numpy(step.slope).permute(2, 0, 1)[None]
    (ways,) = torch.autograd.grad(generator.paint(leaves), leaves[:1], slope)
    with torch.no_grad():
        work = generator.read(leaves)
        layers = [_paint(_some(work, slice(0, count))) for count in range(len(work.widths[0]) + 1)]
    return {"layers": _pixels(torch.cat(layers)), "slope": step.slope, "ways": ways[0].numpy()}


@torch.no_grad()
def _look_at_end(generator: Strokes, step: SteeringStep, large: int) -> dict[str, Any]:
    """The last drawing in two sizes, and what the judge takes it for."""
    parameters = _parameters(step)
    judged = models.load(JUDGE)(generator.paint(parameters))[0][0].softmax(0)
    return {
        "coarse": _pixels(generator.paint_coarse(parameters))[0],
        "large": _pixels(generator.paint_large(parameters, large))[0], "judged": judged.numpy(),
    }  # fmt: skip


def _look_at_one(work: Brushwork) -> dict[str, Any]:
    """One stroke by itself: how far the pixels are, how much it covers, and how that changes."""
    one, side, soft = _most_bent(work), SIDE, 4 * EDGE / SIDE
    work = _some(work, slice(one, one + 1))
    points = work.points

    right = torch.zeros((), requires_grad=True)
    toward = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    here = cover(work._replace(points=points + right * toward), places(side), 12, soft)
    # All pixels' slopes along one number: the slope of the weighted sum is linear in the weights.
    weights = torch.zeros_like(here, requires_grad=True)
    (sum_,) = torch.autograd.grad(here, right, weights, create_graph=True)
    (slope,) = torch.autograd.grad(sum_, weights)
    with torch.no_grad():
        away = distances(points, places(side), 12)
        on_the_way = [points + NUDGE * at * toward for at in torch.linspace(0, 1, MOVED)]
        moved = [_paint(work._replace(points=one)) for one in on_the_way]
    maps = {"distance": away, "cover": here, "cover.slope": slope}
    shaped = {name: one.detach().reshape(side, side).numpy() for name, one in maps.items()}
    order = np.argsort(shaped["distance"], axis=None, kind="stable")[:: side * side // SORTED]
    return {
        "by_distance": order, "one": np.array(one), "moved": _pixels(torch.cat(moved)), **shaped,
        "moved.points": torch.cat(on_the_way)[:, 0].numpy(),
    }  # fmt: skip


def _most_bent(work: Brushwork) -> int:
    """The stroke that is long and bent, with its points within the picture: the easiest one to look at."""
    points = work.points[0]
    outside = (points.abs().amax((1, 2)) - 0.9).clamp(min=0)
    bent = (points[:, 1] - points[:, [0, 2]].mean(1)).norm(dim=1)
    long = (points[:, 0] - points[:, 2]).norm(dim=1)
    return int((bent + long - 10 * outside + work.covers[0]).argmax())


def _some(work: Brushwork, which: slice) -> Brushwork:
    """Some of the strokes, over the same sky."""
    points, colours, widths, covers = (part[:, which] for part in work[:4])
    return Brushwork(points, colours, widths, covers, work.sky)


def _paint(work: Brushwork) -> Tensor:
    return composite(work, places(SHOWN), 12, 2 * EDGE / SHOWN).reshape(-1, 3, SHOWN, SHOWN)


def _pixels(pictures: Tensor) -> Any:
    """(n, height, width, 3) of pictures (n, 3, height, width)."""
    return pictures.detach().permute(0, 2, 3, 1).clamp(0, 1).numpy()


def _provenance(guide: WorldGuide, seed: int) -> dict[str, Any]:
    return {
        "model": guide.name, "parameters": models.card(guide.name).parameters, "seed": seed,
        "also": {JUDGE: models.card(JUDGE).parameters},
        "versions": {"torch": torch.__version__, "python": platform.python_version()},
    }  # fmt: skip
