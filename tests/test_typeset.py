"""Words and formulas as outlines: what is measured is what is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from nnanim import shapes, theme
from nnanim.errors import UserError
from nnanim.marks import Formula
from nnanim.style import RenderStyle
from nnanim.typeset import MissingGlyph, formula, line

THEME = theme.named("dark")
FONT = THEME.font
COLORS = (("positive", "#f5a623"), ("negative", "#4aa8ff"))


def box(setting, color="any"):
    """(left, right, bottom, top) of the ends of all curves, or of one colour's."""
    points = np.concatenate(
        [piece.curves[:, [0, 3]].reshape(-1, 2) for piece in setting.pieces if color in ("any", piece.color)]
    )
    return np.array([points[:, 0].min(), points[:, 0].max(), points[:, 1].min(), points[:, 1].max()])


def test_a_line_is_as_wide_as_its_ink():
    for text in ("Hello", "重みとバイアス", "−0.35"):
        set_ = line(text, FONT)
        left, right, bottom, top = box(set_)
        assert left > -0.06 and right < set_.width + 0.06
        assert set_.width - (right - left) < 0.25
        assert -set_.descent <= bottom and top <= set_.ascent + 0.02


def test_a_longer_line_is_wider_and_widths_scale():
    assert line("Hello you", FONT).width > line("Hello", FONT).width
    one, two = shapes.width("Hello", 1.0, THEME), shapes.width("Hello", 2.0, THEME)
    assert two == pytest.approx(2 * one)
    assert shapes.width("", 1.0, THEME) == 0
    assert shapes.width("Hello", 1.0, THEME, bold=True) > one


def test_a_kanji_is_an_em_wide():
    assert line("重", FONT).width == pytest.approx(1.0)


def test_contours_are_closed_and_their_starts_are_known():
    (piece,) = line("B", FONT).pieces
    assert len(piece.starts) == 3
    ends = [*piece.starts[1:], len(piece.curves)]
    for start, end in zip(piece.starts, ends, strict=True):
        np.testing.assert_array_equal(piece.curves[end - 1, 3], piece.curves[start, 0])
        np.testing.assert_array_equal(piece.curves[start : end - 1, 3], piece.curves[start + 1 : end, 0])


def test_a_missing_glyph_is_named_with_its_text():
    with pytest.raises(MissingGlyph, match=r"no glyph for '🦄' \(U\+1F984\) in 'a 🦄'") as caught:
        line("a 🦄", FONT)
    assert isinstance(caught.value, UserError)
    with pytest.raises(MissingGlyph, match=r"no glyph for '龘'"):
        line("重み龘", FONT)


def test_a_missing_font_is_named(tmp_path):
    with pytest.raises(UserError, match=r"nothing\.otf is not there; name another in the theme"):
        line("a", tmp_path / "nothing.otf")


@pytest.mark.parametrize("char", "αβγδεζηθμπρστφχωΔΣΩ×÷−±≤≥≠≈→←↔∞∑∂∇√·…—–“”‘’「」、。（）％μ²³¹₀₁₂°")
def test_the_shipped_font_has_what_a_lesson_writes(char):
    assert line(char, FONT).width > 0 and line(char, THEME.bold).width > 0


def test_a_formula_has_a_box_around_its_ink():
    for source in ("z = sum_i w_i x_i + b", "sqrt(macron(alpha)_t) x_0", "a / b", "x"):
        set_ = formula(source, fonts=FONT.parent)
        left, right, bottom, top = box(set_)
        assert left > -0.1 and right < set_.width + 0.1
        assert bottom >= -set_.descent - 0.01 and top <= set_.ascent + 0.01
    assert formula("x x x x").width > formula("x").width


def test_a_fraction_has_its_bar_and_its_parts_above_each_other():
    set_ = formula("a / b")
    _, _, bottom, top = box(set_)
    assert bottom < -0.3 and top > 0.3
    thin = [p for p in set_.pieces for s in p.starts if np.ptp(p.curves[s : s + 4, :, 1]) < 0.1]
    assert thin


def test_parts_of_a_formula_take_the_colour_of_their_role():
    set_ = formula("positive(a) + negative(b) = c", COLORS)
    assert {piece.color for piece in set_.pieces} == {None, "#f5a623", "#4aa8ff"}
    a, b, rest = box(set_, "#f5a623"), box(set_, "#4aa8ff"), box(set_, None)
    assert a[1] < b[0] < rest[1]


def test_hidden_parts_of_a_formula_keep_their_place():
    style = RenderStyle(THEME)
    parts = ("z =", "positive(1.2 times 4.7)", "+ 0.5", "= 6.14")
    whole = Formula(parts, key="f").setting(style)
    for visible in range(1, 5):
        some = Formula(parts, key="f", visible=visible).setting(style)
        assert some.width == pytest.approx(whole.width)
        assert some.ascent == pytest.approx(whole.ascent)
        assert box(some)[0] == pytest.approx(box(whole)[0])
        assert (box(some)[1] < box(whole)[1] - 0.3) == (visible < 4)
        if visible >= 2:
            orange = THEME.color("positive").lower()
            np.testing.assert_allclose(box(some, orange), box(whole, orange), atol=1e-6)


def test_a_formula_takes_the_themes_colours():
    light = Formula("positive(x)", key="f").setting(RenderStyle(theme.named("light")))
    assert {p.color for p in light.pieces} == {theme.named("light").color("positive").lower()}


@pytest.mark.parametrize("source", ["sqrt(", "nosuchthing(x)", "#let"])
def test_a_bad_formula_is_told(source):
    with pytest.raises(UserError, match="formula '") as caught:
        formula(source)
    assert source in str(caught.value) and "\n" not in str(caught.value)


def test_text_stands_where_it_is_asked_to():
    ink = THEME.rgba("ink")
    for align, low, high in (("left", 0.0, 0.1), ("center", -2, -0.2), ("right", -4, -0.5)):
        (one,) = shapes.text("Hello", 3.0, 1.0, 0.5, ink, THEME, align)
        assert low <= one.origin[0] - 3.0 <= high
    (capital,) = shapes.text("H", 0.0, 1.0, 0.5, ink, THEME)
    y = capital.piece.curves[..., 1] * 0.5 + capital.origin[1]
    assert (y.min() + y.max()) / 2 == pytest.approx(1.0, abs=0.02)
    assert shapes.text("  ", 0, 0, 0.5, ink, THEME) == ()


def test_fading_multiplies_every_alpha():
    one = shapes.text("Hello", 0, 0, 0.5, THEME.rgba("ink", 0.8), THEME)
    assert shapes.faded(one, 0.5)[0].color[3] == pytest.approx(0.4)
    assert shapes.faded(one, 0) == () and shapes.faded(one, 1) == one
