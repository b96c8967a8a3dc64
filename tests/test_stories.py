"""The repertoire is the test suite: every scene, in every language and theme, keeps every invariant.

Layouts are kept as text in tests/snapshots; ``pytest tests/test_stories.py --update-snapshots`` writes them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import examples
import invariants
import numpy as np
import pytest
import shipped
from invariants import jump

from nnanim import theme, words
from nnanim.beats import Beat, Story
from nnanim.layout import place_story
from nnanim.marks import Frame, Legend, Mark, Placed
from nnanim.marks.view import list_spots, name_spot
from nnanim.motions import SIGNALS, list_flows
from nnanim.scene import loader
from nnanim.style import RenderStyle
from nnanim.timeline import Take, takes
from nnanim.timeline.birth import parts_of

ROOT = Path(__file__).parent.parent
SNAPSHOTS = Path(__file__).parent / "snapshots"
SCENES = sorted(path.stem for path in (ROOT / "scenes").glob("*.py") if not path.stem.startswith("_"))
NAMES = ["everything", *SCENES]
LOOKS = [(lang, name) for lang in words.LANGUAGES for name in ("dark", "light")]

# The scope groups the tests of a story, so that one worker tells and places it for all of them.
everywhere = pytest.mark.parametrize("name", NAMES, scope="module")
every_look = pytest.mark.parametrize(("lang", "theme_name"), LOOKS)


def tell(name: str) -> Story:
    return examples.story() if name == "everything" else loader.build_story(name)


@lru_cache(maxsize=2)
def story(name: str) -> Story:
    return examples.story() if name == "everything" else shipped.story(name)


def film(name: str, lang: str, theme_name: str) -> list[Take]:
    return (
        everything(lang, theme_name) if name == "everything" else shipped.film(name, "en", lang, theme_name)
    )


@lru_cache(maxsize=4)
def everything(lang: str, theme_name: str) -> list[Take]:
    return takes(story("everything"), RenderStyle(theme.by_name(theme_name), lang))


def in_motion(take: Take) -> Iterator[Mapping[str, tuple]]:
    """What is seen at some moments of a beat's motion."""
    before = 0.0
    for phase in take.phases:
        if phase.name == "motion":
            for fraction in (0.0, 0.2, 0.45, 0.7, 1.0):
                yield take.at(before + fraction * phase.seconds)
        before += phase.seconds


def in_transition(take: Take) -> Iterator[tuple[str, Mapping[str, tuple]]]:
    """What is seen at some moments while marks leave, move and enter, and when that is."""
    before = 0.0
    for phase in take.phases:
        if phase.name in ("leave", "move", "enter"):
            for fraction in (0.15, 0.35, 0.5, 0.65, 0.85):
                at = before + fraction * phase.seconds
                yield f"{take.beat.id} at {at:.2f} s", take.at(at)
        before += phase.seconds


def test_there_are_scenes():
    assert loader.names() == SCENES != []


@everywhere
@every_look
def test_every_frame_keeps_the_invariants(name, lang, theme_name):
    placed = [(take.beat, take.frame) for take in film(name, lang, theme_name)]
    assert [fault for beat, frame in placed for fault in invariants.faults(beat, frame)] == []


@everywhere
@every_look
def test_what_moves_stays_inside_and_its_words_apart(name, lang, theme_name):
    found = []
    for take in film(name, lang, theme_name):
        for seen in in_motion(take):
            quiet = {key: shapes for key, shapes in seen.items() if not key.startswith(SIGNALS)}
            found += [f"{take.beat.id}: {f}" for f in invariants.outside_safe_area(take.frame, seen)]
            found += [f"{take.beat.id}: {f}" for f in invariants.texts_overlap(take.frame, quiet)]
    assert found == []


@everywhere
@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_nothing_leaves_the_frame_between_two_beats(name, lang):
    found = []
    for take in film(name, lang, "dark"):
        for when, seen in in_transition(take):
            found += [f"{when}: {fault}" for fault in invariants.outside_frame(take.frame.style, seen)]
    assert found == []


@everywhere
def test_told_twice_is_the_same(name):
    again = tell(name)
    assert again == story(name)
    second = takes(again, RenderStyle(theme.by_name("dark"), "en"))
    for one, other in zip(film(name, "en", "dark"), second, strict=True):
        assert [phase.digest for phase in one.phases] == [phase.digest for phase in other.phases]


@everywhere
def test_nothing_jumps(name):
    found, style = [], RenderStyle(theme.by_name("dark"))
    for take in film(name, "en", "dark"):
        end = 0.0
        for phase in take.phases[:-1]:
            end += phase.seconds
            if (many := jump(take.at(end - 1e-7), take.at(end + 1e-7), style)[1]) > 0:
                found.append(f"{take.beat.id} jumps after {phase.name} in {many} pixels")
    for one, following in pairwise(film(name, "en", "dark")):
        if (many := jump(one.at(one.seconds), following.at(0.0), style)[1]) > 0:
            found.append(f"{following.beat.id} begins with a jump in {many} pixels")
    assert found == []


