"""The files of the page, as they are served."""

from __future__ import annotations

from pathlib import Path

from nnanim import web

FOLDER = Path(__file__).parent / "page"
"""The page of ``nnanim live``."""

PLAYER = Path(web.__file__).parent / "player"
"""The modules that draw films."""

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}


def read_pages() -> dict[str, tuple[str, bytes]]:
    """Kind and content of each file by its name; the empty name is the page itself."""
    files = {f"player/{path.name}": path for path in sorted(PLAYER.iterdir()) if path.suffix in KINDS}
    files |= {path.name: path for path in sorted(FOLDER.iterdir()) if path.suffix in KINDS}
    found = {name: (KINDS[path.suffix], path.read_bytes()) for name, path in files.items()}
    return {**found, "": found["index.html"]}
