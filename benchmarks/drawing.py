"""Drawing time a frame, averaged over whole films, beside that of another state of the source.

    python benchmarks/drawing.py OTHER [SCENE …] [--quality low|high] [--runs 3]

OTHER is the folder of another checkout, whose ``nnanim`` is measured by turns with this one: each run is a
process of its own in which a film is told from its kept trace and drawn. What is measured is the CPU time of
the thread that draws; encoding runs beside it in others. A film that OTHER does not have is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _measure import ROOT, table, write

PRESETS = {"low": "480p", "high": "1080p"}
"""manim's names of qualities, and how high their frames are."""


def measure(scene: str, quality: str) -> dict[str, float]:
    """Draw a film once in this process: CPU seconds of the drawing thread, and its frames."""
    from manim import tempconfig

    from nnanim.scene import loader

    story, kind = loader.build_story(scene, {"lang": "en"}, cached=True), loader.load(scene)
    with tempfile.TemporaryDirectory() as media:
        settings = {
            "quality": f"{quality}_quality", "media_dir": media, "disable_caching": True,
            "progress_bar": "none", "verbosity": "WARNING",
        }  # fmt: skip
        with tempconfig(settings):
            film = kind()
            film.construct = lambda: film.tell(story)
            thread = time.thread_time()
            film.render()
            spent = time.thread_time() - thread
            return {"seconds": spent, "frames": round(film.time * film.camera.frame_rate)}


def once(tree: Path, scene: str, quality: str) -> dict[str, float] | None:
    """A run of one tree's ``nnanim`` in a process of its own; None where it does not have the film."""
    if not (tree / "scenes" / f"{scene}.py").exists():
        return None
    places = {"PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "--once", scene, "--quality", quality]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tree, env={**os.environ, **places})
    if run.returncode:
        sys.exit(f"{' '.join(command)} failed in {tree}:\n{run.stderr[-2000:]}")
    return dict(json.loads(run.stdout.splitlines()[-1]))


def compare(other: Path, scenes: list[str], quality: str, runs: int) -> list[list[object]]:
    """A row for each film: frames, milliseconds a frame here and there, and how many times as long."""
    rows = list[list[object]]()
    for scene in scenes:
        each: dict[Path, list[dict[str, float]]] = {ROOT: [], other: []}
        for _ in range(runs):
            for tree, found in each.items():
                if (one := once(tree, scene, quality)) is not None:
                    found.append(one)
        if not each[other]:
            continue
        here, there = (
            statistics.median(1000 * one["seconds"] / one["frames"] for one in each[tree])
            for tree in (ROOT, other)
        )
        frames = [f"{each[tree][0]['frames']:.0f}" for tree in (ROOT, other)]
        rows.append([scene, *frames, f"{here:.2f} ms", f"{there:.2f} ms", f"{here / there:.2f}"])
        print(*rows[-1], flush=True)
    return rows


def main() -> None:
    """Measure both trees by turns and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("other", nargs="?", type=Path)
    parser.add_argument("scene", nargs="*")
    parser.add_argument("--quality", choices=list(PRESETS), help="by default both")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--once", metavar="SCENE", help="measure in this process and print JSON")
    asked = parser.parse_args()
    if asked.once:
        print(json.dumps(measure(asked.once, asked.quality)))
        return
    if asked.other is None or not (asked.other / "nnanim").is_dir():
        parser.error("name the folder of another checkout")
    from nnanim.scene import loader

    other, scenes = asked.other.resolve(), asked.scene or loader.names()
    for quality in [asked.quality] if asked.quality else list(PRESETS):
        rows = compare(other, scenes, quality, asked.runs)
        headings = ["film", "frames", "before", "drawing a frame", "before", "times"]
        text = (
            f"At {PRESETS[quality]}, medians of {asked.runs}; CPU time of the thread that draws, planes for "
            "the encoder included, posters too. A film that tells more than before is compared by its frames."
        )
        write(f"drawing-{quality}", f"Drawing a frame, {PRESETS[quality]}", text, table(headings, rows))


if __name__ == "__main__":
    main()
