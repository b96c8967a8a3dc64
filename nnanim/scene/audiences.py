"""For whom a film is made, as ``nnanim list`` says it."""

from __future__ import annotations

from nnanim.words import Words

AUDIENCES: dict[str, Words] = {
    "first": {"en": "a first lesson", "ja": "はじめての授業"},
    "course": {"en": "a course on neural networks", "ja": "ニューラルネットワークの講義"},
    "advanced": {"en": "people who have trained networks", "ja": "学習させたことのある人"},
}
"""What a scene's ``audience`` may be."""
