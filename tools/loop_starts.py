"""Search for good starts of the caption loop: doodles and seeds from which the wander is worth a film.

    python tools/loop_starts.py --seeds 0-12 --seen reflected --lang en

With fixed noise the next prompt depends on the prompt alone, so that all starts of one seed share one map
from prompt to prompt, and every prompt is painted once, many at a time. The best are run again one by one, as
a film runs them (a batch rounds differently), and printed as the constants of scenes/caption_loop.py.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from nnanim.caption_loop import ModelChoice, caption_loop, open_models
from nnanim.caption_loop.backends import BuiltinPainter
from nnanim.caption_loop.captioners import BuiltinCaptioner
from nnanim.data import doodles
from nnanim.errors import UserError
from nnanim.images import to_bytes
from nnanim.orientation import ORIENTATIONS, find_orientation
from nnanim.terminal import run_main

BATCH = 32


@dataclass(order=True)
class Candidate:
    """Three starts of one seed and guidance scale, the first of them the film's."""

    score: float
    seed: int = field(compare=False)
    guidance: float = field(compare=False)
    starts: tuple[str, ...] = field(compare=False)
    ends: tuple[str, ...] = field(compare=False)


def describe_as_seen(captioner, seen: str) -> Callable[[Sequence], list[str]]:
    """What a captioner says of many pictures that it sees so."""
    look = find_orientation(seen)
    return lambda pictures: captioner.batch([look(picture) for picture in pictures])


def prompts(painter, describe, first: list[str], seed: int, most: int) -> dict[str, str]:
    """From every prompt that is reached from ``first`` to the next one, at most ``most`` of them."""
    after: dict[str, str] = {}
    left = list(dict.fromkeys(first))
    while left and len(after) < most:
        for at in range(0, len(left), BATCH):
            batch = left[at : at + BATCH]
            after |= zip(batch, describe(painter.batch(batch, [seed] * len(batch))), strict=True)
        left = [said for said in dict.fromkeys(after.values()) if said not in after]
    return after


def path(after: dict[str, str], start: str) -> tuple[list[str], int]:
    """The prompts from ``start`` on, each once, and the length of the cycle they end in; 0 for none."""
    said = [start]
    while (following := after.get(said[-1])) is not None:
        if following in said:
            return said, len(said) - said.index(following)
        said.append(following)
    return said, 0


def worth(said: list[str], length: int) -> float:
    """How much there is to see: a wander of 5 to 11 rounds, a real cycle, many different things."""
    nouns = {phrase.split()[-1] if " " in phrase else phrase for one in said for phrase in one.split(",")[:1]}
    rounds = len(said) if len(said) <= 11 else max(22 - len(said), 0)
    return rounds + (5 if 1 < length <= 5 else 0) + 0.5 * len(nouns)


def best(painter, describe, seed: int, most: int) -> Candidate | None:
    """The three doodles that end most differently."""
    names = doodles.names()
    pictures = [to_bytes(doodles.draw(name)) for name in names]
    first = describe(pictures)
    after = prompts(painter, describe, first, seed, most)
    found = {name: path(after, said) for name, said in zip(names, first, strict=True)}
    ranked = sorted(names, key=lambda name: -worth(*found[name]))
    if not found[ranked[0]][1]:
        return None

    def several(trio: tuple[str, ...]) -> float:
        ends = {frozenset(found[name][0][-found[name][1] :]) for name in trio}
        kinds = {min(found[name][1], 2) for name in trio}
        return 3 * len(ends) + 2 * len(kinds) + 0.3 * sum(worth(*found[name]) for name in trio)

    trio = max(((ranked[0], *two) for two in combinations(ranked[1:], 2)), key=several)
    summary = tuple(f"{name}: {found[name][1]} after {len(found[name][0])}" for name in trio)
    score = worth(*found[trio[0]]) + several(trio)
    return Candidate(score, seed, painter.guidance, trio, summary)


def report(one: Candidate, lang: str, seen: str, steps: int, most: int) -> None:
    """Run the three one by one, as a film does, and print every sentence."""
    models = open_models(ModelChoice(language=lang, steps=steps, guidance=one.guidance))
    print(
        f"\nscore {one.score:.1f}   SEED = {one.seed}   SEEN = {seen!r}   guidance {one.guidance:g}   "
        f"START = one of {one.starts}"
    )
    for name in one.starts:
        rounds = list(
            caption_loop(
                doodles.draw(name),
                models.painter,
                models.captioners,
                seed=one.seed,
                max_rounds=most,
                seen=seen,
            )
        )
        end = rounds[-1].end
        print(f"  {name}: {end.kind}, length {end.length}, {len(rounds) - 1} rounds")
        for turn in rounds:
            print(f"    {turn.number:3d}  {turn.caption}")


def variants(name: str, one: Candidate, lang: str, seen: str, steps: int, most: int) -> None:
    """How the same start ends with one setting changed: twins for a film."""
    changes = [{"seen": other} for other in ORIENTATIONS if other != seen]
    changes += [{"caption": "first phrase"}, {"noise": "fresh", "max_rounds": 8}]
    for change in changes:
        asked = {"guidance": one.guidance, "max_rounds": most, "seen": seen, **change}
        models = open_models(ModelChoice(language=lang, steps=steps, guidance=asked.pop("guidance")))
        *_, last = caption_loop(doodles.draw(name), models.painter, models.captioners, seed=one.seed, **asked)
        print(f"  {name}, {change}: {last.end.kind} {last.end.length} after {last.number}; {last.caption}")


def main() -> None:
    """Search, then report the best."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    asked.add_argument("--seeds", default="0-8", help="from-to, the last one left out")
    asked.add_argument("--guidance", default="2.5", help="guidance scales, with commas")
    asked.add_argument("--seen", default="upside down", choices=ORIENTATIONS, help="how the captioner sees")
    asked.add_argument("--lang", default="en", choices=("en", "ja"))
    asked.add_argument("--steps", type=int, default=8)
    asked.add_argument("--most", type=int, default=300, help="prompts to paint for one seed")
    asked.add_argument("--rounds", type=int, default=24, help="of the final runs")
    asked.add_argument("--show", type=int, default=4, help="how many are reported in full")
    given = asked.parse_args()
    describe, found = describe_as_seen(BuiltinCaptioner(given.lang), given.seen), []
    for guidance in map(float, given.guidance.split(",")):
        painter = BuiltinPainter(steps=given.steps, guidance=guidance)
        for seed in range(*map(int, given.seeds.split("-"))):
            try:
                one = best(painter, describe, seed, given.most)
            except UserError as error:  # such as a sentence in two languages
                print(f"guidance {guidance:g}, seed {seed}: {error}", flush=True)
                continue
            if one is not None:
                found.append(one)
                print(
                    f"{one.score:6.1f}  guidance {guidance:g}, seed {seed}: {'; '.join(one.ends)}", flush=True
                )
    for one in sorted(found, reverse=True)[: given.show]:
        report(one, given.lang, given.seen, given.steps, given.rounds)
        variants(one.starts[0], one, given.lang, given.seen, given.steps, given.rounds)


if __name__ == "__main__":
    run_main(main)
