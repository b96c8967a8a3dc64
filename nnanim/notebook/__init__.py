"""Notebooks: a story, a beat or a mark is seen where it is made; films are played by the page's player."""

from __future__ import annotations

from nnanim.notebook.show import Display, show

__all__ = ["Display", "show"]
