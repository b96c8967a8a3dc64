"""Where the time of a film goes, from the command to the file: imports, example, drawing, encoding.

    python benchmarks/film.py [SCENE …] [--quality low|medium|high] [--runs 3] [--quick]

Every run is a process of its own with an empty media folder. Encoding runs beside drawing in threads of the
same process, so the shares are of CPU time.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time

from _measure import medians, once, table, write

PARTS = ("imports", "example", "drawing", "encoding")


def measure(scene: str, quality: str) -> dict[str, float]:
    """Render ``scene`` once in this process: CPU seconds of each part, wall seconds, frames."""
    start, cpu = time.perf_counter(), time.process_time()
    from manim import tempconfig

    from nnanim.scene import loader

    kind = loader.load(scene)
    spent = {"imports": time.process_time() - cpu}
    cpu = time.process_time()
    story = kind.build_story()
    spent["example"] = time.process_time() - cpu
    with tempfile.TemporaryDirectory() as media:
        settings = {
            "quality": f"{quality}_quality", "media_dir": media, "disable_caching": True,
            "progress_bar": "none", "verbosity": "WARNING",
        }  # fmt: skip
        with tempconfig(settings):
            film = kind()
            film.construct = lambda: film.tell(story)  # type: ignore[method-assign]
            cpu, thread = time.process_time(), time.thread_time()
            film.render()
            # The encoder works in threads: what this thread did not spend is its share.
            spent["drawing"] = time.thread_time() - thread
            spent["encoding"] = time.process_time() - cpu - spent["drawing"]
            spent["frames"] = round(film.time * film.camera.frame_rate)
    return spent | {"wall": time.perf_counter() - start}


def main() -> None:
    """Measure in fresh processes and write the medians."""
    from nnanim.scene import loader

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scene", nargs="*")
    parser.add_argument(
        "--quality", choices=["low", "medium", "high"], help="by default all in low, the perceptron in high"
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one run")
    parser.add_argument("--once", action="store_true", help="measure in this process and print JSON")
    asked = parser.parse_args()
    if asked.once:
        print(json.dumps(measure(asked.scene[0], asked.quality)))
        return
    runs = 1 if asked.quick else asked.runs
    chosen = asked.scene or loader.names()
    tell(chosen, asked.quality or "low", runs)
    if not asked.scene and not asked.quality:
        tell(["perceptron"], "high", runs)


def tell(chosen: list[str], quality: str, runs: int) -> None:
    """Measure some scenes in one quality and write their table."""
    rows = []
    for scene in chosen:
        middle = medians([once(__file__, scene, "--quality", quality) for _ in range(runs)])
        whole = sum(middle[part] for part in PARTS)
        shares = [f"{middle[part]:.1f} s, {100 * middle[part] / whole:.0f} %" for part in PARTS]
        each = [f"{1000 * middle[part] / middle['frames']:.1f} ms" for part in PARTS[2:]]
        rows.append(
            [scene, f"{middle['frames']:.0f}", f"{middle['wall']:.1f} s", f"{whole:.1f} s", *shares, *each]
        )
    headings = ["scene", "frames", "wall", "CPU", *PARTS, "drawing a frame", "encoding a frame"]
    text = (
        f"In {quality} quality, nothing cached, nnanim's own encoder settings; medians of {runs}. Encoding "
        "runs in threads beside drawing, so the wall time is less than the sum where two cores are free. "
        "Drawing includes posters and the conversion of the frames' colours for the encoder."
    )
    title = f"From the command to the film, {quality} quality"
    write(f"film-{quality}", title, text, table(headings, rows))


if __name__ == "__main__":
    main()
