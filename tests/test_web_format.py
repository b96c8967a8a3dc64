"""Films as files: what is read back is what was written, and what cannot be read is said in one line."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from examples import EXAMPLES, beat, story

from nnanim.beats import Story
from nnanim.errors import UserError
from nnanim.movie.cairo_backend import paint, surface
from nnanim.shapes import Discs, Raster, Shapes
from nnanim.style import RenderStyle
from nnanim.theme import by_name
from nnanim.timeline import takes
from nnanim.web import FilmCut, decode_film, encode_film
from nnanim.web.bank import Bank
from nnanim.web.channel import add_middles
from nnanim.web.encode import HEADER
from nnanim.web.quanta import FINE, POSITION
from nnanim.web.track import static, tracks

STYLE = RenderStyle(by_name("dark"))


def pixels(layers: list[Shapes]) -> np.ndarray:
    made, context = surface(640, 360, (STYLE.width, STYLE.height))
    for shapes in layers:
        paint(context, shapes)
    return made.astype(int)


@pytest.fixture(scope="module")
def film() -> bytes:
    return encode_film(
        [(story(), RenderStyle(by_name(theme), lang)) for lang in ("en", "ja") for theme in ("dark",)]
    )


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
        (lambda film: film[:6] + struct.pack("<H", 2) + film[8:], "of version 2"),
        (lambda film: damage(film, HEADER.size + 40), "damaged"),
        (lambda film: damage(film, len(film) - 30), "damaged"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_in_one_line(film: bytes, spoil: object, says: str) -> None:
    with pytest.raises(UserError, match=says) as found:
        decode_film(spoil(film))  # type: ignore[operator]
    assert "\n" not in str(found.value)
