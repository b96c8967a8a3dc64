"""Many pieces of work at once: order, errors, killed processes, one thread each."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner

from nnanim import parallel
from nnanim.cli import many
from nnanim.errors import UserError
from nnanim.film.job import FilmJob, FilmResult
from nnanim.parallel import Job


def square(x: int) -> int:
    parallel.report_progress(0.5, f"half of {x}")
    return x * x


def environment(name: str) -> str | None:
    return os.environ.get(name)


def wrong(kind: str) -> None:
    if kind == "mine":
        raise UserError("the\nbeat is missing")
    if kind == "disk":
        raise OSError(28, "No space left on device", "film.mp4")
    raise KeyError("layer")


def killed(marker: str, times: int) -> str:
    """Kill this process the first ``times`` times."""
    with open(marker, "a") as file:
        file.write("x")
    if Path(marker).stat().st_size <= times:
        os.kill(os.getpid(), signal.SIGKILL)
    return "survived"


def test_all_are_done_whatever_the_order() -> None:
    said: list[tuple[str, float, str]] = []
    todo = [Job(f"job {i}", square, (i,)) for i in range(5)]
    done = list(parallel.run(todo, 2, listener=lambda *what: said.append(what)))
    assert parallel.values(done) == {f"job {i}": i * i for i in range(5)}
    assert sorted(said) == [(f"job {i}", 0.5, f"half of {i}") for i in range(5)]


def test_each_process_takes_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    done = list(parallel.run([Job("a", environment, ("OMP_NUM_THREADS",))]))
    assert done[0].value == "1" and os.environ["OMP_NUM_THREADS"] == "7"


def test_one_that_fails_is_told_by_name_and_the_others_stand() -> None:
    todo = [Job(kind, wrong, (kind,)) for kind in ("mine", "disk", "fault")] + [Job("good", square, (3,))]
    done = {one.name: one for one in parallel.run(todo, 2)}
    assert (done["mine"].error, done["mine"].is_mistake) == ("the beat is missing", True)
    assert done["disk"].error == "film.mp4: No space left on device"
    assert (done["fault"].error, done["fault"].is_mistake) == ("KeyError: 'layer'", False)
    assert "in wrong" in done["fault"].traceback
    assert done["good"].value == 9
    with pytest.raises(UserError, match=r"mine: the beat is missing.*the other 1 are done and kept"):
        parallel.values(list(done.values()))


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_killed_process_is_tried_again_and_then_told(tmp_path: Path) -> None:
    once, ever = str(tmp_path / "once"), str(tmp_path / "ever")
    todo = [Job("once", killed, (once, 1)), Job("ever", killed, (ever, 9)), Job("good", square, (2,))]
    done = {one.name: one for one in parallel.run(todo, 2)}
    assert done["once"].value == "survived"
    assert done["ever"].error == "its process was ended (signal 9)"
    assert Path(ever).stat().st_size == 2
    assert done["good"].value == 4


WAITING = """
import os, pathlib, sys, time
from nnanim.parallel import Job, run

def wait(path):
    pathlib.Path(path).write_text(str(os.getpid()))
    time.sleep(600)

if __name__ == "__main__":
    list(run([Job("a", wait, (sys.argv[1],))]))
"""


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="/proc")
def test_a_process_ends_with_the_one_that_asked(tmp_path: Path) -> None:
    script, told = tmp_path / "waiting.py", tmp_path / "pid"
    script.write_text(WAITING, "utf-8")
    asking = subprocess.Popen([sys.executable, str(script), str(told)])
    try:
        until(lambda: told.exists() and told.read_text() != "")
    finally:
        asking.kill()
        asking.wait()
    until(lambda: gone(int(told.read_text())))


def until(true: Callable[[], bool]) -> None:
    """Wait until it is; a minute means never."""
    for _ in range(600):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("never")


def test_no_worker_is_a_mistake() -> None:
    with pytest.raises(UserError, match="--jobs 1 or more"):
        list(parallel.run([Job("a", square, (1,))], 0))


def test_the_rest_is_not_begun_once_nobody_listens() -> None:
    running = parallel.run([Job(f"{i}", square, (i,)) for i in range(3)], 1)
    assert next(running).value == 0
    running.close()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="/proc")
def test_processes_without_work_end_while_others_go_on(tmp_path: Path) -> None:
    go = tmp_path / "go"
    running = parallel.run([Job("waits", waits_for, (str(go),)), Job("quick", os.getpid)], 2)
    quick = next(running)
    waiting = threading.Thread(target=lambda: until(lambda: gone(quick.value)) or go.touch())
    waiting.start()
    assert next(running).value == "gone on"
    waiting.join()
    assert list(running) == []


def waits_for(path: str) -> str:
    until(Path(path).exists)
    return "gone on"


def gone(process: int) -> bool:
    status = Path("/proc") / str(process) / "status"
    return not status.exists() or "(zombie)" in status.read_text()


def test_a_cluster_gives_the_same(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, protocol="tcp"
    ) as cluster:
        todo = [Job("a", square, (4,)), Job("b", wrong, ("mine",))]
        done = {one.name: one for one in parallel.run_on(cluster.scheduler_address, todo)}
    assert done["a"].value == 16
    assert done["b"].error == "the beat is missing"


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(parallel, "ANSWER", 1)
    with pytest.raises(UserError, match=r"no Dask scheduler answers at tcp://127"):
        list(parallel.run_on("tcp://127.0.0.1:9", [Job("a", square, (1,))]))


def test_films_of_any_size_are_encoded_by_one_thread_unless_asked_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: dict[str, tuple[str, ...]] = {}

    def make(jobs: list[FilmJob], *where: object) -> dict[str, FilmResult]:
        asked.update({job.name: job.flags for job in jobs})
        return {job.name: FilmResult("film.mp4", (), "", 1.0, 15) for job in jobs}

    monkeypatch.setattr(many, "make", make)
    words = ["noise", "vae", "--jobs", "2", "-q", "h", "--encoder-option", "threads=3"]
    assert (
        CliRunner().invoke(import_module("nnanim.cli.movie").movie, words, catch_exceptions=False).exit_code
        == 0
    )
    for flags in asked.values():
        assert flags.index("threads=1") < flags.index("threads=3")  # the last one counts
