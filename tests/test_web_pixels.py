"""The player draws what films show: every beat of every scene, at rest and on its way, beside cairo's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np
import player
import pytest
import shipped
from browser import Browser, needs_chromium
from examples import HIDDEN, flow, story

from nnanim.beats import Beat, Story
from nnanim.marks import Picture, Row, Units, Wires
from nnanim.marks.wires import FEW
from nnanim.motions import Flow, Relay
from nnanim.scene import loader
from nnanim.shapes import Lines, Shapes, unwrap
from nnanim.style import RenderStyle
from nnanim.theme import by_name
from nnanim.timeline import Take, takes
from nnanim.web import FilmCut, decode_film, encode_film

pytestmark = needs_chromium

WIDTH = 1920

MEAN, USUAL, OFF = 0.3, 0.15, 0.0005
"""Largest mean difference of a picture, of 255, and of a film's pictures together; largest share of pixels
that are off by more than 64. Browsers smooth edges of lines otherwise, and round what fades down."""

CROWD = 1.5
"""Largest mean difference of a picture with more wires than are seen each for itself."""

DARK = RenderStyle(by_name("dark"))


@pytest.fixture(scope="session")
def screening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[player.Screening]:
    """One for all: between the scenes, a worker runs tests of other files."""
    folder = tmp_path_factory.mktemp("screening")
    browser = Browser(folder / "profile")
    yield player.Screening(browser, folder)
    assert browser.complaints() == []
    browser.quit()


def moments(take: Take) -> Iterator[tuple[str, float]]:
    """In each phase of a beat one that lies between two samples, and the beat's end."""
    start = 0.0
    for phase in take.phases:
        if phase.name != "pause":
            frames = max(round(phase.seconds * 30), 1)
            # Not the very middle, where a playback of two states changes from one to the other.
            yield phase.name, start + phase.seconds * (frames // 2 + 0.4) / frames
        start += phase.seconds
    yield "end", take.seconds - 1e-6


def is_crowd(seen: Mapping[str, Shapes]) -> bool:
    """Whether there are more wires than are seen each for itself."""
    shapes = [one for some in seen.values() for one in unwrap(some)]
    return sum(len(one.widths) for one in shapes if isinstance(one, Lines)) > FEW


def compare(
    screening: player.Screening, told: Story, style: RenderStyle, scene: str = "", most: float = MEAN
) -> list[tuple[str, str, float, float]]:
    """The pictures of a story in which player and film differ too much, and by how much."""
    film = shipped.film(scene) if scene else takes(told, style)
    screening.load(encode_film([FilmCut(told, style, 1.0, film)], origins=False))
    found, means = [], []
    for take in film:
        for name, seconds in moments(take):
            shown, seen = screening.shoot(take.start + seconds, WIDTH), take.at(seconds)
            apart, off = player.differences(shown, player.paint_frame(list(seen.values()), style, WIDTH))
            if apart >= (CROWD if is_crowd(seen) else most) or off >= OFF:
                found.append((take.beat.id, name, round(apart, 3), round(off, 6)))
            if not is_crowd(seen):
                means.append(apart)
    assert not means or np.mean(means) < USUAL
    return found


@pytest.mark.parametrize("name", loader.names())
def test_every_beat_of_a_scene_looks_as_in_its_film(screening: player.Screening, name: str) -> None:
    assert compare(screening, shipped.story(name), DARK, name) == []


@pytest.mark.parametrize(
    "style",
    [RenderStyle(by_name("light"), "ja"), RenderStyle(by_name("dark"), "en", 128 / 9, 25.2)],
    ids=["light ja", "9:16"],
)
def test_every_mark_and_motion_looks_as_in_its_film(screening: player.Screening, style: RenderStyle) -> None:
    assert compare(screening, story(), style) == []


def network(*sizes: int) -> Story:
    """A network of fully connected layers, all of whose signals run."""
    rng = np.random.default_rng(0)
    values, weights = [rng.uniform(0.1, 1, sizes[0])], list[np.ndarray]()
    for into, out in pairwise(sizes):
        weights.append(rng.normal(size=(out, into)) / np.sqrt(into))
        values.append(np.tanh(weights[-1] @ values[-1]))
    units = [Units(v, key=f"units {i}", numbers=False) for i, v in enumerate(values)]
    wires = [Wires(w, units[i], units[i + 1], key=f"wires {i}") for i, w in enumerate(weights)]
    marks = [units[0], *(one for pair in zip(wires, units[1:], strict=True) for one in pair)]
    flows = [Flow(f"wires {i}", w * values[i], values[i]) for i, w in enumerate(weights)]
    return Story.from_beats([Beat("", Row(*marks), motion=Relay(tuple(flows)), id="flow")], "network")


@pytest.mark.parametrize("sizes", [(64, 32, 10), (784, 128, 10)], ids=str)
def test_thousands_of_wires_and_signals_look_as_in_their_film(
    screening: player.Screening, sizes: tuple[int, ...]
) -> None:
    assert compare(screening, network(*sizes), DARK) == []


def test_lines_and_circles_lie_where_films_have_them(screening: player.Screening) -> None:
    """Browsers round the ends of lines to quarters of a pixel, and draw arcs too small."""
    assert compare(screening, network(16, 10), DARK, most=0.25) == []


@pytest.mark.parametrize("change", [{}, {"numbers": True}, {"only": 1}, {"backward": True, "source": HIDDEN}])
def test_signals_are_where_the_film_has_them(screening: player.Screening, change: dict[str, object]) -> None:
    (beat,) = [one for one in story().beats if isinstance(one.motion, Flow)][:1]
    told = Story.from_beats([replace(beat, motion=replace(flow(), **change))], card=False)
    assert compare(screening, told, DARK) == []


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda film: b"no film at all", "no film"),
        (lambda film: film[:-1], "cut off"),
        (lambda film: film[:6] + b"\x63\x00" + film[8:], "of version 99"),
        (lambda film: film[:60] + bytes([film[60] ^ 0x55]) + film[61:], "damaged"),
    ],
    ids=["no film", "cut off", "newer", "damaged"],
)  # fmt: skip
def test_the_player_says_in_one_line_what_it_cannot_read(
    screening: player.Screening, spoil: object, says: str
) -> None:
    film = encode_film([(story(), DARK)], origins=False)
    assert screening.complaint(film) == ""
    message = screening.complaint(spoil(film))  # type: ignore[operator]
    assert says in message and "\n" not in message


