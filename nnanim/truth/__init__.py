"""Whether a film is true: every number that it shows depends on what was recorded, and adds up as written."""

from __future__ import annotations

from nnanim.truth.examine import Examination, examine, prove
from nnanim.truth.shown import Fault
from nnanim.truth.sources import trace_back
from nnanim.truth.sums import check_sums

__all__ = ["Examination", "Fault", "check_sums", "examine", "prove", "trace_back"]
