"""The large lesson as a page: drawn by the page against videos, what a changed sentence costs, the floor.

    python benchmarks/deck.py [LESSON] [--quality m]

Every build is a process of its own; the floor decodes the videos that the first build made and encodes their
frames again on one core, with the films' own settings, counting the encoding alone.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av
from _measure import ROOT, table, write

LESSON = "from_perceptron_to_generative_ai"
CHANGED = '[steps.beats.split]\nsays.en = "Every number goes along every wire."\n'


def build(lesson: Path | str, folder: Path, quality: str, jobs: int, *more: str) -> tuple[float, float, str]:
    """Wall and CPU seconds of one build, and what it says in the end."""
    told = ["--lang", "en", "-q", quality, "-j", str(jobs), "-o", str(folder / "deck.html"), *more]
    command = [sys.executable, "-m", "nnanim.cli", "deck", str(lesson), "--media_dir", str(folder), *told]
    wall, before = time.perf_counter(), os.times()
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    after = os.times()
    if run.returncode:
        sys.exit(run.stderr[-2000:])
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - wall, cpu, run.stdout.strip().splitlines()[-1]


def floor(folder: Path) -> tuple[float, int]:
    """CPU seconds of encoding all frames of the films once more on one core, and their number."""
    from nnanim.movie.encoding import options

    spent, count = 0.0, 0
    for film in sorted(path for path in folder.rglob("*.mp4") if path.with_suffix(".manifest.json").exists()):
        with av.open(str(film)) as source, av.open(os.devnull, "w", format="mp4") as target:
            shown = source.streams.video[0]
            own = {"crf": "23", **options({}, shown.width * shown.height), "threads": "1"}
            stream = target.add_stream("libx264", rate=shown.average_rate, options=own)
            stream.width, stream.height, stream.pix_fmt = shown.width, shown.height, "yuv420p"
            for frame in source.decode(shown):
                pixels = frame.to_ndarray(format="rgba")
                cpu = time.process_time()
                again = av.VideoFrame.from_ndarray(pixels, format="rgba")
                again.pts, again.time_base = frame.pts, frame.time_base
                target.mux(stream.encode(again))
                spent, count = spent + time.process_time() - cpu, count + 1
            cpu = time.process_time()
            target.mux(stream.encode())
            spent += time.process_time() - cpu
    return spent, count


def changed(folder: Path) -> Path:
    """The lesson with one sentence of its first film changed."""
    text = (ROOT / "lessons" / f"{LESSON}.toml").read_text(encoding="utf-8")
    text, found = re.subn(r"^\[steps\.beats\.split\]\n", CHANGED, text, count=1, flags=re.MULTILINE)
    assert found
    path = folder / f"{LESSON}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quality", default="m", choices=["l", "m", "h"])
    asked = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        quality, video = asked.quality, ("--clips", "video")
        builds = [
            ("drawn by the page, two jobs, from clean", build(LESSON, Path(two), quality, 2)),
            ("videos, two jobs, from clean", build(LESSON, Path(one), quality, 2, *video)),
            ("drawn by the page, nothing changed", build(LESSON, Path(two), quality, 2)),
            ("videos, nothing changed", build(LESSON, Path(one), quality, 2, *video)),
            ("drawn by the page, one sentence changed", build(changed(Path(two)), Path(two), quality, 2)),
            ("videos, one sentence changed", build(changed(Path(one)), Path(one), quality, 2, *video)),
        ]
        least, frames = floor(Path(one))
    rows = [[name, f"{wall:.1f} s", f"{cpu:.1f} s", said] for name, (wall, cpu, said) in builds]
    rows.append(["encoding the videos alone, one core", "", f"{least:.1f} s", f"{frames:,} frames"])
    drawn, videos = builds[0][1][1], builds[1][1][1]
    write(
        "deck",
        "A lesson of all films as a deck",
        f"`nnanim deck {LESSON} -q {asked.quality} --jobs 2 --clips vectors|video`, on two cores. Films that "
        f"the page draws take {100 * drawn / videos:.0f} % of the CPU time of videos of that quality.",
        table(["build", "wall", "CPU", "made"], rows),
    )


if __name__ == "__main__":
    main()
