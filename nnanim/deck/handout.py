"""A handout: slides as pictures with sentences, notes and lines to write on, as a PDF set by Typst."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from nnanim.deck.slides import Deck, Shot, Slide
from nnanim.errors import UserError
from nnanim.files import atomic, write_text
from nnanim.words.linebreak import is_japanese, phrases

LINES = 4
"""Lines to write on, beside a picture."""

WHOLE = 16
"""Letters of the longest Japanese phrase that is kept on one line; the column holds 18."""

PUNCTUATION = "、。，．・：；？！…「」『』（）【】〈〉《》“”‘’ "
"""What never stands at the start of a line, or never at its end, whoever sets it."""

TEMPLATE = r"""
#let deck = json("deck.json")
#let gray = rgb("#767676")
#set document(title: deck.title, author: "nnanim", date: none)
#set text(font: deck.font, size: 10pt, lang: deck.lang)
#set par(leading: 0.55em)
#set page(
  paper: "a4", margin: (x: 17mm, top: 16mm, bottom: 18mm), numbering: "1 / 1",
  header: context if counter(page).get().first() > 1 [#text(size: 8pt, fill: gray, deck.title)],
)
#let rules(count) = for _ in range(count) { v(7.5mm); line(length: 100%, stroke: 0.4pt + luma(190)) }
#let pieces(line) = for (before, word, after) in line {
  before
  if word != "" { box(word) }
  after
}
#let lines(some) = some.map(pieces).join(parbreak())
#let words(slide) = {
  strong(pieces(slide.title))
  for line in slide.lines { parbreak(); pieces(line) }
  if slide.notes.len() > 0 { v(0.4em); text(size: 8.5pt, fill: luma(70), lines(slide.notes)) }
}
#text(size: 18pt, weight: "bold", pieces(deck.name))
#v(2mm)
#for slide in deck.slides {
  if slide.picture != none {
    block(breakable: false, width: 100%, below: 6mm, grid(
      columns: (deck.share * 1%, 1fr), column-gutter: 6mm,
      box(stroke: 0.4pt + luma(200), inset: 0.4pt, image(slide.picture, width: 100%, alt: slide.alt)),
      words(slide) + rules(if slide.notes.len() == 0 { deck.rules } else { deck.rules - 2 }),
    ))
  } else if slide.alt != deck.title or slide.lines.len() > 0 or slide.notes.len() > 0 {
    block(breakable: false, sticky: true, above: 8mm, below: 5mm, {
      if slide.kind == "question" { words(slide) + rules(2) } else {
        if slide.alt != deck.title { text(size: 14pt, weight: "bold", pieces(slide.title)) }
        for line in slide.lines { parbreak(); pieces(line) }
        if slide.notes.len() > 0 { parbreak(); text(size: 8.5pt, fill: luma(70), lines(slide.notes)) }
      }
    })
  }
}
"""


Draw = Callable[[Shot, Path], None]
"""Draws how a beat of a film ends, as a PNG."""


def write(deck: Deck, path: Path, draw: Draw) -> list[Path]:
    """Write ``deck`` as a PDF to print; returns its path.

    Args:
        deck: its films may be vectors or have clips with pictures.
        path: of the PDF.
        draw: draws pictures of films that are vectors.

    Raises:
        UserError: a film is missing or damaged, or Typst cannot set a text.
    """
    import typst

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        content = {
            "title": deck.title,
            "name": _split(deck.title),
            "lang": deck.lang,
            "font": "NNAnim Sans JP",
            # A portrait picture as wide as a wide one would fill the page.
            "share": 60 if deck.size[0] > deck.size[1] else 32,
            "rules": LINES,
            "slides": list(_slides(deck, place, draw)),
        }
        write_text(place / "deck.json", json.dumps(content, ensure_ascii=False))
        write_text(place / "handout.typ", TEMPLATE)
        try:
            made: Any = typst.compile(
                str(place / "handout.typ"), root=folder, ignore_system_fonts=False,
                font_paths=[str(deck.theme.font.parent)],
            )  # fmt: skip
        except typst.TypstError as error:
            raise UserError(f"the handout cannot be set: {str(error).splitlines()[0]}") from error
    with atomic(path) as temporary:
        temporary.write_bytes(made)
    return [path]


def _slides(deck: Deck, folder: Path, draw: Draw) -> Iterator[dict[str, Any]]:
    """The slides as the template reads them; their pictures are drawn into a folder."""
    for number, slide in enumerate(deck.slides):
        picture = None
        if slide.is_film and slide.poster is not None:
            picture = f"{number}.png"
            if isinstance(slide.poster, Shot):
                draw(slide.poster, folder / picture)
            else:
                shutil.copyfile(slide.poster, folder / picture)
        yield {
            "kind": slide.kind,
            "title": _split(slide.title),
            "alt": slide.title,
            "lines": [_split(line) for line in slide.lines],
            "notes": [_split(line) for line in _notes(slide).splitlines() if line],
            "picture": picture,
        }


def _split(line: str) -> list[dict[str, str]]:
    """The phrases of a line as the template sets them: the words of short Japanese ones stay whole.

    Punctuation lies outside of what is whole: Typst takes the room beside it away at the edge of a box.
    """
    found = []
    for phrase in phrases(line):
        word = phrase.strip(PUNCTUATION) if is_japanese(phrase) and len(phrase) <= WHOLE else ""
        before, _, after = phrase.partition(word) if word else (phrase, "", "")
        found.append({"before": before, "word": word, "after": after})
    return found


def _notes(slide: Slide) -> str:
    """The teacher's notes, without the sentence that stands beside the picture anyway."""
    return "\n\n".join(part for part in slide.notes.split("\n\n") if part not in ("", slide.title))
