"""Draw docs/gallery/zoo: the summary of every network that the tests know, as a small sheet, and their page.

    python tools/zoo_sheets.py [NAME ...] [--page]

Without names, all of them; with ``--page`` only the page is written. The networks are tiny and not trained:
what is looked at is whether they are told as what they are.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from nnanim import record
from nnanim.beats import Story
from nnanim.files import atomic, write_text
from nnanim.still import contact_sheet
from nnanim.stories.network import network

ROOT = Path(__file__).resolve().parent.parent
FOLDER, PAGE = ROOT / "docs" / "gallery" / "zoo", ROOT / "docs" / "zoo.md"
WIDTH, QUALITY = 1100, 30  # pixels, and WebP's scale to 100: every clone carries these
SECONDS = 60.0

RESERVES = {
    "capsules": "the routing, written by hand, is a row of nameless steps",
    "hyena": "the long filter is not told",
    "mamba": "the scan is not told",
    "unet2d": "the pictures in its U are small",
}
"""What a teacher would change, or add in words, before a class sees it; of the others, nothing."""

sys.path.insert(0, str(ROOT / "tests"))


def zoo() -> dict[str, Any]:
    """The networks by name, as tests/zoo.py has them."""
    import zoo_by_hand  # noqa: F401
    import zoo_of_libraries  # noqa: F401
    from zoo import ZOO

    return ZOO


def draw(name: str, animal: Any, picture: Path) -> None:
    """Draw one network's summary as a small WebP."""
    net, given, named = animal.build()
    trace = record(net, *given, seed=3, **named)
    story = Story.from_beats(network(trace, seconds=SECONDS), name)
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "sheet.png"
        contact_sheet(story, large, columns=4, thumb_width=WIDTH // 4)
        picture.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(large) as image, atomic(picture) as temporary:
            image.convert("RGB").save(temporary, "WEBP", quality=QUALITY, method=6)


def _judge(name: str) -> str:
    """Whether a sheet can be shown as it is, or why not."""
    return f"with reserve: {RESERVES[name]}" if name in RESERVES else "as it is"


def write_page(names: Sequence[str]) -> None:
    """The page that shows all of them."""
    lines = [
        "# Networks of many kinds, each in a minute",
        "",
        "What `network(trace, seconds=60)` tells of the networks in the tests (`tests/zoo_by_hand.py`,",
        "written by hand, and `tests/zoo_of_libraries.py`, of transformers and diffusers): tiny ones, not",
        "trained, with random inputs. Each takes at most 60 seconds and 14 beats, in English and Japanese,",
        "and every arrow of its charts is in the run. How a summary chooses what it tells stands in",
        "[Film your own network](your-model.md). `python tools/zoo_sheets.py` draws them again.",
        "",
        f"{len(names) - len(RESERVES)} of the {len(names)} can be shown in a class as they are; "
        "with reserve, because something is",
        "missing or hard to read, the others:",
        "",
        "| network | in a class |",
        "| --- | --- |",
        *(f"| [{name}](#{name}) | {_judge(name)} |" for name in sorted(names)),
        "",
    ]
    for name in sorted(names):
        lines += [f"## {name}", "", f"![The summary of {name}](gallery/zoo/{name}.webp)", ""]
    write_text(PAGE, "\n".join(lines))


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw the networks that are named, or all of them, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--page", action="store_true")
    options = parser.parse_args(arguments)
    animals = zoo()
    for name in () if options.page else options.names or animals:
        draw(name, animals[name], FOLDER / f"{name}.webp")
    write_page(list(animals))


if __name__ == "__main__":
    main()
