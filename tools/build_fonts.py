"""Build the two fonts in `nnanim/fonts/` from Debian's Noto packages.

    apt-get install fonts-noto-cjk fonts-noto-core
    .venv/bin/python tools/build_fonts.py

Noto Sans CJK JP gives kana, kanji and Latin. Noto Sans, its Math and its Symbols lend what it lacks and a
class on neural networks needs: subscripts, superscripts, the rest of Latin Extended-A, more arrows and
operators. The result is one static OpenType file a weight, renamed so that it never stands in for an
installed font. Two runs over the same packages write the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from fontTools import subset
from fontTools.misc.psCharStrings import T2CharString
from fontTools.pens.reverseContourPen import ReverseContourPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTCollection, TTFont

FAMILY = "NNAnim Sans JP"
VERSION = "1.000"
PACKAGES = "fonts-noto-cjk fonts-noto-core"
CJK = "opentype/noto/NotoSansCJK-{weight}.ttc"
# The fonts of symbols have one weight: it serves both.
DONORS = (
    "truetype/noto/NotoSans-{weight}.ttf",
    "truetype/noto/NotoSansMath-Regular.ttf",
    "truetype/noto/NotoSansSymbols2-Regular.ttf",
)

# JIS X 0208, what vendors added to it, and the rest of plane 1 of JIS X 0213 (plane 2 takes three bytes).
JAPANESE_CODECS = {"shift_jis": 2, "cp932": 2, "euc_jis_2004": 2}
BLOCKS = (
    (0x0020, 0x007E),  # ASCII
    (0x00A0, 0x017F),  # Latin-1, Latin Extended-A
    (0x01CD, 0x01DC),  # Latin letters with tone marks
    (0x0300, 0x030C),  # combining accents
    (0x0370, 0x03FF),  # Greek
    (0x0400, 0x045F),  # Cyrillic
    (0x2000, 0x206F),  # general punctuation
    (0x2070, 0x209F),  # superscripts and subscripts
    (0x20A0, 0x20BF),  # currency
    (0x2100, 0x218F),  # letterlike symbols, number forms
    (0x2190, 0x21FF),  # arrows
    (0x2200, 0x22FF),  # mathematical operators
    (0x2300, 0x23FF),  # technical
    (0x2460, 0x24FF),  # enclosed alphanumerics
    (0x2500, 0x25FF),  # box drawing, blocks, geometric shapes
    (0x2600, 0x27BF),  # symbols, check marks
    (0x27C0, 0x27FF),  # angle brackets, long arrows
    (0x2900, 0x297F),  # more arrows
    (0x2A00, 0x2AFF),  # more operators
    (0x3000, 0x30FF),  # Japanese punctuation, kana
    (0x31F0, 0x31FF),  # small kana
    (0xFF00, 0xFFEF),  # full and half width forms
)
# Donors lend these alone: a second design of a letter would show, and a combining mark needs anchors.
LENT = (
    (0x0100, 0x017F),
    (0x2010, 0x2015),
    (0x2032, 0x2037),
    (0x2070, 0x209F),
    (0x2100, 0x214F),
    (0x2150, 0x215F),
    (0x2190, 0x22FF),
    (0x2308, 0x230B),
    (0x25A0, 0x25FF),
    (0x2713, 0x2718),
    (0x27E6, 0x27EB),
    (0x27F5, 0x27FF),
    (0x03D1, 0x03D1),
    (0x03D5, 0x03D6),
    (0x03F5, 0x03F5),
)
HANGUL_HALFWIDTH = range(0xFFA0, 0xFFDD)
FEATURES = ["calt", "ccmp", "halt", "kern", "liga", "mark", "palt"]
NEEDED = (
    "三層パーセプトロン 入力層 隠れ層 出力層 重み 活性化関数 注意機構 拡散モデル 畳み込み、。「」・ー"
    "σ(z) = Σ w·x + b → ≥ × − ² ₁ ₀₁₂₃₄₅₆₇₈₉ ₊₋ ⁿ⁻¹"
    "α β γ δ ε θ λ μ ∂ ∇ ∈ ≈ ≤ ∘ ↦ ⟨ ⟩ ‖ √ ∞ ½ ░ █ ▲ ● ✓ ✔ ✗ é ř ł ő ā"
)


def span(blocks: Iterable[tuple[int, int]]) -> Iterator[int]:
    """Every code point of some blocks, both ends included."""
    for first, last in blocks:
        yield from range(first, last + 1)


def encodable(codec: str, longest: int) -> Iterator[int]:
    """Every code point that a character encoding can write in so many bytes."""
    for code in (*range(0x20, 0xD800), *range(0xF900, 0xFFFF), *range(0x20000, 0x2FFFF)):
        try:
            length = len(chr(code).encode(codec))
        except UnicodeEncodeError:
            continue
        if length <= longest:
            yield code


def wanted() -> set[int]:
    """The code points that the fonts should have, where a source has a glyph for them."""
    codes = set(span(BLOCKS))
    for codec, longest in JAPANESE_CODECS.items():
        codes.update(encodable(codec, longest))
    return codes - set(HANGUL_HALFWIDTH) - {0x7F}


def japanese_face(path: Path) -> TTFont:
    """The proportional Japanese face of a font collection.

    Raises:
        LookupError: the collection has none.
    """
    faces = TTCollection(path, lazy=True, recalcTimestamp=False).fonts
    for face in faces:
        if str(face["name"].getDebugName(6)).startswith("NotoSansCJKjp-"):
            return face
    raise LookupError(f"{path} holds no face named NotoSansCJKjp")


def shrink(font: TTFont, codes: set[int]) -> None:
    """Keep the glyphs of some code points; drop hints and whatever serves vertical text."""
    options = subset.Options()
    options.hinting = False
    options.layout_features = FEATURES
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.drop_tables += ["VORG", "vhea", "vmtx", "BASE", "DSIG"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=sorted(codes))
    subsetter.subset(font)


def cap_height(font: TTFont) -> float:
    """Height of a capital letter in font units (1,000 to the em in every source)."""
    return float(font["OS/2"].sCapHeight)


def lend(font: TTFont, donor: TTFont, codes: set[int], scale: float) -> int:
    """Copy missing glyphs from a donor, scaled; returns how many."""
    have, theirs = font.getBestCmap(), donor.getBestCmap()
    missing = sorted(code for code in codes if code not in have and code in theirs)
    top = font["CFF "].cff.topDictIndex[0]
    letter = top.FDSelect[font.getGlyphID(have[ord("a")])]
    private = top.FDArray[letter].Private
    glyphs = donor.getGlyphSet()
    order = list(font.getGlyphOrder())
    first_cid = max(int(name[3:]) for name in order if name.startswith("cid")) + 1
    for offset, code in enumerate(missing):
        name = f"cid{first_cid + offset:05d}"
        width = round(glyphs[theirs[code]].width * scale)
        string = outline(glyphs, theirs[code], scale, width - private.nominalWidthX)
        string.private, string.globalSubrs = private, top.GlobalSubrs
        top.CharStrings.charStringsIndex.append(string)
        top.CharStrings.charStrings[name] = len(order)
        top.charset.append(name)
        top.FDSelect.gidArray.append(letter)
        font["hmtx"][name] = (width, left_bearing(string))
        order.append(name)
        for table in font["cmap"].tables:
            if table.isUnicode() and table.format in (4, 12):
                table.cmap[code] = name
    top.numGlyphs = font["maxp"].numGlyphs = len(order)
    top.CIDCount = first_cid + len(missing)
    font.setGlyphOrder(order)
    return len(missing)


def outline(glyphs: object, name: str, scale: float, width: int) -> T2CharString:
    """One glyph as a Type 2 charstring: scaled, and turned the way PostScript outlines run."""
    pen = T2CharStringPen(width, glyphs)
    glyphs[name].draw(ReverseContourPen(TransformPen(pen, (scale, 0, 0, scale, 0, 0))))  # type: ignore[index]
    return pen.getCharString()


def left_bearing(string: T2CharString) -> int:
    """Left edge of an outline in font units; 0 for a blank."""
    bounds = string.calcBounds(None)
    return round(bounds[0]) if bounds else 0


def rename(font: TTFont, weight: str, notices: list[str]) -> None:
    """Write the family's own names everywhere a program might read one, and keep every copyright notice."""
    postscript = FAMILY.replace(" ", "") + "-" + weight
    full = FAMILY if weight == "Regular" else f"{FAMILY} {weight}"
    licence = {i: font["name"].getDebugName(i) for i in (13, 14)}
    authors = font["name"].getDebugName(9)
    names = {
        0: " ".join(notices),
        1: FAMILY,
        2: weight,
        3: f"{VERSION};{postscript}",
        4: full,
        5: f"Version {VERSION}",
        6: postscript,
        9: authors,
        10: "A subset of Noto Sans CJK JP with symbols of Noto Sans, Noto Sans Math and Noto Sans Symbols 2.",
        **licence,
    }
    font["name"].names = []
    for number, text in names.items():
        font["name"].setName(text, number, 3, 1, 0x409)
    cff = font["CFF "].cff
    cff.fontNames = [postscript]
    top = cff.topDictIndex[0]
    top.FullName, top.FamilyName, top.Notice = full, FAMILY, " ".join(notices)
    for number, part in enumerate(top.FDArray):
        part.FontName = f"{postscript}-{number}"
    font["head"].fontRevision = float(VERSION)
    font["OS/2"].achVendID = "NONE"


