"""x264's presets on a scene's own frames: CPU, size, and likeness (SSIM) to the frames themselves.

python benchmarks/encoding.py [SCENE] [--frames 90] [--runs 5] [--quick]

Source of SSIM: Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment", 2004; Gaussian, on luma.
"""

from __future__ import annotations

import argparse
import io
import statistics
import time
from fractions import Fraction
from typing import Any

import av
import numpy as np
from _measure import table, write
from scipy.ndimage import gaussian_filter

from nnanim.movie.encoding import PRESET, options

PRESETS = ("medium", "fast", "faster", "veryfast", "superfast", "ultrafast")
"""``medium`` is what manim gets, since it names none."""

OURS = "nnanim's own"

Pixels = Any


def frames(scene: str, count: int, size: tuple[int, int] = (1920, 1080), rate: int = 60) -> list[Pixels]:
    """Frames of a scene's first motion and of what comes before it."""
    from nnanim import settings
    from nnanim.movie.cairo_backend import paint, surface
    from nnanim.scene import loader
    from nnanim.style import RenderStyle
    from nnanim.timeline import takes

    style = RenderStyle(settings.load().theme, "en")
    every = takes(loader.build_story(scene), style)
    take = next(t for t in every if any(p.name == "motion" for p in t.phases))
    start, made = max(take.middle() - count / rate / 2, 0.0), []
    red, green, blue, _ = style.theme.rgba("ground")
    for i in range(count):
        pixels, context = surface(*size, (style.width, style.height))
        context.set_source_rgb(blue, green, red)
        context.paint()
        for shapes in take.at(start + i / rate).values():
            paint(context, shapes)
        made.append(pixels)
    return made


def encode(pictures: list[Pixels], preset: str, rate: int = 60, **options: str) -> tuple[float, bytes]:
    """CPU seconds and the film, encoded as manim does."""
    held, cpu = io.BytesIO(), time.process_time()
    with av.open(held, "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=rate, options={"crf": "23", "preset": preset, **options})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for i, pixels in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgba")
            frame.pts, frame.time_base = i, Fraction(1, rate)
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
    return time.process_time() - cpu, held.getvalue()


def likeness(pictures: list[Pixels], film: bytes, every: int = 10) -> tuple[float, float]:
    """Mean and worst SSIM of every tenth frame."""
    found = []
    with av.open(io.BytesIO(film)) as source:
        for i, frame in enumerate(source.decode(video=0)):
            if i % every == 0:
                true = av.VideoFrame.from_ndarray(pictures[i], format="rgba").reformat(format="yuv420p")
                found.append(ssim(luma(true), luma(frame)))
    return statistics.mean(found), min(found)


def luma(frame: av.VideoFrame) -> np.ndarray:
    plane = frame.planes[0]
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:, : frame.width].astype(float)


def ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Structural similarity of two pictures of bytes; 1 for equal ones."""

    def blur(x: np.ndarray) -> np.ndarray:
        return gaussian_filter(x, 1.5, truncate=3.5)

    ma, mb = blur(a), blur(b)
    va, vb, both = blur(a * a) - ma * ma, blur(b * b) - mb * mb, blur(a * b) - ma * mb
    c, d = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float(np.mean((2 * ma * mb + c) * (2 * both + d) / ((ma * ma + mb * mb + c) * (va + vb + d))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scene", nargs="?", default="perceptron")
    parser.add_argument("--frames", type=int, default=90)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one run of few frames")
    asked = parser.parse_args()
    count, runs = (20, 1) if asked.quick else (asked.frames, asked.runs)
    pictures = frames(asked.scene, count)
    height, width = pictures[0].shape[:2]
    asked_for = {preset: {"preset": preset} for preset in PRESETS} | {OURS: options({}, width * height)}
    spent: dict[str, list[float]] = {name: [] for name in asked_for}
    films: dict[str, bytes] = {}
    for _ in range(runs):
        for name, settings in asked_for.items():
            cpu, films[name] = encode(pictures, **settings)
            spent[name].append(cpu)
    rows = []
    for name in asked_for:
        mean, worst = likeness(pictures, films[name])
        cost = 1000 * statistics.median(spent[name]) / count
        rows.append(
            [name, f"{cost:.1f} ms", f"{len(films[name]) / 1000:.0f} kB", f"{mean:.4f}", f"{worst:.4f}"]
        )
    text = (
        f"{count} frames of `{asked.scene}` about its first motion, 1920 × 1080 at 60 a second, crf 23 as "
        f"manim sets it, median of {runs} runs. This is the floor: nothing is drawn here. SSIM compares the "
        "luma of the film with that of the frames. All are converted by PyAV here, as plain manim's are. "
        f"*{OURS}* is what films get unless a preset is asked for: `{PRESET}` with a shorter search."
    )
    rows_ = table(["preset", "CPU a frame", "size", "SSIM, mean", "SSIM, worst"], rows)
    write("encoding", "Encoding alone", text, rows_)


if __name__ == "__main__":
    main()
