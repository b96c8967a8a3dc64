"""Words and formulas as outlines: what is measured is what is drawn."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import svgelements

from nnanim import shapes, theme
from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.layout import fits, place
from nnanim.marks import Block, Formula, Row, Text
from nnanim.recording.huggingface.token_spelling import spell
from nnanim.style import RenderStyle
from nnanim.words import fonts as system_fonts
from nnanim.words import outlines, typeset
from nnanim.words.fonts import MissingGlyph
from nnanim.words.typeset import formula, line

THEME = theme.by_name("dark")
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


def test_a_missing_glyph_is_named_with_its_text(fonts):
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
    light = Formula("positive(x)", key="f").setting(RenderStyle(theme.by_name("light")))
    assert {p.color for p in light.pieces} == {theme.by_name("light").color("positive").lower()}


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
    assert shapes.fade(one, 0.5)[0].color[3] == pytest.approx(0.4)
    assert shapes.fade(one, 0) == () and shapes.fade(one, 1) == one


# Characters that the shipped font lacks


def square_font(path, chars, outlines=True, wide=1000):
    """A tiny font that draws each character as a box, the later ones wider."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    names = [".notdef", *(f"g{ord(char):X}" for char in chars)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(char): f"g{ord(char):X}" for char in chars})
    glyphs = {}
    for size, name in enumerate(names):
        pen = TTGlyphPen(None)
        if outlines:
            right = wide * (size + 1) // 10
            pen.moveTo((0, 0))
            for corner in ((0, 700), (right, 700), (right, 0)):
                pen.lineTo(corner)
            pen.closePath()
        glyphs[name] = pen.glyph()
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics({name: (wide, 0) for name in names})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": path.stem, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path


@pytest.fixture
def fonts(tmp_path, monkeypatch):
    """A folder that is the only one in which fonts are looked for."""
    monkeypatch.setattr(system_fonts, "font_folders", lambda: iter([tmp_path]))
    forget_fonts()
    yield tmp_path
    forget_fonts()


def forget_fonts():
    for cached in (
        typeset.line,
        typeset.formula,
        system_fonts.files,
        system_fonts._find,
        system_fonts._report,
    ):
        cached.cache_clear()
    system_fonts._borrowed.clear()


FOREIGN = ["🐱", "图层", "고양이", "قطة", "แมว"]


@pytest.mark.parametrize("word", FOREIGN)
def test_a_character_that_the_font_lacks_comes_from_a_font_of_the_system(word, fonts, capsys):
    path = square_font(fonts / "Other.ttf", word)
    whole = typeset.line(f"class {word} 12", THEME.font)
    alone, rest = typeset.line(word, THEME.font), typeset.line("class  12", THEME.font)
    assert len(whole.pieces[0].starts) == len(alone.pieces[0].starts) + len(rest.pieces[0].starts)
    assert alone.width == pytest.approx(len(word))
    assert system_fonts._borrowed == [path]
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and word[0] in said and str(path) in said


@pytest.mark.parametrize("word", FOREIGN)
@pytest.mark.parametrize("damaged", [None, b"", b"no font" * 99])
def test_a_character_that_no_font_has_is_named_with_its_word_and_beat(word, damaged, fonts):
    square_font(fonts / "Colours.ttf", word, outlines=False)
    if damaged is not None:
        (fonts / "damaged.otf").write_bytes(damaged)
    code = rf"\(U\+{ord(word[0]):04X}\)"
    # Typst has Arabic letters of its own.
    formulas = [Formula(f'"a {word}"', key="f")] if word != "قطة" else []
    for mark in (Text(f"a {word}", key="t"), *formulas):
        with pytest.raises(system_fonts.MissingGlyph, match=f"^beat 'named' .* {code} in .*{word}") as error:
            place(Beat("x", mark, id="named"), RenderStyle(THEME))
        assert "\n" not in str(error.value)


def test_words_from_right_to_left_begin_on_the_right(fonts):
    square_font(fonts / "Arabic.ttf", "قطة ")
    setting = typeset.line("قط", THEME.font)
    boxes = np.split(setting.pieces[0].curves, setting.pieces[0].starts[1:])
    widths = [float(np.ptp(box[..., 0])) for box in boxes]
    assert widths == [pytest.approx(0.3), pytest.approx(0.2)]  # from left to right: the second letter first
    two = typeset.line("قط ة", THEME.font)
    boxes = np.split(two.pieces[0].curves, two.pieces[0].starts[1:])
    assert float(np.ptp(boxes[0][..., 0])) == pytest.approx(0.4)  # the second word lies on the left


