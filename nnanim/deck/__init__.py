"""Decks: the films of a lesson as slides for PowerPoint, a browser, a folder, or one long video.

A deck is made of manifests and clips; it knows no scene and no printer.
"""

from __future__ import annotations

from nnanim.deck.slides import Deck, Slide, deck, word_slides

__all__ = ["Deck", "Slide", "deck", "word_slides"]
