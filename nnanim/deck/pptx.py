"""PowerPoint: a slide for every click, films embedded, words that can be edited."""

from __future__ import annotations

import datetime
import math
import shutil
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from lxml import etree  # type: ignore[import-untyped]
from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.enum.text import PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.util import Emu, Pt

from nnanim.deck.slides import Deck, Slide
from nnanim.deck.sound import add_voice
from nnanim.deck.timing import auto_play
from nnanim.files import atomic
from nnanim.theme import Theme, contrast

LATIN, JAPANESE = "Arial", "Yu Gothic"
"""Fonts that Windows and macOS have with Office; elsewhere the system takes its own in their place."""

LANGUAGES = {"en": "en-US", "ja": "ja-JP"}

SMALLEST, LINE = 12, 1.35
"""Points of the smallest letters; from one line to the next, in em."""

UNIX = 3
"""The system that a zip file says it was made on, whatever it was."""

HEIGHT = Emu(6858000)  # 7.5 inches, as PowerPoint's own slides
LAYOUTS = {"title": "title", "text": "obj"}
"""Types of the layouts, as Office names them, for kinds of slides; of all others ``titleOnly``."""

BODIES = (PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.SUBTITLE)
"""Placeholders that text goes into."""


def write(deck: Deck, path: Path) -> list[Path]:
    """Write ``deck`` as a .pptx; returns its path.

    A film fills its slide; its sentence is the slide's title, above the visible part, where the outline and
    screen readers find it.

    Raises:
        UserError: a clip is missing or cannot be read.
    """
    show = Presentation()
    show.slide_height, show.slide_width = HEIGHT, Emu(round(HEIGHT * deck.size[0] / deck.size[1]))
    _dress(show, deck.theme)
    for slide in deck.slides:
        FilledSlide(show, deck, slide).fill()
    facts = show.core_properties
    facts.language, facts.author = LANGUAGES.get(deck.lang, deck.lang), "nnanim"
    models = dict.fromkeys(_model(one) for one in deck.provenance.values() if one)
    facts.title, facts.comments = _short(deck.title), _short("; ".join(models))
    # The same deck is the same file.
    facts.created = facts.modified = datetime.datetime(2000, 1, 1)
    save(show, path)
    return [path]


def save(show: Any, path: Path) -> None:
    """Write a presentation; what stood there stays until it is whole."""
    with atomic(path) as temporary, tempfile.TemporaryFile(dir=path.parent) as dated:
        show.save(dated)
        _copy_without_dates(dated, temporary)


def _copy_without_dates(source: IO[bytes], target: Path) -> None:
    """Copy a zip file with one date for all its parts; films and pictures are compressed already."""
    with zipfile.ZipFile(source) as parts, zipfile.ZipFile(target, "w") as file:
        for part in parts.infolist():
            entry = zipfile.ZipInfo(part.filename)  # in 1980, the first year of zip files
            entry.create_system = UNIX
            entry.file_size = part.file_size
            media = part.filename.startswith("ppt/media/")
            entry.compress_type = zipfile.ZIP_STORED if media else zipfile.ZIP_DEFLATED
            with parts.open(part) as old, file.open(entry, "w") as new:
                shutil.copyfileobj(old, new, 1 << 20)


def _short(text: str) -> str:
    """As much of a text as a property of an Office document may hold: 255 characters."""
    return text if len(text) <= 255 else f"{text[:254]}…"


def _size(lines: Sequence[str], shape: Any, largest: int) -> int:
    """Points in which the lines fit into a shape: Office makes letters smaller only when somebody types."""
    for size in range(largest, SMALLEST, -2):
        em = (shape.width / Pt(size)) - 2
        rows = sum(max(1, math.ceil(_ems(line) / em)) for line in lines)
        if rows * LINE * Pt(size) <= shape.height:
            return size
    return SMALLEST


def _ems(line: str) -> float:
    """About how wide a line is, in widths of a Japanese letter."""
    return sum(1.0 if ord(char) >= 0x2E80 else 0.55 for char in line)


def _model(provenance: Mapping[str, Any]) -> str:
    return f"{provenance.get('model', '')} (seed {provenance.get('seed')})"


