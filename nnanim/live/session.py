"""What the open pages of a live scene share: one state, one picture, and whatever is said of them."""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from nnanim.beats import Story
from nnanim.controls import Control, Pad, Slider
from nnanim.errors import UserError
from nnanim.live.film import LiveFilm, Shown
from nnanim.live.morph import make_still
from nnanim.live.state import LiveState
from nnanim.live.worker import Busy, Listing, LiveWorker, Note
from nnanim.marks import Frame
from nnanim.style import FRAMES
from nnanim.theme import THEMES
from nnanim.web import FilmCut, encode_film
from nnanim.words import available_languages

LENGTH = struct.Struct("<I")
"""Before a film: the number of bytes of the JSON that comes first."""

Message = str | bytes
Send = Callable[[str, Message], None]


class LiveSession:
    """The state that all pages see; a page is a function that sends it a message under a kind.

    Of two messages of one kind to one page, the later one says all that the earlier one said.

    Attributes:
        first: why there is nothing to be seen at first; empty where there is.
    """

    def __init__(self, film: LiveFilm, state: LiveState) -> None:
        """Begin to compute what is seen first.

        Args:
            film: what is shown.
            state: what everything starts with.
        """
        self.title = film.kind.__name__
        self.controls: Mapping[str, Control] = film.controls
        self._film, self._state = film, state
        self._lock = threading.RLock()
        self._pages: dict[int, Send] = {}
        self._shown: Shown | None = None
        self._note = ""
        self.first: Future[str] = Future()
        self._worker = LiveWorker(film, self._report)
        self._worker.start()
        self._worker.want(state)

    def join(self, page: int, send: Send) -> None:
        """Tell a new page everything."""
        with self._lock:
            self._pages[page] = send
            send("you", _to_json(type="you", page=page))
            send("hello", self._hello())
            if self._shown is not None:
                rest = make_still(self._shown.take.beat, self._shown.take.frame)
                send("show", encode_shown(replace(self._shown, take=rest, seconds={}), self.controls))
            if self._note:
                send("note", self._say_note(""))

    def leave(self, page: int) -> None:
        """Forget a page."""
        with self._lock:
            self._pages.pop(page, None)

    def hear(self, page: int, text: Message) -> None:
        """Do what a message of a page asks for; one that asks for nonsense is answered with a note."""
        with self._lock:
            try:
                message = parse_message(text)
                state = self._state.with_message(message, self.controls)
            except UserError as error:
                if page in self._pages:
                    name = message.get("name", "") if isinstance(message := _try_parse(text), dict) else ""
                    self._pages[page]("note", _to_json(type="note", text=str(error), about=name))
                return
            other_language = state.lang != self._state.lang
            self._state = state
            self._tell("hello" if other_language else "state", self._hello() if other_language else "", page)
            self._worker.want(state)

    def stop(self) -> None:
        """End the worker."""
        self._worker.stop()

    def _tell(self, kind: str, text: Message, page: int = -1) -> None:
        """Send a message to all pages: by default the state, which ``page`` has asked for."""
        for send in list(self._pages.values()):
            send(kind, text or self._say_state(page))

    def _hello(self) -> str:
        lang = self._state.lang
        controls = [{"name": name, **one.describe(lang)} for name, one in self.controls.items()]
        return _to_json(
            type="hello", controls=controls, streams=self._film.streams, languages=available_languages(),
            themes=[name for name, one in THEMES.items() if one.opaque], frames=list(FRAMES),
            **self._describe_state(),
        )  # fmt: skip

    def _say_state(self, page: int) -> str:
        return _to_json(type="state", page=page, **self._describe_state())

    @property
    def values(self) -> dict[str, Any]:
        """The value of each control, as pages are told it."""
        state = self._state
        return {
            name: one.show(state.values[name] if name in state.values else one.start(state.lang))
            for name, one in self.controls.items()
        }

    def _describe_state(self) -> dict[str, Any]:
        state = self._state
        look = {name: getattr(state, name) for name in ("lang", "theme", "frame")}
        return {"values": self.values, **look, "changes": state.changes}

    def _say_note(self, about: str) -> str:
        return _to_json(type="note", text=self._note, about=about)

    def _report(self, what: Shown | Note | Busy | Listing) -> None:
        """Receive what the worker has done, in its thread."""
        message = encode_shown(what, self.controls) if isinstance(what, Shown) else b""
        with self._lock:
            if isinstance(what, Busy):
                self._tell("busy", _to_json(type="busy", changes=self._state.changes))
            elif isinstance(what, Listing):
                if self._shown is not None:
                    self._shown = replace(self._shown, beats=what.beats)
                self._tell("beats", _to_json(type="beats", beats=what.beats))
            else:
                self._note = what.text if isinstance(what, Note) else ""
                if isinstance(what, Shown):
                    self._shown = what
                    self._tell("show", message)
                self._tell("note", self._say_note(""))
                if not self.first.done():
                    self.first.set_result(self._note)


def encode_shown(shown: Shown, controls: Mapping[str, Control]) -> bytes:
    """What a page draws: the length of a JSON header, the header, and a film of one beat."""
    take = shown.take
    cut = FilmCut(Story(shown.title, (take.beat,)), take.frame.style, takes=[take], rate=shown.rate)
    header = _to_json(
        type="show", title=shown.title, beat=shown.state.beat, beats=shown.beats, changes=shown.state.changes,
        areas=find_areas(take.frame, controls),
        seconds={name: round(value, 5) for name, value in shown.seconds.items()},
    ).encode()  # fmt: skip
    return LENGTH.pack(len(header)) + header + encode_film([cut], origins=False)


def find_areas(frame: Frame, controls: Mapping[str, Control]) -> list[dict[str, Any]]:
    """Marks of the stage on which controls can be set: where each stands, its limits, and the controls.

    A box is middle x and y, width and height, in frame units; ``both``, ``x`` and ``y`` name controls.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, control in controls.items():
        key = control.mark if isinstance(control, Pad | Slider) else ""
        if key not in frame.placed:
            continue
        placed = frame[key]
        limits = {axis: getattr(placed.mark, f"{axis}_limits", None) for axis in "xy"}
        if None in limits.values():
            continue
        left, right, bottom, top = frame.zoom.room(
            (
                placed.x - placed.w / 2,
                placed.x + placed.w / 2,
                placed.y - placed.h / 2,
                placed.y + placed.h / 2,
            )
        )
        box = (left + right) / 2, (bottom + top) / 2, right - left, top - bottom
        area = found.setdefault(key, {"box": [round(one, 4) for one in box], "limits": limits})
        area[control.axis if isinstance(control, Slider) else "both"] = name
    return list(found.values())


def parse_message(text: Message) -> Any:
    """The message of a page.

    Raises:
        UserError: it is no JSON.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise UserError("a message is JSON") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _try_parse(text: Message) -> Any:
    try:
        return parse_message(text)
    except UserError:
        return None


def _to_json(**values: Any) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
