"""A headless Chromium, driven over WebDriver's HTTP interface with the standard library alone.

Source: W3C, "WebDriver".
"""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from decks import CURE

DRIVER = shutil.which("chromedriver")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

needs_chromium = pytest.mark.skipif(
    DRIVER is None or CHROMIUM is None,
    reason=f"NO BROWSER: decks were not played. {CURE}",
)


class Browser:
    """One window; ``quit`` ends it."""

    def __init__(
        self, profile: Path, width: int = 1280, height: int = 720, flags: Sequence[str] = ()
    ) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._url = f"http://127.0.0.1:{port}"
        self._driver = subprocess.Popen(
            [str(DRIVER), f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        flags = [
            *flags,
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            f"--window-size={width},{height}", f"--user-data-dir={profile}",
            "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-default-apps", "--hide-scrollbars",
        ]  # fmt: skip
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": flags, "binary": CHROMIUM},
            "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"},
        }
        self._wait_for_driver()
        self._session = ""
        made = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"/session/{made['sessionId']}"

    def _wait_for_driver(self) -> None:
        for _ in range(300):
            try:
                if json.load(urllib.request.urlopen(f"{self._url}/status", timeout=5))["value"]["ready"]:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise RuntimeError("chromedriver does not answer")

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, method=method)
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from None

    def open(self, page: Path | str, wish: str = "") -> None:
        """Open a file, or an address; ``wish`` is what stands behind it, such as ``#beat=sum``."""
        url = page.as_uri() if isinstance(page, Path) else page
        self._ask("POST", f"{self._session}/url", {"url": url + wish})

    def run(self, script: str, *args: Any) -> Any:
        """What a function with this body returns."""
        return self._ask("POST", f"{self._session}/execute/sync", {"script": script, "args": list(args)})

    def until(self, script: str, seconds: float = 30) -> Any:
        """What the expression gives as soon as it is true."""
        end = time.monotonic() + seconds
        while not (value := self.run(f"return {script}")):
            if time.monotonic() > end:
                raise AssertionError(f"never true: {script}")
            time.sleep(0.05)
        return value

    def press(self, key: str) -> None:
        """Press one key, as a person would."""
        down = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        action = {"type": "key", "id": "keys", "actions": down}
        self._ask("POST", f"{self._session}/actions", {"actions": [action]})

    def mouse(self, x: float, y: float, *, click: bool = False, kind: str = "mouse") -> None:
        """Move the mouse, or a finger (``touch``), to a point of the window, and press there."""
        steps: list[dict[str, Any]] = [{"type": "pointerMove", "duration": 0, "x": round(x), "y": round(y)}]
        if click:
            steps += [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        moved = {"type": "pointer", "id": kind, "parameters": {"pointerType": kind}, "actions": steps}
        self._ask("POST", f"{self._session}/actions", {"actions": [moved]})

    def drag(self, places: list[tuple[int, int]]) -> None:
        """Press the mouse at the first place, move it over the others, and let go."""
        first, *others = [{"type": "pointerMove", "duration": 30, "x": x, "y": y} for x, y in places]
        down, up = {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}
        actions = [first, down, *others, up]
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions}
        self._ask("POST", f"{self._session}/actions", {"actions": [mouse]})

    def swipe(self, from_x: int, to_x: int, y: int = 300) -> None:
        """Draw a finger over the screen."""
        moves = [
            {"type": "pointerMove", "duration": 0, "x": from_x, "y": y},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerMove", "duration": 150, "x": to_x, "y": y},
            {"type": "pointerUp", "button": 0},
        ]
        finger = {"type": "pointer", "id": "finger", "parameters": {"pointerType": "touch"}, "actions": moves}
        self._ask("POST", f"{self._session}/actions", {"actions": [finger]})

    def size(self, width: int, height: int) -> None:
        """Give the window another size."""
        self._ask("POST", f"{self._session}/window/rect", {"width": width, "height": height})

    def windows(self) -> list[str]:
        handles: list[str] = self._ask("GET", f"{self._session}/window/handles")
        return handles

    def switch(self, handle: str) -> None:
        self._ask("POST", f"{self._session}/window", {"handle": handle})

    def picture(self, path: Path) -> Path:
        path.write_bytes(base64.b64decode(self._ask("GET", f"{self._session}/screenshot")))
        return path

    def requests(self) -> list[str]:
        """Addresses of everything that was asked for since the last look."""
        rows = self._ask("POST", f"{self._session}/se/log", {"type": "performance"})
        events = [json.loads(row["message"])["message"] for row in rows]
        return [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def complaints(self) -> list[str]:
        """Errors that the page made."""
        rows = self._ask("POST", f"{self._session}/se/log", {"type": "browser"})
        return [row["message"] for row in rows if row["level"] == "SEVERE"]

    def quit(self) -> None:
        try:
            if self._session:
                self._ask("DELETE", self._session)
        finally:
            self._driver.terminate()
            self._driver.wait(10)
