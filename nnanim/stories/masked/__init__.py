"""BERT: a language model that looks both ways. ``masked`` tells it all."""

from __future__ import annotations

from nnanim.stories.masked.runs import GapRun, GapRuns
from nnanim.stories.masked.story import masked

__all__ = ["GapRun", "GapRuns", "masked"]
