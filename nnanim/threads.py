"""One thread for whatever is shown: sums then have one order, on every machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
"""What libraries read when they are loaded."""


@contextmanager
def one_thread() -> Iterator[None]:
    """A block, or a function that it decorates, in which torch computes on one thread.

    Matrix products of two threads differ from those of one by 1e-6, and so would the numbers that are shown.
    A generator enters it anew for each of its steps: between them the thread count belongs to the caller.
    Where torch is not loaded yet, it is when it is loaded in the block that it takes one thread.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        with one_thread_environment():
            yield
        return
    threads = torch.get_num_threads()
    if threads == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def one_thread_environment() -> Iterator[None]:
    """A block in which the environment asks libraries and new processes for one thread."""
    before = {name: os.environ.get(name) for name in VARIABLES}
    os.environ.update(dict.fromkeys(VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
