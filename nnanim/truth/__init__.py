"""Whether a film is true: every number that it shows depends on what was recorded, and adds up as written."""

from __future__ import annotations

from nnanim.truth.examine import Discontinuous, Examination, Proof, examine, prove
from nnanim.truth.origins import Origin, Origins, find_origins
from nnanim.truth.shown import Fault
from nnanim.truth.sources import trace_back
from nnanim.truth.sums import check_sums

__all__ = [
    "Discontinuous",
    "Examination",
    "Fault",
    "Origin",
    "Origins",
    "Proof",
    "check_sums",
    "examine",
    "find_origins",
    "prove",
    "trace_back",
]
