"""A live scene that is served for a test, and a client for it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from websockets.sync.client import ClientConnection, connect

from nnanim.live.film import LiveFilm
from nnanim.live.server import LiveServer, bind
from nnanim.live.session import LiveSession
from nnanim.live.state import LiveState
from nnanim.scene.source import StorySource
from nnanim.web import WebFilm, decode_film


@contextmanager
def serving(
    kind: type[StorySource], options: Mapping[str, Any] | None = None, **look: str
) -> Iterator[LiveServer]:
    """A server in a thread of its own."""
    session = LiveSession(LiveFilm(kind, options), LiveState(**look))
    server = LiveServer(session, bind(0))
    ready, ends = threading.Event(), list[Callable[[], object]]()

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        ends.append(lambda: loop.call_soon_threadsafe(stop.set))
        task = asyncio.create_task(server.run(ready.set))
        await stop.wait()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield server
    finally:
        ends[0]()
        thread.join(10)
        session.stop()


class Client:
    """A page, as far as the server knows."""

    def __init__(self, server: LiveServer, **options: Any) -> None:
        host = f"127.0.0.1:{server.port}"
        options = {"origin": f"http://{host}", "max_size": None, **options}
        self._ends = ExitStack()
        self._connect = connect(f"ws://{host}/{server.token}/talk", **options)

    def __enter__(self) -> Client:
        self.socket: ClientConnection = self._ends.enter_context(self._connect)
        return self

    def __exit__(self, *error: object) -> None:
        self._ends.close()

    def send(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))

    def receive(self, seconds: float = 30) -> tuple[dict[str, Any], WebFilm | None]:
        """The next message, and the film behind it."""
        data = self.socket.recv(seconds)
        if isinstance(data, str):
            return json.loads(data), None
        length = int.from_bytes(data[:4], "little")
        return json.loads(data[4 : 4 + length]), decode_film(data[4 + length :])

    def wait(self, kind: str, **values: Any) -> tuple[dict[str, Any], WebFilm | None]:
        """The next message of a kind in which some values stand."""
        while True:
            message, film = self.receive()
            if message["type"] == kind and all(message.get(name) == value for name, value in values.items()):
                return message, film
