"""From films to the bytes of one file."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakKeyDictionary

from nnanim.beats import Beat, Story
from nnanim.style import RenderStyle
from nnanim.timeline import Take, takes
from nnanim.timeline.reading import visible_texts
from nnanim.truth import Origins, find_origins
from nnanim.web.arrays import ArrayTable
from nnanim.web.bank import Bank
from nnanim.web.container import Content, write_file
from nnanim.web.fills import clear_fills, find_fills
from nnanim.web.page_words import FILM, say_all
from nnanim.web.phases import RATE, write_phase
from nnanim.web.readouts import ReadoutTables


@dataclass(frozen=True, eq=False)
class FilmCut:
    """One version of a film: in one language, one theme, one shape of the frame.

    Attributes:
        story: what it tells.
        style: how it is shown.
        pace: 2 is twice as fast.
        takes: its beats in time, where they are known; else they are made.
        notes: what the teacher says, by the beat's id.
        origins: where its numbers were recorded, where that is known.
        rate: samples a second of what the timeline does not describe otherwise.
    """

    story: Story
    style: RenderStyle
    pace: float = 1.0
    takes: Sequence[Take] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    origins: Origins | None = None
    rate: float = RATE

    def shots(self) -> Sequence[Take]:
        """Its beats in time.

        Raises:
            UserError: a beat cannot be placed, or the pace is not above 0.
        """
        return self.takes or takes(self.story, self.style, self.pace)


def encode_film(
    cuts: Iterable[FilmCut | tuple[Any, ...]],
    *,
    origins: bool = True,
    small: bool = False,
    rounded: bool = False,
) -> bytes:
    """Several versions of a film as one file.

    Args:
        cuts: each a `FilmCut`, or a tuple of story, style and pace.
        origins: whether it is looked up where each number was recorded, for which stories that can be told
            anew are told several times; what a cut has is kept.
        small: whether it is to be kept: a third smaller, for which it takes longer to write and to open.
        rounded: whether what can be asked of long tables of cells is rounded, to half of the bytes: a pixel's
            colours to those that are drawn (of 255), other numbers to four digits.

    Raises:
        UserError: a beat cannot be placed.
    """
    bank = Bank()
    tables = ReadoutTables(bank, ArrayTable(bank, rounded))
    every = [cut if isinstance(cut, FilmCut) else FilmCut(*cut) for cut in cuts]
    if origins:
        every = [replace(cut, origins=cut.origins or story_origins(cut.story)) for cut in every]
    written = [_write_cut(cut, bank, tables) for cut in every]
    said = {cut.style.lang: say_all(FILM, cut.style.lang) for cut in every}
    return pack(written, said, bank, tables, small=small)


_known_origins: WeakKeyDictionary[Callable[[], Iterable[Beat]], Origins] = WeakKeyDictionary()


def story_origins(story: Story) -> Origins | None:
    """Where the numbers of a story were recorded, looked up once; None where it cannot be told anew."""
    if story.retell is None:
        return None
    if story.retell not in _known_origins:
        _known_origins[story.retell] = find_origins(story.retell)
    return _known_origins[story.retell]


def pack(
    cuts: Sequence[Mapping[str, Any]],
    said: Mapping[str, Mapping[str, str]],
    bank: Bank,
    tables: ReadoutTables,
    *,
    small: bool,
) -> bytes:
    """The file: header, one compressed part (index, whole numbers, single precision), pictures.

    Args:
        cuts: the versions of the film.
        said: what it says by itself, by language.
        bank: shapes and numbers of the cuts.
        tables: what can be asked.
        small: whether it is as small as it can be.
    """
    sheets = bank.sheets(tables.arrays.pixels)
    scales = [[bank.put(one.T), len(one)] for one in sheets.scales]
    numbers, singles = bank.numbers(), bank.singles()
    fills = find_fills(numbers, singles, tables.wire_arrays())
    index = {
        "cuts": cuts,
        "words": said,
        "forms": bank.forms.things,
        "lists": bank.lists.things,
        "statics": bank.statics.things,
        "journeys": [dict(one) for one in bank.journeys.things],
        "contours": bank.contours.things,
        "pieces": bank.pieces.things,
        "readouts": tables.index(),
        "fills": fills,
        "pictures": sheets.places,
        "scales": scales,
        "sheets": [
            [len(data), zlib.crc32(data), step]
            for data, step in zip(sheets.content, sheets.steps, strict=True)
        ],
    }
    content = Content(index, clear_fills(numbers, fills), singles)
    return write_file(content, b"".join(sheets.content), small=small)


def frame_name(style: RenderStyle) -> str:
    """The sides of a frame as they are named: ``16:9``, ``9:16``, ``4:3``, else with its numbers."""
    known = {"16:9": 16 / 9, "9:16": 9 / 16, "4:3": 4 / 3, "3:4": 3 / 4, "1:1": 1.0}
    sides = style.width / style.height
    name = min(known, key=lambda one: abs(known[one] / sides - 1))
    return name if abs(known[name] / sides - 1) < 0.01 else f"{style.width:g}:{style.height:g}"


def _write_cut(cut: FilmCut, bank: Bank, tables: ReadoutTables) -> dict[str, Any]:
    style, shots = cut.style, cut.shots()
    return {
        "lang": style.lang,
        "theme": style.theme.name,
        "frame": frame_name(style),
        "size": [round(style.width, 6), round(style.height, 6)],
        "ground": style.theme.color("ground"),
        "opaque": style.theme.opaque,
        "title": style.say(cut.story.title),
        "pace": cut.pace,
        "beats": [
            {**_write_beat(take, cut, bank), "readouts": one}
            for take, one in zip(shots, tables.write(shots, style, cut.origins), strict=True)
        ],
    }


def _write_beat(take: Take, cut: FilmCut, bank: Bank) -> dict[str, Any]:
    beat, style = take.beat, cut.style
    return {
        "id": beat.id,
        "sentence": style.say(beat.says),
        "alt": alt_text(take),
        "notes": cut.notes.get(beat.id, ""),
        "chapter": style.say(beat.chapter),
        "asks": beat.asks,
        "phases": [write_phase(phase, take, bank, cut.rate) for phase in take.phases],
    }


def alt_text(take: Take) -> str:
    """What stands on the stage at the end of a beat, in words, from top to bottom."""
    seen = take.at(take.seconds)
    return " · ".join(dict.fromkeys(text.strip() for text in visible_texts(seen)))
