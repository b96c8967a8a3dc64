"""Where loops end, measured: ``nnanim loop facts`` or ``python -m nnanim.loops.facts``.

A seed with fixed noise makes a map from sentences to sentences, and a start walks on it. So a setting is
measured on ``seeds`` maps with ``starts`` pictures of the small world each, the same ones everywhere, and a
step of a map is computed once, whichever start comes by. Steps are painted in batches, which is three times
as fast and rounds differently by 1e-6: the odd start may end elsewhere than in a run of its own.

With fresh noise round n of all starts of one seed shares its noise, as in ``nnanim loop many``. Nothing comes
back for certain then; a run goes to its limit, and what is told is whether its sentence has stood for the
last ``STOOD`` rounds.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnanim import jobs
from nnanim.data import world
from nnanim.errors import UserError
from nnanim.files import write_text
from nnanim.loops import prompts, small
from nnanim.loops.backends import SPEECHES
from nnanim.loops.loop import ring_of, round_seed

if TYPE_CHECKING:
    from nnanim.loops.pictures import Picture

STOOD = 5
BATCH = 32
VERSION = 1


@dataclass(frozen=True)
class Temper:
    """How a painter takes what it is told."""

    name: str
    guidance: float
    steps: int = small.STEPS


LISTENS = Temper("listens", small.GUIDANCE)
HALF = Temper("half listens", 0.2)
OVERDOES = Temper("overdoes", 15.0, 4)
CONTRARY = Temper("paints the contrary", -1.0)


@dataclass(frozen=True)
class Setting:
    """One line of the table."""

    temper: Temper
    caption: str
    noise: str
    language: str


SETTINGS = tuple(
    Setting(temper, caption, noise, language)
    for temper, noise, languages in (
        (LISTENS, "fixed", SPEECHES),
        (HALF, "fixed", SPEECHES),
        (OVERDOES, "fixed", ("en",)),
        (CONTRARY, "fixed", ("en",)),
        (LISTENS, "fresh", ("en",)),
        (HALF, "fresh", SPEECHES),
    )
    for language in languages
    for caption in prompts.CHOICES
)
"""Full against first phrase, fixed against fresh, English, Japanese and both in turn; four tempers."""


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        starts: start pictures for each seed; at least 2.
        seeds: maps.
        rounds: the limit with fixed noise.
        fresh_rounds: the limit with fresh noise, where few steps are shared.
        settings: the lines of the table.
    """

    starts: int = 50
    seeds: int = 4
    rounds: int = 60
    fresh_rounds: int = 7
    settings: tuple[Setting, ...] = SETTINGS

    def __post_init__(self) -> None:
        if self.starts < 2 or self.seeds < 1 or min(self.rounds, self.fresh_rounds) < 1:
            raise UserError("at least 2 starts, 1 seed and 1 round are wanted")

    def tables(self) -> list[tuple[Setting, int]]:
        """What is measured in one piece: a setting on one map."""
        return [(setting, seed) for setting in self.settings for seed in range(self.seeds)]

    def limit(self, setting: Setting) -> int:
        """Rounds that a setting's runs take at most."""
        return self.rounds if setting.noise == "fixed" else self.fresh_rounds


@dataclass(frozen=True)
class Walks:
    """All walks of one setting on one map.

    Attributes:
        prompts: for each start the prompts of its rounds, 0, 1, …, to where the cycle closes or the limit.
        painted: pictures painted for them.
        seconds: CPU time.
    """

    prompts: list[list[str]]
    painted: int
    seconds: float


Found = dict[Setting, list[Walks]]


def measure(
    plan: Plan,
    cache: Path,
    *,
    workers: int = 1,
    watch: jobs.Watch | None = None,
    count: Callable[[Iterator[jobs.Done]], Iterator[jobs.Done]] = iter,
) -> Found:
    """Measure all settings in processes; stopped, it goes on with the pieces that are in ``cache``.

    Args:
        plan: how much.
        cache: folder of the pieces; one measured with other weights is measured again.
        workers: processes.
        watch: is told how far a piece is.
        count: sees the pieces as they are done, for a bar.

    Raises:
        UserError: a piece failed.
    """
    pieces = {_name(setting, seed): (setting, seed) for setting, seed in plan.tables()}
    # The long ones last.
    order = sorted(
        pieces, key=lambda name: (pieces[name][0].noise == "fresh", pieces[name][0].language != "en")
    )
    work = [jobs.Job(name, _piece, (*pieces[name], plan, cache)) for name in order]
    values = jobs.values(list(count(jobs.run(work, workers, watch=watch))))
    found: Found = {setting: [] for setting in plan.settings}
    for name, (setting, _) in pieces.items():
        found[setting].append(values[name])
    return found


def _name(setting: Setting, seed: int) -> str:
    return f"{setting.temper.name}, {setting.caption}, {setting.noise}, {setting.language}, seed {seed}"


def _piece(setting: Setting, seed: int, plan: Plan, cache: Path) -> Walks:
    """One setting on one map, from the cache when it is there."""
    file = _file(setting, seed, plan, cache)
    if file.exists():
        return Walks(**json.loads(file.read_text(encoding="utf-8")))
    begun = time.process_time()
    walks, painted = walk(setting, seed, plan.starts, plan.limit(setting))
    found = Walks(walks, painted, round(time.process_time() - begun, 2))
    write_text(file, json.dumps(asdict(found), ensure_ascii=False))
    return found


