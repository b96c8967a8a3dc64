"""What a notebook shows: the player, in a page of its own or as a widget; or a picture of what rests."""

from __future__ import annotations

import base64
import html
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import examples
import numpy as np
import pytest
from browser import Browser, needs_chromium
from PIL import Image

import nnanim
from nnanim.beats import Beat, Story
from nnanim.errors import UserError
from nnanim.marks import Row, Units, Wires
from nnanim.motions import Flow
from nnanim.notebook import show
from nnanim.web import decode_film
from nnanim.web.page import PageSettings
from nnanim.web.text import read_bytes


def one_wire(says: str = "It travels.") -> Story:
    """Two neurons and a faint wire, along which one signal travels; and what it has become."""
    x = Units([0.9], key="x", limit=1, numbers=False)
    y = Units([0.5], key="y", limit=1, numbers=False)
    wires = Wires([[0.1]], x, y, key="w", limit=5)
    motion = Flow("w", np.array([[0.6]]), np.array([0.9]), limit=1, seconds=1.5)
    beats = [
        Beat(says, Row(x, wires, y), motion=motion, pause=0.4, id="go"),
        Beat("There it is.", Row(x, wires, y), pause=0.4, id="there"),
    ]
    return Story.from_beats(beats, "One wire")


def page_in(text: str) -> str:
    (page,) = re.findall(r'<iframe srcdoc="([^"]*)"', text)
    return html.unescape(page)


def film_in(page: str) -> bytes:
    return read_bytes(page.partition('id="film">')[2].partition("<")[0])


def test_a_notebook_gets_a_player_that_needs_no_net() -> None:
    story = one_wire()
    for thing in (story, iter(story.beats), list(story.beats), story.beats[0]):
        text = show(thing, width_px=640, pace=4)._repr_html_()
        page = page_in(text)
        begin = json.loads(page.partition('id="settings">')[2].partition("</script>")[0])
        assert begin == PageSettings("en", "dark", cover=begin["cover"], pace=4.0, hash=False).values()
        assert decode_film(film_in(page)).cuts[0].beats[0].sentence == "It travels."
        assert 'width="640" height="452"' in text and "connect-src 'none'" in page


def test_a_notebook_gets_a_picture_of_what_does_not_move() -> None:
    for thing in (examples.mark("Grid"), Row(examples.mark("Units"), examples.mark("Bars"))):
        shown = show(thing, width_px=320)
        assert shown._repr_html_().startswith("<img") and "base64," in shown._repr_html_()
        assert Image.open(io.BytesIO(shown._repr_png_())).size == (320, 180)


def test_a_story_where_nothing_plays_is_seen_as_a_sheet() -> None:
    story = Story.from_beats(list(examples.story().beats[:4]), card=False)
    assert Image.open(io.BytesIO(show(story, width_px=320)._repr_png_())).size == (
        2 * 160 + 3 * 14,
        2 * 98 + 3 * 14,
    )


def test_a_notebook_speaks_as_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNANIM_LANG", "ja")
    monkeypatch.setenv("NNANIM_THEME", "light")
    shown = show(one_wire())
    assert (shown.settings.lang, shown.settings.theme.name) == ("ja", "light")
    assert decode_film(shown.film).cuts[0].ground == "#FFFFFF"
    assert show(one_wire(), lang="en").settings.lang == "en"


