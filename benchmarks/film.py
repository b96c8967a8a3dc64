"""Where the time of a film goes: from the command to the file, in imports, drawing and encoding.

    python benchmarks/film.py [SCENE] [--quality low|medium|high] [--runs 3]

Every run is a process of its own with an empty media folder. Encoding runs beside drawing in threads of the
same process, so the shares are of CPU time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time

PARTS = ("imports", "example", "drawing", "encoding")


def measure(scene: str, quality: str) -> dict[str, float]:
    """Render ``scene`` once in this process: CPU seconds of each part, wall seconds, frames."""
    start, cpu = time.perf_counter(), time.process_time()
    from manim import tempconfig

    from nnanim import scenes

    kind = scenes.load(scene)
    spent = {"imports": time.process_time() - cpu}
    cpu = time.process_time()
    story = kind.told()
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
    """Measure in fresh processes and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scene", nargs="?", default="perceptron")
    parser.add_argument("--quality", default="low", choices=["low", "medium", "high"])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--once", action="store_true", help="measure in this process and print JSON")
    asked = parser.parse_args()
    if asked.once:
        print(json.dumps(measure(asked.scene, asked.quality)))
        return
    command = [sys.executable, __file__, asked.scene, "--quality", asked.quality, "--once"]
    runs = [
        json.loads(
            subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
        )
        for _ in range(asked.runs)
    ]
    middle = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    whole = sum(middle[part] for part in PARTS)
    print(
        f"{asked.scene}, {asked.quality} quality, {middle['frames']:.0f} frames, median of {asked.runs} runs"
    )
    print(f"  from command to film {middle['wall']:6.1f} s, {whole:.1f} s of CPU")
    for part in PARTS:
        per = f"  {1000 * middle[part] / middle['frames']:5.1f} ms a frame" if part in PARTS[2:] else ""
        print(f"  {part:9} {middle[part]:6.1f} s of CPU {100 * middle[part] / whole:4.0f} %{per}")


if __name__ == "__main__":
    main()
