"""Whether a film is well made and true: measured on its shapes in time and on its trace, no renderer needed.

`check_story` gives a `Report`: what was measured, what its author chose, and what lies outside the bounds of
`nnanim.check.bounds` or breaks a law, each with what to do about it. `measure` is the part of it that
holds for stories without a trace.
"""

from __future__ import annotations

from nnanim.check.bounds import BOUNDS, FRAMES, Bounds, recorded_seconds
from nnanim.check.choices import Choice
from nnanim.check.measure import measure
from nnanim.check.report import Finding, Report
from nnanim.check.verdict import check_story

__all__ = [
    "BOUNDS", "FRAMES", "Bounds", "Choice", "Finding", "Report", "check_story", "measure", "recorded_seconds",
]  # fmt: skip
