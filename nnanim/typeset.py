"""Words and formulas as outlines: what is measured here is what every printer draws.

Text is shaped by HarfBuzz with the theme's font; formulas are set by Typst. Both come back as cubic
Bézier curves with y pointing up, in units of the em, so that no printer needs a font of its own.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import uharfbuzz as hb

from nnanim.errors import UserError

Floats = npt.NDArray[np.float64]


class MissingGlyph(UserError):
    """The font has no picture for a character."""


@dataclass(frozen=True, eq=False)
class Piece:
    """One filled shape: closed contours of cubic curves.

    Attributes:
        curves: (n, 4, 2) start, two controls, end of each curve.
        starts: (k,) index of the first curve of each contour.
        color: ``#rrggbb`` where the source says one, else None: the printer's ink.
    """

    curves: Floats
    starts: npt.NDArray[np.intp]
    color: str | None = None


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


@lru_cache(maxsize=8)
def _font(path: Path) -> tuple[hb.Face, hb.Font]:
    if not path.is_file():
        raise UserError(f"the font {path} is not there; name another in the theme")
    face = hb.Face(hb.Blob.from_file_path(str(path)))
    return face, hb.Font(face)


class _Pen:
    """Collects a glyph's contours as cubic curves."""

    def __init__(self) -> None:
        self.curves: list[list[tuple[float, float]]] = []
        self.starts: list[int] = []
        self._at = self._first = (0.0, 0.0)

    def moveTo(self, p: tuple[float, float]) -> None:
        self.starts.append(len(self.curves))
        self._at = self._first = p

    def lineTo(self, p: tuple[float, float]) -> None:
        (x0, y0), (x1, y1) = self._at, p
        third = ((2 * x0 + x1) / 3, (2 * y0 + y1) / 3)
        self.curveTo(third, ((x0 + 2 * x1) / 3, (y0 + 2 * y1) / 3), p)

    def qCurveTo(self, c: tuple[float, float], p: tuple[float, float]) -> None:
        (x0, y0), (cx, cy), (x1, y1) = self._at, c, p
        self.curveTo(
            (x0 + 2 / 3 * (cx - x0), y0 + 2 / 3 * (cy - y0)),
            (x1 + 2 / 3 * (cx - x1), y1 + 2 / 3 * (cy - y1)),
            p,
        )

    def curveTo(self, c1: tuple[float, float], c2: tuple[float, float], p: tuple[float, float]) -> None:
        self.curves.append([self._at, c1, c2, p])
        self._at = p

    def closePath(self) -> None:
        if self._at != self._first:
            self.lineTo(self._first)

    endPath = closePath


@lru_cache(maxsize=4096)
def _glyph(path: Path, glyph: int) -> tuple[Floats, tuple[int, ...]]:
    pen = _Pen()
    _font(path)[1].draw_glyph_with_pen(glyph, pen)
    return np.array(pen.curves, dtype=float).reshape(-1, 4, 2), tuple(pen.starts)


@lru_cache(maxsize=4096)
def line(text: str, font: Path) -> Setting:
    """One line of text.

    Raises:
        MissingGlyph: the font lacks a character, which is named.
    """
    face, shaper = _font(font)
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    hb.shape(shaper, buffer, {"kern": True, "liga": False})
    curves: list[Floats] = []
    starts: list[int] = []
    pen = count = 0
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions or (), strict=True):
        if info.codepoint == 0:
            char = text[info.cluster]
            raise MissingGlyph(
                f"the font {font.name} has no glyph for {char!r} (U+{ord(char):04X}) in {text!r}"
            )
        glyph, glyph_starts = _glyph(font, info.codepoint)
        curves.append(glyph + np.array([pen + position.x_offset, position.y_offset]))
        starts.extend(count + start for start in glyph_starts)
        count += len(glyph)
        pen += position.x_advance
    em = face.upem
    extents = shaper.get_font_extents("ltr")
    joined = np.concatenate(curves) / em if curves else np.zeros((0, 4, 2))
    # The font's own line box is made for body text; capitals and kanji fill 0.88 above and 0.12 below.
    ascent, descent = min(extents.ascender / em, 0.88), min(-extents.descender / em, 0.24)
    return Setting((Piece(joined, np.array(starts, dtype=np.intp)),), pen / em, ascent, descent)


