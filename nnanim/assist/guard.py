"""A guard around code that an assistant wrote: it writes in one folder, starts no process and stays offline.

It catches what is done by mistake. It is no wall against malice: code that wants to get out finds a way, as
with any scene that is run. Only what the folder's own code does is refused; nnanim and its libraries keep
their caches.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Any

from nnanim.errors import UserError, quote

NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.bind", "urllib.Request")
PROCESSES = ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.fork")
CHANGES = (
    "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.truncate",
    "shutil.rmtree", "shutil.move", "shutil.copyfile", "shutil.unpack_archive",
)  # fmt: skip
"""Audit events that change files; all their arguments that are paths must lie inside."""

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Guard:
    """What code of a folder may do; `install` lets it watch until the process ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = os.path.realpath(folder)
        self.inside = (self.folder, os.path.realpath(tempfile.gettempdir()))

    def install(self) -> None:
        """Watch from now on."""
        sys.addaudithook(self._audit)

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = args
            writes = bool(flags & WRITING) if isinstance(flags, int) else any(c in str(mode) for c in "wax+")
            if writes and not self._may_write(path) and self._is_own_code():
                raise UserError(f"{quote(os.fspath(path))}: a scene may write in {self.folder} alone")
        elif event in CHANGES:
            paths = [one for one in args if isinstance(one, str | bytes | os.PathLike)]
            outside = [one for one in paths if not self._may_write(one)]
            if outside and self._is_own_code():
                raise UserError(
                    f"{quote(os.fspath(outside[0]))}: a scene may change files in {self.folder} alone"
                )
        elif event in NETWORK and self._is_own_code():
            raise UserError("a scene may not go online: keep the model and the data in its folder")
        elif event in PROCESSES and self._is_own_code():
            raise UserError("a scene may not start another process")

    def _may_write(self, path: Any) -> bool:
        if isinstance(path, int):  # an open file
            return True
        whole = os.path.realpath(os.fsdecode(path))
        return whole in (os.devnull,) or any(
            whole == place or whole.startswith(place + os.sep) for place in self.inside
        )

    def _is_own_code(self) -> bool:
        """Whether code of the folder asks; what a library does while it is imported is its own."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            file = frame.f_code.co_filename
            if file.startswith("<frozen importlib"):
                return False
            # What is called <frozen runpy> or <string> is no file, and would be taken for one of the folder.
            if file[:1] != "<" and os.path.realpath(file).startswith(self.folder + os.sep):
                return True
            frame = frame.f_back
        return False
