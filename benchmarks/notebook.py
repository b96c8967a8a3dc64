"""The same motion through matplotlib's FuncAnimation (nnanim.animation) and painted into frames as films are.

python benchmarks/notebook.py [--runs 5] [--quick]
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np
from _measure import medians, once, table, write


def measure(side: str, edges: int, frames: int = 12) -> dict[str, float]:
    """CPU seconds for each frame of a flow, 854 × 480, without encoding."""
    import _networks

    from nnanim.style import RenderStyle
    from nnanim.theme import by_name
    from nnanim.timeline import takes

    story = _networks.story(edges)
    take = takes(story, RenderStyle(by_name("dark"), "en"))[0]
    start = take.middle() - 0.5
    if side == "matplotlib":
        import matplotlib as mpl

        mpl.use("Agg")
        from nnanim.still import animation

        made = animation(story, lang="en", theme="dark", fps=12)
        made._fig.set_dpi(854 / made._fig.get_figwidth())
        first = round(start * 12)
        made._func(first)
        made._fig.canvas.draw()
        cpu = time.process_time()
        for i in range(frames):
            made._func(first + i)
            made._fig.canvas.draw()
            np.asarray(made._fig.canvas.buffer_rgba())
        spent = time.process_time() - cpu
        made._draw_was_started = True
    else:
        from nnanim.movie.cairo_backend import paint, surface

        pixels, context = surface(854, 480, (128 / 9, 8.0))
        for shapes in take.at(start).values():
            paint(context, shapes)
        cpu = time.process_time()
        for i in range(frames):
            pixels[:] = 0
            for shapes in take.at(start + i / 12).values():
                paint(context, shapes)
        spent = time.process_time() - cpu
    return {"frame": spent / frames}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one run")
    parser.add_argument("--once", nargs=2, metavar=("SIDE", "EDGES"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.once:
        print(json.dumps(measure(asked.once[0], int(asked.once[1]))))
        return
    rows, runs = [], 1 if asked.quick else asked.runs
    for edges in (9, 256, 2368):
        found: dict[str, list[dict[str, float]]] = {"matplotlib": [], "painted": []}
        for _ in range(runs):
            for side, done in found.items():
                done.append(once(__file__, side, edges))
        mpl, ours = (1000 * medians(found[side])["frame"] for side in ("matplotlib", "painted"))
        rows.append([f"{edges:,}", f"{mpl:.1f} ms", f"{ours:.1f} ms", f"{mpl / ours:.1f}×"])
    text = (
        "A whole frame, 854 × 480, everything drawn anew and nothing encoded: `nnanim.animation` draws "
        "the same "
        "shapes through matplotlib's FuncAnimation, films paint them into manim's frame."
    )
    write(
        "notebook",
        "matplotlib's FuncAnimation",
        text,
        table(["edges", "matplotlib", "painted", "ratio"], rows),
    )


if __name__ == "__main__":
    main()
