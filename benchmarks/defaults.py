"""A three-layer perceptron with passing signals and flashes, as each would be made without a second thought.

    python benchmarks/defaults.py [--runs 5]

Plain manim as a teacher writes it, and nnanim, each with its own defaults at 480p15; CPU time a frame of the
whole render, encoding included, imports apart.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from _measure import medians, once, table, write

NETWORKS = (2, 3, 1), (3, 5, 3)
SECONDS = 2.0  # a layer's signals are on their way


def plain(layers: tuple[int, ...]) -> Any:
    """Circles, lines, dots that move along them, and flashes on arrival, in manim's own words."""
    from manim import (
        BLUE,
        LEFT,
        ORANGE,
        RIGHT,
        UP,
        YELLOW,
        Circle,
        Dot,
        Flash,
        Line,
        MoveAlongPath,
        Scene,
        Text,
    )

    class Plain(Scene):
        def construct(self) -> None:
            columns = [[Circle(0.4, color=BLUE) for _ in range(size)] for size in layers]
            for x, column in enumerate(columns):
                for y, unit in enumerate(column):
                    unit.move_to(RIGHT * 4 * (x - 1) + UP * 1.3 * (y - (len(column) - 1) / 2))
            names = [
                Text(t, font_size=28).move_to(LEFT * 4 * (1 - x) + UP * 2.6) for x, t in enumerate("xhy")
            ]
            wires = [
                [Line(a.get_center(), b.get_center(), buff=0.4) for a in left for b in right]
                for left, right in pairwise(columns)
            ]
            self.add(*names, *(one for layer in (*columns, *wires) for one in layer))
            for layer, reached in zip(wires, columns[1:], strict=True):
                dots = [Dot(color=ORANGE, radius=0.12).move_to(wire.get_start()) for wire in layer]
                paths = zip(dots, layer, strict=True)
                self.play(*(MoveAlongPath(dot, wire) for dot, wire in paths), run_time=SECONDS)
                self.remove(*dots)
                self.play(*(Flash(unit, color=YELLOW) for unit in reached), run_time=0.5)
            self.wait(1)

    return Plain


def nnanim(layers: tuple[int, ...]) -> Any:
    """The same network as a story; its own pauses and texts are shown, too."""
    import numpy as np

    from nnanim.beats import Beat
    from nnanim.marks import Row, Units, Wires
    from nnanim.motions import Flow, Relay
    from nnanim.movie import StoryScene

    rng = np.random.default_rng(0)
    w1, w2 = (rng.uniform(-3, 3, (out, into)) for into, out in pairwise(layers))
    x = rng.uniform(0.3, 1, layers[0])
    h = np.tanh(w1 @ x)
    y = np.tanh(w2 @ h)
    units = [Units(v, key=key, label=key, limit=1) for key, v in zip("xhy", (x, h, y), strict=True)]
    wires = Wires(w1, "x", "h", key="w1", limit=5), Wires(w2, "h", "y", key="w2", limit=5)
    relay = Relay(
        (Flow("w1", w1 * x, x, seconds=SECONDS + 0.5), Flow("w2", w2 * h, h, seconds=SECONDS + 0.5))
    )
    row = Row(units[0], wires[0], units[1], wires[1], units[2])

    class Told(StoryScene):
        def story(self, example: Any) -> Iterator[Beat]:
            yield Beat("", row, motion=relay, pause=1.0, id="flow")

    return Told


def measure(side: str, layers: str) -> dict[str, float]:
    """CPU and wall seconds and frames of one render in this process."""
    scene = {"plain": plain, "nnanim": nnanim}[side](tuple(int(size) for size in layers.split("-")))
    from manim import tempconfig

    with tempfile.TemporaryDirectory() as media:
        settings = {"quality": "low_quality", "media_dir": media, "disable_caching": True}
        with tempconfig({**settings, "progress_bar": "none", "verbosity": "WARNING"}):
            cpu, wall = time.process_time(), time.perf_counter()
            film = scene()
            film.render()
            spent = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
            return spent | {"frames": film.time * film.camera.frame_rate}


def main() -> None:
    """Measure both by turns and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--once", nargs=2, metavar=("SIDE", "LAYERS"))
    asked = parser.parse_args()
    if asked.once:
        print(json.dumps(measure(*asked.once)))
        return
    rows = []
    for layers in ("-".join(map(str, sizes)) for sizes in NETWORKS):
        runs: dict[str, list[dict[str, Any]]] = {"plain": [], "nnanim": []}
        for _ in range(asked.runs):
            for side, done in runs.items():
                done.append(once(__file__, side, layers))
        middle = {side: medians(done) for side, done in runs.items()}
        frame = {side: 1000 * m["cpu"] / m["frames"] for side, m in middle.items()}
        for side, m in middle.items():
            times = f"{frame['plain'] / frame['nnanim']:.1f}×" if side == "nnanim" else ""
            whole = f"{m['frames']:.0f}", f"{m['cpu']:.2f} s", f"{m['wall']:.2f} s"
            rows.append([layers, side, *whole, f"{frame[side]:.1f} ms", times])
    write(
        "defaults",
        "A small perceptron, each with its own defaults",
        "Three layers with passing signals and flashes, 480p15, the whole render with encoding; medians of "
        f"{asked.runs} pairs.",
        table(["layers", "side", "frames", "CPU", "wall", "CPU a frame", "ratio"], rows),
    )


if __name__ == "__main__":
    main()
