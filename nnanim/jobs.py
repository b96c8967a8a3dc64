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

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
"""Each process takes one thread: processes share the cores among them, and sums have one order."""


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
class Done:
    """How a piece of work ended: with a value, or with one line that says what went wrong.

    Attributes:
        mine: whether the user can mend it.
        trace: the traceback of what went wrong.
    """

    name: str
    value: Any = None
    error: str = ""
    mine: bool = True
    trace: str = ""


ANSWER = 10
"""Seconds within which a scheduler has to answer."""

Watch = Callable[[str, float, str], None]
"""Is told the name of a piece of work, how much of it is done (0..1), and what it does now."""

_told: list[Callable[[float, str], None]] = []


def progress(fraction: float, says: str = "") -> None:
    """Tell, from inside a piece of work, how far it is; elsewhere nothing happens."""
    if _told:
        _told[-1](fraction, says)


def run(
    jobs: Sequence[Job], workers: int = 1, *, retries: int = 1, watch: Watch | None = None
) -> Iterator[Done]:
    """Do all ``jobs`` in so many processes; each result comes as soon as it is there.

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
            crew[-1].begin(left.pop(0))
        while busy := [worker for worker in crew if worker.turn is not None]:
            ready = wait([end for worker in busy for end in (worker.pipe, worker.process.sentinel)])
            for worker in [one for one in busy if one.pipe in ready or one.process.sentinel in ready]:
                done = worker.hear(watch)
                if done is None:
                    continue
                turn, worker.turn = worker.turn, None
                if isinstance(done, Done):
                    yield done
                elif turn is not None and turn.retries:
                    left.insert(0, _Turn(turn.job, turn.retries - 1))
                elif turn is not None:
                    yield Done(turn.job.name, error=f"its process was ended ({done})", mine=False)
                if not left:
                    worker.leave()
                    continue
                if not isinstance(done, Done):
                    crew[crew.index(worker)] = worker = _Worker()
                worker.begin(left.pop(0))
    finally:
        for worker in crew:
            worker.end()


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
        with _one_thread():
            self.process.start()
        theirs.close()

    def begin(self, turn: _Turn) -> None:
        self.turn = turn
        # One that died already is found out by its sentinel.
        with suppress(BrokenPipeError, OSError):
            self.pipe.send(turn.job)

    def hear(self, watch: Watch | None) -> Done | _Ended | None:
        """What the process says: that it is done, that it has ended, or how far it is (None)."""
        try:
            while self.pipe.poll():
                said = self.pipe.recv()
                if isinstance(said, Done):
                    return said
                if watch is not None and self.turn is not None:
                    watch(self.turn.job.name, *said)
        except (EOFError, OSError):
            self.process.join()
            return _Ended(self.process.exitcode)
        return None if self.process.is_alive() else _Ended(self.process.exitcode)

    def leave(self) -> None:
        """Nothing more comes: it takes itself down, and nobody waits for that."""
        self.pipe.close()

    def end(self) -> None:
        if self.turn is None:
            self.leave()
            return
        self.process.terminate()
        self.pipe.close()
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()


@contextmanager
def _one_thread() -> Iterator[None]:
    """While a process is started, its environment asks for one thread."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


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
        _told.append(lambda fraction, says: pipe.send((fraction, says)))
        try:
            done = attempt(job)
        finally:
            _told.pop()
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


def attempt(job: Job) -> Done:
    """Do one piece of work here, and tell how it ended."""
    try:
        return Done(job.name, job.call(*job.args))
    except Exception as error:
        return failed(job.name, error)


def failed(name: str, error: BaseException) -> Done:
    """An error as the end of a piece of work: one line, and whether it is the user's to mend."""
    mine = isinstance(error, UserError | OSError)
    said = " ".join(str(error).split())
    if isinstance(error, OSError) and error.strerror:
        said = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    line = said if mine and said else f"{type(error).__name__}: {said}"
    return Done(name, error=line, mine=mine, trace="".join(traceback.format_exception(error)))


def run_on(scheduler: str, jobs: Sequence[Job], *, watch: Watch | None = None) -> Iterator[Done]:
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
    except (OSError, ValueError) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"no Dask scheduler answers at {scheduler}: {said}") from None
    try:
        names = {client.submit(job.call, *job.args, pure=False): job.name for job in jobs}
        for future in as_completed(list(names)):
            name = names[future]
            wrong = future.exception() if future.status != "finished" else None
            yield Done(name, future.result()) if wrong is None else failed(name, wrong)
            if watch is not None:
                watch(name, 1.0, "")
    finally:
        client.close()


def values(done: Sequence[Done]) -> dict[str, Any]:
    """What each piece of work gave, by its name.

    Raises:
        UserError: some failed; the line names each of them.
    """
    wrong = [one for one in done if one.error]
    if wrong:
        said = "; ".join(f"{one.name}: {one.error}" for one in wrong)
        stand = f"; the other {len(done) - len(wrong)} are done and kept" if len(done) > len(wrong) else ""
        raise UserError(f"{said}{stand}")
    return {one.name: one.value for one in done}
