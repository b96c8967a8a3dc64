"""Themes: every text can be read, every value has one colour, nothing is clipped."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
import shipped

from nnanim import theme, words
from nnanim.errors import UserError
from nnanim.marks import Grid, Picture
from nnanim.marks.bars import BESIDE
from nnanim.motions import Playback
from nnanim.scene import loader
from nnanim.theme import ATTENTION, KINDS, LOOK_HERE, READABLE, SIGN, THEMES, Theme, by_name, contrast

NAMES = sorted(THEMES)
TEXT_ROLES = ("ink", "dimmed", *SIGN, *ATTENTION, LOOK_HERE, "amount", "amount2", "answer", "part")
MEANINGS = (*SIGN, *ATTENTION, LOOK_HERE, "amount", "amount2", "answer")
APART = 0.06
"""Least distance in OKLab of two colours that mean different things."""

CONES = {
    "every cone": np.eye(3),
    "no long cone": [
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998],
    ],
    "no middle cone": [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881],
    ],
    "no short cone": [
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900],
    ],
}  # fmt: skip
"""What light of red, green and blue becomes for people who lack one kind of cone (Machado et al., 2009)."""


def oklab(color, cones="every cone"):
    """A colour's place in OKLab (Ottosson, 2020), as people with these cones see it."""
    c = color[:3]
    light = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    light = np.clip(np.array(CONES[cones]) @ light, 0, 1)
    lms = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    lab = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    return lab @ np.cbrt(lms @ light)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("cones", CONES)
def test_kinds_are_told_apart_with_whatever_cones(name, cones):
    places = [oklab(by_name(name).rgba(role), cones) for role in KINDS]
    for count, least in ((3, 2.5 * APART), (10, APART)):
        for a, b in combinations(places[:count], 2):
            assert np.linalg.norm(a - b) >= least


@pytest.mark.parametrize("name", NAMES)
def test_what_means_different_things_has_different_colours(name):
    one = by_name(name)
    pairs = [*combinations(MEANINGS, 2), *product(KINDS, (*SIGN, LOOK_HERE))]
    for a, b in pairs:
        assert np.linalg.norm(oklab(one.rgba(a)) - oklab(one.rgba(b))) >= APART, (a, b)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("cones", CONES)
def test_an_answer_stands_out_from_what_it_stands_among(name, cones):
    one = by_name(name)
    ground, amount, answer = (oklab(one.rgba(role), cones) for role in ("ground", "amount", "answer"))
    beside = ground + (amount - ground) * BESIDE
    assert np.linalg.norm(answer - beside) >= 5 * APART


@pytest.mark.parametrize("name", NAMES)
def test_kinds_and_parts_can_be_seen(name):
    one = by_name(name)
    for role in (*KINDS, "part"):
        assert contrast(one.rgba(role), one.rgba("ground")) >= 3


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("role", "under"), list(product(TEXT_ROLES, ("ground", "panel"))))
def test_text_of_every_role_can_be_read(name, role, under):
    one = by_name(name)
    assert contrast(one.rgba(role), one.rgba(under)) >= 4.5


@pytest.mark.parametrize("name", NAMES)
def test_outlines_can_be_seen(name):
    one = by_name(name)
    assert contrast(one.rgba("outline"), one.rgba("ground")) >= 3


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("role", ["positive", *ATTENTION, LOOK_HERE, "amount", "amount2", "answer"])
def test_ink_can_be_read_on_every_colour_of_every_scale(name, role):
    one = by_name(name)
    for color in one.signed_colors(np.linspace(-1, 1, 401), role):
        assert contrast(one.ink_on(color), color) >= 4.5


def test_ink_can_be_read_on_any_colour_at_all():
    for color in product(np.linspace(0, 1, 12), repeat=3):
        assert contrast(Theme().ink_on(color), color) >= 4.5


@pytest.mark.parametrize("name", NAMES)
def test_zero_is_silent_and_the_ends_are_the_roles(name):
    one = by_name(name)
    np.testing.assert_array_equal(one.signed_colors(0.0), one.rgba("ground"))
    np.testing.assert_allclose(one.signed_colors([-1, 1]), [one.rgba("negative"), one.rgba("positive")])
    np.testing.assert_allclose(one.signed_colors(1, "query"), one.rgba("query"))
    np.testing.assert_allclose(one.signed_colors(0.5), (one.rgba("ground") + one.rgba("positive")) / 2)
    assert one.signed_colors(np.zeros((2, 3))).shape == (2, 3, 4)


