"""What films are held to, one line a bound: what was reached, by which film, and whether it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from nnanim.check.bounds import BOUNDS, Bounds
from nnanim.check.report import Report

NEVER = {
    "frame": "leaves the frame",
    "double": "is there twice on its way",
    "overlap": "words lie on words",
    "colour": "a colour has two meanings",
    "range": "a number lies outside its legend",
    "legend": "legends need a second line",
    "sum": "a sum is not right as it is written",
    "room": "a mark paints outside its room",
    "edge": "something comes near the edge or the header",
    "size": "a text is too small",
    "contrast": "a text is hard to read",
    "wire": "a wire runs through words",
    "missing": "numbers are left out without a word",
    "empty": "little of the stage is used",
    "scale": "the states of one mark have several scales",
    "number": "a number does not depend on the trace",
    "random": "the story is another one each time",
    "claim": "a sentence contradicts its picture",
    "stale": "weights and values are not of one run",
    "clipped": "values are cut off without a word",
    "signal": "signals are not values times weights",
    "meaning": "a probability is none",
    "twice": "a beat is told twice",
    "picked": "a seed was searched for by its result",
}
"""What never occurs, by the names of `Finding`."""


@dataclass(frozen=True)
class Bar:
    """One bound over several films.

    Attributes:
        name: which bound, as in `Bounds`, or as `Finding` names it.
        says: the bound in words.
        reached: the worst of the films, in the unit of the bound.
        worst: of which film; empty where all keep what never may occur.
        is_kept: whether all of them keep it.
    """

    name: str
    says: str
    reached: str
    worst: str
    is_kept: bool


def list_bars(reports: Sequence[Report], bounds: Bounds = BOUNDS) -> list[Bar]:
    """Every bound, and how the worst of some films keeps it."""
    return [*_shares(reports, bounds), *_readings(reports, bounds), *_counts(reports)]


def _shares(reports: Sequence[Report], bounds: Bounds) -> Iterator[Bar]:
    ways: list[tuple[str, str, Callable[[Report], float], float]] = [
        ("cuts", "of the changes cut to an empty stage", lambda one: one.cut_share, bounds.cuts),
        ("dead", "of the film is dead time", lambda one: one.dead_share, bounds.dead),
    ]
    for name, what, share, most in ways:
        worst = max(reports, key=share)
        held = share(worst) <= most
        yield Bar(name, f"at most {most:.0%} {what}", f"{share(worst):.1%}", _name(worst), held)
    worst = min(reports, key=lambda one: (not one.is_sparse(bounds), one.ink - one.least_ink(bounds)))
    least = worst.least_ink(bounds)
    yield Bar(
        "ink", f"at least {least:.0%} of the frame in the median beat", f"{worst.ink:.1%}", _name(worst),
        not any(one.is_sparse(bounds) for one in reports),
    )  # fmt: skip
    if recorded := [one for one in reports if one.recorded]:
        worst = max(recorded, key=_longer)
        says = f"at most {bounds.longer:.2f} times the recorded length"
        kept = _longer(worst) <= bounds.longer
        yield Bar("length", says, f"{_longer(worst):.2f}", _name(worst), kept)


def _readings(reports: Sequence[Report], bounds: Bounds) -> Iterator[Bar]:
    for lang in dict.fromkeys(one.lang for one in reports):
        unit, most = "characters" if lang == "ja" else "words", bounds.reading_in(lang)
        worst = max((one for one in reports if one.lang == lang), key=lambda one: one.reading)
        says = f"at most {most:g} {unit} a second ({lang})"
        yield Bar("reading", says, f"{worst.reading:.1f}", _name(worst), worst.reading <= most)


def _counts(reports: Sequence[Report]) -> Iterator[Bar]:
    for name, what in NEVER.items():
        found = {_name(one): many for one in reports if (many := sum(f.bound == name for f in one.findings))}
        worst = max(found, key=found.__getitem__, default="")
        yield Bar(name, f"never: {what}", str(sum(found.values())), worst, not found)


def _longer(one: Report) -> float:
    return one.total("seconds") / one.recorded if one.recorded else 0.0


def _name(one: Report) -> str:
    return " ".join(filter(None, (one.name, one.lang, one.frame if one.frame != "16:9" else "")))
