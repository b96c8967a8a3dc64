"""A film as one HTML page with everything in it: it asks no network, and opens from a file, too."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from nnanim.files import write_text
from nnanim.web.bundle import bundle_player, read_player
from nnanim.web.container import repack_small
from nnanim.web.page_words import PAGE, say_all
from nnanim.web.text import format_bytes

OLD = {
    "en": "This browser is too old to play the film; a newer one plays it. These are its sentences:",
    "ja": "このブラウザーは古いため、映像を再生できません。新しいブラウザーをお使いください。文の一覧です。",
}
"""What stands on the page where nothing can be played."""


@dataclass(frozen=True)
class PageSettings:
    """How a page begins.

    Attributes:
        lang, theme, frame: what is shown first, of what its film has; ``auto`` is the theme of the system,
            and an empty frame the one that is largest in the window.
        cover: id of the beat whose end is seen before the film is played.
        play: whether it plays at once.
        pace: at which speed; 2 is twice as fast.
        hash: whether the page's address says where the film is, so that it can be shared.
        served: addresses of cuts and events, where the film is served and does not lie in the page.
    """

    lang: str = ""
    theme: str = ""
    frame: str = ""
    cover: str = ""
    play: bool = False
    pace: float = 1.0
    hash: bool = True
    served: Mapping[str, str] = field(default_factory=dict)

    def values(self) -> dict[str, Any]:
        """As the player reads them: what is set, and what a page says of a film that is not there."""
        return {name: value for name, value in vars(self).items() if value} | {
            "words": say_all(PAGE, self.lang or "en")
        }

    def to_json(self) -> str:
        """As the page's script reads them."""
        # Inside a script nothing but "<" can end it.
        return json.dumps(self.values(), ensure_ascii=False, default=dict).replace("<", "\\u003c")


def write_page(
    film: bytes,
    path: Path,
    settings: PageSettings | None = None,
    *,
    sentences: Iterable[str] = (),
    title: str = "",
) -> Path:
    """Write a page that plays ``film``; returns its path. The arguments are those of `format_page`."""
    return write_text(path, format_page(film, settings, sentences=sentences, title=title))


def format_page(
    film: bytes | None,
    settings: PageSettings | None = None,
    *,
    sentences: Iterable[str] = (),
    title: str = "",
    embedded: bool = False,
) -> str:
    """The text of a page that plays a film.

    Args:
        film: as ``encode_film`` gives it, and packed as small as it can be; None where it is served.
        settings: how the page begins.
        sentences: of the film, for those who cannot play it.
        title: of the page.
        embedded: whether it will stand within another document, as in a notebook: of printable characters
            alone, and 8 % longer.
    """
    how = settings or PageSettings()
    lang = how.lang or "en"
    code, begin = bundle_player("page" if film is not None else "play"), bundle_player("unpack")
    look = "".join(read_player(f"{one}.css") for one in LOOK)
    allowed = policy(code, CHECK, *(() if film is None else (begin,)), style=look, served=film is None)
    packed = "" if film is None else format_bytes(repack_small(film), dense=not embedded)
    rows = "".join(f"<li>{escape(one)}</li>" for one in sentences if one)
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{escape(lang)}"><head><meta charset="utf-8">',
            f"<title>{escape(title)}</title>",
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{allowed}">',
            f"<style>{look}</style></head>",
            '<body><div id="theatre"></div>',
            f'<div class="plain"><p>{escape(OLD.get(lang, OLD["en"]))}</p><ol>{rows}</ol></div>',
            f'<script type="application/json" id="settings">{how.to_json()}</script>',
            f'<script type="text/plain" id="film">{packed}</script>',
            f"<script>{CHECK}</script>",
            *([] if film is None else [_packed_script(code, dense=not embedded)]),
            f'<script type="module">{code if film is None else begin}</script></body></html>',
        ]
    )


LOOK = ("theatre", "icons", "pointing", "page")
"""Styles of a page; the last one is that of the whole page, and not of a player within one."""

CHECK = 'if ("DecompressionStream" in window) document.documentElement.className = "able";'
"""Runs before the module, which an old browser may not understand."""


def _packed_script(code: str, *, dense: bool) -> str:
    """A script as text for ``player/unpack.js``: a third of its length."""
    packed = gzip.compress(code.encode(), 9, mtime=0)
    text = format_bytes(packed, dense=dense)
    return f'<script type="text/plain" id="player" data-size="{len(packed)}">{text}</script>'


def policy(*scripts: str, style: str, served: bool = False) -> str:
    """A Content-Security-Policy: only these scripts and this style, and nothing from elsewhere."""
    allowed = " ".join(_hash(one) for one in scripts)
    connect = "'self'" if served else "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; img-src data: blob:; "
        f"connect-src {connect}; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
