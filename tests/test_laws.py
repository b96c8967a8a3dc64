"""The laws of motion, colour and numbers that every film keeps, in both languages.

What a film does not keep yet stands in ``laws.json`` with its present value, beyond which it must not get
worse; ``pytest tests/test_laws.py --update-snapshots`` takes out what is kept by now and lowers the rest.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import lru_cache
from pathlib import Path
from statistics import median

import pytest
import shipped

from nnanim import theme, words
from nnanim.check import BOUNDS, FRAMES, Report, measure, recorded_seconds
from nnanim.check.bounds import frame_size
from nnanim.check.crowding import find_crowding
from nnanim.check.frames import find_doubles, leaving_frame, moments
from nnanim.check.ink import share_of_ink
from nnanim.scene import loader
from nnanim.style import RenderStyle
from nnanim.timeline import takes

NOT_YET = Path(__file__).with_name("laws.json")
SHARES = ("cuts", "ink", "reading", "dead", "length")
"""Laws that bound a figure of the whole film; all others say that something never occurs."""

films = pytest.mark.parametrize(
    ("name", "lang"), [(n, lang) for n in loader.names() for lang in words.LANGUAGES]
)


@lru_cache(maxsize=1)
def report(name: str, lang: str) -> Report:
    style, film = RenderStyle(theme.by_name("dark"), lang), shipped.film(name, lang, lang)
    story, recorded = shipped.story(name, lang), recorded_seconds(name, lang)
    return measure(story, style, name=name, recorded=recorded, film=film)


def figures(one: Report) -> dict[str, float]:
    """How far a film is from each law: 0 or less where it keeps it, more the worse it is."""
    found = Counter(finding.bound for finding in one.findings if finding.bound not in SHARES)
    recorded = one.recorded or one.total("seconds")
    return {
        "cuts": one.cut_share - BOUNDS.cuts,
        "ink": BOUNDS.ink - one.ink,
        "reading": one.reading - BOUNDS.reading_in(one.lang),
        "dead": one.dead_share - BOUNDS.dead,
        "length": one.total("seconds") / recorded - BOUNDS.longer,
        **{bound: float(many) for bound, many in found.items()},
    }


def not_yet() -> dict[str, dict[str, float]]:
    return json.loads(NOT_YET.read_text(encoding="utf-8"))


def write(listed: dict[str, dict[str, float]]) -> None:
    kept = {film: laws for film, laws in sorted(listed.items()) if laws}
    NOT_YET.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8", newline="\n")


@films
def test_every_film_keeps_the_laws_or_gets_no_worse(name, lang, update_snapshots):
    here, listed = f"{name} {lang}", not_yet()
    allowed, now = listed.get(here, {}), figures(report(name, lang))
    if update_snapshots:
        lower = {law: round(min(now.get(law, 0.0), most) + 5e-4, 3) for law, most in allowed.items()}
        listed[here] = {law: value for law, value in lower.items() if now.get(law, 0.0) > 1e-9}
        listed[here] |= {law: most for law, most in allowed.items() if law.startswith("ink ")}
        write(listed)
        allowed = listed[here]
    worse = {law: value for law, value in now.items() if value > max(allowed.get(law, 0.0), 1e-9)}
    said = [str(one) for one in report(name, lang).findings if one.bound in worse]
    assert not worse, "\n".join([f"{here}: {worse}, of which {allowed} are known", *said])


@pytest.mark.parametrize(
    ("frame", "name"),
    # A square lies between the others: some films stand for all.
    [(frame, name) for frame in sorted(set(FRAMES) - {"16:9", "1:1"}) for name in loader.names()]
    + [("1:1", name) for name in ("dropout", "perceptron", "unet")],
)
def test_in_other_frames_nothing_leaves_nor_overlaps_nor_doubles_more_than_wide(
    frame, name, update_snapshots
):
    style = RenderStyle(theme.by_name("dark"), "en", *frame_size(frame))
    film = takes(shipped.story(name), style)
    seen = [list(moments(take)) for take in film]
    assert [fault for take, some in zip(film, seen, strict=True) for fault in leaving_frame(take, some)] == []
    assert [fault for some in seen for fault in find_crowding(some, BOUNDS.overlap)] == []
    shown = zip((None, *film), film, seen, strict=False)
    many = sum(len(find_doubles(before, take, some)) for before, take, some in shown)
    assert many <= not_yet().get(f"{name} en", {}).get("double", 0)
    law, ink = f"ink {frame}", median(share_of_ink(take.frame, take.beat.by_key) for take in film)
    short, listed = BOUNDS.narrow_ink - ink, not_yet()
    allowed = listed.get(f"{name} en", {})
    if update_snapshots and law in allowed:
        lower = {} if short <= 0 else {law: round(min(short, allowed[law]) + 5e-4, 3)}
        listed[f"{name} en"] = {one: most for one, most in allowed.items() if one != law} | lower
        write(listed)
    assert short <= allowed.get(law, 0.0), f"marks cover {ink:.1%} of the frame in the median beat"


@films
def test_a_film_of_more_than_a_minute_has_chapters(name, lang):
    beats = shipped.story(name, lang).beats
    begun = [beat.id for beat in beats if beat.chapter]
    assert set(loader.load(name).chapters) <= set(begun), "a chapter begins with a beat that is not there"
    assert report(name, lang).total("seconds") <= 60 or len(begun) > 1


def test_what_is_not_kept_yet_is_of_films_and_laws_that_exist():
    known = {f"{name} {lang}" for name in loader.names() for lang in words.LANGUAGES}
    assert set(not_yet()) <= known
    laws = {
        *SHARES,
        *(f"ink {frame}" for frame in FRAMES),
        "frame",
        "double",
        "overlap",
        "colour",
        "legend",
        "range",
        "term",
    }
    assert {law for one in not_yet().values() for law in one} <= laws