_POINTS = 100.0


@lru_cache(maxsize=1024)
def formula(source: str, colors: tuple[tuple[str, str], ...] = (), fonts: Path | None = None) -> Setting:
    """A formula in Typst's math language, such as ``sum_i w_i x_i + b``.

    Every role in ``colors`` (pairs of name and ``#rrggbb``) is a function that colours: ``positive(w x)``.

    Raises:
        UserError: Typst does not understand the source.
    """
    import typst

    names = "\n".join(f'#let {role}(x) = text(fill: rgb("{code}"), x)' for role, code in colors)
    document = (
        "#set page(width: auto, height: auto, margin: 0pt, fill: none)\n"
        f'#set text(size: {_POINTS}pt, fill: rgb("#010203"))\n'
        f"#show math.equation: set text(size: {_POINTS}pt)\n"
        '#set text(top-edge: "bounds", bottom-edge: "bounds")\n'
        f"{names}\n$ {source} $\n"
    )
    places: list[str | Path | bytes] = [str(fonts)] if fonts else []
    try:
        svg = typst.compile(document.encode(), format="svg", ignore_system_fonts=True, font_paths=places)  # type: ignore[call-overload]
    except typst.TypstError as error:
        raise UserError(f"formula {source!r}: {str(error).splitlines()[0]}") from error
    return _read_svg(svg if isinstance(svg, bytes) else svg[0])


def _read_svg(svg: bytes) -> Setting:
    import svgelements

    pieces: dict[str | None, tuple[list[Any], list[int]]] = {}
    picture = svgelements.SVG.parse(io.BytesIO(svg), reify=True, ppi=72)
    width, height = float(picture.width), float(picture.height)
    for element in picture.elements():
        if not isinstance(element, svgelements.Path) or not len(element):
            continue
        stroked = element.fill.value is None or element.fill.alpha == 0
        paint = element.stroke if stroked else element.fill
        color = None if paint.hexrgb == "#010203" else paint.hexrgb
        curves, starts = pieces.setdefault(color, ([], []))
        pen = _Pen()
        for segment in _stroke_box(element) if stroked else element:
            _follow(pen, segment, svgelements)
        starts.extend(len(curves) + start for start in pen.starts)
        curves.extend(pen.curves)
    em = _POINTS
    flip = np.array([1, -1]) / em
    middle = height / em / 2
    # The box is centred on the maths axis' line: formulas are placed by their middle.
    made = tuple(
        Piece(
            np.array(c, dtype=float).reshape(-1, 4, 2) * flip + [0, middle], np.array(s, dtype=np.intp), color
        )
        for color, (c, s) in pieces.items()
    )
    return Setting(made, width / em, middle, middle)


def _stroke_box(element: Any) -> Any:
    """A straight stroke (fraction bar, root) as the thin rectangle that it covers."""
    import svgelements

    x0, y0, x1, y1 = element.bbox()
    half = float(element.stroke_width) / 2
    dx, dy = (0.0, half) if x1 - x0 >= y1 - y0 else (half, 0.0)
    return svgelements.Path(svgelements.Rect(x0 - dx, y0 - dy, x1 - x0 + 2 * dx, y1 - y0 + 2 * dy))


def _follow(pen: _Pen, segment: Any, svg: Any) -> None:
    if isinstance(segment, svg.Move):
        if pen.starts and pen.starts[-1] < len(pen.curves):
            pen.closePath()
        pen.moveTo(tuple(segment.end))
    elif isinstance(segment, svg.Close):
        pen.closePath()
    elif isinstance(segment, svg.Line):
        pen.lineTo(tuple(segment.end))
    elif isinstance(segment, svg.QuadraticBezier):
        pen.qCurveTo(tuple(segment.control), tuple(segment.end))
    elif isinstance(segment, svg.CubicBezier):
        pen.curveTo(tuple(segment.control1), tuple(segment.control2), tuple(segment.end))
