"""Which kernel paints signals and wires: candidates side by side on the same shapes.

    python benchmarks/kernels.py [--runs 5]

2,368 wires and as many glowing signals at 1920 x 1080. cairo paints in order, one path a shape; the compiled
loops are what films use; numpy lays each shape over its patch of pixels; skia is measured where it is
installed. "Apart" is the mean difference from cairo's picture, of 255.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from _measure import medians, once, table, write

COUNT, SIZE, FRAME = 2368, (1920, 1080), (14.222, 8.0)
SLOW = 5.0  # seconds of a frame that is not painted again


def shapes() -> tuple[Any, Any]:
    """Wires between two columns, and a signal on each."""
    from nnanim.shapes import Discs, Lines

    rng = np.random.default_rng(0)
    starts = np.column_stack([np.full(COUNT, -5.0), rng.uniform(-3.5, 3.5, COUNT)])
    ends = np.column_stack([np.full(COUNT, 5.0), rng.uniform(-3.5, 3.5, COUNT)])
    colors = np.column_stack([rng.uniform(0.2, 1, (COUNT, 3)), np.full(COUNT, 0.6)])
    middles = starts + (ends - starts) * rng.uniform(0.1, 0.9, (COUNT, 1))
    lines = Lines(starts, ends, colors, rng.uniform(0.005, 0.03, COUNT))
    return lines, Discs(middles, rng.uniform(0.02, 0.09, COUNT), colors, glow=2.6)


def with_cairo() -> Callable[[], np.ndarray]:
    """One path a shape."""
    from nnanim.movie import cairo_backend

    cairo_backend.loops = lambda: None  # type: ignore[assignment]
    return _through_paint()


def with_compiled_loops() -> Callable[[], np.ndarray]:
    """What films use."""
    return _through_paint()


def _through_paint() -> Callable[[], np.ndarray]:
    from nnanim.movie.cairo_backend import paint, surface

    both = shapes()

    def draw() -> np.ndarray:
        pixels, context = surface(*SIZE, FRAME)
        paint(context, both)
        return pixels

    return draw


def with_numpy() -> Callable[[], np.ndarray]:
    """Each shape over its patch of pixels, by arithmetic on arrays."""
    lines, discs = shapes()
    scale = SIZE[1] / FRAME[1]

    def at(points: np.ndarray) -> np.ndarray:
        return np.array(SIZE) / 2 + points * scale * (1, -1)

    def over(pixels: np.ndarray, box: tuple[slice, slice], cover: np.ndarray, color: np.ndarray) -> None:
        alpha = (cover * color[3])[..., None]
        patch = pixels[box]
        patch *= 1 - alpha
        patch += alpha * np.append(color[:3], 1.0)

    def around(low: np.ndarray, high: np.ndarray) -> tuple[tuple[slice, slice], np.ndarray, np.ndarray]:
        (x0, y0), (x1, y1) = np.clip(low, 0, SIZE).astype(int), np.clip(high + 1, 0, SIZE).astype(int)
        y, x = np.mgrid[y0:y1, x0:x1] + 0.5
        return (slice(y0, y1), slice(x0, x1)), x, y

    def draw() -> np.ndarray:
        pixels = np.zeros((SIZE[1], SIZE[0], 4))
        for a, b, color, width in zip(
            at(lines.starts), at(lines.ends), lines.colors, lines.widths, strict=True
        ):
            w = width * scale
            box, x, y = around(np.minimum(a, b) - w, np.maximum(a, b) + w)
            along = (b - a) / np.hypot(*(b - a))
            far = np.abs((x - a[0]) * along[1] - (y - a[1]) * along[0])
            over(pixels, box, np.clip(w / 2 + 0.5 - far, 0, 1) * np.minimum(1, w), color)
        for middle, radius, color in zip(at(discs.centers), discs.radii * scale, discs.fills, strict=True):
            box, x, y = around(middle - radius * discs.glow, middle + radius * discs.glow)
            far = np.hypot(x - middle[0], y - middle[1])
            light = np.interp(
                far / radius, (0.8, 0.8 + 0.45 * (discs.glow - 0.8), discs.glow), (0.45, 0.13, 0)
            )
            over(pixels, box, light, color)
            over(pixels, box, np.clip(radius + 0.5 - far, 0, 1), color)
        return (pixels * 255 + 0.5).astype(np.uint8)

    return draw


def with_skia() -> Callable[[], np.ndarray]:
    """skia-python's raster canvas, one call a shape."""
    import skia

    lines, discs = shapes()
    stops = [0.8 / discs.glow, 0.8 / discs.glow + 0.45 * (1 - 0.8 / discs.glow), 1.0]

    def draw() -> np.ndarray:
        pixels = np.zeros((SIZE[1], SIZE[0], 4), dtype=np.uint8)
        canvas = skia.Surface(pixels, skia.kRGBA_8888_ColorType, skia.kPremul_AlphaType).getCanvas()
        canvas.translate(SIZE[0] / 2, SIZE[1] / 2)
        canvas.scale(SIZE[0] / FRAME[0], -SIZE[1] / FRAME[1])
        for a, b, c, w in zip(lines.starts, lines.ends, lines.colors, lines.widths, strict=True):
            ink = skia.Paint(
                Color4f=skia.Color4f(*c), AntiAlias=True, StrokeWidth=w, Style=skia.Paint.kStroke_Style
            )
            canvas.drawLine(*a, *b, ink)
        for (x, y), r, c in zip(discs.centers, discs.radii, discs.fills, strict=True):
            lights = [skia.Color4f(*c[:3], c[3] * share).toColor() for share in (0.45, 0.13, 0)]
            light = skia.GradientShader.MakeRadial((x, y), r * discs.glow, lights, stops)
            canvas.drawCircle(x, y, r * discs.glow, skia.Paint(Shader=light, AntiAlias=True))
            canvas.drawCircle(x, y, r, skia.Paint(Color4f=skia.Color4f(*c), AntiAlias=True))
        return pixels

    return draw


