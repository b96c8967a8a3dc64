"""What the benchmarks share: runs in fresh processes, medians, and the page that they write."""

from __future__ import annotations

import json
import os
import platform
import re
import statistics
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
PICTURES = ROOT / "docs" / "images" / "benchmarks"

HEAD = """# Benchmarks

`make bench` measures all of this anew and writes this page. Times are CPU time unless it says wall. Every
figure is the median of runs in processes of their own, and what is compared is measured by turns in one go.
Ratios travel from machine to machine, milliseconds do not.
"""


def once(file: str, *arguments: object) -> dict[str, Any]:
    """Run ``file --once ARGUMENTS`` in a process of its own; what it prints last is JSON."""
    command = [sys.executable, file, "--once", *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if run.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{run.stderr[-2000:]}")
    return dict(json.loads(run.stdout.splitlines()[-1]))


def medians(runs: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Median of every figure of several runs."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def machine() -> str:
    """One paragraph about this machine."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists() and (found := re.search(r"model name\s*: (.*)", info.read_text())):
        cpu = found[1]
    names = ("manim", "numpy", "numba", "pycairo", "av", "torch", "matplotlib")
    versions = ", ".join(f"{name} {_version(name)}" for name in names)
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    python = platform.python_version()
    return f"{cpu}, {os.cpu_count()} cores{load}; {platform.system()}; Python {python}; {versions}."


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def write(name: str, title: str, *paragraphs: str) -> None:
    """Write one section of the page in place of the one of that name; print it, too."""
    body = "\n\n".join([f"## {title}", *paragraphs, f"Measured on {machine()}"])
    print(body, flush=True)
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else HEAD
    section = f"<!-- {name} -->\n{body}\n<!-- end of {name} -->"
    pattern = re.compile(rf"<!-- {name} -->.*?<!-- end of {name} -->", re.DOTALL)
    page = pattern.sub(lambda _: section, page) if pattern.search(page) else f"{page.rstrip()}\n\n{section}\n"
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page, encoding="utf-8")
