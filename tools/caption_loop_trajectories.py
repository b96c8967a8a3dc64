"""Where caption loops end, in every setting: walks from sentence to sentence, measured and counted.

A seed with fixed noise makes a map from sentences to sentences, and a start walks on it. So a setting is
measured on ``seeds`` maps with ``starts`` pictures of the small world each, the same ones everywhere, and a
step of a map is computed once, whichever start comes by. Steps are painted in batches, which is three times
as fast and rounds differently by 1e-6: the odd start may end elsewhere than in a run of its own.

With fresh noise round n of all starts of one seed shares its noise, as in ``nnanim loop many``. Nothing comes
back for certain then; a run goes to its limit, and what counts is whether its sentence has stood for the last
``STOOD`` rounds.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from nnanim import parallel
from nnanim.caption_loop import prompts
from nnanim.caption_loop.backends import (
    CAPTIONER,
    GUIDANCE,
    LANGUAGES,
    PAINTER,
    STEPS,
    BuiltinPainter,
    checksum,
)
from nnanim.caption_loop.captioners import BuiltinCaptioner
from nnanim.caption_loop.loop import find_cycle, round_seed
from nnanim.data import world
from nnanim.errors import UserError
from nnanim.files import write_text
from nnanim.images import Picture, to_bytes

STOOD = 5
BATCH = 32
VERSION = 1


@dataclass(frozen=True)
class GuidancePreset:
    """How strongly the words steer a painter."""

    name: str
    guidance: float
    steps: int = STEPS


USUAL = GuidancePreset("usual", GUIDANCE)
WEAK = GuidancePreset("weak", 0.2)
EXCESSIVE = GuidancePreset("excessive", 15.0, 4)
NEGATIVE = GuidancePreset("negative", -1.0)


@dataclass(frozen=True)
class SurveySetting:
    """One line of the table."""

    preset: GuidancePreset
    caption: str
    noise: str
    language: str


SETTINGS = tuple(
    SurveySetting(preset, caption, noise, language)
    for preset, noise, languages in (
        (USUAL, "fixed", LANGUAGES),
        (WEAK, "fixed", LANGUAGES),
        (EXCESSIVE, "fixed", ("en",)),
        (NEGATIVE, "fixed", ("en",)),
        (USUAL, "fresh", ("en",)),
        (WEAK, "fresh", LANGUAGES),
    )
    for language in languages
    for caption in prompts.PARTS
)
"""Full against first phrase, fixed against fresh noise, English, Japanese, both in turn; four presets."""


@dataclass(frozen=True)
class SurveyPlan:
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
    settings: tuple[SurveySetting, ...] = SETTINGS

    def __post_init__(self) -> None:
        if self.starts < 2 or self.seeds < 1 or min(self.rounds, self.fresh_rounds) < 1:
            raise UserError("at least 2 starts, 1 seed and 1 round are wanted")

    def tables(self) -> list[tuple[SurveySetting, int]]:
        """What is measured in one piece: a setting on one map."""
        return [(setting, seed) for setting in self.settings for seed in range(self.seeds)]

    def limit(self, setting: SurveySetting) -> int:
        """Maximum number of rounds of a setting's runs."""
        return self.rounds if setting.noise == "fixed" else self.fresh_rounds


@dataclass(frozen=True)
class Trajectories:
    """All trajectories of one setting on one map.

    Attributes:
        prompts: for each start the prompts of its rounds, 0, 1, …, to where the cycle closes or the limit.
        painted: pictures painted for them.
        seconds: CPU time.
    """

    prompts: list[list[str]]
    painted: int
    seconds: float


Survey = dict[SurveySetting, list[Trajectories]]


def measure(
    plan: SurveyPlan,
    cache: Path,
    *,
    workers: int = 1,
    watch: parallel.Listener | None = None,
    count: Callable[[Iterator[parallel.JobResult]], Iterator[parallel.JobResult]] = iter,
) -> Survey:
    """Measure all settings in processes; stopped, it continues with the pieces that are in ``cache``.

    Args:
        plan: how much.
        cache: folder of the pieces; one measured with other weights is measured again.
        workers: processes.
        watch: hears how far a piece is.
        count: sees the pieces as they are done, for a bar.

    Raises:
        UserError: a piece failed.
    """
    pieces = {_name(setting, seed): (setting, seed) for setting, seed in plan.tables()}
    # The long ones last.
    order = sorted(
        pieces, key=lambda name: (pieces[name][0].noise == "fresh", pieces[name][0].language != "en")
    )
    work = [parallel.Job(name, _measure_piece, (*pieces[name], plan, cache)) for name in order]
    values = parallel.values(list(count(parallel.run(work, workers, listener=watch))))
    survey: Survey = {setting: [] for setting in plan.settings}
    for name, (setting, _) in pieces.items():
        survey[setting].append(values[name])
    return survey


def _name(setting: SurveySetting, seed: int) -> str:
    return f"{setting.preset.name}, {setting.caption}, {setting.noise}, {setting.language}, seed {seed}"


