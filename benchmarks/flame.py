"""Where the time of a film goes, as a flame graph: docs/images/benchmarks/flame.svg, for docs/speed.md.

    python benchmarks/flame.py [SCENE] [--rate 250]

py-spy looks at every thread of ``nnanim movie SCENE -ql`` so many times a second; a function is as wide as it
was seen, above whoever called it. Native code counts for the function that called it, and x264's own threads
are not seen. Without py-spy (``pip install py-spy``), or where it may not look, the picture stays as it is.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from _measure import PICTURES, ROOT

COLORS = {
    "nnanim": "#7fb7ff", "manim": "#c8a6ff", "torch": "#ff9f80", "numpy": "#8fd6a8", "av": "#ffd166",
    "other": "#c9ced6",
}  # fmt: skip
"""Colour of a package's functions."""

WIDTH, ROW, NARROW = 1200, 17, 4.0
"""Pixels of the picture's width and of a row, and below which a function is not drawn."""

MACHINERY = ("<frozen importlib", "<frozen runpy", "threading.py", "click/", "contextlib.py")
"""Frames between ours that say nothing: they are left out."""

IDLE = ("tqdm/_monitor", "_wait_for_tstate_lock")
"""Threads that only wait, and yet are seen."""

LETTER = 6.3
"""Width of a letter in pixels."""


@dataclass
class Call:
    """A function as it was called from one place: samples that saw it, and what it called."""

    name: str
    package: str = "other"
    samples: int = 0
    calls: dict[str, Call] = field(default_factory=dict)


def record(scene: str, rate: int) -> list[str] | None:
    """Stacks of a film that is made anew, each with how often it was seen; None where nobody may look."""
    spy = shutil.which("py-spy", path=str(Path(sys.executable).parent)) or shutil.which("py-spy")
    if spy is None:
        print("py-spy is not there; docs/images/benchmarks/flame.svg stays as it is: pip install py-spy")
        return None
    with tempfile.TemporaryDirectory() as folder:
        stacks = Path(folder) / "stacks.txt"
        film = [sys.executable, "-m", "nnanim", "movie", scene, "-ql", "--media_dir", str(Path(folder) / "m")]
        command = [
            spy,
            "record",
            "--rate",
            str(rate),
            "--format",
            "raw",
            "--output",
            str(stacks),
            "--",
            *film,
        ]
        run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        if run.returncode or not stacks.exists():
            print(f"py-spy may not look here: {(run.stderr or run.stdout).strip()[-200:]}")
            return None
        return stacks.read_text(encoding="utf-8").splitlines()


def build_tree(lines: Iterable[str]) -> Call:
    """All stacks as one tree; what a module runs while it is imported is called by its name."""
    root = Call("all")
    for line in lines:
        stack, _, count = line.rpartition(" ")
        if not stack or any(name in stack for name in IDLE):
            continue
        root.samples += int(count)
        here = root
        for name, package in _frames(stack.split(";")):
            here = here.calls.setdefault(name, Call(name, package))
            here.samples += int(count)
    return root


def _frames(stack: list[str]) -> Iterator[tuple[str, str]]:
    """Name and package of every frame of a stack that says something, each once where it calls itself."""
    last = ""
    if any(frame.startswith("Thread") for frame in stack[:1]):
        yield "other threads", "other"
    for frame in stack:
        found = re.fullmatch(r"(.*) \(([^()]*?)(?::\d+)?\)", frame)
        if found is None or found[2].startswith(MACHINERY):
            continue
        place = found[2].removeprefix("nnanim/") if found[2].startswith("nnanim/") else found[2]
        name = f"import {place}" if found[1] == "<module>" else found[1].replace(".<locals>.", ".")
        if name != last:
            yield name, next((one for one in COLORS if f"/{found[2]}".find(f"/{one}/") >= 0), "other")
        last = name


def draw(root: Call, title: str) -> str:
    """The tree as SVG, what was called above its caller."""
    rows = list[tuple[int, str]]()

    def add(call: Call, left: float, depth: int) -> None:
        wide = WIDTH * call.samples / root.samples
        if wide < NARROW:
            return
        rows.append((depth, _draw_box(call, left, wide, root.samples)))
        for one in sorted(call.calls.values(), key=lambda each: -each.samples):
            add(one, left, depth + 1)
            left += WIDTH * one.samples / root.samples

    left = 0.0
    for one in sorted(root.calls.values(), key=lambda each: -each.samples):
        add(one, left, 0)
        left += WIDTH * one.samples / root.samples
    deep = max(depth for depth, _ in rows) + 1
    high = ROW * (deep + 3)
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {high}" font-family="monospace"'
        f' font-size="10.5"><title>{escape(title)}</title><rect width="{WIDTH}" height="{high}" fill="#fff"/>'
    ]
    for i, (name, color) in enumerate(COLORS.items()):
        head.append(f'<rect x="{8 + 110 * i}" y="8" width="12" height="12" fill="{color}"/>')
        head.append(f'<text x="{26 + 110 * i}" y="18">{name}</text>')
    boxes = [box.replace("ROW", f"{high - ROW * (depth + 1):.0f}") for depth, box in rows]
    return "\n".join([*head, *boxes, "</svg>\n"])


def _draw_box(call: Call, left: float, wide: float, whole: int) -> str:
    room = int((wide - 6) / LETTER)
    text = call.name if len(call.name) <= room else f"{call.name[: room - 1]}…" if room > 3 else ""
    return (
        f'<g transform="translate({left:.1f} ROW)"><title>{escape(call.name)}: '
        f'{100 * call.samples / whole:.1f} %</title><rect width="{max(wide - 0.5, 0.5):.1f}" '
        f'height="{ROW - 1}" rx="2" fill="{COLORS[call.package]}"/>'
        + (f'<text x="3" y="12">{escape(text)}</text>' if text else "")
        + "</g>"
    )


def list_own(root: Call) -> Counter[str]:
    """Samples in which a package's own code ran, or native code for it."""
    found: Counter[str] = Counter()
    left = [root]
    while left:
        call = left.pop()
        found[call.package] += call.samples - sum(one.samples for one in call.calls.values())
        left += call.calls.values()
    return found


def main() -> None:
    """Record, draw, and print how the time is shared between packages."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("scene", nargs="?", default="perceptron")
    parser.add_argument("--rate", type=int, default=250)
    asked = parser.parse_args()
    if (lines := record(asked.scene, asked.rate)) is None:
        return
    root = build_tree(lines)
    PICTURES.mkdir(parents=True, exist_ok=True)
    path = PICTURES / "flame.svg"
    path.write_text(draw(root, f"nnanim movie {asked.scene} -ql"), encoding="utf-8")
    shares = ", ".join(f"{name} {100 * n / root.samples:.0f} %" for name, n in list_own(root).most_common())
    print(f"{path.relative_to(ROOT)}: {root.samples} samples; {shares}")


if __name__ == "__main__":
    main()
