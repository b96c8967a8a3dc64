"""Every number on the screen comes from the trace, and what is calculated there is right as it is written.

Each scene is told twice, once with every recorded number a little smaller: what shows a number must change.
Then falsehoods are planted into the same stories, and each must be found.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shipped

from nnanim import words
from nnanim.beats import Beat
from nnanim.check.honesty import find_dishonest
from nnanim.errors import UserError
from nnanim.marks import (
    Arrangement,
    Bars,
    Cloud,
    Curve,
    Formula,
    Grid,
    Mark,
    Row,
    Text,
    Units,
    modify,
)
from nnanim.motions import Flow, Playback, Relay
from nnanim.scene import loader
from nnanim.scene.source import StorySource
from nnanim.trace import Trace
from nnanim.trace.arrays import ArrayHome
from nnanim.truth import check_sums, examine, prove, trace_back
from nnanim.truth.formulas import check_formula
from nnanim.truth.noise import StoryReads, mix_bits, shrink
from nnanim.truth.sources import FEW
from nnanim.words import fill
from nnanim.words.numerals import agreeing, chosen_number, number, percent, percent_digits

FILMS = [
    *((name, lang, None) for name in loader.names() for lang in shipped.LANGS[: 1 + shipped.differs(name)]),
    *((name, "en", part) for name, part in shipped.PARTS),
]


@pytest.mark.parametrize(("name", "lang", "part"), FILMS)
def test_every_number_depends_on_what_was_recorded(
    name: str, lang: str, part: str | None, update_snapshots: bool
) -> None:
    report = examine(lambda: shipped.tell(name, lang, part))
    assert [str(fault) for fault in report.faults] == []
    # Nothing that a planted falsehood is found by is seen where there is none.
    assert [(one.beat, one.what) for one in find_dishonest(report)] == []
    # The same beats: what is calculated on them must be right in both languages.
    assert [str(fault) for beat in report.beats for fault in check_sums(beat)] == []
    if lang == "en":
        path = SNAPSHOTS / f"{name}{f'-{part}' if part else ''}.numbers.txt"
        lines = trace_back(lambda: shipped.tell(name, lang, part))
        assert any(" = " in line or " ~ " in line for line in lines)
        if update_snapshots:
            path.write_text("\n".join([*lines, ""]), encoding="utf-8", newline="\n")
        assert path.is_file(), f"no snapshot yet; pytest {Path(__file__).name} --update-snapshots writes it"
        assert other_lines(lines, path.read_text(encoding="utf-8").splitlines()) == []


SNAPSHOTS = Path(__file__).parent / "snapshots" / "numbers"
"""For each beat, where each of its numbers was recorded: reviewed when it changes, as layouts are."""


def other_lines(now: list[str], known: list[str]) -> list[str]:
    """The lines that are not as they were; what was computed may differ by rounding."""
    found = [f"{a!r} was {b!r}" for a, b in zip_longest(now, known, fillvalue="") if not alike(a, b)]
    return found[:5]


def alike(one: str, other: str) -> bool:
    (a, _, mine), (b, _, theirs) = one.partition(" ~ "), other.partition(" ~ ")
    values = [[float(word) for word in side.split()[-FEW:] if word[-1:].isdigit()] for side in (mine, theirs)]
    return a == b and len(values[0]) == len(values[1]) and np.allclose(*values, rtol=0.02, atol=1e-6)


@pytest.mark.parametrize("name", ["dropout", "lstm", "perceptron", "vae"])
def test_where_numbers_were_recorded_is_the_same_on_every_machine(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell = partial(shipped.tell, name, "en")
    known = trace_back(tell)
    assert other_lines(trace_back(tell, first=100), known) == []
    see, kept = StoryReads._see, {}

    def see_other(self: StoryReads, path: str, array: np.ndarray, *home: ArrayHome) -> np.ndarray:
        _, other = kept.setdefault(id(array), (array, rounded_otherwise(array)))
        return see(self, path, other, *home)

    monkeypatch.setattr(StoryReads, "_see", see_other)
    assert other_lines(trace_back(tell), known) == []


def rounded_otherwise(array: np.ndarray) -> np.ndarray:
    """What another processor might have computed: each number a step of float32 away, but for whole ones."""
    if array.dtype.kind != "f":
        return array
    values = np.ascontiguousarray(array, dtype=np.float64).reshape(array.shape)
    step = np.where(values == np.round(values), 0, mix_bits(values.view(np.uint64)) % np.uint64(3) - 1.0)
    return np.asarray((values * (1 + 1e-7 * step)).astype(array.dtype))


# Planted falsehoods


def stage_with(stage: Arrangement, key: str, change: Callable[[Any], Mark]) -> Arrangement:
    """An arrangement in which one mark is another."""
    if isinstance(stage, Row):
        made = replace_children(stage, tuple(stage_with(child, key, change) for child in stage.children))
        return made
    return change(stage) if stage.key == key else stage


def replace_children(row: Row, children: tuple[Any, ...]) -> Row:
    made = object.__new__(type(row))
    for name, value in vars(row).items():
        object.__setattr__(made, name, value)
    object.__setattr__(made, "children", children)
    return made


def planted(id_: str, key: str, change: Callable[[Any], Mark]) -> Callable[[], Iterator[Beat]]:
    """The perceptron's story with another mark in one beat."""

    def tell() -> Iterator[Beat]:
        for beat in shipped.tell("perceptron", "en"):
            yield with_mark(beat, key, change) if beat.id == id_ else beat

    return tell


