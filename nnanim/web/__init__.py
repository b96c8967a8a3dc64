"""The browser's printer: films as one compact file that a page plays as vectors, without a video.

`encode_film` writes the shapes of whole films (languages, themes and frame sides together), `decode_film`
reads them back; ``player/`` holds the JavaScript modules that draw them. The format is described in
``docs/web-format.md``.
"""

from __future__ import annotations

from nnanim.web.answers import WebQuantity, WebReadout, read_answers
from nnanim.web.decode import WebBeat, WebCut, WebFilm, decode_film
from nnanim.web.encode import FilmCut, encode_film

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
