"""Films as files: what is read back is what was written, and what cannot be read is said in one line."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from examples import EXAMPLES, beat, story

from nnanim.beats import Beat, Story
from nnanim.errors import UserError
from nnanim.marks import Picture, Row
from nnanim.movie.cairo_backend import paint, surface
from nnanim.shapes import Discs, Raster, Shapes
from nnanim.style import RenderStyle
from nnanim.theme import by_name
from nnanim.timeline import takes
from nnanim.web import FilmCut, decode_film, encode_film
from nnanim.web.bank import Bank
from nnanim.web.channel import add_middles
from nnanim.web.columns import read_columns, write_columns
from nnanim.web.container import HEADER
from nnanim.web.quanta import FINE, POSITION
from nnanim.web.references import STEP, add, find_predictions, subtract
from nnanim.web.scales import find_scale
from nnanim.web.sheets import NONE, write_sheets
from nnanim.web.track import static, tracks

STYLE = RenderStyle(by_name("dark"))


def pixels(layers: list[Shapes]) -> np.ndarray:
    made, context = surface(640, 360, (STYLE.width, STYLE.height))
    for shapes in layers:
        paint(context, shapes)
    return made.astype(int)


@pytest.fixture(scope="module", params=["quick", "small"])
def film(request: pytest.FixtureRequest) -> bytes:
    cuts = [(story(), RenderStyle(STYLE.theme, lang)) for lang in ("en", "ja")]
    return encode_film(cuts, small=request.param == "small")


@pytest.mark.parametrize("kind", EXAMPLES)
def test_every_mark_is_read_back_as_it_was_written(kind: str) -> None:
    told = Story.from_beats([beat(kind)], card=False)
    (take,) = takes(told, STYLE)
    read = decode_film(encode_film([(told, STYLE)])).cuts[0]
    written = pixels(list(take.at(take.seconds).values()))
    assert np.abs(written - pixels([shapes for _, shapes in read.at(read.seconds)])).max() <= 24


def test_every_beat_is_read_back_at_its_end(film: bytes) -> None:
    cut = decode_film(film).choose(lang="ja")
    for take, read in zip(takes(story(), RenderStyle(STYLE.theme, "ja")), cut.beats, strict=True):
        assert (read.id, read.start, read.seconds) == pytest.approx(
            (take.beat.id, take.start, take.seconds), abs=1e-3
        )
        assert [key for key, _ in read.at(read.seconds)] == [k for k, s in take.at(take.seconds).items() if s]
        written = pixels(list(take.at(take.seconds).values()))
        assert np.abs(written - pixels([shapes for _, shapes in read.at(read.seconds)])).mean() < 0.1


def test_what_lies_between_samples_lies_on_their_curve_also_where_they_are_not_even() -> None:
    moments = np.array([0.0, 0.1, 0.15, 0.5, 1.0])
    rows, times = add_middles(np.column_stack([moments**2, 1 - (moments - 0.3) ** 2]), moments)
    assert rows == pytest.approx(np.column_stack([times**2, 1 - (times - 0.3) ** 2]))
    jump, _ = add_middles(np.array([[0.0], [0.0], [1.0], [1.0]]), np.linspace(0, 1, 4))
    assert (jump.min(), jump.max()) == (0.0, 1.0)


def test_what_fades_out_on_its_way_goes_on() -> None:
    where = [-0.3, 0.0, 0.3, 0.6]
    samples: list[Shapes] = [
        (Discs(np.array([[x, 1.0]]), np.ones(1), np.array([[1, 1, 1, light]])),)
        for x, light in zip(where, (1.0, 0.6, 0.2), strict=False)
    ]
    bank = Bank()
    ((moving, gone),) = tracks([*samples, ()], np.linspace(0, 1, 4), bank)
    rows = bank.numbers()[moving[2][2] :][: moving[2][1] * 4].reshape(-1, 4).cumsum(axis=0)
    assert rows[-1, 0] == pytest.approx(0.6 * POSITION, abs=1) and gone[0] == pytest.approx(1.0)


def test_pictures_are_placed_more_finely_than_all_else() -> None:
    picture = Raster((1.23456789, -2.3456789), (3.00001, 2.00002), np.zeros((2, 2, 4), np.uint8))
    bank = Bank()
    _, places, _ = bank.statics.things[static((picture,), bank)]
    whole, rest = bank.numbers()[places : places + 8].reshape(2, 4)
    assert (whole + rest / FINE) / POSITION == pytest.approx([*picture.center, *picture.size], abs=1e-6)


def test_cuts_share_what_they_have_in_common(film: bytes) -> None:
    alone = encode_film([(story(), STYLE)])
    both = encode_film([(story(), STYLE), (story(), RenderStyle(by_name("light")))])
    assert len(both) < 1.6 * len(alone)


def test_a_cut_says_what_a_page_needs(film: bytes) -> None:
    read = decode_film(film)
    cut = read.choose(lang="ja", theme="no such", frame="16:9")
    assert (cut.lang, cut.theme, cut.frame, cut.ground) == ("ja", "dark", "16:9", STYLE.theme.color("ground"))
    assert cut.beats[0].sentence and cut.beats[0].alt
    noted = FilmCut(story(), STYLE, notes={cut.beats[1].id: "Ask the class."})
    assert decode_film(encode_film([noted])).cuts[0].beats[1].notes == "Ask the class."


def damage(film: bytes, place: int) -> bytes:
    return film[:place] + bytes([film[place] ^ 0x55]) + film[place + 1 :]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda film: b"", "no film"),
        (lambda film: b"<!doctype html>", "no film"),
        (lambda film: film[:10], "cut off: 10 bytes"),
        (lambda film: film[:-1], "cut off"),
        (lambda film: film[:6] + struct.pack("<H", 99) + film[8:], "of version 99"),
        (lambda film: film[:6] + struct.pack("<H", 1) + film[8:], "of version 1"),
        (lambda film: film[:8] + struct.pack("<I", 7) + film[12:], "damaged: there is no packing 7"),
        (lambda film: damage(film, HEADER.size + 40), "damaged"),
        (lambda film: damage(film, len(film) - 30), "damaged"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_in_one_line(film: bytes, spoil: object, says: str) -> None:
    with pytest.raises(UserError, match=says) as found:
        decode_film(spoil(film))  # type: ignore[operator]
    assert "\n" not in str(found.value)


def test_an_index_comes_back_as_it_was(film: bytes) -> None:
    rows = [[i, 0.1 * i, [f"{i}", None]] for i in range(20)]
    numbers = [0, -1, 127, 128, -(2**40), 1.5, -0.00001, 1 / 3, 1e300]
    value = {
        "rows": rows, "long": list(range(300)), "triples": [[0, 5, 9] * 7, [], [1, 2, 3] * 3], "none": [],
        "mixed": [{"a": 1}, {"b": [True, False], "a": ""}, [], {}, "日本語"], "numbers": numbers,
    }  # fmt: skip
    assert read_columns(write_columns(value)) == value
    index = decode_film(film).store.index
    assert read_columns(write_columns(index)) == index


@pytest.mark.parametrize("value", [{"a": {1, 2}}, ["a\0b"]])
def test_an_index_of_other_things_cannot_be_written(value: object) -> None:
    with pytest.raises(TypeError, match="nothing is known about writing"):
        write_columns(value)


def test_a_small_film_is_smaller_and_shows_the_same() -> None:
    cuts = [(story(), STYLE)]
    quick, small = encode_film(cuts), encode_film(cuts, small=True)
    assert len(small) < 0.85 * len(quick)
    told, found = (decode_film(one).store for one in (quick, small))
    assert (told.numbers == found.numbers).all() and (told.singles == found.singles).all()
    assert told.index == found.index


def paint_map(share: np.ndarray, ends: tuple[float, float, float]) -> np.ndarray:
    """A map (height, width, 4) of shares from black to a colour."""
    light = np.round(share[..., None] * np.array(ends)).astype(np.uint8)
    return np.dstack([light, np.full(share.shape, 255, np.uint8)])


def test_pictures_of_two_themes_are_values_of_one_scale() -> None:
    y, x = np.mgrid[0:40, 0:40] / 40
    shares = [1 / (1 + np.exp(-9 * (x * slope - y))) for slope in np.linspace(0.5, 2, 12)]
    looks = [(250.0, 120.0, 30.0), (90.0, 200.0, 240.0)]
    pictures = [paint_map(share, look) for look in looks for share in shares]
    sheets = write_sheets(pictures, set(range(len(pictures))))
    assert len(sheets.content) == 1 and len(sheets.scales) == 2
    alone = [write_sheets(pictures[i : i + 12], set(range(12))) for i in (0, 12)]
    assert len(sheets.content[0]) < 0.6 * sum(len(one.content[0]) for one in alone)
    scale = find_scale(np.array(pictures), 2)
    assert scale is not None
    for look, colors in enumerate(scale.colors):
        shown = colors[scale.levels]
        wanted = np.array(pictures[12 * look : 12 * look + 12])[..., :3].astype(int)
        assert np.abs(shown - wanted).max() <= 1


def test_few_colours_are_kept_exactly_and_what_is_see_through_has_no_scale() -> None:
    greys = np.repeat(np.arange(200, dtype=np.uint8)[None, :, None], 4, axis=2)
    greys[..., 3] = 255
    scale = find_scale(greys[None], 1)
    assert scale is not None and (scale.colors[0][scale.levels[0]] == greys[..., :3]).all()
    greys[0, 0, 3] = 254
    assert find_scale(greys[None], 1) is None
    noise = np.random.default_rng(0).integers(0, 256, (1, 80, 80, 4)).astype(np.uint8)
    noise[..., 3] = 255
    assert find_scale(noise, 1) is None


def take_course() -> list[np.ndarray]:
    """Pictures (24, 24, 4) of noise that goes away step by step."""
    rng = np.random.default_rng(0)
    picture, noise = rng.uniform(size=(24, 24, 3)), rng.uniform(size=(24, 24, 3))
    mixed = [picture * share + noise * (1 - share) for share in np.linspace(0, 1, 12)]
    return [np.dstack([np.round(255 * one), np.full((24, 24), 255)]).astype(np.uint8) for one in mixed]


def tell_course(pictures: list[np.ndarray]) -> Story:
    """One picture becomes the next, beat by beat."""
    every = [Picture(one[..., :3] / 255, key="it") for one in pictures]
    return Story.from_beats([Beat(f"Step {i}.", Row(one)) for i, one in enumerate(every)], card=False)


def test_pictures_that_follow_each_other_are_written_as_differences() -> None:
    pictures = take_course()
    together = write_sheets(pictures, set(range(len(pictures))))
    apart = sum(len(write_sheets([one], {0}).content[0]) for one in pictures)
    assert together.steps == [STEP] and len(together.content[0]) < 0.5 * apart
    film = encode_film([(tell_course(pictures), STYLE)], origins=False)
    shown = [one.astype(int) for one in decode_film(film).store.pictures if one.shape == (24, 24, 4)]
    assert all(any(np.abs(one - two).max() <= 1 for two in shown) for one in pictures)


def test_a_picture_that_is_see_through_does_not_keep_others_from_being_differences() -> None:
    pictures = take_course()
    hole = pictures[0].copy()
    hole[3, 3, 3] = 0
    found = write_sheets([*pictures, hole], set(range(13)))
    assert sorted(found.steps) == [0, STEP]


def test_pictures_that_must_be_exact_are_on_sheets_of_their_own() -> None:
    pictures = take_course()
    found = write_sheets(pictures, set(range(12)), exact={3, 7, 11})
    assert found.steps == [1, STEP]
    assert [found.places[i][2] for i in (3, 7, 11, 0)] == [0, 0, 0, 1]
    # What follows refers to the exact ones, also to those with a higher number.
    assert any(picture > i for i, place in enumerate(found.places) for picture in place[5::2])


def test_differences_do_not_add_up_nor_leave_the_range_of_colours() -> None:
    rng = np.random.default_rng(0)
    stack = rng.choice(np.array([0, 1, 2, 127, 253, 254, 255], np.uint8), (30, 8, 8, 4))
    stack[..., 3] = 255
    stack[20] = stack[3]
    predictions = find_predictions(stack)
    assert predictions[0].terms == () and predictions[20].terms[0][0] == 3
    assert all(picture < i for i, one in enumerate(predictions) for picture, _ in one.terms)
    again = list[np.ndarray]()
    for one, prediction in zip(subtract(stack, predictions), predictions, strict=True):
        again.append(add(one, prediction, again, STEP))
    assert np.abs(np.array(again).astype(int) - stack).max() == 1


def test_a_mixture_is_predicted_from_the_pictures_of_which_it_is_made() -> None:
    rng = np.random.default_rng(0)
    stack = np.full((6, 32, 32, 4), 255, np.uint8)
    stack[:4, ..., :3] = rng.integers(0, 256, (4, 32, 32, 3))
    mixed = 0.5 * stack[0] + 0.25 * stack[1] + 0.25 * stack[2]
    stack[4], stack[5] = np.rint(mixed), np.rint(30 + 0.8 * stack[3])
    predictions = find_predictions(stack)
    assert [sorted(picture for picture, _ in one.terms) for one in predictions[4:]] == [[0, 1, 2], [3]]
    differences = subtract(stack, predictions, step=1)[4:, ..., :3].astype(np.int8)
    assert np.abs(differences).max() <= 3


def test_pictures_whose_numbers_can_be_asked_take_no_room() -> None:
    rng = np.random.default_rng(0)
    values = [
        rng.uniform(size=(24, 24, 3)).astype(np.float32).astype(float),
        rng.integers(0, 256, (24, 24, 3)) / 255,
    ]
    every = [Picture(one, key="it") for one in values]
    told = Story.from_beats([Beat(f"{i}", Row(one)) for i, one in enumerate(every)], card=False)
    store = decode_film(encode_film([(told, STYLE)], origins=False)).store
    shown = [one for one in store.pictures if one.shape == (24, 24, 4)]
    assert [place[2] for place in store.index["pictures"] if place[:2] == [24, 24]] == [NONE, NONE]
    for wanted in values:
        colors = np.round(255 * wanted).astype(np.uint8)
        assert any((one[..., :3] == colors).all() and (one[..., 3] == 255).all() for one in shown)