def with_mark(beat: Beat, key: str, change: Callable[[Any], Mark]) -> Beat:
    """A beat with another mark, on the stage and at the end of its motion."""
    motion = beat.motion
    if isinstance(motion, Playback) and key in motion.states:
        *states, last = motion.states[key]
        motion = replace(motion, states={**motion.states, key: (*states, change(last))})
    return replace(beat, stage=stage_with(beat.stage, key, change), motion=motion)


def said(id_: str, says: Any) -> Callable[[], Iterator[Beat]]:
    def tell() -> Iterator[Beat]:
        for beat in shipped.tell("perceptron", "en"):
            now = says() if callable(says) else says
            yield replace(beat, says=now) if beat.id == id_ else beat

    return tell


def typed_bar(bars: Bars) -> Bars:
    values = bars.values.copy()
    values[0] = 0.03
    return modify(bars, values=values)  # type: ignore[no-any-return]


TYPED = 99


def local_number() -> Any:
    n: int = 99
    return fill({"en": "{n} neurons.", "ja": "{n} 個です。"}, n=n)


def local_number_by_chance(better: bool = True) -> Any:
    n = 98
    if better:
        n = 99
    return fill({"en": "{n} neurons.", "ja": "{n} 個です。"}, n=n)


FALSE: dict[str, tuple[str, Callable[[], Iterator[Beat]]]] = {
    "logits out of linspace": (
        "classes.values",
        planted("answer", "classes", lambda bars: modify(bars, values=np.linspace(0.2, 0.8, 2))),
    ),
    "one typed bar": ("classes.values", planted("answer", "classes", typed_bar)),
    "a typed percentage in a sentence": (
        "says", said("answer", {"en": "Virginica, with 97 %.", "ja": "バージニカ、97 % です。"}),
    ),
    "a typed number that is filled in": (
        "says", said("answer", fill({"en": "p = {p}", "ja": "p = {p}"}, p="0.97")),
    ),
    "a typed number in a formula": (
        "sum.parts", planted("sum", "sum", lambda one: modify(one, parts=(*one.parts[:-1], "= 1.98"))),
    ),
    "a typed number in a label": (
        "h.label", planted("answer", "h", lambda one: modify(one, label="hidden: 0.97")),
    ),
    "a typed number in a legend": (
        "w1.means", planted("wires", "w1", lambda one: modify(one, means="weight, up to 3.75")),
    ),
    "weights of another network": (
        "w1.weights", planted("wires", "w1", lambda one: modify(one, weights=np.full((3, 2), 0.4))),
    ),
    "a picture that stands still": (
        "map.pixels", planted("random", "map", lambda one: modify(one, pixels=np.full((8, 8), 0.3))),
    ),
    "points that nobody has measured": (
        "plane.points",
        planted("question", "plane", lambda one: modify(one, points=[*one.points[:-1], [4.5, 1.5]])),
    ),
    "a typed count that is filled in": (
        "says", said("layers", lambda: fill({"en": "{n} neurons.", "ja": "{n} 個です。"}, n=99)),
    ),
    "a typed count out of a constant": (
        "says", said("layers", lambda: fill({"en": "{n} neurons.", "ja": "{n} 個です。"}, n=TYPED)),
    ),
    "a typed count in a local name": ("says", said("layers", local_number)),
    "one of two typed counts": ("says", said("layers", local_number_by_chance)),
    "a typed negative number that is filled in": (
        "says", said("layers", lambda: fill({"en": "{n} neurons.", "ja": "{n} 個です。"}, n=-99)),
    ),
    "a typed count": (
        "says", said("layers", {"en": "This network has 99 neurons.", "ja": "ニューロンは 99 個です。"}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", FALSE)
def test_a_planted_falsehood_is_found(what: str) -> None:
    where, tell = FALSE[what]
    found = {fault.where.split(" in state ")[0] for fault in examine(tell).faults}
    assert found == {where}
    assert prove(tell)[1] is False


OTHER: dict[str, tuple[str, str, Callable[[Any], Mark]]] = {
    "another sample": (
        "h.values = hidden_activation[1]", "h", lambda h: modify(h, values=of("answer-1", "h")),
    ),
    "another layer": ("h.values = hidden[0]", "h", lambda h: modify(h, values=sums_of_hidden(), limit=8)),
    "twice the value": ("y.values ~ 1.95", "y", lambda y: modify(y, values=2 * y.values, limit=2)),
}  # fmt: skip
"""Numbers that come from the trace, and are not those that the beat speaks of."""


def of(id_: str, key: str) -> np.ndarray:
    beats = {beat.id: beat for beat in shipped.tell("perceptron", "en")}
    return beats[id_][key].values  # type: ignore[no-any-return]


def sums_of_hidden() -> np.ndarray:
    return np.asarray(shipped.example("perceptron", "en")["hidden"][0])


@pytest.mark.parametrize("what", OTHER)
def test_other_numbers_of_the_trace_are_seen_in_where_they_come_from(what: str) -> None:
    line, key, change = OTHER[what]
    tell = planted("answer", key, change)
    assert examine(tell).faults == ()
    known = (SNAPSHOTS / "perceptron.numbers.txt").read_text(encoding="utf-8").splitlines()
    (found,) = other_lines(trace_back(tell), known)
    assert found.startswith(repr(f"  {line}"))


def test_a_motion_that_is_typed_is_found() -> None:
    def typed_flow(flow: Flow) -> Flow:
        terms = np.array(flow.contributions)
        terms[0, 0] = 0.5
        return replace(flow, contributions=terms)

    def tell() -> Iterator[Beat]:
        for beat in shipped.tell("perceptron", "en"):
            if isinstance(beat.motion, Flow):
                beat = replace(beat, motion=typed_flow(beat.motion))
            elif isinstance(beat.motion, Relay):
                beat = replace(beat, motion=Relay(tuple(map(typed_flow, beat.motion.flows))))
            elif isinstance(beat.motion, Playback) and "loss" in beat.motion.states:
                states = dict(beat.motion.states)
                first, *others = states["loss"]
                typed = np.linspace(0.7, 0.1, first.y.shape[1])
                states["loss"] = (modify(first, y=typed), *others)
                beat = replace(beat, motion=Playback(states))
            yield beat

    found = {fault.where for fault in examine(tell).faults}
    assert found == {"w1.flow contributions", "w2.flow contributions", "loss.y in state 1"}


# What is no falsehood


def told(trace: Trace, beat: Callable[[Trace], Beat]) -> list[str]:
    return [str(fault) for fault in examine(lambda: [beat(trace)]).faults]


def example_trace() -> Trace:
    return Trace.of({"h": np.array([[0.5, -0.25, 0.0]]), "ids": np.array([[3, 7]])})


def test_noughts_counts_names_and_what_is_given_may_stay() -> None:
    def beat(trace: Trace) -> Beat:
        stage = Row(
            Units(trace["h"][0], key="h", label="layer 2", names=("class 1.5", "b", "c")),
            Bars([0.5], key="typed"),
            Text(fill({"en": "{n} of {m} shown"}, n=trace["h"].size, m=len(range(500))), key="cut"),
        )
        return Beat(
            {"en": "3 neurons; softmax sums to 1.", "ja": "3 個。"}, stage, given=("typed",), id="one"
        )

    assert told(example_trace(), beat) == []
    with pytest.raises(UserError, match="given 'typd' is not on the stage; nearest: 'typed'"):
        Beat("", Bars([0.5], key="typed"), given=("typd",))


def test_a_nought_of_the_trace_may_stand_in_a_formula_and_a_typed_number_may_not() -> None:
    def beat(written: Callable[[float], words.Words]) -> Callable[[Trace], Beat]:
        def tell(trace: Trace) -> Beat:
            sum_ = Formula(("x =", written(float(trace["h"][0, 2]))), key="sum")
            return Beat("", Row(Units(trace["h"][0], key="h"), sum_), id="one")

        return tell

    assert told(example_trace(), beat(lambda h: fill("{h:.2f}", h=h))) == []
    faults = told(example_trace(), beat(lambda h: "0.75"))
    assert faults and all("0.75" in fault for fault in faults)  # one in each language


def test_a_story_is_proven_when_all_of_it_changes() -> None:
    beats, proven = prove(lambda: shipped.tell("perceptron", "en"))
    assert proven and [beat.id for beat in beats][:2] == ["question", "layers"]
    once = iter([Beat("", Units(example_trace()["h"][0], key="h"))])
    assert prove(lambda: once)[1] is False  # it cannot be told twice
    typed = Beat("", Bars([0.999, 0.5], key="typed"))
    assert prove(lambda: [typed])[1] is False
    assert prove(lambda: [replace(typed, schematic=True)])[1] is False


def test_a_schematic_beat_promises_nothing() -> None:
    assert told(example_trace(), lambda trace: Beat("50 %", Bars([0.5], key="b"), schematic=True)) == []


def test_a_number_is_known_however_it_is_rounded() -> None:
    def beat(trace: Trace) -> Beat:
        p = float(trace["h"][0, 0])
        return Beat(
            fill({"en": "{a} is {b:.1f} or {c}."}, a=number(p), b=p, c=percent(p)), Text(number(p), key="t")
        )

    assert told(example_trace(), beat) == []
    (fault,) = examine(lambda: [Beat(f"{example_trace()['h'][0, 0]:.2f} here", Text("a", key="t"))]).faults
    assert fault.what == "0.50 in '0.50 here' does not change with the trace"


def test_a_story_that_is_left_to_chance_is_refused() -> None:
    beats = iter([[Beat("", Text("a", key="t"), id="a")], [Beat("", Text("a", key="t"), id="b")]])
    with pytest.raises(UserError, match="something in it is random"):
        examine(lambda: next(beats))


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_every_number_becomes_smaller_and_equal_ones_stay_equal(kind: str) -> None:
    values = np.array([[1.0, -2.5, 0.0, 1.0, 3e-7], [1.0, -2.5, 0.0, 1.0, 3e7]], dtype=kind)
    less = shrink(values, "a")
    assert less.dtype == np.float64 and (np.abs(less) <= np.abs(values)).all()
    assert ((less == values) == (values == 0)).all()
    np.testing.assert_allclose(less, values, rtol=3e-6)
    assert less[0, 0] == less[0, 3] and (less != shrink(values, "b")).any()


# Calculated as written


@pytest.mark.parametrize(
    "source",
    [
        "positive(7.18) + positive(5.47) - negative(10.68) = 1.98",
        '0.30 - underbrace(0.12, "rest") + underbrace(0.05, "bias") = 0.24',
        "38.42 \\/ sqrt(24) = 7.85",
        "2.00 times 0.25 - underbrace(0.10, \"position\") = 0.41",
        "z = 1.20 arrow.r.long sigma(z) = 0.78",
        "z = vec(0.10, 0.20) + vec(0.50, 0.50) dot.o accent(vec(1.00, 2.00)) = vec(0.60, 1.21)",
        '(C("a", "b")) / (C("a")) = 3 / 8 = 0.36',
        "underbrace(positive(0.34), sum x_3 w_3) + underbrace(0.10, b) = 0.45",
        "0.50 × 3 = 1.51",
    ],
)  # fmt: skip
def test_what_does_not_add_up_as_written_is_found(source: str) -> None:
    (fault,) = check_formula(source)
    assert fault.endswith("is not right as it is written")
    shown, _, result = source.rpartition("= ")
    # With ≈ nothing is promised; and the right result is right.
    assert list(check_formula(f"{shown}approx {result}")) == []


@pytest.mark.parametrize(
    "source",
    [
        "positive(7.18) + positive(5.47) - negative(10.68) = 1.97", "38.42 \\/ sqrt(24) = 7.84",
        "x_t = sqrt(macron(alpha)_t) thin x_0 quad (macron(alpha)_t = 0.53)",
        "P E_(p, 2 i) = sin (p \\/ 10000)",
        "epsilon = epsilon_\"no words\"", "k = 3", "z = 1.97 arrow.r.long sigma(z) = 0.88", "1 / 3 = 0.33",
        "4.10 = 4.10 -> underbrace(3.90, \"capped\")", "1.73 = 1.5 + 0.21",
    ],
)  # fmt: skip
def test_what_is_right_or_of_letters_passes(source: str) -> None:
    assert list(check_formula(source)) == []


def test_grids_with_other_signs_are_calculated_or_left_alone() -> None:
    def faults(first: str, last: list[float]) -> list[str]:
        one, two = Grid([[1.5, 2.0]], key="a", digits=1), Grid([[1.0, 0.0]], key="b", digits=0)
        parts = one, Text(first, key="s"), two, Text("=", key="e"), Grid([last], key="c", digits=1)
        return [fault.what for fault in check_sums(Beat("", Row(*parts)))]

    assert faults("×", [1.5, 0.0]) == faults("·", [1.5, 0.0]) == []
    assert faults("×", [1.5, 2.0]) == ["1 cells are not what is written left of ="]
    assert faults("∘", [7.0, 7.0]) == []  # what the sign means is not known


def test_bars_and_grids_add_up_as_written() -> None:
    def faults(*marks: Mark) -> list[str]:
        return [fault.what for fault in check_sums(Beat("", Row(*marks)))]

    terms = np.array([0.304, 0.304, 0.608])
    names = ("a", "b", {"en": "sum", "ja": "和"})
    assert len(faults(Bars(terms, names, key="b"))) == 1
    assert faults(Bars(terms, names, key="b", digits=3)) == []
    a, b = (Grid(np.full((1, 1), 0.04), key=key, digits=1) for key in "ab")
    row = a, Text("+", key="p"), b, Text("=", key="e"), Grid(np.full((1, 1), 0.08), key="c", digits=1)
    assert len(faults(*row)) == 1
    assert faults(*(modify(one, digits=2) if isinstance(one, Grid) else one for one in row)) == []
    (formula,) = faults(Formula(("1.00", {"en": "= 2.00", "ja": "= 1.00"}), key="f"))
    assert formula.startswith("1.00 = 2.00")


def test_more_decimals_are_shown_until_the_terms_agree() -> None:
    assert agreeing([7.184, 5.466, -10.675], 1.975) == (3, True)
    assert agreeing([1.0, 2.0], 3.0) == (2, True)
    assert agreeing([1 / 3] * 3, 1.0) == (2, False)
    assert agreeing([38.4242], 38.4242 / 24**0.5, lambda terms: terms[0] / 24**0.5)[1]


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.97, "97 %"), (1.0, "100 %"), (0.9996, ">99.9 %"), (0.996, "99.6 %"), (0.0, "0 %"),
        (0.004, "0.4 %"), (0.0004, "<0.1 %"), (0.9949, "99 %"), (1e-9, "<0.1 %"), (1 - 1e-12, ">99.9 %"),
    ],
)  # fmt: skip
def test_what_is_not_all_is_never_written_as_100_percent(share: float, text: str) -> None:
    assert percent(share) == text