def check(path: Path) -> None:
    """Open a finished font again and look for the characters that lessons use.

    Raises:
        LookupError: a needed character has no glyph.
    """
    have = TTFont(path).getBestCmap()
    missing = sorted({character for character in NEEDED if ord(character) not in have})
    if missing:
        raise LookupError(f"{path.name} lacks {' '.join(missing)}")


def build(sources: Path, out: Path, weight: str) -> Path:
    """Write one weight and return where it is."""
    codes = wanted()
    font = japanese_face(sources / CJK.format(weight=weight))
    notices = [font["name"].getDebugName(0)]
    shrink(font, codes)
    # Grafting needs the subset as a settled font, not as a view into the collection.
    settled = BytesIO()
    font.save(settled, reorderTables=None)
    font = TTFont(settled, recalcTimestamp=False)
    donors = [TTFont(sources / file.format(weight=weight)) for file in DONORS]
    # The donors are one family on one em: its letters set the scale of its symbols.
    scale = cap_height(font) / cap_height(donors[0])
    for donor in donors:
        lend(font, donor, codes & set(span(LENT)), scale)
        notices.append(donor["name"].getDebugName(0))
    rename(font, weight, notices)
    path = out / f"{FAMILY.replace(' ', '')}-{weight}.otf"
    draft = path.with_suffix(".draft.otf")
    font.save(draft, reorderTables=None)
    check(draft)
    draft.replace(path)
    return path


def main() -> int:
    """Build both weights; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=f"Build nnanim's fonts. Needs the Debian packages {PACKAGES}."
    )
    parser.add_argument(
        "--sources", type=Path, default=Path("/usr/share/fonts"), help="where the packages' fonts lie"
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "nnanim" / "fonts")
    arguments = parser.parse_args()
    needed = [CJK, *DONORS]
    for file in (file.format(weight=weight) for weight in ("Regular", "Bold") for file in needed):
        if not (arguments.sources / file).is_file():
            print(f"{arguments.sources / file} is missing: apt-get install {PACKAGES}", file=sys.stderr)
            return 2
    for weight in ("Regular", "Bold"):
        path = build(arguments.sources, arguments.out, weight)
        print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, {len(TTFont(path).getBestCmap())} characters")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
