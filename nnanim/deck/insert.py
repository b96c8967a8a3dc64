"""Slides put into a presentation that somebody has: its size, layouts and fonts stay."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.exc import PackageNotFoundError
from pptx.oxml.ns import qn

from nnanim.deck.pptx import FilledSlide, save
from nnanim.deck.slides import Deck
from nnanim.errors import UserError
from nnanim.files import quote_path
from nnanim.theme import contrast

DARK, LIGHT = "dark", "light"


class Presented:
    """A presentation of somebody's own.

    Args:
        path: of the .pptx file.

    Raises:
        UserError: it is not there, or no presentation.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            raise UserError(f"there is no file {quote_path(path)}")
        try:
            self.show: Any = Presentation(str(path))
            self.count = len(self.show.slides)
        except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as error:
            raise UserError(f"{quote_path(path)} is no PowerPoint presentation (.pptx)") from error

    def check_place(self, after: int | None) -> int:
        """The number of slides before those that are put in; at the end by default.

        Raises:
            UserError: there are not so many.
        """
        place = self.count if after is None else after
        if not 0 <= place <= self.count:
            raise UserError(
                f"--after {after}: {quote_path(self.path)} has {self.count} slides; 0 to {self.count} wanted"
            )
        return place

    def theme_name(self) -> str:
        """The theme of films that goes with its ground: dark on a dark one, else light."""
        color = self._ground()
        if color is None:
            return LIGHT
        rgb = [int(color[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        return DARK if contrast(rgb, [1, 1, 1]) > contrast(rgb, [0, 0, 0]) else LIGHT

    def _ground(self) -> str | None:
        """The first background colour of its theme, as hex digits."""
        from lxml import etree  # type: ignore[import-untyped]

        master = self.show.slide_master
        mapped = master.element.find(qn("p:clrMap"))
        slot = mapped.get("bg1", "lt1") if mapped is not None else "lt1"
        for relation in master.part.rels.values():
            if relation.reltype.endswith("/relationships/theme"):
                found = etree.fromstring(relation.target_part.blob).find(
                    f".//{qn('a:clrScheme')}/{qn(f'a:{slot}')}"
                )
                one = found[0] if found is not None and len(found) else None
                return None if one is None else one.get("lastClr") or one.get("val")
        return None

    def insert(self, deck: Deck, after: int | None, path: Path) -> list[Path]:
        """Write a copy with the slides of a deck after that many of its own; returns its path.

        Raises:
            UserError: there are not so many slides, or a clip is missing.
        """
        place = self.check_place(after)
        for slide in deck.slides:
            FilledSlide(self.show, deck, slide).fill()
        order = self.show.slides._sldIdLst
        for offset, one in enumerate(list(order)[self.count :]):
            order.remove(one)
            order.insert(place + offset, one)
        save(self.show, path)
        return [path]
