"""A function that calls back, turned into an iterator."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any


def handed(run: Callable[[Callable[[Any], None]], object]) -> Iterator[Any]:
    """What ``run(give)`` gives with ``give(value)``, one after the other.

    It runs in a thread of its own and stands still while nobody asks for the next value, so that the two
    never work at once. When the iterator is closed, ``give`` does not come back and the run unwinds. What
    it raises is raised here.
    """
    values: queue.Queue[tuple[bool, Any]] = queue.Queue()
    asked, closed = threading.Semaphore(0), threading.Event()

    def give(value: Any) -> None:
        values.put((True, value))
        wait()

    def wait() -> None:
        asked.acquire()
        if closed.is_set():
            raise _Closed

    def work() -> None:
        try:
            wait()
            run(give)
            values.put((False, None))
        except BaseException as error:
            values.put((False, error))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            asked.release()
            more, value = values.get()
            if not more:
                break
            yield value
        if value is not None:
            raise value
    finally:
        closed.set()
        asked.release()
        thread.join()


class _Closed(Exception):
    """Nobody asks for more."""
