"""What all tests share: helpers beside them can be imported, and snapshots can be rewritten."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))

import session
import sharing


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-snapshots", action="store_true", help="write tests/snapshots/ anew instead of comparing"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put tests that share work beside each other."""
    sharing.sort_tests(items)


@pytest.hookimpl(tryfirst=True)
def pytest_make_collect_report(collector: pytest.Collector) -> None:
    """Give networks and inputs that a test module makes as it is imported the same numbers in every run.

    Else they would depend on what was imported before.
    """
    if isinstance(collector, pytest.Module):
        torch.manual_seed(0)
        np.random.seed(0)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Have tests that share work run in one worker."""
    return sharing.make_scheduler(config, log) if config.getvalue("dist") == "load" else None


@pytest.fixture(scope="session", autouse=True)
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The folder in which a session's workers share what they compute."""
    session.begin(tmp_path_factory)


@pytest.fixture
def update_snapshots(request: pytest.FixtureRequest) -> bool:
    """Whether snapshots are to be rewritten."""
    return bool(request.config.getoption("--update-snapshots"))
