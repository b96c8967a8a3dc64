"""What can be asked of a film in the browser: each number is read back bit by bit, with name and origin."""

from __future__ import annotations

from itertools import pairwise

import examples
import numpy as np
import pytest
import shipped

from nnanim.beats import Beat, Story
from nnanim.marks import Picture, Row, Units, View, Wires, modify
from nnanim.marks.readout import KNOWN, NOT_YET
from nnanim.motions import Flow
from nnanim.style import RenderStyle
from nnanim.theme import by_name
from nnanim.timeline import takes
from nnanim.trace import Trace
from nnanim.truth import Origin, Origins, find_origins
from nnanim.web import FilmCut, decode_film, encode_film, read_answers
from nnanim.web.encode import story_origins
from nnanim.web.readouts import readouts_of

STYLE = RenderStyle(by_name("dark"))


def check_film(story: Story, style: RenderStyle = STYLE) -> int:
    """See that a film's numbers are read back as they were written; how many there are."""
    film = takes(story, style)
    cut = decode_film(encode_film([FilmCut(story, style, takes=film)])).cuts[0]
    count = 0
    for take, beat in zip(film, cut.beats, strict=True):
        answers = iter(read_answers(beat))
        for key, every in reversed(readouts_of(take, story_origins(story)).items()):
            for wanted in every:
                found = next(answers)
                assert (found.key, found.part, found.shape) == (key, style.say(wanted.part), wanted.shape)
                for one, other in zip(wanted.quantities, found.quantities, strict=True):
                    assert np.array_equal(one.values.reshape(len(wanted), -1), other.values)
                    states = np.zeros(len(wanted)) if one.states is None else one.states
                    assert np.array_equal(states, other.states) and other.means == style.say(one.means)
                    count += one.values.size
        assert next(answers, None) is None
    return count


@pytest.mark.parametrize("lang", shipped.LANGS)
def test_every_kind_of_mark_is_read_back(lang: str) -> None:
    assert check_film(examples.story(), RenderStyle(by_name("light"), lang)) > 1000


@pytest.mark.parametrize("name", ["perceptron", "digits", "attention", "vae", "noise", "lstm"])
def test_every_number_of_a_film_is_read_back_as_it_was_recorded(name: str) -> None:
    assert check_film(shipped.story(name)) > 1000


def test_origins_come_with_the_numbers() -> None:
    story = shipped.story("perceptron")
    (cut,) = decode_film(encode_film([(story, STYLE)])).cuts
    origins = find_origins(lambda: shipped.tell("perceptron", "en"))
    checked = 0
    for beat in cut.beats:
        for found in read_answers(beat):
            for quantity in found.quantities[:1]:
                for source in ("values", "weights", "pixels"):
                    codes = origins.find(beat.id, found.key, source)
                    if codes is not None and len(codes) == len(quantity.origins):
                        wanted = tuple(origins.table[c] if c >= 0 else c for c in codes.tolist())
                        assert quantity.origins == wanted
                        checked += len(wanted)
    assert checked > 1000
    without = decode_film(encode_film([(story, STYLE)], origins=False)).cuts[0]
    bare = [held for beat in without.beats for found in read_answers(beat) for held in found.quantities]
    assert not any(isinstance(one, Origin) for held in bare for one in held.origins)


def test_a_story_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    story, looked = shipped.scene("dropout", "en").tell_story(shipped.example("dropout", "en")), []
    monkeypatch.setattr("nnanim.web.encode.find_origins", lambda tell: looked.append(tell) or Origins())
    for theme in ("dark", "light"):
        story_origins(story)
        encode_film([FilmCut(story, RenderStyle(by_name(theme)))])
    assert looked == [story.retell]
    assert story_origins(Story.from_beats([Beat("", Units([1.0], key="u"))])) is None


def network(weights: np.ndarray, x: np.ndarray, *, named: bool = True) -> list[Beat]:
    """Two beats of a layer: as it stands, with its names; then with signals on its wires, without them."""
    names = tuple(f"n{i}" for i in range(len(x))) if named else ()
    source = Units(x, key="x", names=names, label="In")
    target = Units(weights @ x, key="y", lit=False, label="Out")
    wires = Wires(weights, "x", "y", key="w")
    flow = Flow("w", weights * x, x)
    later = Row(modify(source, names=(), label=None), wires, modify(target, lit=True, label=None))
    return [Beat("One.", Row(source, wires, target), id="one"), Beat("Two.", later, motion=flow, id="two")]


def test_names_stay_with_what_had_them_and_neurons_that_are_not_lit_have_no_number() -> None:
    beats = network(np.array([[0.5, -1.25], [2.0, 0.1]]), np.array([0.3, 0.7]))
    cut = decode_film(encode_film([(Story.from_beats(beats), STYLE)])).cuts[0]
    one, two = ({found.key: found for found in read_answers(beat)} for beat in cut.beats)
    assert two["x"].names == one["x"].names == ("n0", "n1") and two["y"].label == "Out"
    assert one["y"].quantities[0].states.tolist() == [NOT_YET] * 2
    assert two["y"].quantities[0].states.tolist() == [KNOWN] * 2
    assert [quantity.means for quantity in two["w"].quantities] == ["weight", "signal", "signal × weight"]


