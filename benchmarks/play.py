"""From the command to the first picture: ``nnanim play`` with and without a kept trace, and a saved file.

    python benchmarks/play.py [--runs 3] [--scenes perceptron,attention,diffusion]

A client stands for the browser: it fetches the page, waits for the film's event, and fetches the beat that is
seen first, then the whole film. Wall time counts everything; CPU time is that of the server's process alone.
nnanim is compiled before, as pip does when it installs a package, whatever PYTHONDONTWRITEBYTECODE says here.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from _measure import medians, table, write

import nnanim
from nnanim.scene import loader

CUT = "cut?lang=en&theme=dark&frame=16:9"


def compile_package(folder: Path) -> None:
    """Have nnanim's bytecode in a folder, from which processes that are begun after this take it."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder)
    command = [sys.executable, "-m", "compileall", "-q", str(Path(nnanim.__file__).parent)]
    subprocess.run(command, check=True)


class Played:
    """``nnanim play`` of a scene's file in a folder, from its start on."""

    def __init__(self, scene: str, folder: Path, *words: str) -> None:
        self.begun = time.perf_counter()
        command = [sys.executable, "-m", "nnanim.cli", "play", scene, "--no-browser", *words]
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        self.get("")
        self.events = urllib.request.urlopen(f"{self.address}events", timeout=600)

    def get(self, place: str) -> bytes:
        """What stands at a place of the server."""
        with urllib.request.urlopen(self.address + place, timeout=600) as answer:
            return bytes(answer.read())

    def wait(self) -> None:
        """Wait for the next version of the film."""
        while self.events.readline().strip() != b"event: film":
            pass

    def spent(self) -> tuple[float, float]:
        """Wall seconds since the start, and CPU seconds of the server, where the system tells them."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
            cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except OSError:
            cpu = float("nan")
        return time.perf_counter() - self.begun, cpu

    def close(self) -> None:
        """Press Ctrl+C."""
        self.events.close()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)


def measure(scene: str) -> dict[str, float]:
    """Seconds to the first picture and to the whole film, and from a saved file to the beat that is seen."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        file = Path(shutil.copy(loader.path(scene), folder / f"{scene}_mine.py"))
        for name in ("anew", "kept"):
            played = Played(file.name, folder)
            played.wait()
            played.get(f"{CUT}&beat=1")
            found[f"{name} wall"], found[f"{name} CPU"] = played.spent()
            played.get(CUT)
            found[f"{name} whole CPU"] = played.spent()[1]
            played.close()
        played = Played(file.name, folder, "--watch")
        played.wait()
        played.get(CUT)
        time.sleep(3)
        before, text = played.spent(), file.read_text(encoding="utf-8")
        file.write_text(f"{text}\n# saved\n", encoding="utf-8")
        played.wait()
        played.get(f"{CUT}&beat=3")
        after = played.spent()
        found["saved wall"], found["saved CPU"] = after[0] - before[0], after[1] - before[1]
        played.close()
    return found


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--scenes", default="perceptron,attention,diffusion")
    asked = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as compiled:
        compile_package(Path(compiled))
        for scene in asked.scenes.split(","):
            runs: list[dict[str, Any]] = [measure(scene) for _ in range(asked.runs)]
            print(json.dumps(runs), file=sys.stderr)
            one = medians(runs)
            pairs = [
                f"{one[f'{name} wall']:.2f} / {one[f'{name} CPU']:.2f}" for name in ("kept", "anew", "saved")
            ]
            rows.append([scene, *pairs, f"{one['kept whole CPU']:.1f}"])
    headings = ["scene", "first picture, trace kept", "anew", "saved file → its beat", "whole film"]
    write(
        "play",
        "Played at once",
        "`nnanim play` up to the bytes of the first picture, in seconds of wall / CPU time; the browser "
        "shows them some 0.1 s later. nnanim is compiled, as an installed package is. The whole film (CPU) "
        "follows while the first beat plays.",
        table(headings, rows),
    )


if __name__ == "__main__":
    main()