def _dress(show: Any, theme: Theme) -> None:
    """Give the master the theme's colours and fonts, so that a teacher's own slides have them too."""
    master = show.slide_master
    part = next(
        rel.target_part for rel in master.part.rels.values() if rel.reltype.endswith("/relationships/theme")
    )
    tree = etree.fromstring(part.blob)
    names = {"a": "http://schemas.openxmlformats.org/drawingml/2006/main"}
    dark_ground = contrast(theme.rgba("ground"), [1, 1, 1]) > contrast(theme.rgba("ground"), [0, 0, 0])
    dark, light = ("ground", "ink") if dark_ground else ("ink", "ground")
    roles = {
        "dk1": dark, "lt1": light, "dk2": "panel" if dark_ground else "ink",
        "lt2": "ink" if dark_ground else "panel", "accent1": "positive", "accent2": "negative",
        "accent3": "query", "accent4": "key", "accent5": "value", "accent6": "accent",
        "hlink": "negative", "folHlink": "query",
    }  # fmt: skip
    for slot, role in roles.items():
        place = tree.find(f".//a:clrScheme/a:{slot}", names)
        for child in list(place):
            place.remove(child)
        etree.SubElement(place, f"{{{names['a']}}}srgbClr", val=theme.color(role).lstrip("#"))
    for kind in ("majorFont", "minorFont"):
        tree.find(f".//a:{kind}/a:latin", names).set("typeface", LATIN)
        tree.find(f".//a:{kind}/a:ea", names).set("typeface", JAPANESE)
    part._blob = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)
    mapping = master.element.find(qn("p:clrMap"))
    if dark_ground:
        mapping.set("bg1", "dk1")
        mapping.set("tx1", "lt1")
        mapping.set("bg2", "dk2")
        mapping.set("tx2", "lt2")
    master.background.fill.solid()
    master.background.fill.fore_color.theme_color = 14  # MSO_THEME_COLOR.BACKGROUND_1


def _choose_layout(show: Any, kind: str) -> Any:
    """The layout for a kind of slide, by its type: others may have them in any order."""
    wanted = LAYOUTS.get(kind, "titleOnly")
    for type_ in (wanted, "titleOnly", "obj", "blank"):
        for layout in show.slide_layouts:
            if layout._element.get("type") == type_:
                return layout
    return show.slide_layouts[0]


