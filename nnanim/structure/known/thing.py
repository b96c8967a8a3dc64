"""What is found: a thing with a name, the calls that it is made of, and what was found out about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nnanim.trace import Operand


@dataclass(frozen=True)
class Known:
    """Some calls of a run that together compute something that has a name, checked by the recorded values.

    Attributes:
        kind: its name: "RMSNorm", "GELU", "SwiGLU", "rotary", "squash", "squeeze-excite", "codebook", …
        end: name of the call that gives its value.
        source: what it takes. operands: all that it takes, where that is more than one value.
        nodes: names of all its calls.
        modules: paths of the modules whose weights it uses.
        facts: what was found out: ("axis", -1), ("scale", "norm.weight"), ….
    """

    kind: str
    end: str
    source: Operand
    nodes: frozenset[str]
    modules: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    operands: tuple[Operand, ...] = ()