KERNELS = {
    "pycairo, in order": with_cairo, "compiled loops (numba)": with_compiled_loops, "numpy": with_numpy,
    "skia-python": with_skia,
}  # fmt: skip


def measure(name: str) -> dict[str, float]:
    """Milliseconds a frame, of the start, and how far the picture is from cairo's."""
    start = time.process_time()
    draw = KERNELS[name]()
    picture = draw().astype(int)
    first = time.process_time() - start
    times = 0 if first > SLOW else 3 if first > 0.3 else 20
    start = time.process_time()
    for _ in range(times):
        draw()
    frame = (time.process_time() - start) / times if times else first
    from nnanim.movie import cairo_backend

    cairo_backend.loops = lambda: None  # type: ignore[assignment]
    apart = np.abs(picture - _through_paint()().astype(int)).mean()
    return {"frame": 1e3 * frame, "first": 1e3 * first, "apart": float(apart)}


def main() -> None:
    """Measure all candidates by turns and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--once", metavar="KERNEL")
    asked = parser.parse_args()
    if asked.once:
        print(json.dumps(measure(asked.once)))
        return
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in KERNELS if _there(name)}
    for _ in range(asked.runs):
        for name, done in runs.items():
            done.append(once(__file__, name))
    middle = {name: medians(done) for name, done in runs.items()}
    rows = [
        [name, f"{m['frame']:.1f} ms", f"{m['first']:.0f} ms", f"{m['apart']:.2f}"]
        for name, m in middle.items()
    ]
    rows += [[name, "not installed", "", ""] for name in KERNELS if name not in runs]
    write(
        "kernels",
        "Which kernel paints",
        f"{COUNT:,} wires and {COUNT:,} glowing signals, 1920 × 1080. *First* is the first frame, with "
        "imports and what has to be loaded; *apart* the mean difference from cairo's picture, of 255.",
        table(["kernel", "a frame", "first", "apart"], rows),
    )


def _there(name: str) -> bool:
    from importlib.util import find_spec

    return name != "skia-python" or find_spec("skia") is not None


if __name__ == "__main__":
    main()
