"""The noise film: statistics as the formula says, sums and counts on the screen, and mistakes in one line."""

from __future__ import annotations

from math import erf, sqrt

import numpy as np
import pytest

from nnanim.beats import Story
from nnanim.data.noise import NoisyPicture, expected_counts
from nnanim.errors import UserError
from nnanim.layout import place_story
from nnanim.marks import Histogram
from nnanim.scene import loader
from nnanim.stories.noise import noise
from nnanim.style import RenderStyle
from nnanim.theme import by_name
from nnanim.words import say


@pytest.fixture(scope="module")
def made() -> NoisyPicture:
    return NoisyPicture()


@pytest.fixture(scope="module")
def beats(made):
    return {beat.id: beat for beat in noise(made)}


def text(beat, key):
    return say(beat[key].words, "en").replace("−", "-")


def test_the_noise_is_numpys_normal_draw(made):
    drawn = np.random.default_rng(0).normal(0, 10, (100, 100))
    np.testing.assert_allclose(made.noise(), drawn, rtol=1e-12)
    np.testing.assert_allclose(made.clip(), np.clip(128 + drawn, 0, 255), rtol=1e-12)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("sigma", [10, 60])
def test_statistics_are_as_the_formula_says(seed, sigma):
    one = NoisyPicture(sigma=sigma, seed=seed)
    n = one.noise().size
    assert abs(one.noise().mean()) < 5 * sigma / sqrt(n)
    assert abs(one.noise().std() / sigma - 1) < 5 / sqrt(2 * n)
    tails = 1 - 0.5 * (erf((255 - 128) / sigma / sqrt(2)) + erf(128 / sigma / sqrt(2)))
    assert abs(one.outside() - tails) <= 5 * sqrt(tails * (1 - tails) / n) + 1e-9


def test_what_is_on_the_screen_adds_up(beats, made):
    corner = beats["pixels"]
    np.testing.assert_allclose(corner["a"].values + corner["b"].values, corner["c"].values)
    np.testing.assert_array_equal(corner["c"].values, made.noisy()[:4, :4])
    whole = beats["sum"]
    both = whole["picture"].pixels + whole["noise"].pixels
    np.testing.assert_allclose(whole["sum"].pixels, np.clip(both, 0, 255))
    np.testing.assert_allclose(beats["clipped"]["sum"].pixels, np.clip(128 + 6 * made.noise(), 0, 255))


def test_the_film_draws_the_same_numbers_one_after_the_other(beats, made):
    motion = beats["noise"].motion
    for picture, counts in zip(motion.states["noise"], motion.states["counted"], strict=True):
        there = int(counts.counts.sum())
        np.testing.assert_array_equal(picture.pixels.ravel()[:there], made.noise().ravel()[:there])
        assert not picture.pixels.ravel()[there:].any()
    assert motion.states["noise"][-1] == beats["noise"]["noise"] and there == 10_000


def test_every_histogram_counts_every_pixel(beats):
    found = [mark for beat in beats.values() for mark in beat.marks if isinstance(mark, Histogram)]
    assert len(found) >= 10
    for mark in found:
        assert mark.counts.sum() == 10_000
        if mark.expected is not None:
            assert mark.expected.sum() == pytest.approx(10_000, rel=1e-3)
            off = np.abs(mark.counts - mark.expected) / np.sqrt(np.maximum(mark.expected, 1))
            assert off.max() < 5


def test_the_clipped_share_stands_at_the_ends(beats, made):
    bars, values = beats["clipped"]["sums"], made.clip(60)
    ends = (values == 0).sum() + (values == 255).sum()
    assert ends == round(made.outside(60) * 10_000) and ends > 200
    inner = made.noisy(60)
    assert bars.counts[0] == (inner < 4).sum() and bars.counts[-1] == (inner >= 252).sum()
    assert bars.counts[0] > 3 * bars.counts[1] and bars.counts[-1] > 3 * bars.counts[-2]
    assert f"{100 * made.outside(60):.1f} %" in say(beats["outside"].says, "en")
    edges, marked = beats["outside"]["sums"].edges, beats["outside"]["sums"].highlight
    counts = beats["outside"]["sums"].counts
    out = (made.noisy(60) < 0).sum() + (made.noisy(60) >= 256).sum()
    assert sum(counts[i] for i in marked) == out and edges[0] < 0 and edges[-1] > 256


def test_expected_counts_with_clipping_hold_all():
    edges = np.linspace(0, 256, 65)
    assert expected_counts(edges, 128, 60, 10_000).sum() < 9_700
    assert expected_counts(edges, 128, 60, 10_000, clipped=True).sum() == pytest.approx(10_000)


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"grey": 0, "sigma": 3},
        {"grey": 255, "sigma": 200, "seed": 9},
        {"size": (1, 1)},
        {"size": (40, 80), "grey": 7.5},
        {"size": (80, 40)},
        {"sigma": 0.01},
    ],
)
def test_other_numbers_can_be_told(options, lang):
    one = NoisyPicture(**options)
    story = Story.from_beats(noise(one), "Noise", one.provenance)
    assert len(place_story(story, RenderStyle(by_name("dark"), lang))) == len(story.beats)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"grey": float("nan")}, "grey=nan; a pixel is 0 to 255"),
        ({"grey": 300}, "grey=300; a pixel is 0 to 255"),
        ({"sigma": -1}, "sigma=-1; a standard deviation is above 0"),
        ({"sigma": float("nan")}, "sigma=nan; a standard deviation is above 0"),
        ({"size": (0, 100)}, r"size=\(0, 100\); it is \(height, width\), each 1 to 1000 pixels"),
        ({"size": 100}, r"size=100; it is \(height, width\)"),
        ({"size": (100.0, 100)}, r"size=\(100.0, 100\); it is"),
        ({"size": (40, 160)}, r"size=\(40, 160\); one side is at most twice the other"),
        ({"seed": -1}, "seed=-1; it is a whole number, 0 or more"),
        ({"seed": 1.5}, "seed=1.5; it is a whole number"),
        ({"grey": "128"}, "grey='128'; a pixel is"),
    ],
)
def test_a_mistake_is_one_line(options, says):
    with pytest.raises(UserError, match=f"^{says}") as caught:
        NoisyPicture(**options)
    assert "\n" not in str(caught.value)


def test_a_negative_level_is_refused(made):
    with pytest.raises(UserError, match="sigma=-5; a standard deviation is above 0"):
        list(noise(made, levels=(10, -5)))


def test_the_scene_tells_it():
    story = loader.build_story("noise")
    assert [beat.id for beat in story.beats] == [
        "grey", "noise", "pixels", "sum", "outside", "clipped", "levels", "card",
    ]  # fmt: skip
    assert story.provenance["seed"] == 0