def _measure_piece(setting: SurveySetting, seed: int, plan: SurveyPlan, cache: Path) -> Trajectories:
    """One setting on one map, from the cache when it is there."""
    file = _file(setting, seed, plan, cache)
    if file.exists():
        return Trajectories(**json.loads(file.read_text(encoding="utf-8")))
    started = time.process_time()
    paths, painted = walk(setting, seed, plan.starts, plan.limit(setting))
    piece = Trajectories(paths, painted, round(time.process_time() - started, 2))
    write_text(file, json.dumps(asdict(piece), ensure_ascii=False))
    return piece


def _file(setting: SurveySetting, seed: int, plan: SurveyPlan, cache: Path) -> Path:
    """Where a piece is kept; other weights have other files."""
    weights = checksum((*PAINTER, *CAPTIONER))
    key = [VERSION, asdict(setting), seed, plan.starts, plan.limit(setting), weights]
    return cache / f"{hashlib.sha256(json.dumps(key).encode()).hexdigest()[:24]}.json"


def measured_part(plan: SurveyPlan, cache: Path) -> SurveyPlan:
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
    return list(to_bytes(world.draw(world.sample(count, rng, two=0.2), rng)))


def walk(setting: SurveySetting, seed: int, starts: int, limit: int) -> tuple[list[list[str]], int]:
    """The prompts of each start's rounds, and how many pictures were painted for all of them."""
    painter = _painter(setting.preset)
    speakers = [_speaker(language) for language in LANGUAGES[setting.language]]
    select = prompts.find_part(setting.caption)
    paths = [[select(caption)] for caption in _describe(speakers[0], start_pictures(starts, seed))]
    known: dict[tuple[str, int, int], str] = {}
    for number in range(1, limit + 1):
        live = [path for path in paths if _is_open(path, setting, len(speakers))]
        if not live:
            break
        turn = number % len(speakers)
        noise = seed if setting.noise == "fixed" else round_seed(seed, number)
        new = sorted({path[-1] for path in live if (path[-1], noise, turn) not in known})
        for at in range(0, len(new), BATCH):
            some = new[at : at + BATCH]
            made = painter.batch(some, [noise] * len(some))
            for prompt, caption in zip(some, _describe(speakers[turn], made), strict=True):
                known[prompt, noise, turn] = select(caption)
        for path in live:
            path.append(known[path[-1], noise, turn])
        parallel.report_progress(number / limit, live[0][-1])
    return paths, len(known)


def _is_open(path: list[str], setting: SurveySetting, turns: int) -> bool:
    return setting.noise == "fresh" or find_cycle(path, turns) is None


def _describe(speaker: BuiltinCaptioner, pictures: list[Picture]) -> list[str]:
    parts = [pictures[at : at + BATCH] for at in range(0, len(pictures), BATCH)]
    return [prompts.clean_caption(caption) for part in parts for caption in speaker.batch(part)]


@cache
def _painter(preset: GuidancePreset) -> BuiltinPainter:
    return BuiltinPainter(preset.steps, preset.guidance)


@cache
def _speaker(language: str) -> BuiltinCaptioner:
    return BuiltinCaptioner(language)


def summarize(setting: SurveySetting, pieces: list[Trajectories]) -> dict[str, Any]:
    """The figures of one line: shares of all starts, rounds, ends.

    With captioners that take turns, a fixed point is one round of each.

    Keys: starts; fixed, cycles, wander (shares); cycles of (rounds to starts); mean and most (rounds before
    the end is entered); ends (distinct ends a seed, mean); stood (share that said the same in the last
    rounds); met (distinct prompts a run, mean).
    """
    turns = len(LANGUAGES[setting.language])
    paths = [path for one in pieces for path in one.prompts]
    cycles = [find_cycle(path, turns) if setting.noise == "fixed" else None for path in paths]
    closed = [cycle for cycle in cycles if cycle is not None]
    lengths = {
        length: sum(cycle[1] == length for cycle in closed)
        for length in sorted({cycle[1] for cycle in closed})
    }
    longer = {length: count for length, count in lengths.items() if length > turns}
    return {
        "starts": len(paths),
        "fixed": lengths.get(turns, 0) / len(paths),
        "cycles": sum(longer.values()) / len(paths),
        "wander": (len(paths) - len(closed)) / len(paths),
        "cycles of": longer,
        "mean": float(np.mean([since for since, _ in closed])) if closed else None,
        "most": max((since for since, _ in closed), default=None),
        "ends": float(np.mean([_ends(one.prompts, setting, turns) for one in pieces])),
        "stood": sum(_stood(path, turns) for path in paths) / len(paths),
        "met": float(np.mean([len(set(path)) for path in paths])),
    }


def _stood(path: list[str], turns: int) -> bool:
    """Whether each captioner has said the same in the last rounds."""
    last = path[-STOOD - turns :]
    return all(one == other for one, other in zip(last, last[turns:], strict=False))


def _ends(paths: list[list[str]], setting: SurveySetting, turns: int) -> int:
    """Distinct ends on one map: cycles, or last prompts where none closes."""
    ends = set()
    for path in paths:
        cycle = find_cycle(path, turns) if setting.noise == "fixed" else None
        ends.add(frozenset(path[cycle[0] + 1 :]) if cycle else frozenset(path[-1:]))
    return len(ends)
