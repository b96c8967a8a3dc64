"""The film on size: the models differ in size alone, and squares are to scale."""

from __future__ import annotations

import numpy as np
import pytest
import shipped
import torch

from nnanim import models
from nnanim.beats import Beat, Story
from nnanim.errors import UserError
from nnanim.marks import Row, Squares
from nnanim.models.held_out_loss import HeldOutLoss
from nnanim.shapes import Boxes
from nnanim.stories.size import GPTS, SizeRuns, size
from nnanim.style import RenderStyle
from nnanim.theme import by_name
from nnanim.timeline import takes
from nnanim.training.gpt import next_token_loss
from nnanim.training.sizes import held_out_rows

STYLE = RenderStyle(by_name("dark"))


def test_the_loss_is_the_trainings() -> None:
    model, rows = models.load("size-2"), held_out_rows("en", 6)
    with torch.no_grad():
        mean = HeldOutLoss(model)(rows).mean()
        torch.testing.assert_close(mean, next_token_loss(model, rows))


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_larger_model_is_surer(lang: str) -> None:
    runs = shipped.example("size", lang)
    assert (np.diff(runs.losses) < 0).all() and (np.diff(runs.counts) > 0).all()
    for index, (name, run) in enumerate(zip(models.names(), runs.traces, strict=False), 1):
        assert runs.counts[index - 1] == models.card(f"size-{index}").parameters, name
        assert run["output"].shape == (24,)
    # 24 texts are fewer than the card's 120: near, not equal.
    figures = [models.card(f"size-{index}").figures[f"{lang}.loss"] for index in range(1, 6)]
    np.testing.assert_allclose(runs.losses, figures, atol=0.12)
    last = list(size(runs))[-1]["famous"]
    assert isinstance(last, Squares) and list(last.values[-3:]) == [count for _, count, _ in GPTS]


def test_fewer_than_three_models_are_refused() -> None:
    with pytest.raises(UserError, match="wants three models or more and a sample of each; got 0 and 1"):
        SizeRuns([], ["a"], 5)


def squares_of(mark: Squares) -> Boxes:
    take = takes(Story.from_beats([Beat("", Row(mark))]), STYLE)[0]
    return next(one for one in take.at(take.seconds)["s"] if isinstance(one, Boxes))


def test_areas_are_values() -> None:
    drawn = squares_of(Squares([1.0, 4, 100], ("a", "b", "c"), key="s"))
    areas = drawn.sizes.prod(axis=1)
    np.testing.assert_allclose(areas / areas[0], [1, 4, 100])
    bottoms = drawn.centers[:, 1] - drawn.sizes[:, 1] / 2
    np.testing.assert_allclose(bottoms, bottoms[0])


@pytest.mark.parametrize("fraction", [0.2, 0.4, 0.7, 0.95])
def test_what_stays_is_to_scale_while_the_limit_changes(fraction: float) -> None:
    old, new = Squares([1.0, 4], ("a", "b"), key="s"), Squares([1.0, 4, 400], ("a", "b", "c"), key="s")
    film = takes(Story.from_beats([Beat("", Row(old), id="1"), Beat("", Row(new), id="2")]), STYLE)
    move = next(phase for phase in film[1].phases if phase.name == "move")
    a, b = [one for one in move.at(fraction)["s"] if isinstance(one, Boxes)][:2]
    assert float(b.sizes.prod() / a.sizes.prod()) == pytest.approx(4)


@pytest.mark.parametrize(
    ("values", "changes", "says"),
    [
        ([], {}, "there are no values"),
        ([1, -2], {}, "value -2 at 1 lies below 0"),
        ([1, 2], {"limit": 1.5}, r"value 2 at 1 lies outside ±1\.5; limit=2 holds all"),
        ([1, 2], {"highlight": (2,)}, "highlight 2 for 2 squares"),
        ([1, 2], {"names": ("a",)}, "1 names for 2 values"),
    ],
)
def test_squares_refuse(values: list[float], changes: dict, says: str) -> None:
    with pytest.raises(UserError, match=f"^Squares 's': {says}$"):
        Squares(values, key="s", **changes)
