"""Playing a scene in the browser at once, from a server on this machine: nothing is rendered."""

from __future__ import annotations

from nnanim.play.server import FilmServer
from nnanim.play.studio import Studio

__all__ = ["FilmServer", "Studio"]
