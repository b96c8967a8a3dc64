"""What autoencoders keep: everything that the film of the variational autoencoder shows, in one Trace."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nnanim.errors import UserError
from nnanim.models.digits_vae import DigitsAutoencoder, DigitsVAE
from nnanim.models.world_vae import WorldVAE
from nnanim.recording import record
from nnanim.threads import one_thread
from nnanim.trace import Trace

Floats = NDArray[np.float64]

GRID = 61
"""Places along each axis at which a gap is looked for."""

MOST_GAPS = 8
"""Number of gaps with a letter of their own."""

GRAIN = 0.5
"""The ends of the window around all clouds are multiples of this."""


@one_thread()
@torch.no_grad()
def latents(
    autoencoder: DigitsAutoencoder,
    vae: DigitsVAE,
    world: WorldVAE,
    pictures: Floats,
    colours: Floats,
    *,
    start: int,
    end: int,
    seed: int = 0,
    draws: int = 6,
    steps: int = 41,
    sheet: tuple[int, int] = (8, 22),
    gaps: int = 3,
    names: Mapping[str, str] | None = None,
) -> Trace:
    """Encode, draw, walk and decode.

    Args:
        autoencoder: two numbers in the middle, trained on such pictures.
        vae: variational, else the same.
        world: an autoencoder of colour pictures.
        pictures: (n, side, side) ink 0..1.
        colours: (m, 64, 64, 3) pictures, 0..1.
        start: place in ``pictures`` of the one that is squeezed, rebuilt and drawn around, and where the walk
            begins.
        end: place of the one where the walk ends.
        seed: of the draws of ε.
        draws: how many points are drawn.
        steps: how many points lie on the walk.
        sheet: (rows, columns) of pictures on the sheet, which covers the window around all clouds.
        gaps: how many gaps of the autoencoder's map are decoded.
        names: what to call the models in the provenance.

    Returns:
        A Trace with, for the autoencoder, ``points`` (n, 2), ``gaps`` and ``gap.pictures``, the layers
        ``encoder.1`` … ``decoder.7`` of the picture at ``start``; for the VAE ``mean`` and ``deviation``
        (n, 2), ``noise``, ``drawn`` and ``drawn.pictures``, ``walk`` and ``walk.pictures``, ``window`` (2, 2)
        from where to where the clouds reach along x and y, ``sheet`` (row, column, 2) places and
        ``sheet.pictures`` (row, column, …) with the largest y on top; ``colour``, ``colour.latents`` and
        ``colour.rebuilt``.

    Raises:
        UserError: a picture that is not there, or a number that makes no sense.
    """
    x = _flatten_pictures(pictures, autoencoder)
    for name, at in (("start", start), ("end", end)):
        if not 0 <= at < len(x):
            raise UserError(f"{name}={at}; there are {len(x)} pictures")
    for name, count, least in (("draws", draws, 1), ("steps", steps, 2)):
        if count < least:
            raise UserError(f"{name}={count}; at least {least} wanted")
    if len(sheet) != 2 or min(sheet) < 1:
        raise UserError(f"sheet={sheet!r}; (rows, columns), each at least 1 wanted")
    if not 1 <= gaps <= MOST_GAPS:
        raise UserError(f"gaps={gaps}; 1 to {MOST_GAPS} wanted")
    if not isinstance(seed, int) or seed < 0:
        raise UserError(f"seed={seed!r}; it is a whole number, 0 or more")
    shape = tuple(np.shape(pictures)[1:])
    layers = record(autoencoder, x[start : start + 1], name="autoencoder")
    points = autoencoder.encode(x).numpy()
    mean, deviation = vae.encode(x)
    found = {
        "pictures": np.asarray(pictures), "start": np.array(start), "end": np.array(end), "points": points,
        "mean": mean.numpy(), "deviation": deviation.numpy(),
        **{name: layers[name] for name in layers if name.startswith(("encoder", "point", "decoder"))},
    }  # fmt: skip
    empty = torch.from_numpy(find_gaps(points, gaps)).float()
    found |= {"gaps": empty.numpy(), "gap.pictures": _decode(autoencoder, empty, shape)}
    found |= _journeys(vae, mean, deviation, (start, end), shape, seed, draws, steps)
    window = window_around(found["mean"], found["deviation"])
    places = places_on(window, *sheet)
    decoded = _decode(vae, torch.from_numpy(places.reshape(-1, 2)).float(), shape)
    found |= {"window": window, "sheet": places, "sheet.pictures": decoded.reshape(*sheet, *shape)}
    found |= compress(world, colours)
    return Trace.of(
        found,
        axes={name: tuple(f"axis {i}" for i in range(np.ndim(value))) for name, value in found.items()},
        parameters={name: value.numpy() for name, value in autoencoder.named_parameters()},
        provenance=_provenance(autoencoder, vae, world, dict(names or {}), seed),
    )


def _flatten_pictures(pictures: Floats, model: DigitsAutoencoder) -> Tensor:
    """The pictures flat, (n, pixels).

    Raises:
        UserError: of another size than the model's, or with pixels outside 0..1.
    """
    array, wanted = np.asarray(pictures, dtype=float), model.encoder[0].in_features
    if array.ndim != 3 or array[0].size != wanted:
        raise UserError(f"pictures of shape {array.shape}; the models take {wanted} pixels each")
    if not ((array >= 0) & (array <= 1)).all():
        worst = array.flat[int(np.argmin((array >= 0) & (array <= 1)))]
        raise UserError(f"a pixel is {worst:g}; ink is 0 to 1")
    return torch.from_numpy(array).float().flatten(1)


@torch.no_grad()
def compress(world: WorldVAE, colours: Floats) -> dict[str, Floats]:
    """Colour pictures (m, 64, 64, 3), their latents (m, 4, 8, 8) and what is rebuilt (m, 64, 64, 3)."""
    x = torch.from_numpy(np.ascontiguousarray(colours)).float().permute(0, 3, 1, 2)
    kept = world.encode(x)[0]
    rebuilt = world.decode(kept).permute(0, 2, 3, 1).numpy()
    return {"colour": np.asarray(colours), "colour.latents": kept.numpy(), "colour.rebuilt": rebuilt}


def find_gaps(points: Floats, count: int) -> Floats:
    """(count, 2) middles of the largest empty places between (n, 2) points, the largest first.

    Distances are those of a map that is as wide as it is high; a gap has points all around it.
    """
    low, size = points.min(0), np.ptp(points, axis=0)
    ticks = np.linspace(0, 1, GRID)
    places = np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2)
    way = (points - low) / size - places[:, None]
    turns = np.sort(np.arctan2(way[..., 1], way[..., 0]), axis=1)
    open_ = np.diff(turns, axis=1, append=turns[:, :1] + 2 * np.pi).max(1)
    free = np.where(open_ < 0.95 * np.pi, np.hypot(way[..., 0], way[..., 1]).min(1), -1.0)
    found = []
    for _ in range(count):
        found.append(places[free.argmax()])
        free = np.where(np.hypot(*(places - found[-1]).T) < 0.4, -1.0, free)
    return np.array(found) * size + low


def window_around(mean: Floats, deviation: Floats) -> Floats:
    """(2, 2) from where to where along x and y clouds (n, 2) reach, in steps of `GRAIN`."""
    low, high = (mean - deviation).min(0), (mean + deviation).max(0)
    return np.column_stack([np.floor(low / GRAIN) * GRAIN, np.ceil(high / GRAIN) * GRAIN]).astype(float)


def places_on(window: Floats, rows: int, columns: int) -> Floats:
    """(rows, columns, 2) middles of the cells of a window (2, 2), the largest y on top."""
    (left, right), (bottom, top) = window
    x = left + (np.arange(columns) + 0.5) / columns * (right - left)
    y = top - (np.arange(rows) + 0.5) / rows * (top - bottom)
    return np.stack(np.meshgrid(x, y), axis=-1)


def _journeys(
    vae: DigitsVAE, mean: Tensor, deviation: Tensor, ends: tuple[int, int], shape: tuple[int, ...], seed: int,
    draws: int, steps: int,
) -> dict[str, Floats]:  # fmt: skip
    """Points drawn around the first picture, and points on the way to the last."""
    first, last = ends
    noise = torch.randn(draws, mean.shape[1], generator=torch.Generator().manual_seed(seed))
    drawn = mean[first] + deviation[first] * noise
    walk = torch.lerp(mean[first], mean[last], torch.linspace(0, 1, steps)[:, None])
    return {
        "noise": noise.numpy(), "drawn": drawn.numpy(), "drawn.pictures": _decode(vae, drawn, shape),
        "walk": walk.numpy(), "walk.pictures": _decode(vae, walk, shape),
    }  # fmt: skip


def _decode(model: Any, z: Tensor, shape: tuple[int, ...]) -> Floats:
    return np.asarray(model.decode(z).reshape(-1, *shape).numpy())


def _provenance(
    autoencoder: nn.Module, vae: nn.Module, world: nn.Module, names: dict[str, str], seed: int
) -> dict[str, Any]:
    models = {"vae": vae, "autoencoder": autoencoder, "world": world}
    sizes = {names.get(key, key): sum(p.numel() for p in one.parameters()) for key, one in models.items()}
    (first, size), *others = sizes.items()
    return {
        "model": first, "parameters": size, "also": dict(others), "seed": seed, "computed_with": "torch",
        "versions": {
            "torch": torch.__version__, "numpy": np.__version__, "python": platform.python_version(),
        },
    }  # fmt: skip
