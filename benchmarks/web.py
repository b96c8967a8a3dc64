"""Films in the browser: bytes of a file, seconds to write it, and how long a frame takes to draw.

python benchmarks/web.py [SCENE | EDGES …] [--width 1920]

Drawn in headless Chromium without a GPU, each frame until its pixels are there.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from browser import Browser
from player import Screening

from nnanim.beats import Story
from nnanim.scene import loader
from nnanim.style import RenderStyle
from nnanim.theme import by_name
from nnanim.web import encode_film

SCENES = ("perceptron", "digits", "attention", "convnet")
SIZES = (2368, 101632)

DRAW = """
const [width, step] = arguments, it = film.cuts[0], canvas = document.getElementById("screen");
[canvas.width, canvas.height] = [width, Math.round(width * it.height / it.width)];
const context = canvas.getContext("2d"), times = {moving: [], first: [], resting: []};
let last = null;
for (let at = 0; at < it.seconds; at += step) {
  const phase = it.phaseAt(at), start = performance.now();
  it.draw(canvas, at);
  context.getImageData(0, 0, 1, 1);
  const took = performance.now() - start;
  times[phase !== last ? "first" : phase.name === "pause" ? "resting" : "moving"].push(took);
  last = phase;
}
const share = (rows, part) => {
  const sorted = [...rows].sort((a, b) => a - b);
  return sorted.length ? sorted[Math.min(Math.floor(part * sorted.length), sorted.length - 1)] : 0;
};
const found = {late: times.moving.filter((one) => one > 16.7).length / Math.max(times.moving.length, 1)};
for (const [name, rows] of Object.entries(times)) {
  found[name] = [0.5, 0.95, 1].map((part) => Math.round(10 * share(rows, part)) / 10);
}
return found;
"""


def story_of(name: str) -> Story:
    """A scene's story, or that of a network of so many edges."""
    if name.isdecimal():
        import _networks

        return _networks.story(int(name), steady=False)
    return loader.load(name).build_story(cached=True)


def measure(name: str, screening: Screening, browser: Browser, width: int) -> dict[str, Any]:
    """Everything about one film."""
    story = story_of(name)
    start = time.process_time()
    data = encode_film([(story, RenderStyle(by_name("dark")))], origins=False)
    wrote = time.process_time() - start
    start = time.perf_counter()
    screening.load(data)
    opened = time.perf_counter() - start
    drawn = browser.run(DRAW, width, 0.1)
    return {"kB": len(data) / 1e3, "write s": wrote, "open ms": 1e3 * opened, **drawn}


def main() -> None:
    """Print a line for each film."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=[*SCENES, *map(str, SIZES)])
    parser.add_argument("--width", type=int, default=1920)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        browser = Browser(Path(folder) / "profile")
        try:
            screening = Screening(browser, Path(folder))
            for name in asked.names:
                row = measure(name, screening, browser, asked.width)
                print(
                    f"{name}: {row['kB']:.0f} kB, written in {row['write s']:.1f} s of CPU time, open after "
                    f"{row['open ms']:.0f} ms; a moving frame p50 / p95 / max {row['moving']} ms "
                    f"({100 * row['late']:.1f} % above 16.7), the first of a phase {row['first']}",
                    flush=True,
                )
        finally:
            browser.quit()


if __name__ == "__main__":
    main()
