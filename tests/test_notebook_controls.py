"""A scene in a notebook with its controls: a change runs its model in the kernel."""

from __future__ import annotations

import base64
import json
import queue
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import live_scenes
import pytest
from browser import Browser, needs_chromium

from nnanim.errors import UserError
from nnanim.notebook import show
from nnanim.web import decode_film

pytest.importorskip("anywidget")

from nnanim.notebook.controls import ControlWidget


class Kernel:
    """A widget and what it says to its cells."""

    def __init__(self, **settings: Any) -> None:
        self.said: queue.Queue[str | bytes] = queue.Queue()
        self.widget: Any = show(live_scenes.Adder, width_px=960, **settings).widget()
        self.widget.send = self._keep

    def _keep(self, content: dict[str, Any], buffers: Any = None) -> None:
        self.said.put(buffers[0] if buffers else content["text"])

    def wait(self, kind: str, **has: Any) -> tuple[dict[str, Any], bytes]:
        """The next message of a kind with these values; a film, where it has one."""
        while True:
            message = self.said.get(timeout=60)
            film = b""
            if isinstance(message, bytes):
                (length,) = struct.unpack_from("<I", message)
                message, film = message[4 : 4 + length].decode(), message[4 + length :]
            found = json.loads(message)
            if found["type"] == kind and all(found[name] == value for name, value in has.items()):
                return found, film


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    made = Kernel()
    yield made
    made.widget.close()


def test_a_cell_that_joins_is_told_the_controls_and_what_is_seen(kernel: Kernel) -> None:
    kernel.widget._hear(None, {"join": True}, [])
    controls = kernel.wait("hello")[0]["controls"]
    assert [one["name"] for one in controls] == list(live_scenes.Adder.controls)
    header, film = kernel.wait("show")
    assert header["beat"] == "in" and decode_film(film).cuts[0].beats[0].sentence == "Two numbers go in."


def test_a_change_runs_the_model_and_the_picture_follows(kernel: Kernel) -> None:
    kernel.widget._hear(None, {"join": True}, [])
    kernel.wait("show")
    kernel.widget._hear(None, {"text": json.dumps({"type": "beat", "id": "end"})}, [])
    kernel.wait("show", beat="end")
    kernel.widget.choose("first", 1.5)
    _, film = kernel.wait("show", changes=1)
    told = live_scenes.WEIGHTS @ [1.5, -0.5]
    assert decode_film(film).cuts[0].beats[0].sentence == f"The sum is {told[0]:.2f}."
    assert kernel.widget.values["first"] == 1.5


def test_what_cannot_be_chosen_is_one_line(kernel: Kernel) -> None:
    with pytest.raises(UserError, match="nearest: 'first'"):
        kernel.widget.choose("frist", 1)
    with pytest.raises(UserError, match="2"):
        kernel.widget.choose("first", 9)
    kernel.widget._hear(None, {"join": True}, [])
    kernel.wait("show")
    kernel.widget.choose("mood", "raise")
    assert (
        "ZeroDivisionError" in kernel.wait("note")[0]["text"] or "is broken" in kernel.wait("note")[0]["text"]
    )


def test_a_scene_is_shown_as_its_widget_where_a_kernel_can_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = show(live_scenes.Adder)
    assert "application/vnd.jupyter.widget-view+json" in str(shown._repr_mimebundle_())
    shown.widget().close()
    monkeypatch.setitem(sys.modules, "anywidget", None)
    assert show(live_scenes.Adder)._repr_mimebundle_() is None
    assert "<iframe" in show(live_scenes.Adder)._repr_html_()


CELL = """
<!doctype html><div id="place"></div><script type="module">
const {render} = (await import(URL.createObjectURL(new Blob([@script@], {type: "text/javascript"})))).default;
const bytes = (text) => new DataView(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)).buffer);
let hear = null;
window.sent = [];
const model = {
  get: () => 500, send(content) { sent.push(content); },
  on(name, act) { hear = act; }, off() { hear = null; },
};
window.tell = (text, film) => hear?.(text === null ? {} : {text}, film ? [bytes(film)] : []);
window.close_it = render({model, el: document.getElementById("place")});
document.title = "ready";
</script>
"""


@needs_chromium
def test_a_slider_in_a_cell_moves_what_is_seen(tmp_path: Path, kernel: Kernel) -> None:
    browser = Browser(tmp_path / "profile")
    try:
        script = json.dumps(ControlWidget._esm).replace("<", "\\u003c")
        page = tmp_path / "cell.html"
        style = f"<style>{ControlWidget._css} body {{ color: rgb(1, 2, 3) }}</style>"
        page.write_text(style + CELL.replace("@script@", script, 1), encoding="utf-8")
        browser.open(page)
        browser.until("document.title === 'ready'")

        def carry(until: str) -> None:
            """Carry messages between cell and kernel until something is true."""
            end = time.monotonic() + 60
            while not browser.run(f"return {until}"):
                assert time.monotonic() < end, until
                for content in browser.run("return sent.splice(0)"):
                    kernel.widget._hear(None, content, [])
                while not kernel.said.empty():
                    one = kernel.said.get()
                    film = base64.b64encode(one).decode() if isinstance(one, bytes) else None
                    browser.run("tell(...arguments)", None if film else one, film)

        slider = "document.querySelector('input[type=range]')"
        said = "document.querySelector('.unseen').textContent"
        carry(f"{slider} && {said} === 'Two numbers go in.'")
        browser.run("[...document.querySelectorAll('.ticks button')][2].click()")
        carry(f"{said}.startsWith('The sum is 1.70')")
        browser.run(f"{slider}.value = 1.5; {slider}.dispatchEvent(new Event('input', {{bubbles: true}}))")
        told = live_scenes.WEIGHTS @ [1.5, -0.5]
        carry(f"{said} === 'The sum is {told[0]:.2f}.'")
        ink = "(c) => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
        assert browser.run(f"return ({ink})(document.querySelector('.stage canvas'))") > 9
        # What lies around the cell keeps its look and its keys.
        assert browser.run("return getComputedStyle(document.body).color") == "rgb(1, 2, 3)"
        browser.run("close_it()")
        assert browser.run("return document.getElementById('place').children.length") == 0
        assert browser.complaints() == []
    finally:
        browser.quit()