@pytest.mark.parametrize("name", NAMES)
def test_neighbouring_values_have_different_colours(name):
    colors = by_name(name).signed_colors(np.linspace(-1, 1, 101))
    assert (np.abs(np.diff(colors, axis=0)).max(axis=1) > 1e-3).all()


@pytest.mark.parametrize("bad", [1.01, -1.01, 2, np.inf, np.nan])
def test_no_colour_is_clipped(bad):
    with pytest.raises(UserError, match=rf"the fraction {bad:g}, outside -1\.\.1"):
        Theme().signed_colors([0.0, bad])


def test_sign_is_orange_and_blue_never_red_and_green():
    for name in NAMES:
        red, _, blue, _ = by_name(name).rgba("positive")
        assert red > blue
        red, _, blue, _ = by_name(name).rgba("negative")
        assert blue > red


def test_every_theme_has_every_role():
    roles = set(Theme().colors)
    assert all(set(by_name(name).colors) == roles for name in NAMES)


def test_colours_are_read_from_roles_and_codes():
    one = Theme(colors={"ink": "#FF8000"})
    np.testing.assert_allclose(one.rgba("ink", 0.5), [1, 128 / 255, 0, 0.5])
    assert one.color("#123456") == "#123456"


def test_unknown_names_are_refused_with_the_nearest():
    with pytest.raises(UserError, match="theme 'dark' has no role 'qeury'; nearest: 'query'"):
        Theme().color("qeury")
    with pytest.raises(UserError, match="there is no theme 'drak'; nearest: 'dark'"):
        by_name("drak")
    with pytest.raises(UserError, match="there is no text size 'lage'; nearest: 'large'"):
        Theme().size("lage")


def test_sizes_are_three_and_fall():
    one = Theme()
    assert one.size("large") > one.size("medium") > one.size("small") > 0.2


def test_a_theme_of_your_own():
    dark = by_name("dark")
    school = replace(dark, name="school", colors={**dark.colors, "accent": "#00FF88"})
    assert by_name(school) is school
    assert school.color("accent") == "#00FF88" and school.color("ink") == Theme().color("ink")
    assert by_name("dark").color("accent") != "#00FF88"


def test_the_transparent_themes_have_no_ground_of_their_own():
    assert by_name("dark").opaque and by_name("light").opaque
    assert not by_name("transparent").opaque and not by_name("transparent-light").opaque


def test_the_shipped_fonts_are_there():
    assert Theme().font.is_file() and Theme().bold.is_file() and theme.FONTS.is_dir()


def test_contrast_is_wcags():
    assert contrast([0, 0, 0], [1, 1, 1]) == pytest.approx(21)
    assert contrast([1, 1, 1], [1, 1, 1]) == pytest.approx(1)
    grey = np.array([0x76 / 255] * 3)  # WCAG's own border case: #767676 on white
    assert contrast(grey, [1, 1, 1]) == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("name", loader.names())
def test_a_picture_of_the_world_looks_the_same_in_every_theme(name):
    dark, light = theme.by_name("dark"), theme.by_name("light")
    for beat in shipped.story(name).beats:
        states = beat.motion.states.values() if isinstance(beat.motion, Playback) else ()
        for mark in (*beat.marks, *(one for some in states for one in some)):
            if isinstance(mark, Grid) and mark.meaning == words.pixel and not mark.veil:
                cells = mark.mask if mark.mask is not None else np.zeros(mark.values.shape, dtype=bool)
                a, b = mark.colors(dark), mark.colors(light)
                np.testing.assert_array_equal(a[~cells], b[~cells], f"{name}: {beat.id}: {mark.key}")
            if isinstance(mark, Picture) and mark.meaning == words.pixel:
                np.testing.assert_array_equal(mark.bytes_in(dark), mark.bytes_in(light))


@pytest.mark.parametrize("name", ["dark", "light"])
def test_a_fraction_that_rounding_made_larger_has_a_colour(name):
    colors = theme.by_name(name).signed_colors([1 + 1e-12, -1 - 1e-12])
    assert colors.min() >= 0 and colors.max() <= 1


@pytest.mark.parametrize("name", NAMES)
def test_words_in_the_colour_of_any_role_can_be_read(name: str) -> None:
    look = by_name(name)
    unread = [role for role in look.colors if contrast(look.rgba(role), look.rgba("ground")) < READABLE]
    assert "panel" in unread and "ink" not in unread
    for role in look.colors:
        assert contrast(look.readable(role), look.rgba("ground")) >= READABLE
        assert role in unread or np.array_equal(look.readable(role), look.rgba(role))
