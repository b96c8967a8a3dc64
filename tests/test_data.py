"""The shipped data are the published ones, and mistakes are told."""

from __future__ import annotations

import numpy as np
import pytest

from nnanim.data import digits, iris
from nnanim.errors import UserError


def test_iris_has_fishers_means() -> None:
    table = iris.measurements(features=iris.FEATURES)
    assert table.shape == (150, 4) and table.dtype == np.float64
    np.testing.assert_allclose(table[:50].mean(0), [5.006, 3.428, 1.462, 0.246], atol=1e-9)
    np.testing.assert_allclose(table[100:].mean(0), [6.588, 2.974, 5.552, 2.026], atol=1e-9)


def test_iris_has_fishers_values_where_uci_errs() -> None:
    assert iris.measurements([34], iris.FEATURES).tolist() == [[4.9, 3.1, 1.5, 0.2]]
    assert iris.measurements([37], iris.FEATURES).tolist() == [[4.9, 3.6, 1.4, 0.1]]


def test_iris_gives_the_petals_of_the_wanted_plants() -> None:
    assert iris.measurements([7, 84, 119]).tolist() == [[1.5, 0.2], [4.5, 1.5], [5.0, 1.5]]
    assert iris.species([7, 84, 119]).tolist() == [0, 1, 2]


def test_iris_classes_and_split() -> None:
    indices, labels = iris.classes("virginica", "versicolor")
    assert len(indices) == 100 and labels.sum() == 50 and labels[iris.species(indices) == 2].all()
    training, held_out = iris.split(indices)
    assert sorted([*training, *held_out]) == sorted(indices)
    assert len(held_out) == 33


def test_iris_names_are_in_both_languages() -> None:
    for names in (iris.NAMES, iris.SPECIES_NAMES):
        assert all(set(words) == {"en", "ja"} and all(words.values()) for words in names.values())
    assert tuple(iris.NAMES) == iris.FEATURES and tuple(iris.SPECIES_NAMES) == iris.SPECIES


def test_iris_mistakes() -> None:
    with pytest.raises(UserError, match="no feature 'petal lenght'; nearest: 'petal length'"):
        iris.measurements([0], ["petal lenght"])
    with pytest.raises(UserError, match="0 to 149, not 150"):
        iris.measurements([150])
    with pytest.raises(UserError, match="no species 'virginia'; nearest: 'virginica'"):
        iris.classes("virginia")


def test_digits() -> None:
    images, labels = digits.images(), digits.labels()
    assert images.shape == (1797, 8, 8) and images.min() == 0 and images.max() == 16
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert images[0, 0].tolist() == [0, 0, 5, 13, 9, 1, 0, 0] and labels[0] == 0
    training, held_out = digits.split()
    assert len(held_out) == 360 and sorted([*training, *held_out]) == list(range(1797))
    with pytest.raises(UserError, match="0 to 1796, not -1"):
        digits.images([-1])


@pytest.mark.parametrize("data", [iris, digits])
def test_data_is_small_and_comes_with_its_licence(data: object) -> None:
    path = data.PATH  # type: ignore[attr-defined]
    assert path.stat().st_size < 200_000
    assert "CC BY 4.0" in path.with_suffix(".LICENCE.txt").read_text(encoding="utf-8")


def test_a_drawn_digit_becomes_a_picture_of_the_data_set() -> None:
    pictures = digits.images([1498, 907])
    for picture in pictures:
        drawing = np.kron(picture / digits.HIGHEST, np.ones((4, 4)))
        small = np.zeros((60, 40))
        small[20:52, 3:35] = drawing
        for one in (drawing, small):
            became = digits.from_drawing(one)
            assert became.shape == (8, 8) and became.min() >= 0 and became.max() <= digits.HIGHEST
            assert np.corrcoef(became.ravel(), picture.ravel())[0, 1] > 0.7
    dot = np.zeros((32, 32))
    dot[3, 4] = 1
    assert not digits.from_drawing(np.zeros((32, 32))).any() and 0 < digits.from_drawing(dot).sum() < 16
