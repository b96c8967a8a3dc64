"""The film of dreams: what stands beside each picture is what the network says of that picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shipped
import torch

from nnanim import models
from nnanim.errors import UserError
from nnanim.recording import record
from nnanim.stories.microscope import Dreams, microscope


@pytest.fixture(scope="module")
def dreams() -> Dreams:
    made: Dreams = shipped.example("microscope", "en")
    return made


def tensor(pixels: np.ndarray) -> torch.Tensor:
    return torch.tensor(pixels, dtype=torch.float32).permute(2, 0, 1)[None]


@pytest.mark.parametrize("dream", ["climb", "bare"])
def test_the_number_beside_a_dream_is_the_channels_mean_of_that_very_picture(
    dreams: Dreams, dream: str
) -> None:
    trace = record(models.load("clip-guide").image, tensor(dreams.picture(dream)), only="stem.5")
    assert dreams.value(dream) == pytest.approx(trace["stem.5"][0, dreams.unit].mean(), rel=1e-4)
    assert dreams.value("bare") > dreams.value("climb") > dreams.value("climb", 0)


def test_the_star_begins_as_the_tree_and_its_cosine_is_that_of_the_wish(dreams: Dreams) -> None:
    np.testing.assert_array_equal(dreams.picture("star", 0), dreams.picture("look", 0))
    guide = models.load("clip-guide")
    with torch.no_grad():
        wished = guide.embed_texts([dreams.wish["en"]])
        cosine = (guide.embed_pictures(tensor(dreams.picture("star"))) * wished).sum().item()
    assert dreams.value("star") == pytest.approx(cosine, abs=1e-4)
    thing = models.load("judge")(tensor(dreams.picture("star")))[0].argmax().item()
    assert thing == dreams.trace["wanted"][2]


def test_the_judge_is_counted_where_it_is_right(dreams: Dreams) -> None:
    trace = dreams.trace
    assert 4 <= dreams.right == sum(trace["judged"].argmax(1) == trace["wanted"]) < len(dreams.names) + 1


def test_orange_is_where_a_brighter_pixel_raises_the_number(dreams: Dreams) -> None:
    shown = {beat.id: beat for beat in microscope(dreams)}["slope"]["slope"].pixels
    row, column = np.unravel_index(shown.argmax(), shown.shape)
    brighter = dreams.picture("look", 0).copy()
    brighter[row, column] += 0.02
    model = models.load("clip-guide").image
    before, after = (
        record(model, tensor(one), only="stem.5")["stem.5"][0, dreams.unit].mean()
        for one in (dreams.picture("look", 0), brighter)
    )
    assert after > before


def test_names_that_do_not_fit_are_refused(dreams: Dreams) -> None:
    with pytest.raises(UserError, match="2 names for 8 wishes"):
        replace(dreams, names=("a", "b"))
