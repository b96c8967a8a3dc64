"""A deck of videos played in a real browser: films, loops, questions, notes, captions, and no network."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import decks
import numpy as np
import pytest
from browser import Browser, needs_chromium
from PIL import Image

pytestmark = needs_chromium

RIGHT, LEFT = "\ue014", "\ue012"

PLACE = "Reveal.getIndices().h"
VIDEO = "Reveal.getCurrentSlide().querySelector('video')"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = decks.lesson(tmp_path_factory.mktemp("page"))
    out, result = decks.build(path, "html", "--fps", "10", "--clips", "video")
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


def test_films_play_loop_and_go_on(browser: Browser) -> None:
    browser.press(RIGHT)
    at(browser, 1)
    at(browser, 2)  # the plan goes on by itself
    browser.until(f"{VIDEO}.currentTime > 0.3")
    length = browser.run(f"return {VIDEO}.duration")
    told = float(browser.run("return Reveal.getCurrentSlide().dataset.seconds"))
    assert 0.8 < told < 8 and length == pytest.approx(told, abs=0.01)
    assert browser.run(f"return {VIDEO}.videoWidth") == 854
    browser.run(f"{VIDEO}.currentTime = {length} - 0.3; {VIDEO}.turned = 0")
    turns = f"(e) => e.target.turned ||= e.target.currentTime < {length} / 2"
    browser.run(f"{VIDEO}.addEventListener('timeupdate', {turns})")
    browser.until(f"{VIDEO}.turned")
    browser.press(RIGHT)
    at(browser, 3)
    assert browser.run("return Reveal.getCurrentSlide().textContent.includes('次は何でしょう？')")
    browser.press(RIGHT)
    at(browser, 4)
    browser.until(f"{VIDEO}.currentTime > 0.2")
    browser.run(f"{VIDEO}.currentTime = {VIDEO}.duration - 0.3")
    at(browser, 5)  # the last film goes on by itself
    assert browser.complaints() == []


def test_back_plays_from_the_start_and_the_others_rest(browser: Browser) -> None:
    browser.run("Reveal.slide(4)")
    browser.until(f"{VIDEO}.currentTime > 0.4")
    browser.press(LEFT)
    at(browser, 3)
    browser.press(LEFT)
    at(browser, 2)
    browser.until(f"{VIDEO}.currentTime > 0 && {VIDEO}.currentTime < 3 && !{VIDEO}.paused")
    assert browser.run("return [...document.querySelectorAll('video')].filter((v) => !v.paused).length") == 1


def test_keys_hold_and_play_again(browser: Browser) -> None:
    browser.run("Reveal.slide(2)")
    browser.until(f"{VIDEO}.currentTime > 0.5")
    browser.press("k")
    browser.until(f"{VIDEO}.paused")
    browser.press("r")
    browser.until(f"!{VIDEO}.paused && {VIDEO}.currentTime < 0.5")


def test_a_finger_turns_the_page(browser: Browser) -> None:
    browser.swipe(900, 300)
    at(browser, 1)


def test_nothing_is_asked_of_the_network(browser: Browser, page: Path) -> None:
    browser.run("Reveal.slide(2)")
    browser.until(f"{VIDEO}.currentTime > 0.2")
    asked = [one for one in browser.requests() if not one.startswith(("data:", "blob:", "chrome:", "about:"))]
    assert {one.partition("#")[0] for one in asked} == {page.as_uri()}
    blocked = browser.run("try { await fetch('https://example.org') } catch (error) { return 'no' }")
    assert blocked == "no"


def test_words_are_words(browser: Browser) -> None:
    assert (
        browser.run("return document.querySelector('h1').textContent") == "題名 & <script>alert(1)</script>"
    )
    assert browser.run("return document.querySelector('li').textContent") == "<i>一つ</i>"
    assert browser.run("return window.broken === undefined && document.title === '小さな授業'")


def test_captions_in_both_languages(browser: Browser) -> None:
    browser.run("Reveal.slide(2)")
    browser.until(f"{VIDEO}.currentTime > 0.2")
    tracks = f"[...{VIDEO}.textTracks].filter((t) => t.mode === 'showing')"
    assert browser.run(f"return {tracks}.length") == 0
    for text in ("Two numbers go in.", "二つの数が入ります。"):
        browser.press("c")
        assert browser.until(f"{tracks}.length && {tracks}[0].cues[0].text") == text
    browser.press("c")
    browser.until(f"{tracks}.length === 0")


def test_the_speaker_s_window_follows_and_leads(browser: Browser, tmp_path: Path) -> None:
    browser.run("Reveal.slide(2)")
    here = browser.windows()
    browser.press("s")
    end = time.monotonic() + 30
    while len(browser.windows()) == len(here) and time.monotonic() < end:
        time.sleep(0.1)
    (speaker,) = set(browser.windows()) - set(here)
    browser.switch(speaker)
    text = browser.until("document.getElementById('notes') && document.body.innerText")
    assert "映像です。" in text and "3 / 6" in text and "小さなネットワーク (5 分)" in text
    assert "次は何でしょう？" in text  # what comes next
    browser.picture(tmp_path / "speaker.png")
    browser.press(RIGHT)
    browser.until("document.getElementById('place').textContent === '4 / 6'")
    browser.switch(here[0])
    at(browser, 3)
    browser.run("Reveal.next()")
    browser.switch(speaker)
    browser.until("document.body.innerText.includes('和が二つです。')")
    browser.run("window.close()")
    browser.switch(here[0])


def test_a_slide_looks_as_its_film(browser: Browser, page: Path, tmp_path: Path) -> None:
    browser.run("Reveal.slide(2)")
    browser.until(f"{VIDEO}.readyState === 4")
    browser.run(f"{VIDEO}.pause(); {VIDEO}.currentTime = {VIDEO}.duration - 0.1")
    browser.until(f"!{VIDEO}.seeking")
    with Image.open(next((page.parent / "media").rglob("*posters/in.png"))) as picture:
        poster = np.asarray(picture.convert("RGB").resize((427, 240)), float)

    def look() -> float:
        """How far the slide is from the poster on average; a frame is painted a while after it was sought."""
        with Image.open(browser.picture(tmp_path / "slide.png")) as picture:
            seen = picture.convert("RGB")
        width = min(seen.width, round(seen.height * 854 / 480))
        height = round(width * 480 / 854)
        left, top = (seen.width - width) // 2, (seen.height - height) // 2
        shown = seen.crop((left, top, left + width, top + height)).resize((427, 240))
        return float(np.abs(np.asarray(shown, float) - poster).mean())

    end = time.monotonic() + 20
    while (gap := look()) >= 6 and time.monotonic() < end:
        time.sleep(0.3)
    assert gap < 6


@pytest.mark.parametrize(
    "film", ["", "[[steps]]\nscene = 'tiny_scene.py'\n"], ids=["words", "beside a cover"]
)
def test_many_words_fit_on_a_slide(window: Browser, tmp_path: Path, film: str) -> None:
    long = "A title that is so long that it takes two lines on every slide there is"
    step = f"[[steps]]\ntitle = '{long}'\nlines = {[f'line {i}: {long}' for i in range(8)]}\n"
    text = f"title = 'T'\n{step}[[steps]]\ntitle = 'A'\n{film}"
    out, result = decks.build(decks.lesson(tmp_path, text), "html")
    assert result.exit_code == 0, result.output
    window.open(out)
    window.until("window.Reveal && Reveal.isReady()")
    edges = (
        "[...Reveal.getCurrentSlide().querySelectorAll('h1, h2, li')].map((e) => e.getBoundingClientRect())"
    )
    high = window.run("return innerHeight")
    assert window.until(f"{edges}.every((box) => box.top > 0 && box.bottom < {high})")
    size = "return getComputedStyle(Reveal.getCurrentSlide().querySelector('h1, h2')).fontSize"
    small = window.run(size)
    window.run("Reveal.slide(1)")
    assert float(small[:-2]) < 54 and window.run(size) == "79.2px"