@everywhere
def test_everything_is_said_in_every_language(name):
    for text in [story(name).title, *(beat.says for beat in story(name).beats)]:
        assert isinstance(text, Mapping), f"{text!r} is said in one language only"
        assert all(text.get(lang, "").strip() for lang in words.LANGUAGES), text
    for beat in story(name).beats:
        for mark in beat.marks:
            for text in all_words(mark):
                if isinstance(text, Mapping):
                    assert all(lang in text for lang in words.LANGUAGES), f"{beat.id}: {mark.key}: {text}"


@everywhere
def test_signals_carry_the_values_on_the_screen_times_the_weights_on_the_screen(name):
    for beat in story(name).beats:
        for flow in list_flows(beat.motion):
            wires = beat[flow.wires]
            if not flow.backward:
                np.testing.assert_allclose(
                    flow.contributions, wires.weights * flow.source, rtol=1e-4, atol=1e-6
                )
                np.testing.assert_allclose(flow.source, beat[wires.source].values, rtol=1e-4, atol=1e-6)


@everywhere
def test_a_story_ends_with_its_card(name):
    card = story(name).beats[-1]
    assert card.id == "card" and story(name).provenance["model"]
    said = " ".join(words.say(mark.words, "en") for mark in card.marks)
    known = story(name).provenance
    torch_version = known.get("versions", {}).get("torch")
    computed_with = f"torch {torch_version}" if torch_version else str(known["computed_with"])
    assert str(known["model"]) in said and computed_with.partition("+")[0] in said


@pytest.mark.parametrize(
    "path", [p for folder in ("scenes", "nnanim/stories") for p in sorted((ROOT / folder).glob("*.py"))],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)  # fmt: skip
def test_no_number_on_the_screen_is_drawn_by_lot(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        used = [getattr(node, "attr", ""), getattr(node, "id", ""), getattr(node, "module", "") or ""]
        used += [alias.name for alias in getattr(node, "names", []) if isinstance(alias, ast.alias)]
        assert not {"random", "rand", "randn", "randint"} & {part for one in used for part in one.split(".")}


# Snapshots


WORDS = ("label", "name", "detail", "words", "x_name", "y_name", "means", "names", "rows", "columns", "parts")


def all_words(mark: Mark) -> Iterator[words.Words]:
    """Everything that a mark says, in the order of its fields."""
    for field in fields(mark):
        value = getattr(mark, field.name)
        if field.name in WORDS and value:
            yield from value if isinstance(value, tuple) else (value,)


def snapshot(placed: list[Frame], told: Story) -> str:
    """The layout of a story as text: for each beat its sentence and, for each mark, key, kind, box, words."""
    lines = [words.say(told.title, "en"), ""]
    for beat, frame in zip(told.beats, placed, strict=True):
        lines.append(f"[{beat.id}] {frame.style.say(beat.says)}")
        lines += [f"  {line}" for line in _direction(beat, frame)]
        lines += _flights(beat, frame)
        lines += [_line(one, frame) for one in frame.placed.values()]
        lines.append("")
    return "\n".join(lines)


def _direction(beat: Beat, frame: Frame) -> Iterator[str]:
    """What the camera does, and what is pointed at."""
    if beat.view is not None:
        yield f"view {name_spot(beat.view.key, beat.view.part)} ×{frame.zoom.factor:.2f}"
    for key, part in list_spots(beat.pulse):
        yield f"pulse {name_spot(key, part)}"


def _flights(beat: Beat, frame: Frame) -> list[str]:
    """What is born in a beat, with the number of its parts, and what is gathered in."""
    lines = []
    for born, source in beat.born.items():
        key = born if isinstance(born, str) else born[0]
        parts = 1 if key != born else len(parts_of(frame[key], frame))
        lines.append(f"  born {key if key == born else f'{key}[{born[1]}]'} ← {source.key} ({parts})")
    return lines + [f"  gathered {key} → {into}" for key, into in beat.gathers.items()]


def _line(one: Placed, frame: Frame) -> str:
    said = [frame.style.say(text) for text in all_words(one.mark)]
    if isinstance(one.mark, Legend) and one.mark.kind != "names":
        said += one.mark.ends()
    box = " ".join(f"{round(edge, 2) + 0.0:6.2f}" for edge in one.room)
    dimmed = " dimmed" if one.opacity < 1 else ""
    return f"  {one.mark.key:<30} {type(one.mark).__name__:<8} {box}{dimmed}  {' | '.join(said)}".rstrip()


@everywhere
def test_the_layout_is_as_in_its_snapshot(name, update_snapshots):
    placed = place_story(story(name), RenderStyle(theme.by_name("dark"), "en"))
    text, path = snapshot(placed, story(name)), SNAPSHOTS / f"{name}.en.txt"
    if update_snapshots:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    assert path.is_file(), f"no snapshot yet; pytest {Path(__file__).name} --update-snapshots writes it"
    assert text.splitlines() == path.read_text(encoding="utf-8").splitlines()


def test_every_snapshot_has_its_story():
    assert {path.name.split(".")[0] for path in SNAPSHOTS.glob("*.txt")} <= set(NAMES)
