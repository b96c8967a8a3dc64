"""The film of the vision transformer: what is covered, shuffled and moved is what the model was given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shipped
import torch

from nnanim import models
from nnanim.errors import UserError
from nnanim.models import patches
from nnanim.stories.vit import PatchRuns, vit


@pytest.fixture(scope="module")
def runs() -> PatchRuns:
    made: PatchRuns = shipped.example("vit", "en")
    return made


def test_cutting_and_joining_changes_nothing() -> None:
    pictures = torch.rand(2, 3, 16, 24)
    pieces = patches.cut(pictures, 8)
    assert pieces.shape == (2, 192, 6)
    torch.testing.assert_close(patches.join(pieces, 8, (16, 24)), pictures)
    first = pieces[0, :, 0].reshape(3, 8, 8)
    torch.testing.assert_close(first, pictures[0, :, :8, :8])


def test_a_shuffle_keeps_every_patch_and_can_be_undone() -> None:
    pictures, order = torch.rand(1, 3, 64, 64), patches.draw_order(64, 1)
    jumbled = patches.shuffle(pictures, order, 8)
    assert not torch.equal(jumbled, pictures)
    torch.testing.assert_close(patches.shuffle(jumbled, np.argsort(order), 8), pictures)


def test_positions_that_go_along_leave_the_answer_as_it_was(runs: PatchRuns) -> None:
    model, order = models.load("vit"), patches.draw_order(64, 0)
    before = model.positions.clone()
    moved = patches.move_positions(model, order)
    assert torch.equal(model.positions, before) and torch.equal(moved.positions[0], before[0])
    np.testing.assert_allclose(runs.along["output"], runs.whole["output"], atol=1e-4)
    np.testing.assert_array_equal(runs.along["input"], runs.shuffled["input"])
    assert runs.likeliest(runs.shuffled) != runs.likeliest(runs.whole) == runs.likeliest(runs.along)


def test_as_many_patches_are_covered_where_it_looks_as_elsewhere(runs: PatchRuns) -> None:
    looks = runs.attention.mean(axis=0).reshape(-1)
    grey = {}
    for name in ("covered", "elsewhere"):
        pixels = runs.picture(getattr(runs, name)).reshape(8, 8, 8, 8, 3).swapaxes(1, 2).reshape(64, -1)
        grey[name] = np.flatnonzero((pixels == 0.5).all(axis=1))
        assert len(grey[name]) == runs.hidden
    assert looks[grey["covered"]].min() > looks[grey["elsewhere"]].max()
    assert runs.likeliest(runs.covered) != runs.likeliest(runs.whole) == runs.likeliest(runs.elsewhere)


def test_patches_are_as_bright_as_they_are_looked_at(runs: PatchRuns) -> None:
    beat = {one.id: one for one in vit(runs)}["heads"]
    weights, pixels = runs.attention[0], runs.picture(runs.whole)
    shown = beat["head-0"].pixels
    row, column = np.unravel_index(weights.argmax(), weights.shape)
    place = np.s_[row * 8 : row * 8 + 8, column * 8 : column * 8 + 8]
    np.testing.assert_allclose(shown[place], pixels[place])
    np.testing.assert_allclose(shown[:8, :8], pixels[:8, :8] * weights[0, 0] / weights.max())


def test_names_that_do_not_fit_are_refused(runs: PatchRuns) -> None:
    with pytest.raises(UserError, match="2 names for 16 classes"):
        replace(runs, names=("a", "b"))
