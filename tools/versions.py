"""Try nnanim with other versions of what it needs than the pinned ones, in an environment of its own.

    python tools/versions.py lowest|newest [--python 3.12] [--folder build/lowest]

``lowest`` installs the lowest versions that pyproject.toml allows, ``newest`` the newest; then a still, a
film and the smoke tests (`SMOKE`) are run there. ``python tools/versions.py smoke`` runs these tests in this
environment.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SMOKE = (
    "test_bare", "test_beats", "test_doctor", "test_draw", "test_fonts", "test_layout", "test_linebreak",
    "test_manifest", "test_movie_frames", "test_paint_kernel", "test_record", "test_schema", "test_still",
    "test_trace_file", "test_typeset", "test_web_format",
)  # fmt: skip
"""Tests that touch every package that nnanim needs, in a minute or two."""
RESOLUTIONS = {"lowest": "lowest-direct", "newest": "highest"}


def is_done(*command: str | Path) -> bool:
    """Run a command here and show what it prints; whether it succeeded."""
    print("$", *command, flush=True)
    return subprocess.run(list(map(str, command)), cwd=ROOT).returncode == 0


def run(*command: str | Path) -> None:
    """Run a command here and show what it prints.

    Raises:
        SystemExit: it failed.
    """
    if not is_done(*command):
        sys.exit(1)


def try_smoke(python: Path) -> None:
    """The smoke tests, with an interpreter."""
    # Old packages warn about each other; that is not what is tried here.
    run(python, "-m", "pytest", "-q", "-W", "default", *(f"tests/{name}.py" for name in SMOKE))


def install(resolution: str, version: str, folder: Path) -> Path:
    """An environment with nnanim and what it needs; gives its interpreter."""
    beside = str(Path(sys.executable).parent)  # where ./setup puts it; on the path only in an active .venv
    uv = shutil.which("uv", path=beside) or shutil.which("uv")
    if uv is None:
        sys.exit("uv is not here; run ./setup --tests")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        run(uv, "venv", "--quiet", "--python", version, folder)
    wanted = [uv, "pip", "install", "--quiet", "--python", python, "--resolution", RESOLUTIONS[resolution]]
    without_cuda = platform.system() == "Linux" and shutil.which("nvidia-smi") is None
    what = ["--editable", ".[live,notebook]"]
    # Where the index of torch's CPU builds cannot be reached, the usual one does, with CUDA: as in ./setup.
    if not without_cuda or not is_done(*wanted, "--torch-backend", "cpu", *what):
        run(*wanted, *what)
    # What only the tests need is as new as it likes.
    run(uv, "pip", "install", "--quiet", "--python", python, "pytest", "fonttools", "hatchling")
    return python


def main() -> None:
    """Install, then try."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=[*RESOLUTIONS, "smoke"])
    parser.add_argument("--python", default="{}.{}".format(*sys.version_info))
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.what == "smoke":
        try_smoke(Path(sys.executable))
        return
    folder = asked.folder or ROOT / "build" / asked.what
    python = install(asked.what, asked.python, folder)
    media = folder / "media"
    run(python, "-m", "nnanim.cli", "doctor")
    run(python, "-m", "nnanim.cli", "still", "perceptron", "--beat", "split", "--out", folder / "split.png")
    run(python, "-m", "nnanim.cli", "movie", "perceptron", "-ql", "--media_dir", media)
    try_smoke(python)


if __name__ == "__main__":
    main()
