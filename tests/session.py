"""A folder that the workers of one session share, for what is computed once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_root: list[Path] = []


def begin(factory: pytest.TempPathFactory) -> None:
    """Have the folder beside those of the workers' tests; pytest removes it with them."""
    base = factory.getbasetemp()
    _root[:] = [base.parent if "PYTEST_XDIST_WORKER" in os.environ else base]


def session_folder(name: str) -> Path:
    """A folder of that name, the same in all workers of a session."""
    folder = _root[0] / "shared" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