def test_products_and_repeated_numbers_take_no_room() -> None:
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(40, 50)).astype(np.float32).astype(float)
    x = rng.normal(size=50).astype(np.float32).astype(float)
    story = Story.from_beats(network(weights, x, named=False))
    film = decode_film(encode_film([(story, STYLE)]))
    kinds = [row[0] for row in film.store.index["readouts"]["arrays"]]
    assert {"product", "repeat"} <= set(kinds)
    assert film.store.singles.size < 1.2 * weights.size
    check_film(story)


def test_widths_of_a_crowd_follow_from_its_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = np.random.default_rng(0).normal(size=(60, 50))
    weights[3, 4], weights[5, 6] = 1e-9, -1e-9  # drawn, and coloured by their signs
    weights = weights.astype(np.float32).astype(float)
    story = Story.from_beats(network(weights, np.linspace(-1, 1, 50), named=False))
    data = encode_film([(story, STYLE)])
    with monkeypatch.context() as patch:
        patch.setattr("nnanim.web.encode.find_fills", lambda *_: [])
        plain = encode_film([(story, STYLE)])
    assert len(data) < len(plain) - weights.size
    film, whole = decode_film(data), decode_film(plain)
    assert film.store.index["fills"]
    assert np.array_equal(film.store.numbers, whole.store.numbers)


@pytest.mark.parametrize(
    "values",
    [
        [0.1, -0.2, 1e-300, 3.0], [1.0, 2.0, -3.0, 32767.0], [40000.0, 0.5, 1.5, 2.5], [-0.0, 1.0, 2.0, 0.0],
        [0.0, 1 / 255, 77 / 255, 1.0], [-0.0, 1 / 255, 77 / 255, 1.0], [float(np.float32(0.1)), 2.0, 3.0],
    ],
)  # fmt: skip
def test_numbers_of_every_precision_are_read_back_bit_by_bit(values: list[float]) -> None:
    story = Story.from_beats([Beat("Some.", Units(values, key="u", numbers=False))])
    (found,) = read_answers(decode_film(encode_film([(story, STYLE)])).cuts[0].beats[0])
    assert found.quantities[0].values.ravel().tobytes() == np.array(values).tobytes()


def test_a_view_says_how_it_shows_the_stage() -> None:
    units = Units([0.5, 1.5], key="u")
    story = Story.from_beats([Beat("All.", units), Beat("One.", units, view=View("u", 1, fills=0.5))])
    film = takes(story, STYLE)
    whole, near = decode_film(encode_film([(story, STYLE)])).cuts[0].beats
    zoom = film[1].frame.zoom
    assert whole.readouts["view"] is None
    np.testing.assert_allclose(near.readouts["view"], [zoom.factor, *zoom.shift, *zoom.box], rtol=1e-5)


def test_what_does_not_change_is_written_once() -> None:
    trace = Trace.of({"x": np.random.default_rng(1).normal(size=(1, 40)).astype(np.float32)})
    units = Units(trace["x"][0], key="u")
    sizes = [
        len(encode_film([(Story.from_beats([Beat(str(i), units) for i in range(count)]), STYLE)]))
        for count in (2, 3, 4)
    ]
    assert max(b - a for a, b in pairwise(sizes)) < 600


def test_sums_of_what_is_known_take_no_room() -> None:
    rng = np.random.default_rng(0)
    noise, grey = rng.normal(size=(50, 50)), np.full((50, 50), 0.5)
    sums = [np.clip(grey + strength * noise, 0.0, 1.0) for strength in (0.1, 0.3, 1.7)]
    pictures = [Picture(one, low=-9.0, high=9.0, key=f"{i}") for i, one in enumerate((grey, noise, *sums))]
    beats = [Beat("", Row(*pictures[:2]), id="two"), Beat("", Row(*pictures[2:]), id="sums")]
    story = Story.from_beats(beats, card=False)
    film = decode_film(encode_film([(story, STYLE)]))
    kinds = [row[0] for row in film.store.index["readouts"]["arrays"]]
    assert kinds.count("double") == 1 and kinds.count("sum") == 3
    assert check_film(story) == 5 * 2500


def test_long_tables_of_a_rounded_film_are_smaller_and_off_by_less_than_a_digit() -> None:
    rng = np.random.default_rng(0)
    photos, table = rng.uniform(size=(5, 24, 24, 3)), rng.normal(size=(36, 36))
    few = rng.uniform(size=(8, 8, 3))
    marks = [Picture(one, key=f"p{i}") for i, one in enumerate((*photos, few))] + [
        Picture(table, key="t", low=-5, high=5)
    ]
    told = Story.from_beats([Beat("", Row(*marks), id="it")], card=False)
    exact, brief = (encode_film([(told, STYLE)], small=True, rounded=rounded) for rounded in (False, True))
    assert len(brief) < 0.25 * len(exact)
    found = {one.key: one.quantities[0].values for one in read_answers(decode_film(brief).cuts[0].beats[0])}
    for i, photo in enumerate(photos):
        assert np.array_equal(found[f"p{i}"], np.round(255 * photo.reshape(-1, 3)) / 255)
    assert np.array_equal(found["p5"], few.reshape(-1, 3))
    assert np.allclose(found["t"].ravel(), table.ravel(), rtol=2**-16, atol=0)
    assert not np.array_equal(found["t"].ravel(), table.ravel())