def test_shares_of_a_whole_are_written_so_that_they_add_up_to_100() -> None:
    assert percent_digits([0.124, 0.124, 0.752]) == 1
    assert percent_digits([0.25, 0.75]) == 0
    assert percent_digits([0.124, 0.124, 0.5]) == 0  # not the whole
    assert percent_digits([1 / 3] * 3) == 0  # no number of decimals will do


# What the last card says


class Shown(StorySource):
    """A trace, and beside it what the option asks for."""

    title = "Shown"
    beside = ()

    def example(self) -> Any:
        return example_trace(), Trace.of({"x": [1.0]}, provenance={"model": "b", "parameters": 7})

    def story(self, example: Any) -> Iterable[Beat]:
        yield Beat({"en": "Three."}, Row(Units(example[0]["h"][0], key="h"), *self.beside), id="only")


@pytest.mark.parametrize("typed", [True, False])
def test_the_last_card_claims_no_number_that_was_typed(
    typed: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NNANIM_LANG", raising=False)
    beside = (Bars([0.999, 0.5], key="typed"),) if typed else ()
    story = Shown.build_story({"beside": beside, "lang": "ja"})
    card = words.say(story.beats[-1].says, "en")
    # Of the two traces only one says where it comes from; the card is about that one.
    assert card == (
        "This was run for this film." if typed else "Every number is from this run, or was given."
    )
    assert story.provenance["model"] == "b"
    assert capsys.readouterr().err == (
        "note: beat 'only' has no sentence in 'ja'; another language is shown\n"
    )


def test_results_of_comparisons_depend_on_the_trace_and_typed_ones_do_not() -> None:
    trace = Trace.of({"h": np.array([[0.5, -0.25, 0.75]]), "gt": np.array([[True, False, True]])})

    def beat(values: Any) -> Callable[[Trace], Beat]:
        return lambda trace: Beat("", Units(np.asarray(values(trace), dtype=float), key="mask", limit=1))

    assert told(trace, beat(lambda trace: trace["gt"][0])) == []
    assert told(trace, beat(lambda trace: trace["h"][0] > 0.46)) == []
    assert told(trace, beat(lambda trace: trace["h"][0] > 0)) == []
    (fault,) = told(trace, beat(lambda trace: [1.0, 0.0, 1.0]))
    assert "mask.values: 2 of 3 values do not change" in fault


def test_rows_with_signs_are_calculated_as_they_are_written() -> None:
    def faults(values: list[list[float]], *names: str) -> list[str]:
        grid = Grid(values, key="g", rows=names, digits=2, limit=9)
        return [fault.what for fault in check_sums(Beat("", grid))]

    right, wrong = [[1.5], [2.0], [3.0]], [[1.244], [2.344], [2.916]]
    assert faults(right, "q", "× k", "= products") == faults(wrong, "q", "× k", "≈ products") == []
    assert faults(wrong, "q", "× k", "= products") == [
        "1 cells of the row '= products' are not what is written above them"
    ]
    assert faults([[1.5], [2.0], [3.5]], "a", "+ b", "= sum") == []
    assert faults(wrong, "3", "+", "=") == []  # tokens of a sentence


def test_a_line_that_is_one_less_another_is_so_as_written() -> None:
    now, before = np.array([-2.3, 0.4]), np.array([-6.6, -1.0])
    for way in (np.vstack, np.column_stack):
        cells = way([now, before, now - before])
        names = {"rows" if way is np.vstack else "columns": ("now", "before", "change")}
        (fault,) = check_sums(Beat("", Grid(cells, key="g", digits=0, **names)))
        assert fault.what == "'now' less 'before' is not 'change' in 1 places, as written"
        assert not list(check_sums(Beat("", Grid(cells, key="g", digits=1, **names))))


def shown_by(values: Callable[[Trace], Any], limit: float = 2.0) -> Callable[[Trace], Beat]:
    return lambda trace: Beat("", Units(np.asarray(values(trace), dtype=float), key="u", limit=limit))


def test_typed_numbers_are_found_whatever_their_sign_and_size() -> None:
    trace = Trace.of({"h": np.linspace(0.11, 0.9, 40)[None]})
    typed = {
        "negative": lambda trace: [-0.5, trace["h"][0, 0]],
        "an end of the scale among few": lambda trace: [1.0, *trace["h"][0, :4]],
        "most of many at an end": lambda trace: [*[1.0] * 12, *trace["h"][0, :8]],
    }
    for what, values in typed.items():
        assert len(told(trace, shown_by(values))) == 1, what
    few_of_many = lambda trace: [*[1.0] * 8, *trace["h"][0, :12]]  # noqa: E731
    assert told(trace, shown_by(few_of_many)) == []


def test_a_whole_share_is_no_count() -> None:
    trace = Trace.of({"h": np.full((1, 97), 0.5)})
    (fault,) = told(trace, lambda trace: Beat("97 % of 97.", Units(trace["h"][0, :2], key="u")))
    assert "97 in '97 % of 97.' does not change" in fault


def test_what_is_schematic_or_fails_the_second_time_proves_nothing() -> None:
    trace, runs = example_trace(), []

    def sketch() -> list[Beat]:
        return [Beat("", Units(trace["h"][0], key="h"), schematic=True)]

    def once() -> list[Beat]:
        runs.append(1)
        if len(runs) > 1:
            raise ValueError("a second time")
        return [Beat("", Units(trace["h"][0], key="h"))]

    assert prove(sketch)[1] is prove(once)[1] is False


def test_bytes_of_pictures_become_smaller_too() -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    less = pixels.astype(int) - shrink(pixels, "picture")
    assert set(np.unique(less[pixels > 3])) == {1, 2, 3} and pixels.size > 20
    np.testing.assert_array_equal(less[pixels <= 1], pixels[pixels <= 1])
    other = pixels.astype(int) - shrink(pixels, "picture", draw=1)
    assert (less != other).any()


def test_barred_cells_show_no_number() -> None:
    barred = np.array([[False, True]])

    def beat(mask: Any) -> Callable[[Trace], Beat]:
        return lambda trace: Beat("", Grid([[trace["h"][0, 0], 0.4]], key="g", limit=1, mask=mask))

    assert told(example_trace(), beat(barred)) == []
    assert len(told(example_trace(), beat(None))) == 1


def test_a_number_that_somebody_chose_counts_as_given() -> None:
    def beat(text: Callable[[], str]) -> Callable[[Trace], Beat]:
        return lambda trace: Beat(f"T = {text()}.", Units(trace["h"][0], key="h"))

    assert told(example_trace(), beat(lambda: chosen_number(0.7))) == []
    assert len(told(example_trace(), beat(lambda: number(0.7, 1)))) == 1


def test_a_sum_in_a_sentence_is_calculated_too() -> None:
    (fault,) = check_sums(Beat("2 + 2 = 5", Text("a", key="t")))
    assert (fault.where, fault.what) == ("says", "2 + 2 = 5 is not right as it is written")


def test_a_typed_point_and_a_typed_picture_of_a_point_are_found() -> None:
    trace = example_trace()

    def curve(point: Any) -> list[str]:
        def made(trace: Any) -> Beat:
            return Beat("", Curve([0, 1, 2], trace["h"][0], key="c", point=point(trace)))

        return told(trace, made)

    assert curve(lambda trace: trace["h"][0, :2]) == []
    assert len(curve(lambda trace: (trace["h"][0, 0], -0.2))) == 1

    def cloud(pixels: Callable[[Trace], Any]) -> list[str]:
        return told(
            trace,
            lambda trace: Beat("", Cloud(trace["h"][:, :2], key="c", pictures=(pixels(trace),))),
        )

    assert cloud(lambda trace: np.abs(trace["h"][..., None].repeat(3, 2))) == []
    assert len(cloud(lambda trace: np.full((2, 2, 3), 0.3))) == 1


def test_only_where_many_numbers_stand_is_where_they_come_from() -> None:
    trace = Trace.of({"a": np.linspace(0.1, 0.9, 400)[None], "b": np.array([[0.1, 0.0]])})
    lines = trace_back(lambda: [Beat("", Units(np.r_[trace["a"][0], 0.0], key="u"))])
    assert lines[-1] == "  u.values = a[0]"


def test_what_is_rounded_to_nought_has_no_sign() -> None:
    assert (number(-0.001), number(-0.3, 1), number(-0.0)) == ("0.00", "−0.3", "0.00")


def test_a_nought_comes_from_nowhere() -> None:
    trace = Trace.of({"b": np.array([[0.0, 0.5]])})
    assert trace_back(lambda: [Beat("", Units(trace["b"][0, :1], key="u"))])[-1] == "  u.values 0"


def test_what_a_story_warns_of_is_said_of_the_recorded_numbers_alone() -> None:
    trace = Trace.of({"x": np.array([0.5, 1.0])})

    def tell() -> Iterator[Beat]:
        x = trace["x"]
        if x.max() < 1:  # told again, every number is a little smaller
            warnings.warn("Mean of empty slice", RuntimeWarning, stacklevel=1)
            reached.append(float(x.max()))
        yield Beat("Numbers.", Row(Units(x, key="x", limit=1)), id="a")

    reached: list[float] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert examine(tell).faults == () and reached
