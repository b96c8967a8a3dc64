"""The film's page answers what is pointed at: in a real browser, with the numbers that were recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shipped
from browser import Browser, needs_chromium
from examples import story

from nnanim.beats import Beat, Story
from nnanim.marks import Picture, Row
from nnanim.style import RenderStyle
from nnanim.theme import by_name
from nnanim.web import WebFilm, decode_film, encode_film, read_answers
from nnanim.web.page import PageSettings, write_page

pytestmark = needs_chromium

ASK = "nnanim.theatre.pointing"
TAB, ENTER, ESCAPE, LEFT, RIGHT, UP, DOWN = (
    "\ue004",
    "\ue007",
    "\ue00c",
    "\ue012",
    "\ue014",
    "\ue013",
    "\ue015",
)


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.quit()


def show(window: Browser, folder: Path, film: bytes, lang: str = "en") -> Browser:
    """A page with the film, freshly opened."""
    window.run("location.href = 'about:blank'")
    window.open(write_page(film, folder / "film.html", PageSettings(lang)), "")
    window.until("window.nnanim && nnanim.player.cut")
    window.run("await nnanim.ready")
    return window


@pytest.fixture(scope="module")
def film() -> bytes:
    told = shipped.story("perceptron")
    return encode_film([(told, RenderStyle(by_name("dark"), lang)) for lang in ("en", "ja")], small=True)


@pytest.fixture
def page(window: Browser, film: bytes, tmp_path: Path) -> Browser:
    return show(window, tmp_path, film)


EVERY = """
const view = new DataView(new ArrayBuffer(8)), found = [];
const hex = (value) => { view.setFloat64(0, value, true); return view.getBigUint64(0, true).toString(16); };
const { cut } = nnanim.player, { readouts } = nnanim.theatre.pointing;
const rows = cut.beats.flatMap((beat) => readouts.marks(beat).rows.map((row) => [beat, row]));
for (const [beat, { key, entries }] of rows) entries.forEach((_, readout) => {
  const { quantities, count } = readouts.entry(beat, key, readout);
  quantities.forEach(([, array], which) => {
    const values = [];
    for (let element = 0; element < count; element++) {
      const many = readouts.channels(array);
      for (let c = 0; c < many; c++) values.push(hex(readouts.value(array, element * many + c)));
    }
    found.push([beat.id, key, which, values.join(" ")]);
  });
});
return JSON.stringify(found);
"""


def written(film: WebFilm) -> list[list[Any]]:
    """What `EVERY` should give."""
    found = []
    for beat in film.cuts[0].beats:
        for one in read_answers(beat):
            for which, quantity in enumerate(one.quantities):
                bits = np.ascontiguousarray(quantity.values).view(np.uint64).ravel().tolist()
                found.append([beat.id, one.key, which, " ".join(f"{value:x}" for value in bits)])
    return found


@pytest.mark.parametrize("name", ["everything", "perceptron", "digits", "attention", "lstm", "noise"])
def test_every_value_of_the_page_is_the_recorded_one(window: Browser, tmp_path: Path, name: str) -> None:
    told = story() if name == "everything" else shipped.story(name)
    film = encode_film([(told, RenderStyle(by_name("dark")))], small=True)
    found = json.loads(show(window, tmp_path, film).run(EVERY))
    assert found == written(decode_film(film)) and len(found) > 30


ANSWER = """
const { cut } = nnanim.player, { readouts } = nnanim.theatre.pointing;
const ask = (key) => readouts.answer(cut.beats[0], {key, readout: 0, element: 7}).rows[0].text;
return JSON.stringify([ask("photo"), ask("other"), ask("map")]);
"""


def test_of_rounded_tables_a_page_says_no_more_digits_than_it_has(window: Browser, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    photo, table = rng.uniform(size=(24, 24, 3)), rng.normal(size=(36, 36))
    marks = (
        Picture(photo, key="photo"),
        Picture(photo[::-1], key="other"),
        Picture(table, key="map", low=-5, high=5),
    )
    told = Story.from_beats([Beat("It is.", Row(*marks), id="it")], card=False)
    film = encode_film([(told, RenderStyle(by_name("dark")))], small=True, rounded=True)
    page = show(window, tmp_path, film)
    assert json.loads(page.run(EVERY)) == written(decode_film(film))
    colors = [", ".join(f"≈ {one:.2g} ({round(one * 255)}/255)" for one in row) for row in (
        np.round(255 * photo[0, 7]) / 255, np.round(255 * photo[-1, 7]) / 255)]  # fmt: skip
    assert json.loads(page.run(ANSWER)) == [*colors, f"≈ {table[0, 7]:.4g}".replace("-", "−")]


def rest(browser: Browser, beat: str) -> None:
    """Go to the end of a beat, where nothing moves."""
    browser.run(
        f"""const {{player}} = nnanim, index = player.cut.beats.findIndex((one) => one.id === '{beat}');
        player.pause();
        player.seekBeat(index, true);"""
    )


def point(
    browser: Browser, key: str, element: int, *, click: bool = False, kind: str = "mouse", readout: int = 0
) -> list[Any]:
    """Move the mouse to the middle of an element; what the page shows then."""
    x, y = browser.run(
        f"""const ask = {ASK}, {{canvas, cut}} = ask.player, beat = ask.player.cut.beats[ask.player.beat];
        const entry = ask.readouts.entry(beat, '{key}', {readout});
        const {{points, kind}} = ask.readouts.outline(beat, entry, {element});
        const [a, b] = [points[0], points[points.length - 1]], box = canvas.getBoundingClientRect();
        const share = kind === 'line' ? 0.4 : 0.5;
        return [box.left + ((a[0] + (b[0] - a[0]) * share) / cut.width + 0.5) * box.width,
                box.top + (0.5 - (a[1] + (b[1] - a[1]) * share) / cut.height) * box.height]"""
    )
    browser.mouse(x, y, click=click, kind=kind)
    return answers(browser)


def answers(browser: Browser) -> list[Any]:
    """Each card that is shown: its title, then meaning, number and origin of each line."""
    return json.loads(
        browser.run(
            """const texts = (row) => [...row.children].map((one) => one.textContent);
            return JSON.stringify([...document.querySelectorAll('.answer')].map((card) => [
            card.querySelector('h3').textContent, ...[...card.querySelectorAll('p')].map(texts)]))"""
        )
    )


def test_what_is_pointed_at_says_name_number_and_origin(page: Browser) -> None:
    trace = shipped.example("perceptron", "en")
    rest(page, "hidden")
    ((title, (means, number, origin)),) = point(page, "h", 1)
    assert (title, means, origin) == (
        "hidden layer [1]",
        "activation",
        "recorded: hidden_activation, sample 0",
    )
    assert np.float32(number.replace("−", "-")) == trace["hidden_activation"][0, 1]
    ((title, weight, sent, product),) = point(page, "w1", 2)
    assert title.startswith("petal length (cm) [0]") and title.endswith("→ hidden layer [1]")
    assert np.float32(weight[1].replace("−", "-")) == trace.parameters["hidden.weight"][1, 0]
    assert weight[2] == "recorded: weights hidden.weight[1]" and sent[1] == "5.5"
    assert product[1].startswith("≈ 7.18388") and product[2] == "computed from the run"
    page.mouse(5, 5)
    assert answers(page) == [] and page.complaints() == []


def test_the_numbers_of_a_sum_are_told_with_all_their_digits(page: Browser) -> None:
    trace = shipped.example("perceptron", "en")
    rest(page, "sum")
    ((title, (means, number, origin)),) = point(page, "sum", 2)
    assert (title, means, origin) == ("10.677", "exactly", "recorded: weights hidden.bias[1]")
    assert np.float32(number.replace("−", "-")) == trace.parameters["hidden.bias"][1]


def test_what_is_not_known_yet_says_so_in_both_languages(page: Browser) -> None:
    rest(page, "layers")
    ((_, (_, text)),) = point(page, "h", 1)
    assert text == "not known yet"
    page.press("l")
    ((title, (_, text)),) = point(page, "h", 1)
    assert (title, text) == ("隠れ層 [1]", "まだ分かりません")


def test_a_click_pins_and_the_pin_stays_with_the_neuron(page: Browser) -> None:
    rest(page, "hidden")
    point(page, "h", 1, click=True)
    assert page.run("return nnanim.player.playing") is False
    page.mouse(5, 5)
    ((_, (_, first, _)),) = answers(page)
    rest(page, "again-1")
    ((_, (_, other, _)),) = answers(page)
    trace = shipped.example("perceptron", "en")
    assert [np.float32(one) for one in (first, other)] == trace["hidden_activation"][:2, 1].tolist()
    assert len(point(page, "h", 2)) == 2
    page.press(ESCAPE)
    page.mouse(5, 5)
    assert answers(page) == []


def test_a_finger_pins_what_it_touches(page: Browser) -> None:
    rest(page, "hidden")
    for count in (1, 0):
        point(page, "h", 1, click=True, kind="touch")
        page.until(f"document.querySelectorAll('.answer.pinned').length === {count}")
    assert page.run("return nnanim.player.playing") is False


def test_a_click_where_nothing_is_asked_plays_on(page: Browser) -> None:
    rest(page, "hidden")
    box = "nnanim.player.canvas.getBoundingClientRect()"
    x, y = page.run(f"const box = {box}; return [box.left + 20, box.top + 20]")
    page.mouse(x, y, click=True)
    page.until("nnanim.player.playing")


def test_nothing_is_told_while_signals_run(page: Browser) -> None:
    rest(page, "hidden")
    assert len(point(page, "h", 1)) == 1
    page.run("""const {player} = nnanim, beat = player.cut.beats[player.beat];
        player.seek(beat.phases.find((phase) => phase.name === 'motion').start + 0.5)""")
    assert answers(page) == [] and page.run(f"return {ASK}.beat") is None
    rest(page, "hidden")
    assert len(answers(page)) == 1  # the mouse is still there


def test_keys_lead_from_neuron_to_neuron_and_are_read_out(page: Browser) -> None:
    rest(page, "hidden")
    page.press("i")
    seen = [answers(page)[0][0]]
    for _ in range(12):
        page.press(TAB)
        seen += [one[0] for one in answers(page)]
        if not answers(page):
            break
    assert {"hidden layer [0]", "virginica (output layer)"} <= set(seen)
    page.press("i")
    while not answers(page)[0][0].startswith("hidden layer"):
        page.press(TAB)
    page.press(DOWN)
    assert answers(page)[0][0] == "hidden layer [1]"
    told = page.run("return document.querySelector('[aria-live=polite]').textContent")
    assert told.startswith("hidden layer [1]. activation 0.878")
    page.press(ENTER)
    page.press(UP)
    assert sorted(one[0] for one in answers(page)) == ["hidden layer [0]", "hidden layer [1]"]
    page.press(ESCAPE)
    page.press(ESCAPE)
    assert answers(page) == []
    before = page.run("return nnanim.player.beat")
    page.press(RIGHT)  # arrows lead through the film again
    assert page.run("return nnanim.player.beat") == before + 1


def test_points_are_found_where_the_camera_shows_them(page: Browser) -> None:
    looked = next(beat for beat in shipped.story("perceptron").beats if beat.view is not None)
    rest(page, looked.id)
    ((title, *_),) = point(page, looked.view.key, 1)
    assert "[1]" in title
