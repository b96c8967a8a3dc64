"""One thread for whatever is shown: sums then have one order, on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """A block, or a function that it decorates, in which torch computes on one thread.

    Matrix products of two threads differ from those of one by 1e-6, and so would the numbers that are shown.
    A generator enters it anew for each of its steps: between them the thread count belongs to the caller.
    """
    threads = torch.get_num_threads()
    if threads == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
