"""BERT: a language model that looks both ways. ``fill_gaps`` tells it all."""

from __future__ import annotations

from nnanim.stories.masked.runs import GapRun, GapRuns
from nnanim.stories.masked.story import fill_gaps

__all__ = ["GapRun", "GapRuns", "fill_gaps"]