def test_pictures_of_scales_and_of_differences_are_those_that_were_written(
    screening: player.Screening,
) -> None:
    y, x = np.mgrid[0:20, 0:20] / 20
    maps = [np.round(255 / (1 + np.exp(-9 * (x * slope - y)))) for slope in (0.5, 1.0, 1.5, 2.0)]
    rng = np.random.default_rng(0)
    noise, shares = rng.uniform(0, 255, size=(2, 24, 24, 3)), np.linspace(0, 1, 8)
    course = [noise[0] * share + noise[1] * (1 - share) for share in shares]
    # What can be asked, and has the digits of a pixel or single precision, is painted from its numbers.
    plain = [np.round(course[0]) / 255, (course[1] / 255).astype(np.float32).astype(float)]
    every = [Picture(one / 255, low=-1.0, colors="diverging", key="it") for one in maps]
    every += [Picture(one / 255, key="it") for one in course] + [Picture(one, key="it") for one in plain]
    told = Story.from_beats([Beat("It goes on.", Row(one)) for one in every], card=False)
    film = encode_film([(told, RenderStyle(by_name(theme))) for theme in ("dark", "light")], small=True)
    index = decode_film(film).store.index
    assert any(step for _, _, step in index["sheets"]) and index["scales"]
    assert sum(place[2] < 0 for place in index["pictures"]) == 2
    screening.load(film)
    written = [one for one in decode_film(film).store.pictures if one.shape != (1, 1, 4)]
    found = [one for one in screening.pictures() if one.shape != (1, 1, 4)]
    assert len(found) == len(written) > 8
    assert all((one == two).all() for one, two in zip(found, written, strict=True))


def test_an_old_browser_is_told_so(screening: player.Screening) -> None:
    film = encode_film([(story(), DARK)], origins=False)
    assert "too old" in screening.complaint(film, without="DecompressionStream")
