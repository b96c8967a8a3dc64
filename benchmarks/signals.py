"""The same network in plain manim and in nnanim: main loop, set-up and whole render, at 9 to 101,632 edges.

    python benchmarks/signals.py [--pairs 5] [--quick]

Both sides draw the same lines and circles and let one signal run along every line, with the same encoder
settings. The pictures of both stand in docs/images/benchmarks.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from _measure import PICTURES, medians, once, table, write

FRAMES = {9: 40, 256: 24, 2368: 12, 101632: 16}
"""Frames of a run: few where plain manim takes seconds for one."""

QUALITIES = {"480p15": "low_quality", "1080p30": "1080p30"}
UNREACHED = 101632


def settings(quality: str, media: str) -> dict[str, object]:
    size = (854, 480, 15) if quality == "480p15" else (1920, 1080, 30)
    return {
        "pixel_width": size[0], "pixel_height": size[1], "frame_rate": size[2], "media_dir": media,
        "disable_caching": True, "progress_bar": "none", "verbosity": "ERROR",
        "video_encoder_options": {"preset": "medium"},
    }  # fmt: skip


def measure(side: str, edges: int, quality: str, frames: int) -> dict[str, float]:
    """Render once in this process."""
    from _networks import Plain, Told
    from manim import tempconfig

    with tempfile.TemporaryDirectory() as media, tempconfig(settings(quality, media)):
        wall, cpu, warm = time.perf_counter(), time.process_time(), 0.0
        if side == "told":
            _warm()
            warm = time.process_time() - cpu
        kind = {"plain": Plain, "told": Told}[side]
        kind.edges, kind.frames = edges, frames
        scene = kind()
        scene.render()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        steps = [b - a for a, b in zip(scene.marks, scene.marks[1:], strict=False)]
        frame = statistics.median(steps[: max(frames // 2 - 1, 1)])
        setup = scene.marks[-1] - scene.began - frame * len(scene.marks)
        # The encoder works in threads of its own; what the scene's thread did not spend is its share.
        encode = (cpu - warm - (time.thread_time() - scene.began)) / len(scene.marks)
        if frames == FRAMES[edges]:
            _picture(side, edges, quality, scene)
    return {
        "frame": frame,
        "setup": max(setup, 0.0),
        "whole": cpu,
        "wall": wall,
        "encode": max(encode, 0.0),
        "warm": warm,
    }


def _warm() -> None:
    """Load the compiled loops, as the first crowded frame of a film does."""
    import numpy as np

    from nnanim.movie.cairo_backend import paint, surface
    from nnanim.shapes import Discs, Lines

    at, colors, none = np.zeros((1, 2)), np.zeros((1, 4)), np.zeros(1)
    paint(surface(8, 8, (1.0, 1.0))[1], [Lines(at, at, colors, none), Discs(at, none, colors)])


def _picture(side: str, edges: int, quality: str, scene: object) -> None:
    """A moment of the way: a third of the first layer's."""
    from manim import config
    from PIL import Image

    if quality != "1080p30":
        return
    camera, half = scene.camera, scene.frames // 3 / config.frame_rate  # type: ignore[attr-defined]
    again = type(scene)()
    shots: list[object] = []
    drawn = again.renderer.render

    def render(inner: object, seconds: float, *rest: object) -> None:
        drawn(inner, seconds, *rest)
        if len(shots) == 0 and seconds >= half - 1e-6:
            shots.append(again.camera.pixel_array.copy())

    again.renderer.render = render
    again.noted = lambda: [time.thread_time()] * 2  # type: ignore[attr-defined]
    again.render()
    PICTURES.mkdir(parents=True, exist_ok=True)
    pixels = shots[0] if shots else camera.pixel_array
    Image.fromarray(pixels[..., :3]).resize((960, 540), Image.LANCZOS).save(PICTURES / f"{side}-{edges}.png")  # type: ignore[index]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one pair, no pictures")
    parser.add_argument(
        "--once", nargs=4, metavar=("SIDE", "EDGES", "QUALITY", "FRAMES"), help=argparse.SUPPRESS
    )
    asked = parser.parse_args()
    if asked.once:
        side, edges, quality, frames = asked.once
        print(json.dumps(measure(side, int(edges), quality, int(frames))))
        return
    pairs, rows, loaded = 1 if asked.quick else asked.pairs, [], []
    once(__file__, "told", 256, "480p15", 3)  # machine code is made once
    for edges, frames in FRAMES.items():
        for quality in QUALITIES:
            runs: dict[str, list[dict[str, float]]] = {"plain": [], "told": []}
            for pair in range(pairs):
                for side in ("plain", "told"):
                    if side == "plain" and edges == UNREACHED:
                        continue
                    # The first run also keeps the picture.
                    count = frames if pair == 0 and not asked.quick else frames + len(QUALITIES)
                    runs[side].append(once(__file__, side, edges, quality, count))
            loaded += runs["told"]
            rows.append(_row(edges, quality, runs))
            print(rows[-1], file=sys.stderr, flush=True)
    warm = statistics.median(run["warm"] for run in loaded)
    headings = [
        "edges", "film", "plain: a frame", "nnanim: a frame", "ratio", "plain: set-up", "nnanim: set-up",
        "plain: whole", "nnanim: whole", "ratio", "encoding a frame", "wall, plain", "wall, nnanim",
    ]  # fmt: skip
    pictures = "\n".join(
        f"![plain manim, {edges} edges](images/benchmarks/plain-{edges}.png)"
        f"![nnanim, {edges} edges](images/benchmarks/told-{edges}.png)\n"
        for edges in FRAMES
        if (PICTURES / f"plain-{edges}.png").exists()
    )
    films = ", ".join(f"{count} frames at {edges:,} edges" for edges, count in FRAMES.items())
    text = (
        f"Medians of {pairs} pairs, by turns. *A frame* is what the main loop takes while the first layer's "
        "signals are on their way, without encoding; "
        "nnanim's converts the colours for the encoder, too. "
        "*Set-up* is what comes before the first one, but for loading the compiled loops once a process: "
        f"{warm:.2f} s; *whole* is the render from the scene's making to the finished film, encoded by x264 "
        f"at manim's own preset on both sides, for films of {films}. Plain manim at {UNREACHED:,} edges was "
        "not run: its set-up alone would take tens of minutes."
    )
    below = (
        "Plain manim on the left, nnanim on the right, at the same moment. For this comparison nnanim's "
        "signals keep one size and do not glow; where there are many, those that contribute little step back."
    )
    title = "The same network in plain manim and in nnanim"
    write("signals", title, text, table(headings, rows), below, pictures)


def _row(edges: int, quality: str, runs: dict[str, list[dict[str, float]]]) -> list[str]:
    told = medians(runs["told"])
    plain = medians(runs["plain"]) if runs["plain"] else None

    def ratio(name: str) -> str:
        if not runs["plain"]:
            return "–"
        pairs = zip(runs["plain"], runs["told"], strict=True)
        return f"{statistics.median(a[name] / b[name] for a, b in pairs):.1f}×"

    def ms(side: dict[str, float] | None, name: str) -> str:
        return "–" if side is None else f"{1000 * side[name]:,.1f} ms"

    def s(side: dict[str, float] | None, name: str) -> str:
        return "–" if side is None else f"{side[name]:,.2f} s"

    return [
        f"{edges:,}", quality, ms(plain, "frame"), ms(told, "frame"), ratio("frame"), s(plain, "setup"),
        s(told, "setup"), s(plain, "whole"), s(told, "whole"), ratio("whole"), ms(told, "encode"),
        s(plain, "wall"), s(told, "wall"),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
