"""The browser's printer: films as one compact file that a page plays as vectors, without a video.

`encode_film` writes the shapes of whole films (languages, themes and frame sides together), `decode_film`
reads them back; ``player/`` holds the JavaScript modules that draw them. The format is described in
``docs/web-format.md``. Each name is fetched when it is first used: a page is written without the encoder.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnanim.web.answers import WebQuantity, WebReadout, read_answers
    from nnanim.web.decode import WebBeat, WebCut, WebFilm, decode_film
    from nnanim.web.encode import FilmCut, encode_film

_HOMES = {
    "answers": ("WebQuantity", "WebReadout", "read_answers"),
    "decode": ("WebBeat", "WebCut", "WebFilm", "decode_film"),
    "encode": ("FilmCut", "encode_film"),
}

_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "FilmCut",
    "WebBeat",
    "WebCut",
    "WebFilm",
    "WebQuantity",
    "WebReadout",
    "decode_film",
    "encode_film",
    "read_answers",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
