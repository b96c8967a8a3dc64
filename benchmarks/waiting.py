"""How long a user waits for a film, a beat, a picture, beside another state of the source.

    python benchmarks/waiting.py [OTHER] [--scene perceptron] [--runs 3] [--only "a film,doctor"]

Whole processes, from the command to its end: CPU seconds of user and system, and wall seconds. OTHER is the
folder of another checkout, which is measured by turns with this one. nnanim is compiled before, as pip does
when it installs a package.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from _measure import ROOT, table, write


@dataclass(frozen=True)
class Wait:
    """A command that a user waits for.

    Attributes:
        name: what is waited for.
        words: of the command ``nnanim``.
        keeps: what is there already: ``all``, the ``traces``, or nothing.
        bar: seconds that it may take; of CPU, but for whole films, which draw and encode at once.
    """

    name: str
    words: tuple[str, ...]
    keeps: str
    bar: float


def waits(scene: str) -> list[Wait]:
    """What is measured."""
    low = ("movie", scene, "-ql")
    beat = (*low, "--beat", "2")
    return [
        Wait("a film", low, "", 4.5),
        Wait("the same film again, nothing changed", low, "all", 0.6),
        Wait("a film, its trace kept", low, "traces", 4.5),
        Wait("one beat, the trace kept", beat, "traces", 2.0),
        Wait("a picture, the trace kept", ("still", scene), "traces", 0.9),
        Wait("a picture", ("still", scene), "", 2.5),
        Wait("doctor", ("doctor",), "all", 2.5),
        Wait("list", ("list",), "all", 0.9),
    ]


def measure(tree: Path, wait: Wait, home: Path) -> tuple[float, float]:
    """CPU and wall seconds of one run, of another checkout's ``nnanim`` in a folder of its own."""
    media = home / "media"
    if not wait.keeps:
        shutil.rmtree(media, ignore_errors=True)
    elif wait.keeps == "traces":
        for place in ("videos", "made"):
            shutil.rmtree(media / place, ignore_errors=True)
    places = {"PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1", "PYTHONPYCACHEPREFIX": str(home / "compiled")}
    places = {**{k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}, **places}
    command = [sys.executable, "-m", "nnanim", *wait.words]
    start, before = time.perf_counter(), os.times()
    run = subprocess.run(command, cwd=home, env=places, capture_output=True, text=True)
    wall, after = time.perf_counter() - start, os.times()
    if run.returncode:
        sys.exit(f"{' '.join(command)} failed in {tree}:\n{run.stderr[-2000:]}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return cpu, wall


def compare(trees: list[Path], some: list[Wait], runs: int) -> list[list[object]]:
    """A row for each wait: CPU and wall seconds here, CPU seconds of the other tree, and the bar."""
    rows = list[list[object]]()
    with tempfile.TemporaryDirectory() as folder:
        homes = {tree: Path(folder) / str(number) for number, tree in enumerate(trees)}
        for home in homes.values():
            home.mkdir()
        for tree in trees:  # compiles, and keeps the trace
            measure(tree, some[0], homes[tree])
        for wait in some:
            for tree in trees:
                # What is kept must be that of this wait's own words.
                measure(tree, Wait(wait.name, wait.words, "all", 0), homes[tree])
            found = [[measure(tree, wait, homes[tree]) for tree in trees] for _ in range(runs)]
            here = [statistics.median(one[0][i] for one in found) for i in (0, 1)]
            there = [f"{statistics.median(one[1][0] for one in found):.2f} s"] if len(trees) > 1 else []
            rows.append([wait.name, f"{here[0]:.2f} s", f"{here[1]:.2f} s", *there, f"{wait.bar:g} s"])
            print(*rows[-1], flush=True)
    return rows


def main() -> None:
    """Measure by turns and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("other", nargs="?", type=Path)
    parser.add_argument("--scene", default="perceptron")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="", help="names of some of them, with commas between")
    asked = parser.parse_args()
    trees = [ROOT, *([asked.other.resolve()] if asked.other else [])]
    names = [name.strip() for name in asked.only.split(",") if name.strip()]
    some = [wait for wait in waits(asked.scene) if not names or wait.name in names]
    headings = ["what", "CPU", "wall", *(["CPU before"] if asked.other else []), "bar"]
    text = (
        f"Whole processes, from the command to its end, of `{asked.scene}` in low quality; medians of "
        f"{asked.runs}. A trace is kept after it was computed once. The bars of whole films are for wall "
        "time, all others for CPU time."
    )
    write("waiting", "How long a user waits", text, table(headings, compare(trees, some, asked.runs)))


if __name__ == "__main__":
    main()
