"""A film's page in a real browser: it plays without a network, by keys, fingers and words."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from browser import Browser, needs_chromium
from examples import story
from PIL import Image

from nnanim.beats import Beat, Story
from nnanim.marks import Row, Units, Wires
from nnanim.style import RenderStyle, frame_size
from nnanim.theme import by_name
from nnanim.web import encode_film
from nnanim.web.page import PageSettings, write_page

pytestmark = needs_chromium

RIGHT, LEFT, HOME, END, SPACE = "\ue014", "\ue012", "\ue011", "\ue010", " "
PLAYER = "nnanim.player"


@pytest.fixture(scope="module")
def film() -> bytes:
    told = story()
    return encode_film(
        [
            (told, RenderStyle(by_name(theme), lang, *frame_size(frame)))
            for lang in ("en", "ja")
            for theme in ("dark", "light")
            for frame in ("16:9", "9:16")
        ],
        small=True,
    )


@pytest.fixture(scope="module")
def page(film: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    beats = story().beats
    settings = PageSettings("en", "dark", cover=beats[2].id)
    path = tmp_path_factory.mktemp("page") / "film.html"
    return write_page(film, path, settings, sentences=[str(beat.says) for beat in beats], title="A film")


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.quit()


@pytest.fixture
def browser(window: Browser, page: Path) -> Browser:
    return show(window, page)


def show(window: Browser, page: Path, wish: str = "") -> Browser:
    """The page, freshly opened."""
    window.run("location.href = 'about:blank'")
    window.requests(), window.complaints()
    window.open(page, wish)
    window.until("window.nnanim && nnanim.player.cut")
    window.run("await nnanim.ready")
    return window


def beat(browser: Browser) -> str:
    return str(browser.run(f"return {PLAYER}.cut.beats[{PLAYER}.beat].id"))


def test_it_begins_with_its_cover_and_plays_at_a_key(browser: Browser) -> None:
    ids = [one.id for one in story().beats]
    assert beat(browser) == ids[2] and browser.run(f"return {PLAYER}.playing") is False
    browser.press(SPACE)  # from the start: a cover is no place to go on from
    browser.until(f"{PLAYER}.playing && {PLAYER}.seconds > 0.3")
    assert beat(browser) == ids[0]
    browser.press(SPACE)
    browser.until(f"!{PLAYER}.playing")
    browser.press(RIGHT)
    assert beat(browser) == ids[1]
    browser.press(RIGHT)
    browser.press(LEFT)
    assert beat(browser) == ids[1]
    browser.press(END)
    assert beat(browser) == ids[-1]
    browser.press(SPACE)  # from the start again
    browser.until(f"{PLAYER}.playing && {PLAYER}.seconds < 2")
    assert browser.complaints() == []


def test_nothing_is_asked_of_the_network(browser: Browser, page: Path) -> None:
    asked = [one for one in browser.requests() if not one.startswith(("data:", "blob:", "chrome:", "about:"))]
    assert {one.partition("#")[0] for one in asked} == {page.as_uri()}
    blocked = browser.run("try { await fetch('https://example.org') } catch (error) { return 'no' }")
    assert blocked == "no"


def test_it_stops_after_each_sentence_where_that_is_wanted(browser: Browser) -> None:
    browser.press(HOME)
    browser.press("s")
    browser.run(f"{PLAYER}.pace = 8")
    browser.press(SPACE)
    browser.until(f"{PLAYER}.playing")
    browser.until(f"!{PLAYER}.playing", 60)
    end = browser.run(f"return {PLAYER}.cut.beats[1].start - {PLAYER}.seconds")
    assert 0 < end < 0.01
    browser.press(SPACE)
    browser.until(f"{PLAYER}.beat === 1 && {PLAYER}.playing")
    browser.until(f"!{PLAYER}.playing", 60)
    browser.press(RIGHT)
    browser.until(f"{PLAYER}.beat === 2 && {PLAYER}.playing")


def test_language_theme_and_frame_change_at_the_same_place(browser: Browser) -> None:
    browser.run(f"{PLAYER}.seekBeat(3); {PLAYER}.seek({PLAYER}.seconds + 0.3)")
    place = f"return JSON.stringify({PLAYER}.place())"
    before = json.loads(browser.run(place))
    for key, name, values in (
        ("l", "lang", "en ja"),
        ("t", "theme", "dark light"),
        ("r", "frame", "16:9 9:16"),
    ):
        seen = set()
        for _ in range(2):
            browser.press(key)
            seen.add(browser.run(f"return nnanim.theatre.choice.{name}"))
            after = json.loads(browser.run(place))
            assert (after["id"], after["name"]) == (before["id"], before["name"])
            assert after["fraction"] == pytest.approx(before["fraction"], abs=1e-3)
        assert seen == set(values.split())
    browser.press("l")
    assert browser.run("return document.querySelector('.theatre').lang") == "ja"


def test_the_address_says_where_the_film_is(browser: Browser, page: Path) -> None:
    id = story().beats[4].id
    browser.run(f"{PLAYER}.seekBeat(4)")
    browser.press("l")
    wish = browser.run("return location.hash")
    assert wish == f"#beat={id}&lang=ja&theme=dark"
    show(browser, page, wish)
    assert beat(browser) == id and browser.run("return nnanim.theatre.choice.lang") == "ja"


def test_captions_are_in_the_other_language_first(browser: Browser) -> None:
    told = story().beats[3]
    browser.run(f"{PLAYER}.seekBeat(3)")
    caption = "document.querySelector('.caption')"
    assert browser.run(f"return {caption}.hidden")
    browser.press("c")
    browser.until(f"{caption}.textContent === {json.dumps(told.says['ja'])} && {caption}.lang === 'ja'")
    browser.press("c")
    browser.until(f"{caption}.textContent === {json.dumps(told.says['en'])}")
    browser.press("c")
    browser.until(f"{caption}.hidden")


def test_who_does_not_see_is_told(browser: Browser) -> None:
    for place in (1, 3):
        browser.run(f"{PLAYER}.seekBeat({place})")
        sentence = story().beats[place].says["en"]
        assert browser.run("return document.querySelector('[aria-live=polite]').textContent") == sentence
        label = browser.run("return nnanim.theatre.canvas.getAttribute('aria-label')")
        assert label and browser.run("return nnanim.theatre.canvas.getAttribute('role')") == "img"
        said = browser.run(
            "return document.querySelector('input[type=range]').getAttribute('aria-valuetext')"
        )
        assert said == f"{place + 1} of {len(story().beats)}: {sentence}"
    every = "[...document.querySelectorAll('button, select, input')]"
    assert browser.run(f"return {every}.filter((e) => !e.ariaLabel && !e.textContent).length") == 0


def test_the_list_leads_to_every_sentence(browser: Browser) -> None:
    browser.press("m")
    rows = browser.run("return [...document.querySelectorAll('.contents li span')].map((e) => e.textContent)")
    assert rows == [beat.says["en"] for beat in story().beats if beat.id != "card"] + rows[-1:]
    browser.run("document.querySelectorAll('.contents li button')[2].click()")
    browser.until(f"{PLAYER}.beat === 2 && {PLAYER}.playing")
    assert browser.run("return document.querySelector('[aria-current]').dataset.beat") == story().beats[2].id
    browser.press("m")
    assert browser.run("return document.querySelector('.contents').hidden")


def test_a_finger_turns_and_a_click_plays(browser: Browser) -> None:
    browser.run(f"{PLAYER}.seekBeat(1)")
    browser.swipe(900, 300)
    browser.until(f"{PLAYER}.beat === 2 && !{PLAYER}.playing")
    time.sleep(0.2)  # at once, it would be the end of the swipe
    browser.run("document.querySelector('.stage').click()")
    browser.until(f"{PLAYER}.playing")


def test_a_page_looks_as_its_film_in_windows_of_any_size(browser: Browser, tmp_path: Path) -> None:
    grounds = {"dark": (0x0E, 0x11, 0x17), "light": (255, 255, 255)}
    for theme, ground in grounds.items():
        browser.run(f"await nnanim.theatre.choose({{theme: '{theme}'}})")
        browser.run(f"{PLAYER}.seekBeat(2, true)")
        time.sleep(0.2)
        with Image.open(browser.picture(tmp_path / f"{theme}.png")) as picture:
            pixels = np.asarray(picture.convert("RGB"), int)
        box = browser.run("return nnanim.theatre.canvas.getBoundingClientRect().toJSON()")
        part = pixels[round(box["top"]) : round(box["bottom"]), round(box["left"]) : round(box["right"])]
        still = browser.run("return nnanim.theatre.canvas.toDataURL('image/png')")
        (tmp_path / "canvas.png").write_bytes(base64.b64decode(still.partition(",")[2]))
        with Image.open(tmp_path / "canvas.png") as picture:
            drawn = np.asarray(picture.convert("RGB").resize((part.shape[1], part.shape[0])), int)
        assert np.abs(part - drawn).mean() < 2
        assert tuple(pixels[0, 0]) == ground and np.abs(part - ground).mean() > 2
        wide, high = box["width"], box["height"]
        assert wide / high == pytest.approx(16 / 9, abs=0.01)
        assert browser.run(
            "return document.body.scrollWidth <= innerWidth && document.body.scrollHeight <= innerHeight"
        )


def test_a_window_that_is_turned_has_the_other_frame(browser: Browser) -> None:
    frame = "nnanim.theatre.choice.frame"
    assert browser.run(f"return {frame}") == "16:9"
    browser.size(500, 900)
    browser.until(f"{frame} === '9:16'")
    browser.size(1280, 720)
    browser.until(f"{frame} === '16:9'")
    browser.press("r")  # chosen: it stays
    browser.size(1100, 700)
    browser.until("innerWidth === 1100")
    time.sleep(0.3)
    assert browser.run(f"return {frame}") == "9:16"
    browser.size(1280, 720)


def test_on_paper_each_sentence_has_its_picture(browser: Browser, tmp_path: Path) -> None:
    browser.run("dispatchEvent(new Event('beforeprint'))")
    figures = "[...document.querySelectorAll('.paper figure')]"
    words = browser.run(f"return {figures}.map((e) => e.textContent)")
    assert len(words) == len(story().beats) and words[1].endswith(story().beats[1].says["en"])
    corner = f"return {figures}.map((e) => [...e.firstChild.getContext('2d').getImageData(2, 2, 1, 1).data])"
    assert all(pixel[:3] == [255, 255, 255] for pixel in browser.run(corner))
    pixels = "e.firstChild.getContext('2d').getImageData(0, 0, 1280, 720).data"
    assert min(browser.run(f"return {figures}.map((e) => new Set({pixels}).size)")) > 9
    browser.run("dispatchEvent(new Event('afterprint'))")
    assert browser.run(f"return {figures}.length") == 0


@pytest.mark.parametrize("harm", ["cut off", "newer", "something else"])
def test_a_film_that_cannot_be_read_is_one_line(
    window: Browser, film: bytes, tmp_path: Path, harm: str
) -> None:
    broken = {"cut off": film[: len(film) // 2], "newer": film[:6] + b"\x63\x00" + film[8:]}
    window.open(write_page(broken.get(harm, b"GIF89a" * 9), tmp_path / "broken.html", PageSettings("ja")))
    said = window.until(
        "!document.querySelector('.message').hidden && document.querySelector('.message').textContent"
    )
    assert said.startswith("この映像は読めません：") and "\n" not in said


def test_an_old_browser_says_so_and_shows_the_sentences(window: Browser, page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    # Before anything else runs, this browser forgets what an old one does not know.
    old = tmp_path / "old.html"
    forget = "<script>delete window.DecompressionStream</script>"
    bare = text.replace('<meta http-equiv="Content-Security-Policy"', '<meta name="policy"')
    old.write_text(bare.replace("<head>", f"<head>{forget}"), encoding="utf-8")
    window.open(old)
    assert window.until("document.querySelector('.plain p').innerText").startswith("This browser is too old")
    assert window.run("return document.querySelectorAll('.plain li').length") == len(story().beats)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("calm"), 400, 800, flags=("--force-prefers-reduced-motion",))
    yield browser
    browser.quit()


def test_less_motion_is_pictures_and_a_phone_has_the_upright_frame(
    calm: Browser, page: Path, tmp_path: Path
) -> None:
    show(calm, page)
    assert calm.run("return nnanim.theatre.choice.frame") == "9:16"
    assert calm.run("return document.querySelector('.message').textContent").startswith(
        "Your system asks for less"
    )
    count = "(...values) => { player.draws++; draw.apply(player.cut, values); }"
    calm.run(f"const player = {PLAYER}, {{draw}} = player.cut; player.draws = 0; player.cut.draw = {count}")
    calm.run(f"{PLAYER}.seekBeat(0); {PLAYER}.pace = 4; {PLAYER}.play()")
    calm.until(f"{PLAYER}.beat === 2", 60)
    assert calm.run(f"return {PLAYER}.draws") <= 3
    calm.run(f"{PLAYER}.pause()")
    assert calm.run("return document.body.scrollWidth <= innerWidth")


def test_a_crowd_is_painted_before_it_comes(window: Browser, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    units = [Units(rng.uniform(size=n), key=f"units {n}", numbers=False) for n in (64, 40)]
    wires = Wires(rng.normal(size=(40, 64)), *units, key="wires")
    beats = [Beat("One.", Row(units[0])), Beat("All.", Row(units[0], wires, units[1]))]
    film = encode_film([(Story.from_beats(beats, card=False), RenderStyle(by_name("dark")))], origins=False)
    show(window, write_page(film, tmp_path / "crowd.html"))
    window.run(f"const p = {PLAYER}; p.pause(); p.seekBeat(0, true)")
    window.until(f"{PLAYER}.cut.canvases.get({PLAYER}.canvas).layers.size")
    slow, known = window.run(f"""
        const p = {PLAYER}, screen = p.cut.canvases.get(p.canvas), known = [...screen.layers.values()];
        const enter = p.cut.beats[1].phases.find((one) => one.name === 'enter');
        p.seek(enter.start + enter.seconds / 2);
        return [screen.steps.filter((one) => one.layer).length,
            screen.steps.filter((one) => known.includes(one.layer)).length];
    """)
    assert slow == known > 0