def _file(setting: Setting, seed: int, plan: Plan, cache: Path) -> Path:
    """Where a piece is kept; other weights have other files."""
    weights = small.checksum((*small.PAINTS, *small.DESCRIBES))
    asked = [VERSION, asdict(setting), seed, plan.starts, plan.limit(setting), weights]
    return cache / f"{hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:24]}.json"


def so_far(plan: Plan, cache: Path) -> Plan:
    """The part of a plan that is measured already.

    Raises:
        UserError: no setting is.
    """
    whole = tuple(
        setting
        for setting in plan.settings
        if all(_file(setting, seed, plan, cache).exists() for seed in range(plan.seeds))
    )
    if not whole:
        raise UserError(f"no setting is measured in {cache} yet")
    return replace(plan, settings=whole)


def start_pictures(count: int, seed: int) -> list[Picture]:
    """The start pictures of a seed: the small world's own, one in five with two things."""
    rng = np.random.default_rng((seed, 8))
    drawn = world.draw(world.sample(count, rng, two=0.2), rng)
    return list(np.asarray(drawn * 255 + 0.5, dtype=np.uint8))


def walk(setting: Setting, seed: int, starts: int, limit: int) -> tuple[list[list[str]], int]:
    """The prompts of each start's rounds, and how many pictures were painted for all of them."""
    painter = _painter(setting.temper)
    speakers = [_speaker(language) for language in SPEECHES[setting.language]]
    told = prompts.named(setting.caption)
    paths = [[told(said)] for said in _described(speakers[0], start_pictures(starts, seed))]
    known: dict[tuple[str, int, int], str] = {}
    for number in range(1, limit + 1):
        live = [path for path in paths if _open(path, setting, len(speakers))]
        if not live:
            break
        turn = number % len(speakers)
        noise = seed if setting.noise == "fixed" else round_seed(seed, number)
        new = sorted({path[-1] for path in live if (path[-1], noise, turn) not in known})
        for at in range(0, len(new), BATCH):
            some = new[at : at + BATCH]
            made = painter.batch(some, [noise] * len(some))
            for prompt, said in zip(some, _described(speakers[turn], made), strict=True):
                known[prompt, noise, turn] = told(said)
        for path in live:
            path.append(known[path[-1], noise, turn])
        jobs.progress(number / limit, live[0][-1])
    return paths, len(known)


def _open(path: list[str], setting: Setting, turns: int) -> bool:
    return setting.noise == "fresh" or ring_of(path, turns) is None


def _described(speaker: small.SmallCaptioner, pictures: list[Picture]) -> list[str]:
    parts = [pictures[at : at + BATCH] for at in range(0, len(pictures), BATCH)]
    return [prompts.tidy(said) for part in parts for said in speaker.batch(part)]


@cache
def _painter(temper: Temper) -> small.SmallPainter:
    return small.SmallPainter(temper.steps, temper.guidance)


@cache
def _speaker(language: str) -> small.SmallCaptioner:
    return small.SmallCaptioner(language)


def write(found: Found, plan: Plan, folder: Path) -> list[Path]:
    """loops-facts.md and loops-facts.png.

    Raises:
        UserError: the folder cannot be written to.
    """
    from nnanim.loops.report import page, plot

    plotted = plot(found, plan, folder / "loops-facts.png")
    return [write_text(folder / "loops-facts.md", page(found, plan)), plotted]


def summary(setting: Setting, walks: list[Walks]) -> dict[str, Any]:
    """The figures of one line: shares of all starts, rounds, ends.

    With captioners that take turns, a fixed point is one round of each.

    Keys: starts; fixed, cycles, wander (shares); cycles of (rounds to starts); mean and most (rounds before
    the end is entered); ends (distinct ends a seed, mean); stood (share that said the same in the last
    rounds); met (distinct prompts a run, mean).
    """
    turns = len(SPEECHES[setting.language])
    paths = [path for one in walks for path in one.prompts]
    rings = [ring_of(path, turns) if setting.noise == "fixed" else None for path in paths]
    closed = [ring for ring in rings if ring is not None]
    lengths = {length: sum(ring[1] == length for ring in closed) for length in sorted({r[1] for r in closed})}
    longer = {length: count for length, count in lengths.items() if length > turns}
    return {
        "starts": len(paths),
        "fixed": lengths.get(turns, 0) / len(paths),
        "cycles": sum(longer.values()) / len(paths),
        "wander": (len(paths) - len(closed)) / len(paths),
        "cycles of": longer,
        "mean": float(np.mean([since for since, _ in closed])) if closed else None,
        "most": max((since for since, _ in closed), default=None),
        "ends": float(np.mean([_ends(one.prompts, setting, turns) for one in walks])),
        "stood": sum(_stood(path, turns) for path in paths) / len(paths),
        "met": float(np.mean([len(set(path)) for path in paths])),
    }


def _stood(path: list[str], turns: int) -> bool:
    """Whether each captioner has said the same in the last rounds."""
    last = path[-STOOD - turns :]
    return all(one == other for one, other in zip(last, last[turns:], strict=False))


def _ends(paths: list[list[str]], setting: Setting, turns: int) -> int:
    """Distinct ends on one map: cycles, or last prompts where none closes."""
    ends = set()
    for path in paths:
        ring = ring_of(path, turns) if setting.noise == "fixed" else None
        ends.add(frozenset(path[ring[0] + 1 :]) if ring else frozenset(path[-1:]))
    return len(ends)


def main() -> None:
    """``python -m nnanim.loops.facts``: the command ``nnanim loop facts``."""
    from nnanim.cli.loop import facts

    facts()


if __name__ == "__main__":
    main()
