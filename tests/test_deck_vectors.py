"""A deck whose films are drawn by the page: they play, loop, stop and speak as videos do."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from pathlib import Path

import decks
import numpy as np
import pytest
from browser import Browser, needs_chromium
from PIL import Image

from nnanim.film import manifest
from nnanim.style import RenderStyle
from nnanim.theme import by_name

pytestmark = needs_chromium

RIGHT, LEFT, ESCAPE = "\ue014", "\ue012", "\ue00c"

PLACE = "Reveal.getIndices().h"
CANVAS = "Reveal.getCurrentSlide().querySelector('.film > canvas')"
INK = "(canvas) => new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size"

VOICE = """
import io, wave


def narrate(text, lang):
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16000))
    return out.getvalue()
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = decks.lesson(tmp_path_factory.mktemp("page"))
    (path.parent / "voice.py").write_text(VOICE, encoding="utf-8")
    out, result = decks.build(path, "html", "--voice", f"{path.parent / 'voice.py'}:narrate")
    assert result.exit_code == 0, result.output
    return out


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.quit()


@pytest.fixture
def browser(window: Browser, page: Path) -> Browser:
    """The page, freshly opened at its first slide."""
    window.switch(window.windows()[0])
    window.run("location.href = 'about:blank'")
    window.requests(), window.complaints()
    window.open(page)
    window.until("window.Reveal && Reveal.isReady()")
    return window


def at(browser: Browser, place: int) -> None:
    browser.until(f"{PLACE} === {place}")


def hash_of(browser: Browser) -> str:
    """What is on the canvas of the slide, in short."""
    return str(browser.run(f"return {CANVAS}.width + {CANVAS}.toDataURL().slice(-5000)"))


def test_films_play_loop_and_go_on(browser: Browser, page: Path) -> None:
    browser.press(RIGHT)
    at(browser, 2)  # the plan goes on by itself
    first = hash_of(browser)
    browser.until(f"{CANVAS}.width > 900")
    time.sleep(1.2)
    assert hash_of(browser) != first
    browser.press(RIGHT)
    at(browser, 3)
    assert browser.run("return Reveal.getCurrentSlide().textContent.includes('次は何でしょう？')")
    browser.until(f"({INK})(Reveal.getCurrentSlide().querySelector('canvas.still')) > 9")
    browser.press(RIGHT)
    at(browser, 4)
    at(browser, 5)  # the last film goes on by itself
    assert browser.complaints() == []
    assert not list(page.parent.rglob("*.mp4")) and page.stat().st_size < 500_000


def test_a_loop_begins_again(browser: Browser) -> None:
    browser.run("Reveal.slide(2)")
    browser.until(f"{CANVAS}.width > 900")
    assert browser.run(f"return 'loop' in {CANVAS}.dataset")
    seconds = float(browser.run("return Reveal.getCurrentSlide().dataset.seconds"))
    seen = set()
    end = time.monotonic() + 2 * seconds
    while time.monotonic() < end:
        seen.add(hash_of(browser))
        time.sleep(0.1)
    at(browser, 2)
    assert len(seen) > 3


def test_keys_hold_and_play_again(browser: Browser) -> None:
    browser.run("Reveal.slide(4)")
    browser.until(f"{CANVAS}.width > 900")
    time.sleep(0.4)
    browser.press("k")
    time.sleep(0.2)
    held = hash_of(browser)
    time.sleep(0.5)
    assert hash_of(browser) == held
    browser.press("r")
    time.sleep(0.5)
    assert hash_of(browser) != held
    at(browser, 4)


def test_nothing_is_asked_of_the_network(browser: Browser, page: Path) -> None:
    browser.run("Reveal.slide(2)")
    browser.until(f"{CANVAS}.width > 900")
    asked = [one for one in browser.requests() if not one.startswith(("data:", "blob:", "chrome:", "about:"))]
    assert {one.partition("#")[0] for one in asked} == {page.as_uri()}


