"""Discs with light around them: signals on their way."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist, allow_rasterization
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Transform

from nnanim.shapes import Discs

Floats = npt.NDArray[np.float64]

GLOW = ((0.0, 0.45, 1.0), (0.45, 0.13, 0.0))
"""Places between ``INNER`` radii and the light's reach, and its alpha there, relative to the disc's."""

INNER = 0.8

RINGS_PER_UNIT, FEWEST, MOST = 90, 6, 24


def pixel_scale(artist: Artist) -> tuple[Transform, float]:
    """From an artist's frame units to pixels, and how many points a frame unit has in its figure now."""
    axes, figure = artist.axes, artist.get_figure(root=True)
    assert axes is not None and figure is not None, "drawn outside of axes"
    return axes.transData, float(axes.transData.get_matrix()[0, 0] * 72 / figure.dpi)


class Lights(Artist):
    """Discs with a glow, each above the one before; ``shape`` is in the units of the axes' data.

    Pixels get the light as a picture. Vector files, which know no gradients here, get it as rings.
    """

    def __init__(self, shape: Discs) -> None:
        super().__init__()
        self.shape = shape

    @allow_rasterization
    def draw(self, renderer: Any) -> None:
        """Draw each disc above the light around it."""
        if not self.get_visible():
            return
        shape, data, per_point = self.shape, *pixel_scale(self)
        places = data.transform(shape.centers)
        scale = data.get_matrix()[0, 0]
        rim_points = shape.rim_width * per_point
        light = self._picture if isinstance(renderer, RendererAgg) else self._rings
        gc = renderer.new_gc()
        renderer.open_group("lights", gid=self.get_gid())
        gc.set_snap(False)
        self._set_gc_clip(gc)  # type: ignore[attr-defined]
        for i, (place, radius, fill) in enumerate(zip(places, shape.radii, shape.fills, strict=True)):
            light(renderer, gc, place, radius, fill, scale)
            gc.set_linewidth(rim_points if shape.rims is not None else 0.0)
            if shape.rims is not None:
                gc.set_foreground(tuple(shape.rims[i]), isRGBA=True)
            _disc(renderer, gc, place, radius * scale, fill)
        renderer.close_group("lights")
        gc.restore()
        self.stale = False

    def _picture(
        self, renderer: Any, gc: Any, place: Floats, radius: float, fill: Floats, scale: float
    ) -> None:
        reach = radius * self.shape.glow * scale
        low = np.floor(place - reach).astype(int)
        x, y = (np.arange(at, at + int(2 * reach) + 3) + 0.5 for at in low)
        far = np.hypot(x - place[0], y[:, None] - place[1])
        pixels = np.empty((len(y), len(x), 4), dtype=np.uint8)
        pixels[..., :3] = np.round(fill[:3] * 255)
        pixels[..., 3] = np.round(255 * fill[3] * _alpha(far / (radius * scale), self.shape.glow))
        renderer.draw_image(gc, float(low[0]), float(low[1]), pixels)

    def _rings(
        self, renderer: Any, gc: Any, place: Floats, radius: float, fill: Floats, scale: float
    ) -> None:
        gc.set_linewidth(0.0)
        for ring, alpha in zip(*glow_rings(radius, self.shape.glow, fill[3]), strict=True):
            _disc(renderer, gc, place, ring * scale, np.array([*fill[:3], alpha]))


def _disc(renderer: Any, gc: Any, place: Floats, radius: float, fill: Floats) -> None:
    where = Affine2D.from_values(radius, 0, 0, radius, *place)
    renderer.draw_path(gc, Path.unit_circle(), where, tuple(fill))


def _alpha(radii: npt.ArrayLike, glow: float) -> Floats:
    """Alpha of the light at distances from the middle, both relative to the disc's."""
    return np.interp((np.asarray(radii) - INNER) / (glow - INNER), *GLOW)


def glow_rings(radius: float, glow: float, alpha: float) -> tuple[Floats, Floats]:
    """(k,) radii and alphas of discs that, laid upon each other from the widest on, look like the light."""
    reach = radius * (glow - INNER)
    count = int(np.clip(reach * RINGS_PER_UNIT, FEWEST, MOST))
    edges = radius * INNER + reach * (1 - np.arange(count) / count)
    seen = alpha * _alpha((edges - reach / count / 2) / radius, glow)
    under = np.concatenate([[0.0], seen[:-1]])
    return edges, 1 - (1 - seen) / (1 - under)
