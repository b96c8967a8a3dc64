"""The files of the page, as they are served."""

from __future__ import annotations

from pathlib import Path

from nnanim import web
from nnanim.web.bundle import bundle, read_player

FOLDER = Path(__file__).parent / "page"
"""The page of ``nnanim live``."""

PLAYER = Path(web.__file__).parent / "player"
"""The modules that draw films."""

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}


def bundle_cell() -> str:
    """One script of the live scene's modules and the player's, for a cell of a notebook: ``$cell.render``."""
    sources = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.js"))}
    modules = {name: source.replace('from "./player/', 'from "./') for name, source in sources.items()}
    return bundle("cell", modules)


def cell_style() -> str:
    """The style of a live scene, within an element of the class ``nnanim-live`` alone."""
    live = (FOLDER / "live.css").read_text(encoding="utf-8")
    style = live + read_player("icons.css") + read_player("pointing.css")
    return f".nnanim-live {{\n{style}}}\n"


def read_pages() -> dict[str, tuple[str, bytes]]:
    """Kind and content of each file by its name; the empty name is the page itself."""
    files = {f"player/{path.name}": path for path in sorted(PLAYER.iterdir()) if path.suffix in KINDS}
    files |= {path.name: path for path in sorted(FOLDER.iterdir()) if path.suffix in KINDS}
    found = {name: (KINDS[path.suffix], path.read_bytes()) for name, path in files.items()}
    return {**found, "": found["index.html"]}
