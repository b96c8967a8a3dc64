"""The report of ``nnanim check`` as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nnanim.terminal import console, table

if TYPE_CHECKING:
    from nnanim.check import Report


def print_reports(reports: Sequence[Report], brief: bool) -> None:
    """Print the tables: figures, bounds, what was found, and what the author chose."""
    rows = table(
        *"film language frame seconds recorded motion transition rest dead ink cuts reading".split(), ""
    )
    for one in reports:
        found = {finding.bound for finding in one.findings}
        broken = {fault.bound for fault in one.faults}

        def mark(bound: str, text: str, found: set[str] = found) -> str:
            return f"{text} !" if bound in found else text

        unit = "characters/s" if one.lang == "ja" else "words/s"
        rows.add_row(
            one.name, one.lang, one.frame, mark("length", f"{one.total('seconds'):.1f}"),
            f"{one.recorded:.1f}" if one.recorded else "",
            *(f"{one.total(what):.1f}" for what in ("motion", "transition", "rest")),
            mark("dead", f"{one.total('dead'):.1f} ({one.dead_share:.0%})"),
            mark("ink", f"{one.ink:.0%}"), mark("cuts", f"{len(one.cuts)} of {len(one.changes)}"),
            mark("reading", f"{one.reading:.1f} {unit}"), ", ".join(sorted(broken)) or "fine",
        )  # fmt: skip
    console().print(rows)
    if len(reports) > 1:
        changes = sum(len(one.changes) for one in reports)
        cuts = sum(len(one.cuts) for one in reports)
        console().print(f"{cuts} of {changes} changes cut to an empty stage ({cuts / max(changes, 1):.0%})")
    _print_bars(reports)
    if not brief:
        _print_findings(reports)
        _print_choices(reports)


def _print_bars(reports: Sequence[Report]) -> None:
    from nnanim.check.bars import list_bars

    rows = table("bound", "", "the worst", "of", "")
    for one in list_bars(reports):
        rows.add_row(one.name, one.says, one.reached, one.worst, "kept" if one.is_kept else "not kept")
    console().print(rows)


def _print_findings(reports: Sequence[Report]) -> None:
    for one in reports:
        if not one.findings:
            continue
        console().print(f"\n{one.name} {one.lang} {one.frame}")
        rows, faults = table("", "beat", "", "found", "what to do"), one.faults
        for number, finding in enumerate(one.findings, start=1):
            if finding.bound != "ink" or not finding.beat:
                where = finding.beat or "(film)"
                bound = finding.bound if finding in faults else f"{finding.bound} (hint)"
                rows.add_row(str(number), where, bound, finding.what, finding.advice)
        # That a stage is small holds of most beats of such a film: one row for all of them.
        small = [finding for finding in one.findings if finding.bound == "ink" and finding.beat]
        if small:
            ink = {figures.beat: figures.ink for figures in one.beats}
            least = sorted((ink[finding.beat], finding.beat) for finding in small)
            said = ", ".join(f"{beat} {share:.0%}" for share, beat in least)
            rows.add_row("", f"({len(least)} beats)", "ink", said, small[0].advice)
        console().print(rows)


def _print_choices(reports: Sequence[Report]) -> None:
    """What was chosen, once for each film: its languages have the same."""
    for name, choices in {one.name: one.choices for one in reports}.items():
        if choices:
            console().print(f"\n{name}: chosen by its author, and not checked")
            rows = table("where", "", "what")
            for one in choices:
                rows.add_row(one.where, one.kind, one.what)
            console().print(rows)
