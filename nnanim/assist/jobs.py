"""Commands that run beside the server: with a time limit, with progress, and stopped when nobody waits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import Process

Report = Callable[[float, float, str], Awaitable[None]]
"""Gets the seconds that have gone by, the seconds that there are, and the last line that was printed."""

QUIET = {"CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "NO_COLOR": "1"}
"""Environment of every command: it computes on the CPU, and asks no hub."""

TEMPORARY = ("TMPDIR", "TEMP", "TMP")
"""Variables that say where temporary files lie."""

HINTS = {
    "CUDA": "the server computes on the CPU: leave out .cuda() and device='cuda'",
    "offline mode": "the server is offline: keep the model in the folder",
    "No module named": "install the package into the server's Python, or do without it",
}
"""What to do about errors of libraries, by a word of theirs."""


@dataclass(frozen=True)
class CommandResult:
    """How a command ended.

    Attributes:
        code: its exit code; None where the time was up.
        output: what it printed.
        errors: what it printed on stderr.
    """

    code: int | None
    output: str
    errors: str

    def line(self) -> str:
        """What went wrong, in one line, with a hint where there is one."""
        if self.code is None:
            return self.errors
        lines = [one for one in self.errors.splitlines() if one.startswith("nnanim: ")]
        said = (lines or self.errors.strip().splitlines() or ["it ended without a word"])[-1]
        hint = next((hint for word, hint in HINTS.items() if word in said), "")
        return said.removeprefix("nnanim: ") + (f"; {hint}" if hint else "")


async def run(words: Sequence[str], folder: Path, limit: float, report: Report) -> CommandResult:
    """Run a command of nnanim in a folder.

    Args:
        words: the command and its arguments.
        folder: where it runs, and where its code may write, but for temporary files.
        limit: seconds until it is stopped.
        report: told of the progress once a second.
    """
    # A folder of its own for temporary files: that of the machine may hold the user's.
    with tempfile.TemporaryDirectory(prefix="nnanim-", ignore_cleanup_errors=True) as own:
        environment = {**os.environ, **QUIET, **dict.fromkeys(TEMPORARY, own)}
        return await _run(words, folder, limit, report, environment)


async def _run(
    words: Sequence[str], folder: Path, limit: float, report: Report, environment: Mapping[str, str]
) -> CommandResult:
    command = [sys.executable, "-m", "nnanim.assist.work", str(folder), *words]
    process = await anyio.open_process(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
    )
    texts: dict[str, list[str]] = {"output": [], "errors": []}
    try:
        with anyio.move_on_after(limit) as scope:
            async with anyio.create_task_group() as group:
                group.start_soon(_tell, texts["errors"], limit, report)
                async with anyio.create_task_group() as readers:
                    readers.start_soon(_read, process.stdout, texts["output"])
                    readers.start_soon(_read, process.stderr, texts["errors"])
                await process.wait()
                group.cancel_scope.cancel()
        if scope.cancelled_caught and process.returncode is None:
            return CommandResult(
                None, "", f"it took more than {limit:g} s and was stopped: is there an endless loop?"
            )
        return CommandResult(process.returncode, "".join(texts["output"]), "".join(texts["errors"]))
    finally:
        _stop(process)
        with anyio.CancelScope(shield=True):
            await process.aclose()


async def _read(stream: Any, into: list[str]) -> None:
    async for some in stream:
        into.append(some.decode("utf-8", "replace"))


async def _tell(errors: list[str], limit: float, report: Report) -> None:
    start = anyio.current_time()
    while True:
        lines = "".join(errors).strip().splitlines()
        await report(anyio.current_time() - start, limit, lines[-1][-200:] if lines else "")
        await anyio.sleep(1.0)


def _stop(process: Process) -> None:
    """End the process and what it started."""
    if process.returncode is not None:
        return
    if hasattr(os, "killpg"):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
    else:
        process.kill()
