"""The server of a live scene: it answers pages of this machine that know a secret."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import itertools
import logging
import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Origin

from nnanim.errors import UserError
from nnanim.live.pages import read_pages
from nnanim.live.session import LiveSession, Message

HOST = "127.0.0.1"
"""This machine alone."""

MAX_MESSAGE = 12_000_000
"""Maximum size of a message of a page: a picture, as base64."""

MAX_PAGES = 32
"""Maximum number of pages at once."""

_log = logging.getLogger("nnanim.live")
_log.addHandler(logging.NullHandler())
# Whoever scans the port, or closes a tab, is nothing to be told of; manim prints what reaches the root.
_log.propagate = False


def bind(port: int) -> socket.socket:
    """A socket of this machine alone that listens at a port; 0 takes any that is free.

    Raises:
        UserError: the port is in use or not allowed.
    """
    listener = socket.socket()
    # A port that was just left may be taken again; on Windows this would share one that is in use.
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(16)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(
            f"port {port} cannot be used ({reason}); leave out --port, and a free one is taken"
        ) from None
    return listener


@dataclass(eq=False)
class Outbox:
    """What one page is to be sent: of each kind, the newest message."""

    waiting: dict[str, Message] = field(default_factory=dict)
    wakes: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, kind: str, message: Message) -> None:
        """Send a message as soon as can be, instead of an older one of its kind."""
        self.waiting.pop(kind, None)
        self.waiting[kind] = message
        self.wakes.set()

    async def empty_into(self, connection: ServerConnection) -> None:
        """Send what there is, for ever."""
        while True:
            await self.wakes.wait()
            self.wakes.clear()
            while self.waiting:
                kind = next(iter(self.waiting))
                await connection.send(self.waiting.pop(kind))


class LiveServer:
    """Serves a session at an address that holds a secret.

    Attributes:
        token: the secret.
        port: where it listens.
    """

    def __init__(self, session: LiveSession, listener: socket.socket, token: str | None = None) -> None:
        """Prepare a server.

        Args:
            session: what is shown.
            listener: from `bind`.
            token: the secret; by default a new one.
        """
        self._session, self._listener = session, listener
        self.token = token or secrets.token_urlsafe(24)
        self.port: int = listener.getsockname()[1]
        self._hosts = (f"{HOST}:{self.port}", f"localhost:{self.port}")
        self._pages = read_pages()
        self._numbers = itertools.count()
        self._open = 0

    @property
    def address(self) -> str:
        """What a browser opens."""
        return f"http://{HOST}:{self.port}/{self.token}/"

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Serve until it is cancelled.

        Args:
            ready: called when pages can be opened.
        """
        async with self.start():
            ready()
            await asyncio.get_running_loop().create_future()

    def start(self) -> contextlib.AbstractAsyncContextManager[Server]:
        """The server, as an asynchronous context."""
        return serve(
            self._talk,
            sock=self._listener,
            origins=[Origin(f"http://{host}") for host in self._hosts],
            process_request=self._answer,
            compression=None,
            max_size=MAX_MESSAGE,
            server_header=None,
            logger=_log,
        )

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """A file of the page; None for a connection that is to stay, of which the origin is checked next."""
        host = request.headers.get_all("Host")
        if len(host) != 1 or host[0] not in self._hosts:
            return self._refuse(HTTPStatus.FORBIDDEN, "this server answers under its own address alone")
        _, token, name = [*request.path.split("?")[0].split("/", 2), "", ""][:3]
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            return self._refuse(
                HTTPStatus.FORBIDDEN, "this address lacks the secret that nnanim live printed"
            )
        if name == "talk":
            if request.headers.get_all("Origin") == []:
                return self._refuse(HTTPStatus.FORBIDDEN, "a page says where it comes from")
            full = self._open >= MAX_PAGES
            return self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "too many pages are open") if full else None
        if name not in self._pages:
            return self._refuse(HTTPStatus.NOT_FOUND, "there is no such file")
        kind, content = self._pages[name]
        return Response(200, "OK", self._headers(kind, len(content)), content)

    def _refuse(self, status: HTTPStatus, why: str) -> Response:
        body = f"{why}\n".encode()
        return Response(status, status.phrase, self._headers("text/plain; charset=utf-8", len(body)), body)

    def _headers(self, kind: str, length: int) -> Headers:
        sockets = " ".join(f"ws://{host}" for host in self._hosts)
        policy = (
            f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
            f"connect-src 'self' {sockets}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        return Headers(
            {
                "Content-Type": kind,
                "Content-Length": str(length),
                "Content-Security-Policy": policy,
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                "Cache-Control": "no-store",
                "Connection": "close",
            }
        )

    async def _talk(self, connection: ServerConnection) -> None:
        """One page, from its first message to its last."""
        number, outbox = next(self._numbers), Outbox()
        loop = asyncio.get_running_loop()

        def send(kind: str, message: Message) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended, and this page with it
                loop.call_soon_threadsafe(outbox.put, kind, message)

        self._open += 1
        sender = asyncio.create_task(outbox.empty_into(connection))
        try:
            await asyncio.to_thread(self._session.join, number, send)
            async for text in connection:
                self._session.hear(number, text)
        except ConnectionClosed:
            pass
        finally:
            self._open -= 1
            self._session.leave(number)
            sender.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionClosed):
                await sender
