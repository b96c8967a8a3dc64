"""Words and formulas as outlines: what is measured here is what every printer draws.

Text is shaped by HarfBuzz with the theme's font; formulas are set by Typst. Both come back as cubic
Bézier curves with y pointing up, in units of the em, so that no printer needs a font of its own.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import uharfbuzz as hb

from nnanim.errors import UserError
from nnanim.words.fonts import find_system_font, has_glyph, open_font, split_runs
from nnanim.words.latex import refuse_latex
from nnanim.words.outlines import Pen, read_outlines

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Piece:
    """One filled shape: closed contours of cubic curves.

    Attributes:
        curves: (n, 4, 2) start, two controls, end of each curve.
        starts: (k,) index of the first curve of each contour.
        color: ``#rrggbb`` where the source says one, else None: the printer's ink.
        text: what is read in it where it is a line of text; empty in a formula.
    """

    curves: Floats
    starts: npt.NDArray[np.intp]
    color: str | None = None
    text: str = ""


@dataclass(frozen=True, eq=False)
class Setting:
    """Text or a formula, set: its pieces and its box, for an em of 1 and the origin on the baseline.

    Attributes:
        pieces: what to fill.
        width: advance width.
        ascent, descent: reach above and below the baseline, both positive.
    """

    pieces: tuple[Piece, ...]
    width: float
    ascent: float
    descent: float


@lru_cache(maxsize=4096)
def _glyph(path: Path, glyph: int) -> tuple[Floats, tuple[int, ...]]:
    pen = Pen()
    open_font(path)[1].draw_glyph_with_pen(glyph, pen)
    return np.array(pen.curves, dtype=float).reshape(-1, 4, 2), tuple(pen.starts)


@lru_cache(maxsize=4096)
def line(text: str, font: Path) -> Setting:
    """One line of text; what ``font`` lacks is taken from a font of the system, which is said once.

    Raises:
        MissingGlyph: no font has a character, which is named.
    """
    face, shaper = open_font(font)
    curves: list[Floats] = []
    starts: list[int] = []
    pen = 0.0
    for run, path in split_runs(text, font):
        outlines, firsts, width = _shape(run, path)
        starts.extend(sum(map(len, curves)) + first for first in firsts)
        curves.append(outlines + np.array([pen, 0.0]))
        pen += width
    extents = shaper.get_font_extents("ltr")
    joined = np.concatenate(curves) if curves else np.zeros((0, 4, 2))
    # The font's own line box is made for body text; capitals and kanji fill 0.88 above and 0.12 below.
    em = face.upem
    ascent, descent = min(extents.ascender / em, 0.88), min(-extents.descender / em, 0.24)
    piece = Piece(joined, np.array(starts, dtype=np.intp), text=text)
    return Setting((piece,), pen, ascent, descent)


def _shape(text: str, font: Path) -> tuple[Floats, list[int], float]:
    """Curves of a run in one font, the first curve of each contour, and the run's width, in em."""
    face, shaper = open_font(font)
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    hb.shape(shaper, buffer, {"kern": True, "liga": False})
    curves: list[Floats] = []
    starts: list[int] = []
    pen = count = 0
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions or (), strict=True):
        glyph, glyph_starts = _glyph(font, info.codepoint)
        curves.append(glyph + np.array([pen + position.x_offset, position.y_offset]))
        starts.extend(count + start for start in glyph_starts)
        count += len(glyph)
        pen += position.x_advance
    joined = np.concatenate(curves) if curves else np.zeros((0, 4, 2))
    return joined / face.upem, starts, pen / face.upem


_POINTS = 100.0


@lru_cache(maxsize=1024)
def formula(source: str, colors: tuple[tuple[str, str], ...] = (), fonts: Path | None = None) -> Setting:
    """A formula in Typst's math language, such as ``sum_i w_i x_i + b``.

    Every role in ``colors`` (pairs of name and ``#rrggbb``) is a function that colours: ``positive(w x)``.

    Raises:
        UserError: Typst does not understand the source; of LaTeX it is said how Typst writes it.
        MissingGlyph: no font has a character, which is named.
    """
    refuse_latex(source)
    lacking = [
        char for char in dict.fromkeys(source) if not char.isascii() and not _formula_draws(char, fonts)
    ]
    others = {find_system_font(char, source, FORMULA_FONT).parent for char in lacking}
    return _read_svg(_compile_formula(source, colors, (*([fonts] if fonts else []), *sorted(others))))


FORMULA_FONT = Path("New Computer Modern Math")
"""What Typst sets formulas in."""


@lru_cache(maxsize=4096)
def _formula_draws(char: str, fonts: Path | None) -> bool:
    """Whether Typst has a glyph for a character; else it would draw an empty box."""
    if unicodedata.category(char)[0] not in "LSN" or "GREEK" in unicodedata.name(char, ""):
        return True
    if fonts and any(has_glyph(path, char) for path in sorted(fonts.glob("*.otf"))):
        return True
    places = (fonts,) if fonts else ()
    box, drawn = (_read_svg(_compile_formula(f'"{one}"', (), places)) for one in (UNASSIGNED, char))
    return _outline_bytes(box) != _outline_bytes(drawn)


UNASSIGNED = "\ufdd0"
"""A character that no font has: Unicode will never give it a meaning."""


def _outline_bytes(setting: Setting) -> bytes:
    """Equal for settings that look alike."""
    return b"".join(piece.curves.round(4).tobytes() for piece in setting.pieces)


def _compile_formula(source: str, colors: tuple[tuple[str, str], ...], fonts: tuple[Path, ...]) -> bytes:
    import typst

    names = "\n".join(f'#let {role}(x) = text(fill: rgb("{code}"), x)' for role, code in colors)
    document = (
        "#set page(width: auto, height: auto, margin: 0pt, fill: none)\n"
        f'#set text(size: {_POINTS}pt, fill: rgb("#010203"))\n'
        f"#show math.equation: set text(size: {_POINTS}pt)\n"
        '#set text(top-edge: "bounds", bottom-edge: "bounds")\n'
        f"{names}\n$ {source} $\n"
    )
    places: list[str | Path | bytes] = [str(place) for place in fonts]
    try:
        svg = typst.compile(  # type: ignore[call-overload]
            document.encode(), format="svg", ignore_system_fonts=True, font_paths=places
        )
    except typst.TypstError as error:
        raise UserError(f"formula {source!r}: {str(error).splitlines()[0]}") from error
    return svg if isinstance(svg, bytes) else svg[0]


def _read_svg(svg: bytes) -> Setting:
    width, height, outlines = read_outlines(svg)
    em = _POINTS
    flip = np.array([1, -1]) / em
    middle = height / em / 2
    # The box is centred on the maths axis' line: formulas are placed by their middle.
    made = tuple(
        Piece(curves * flip + [0, middle], starts, None if color == "#010203" else color)
        for color, (curves, starts) in outlines.items()
    )
    return Setting(made, width / em, middle, middle)
