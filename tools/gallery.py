"""Draw the gallery: a sheet of every scene and of the parts that are used alone, as small WebP pictures.

    python tools/gallery.py [SCENE ...] [--full FOLDER]

The pictures in docs/gallery are small, because every clone carries them; ``--full`` draws the large ones, for
the site, into another folder instead. A film that has not changed gives the same bytes again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from nnanim.files import atomic

ROOT = Path(__file__).resolve().parent.parent
GALLERY = ROOT / "docs" / "gallery"
WIDTH, QUALITY = 1500, 42  # pixels, and WebP's scale to 100: small print can still be read
LOOKS = {"en": ("--lang", "en", "--theme", "dark"), "ja": ("--lang", "ja", "--theme", "light")}
PARTS = {
    "attention": ("table", "arcs", "heads", "next", "positions", "mask", "window", "ngrams"),
    "convnet": ("gradients",),
}
"""Parts of films that have a picture of their own."""


def sheets(scene: str) -> dict[str, tuple[str, ...]]:
    """Options of ``nnanim still`` for every sheet of a scene, by its path in the gallery, without suffix."""
    whole = {f"{scene}.{lang}": ("--middles", *look) for lang, look in LOOKS.items()}
    return whole | {f"parts/{scene}-{part}": ("--part", part) for part in PARTS.get(scene, ())}


def shrink(picture: Path, target: Path) -> None:
    """Write ``picture`` as a WebP of the gallery's width."""
    with Image.open(picture) as image:
        height = round(image.height * min(1.0, WIDTH / image.width))
        small = image.convert("RGB").resize((min(image.width, WIDTH), height), Image.Resampling.LANCZOS)
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic(target) as temporary:
        small.save(temporary, "WEBP", quality=QUALITY, method=6)


def draw(scene: str, folder: Path) -> list[Path]:
    """Draw every sheet of a scene into ``folder``, at its full size."""
    drawn = []
    for name, options in sheets(scene).items():
        picture = folder / f"{name}.png"
        picture.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "nnanim.cli", "still", scene, "--sheet", *options]
        subprocess.run([*command, "--out", str(picture)], cwd=ROOT, check=True)
        drawn.append(picture)
    return drawn


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw the scenes that are named, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenes", nargs="*")
    parser.add_argument("--full", type=Path, metavar="FOLDER")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        for scene in options.scenes or sorted(path.stem for path in (ROOT / "scenes").glob("*.py")):
            for picture in draw(scene, options.full or Path(temporary)):
                if not options.full:
                    shrink(picture, GALLERY / picture.relative_to(temporary).with_suffix(".webp"))


if __name__ == "__main__":
    main()