def test_captions_and_voices(browser: Browser) -> None:
    browser.run("Reveal.slide(2)")
    caption = "Reveal.getCurrentSlide().querySelector('.caption')"
    assert browser.run(f"return {caption}.hidden")
    for text in ("Two numbers go in.", "二つの数が入ります。"):
        browser.press("c")
        browser.until(f"!{caption}.hidden && {caption}.textContent === '{text}'")
    browser.press("c")
    browser.until(f"{caption}.hidden")
    voice = "Reveal.getCurrentSlide().querySelector('audio')"
    browser.press("r")
    browser.until(f"{voice}.currentTime > 0.2 && Math.abs({voice}.duration - 1) < 0.2")
    browser.press("m")
    assert browser.run(f"return {voice}.muted")
    browser.press("m")


def test_the_speaker_sees_what_comes_next(browser: Browser) -> None:
    browser.run("Reveal.slide(1)")
    here = browser.windows()
    browser.press("s")
    end = time.monotonic() + 30
    while len(browser.windows()) == len(here) and time.monotonic() < end:
        time.sleep(0.1)
    (speaker,) = set(browser.windows()) - set(here)
    browser.switch(speaker)
    picture = "document.getElementById('picture')"
    assert browser.until(f"{picture} && {picture}.naturalWidth") == 640
    browser.press(RIGHT)
    browser.until("document.getElementById('place').textContent === '3 / 6'")
    browser.until(f"{picture}.src.startsWith('data:image/webp') && {picture}.naturalWidth === 640")
    browser.run("window.close()")
    browser.switch(here[0])


def test_from_above_every_slide_shows_how_it_ends(browser: Browser) -> None:
    browser.press(ESCAPE)
    browser.until("Reveal.isOverview()")
    inked = f"[...document.querySelectorAll('canvas[data-film]')].every((e) => e.width > 1 && ({INK})(e) > 9)"
    browser.until(inked)
    browser.press(ESCAPE)


def test_a_slide_looks_as_its_film(browser: Browser, page: Path, tmp_path: Path) -> None:
    from nnanim.movie.cairo_backend import paint, surface
    from nnanim.scene import loader
    from nnanim.timeline import takes

    browser.run("Reveal.slide(4)")
    browser.until(f"{CANVAS}.width > 900")
    time.sleep(0.3)
    browser.press("k")
    browser.run("Reveal.slide(3)")
    still = "Reveal.getCurrentSlide().querySelector('canvas.still')"
    browser.until(f"{still}.width === 1280 && ({INK})({still}) > 9")
    address = browser.run(f"return {still}.toDataURL('image/png')")
    (tmp_path / "still.png").write_bytes(base64.b64decode(address.partition(",")[2]))
    style = RenderStyle(by_name("dark"), "ja")
    take = takes(loader.build_story(str(decks.TINY)), style)[0]
    pixels, context = surface(1280, 720, (style.width, style.height))
    red, green, blue, _ = style.theme.rgba("ground")
    context.set_source_rgb(blue, green, red)
    context.paint()
    for shapes in take.at(take.seconds).values():
        paint(context, shapes)
    with Image.open(tmp_path / "still.png") as picture:
        assert np.abs(np.asarray(picture.convert("RGB"), int) - pixels[..., :3].astype(int)).mean() < 0.5


def test_a_slide_answers_what_is_pointed_at(browser: Browser) -> None:
    from nnanim.scene import loader
    from nnanim.timeline import takes

    style = RenderStyle(by_name("dark"), "ja")
    frame = takes(loader.build_story(str(decks.TINY)), style)[0].frame
    across, up = frame["x"].mark.centers(frame["x"])[1] / [style.width, style.height] * [1, -1] + 0.5
    browser.run("Reveal.slide(2)")
    browser.until(f"{CANVAS}.width > 900")
    left, top, width, height = browser.run(
        f"const box = {CANVAS}.getBoundingClientRect(); return [box.left, box.top, box.width, box.height]"
    )
    browser.mouse(left + across * width, top + up * height)
    browser.until("document.querySelector('.answer')")  # it loops: once it rests
    said = browser.run("return document.querySelector('.answer').textContent")
    assert "[1]" in said and "−0.5" in said and "記録：input、サンプル 0" in said
    browser.mouse(5, 5)
    browser.until("!document.querySelector('.answer')")
    browser.run("Reveal.slide(0)")


def test_the_manifest_names_the_film(page: Path) -> None:
    (note,) = page.parent.rglob("*.manifest.json")
    content = manifest.read(note)
    assert content["film"] == "Tiny.nnfilm" and all(beat["voice"] for beat in content["beats"])
