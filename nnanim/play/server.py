"""A server on this machine, for one film and the windows in which it is played.

It gives the page, cuts of the film as they are wanted, and a stream of events: that the film is there, that
it changed, and what is wrong with the scene while it is being written.
"""

from __future__ import annotations

import errno
import json
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from nnanim.errors import UserError, message_of, one_line
from nnanim.web.page import PageSettings, format_page

HOST = "127.0.0.1"
"""Nobody but this machine is answered."""

HEARTBEAT = 15.0
"""Seconds between two signs of life: a browser that has gone is noticed."""

END = ("end", None)

PLACES = {"cuts": "/cut", "events": "/events"}


@dataclass(frozen=True)
class CutName:
    """Which cut of a film is wanted.

    Attributes:
        lang, theme, frame: how it is shown.
        beat: id of the one beat that is wanted at once, before the others; empty for the whole film.
    """

    lang: str
    theme: str
    frame: str
    beat: str = ""


class Maker(Protocol):
    """What makes a film that is served: see `nnanim.play.studio.Studio`."""

    version: int
    lang: str
    languages: tuple[str, ...]
    themes: tuple[str, ...]
    frames: tuple[str, ...]

    @property
    def cover(self) -> str:
        """The id of the beat that stands for the film."""

    def reload(self) -> object:
        """Load the film anew."""

    def encode(self, name: CutName, version: int | None = None) -> bytes:
        """A cut of it."""


class FilmServer:
    """Serves the film of a studio; every window sees the same version of it."""

    def __init__(
        self, film: Maker | bytes | None, port: int = 0, settings: PageSettings | None = None
    ) -> None:
        """Open the port; `run` answers.

        Args:
            film: what makes the film, or a film that was encoded; None for what is set as ``studio`` later.
            port: 0 for any that is free.
            settings: how the page begins.

        Raises:
            UserError: the port is in use, or may not be used.
        """
        self.studio: Maker | None = None if isinstance(film, bytes) else film
        self._film = film if isinstance(film, bytes) else None
        self._settings = settings or PageSettings()
        self._windows: set[queue.SimpleQueue[tuple[str, Any]]] = set()
        self._last: tuple[str, Any] | None = None
        self._lock = threading.Lock()
        try:
            self._http = ThreadingHTTPServer((HOST, port), self._handler())
        except OSError as error:
            raise _port_mistake(port, error) from error
        except OverflowError:
            raise UserError(f"--port {port}; 0 to 65535 wanted") from None
        self._http.daemon_threads = True

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return int(self._http.server_address[1])

    @property
    def address(self) -> str:
        """What a browser opens."""
        return f"http://{HOST}:{self.port}/"

    def run(self) -> None:
        """Answer until `close` is called in another thread, or Ctrl+C."""
        try:
            self._http.serve_forever(poll_interval=0.1)
        finally:
            self._http.server_close()

    def close(self) -> None:
        """End `run`, and the streams of all windows."""
        self._http.shutdown()
        with self._lock:
            for window in self._windows:
                window.put(END)

    def load(self) -> bool:
        """Load the scene as it stands in its file and tell all windows; False where it breaks."""
        studio = self.studio
        assert studio is not None, "a film that was encoded is not loaded"
        try:
            studio.reload()
        except Exception as error:
            # While a scene is being written, anything may be wrong with it.
            line = (
                str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {message_of(error)}"
            )
            self._tell("mistake", {"line": one_line(line)})
            return False
        choices = {"lang": studio.languages, "theme": studio.themes, "frame": studio.frames}
        self._tell("film", {"version": studio.version, "cover": studio.cover, "choices": choices})
        return True

    @property
    def mistake(self) -> str:
        """What is wrong with the scene; empty where it was loaded."""
        name, value = self._last or ("", {})
        return str(value["line"]) if name == "mistake" else ""

    def page(self) -> str:
        """The page."""
        served = {} if self._film is not None else PLACES
        return format_page(self._film, replace(self._settings, served=served), title="nnanim")

    def _tell(self, name: str, value: Any) -> None:
        with self._lock:
            self._last = (name, value)
            for window in self._windows:
                window.put((name, value))

    def _listen(self) -> queue.SimpleQueue[tuple[str, Any]]:
        window: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        with self._lock:
            if self._last is not None:
                window.put(self._last)
            self._windows.add(window)
        return window

    def _leave(self, window: queue.SimpleQueue[tuple[str, Any]]) -> None:
        with self._lock:
            self._windows.discard(window)

    def _handler(self) -> Callable[..., BaseHTTPRequestHandler]:
        return type("Handler", (_Handler,), {"film": self})


class _Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    film: FilmServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "nnanim", ""

    def do_GET(self) -> None:
        """Give the page, a cut or the stream of events."""
        place = urlsplit(self.path)
        if self.headers.get("Host") not in (f"{HOST}:{self.film.port}", f"localhost:{self.film.port}"):
            # A page from elsewhere that has given itself our address by its own name server.
            self._answer(HTTPStatus.FORBIDDEN, b"only this machine is answered", "text/plain")
        elif place.path == "/":
            self._answer(HTTPStatus.OK, self.film.page().encode(), "text/html; charset=utf-8")
        elif place.path == PLACES["events"]:
            self._stream()
        elif place.path == PLACES["cuts"]:
            self._cut({key: values[-1] for key, values in parse_qs(place.query).items()})
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"not here", "text/plain")

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not printed."""

    def _cut(self, wanted: dict[str, str]) -> None:
        name = CutName(*(wanted.get(one, "") for one in ("lang", "theme", "frame", "beat")))
        version = wanted.get("version", "")
        studio = self.film.studio
        if studio is None:
            self._answer(HTTPStatus.NOT_FOUND, b"not here", "text/plain")
            return
        try:
            content = studio.encode(name, int(version) if version.isdecimal() else None)
        except UserError as error:
            self._answer(HTTPStatus.CONFLICT, str(error).encode(), "text/plain; charset=utf-8")
            return
        self._answer(HTTPStatus.OK, content, "application/octet-stream")

    def _stream(self) -> None:
        self._begin(HTTPStatus.OK, "text/event-stream", None)
        window = self.film._listen()
        try:
            while True:
                try:
                    name, value = window.get(timeout=HEARTBEAT)
                    if (name, value) == END:
                        return
                    text = f"event: {name}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n"
                except queue.Empty:
                    text = ": here\n\n"
                self.wfile.write(text.encode())
                self.wfile.flush()
        except OSError:
            pass  # the window was closed
        finally:
            self.film._leave(window)

    def _answer(self, status: HTTPStatus, content: bytes, kind: str) -> None:
        try:
            self._begin(status, kind, len(content))
            self.wfile.write(content)
        except OSError:
            self.close_connection = True  # the browser did not wait

    def _begin(self, status: HTTPStatus, kind: str, length: int | None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        if length is None:
            self.send_header("Connection", "close")
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()


def _port_mistake(port: int, error: OSError) -> UserError:
    if error.errno == errno.EADDRINUSE:
        return UserError(f"port {port} is in use; choose another with --port, or leave it out")
    return UserError(f"port {port} cannot be opened: {error.strerror or error}")
