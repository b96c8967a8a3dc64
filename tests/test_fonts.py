"""The shipped fonts: what they can write, what they are called, and that their licence is beside them."""

from pathlib import Path

import pytest
import uharfbuzz as hb
from fontTools.ttLib import TTFont

FONTS = Path(__file__).parent.parent / "nnanim" / "fonts"
WEIGHTS = ("Regular", "Bold")
TEXTS = (
    "三層パーセプトロン、畳み込みと「注意機構」。",
    "σ(z) = Σ w·x + b",
    "→ ← ↑ ↓ ↦ ⇒ ≥ ≤ ≈ ≠ × ÷ − ± · ∘ ∂ ∇ ∈ √ ∞ ‖x‖ ⟨q, k⟩",
    "x₀ x₁ x₂ x₉ x² x³ x⁻¹ xⁿ ½",
    "αβγδεζηθικλμνξοπρστυφχψω ΓΔΘΛΞΠΣΦΨΩ",
    "Łódź, Příliš žluťoučký kůň, győr, Māori, ñandú, straße, œuvre",
    "■ □ ▲ ● ○ ◆ ★ ✓ ✗ ① ② ─ │ █ … – — “quoted”",
)


def path(weight: str) -> Path:
    return FONTS / f"NNAnimSansJP-{weight}.otf"


def shape(weight: str, text: str, features: dict[str, bool] | None = None) -> tuple[list[int], int]:
    """Glyph numbers and total advance of a line of text."""
    font = hb.Font(hb.Face(hb.Blob.from_file_path(str(path(weight)))))
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    hb.shape(font, buffer, features or {})
    advance = sum(position.x_advance for position in buffer.glyph_positions)
    return [info.codepoint for info in buffer.glyph_infos], advance


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("text", TEXTS)
def test_lesson_text_has_a_glyph_for_every_character(weight: str, text: str) -> None:
    glyphs, _ = shape(weight, text)
    assert 0 not in glyphs


@pytest.mark.parametrize("weight", WEIGHTS)
def test_every_character_of_jis_x_0208_is_there(weight: str) -> None:
    have = TTFont(path(weight)).getBestCmap()
    rows = (bytes((0xA1 + row, 0xA1 + cell)) for row in range(94) for cell in range(94))
    characters = {pair.decode("euc_jp", "ignore") for pair in rows} - {""}
    assert len(characters) == 6879
    assert {character for character in characters if ord(character) not in have} == set()


@pytest.mark.parametrize("weight", WEIGHTS)
def test_latin_pairs_are_kerned_and_lent_letters_keep_their_place(weight: str) -> None:
    assert shape(weight, "AV")[1] < shape(weight, "AV", {"kern": False})[1]
    have = TTFont(path(weight))["hmtx"]
    cmap = TTFont(path(weight)).getBestCmap()
    # A lent ž is as wide as the font's own z, give or take the donor's design.
    assert have[cmap[ord("ž")]][0] == pytest.approx(have[cmap[ord("z")]][0], rel=0.15)


@pytest.mark.parametrize("weight", WEIGHTS)
def test_the_family_has_a_name_of_its_own(weight: str) -> None:
    font = TTFont(path(weight))
    names = {number: font["name"].getDebugName(number) for number in (1, 2, 4, 6)}
    assert names[1] == "NNAnim Sans JP"
    assert names[2] == weight
    assert names[6] == f"NNAnimSansJP-{weight}" == font["CFF "].cff.fontNames[0]
    assert not any(reserved in str(name) for name in names.values() for reserved in ("Noto", "Source"))
    assert "fvar" not in font


def test_the_licence_and_its_notices_lie_beside_the_fonts() -> None:
    licence = (FONTS / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "2014-2021 Adobe" in licence
    for weight in WEIGHTS:
        notice = TTFont(path(weight))["name"].getDebugName(0)
        assert "2014-2021 Adobe" in notice and "Google" in notice
