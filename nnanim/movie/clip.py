"""Clips that have their names only when they are whole, and are taken again only if they still are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from nnanim.files import leftover_name
from nnanim.movie.compat import VideoSegmentEncoder
from nnanim.scene.reads import checksum

if TYPE_CHECKING:
    from nnanim.movie.compat import VideoEncoderSpec

LEDGER = "checksums.txt"
"""One line a clip, as ``sha256sum --check`` reads it; the last one counts."""


class ClipEncoder(VideoSegmentEncoder):
    """manim's encoder of one clip: manim would take one that was torn off for a finished one of its name."""

    def __init__(self, *, target: Path, spec: VideoEncoderSpec) -> None:
        super().__init__(target=leftover_name(target), spec=spec)
        self._part, self.target = self.target, target

    def finish(self) -> None:
        """Flush encoded packets, close the clip and give it its name."""
        done = self._closed
        super().finish()
        if not done:
            line = f"{checksum(self._part)}  {self.target.name}\n"
            os.replace(self._part, self.target)
            with (self.target.parent / LEDGER).open("a", encoding="utf-8", newline="\n") as ledger:
                ledger.write(line)

    def abort(self) -> None:
        """Close the clip and remove what there is of it."""
        self.target = self._part
        super().abort()


def is_whole(clip: Path) -> bool:
    """Whether a clip is as it was when it was finished."""
    try:
        lines = (clip.parent / LEDGER).read_text(encoding="utf-8").splitlines()
        known = [line.partition("  ")[0] for line in lines if line.partition("  ")[2] == clip.name]
        return bool(known) and checksum(clip) == known[-1]
    except (OSError, UnicodeDecodeError):
        return False
