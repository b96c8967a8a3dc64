"""The film of a dense network: the picture moves, and its weights move along."""

from __future__ import annotations

import numpy as np
import pytest
import shipped
import torch

from nnanim import models
from nnanim.data import digits
from nnanim.errors import UserError
from nnanim.models.digits_classifier import move_weights
from nnanim.recording import record
from nnanim.scene import loader
from nnanim.stories.classifier import classifier
from nnanim.trace import Trace

MODEL = models.load("digits-64-16-10")
WAY = "one pixel to the left"


def test_pictures_move_by_whole_pixels_and_what_leaves_is_lost() -> None:
    picture = np.arange(1.0, 7.0).reshape(1, 2, 3)
    np.testing.assert_array_equal(digits.move(picture, right=1), [[[0, 1, 2], [0, 4, 5]]])
    np.testing.assert_array_equal(digits.move(picture, right=-2), [[[3, 0, 0], [6, 0, 0]]])
    np.testing.assert_array_equal(digits.move(picture, down=1), [[[0, 0, 0], [1, 2, 3]]])
    np.testing.assert_array_equal(digits.move(picture, down=-1, right=1), [[[0, 4, 5], [0, 0, 0]]])
    np.testing.assert_array_equal(digits.move(picture), picture)


def test_weights_that_move_along_give_the_same_sums_and_the_model_stays() -> None:
    before = MODEL.hidden.weight.detach().clone()
    picture = digits.images([1498]) / digits.HIGHEST
    moved = digits.move(picture, right=-1)
    assert moved.sum() == picture.sum()  # no ink is lost
    first, second = (torch.tensor(x.reshape(1, -1), dtype=torch.float32) for x in (picture, moved))
    along = move_weights(MODEL, (8, 8), right=-1)
    torch.testing.assert_close(along.hidden(second), MODEL.hidden(first))
    torch.testing.assert_close(MODEL.hidden.weight, before)


def run(pictures: np.ndarray) -> tuple[Trace, Trace]:
    """The two runs of a picture."""
    moved = digits.move(pictures, right=-1)
    both = np.concatenate([pictures, moved]).reshape(2, -1)
    return record(MODEL, both, seed=0), record(move_weights(MODEL, (8, 8), right=-1), both[1:], seed=0)


@pytest.mark.parametrize("digit", [1498, 706, 907])
def test_what_is_said_is_what_the_network_says(digit: int) -> None:
    traces = run(digits.images([digit]) / digits.HIGHEST)
    names = [str(one) for one in range(10)]
    beats = {one.id: one for one in classifier(*traces, shape=(8, 8), classes=names, way=WAY)}
    at_rest, moved = traces[0]["output"].argmax(axis=1)
    assert beats["answer"].says["en"].startswith(f"The answer: {at_rest}, ")
    again = " again" if at_rest == moved else ""
    assert beats["moved"].says["en"].startswith(f"{moved}{again}, ")
    np.testing.assert_allclose(beats["moved"]["classes"].values, traces[0]["output"][1])
    np.testing.assert_allclose(beats["along"]["classes"].values, traces[1]["output"][0])


def test_an_empty_picture_is_told_too() -> None:
    names = [str(one) for one in range(10)]
    assert list(classifier(*run(np.zeros((1, 8, 8))), shape=(8, 8), classes=names, way=WAY))


def test_the_products_that_are_shown_add_up_to_the_recorded_sum() -> None:
    source = loader.load("digits").without_renderer({})
    trace, along = shipped.example("digits", "en")
    beats = {one.id: one for one in source.story((trace, along))}
    one = int((trace["hidden_activation"][0] - trace["hidden_activation"][1]).argmax())
    bias = trace.parameters["hidden.bias"][one]
    for sample, name in enumerate(("products", "why")):
        total = beats[name]["products"].values.sum() + bias
        assert total == pytest.approx(float(trace["hidden"][sample, one]), abs=1e-4)


@pytest.mark.parametrize(
    ("pictures", "said"),
    [(np.zeros((3, 64)), "two pictures, one moved; there are 3"), (np.full((2, 64), -1.0), "from 0 up")],
)
def test_runs_of_another_kind_are_refused(pictures: np.ndarray, said: str) -> None:
    trace = record(MODEL, pictures, seed=0)
    with pytest.raises(UserError, match=said):
        list(classifier(trace, trace, shape=(8, 8), classes=list("0123456789"), way=WAY))


def test_a_network_without_these_layers_is_refused() -> None:
    trace = record(torch.nn.Linear(64, 10), np.zeros((2, 64)), seed=0)
    with pytest.raises(UserError, match="there is no 'hidden'"):
        list(classifier(trace, trace, shape=(8, 8), classes=list("0123456789"), way=WAY))