def test_digits_beside_words_from_right_to_left_keep_their_order(fonts):
    square_font(fonts / "Arabic.ttf", "قطة 12")
    number = typeset.line("12", THEME.font).pieces[0].curves
    whole = typeset.line("قطة 12", THEME.font).pieces[0].curves
    tail = whole[-len(number) :]
    np.testing.assert_allclose(tail - tail[0, 0], number - number[0, 0], atol=1e-9)


def test_plain_fonts_come_before_slanted_ones(fonts):
    for name in ("A-BoldItalic", "B-Regular", "C-Light"):
        square_font(fonts / f"{name}.ttf", "图")
    assert system_fonts.find("图").stem == "B-Regular"
    assert system_fonts.find("图", bold=True).stem == "A-BoldItalic"


def test_a_formula_takes_characters_from_the_system(fonts):
    with pytest.raises(MissingGlyph, match="has no glyph for '🐱'"):
        formula('"🐱"', (), FONT.parent)
    system_fonts.files.cache_clear()
    system_fonts._find.cache_clear()
    shutil.copy(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", fonts)
    cat = formula('"🐱"', (), FONT.parent)
    assert len(cat.pieces[0].curves) > 100 and system_fonts._borrowed == [fonts / "DejaVuSans.ttf"]


@pytest.mark.parametrize("source", ["sum_i w_i x_i + b", "sigma(z) >= 0 ⟂ ∇", '"値" = "重み"'])
def test_formulas_of_what_is_shipped_need_no_other_font(source, fonts):
    formula(source, (), FONT.parent)
    assert not system_fonts._borrowed


def test_a_stage_with_a_missing_character_is_not_taken_for_one_that_does_not_fit(fonts):
    assert not fits(Row(*(Block("a very long name", key=f"b{i}") for i in range(40))))
    with pytest.raises(MissingGlyph, match="แ"):
        fits(Row(Block("แมว", key="b")))


def test_tokens_are_spelled_alike_on_every_system(fonts):
    square_font(fonts / "Thai.ttf", "แมว")
    assert spell("แ".encode()) == ("E0 B9 81", True)


@pytest.mark.parametrize(
    "source",
    ["x^2/3", 'positive(1.2) + underbrace(sqrt(x), "bias") = -3', "mat(1, 2; 3, 4)", "integral_0^1 f"],
)
def test_outlines_of_a_formula_are_those_of_its_svg(source: str) -> None:
    colors = (("positive", "#f5a623"),)
    svg = typeset._compile_formula(source, colors, ())
    page = svgelements.SVG.parse(io.BytesIO(svg), reify=True, ppi=72)
    width, height, found = outlines.read_outlines(svg)
    assert (width, height) == pytest.approx((float(page.width), float(page.height)))
    places: dict[str, list[tuple[float, float]]] = {}
    for one in page.elements(lambda element: isinstance(element, svgelements.Path)):
        paint = one.stroke if one.fill.value is None else one.fill
        drawn = [part for part in one if not isinstance(part, svgelements.Move | svgelements.Close)]
        places.setdefault(paint.hexrgb, []).extend(tuple(part.end) for part in drawn)
    for color, ends in places.items():
        mine = found[color][0][:, 3]
        assert mine.min(0) == pytest.approx(np.min(ends, axis=0), abs=4)  # a stroke has a width, and no area
        assert mine.max(0) == pytest.approx(np.max(ends, axis=0), abs=4)


def test_a_slanted_stroke_is_slanted() -> None:
    (struck,) = typeset.formula("cancel(y)").pieces
    (letter,) = typeset.formula("y").pieces
    stroke = struck.curves[len(letter.curves) :]
    assert len(stroke) == 4
    corners = stroke[:, 0]
    assert len(np.unique(corners[:, 0].round(3))) == 4, "no two corners lie above each other"
    lengths = np.linalg.norm(np.diff(corners, axis=0, append=corners[:1]), axis=1)
    assert lengths.min() < 0.1 < lengths.max()


def test_a_line_looks_for_its_font_a_few_times_not_once_a_letter(monkeypatch):
    looked = []
    there = Path.is_file
    monkeypatch.setattr(Path, "is_file", lambda path: looked.append(path) or there(path))
    text = "a sentence that nobody has set before, long enough to show it"
    line(text, FONT)
    assert len(looked) < len(text) / 2
