"""Many pieces of work at once, in processes of this machine or on a Dask cluster.

A piece that fails, or whose process is killed, is reported by its name; the others go on.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any

from nnanim.errors import UserError
from nnanim.threads import one_thread_environment


@dataclass(frozen=True)
class Job:
    """One piece of work.

    Attributes:
        name: what people call it.
        call: a function that other processes can import.
        args: what it is called with; they and what it returns are pickled.
    """

    name: str
    call: Callable[..., Any]
    args: tuple[Any, ...] = ()


@dataclass(frozen=True)
class JobResult:
    """How a piece of work ended: with a value, or with one line that says what went wrong.

    Attributes:
        is_mistake: whether the user can mend it.
        traceback: of what went wrong.
    """

    name: str
    value: Any = None
    error: str = ""
    is_mistake: bool = True
    traceback: str = ""


ANSWER = 10
"""Seconds within which a scheduler has to answer."""

Listener = Callable[[str, float, str], None]
"""Gets the name of a piece of work, how much of it is done (0..1), and what it does now."""

_listeners: list[Callable[[float, str], None]] = []


def report_progress(fraction: float, text: str = "") -> None:
    """Say, from inside a piece of work, how far it is; elsewhere nothing happens."""
    if _listeners:
        _listeners[-1](fraction, text)


@contextmanager
def listen(listener: Callable[[float, str], None]) -> Iterator[None]:
    """A block whose work reports its progress to ``listener``."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.pop()


def run(
    jobs: Sequence[Job], workers: int = 1, *, retries: int = 1, listener: Listener | None = None
) -> Iterator[JobResult]:
    """Do all ``jobs`` in ``workers`` processes; each result comes as soon as it is there.

    One whose process is killed (for lack of memory, or by hand) is done again ``retries`` times.

    Raises:
        UserError: there is less than one worker.
    """
    if workers < 1:
        raise UserError(f"{workers} workers cannot work; write --jobs 1 or more")
    left = [_Turn(job, retries) for job in jobs]
    crew: list[_Worker] = []
    try:
        for _ in range(min(workers, len(left))):
            crew.append(_Worker())
            crew[-1].start(left.pop(0))
        while busy := [worker for worker in crew if worker.turn is not None]:
            ready = wait([end for worker in busy for end in (worker.pipe, worker.process.sentinel)])
            for worker in [one for one in busy if one.pipe in ready or one.process.sentinel in ready]:
                done = worker.poll(listener)
                if done is None:
                    continue
                turn, worker.turn = worker.turn, None
                if isinstance(done, JobResult):
                    yield done
                elif turn is not None and turn.retries:
                    left.insert(0, _Turn(turn.job, turn.retries - 1))
                elif turn is not None:
                    yield JobResult(turn.job.name, error=f"its process was ended ({done})", is_mistake=False)
                if not left:
                    worker.dismiss()
                    continue
                if not isinstance(done, JobResult):
                    crew[crew.index(worker)] = worker = _Worker()
                worker.start(left.pop(0))
    finally:
        for worker in crew:
            worker.stop()


@dataclass
class _Turn:
    job: Job
    retries: int


@dataclass
class _Ended(Exception):
    """A process that ended before its work."""

    code: int | None

    def __str__(self) -> str:
        return f"signal {-self.code}" if self.code and self.code < 0 else f"exit code {self.code}"


@dataclass
class _Worker:
    """A process, and our end of the pipe to it."""

    turn: _Turn | None = None
    pipe: Connection = field(init=False)
    process: Any = field(init=False)

    def __post_init__(self) -> None:
        # Threads and locks of this process would be copied half-alive by a fork.
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs,), daemon=True)
        with one_thread_environment():
            self.process.start()
        theirs.close()

    def start(self, turn: _Turn) -> None:
        self.turn = turn
        # One that died already is found out by its sentinel.
        with suppress(BrokenPipeError, OSError):
            self.pipe.send(turn.job)

    def poll(self, listener: Listener | None) -> JobResult | _Ended | None:
        """What the process says: that it is done, that it has ended, or how far it is (None)."""
        try:
            while self.pipe.poll():
                message = self.pipe.recv()
                if isinstance(message, JobResult):
                    return message
                if listener is not None and self.turn is not None:
                    listener(self.turn.job.name, *message)
        except (EOFError, OSError):
            self.process.join()
            return _Ended(self.process.exitcode)
        return None if self.process.is_alive() else _Ended(self.process.exitcode)

    def dismiss(self) -> None:
        """Nothing more comes: it takes itself down, and nobody waits for that."""
        self.pipe.close()

    def stop(self) -> None:
        if self.turn is None:
            self.dismiss()
            return
        self.process.terminate()
        self.pipe.close()
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()


def _serve(pipe: Connection) -> None:
    """Do one piece of work after another, until the pipe is closed."""
    # Ctrl+C reaches every process; the one that was asked ends the others, which tidy up.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(SystemExit(143)))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            job = pipe.recv()
        except (EOFError, OSError):
            # From here on it may be ended at any line.
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            return
        with listen(lambda fraction, text: pipe.send((fraction, text))):
            done = attempt(job)
        try:
            pipe.send(done)
        except (BrokenPipeError, OSError):
            return


def _end_with_parent() -> None:
    """End this process when the one that asked is killed: asked again, two would write the same files."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def attempt(job: Job) -> JobResult:
    """Do one piece of work here; its error becomes part of the result."""
    try:
        return JobResult(job.name, job.call(*job.args))
    except Exception as error:
        return failure(job.name, error)


def failure(name: str, error: BaseException) -> JobResult:
    """An error as the end of a piece of work: one line, and whether it is the user's to mend."""
    is_mistake = isinstance(error, UserError | OSError)
    said = " ".join(str(error).split())
    if isinstance(error, OSError) and error.strerror:
        said = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    line = said if is_mistake and said else f"{type(error).__name__}: {said}"
    return JobResult(
        name, error=line, is_mistake=is_mistake, traceback="".join(traceback.format_exception(error))
    )


def run_on(scheduler: str, jobs: Sequence[Job], *, listener: Listener | None = None) -> Iterator[JobResult]:
    """Do all ``jobs`` on the Dask cluster at ``scheduler``, such as ``tcp://10.0.0.1:8786``.

    Dask itself does again what a lost worker has left.

    Raises:
        UserError: Dask is not installed, or nobody answers at that address.
    """
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise UserError("--scheduler needs Dask: pip install 'nnanim[cluster]'") from None
    try:
        client = Client(scheduler, timeout=ANSWER)
    except Exception as error:  # an odd address ends in whichever check of Dask's it meets first
        said = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"no Dask scheduler answers at {scheduler}: {said}") from None
    try:
        names = {client.submit(job.call, *job.args, pure=False): job.name for job in jobs}
        for future in as_completed(list(names)):
            name = names[future]
            wrong = future.exception() if future.status != "finished" else None
            yield JobResult(name, future.result()) if wrong is None else failure(name, wrong)
            if listener is not None:
                listener(name, 1.0, "")
    finally:
        client.close()


def values(results: Sequence[JobResult]) -> dict[str, Any]:
    """What each piece of work gave, by its name.

    Raises:
        UserError: some failed; the line names each of them.
    """
    wrong = [one for one in results if one.error]
    if wrong:
        said = "; ".join(f"{one.name}: {one.error}" for one in wrong)
        stand = (
            f"; the other {len(results) - len(wrong)} are done and kept" if len(results) > len(wrong) else ""
        )
        raise UserError(f"{said}{stand}")
    return {one.name: one.value for one in results}
