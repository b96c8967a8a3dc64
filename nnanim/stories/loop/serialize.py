"""The runs of the caption loop that a film shows, and how they are saved in a Trace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.errors import UserError
from nnanim.stories.loop.run import LoopRun
from nnanim.trace import Trace


@dataclass(frozen=True, eq=False)
class LoopRuns:
    """What a film shows; all but ``main`` may be missing.

    Attributes:
        main: the run that is followed.
        twins: runs from the same start that differ from it in one setting.
        others: runs with the same settings from other starts.
        provenance: where it all came from.
    """

    main: LoopRun
    twins: tuple[LoopRun, ...] = ()
    others: tuple[LoopRun, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)


def pack(runs: LoopRuns) -> Trace:
    """The runs as a Trace, so that they can be saved; ``unpack`` gives them back."""
    named = {"main": runs.main}
    named |= {f"twin {i}": run for i, run in enumerate(runs.twins)}
    named |= {f"other {i}": run for i, run in enumerate(runs.others)}
    arrays: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    for key, run in named.items():
        arrays[f"{key}.pictures"] = np.stack(list(run.pictures))
        arrays[f"{key}.captions"] = encode_lines(run.captions)
        arrays[f"{key}.prompts"] = encode_lines(run.prompts)
        arrays[f"{key}.embeddings"] = run.embeddings
        fields[key] = {name: getattr(run, name) for name in _PLAIN}
    return Trace.of(arrays, provenance={**runs.provenance, "runs": fields})


_PLAIN = ("kind", "length", "since", "unchanged", "settings", "name")


def unpack(trace: Trace) -> LoopRuns:
    """The runs that ``pack`` put into a Trace.

    Raises:
        UserError: there are none.
    """
    fields = trace.provenance.get("runs")
    if not isinstance(fields, Mapping) or "main" not in fields:
        raise UserError("the trace holds no run of a caption loop")
    named = {key: _run(trace, key, plain) for key, plain in fields.items()}
    several = {
        kind: [run for key, run in named.items() if key.startswith(kind)] for kind in ("twin", "other")
    }
    return LoopRuns(named["main"], tuple(several["twin"]), tuple(several["other"]), trace.provenance)


def _run(trace: Trace, key: str, plain: Mapping[str, Any]) -> LoopRun:
    return LoopRun(
        np.asarray(trace[f"{key}.pictures"]),  # type: ignore[arg-type]
        decode_lines(trace[f"{key}.captions"]),
        decode_lines(trace[f"{key}.prompts"]),
        trace[f"{key}.embeddings"],
        **plain,
    )


def encode_lines(lines: tuple[str, ...]) -> npt.NDArray[np.uint32]:
    """(lines, longest) Unicode code points; zeros fill what is shorter."""
    longest = max(map(len, lines), default=0) or 1
    return np.array(lines, dtype=f"U{longest}").view(np.uint32).reshape(len(lines), longest)


def decode_lines(codes: npt.NDArray[Any]) -> tuple[str, ...]:
    """The lines that ``encode_lines`` took."""
    return tuple("".join(map(chr, row[row > 0])) for row in np.asarray(codes, dtype=np.uint32))
