"""How the source is written, where no linter looks."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("nnanim", "scenes", "tests", "tools", "benchmarks")


def test_no_line_has_too_many_characters() -> None:
    """A sentence stands on one line in every language: a Japanese character counts as one, not as two."""
    longest = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"][
        "line-length"
    ]
    files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(re.sub(r" *# (type|noqa).*", "", line)) > longest and "http" not in line
    ]
    assert len(files) > 400 and long == []
