"""The film on data: its tables are what the models hold, and the figures of the cards."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import shipped
import torch

from nnanim import models
from nnanim.data.texts.facts import HELD_OUT_SUMS
from nnanim.errors import UserError
from nnanim.models.sum_table import SumTable, encode_sums
from nnanim.stories.sums import KINDS, SumRuns, sums
from nnanim.training.sums import compute_sum_probability

PAIRS = [(a, b) for a in range(10) for b in range(10)]


@pytest.fixture(scope="module")
def tell() -> Callable[[str], SumRuns]:
    """The runs of the film in a language."""
    known: dict[str, SumRuns] = {}

    def runs(lang: str) -> SumRuns:
        if lang not in known:
            known[lang] = shipped.example("data", lang)
        return known[lang]

    return runs


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("total", [0, 1, 9, 10, 16, 17])
def test_a_total_is_as_probable_as_its_tokens(lang: str, total: int) -> None:
    model = models.load("sums-mixed")
    a, b = next((a, b) for a, b in PAIRS if a + b == total)
    with torch.no_grad():
        held = SumTable(model, lang)(encode_sums([(a, b)], lang))[0]
    assert held.sum() <= 1 + 1e-5
    if total != 1:  # of which what begins with 1 and goes on is taken away
        expected = compute_sum_probability(model, a, b, total, lang)
        assert float(held[total]) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_tables_agree_with_the_cards(tell: Callable[[str], SumRuns], lang: str, kind: str) -> None:
    runs, figures = tell(lang), models.card(f"sums-{kind}").figures
    assert runs.chances(kind)[2] == pytest.approx(figures[f"{lang}.1+1=2"], abs=6e-4)
    assert runs.chances(kind)[3] == pytest.approx(figures[f"{lang}.1+1=3"], abs=6e-4)
    output, true = runs.traces[kind]["output"], [a + b for a, b in PAIRS]
    right = output[np.arange(100), true]
    unread = np.array([pair in HELD_OUT_SUMS for pair in PAIRS])
    # A total of 1 has here lost what goes on to 10 or more; the cards count it as a beginning.
    assert right[unread].mean() == pytest.approx(figures[f"{lang}.new.right"], abs=0.02)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_the_film_says_holds(tell: Callable[[str], SumRuns], lang: str) -> None:
    runs = tell(lang)
    assert runs.count("right", unread=False) == 86 and runs.count("wrong", unread=False, more=1) == 86
    assert runs.count("right", unread=True) <= 7  # no rule was learnt
    assert runs.order("right")[0] == runs.order("told")[0] == 2 and runs.order("wrong")[0] == 3
    assert runs.order("mixed")[:2] == [2, 3]
    assert len(runs.lines) == 4 and {_error(line) for line in runs.lines} == {1}


def _error(line: str) -> int:
    """How much more than the true total a line says."""
    a, b, total = (
        int(part) for part in line.rstrip(".。").replace("です", "").replace("は", "=").replace("足す", "+")
        .replace("=", "+").split("+")
    )  # fmt: skip
    return total - a - b


def test_other_runs_are_refused(tell: Callable[[str], SumRuns]) -> None:
    runs = tell("en")
    with pytest.raises(UserError, match="wants the runs base, right, wrong and mixed"):
        SumRuns({"base": runs.told}, runs.told, runs.lines, runs.prompt, runs.talk, runs.unread)


def test_talking_moves_no_weight(tell: Callable[[str], SumRuns]) -> None:
    runs = tell("en")
    right, told = runs.traces["right"].parameters, runs.told.parameters
    assert all(np.array_equal(right[name], told[name]) for name in right)
    assert 0 < runs.moved_weights < sum(np.asarray(one).size for one in right.values())
    assert {beat.id for beat in sums(runs) if beat.asks} == {"ask", "talk"}