def test_what_a_notebook_shows_can_be_kept(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    shown = show(one_wire(), width_px=160, pace=4)
    with av.open(shown.save(tmp_path / "a.mp4")) as film:
        assert film.streams.video[0].width == 160
    with Image.open(shown.save(tmp_path / "a.png")) as picture:
        assert picture.width == 2 * 80 + 3 * 14
    page = shown.save(tmp_path / "a.html").read_text(encoding="utf-8")
    kept = film_in(page)  # bytes of 0 may follow, as its reader says
    assert kept.startswith(shown.film) and not any(kept[len(shown.film) :])
    assert "<title>One wire</title>" in page
    with pytest.raises(UserError, match=r"has .mpg; one of .html, .mp4, .gif, .png, .svg, .pdf wanted"):
        shown.save(tmp_path / "a.mpg")


def test_what_cannot_be_shown_is_told() -> None:
    def perceptron() -> None:
        """Stands for a story that was not called."""

    for thing, says in (
        (3, "int"),
        ("story", "str"),
        (perceptron, r"show\(perceptron\(trace\)\)"),
        ([], "no beats"),
    ):
        with pytest.raises(UserError, match=says):
            show(thing)
    with pytest.raises(UserError, match="nearest: 'dark'"):
        show(one_wire(), theme="drak")


def test_a_trace_without_layers_is_no_story() -> None:
    with pytest.raises(UserError, match="the trace has no graph of layers"):
        show(nnanim.Trace.of({"loss": np.zeros(3)}))


def test_a_player_needs_neither_matplotlib_nor_manim() -> None:
    code = (
        "import sys, nnanim; from nnanim.scene import bare, loader\n"
        "with bare.without_manim(): story = loader.build_story('noise')\n"
        "nnanim.show(story)._repr_html_()\n"
        "print([name for name in ('matplotlib', 'manim', 'av', 'anywidget') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_without_its_extra_a_widget_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "nnanim.notebook.widget", raising=False)
    with pytest.raises(UserError, match=re.escape("run: pip install 'nnanim[notebook]'")):
        show(one_wire()).widget()


def test_a_widget_carries_the_film_and_takes_another() -> None:
    pytest.importorskip("anywidget")
    shown = show(one_wire(), theme="light", width_px=640)
    widget = shown.widget()
    assert widget.film == shown.film and widget.height == shown.height
    assert widget.settings == {**PageSettings("en", "light", cover="there").values(), "hash": False}
    widget.update(one_wire("It goes."))
    cut = decode_film(widget.film).cuts[0]
    assert cut.beats[0].sentence == "It goes." and cut.ground == "#FFFFFF"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    made = Browser(tmp_path_factory.mktemp("profile"))
    yield made
    made.quit()


@needs_chromium
def test_the_player_plays_in_a_cell(browser: Browser, tmp_path: Path) -> None:
    cell = tmp_path / "cell.html"
    text = show(one_wire(), width_px=640)._repr_html_()
    cell.write_text(f"<!doctype html><style>body {{ width: 500px }}</style>{text}", encoding="utf-8")
    browser.open(cell)
    inside = "document.querySelector('iframe').contentWindow.nnanim"
    browser.until(f"{inside} && {inside}.player.cut")
    ink = "(c) => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
    seen = f"({ink})({inside}.player.canvas) > 9"
    browser.until(seen)  # before anybody clicks: the beat that stands for the film
    browser.run(f"{inside}.player.play()")
    browser.until(f"{inside}.player.seconds > 0.3 && {inside}.player.beat === 0")
    assert browser.run("return document.querySelector('iframe').getBoundingClientRect().width") <= 500
    assert browser.run(f"return {seen}")
    assert browser.complaints() == []


MODEL = """
<!doctype html><input id="other"><div id="place"></div><script type="module">
const {render} = (await import(URL.createObjectURL(new Blob([@script@], {type: "text/javascript"})))).default;
const heard = {};
const bytes = (text) => new DataView(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)).buffer);
window.model = {
  values: {...@values@, film: bytes(@film@)}, sent: [],
  get(name) { return this.values[name]; },
  set(values) { Object.assign(this.values, values); this.sent.push(values); },
  save_changes() {},
  on(name, act) { heard[name] = act; },
  off(name) { delete heard[name]; },
  change(name, value) {
    this.values[name] = name === "film" ? bytes(value) : value;
    heard["change:" + name]?.();
  },
};
window.close_it = render({model, el: document.getElementById("place")});
window.heard = heard;
document.title = "ready";
</script>
"""


@needs_chromium
def test_a_widget_leads_and_follows_the_film(browser: Browser, tmp_path: Path) -> None:
    pytest.importorskip("anywidget")
    widget = show(one_wire(), width_px=640).widget()
    values = {"settings": widget.settings, "height": widget.height, "beat": "", "playing": False}
    text = MODEL.replace("@script@", json.dumps(str(widget._esm)).replace("<", "\\u003c"), 1)
    text = text.replace("@values@", json.dumps(values), 1)
    film = base64.b64encode(widget.film).decode()
    page = tmp_path / "model.html"
    page.write_text(
        f"<style>{widget._css}</style>{text.replace('@film@', json.dumps(film), 1)}", encoding="utf-8"
    )
    browser.open(page)
    browser.until("document.title === 'ready' && document.querySelector('.contents li')")
    browser.run("model.change('beat', 'there')")
    live = "document.querySelector('[aria-live]').textContent"
    browser.until(f"{live} === 'There it is.' && model.values.beat === 'there'")
    browser.run("document.querySelectorAll('.contents li button')[0].click()")
    browser.until("model.values.beat === 'go' && model.values.playing")
    browser.run("model.change('playing', false)")
    browser.until("document.querySelector('[data-name=play]').ariaLabel === 'Play'")
    widget.update(one_wire("It goes."))
    browser.run("model.change('film', arguments[0])", base64.b64encode(widget.film).decode())
    browser.until(f"{live} === 'It goes.'")
    # Keys that are pressed elsewhere in the notebook are not the player's.
    browser.run("document.getElementById('other').focus(); document.title = 'mine'")
    browser.press(" ")
    assert browser.run("return [model.values.playing, document.title]") == [False, "mine"]
    browser.run("close_it()")
    assert browser.run("return Object.keys(heard).length") == 0 and browser.complaints() == []


def test_where_no_page_is_shown_a_line_says_what_it_is() -> None:
    film = repr(nnanim.show(examples.story(), lang="en"))
    assert film.endswith("beats; .save('film.html') writes it") and "\n" not in film and len(film) < 150
    assert repr(nnanim.show(examples.network()[0])).endswith("a picture; .save('picture.png') writes it")