class FilledSlide:
    """One slide of a presentation while it is filled."""

    def __init__(self, show: Any, deck: Deck, slide: Slide) -> None:
        self.sheet = show.slides.add_slide(_choose_layout(show, slide.kind))
        self.deck, self.slide = deck, slide
        self.width, self.height = show.slide_width, show.slide_height
        self.lang = LANGUAGES.get(deck.lang, deck.lang)

    def fill(self) -> None:
        """Put everything on the slide."""
        {"film": self._film, "question": self._question}.get(self.slide.kind, self._words)()
        for shape in self._bodies():
            if not shape.text_frame.text:
                shape._element.getparent().remove(shape._element)
        frame = self.sheet.notes_slide.notes_text_frame
        self._write(frame, self.slide.notes.split("\n"))
        if self.slide.after == "advance":
            self._advance()

    def _write(
        self, frame: Any, lines: list[str], size: float | None = None, bold: bool | None = None
    ) -> None:
        """Set paragraphs of plain text, each marked with its language."""
        for number, line in enumerate(lines):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            run = paragraph.add_run()
            run.text = line
            run.font.size = Pt(size) if size else None
            run.font.bold = bold
            properties = run._r.get_or_add_rPr()
            properties.set("lang", self.lang)
            if self.lang != "en-US":
                properties.set("altLang", "en-US")

    def _place(self, shape: Any, left: float, top: float, width: float, height: float) -> None:
        """Set a shape's box, in parts of the slide's width and height."""
        shape.left, shape.top = round(left * self.width), round(top * self.height)
        shape.width, shape.height = round(width * self.width), round(height * self.height)

    def _bodies(self) -> list[Any]:
        """Places for text that the layout has, besides the title."""
        return [one for one in self.sheet.placeholders if one.placeholder_format.type in BODIES]

    def _title(self) -> Any:
        """The title; where the layout has none, a box of text."""
        return self.sheet.shapes.title or self.sheet.shapes.add_textbox(0, 0, 0, 0)

    def _words(self) -> None:
        title = self._title()
        wide = 0.84 if self.slide.cover is None else 0.46
        if self.slide.lines:
            body = next(iter(self._bodies()), None) or self.sheet.shapes.add_textbox(0, 0, 0, 0)
            self._place(title, 0.08, 0.1, 0.84, 0.2)
            self._place(body, 0.08, 0.33, wide, 0.57)
            if self.slide.cover is not None:
                self._place(self._cover(), 0.56, 0.4, 0.38, 0.38)
            self._write(title.text_frame, [self.slide.title], _size([self.slide.title], title, 36), True)
            self._write(body.text_frame, list(self.slide.lines), _size(self.slide.lines, body, 24))
        else:
            self._place(title, 0.08, 0.3, 0.84, 0.4)
            self._write(title.text_frame, [self.slide.title], _size([self.slide.title], title, 44), True)
            if self.slide.cover is not None:
                self._fade(self._cover())
            if self.slide.section:
                number = self.sheet.shapes.add_textbox(0, 0, 0, 0)
                self._place(number, 0.08, 0.2, 0.84, 0.1)
                self._write(number.text_frame, [str(self.slide.section)], 28, True)
                number.text_frame.paragraphs[0].alignment = PP_ALIGN.CENTER

    def _cover(self) -> Any:
        """The cover of the film that follows, over the whole slide, below all else."""
        picture = self.sheet.shapes.add_picture(str(self.slide.cover), 0, 0, self.width, self.height)
        self._describe(picture, "")
        self.sheet.shapes._spTree.insert(2, picture._element)
        return picture

    def _question(self) -> None:
        if self.slide.behind is not None:
            picture = self.sheet.shapes.add_picture(str(self.slide.behind), 0, 0, self.width, self.height)
            self._describe(picture, self.slide.title)
            self._fade(picture)
            self.sheet.shapes._spTree.insert(2, picture._element)
        title = self._title()
        self._place(title, 0.1, 0.34, 0.8, 0.32)
        title.fill.solid()
        title.fill.fore_color.theme_color = 16  # MSO_THEME_COLOR.BACKGROUND_2
        self._write(title.text_frame, [self.slide.title], _size([self.slide.title], title, 36), True)

    def _fade(self, picture: Any) -> None:
        """Dim a picture, so that what lies above it is read."""
        blip = picture._element.find(f".//{qn('a:blip')}")
        fade = parse_xml(
            '<a:alphaModFix xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" amt="35000"/>'
        )
        blip.insert(0, fade)

    def _film(self) -> None:
        assert self.slide.poster is not None
        movie = self.sheet.shapes.add_movie(
            str(add_voice(self.slide)), *self._fit(),
            poster_frame_image=str(self.slide.poster), mime_type="video/mp4",
        )  # fmt: skip
        movie.name = self.slide.id
        self._describe(movie, self.slide.title)
        title = self._title()
        # PowerPoint's own place for a title that is read out but not seen.
        self._place(title, 0.0, -0.16, 1.0, 0.14)
        self._write(title.text_frame, [self.slide.title], 20)
        self._timing(auto_play(movie.shape_id, self.slide.seconds, loop=self.slide.after == "loop"))

    def _fit(self) -> tuple[Emu, Emu, Emu, Emu]:
        """Left, top, width and height of a film: as large as the slide allows, in its middle."""
        across, down = self.deck.size
        scale = min(self.width / across, self.height / down)
        width, height = round(across * scale), round(down * scale)
        # A film of 854 pixels on a slide of 16:9 is a hair narrower: it fills the slide all the same.
        width = self.width if abs(width - self.width) < self.width / 200 else width
        height = self.height if abs(height - self.height) < self.height / 200 else height
        return Emu((self.width - width) // 2), Emu((self.height - height) // 2), Emu(width), Emu(height)

    def _describe(self, shape: Any, text: str) -> None:
        shape._element._nvXxPr.cNvPr.set("descr", text)

    def _timing(self, element: Any) -> None:
        tree = self.sheet._element
        for old in tree.findall(qn("p:timing")):
            tree.remove(old)
        tree.append(element)

    def _advance(self) -> None:
        """Go on by itself when the clip, or the time to read, is over."""
        milliseconds = round((self.slide.seconds + self.slide.hold) * 1000)
        transition = parse_xml(
            '<p:transition xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
            f'advClick="1" advTm="{milliseconds}"/>'
        )
        tree = self.sheet._element
        timing = tree.find(qn("p:timing"))
        if timing is None:
            tree.append(transition)
        else:
            timing.addprevious(transition)
