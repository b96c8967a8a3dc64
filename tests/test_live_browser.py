"""``nnanim live`` in a real browser: controls run the model, and what is seen is what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import live_scenes
import pytest
from browser import Browser, needs_chromium
from live_server import Client, serving

from nnanim.live.server import LiveServer
from nnanim.scene import loader

pytestmark = needs_chromium

LIVE = "window.nnanim.live"
RIGHT = "\ue014"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    one = Browser(tmp_path_factory.mktemp("profile"))
    yield one
    one.quit()


@pytest.fixture(scope="module")
def adder() -> Iterator[LiveServer]:
    with serving(live_scenes.Adder) as server:
        yield server


def enter(browser: Browser, server: LiveServer) -> None:
    browser.run("location.href = 'about:blank'")
    browser.complaints()
    browser.open(server.address)
    browser.until(f"window.nnanim && {LIVE}.shown && {LIVE}.page !== null")


def shown(browser: Browser) -> dict[str, Any]:
    return json.loads(browser.run(f"return JSON.stringify({LIVE}.shown)"))


def wait_for_change(browser: Browser, before: int) -> None:
    browser.until(f"{LIVE}.shown.changes > {before}")


def slide(browser: Browser, place: int, value: float) -> None:
    """Move a slider, as a hand does: some values in between, then let go."""
    browser.run(
        """
        const slider = document.querySelectorAll('input[type=range]')[arguments[0]];
        slider.dispatchEvent(new PointerEvent('pointerdown'));
        slider.value = arguments[1];
        slider.dispatchEvent(new Event('input'));
        slider.dispatchEvent(new Event('change'));
        """,
        place, value,
    )  # fmt: skip


def pixels(browser: Browser) -> str:
    return browser.run("return document.querySelector('.stage canvas').toDataURL()")


def test_a_slider_changes_what_is_seen_in_every_tab(browser: Browser, adder: LiveServer) -> None:
    enter(browser, adder)
    before, picture = shown(browser), pixels(browser)
    with Client(adder) as other:
        other.wait("hello")
        slide(browser, 0, 2)
        wait_for_change(browser, before["changes"])
        assert other.wait("state")[0]["values"]["first"] == 2.0
        browser.until("document.querySelector('output').textContent === '2.00'")
        assert pixels(browser) != picture
        other.send(type="set", name="second", value=1.25)
        browser.until("document.querySelectorAll('output')[1].textContent === '1.25'")
    assert browser.complaints() == []


def test_a_number_that_is_pinned_changes_with_what_is_chosen(browser: Browser, adder: LiveServer) -> None:
    enter(browser, adder)
    ask, numbers = f"{LIVE}.stage.pointing", "document.querySelector('.answer b').textContent"
    browser.run(f"{LIVE}.send({{type: 'beat', id: 'in'}})")
    browser.until(f"{LIVE}.shown.beat === 'in' && !{LIVE}.stage.player.playing")
    browser.run(f"{ask}.pin({{key: 'x', readout: 0, element: 0}})")
    for value, written in ((2, "2"), (-1.25, "−1.25"), (0.1, "0.1")):
        before = shown(browser)["changes"]
        slide(browser, 0, value)
        wait_for_change(browser, before)
        browser.until(f"{numbers} === '{written}'")
    browser.run(f"{ask}.pin({{key: 'x', readout: 0, element: 0}})")
    assert browser.run("return document.querySelectorAll('.answer').length") == 0
    assert browser.complaints() == []


def test_keys_go_from_beat_to_beat_and_the_sentence_is_text(browser: Browser, adder: LiveServer) -> None:
    enter(browser, adder)
    browser.run(f"{LIVE}.send({{type: 'beat', id: 'in'}})")
    browser.until(f"{LIVE}.shown.beat === 'in'")
    browser.run("document.activeElement.blur()")
    browser.press(RIGHT)
    browser.until(f"{LIVE}.shown.beat === 'sum'")
    browser.until("document.querySelector('.unseen').textContent === 'They meet.'")
    browser.until(f"!{LIVE}.stage.player.playing")
    assert browser.run("return document.querySelectorAll('.ticks li').length") == 3
    browser.run(f"{LIVE}.send({{type: 'look', lang: 'ja', theme: 'light'}})")
    browser.until("document.querySelector('main').dataset.scheme === 'light'")
    browser.until("document.querySelector('.name').textContent === '一つめの数'")
    assert browser.run("return document.documentElement.lang") == "ja"
    browser.run(f"{LIVE}.send({{type: 'look', lang: 'en', theme: 'dark'}})")
    browser.until("document.querySelector('main').dataset.scheme === 'dark'")
    assert browser.complaints() == []


def test_a_model_that_raises_is_said_and_the_picture_stays(browser: Browser, adder: LiveServer) -> None:
    enter(browser, adder)
    before = shown(browser)["changes"]
    browser.run(f"{LIVE}.send({{type: 'reset'}})")
    wait_for_change(browser, before)
    browser.until(f"!{LIVE}.stage.player.playing")
    picture = pixels(browser)
    browser.run(f"{LIVE}.set('mood', 'raise')")
    browser.until(
        "document.querySelector('.note').textContent.endsWith('ZeroDivisionError: the model is broken')"
    )
    assert pixels(browser) == picture
    browser.run(f"{LIVE}.set('first', 7)")
    browser.until("document.querySelector('.fault:not([hidden])')")
    said = browser.run("return document.querySelector('.fault:not([hidden])').textContent")
    assert said == "first: 7 does not lie between -2 and 2"
    browser.run(f"{LIVE}.set('mood', 'calm')")
    browser.until("document.querySelector('.note').hidden")


def test_everything_comes_from_this_machine(browser: Browser, adder: LiveServer) -> None:
    browser.requests()
    enter(browser, adder)
    asked = [url for url in browser.requests() if not url.startswith(("data:", "blob:", "about:", "chrome:"))]
    assert asked and all(
        url.startswith((adder.address, adder.address.replace("http", "ws"))) for url in asked
    )


def drag_point(browser: Browser, *places: tuple[float, float]) -> None:
    """Move what stands on the first mark of the stage that can be pointed at, from place to place."""
    area = browser.run(f"return {LIVE}.stage.areas[0]")
    left, top, wide, high = browser.run(
        f"const box = {LIVE}.stage.canvas.getBoundingClientRect();"
        "return [box.left, box.top, box.width, box.height]"
    )
    width, height = browser.run(f"const cut = {LIVE}.stage.player.cut; return [cut.width, cut.height]")
    across = [
        [
            (value - low) / (high_ - low) - 0.5
            for value, (low, high_) in zip(place, area["limits"].values(), strict=True)
        ]
        for place in places
    ]
    x, y, w, h = area["box"]
    browser.drag(
        [
            (
                round(left + ((x + a * w) / width + 0.5) * wide),
                round(top + (0.5 - (y + b * h) / height) * high),
            )
            for a, b in across
        ]
    )


def test_the_perceptron_says_what_its_network_says(browser: Browser) -> None:
    with serving(loader.choose("perceptron")) as server:
        enter(browser, server)
        slide(browser, 0, 3.2)
        slide(browser, 1, 1.0)
        browser.until(f"{LIVE}.stage.sentence.startsWith('The answer: versicolor')")
        slide(browser, 0, 7.0)
        slide(browser, 1, 2.6)
        browser.until(f"{LIVE}.stage.sentence.startsWith('The answer: virginica')")
        drag_point(browser, (6.5, 2.5), (3.5, 1.0))
        browser.until(f"{LIVE}.stage.sentence.startsWith('The answer: versicolor')")
        lengths = browser.run("return [...document.querySelectorAll('output')].map((one) => one.textContent)")
        assert [float(one.removesuffix(" cm")) for one in lengths] == pytest.approx([3.5, 1.0], abs=0.1)
        drag_point(browser, (3.5, 1.0), (6.5, 2.5))
        browser.until(f"{LIVE}.stage.sentence.startsWith('The answer: virginica')")
        before = shown(browser)["changes"]
        browser.run(f"{LIVE}.set('answer', [[3, -4, 3, -1]])")  # all weights turned round
        wait_for_change(browser, before)
        browser.until(f"{LIVE}.stage.sentence.startsWith('The answer: versicolor')")
        assert browser.complaints() == []


FIVE = [[20, 5], [10, 5], [9, 14], [16, 13], [20, 18], [17, 25], [9, 26]]
SEVEN = [[7, 6], [21, 6], [13, 27]]


def draw(browser: Browser, stroke: list[list[int]]) -> None:
    """Draw a line on the first sketch with a mouse."""
    box = browser.run(
        "const {left, top, width} = document.querySelector('.sketch canvas').getBoundingClientRect();"
        "return [left, top, width / 32]"
    )
    browser.drag([(round(box[0] + x * box[2]), round(box[1] + y * box[2])) for x, y in stroke])


def test_a_digit_that_is_drawn_is_read(browser: Browser) -> None:
    with serving(loader.choose("digits")) as server:
        enter(browser, server)
        browser.until(f"{LIVE}.stage.sentence.startsWith('The answer: 3')")
        draw(browser, FIVE)
        browser.until(f"{LIVE}.stage.sentence.startsWith('The answer: 5')")
        browser.run("document.querySelector('.sketch button').click()")
        draw(browser, SEVEN)
        browser.until(f"{LIVE}.stage.sentence.startsWith('The answer: 7')")
        browser.run("document.querySelector('.reset').click()")
        browser.until(f"{LIVE}.stage.sentence.startsWith('The answer: 3')")
        assert browser.complaints() == []
