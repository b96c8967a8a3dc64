"""nnanim's own font, cut down to the characters of one page."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import uharfbuzz as hb

from nnanim.theme import FONTS


def cut_down(path: Path, text: str) -> bytes:
    """The font at ``path`` with the characters of ``text`` alone, as OpenType."""
    return _cut_down(path, "".join(sorted(set(text) | {chr(code) for code in range(32, 127)})))


@cache
def _cut_down(path: Path, characters: str) -> bytes:
    wanted = hb.SubsetInput()
    wanted.sets(hb.SubsetInputSets.UNICODE).set({ord(char) for char in characters})
    face = hb.subset(hb.Face(hb.Blob.from_file_path(str(path))), wanted)
    return bytes(face.blob.data)


REGULAR, BOLD = FONTS / "NNAnimSansJP-Regular.otf", FONTS / "NNAnimSansJP-Bold.otf"
