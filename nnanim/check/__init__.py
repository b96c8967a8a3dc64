"""How well a film moves: measured on its shapes in time, compared with bounds, no renderer needed.

`measure` takes a story and gives a `Report`: what was measured, and what lies outside the bounds of
`nnanim.check.bounds`, each with what to do about it.
"""

from __future__ import annotations

from nnanim.check.bounds import BOUNDS, FRAMES, Bounds, recorded_seconds
from nnanim.check.report import Finding, Report, measure

__all__ = ["BOUNDS", "FRAMES", "Bounds", "Finding", "Report", "measure", "recorded_seconds"]
