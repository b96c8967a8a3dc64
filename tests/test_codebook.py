"""The codebook: k-means finds clusters, cells become the nearest code, the slope skips the rounding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from nnanim import models
from nnanim.errors import UserError
from nnanim.models.codebook import Codebook
from nnanim.training import codebook
from nnanim.training.pictures import batch


def small_book() -> Codebook:
    """Three codes of two numbers."""
    book = Codebook(3, 2)
    with torch.no_grad():
        book.codes.copy_(torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]]))
    return book


def test_each_cell_becomes_its_nearest_code_and_the_slope_skips_the_rounding() -> None:
    book = small_book().requires_grad_(False)
    latents = torch.tensor([[[[0.2, 0.9]], [[0.1, -0.2]]]], requires_grad=True)  # (1, 2, 1, 2)
    numbers = book.find_nearest(latents)
    assert numbers.tolist() == [[[0, 1]]]
    rounded = book(latents)
    torch.testing.assert_close(rounded, book.look_up(numbers))
    (slope,) = torch.autograd.grad((rounded * torch.tensor([[[[2.0, 3.0]], [[5.0, 7.0]]]])).sum(), latents)
    assert slope.tolist() == [[[[2.0, 3.0]], [[5.0, 7.0]]]]


def test_k_means_finds_clusters_and_none_stays_empty() -> None:
    torch.manual_seed(0)
    middles = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])
    cells = (middles[:, None] + 0.1 * torch.randn(4, 50, 2)).reshape(-1, 2)
    for seed in range(8):
        torch.manual_seed(
            seed
        )  # the first middles often lie in one cluster, and some lose all of their cells
        found = codebook.find_clusters(cells, 4)
        away = torch.cdist(cells, found).min(1).values
        assert torch.bincount(torch.cdist(cells, found).argmin(1), minlength=4).min() > 0
        assert away.mean() < 7
    middle = codebook.find_clusters(cells, 1)
    torch.testing.assert_close(middle[0], cells.mean(0))


def test_a_middle_without_cells_begins_again_at_the_farthest_one() -> None:
    cells = torch.tensor([[0.0], [0.0], [0.0], [9.0]])
    torch.manual_seed(0)
    assert sorted(codebook.find_clusters(cells, 2).flatten().tolist()) == [0.0, 9.0]


def test_latents_of_another_width_are_refused() -> None:
    with pytest.raises(UserError, match=r"latents of shape \(1, 3, 8, 8\); the codes have 2 numbers"):
        small_book().find_nearest(torch.zeros(1, 3, 8, 8))


def test_the_shipped_codes_keep_the_pictures() -> None:
    book: Any = models.load("codebook")
    vae: Any = models.load("world-vae")
    pictures, _ = batch(32, np.random.default_rng(4))
    with torch.no_grad():
        latents = vae.encode(pictures)[0]
        made = vae.decode(book(latents))
    assert (book.codes.shape, models.card("codebook").parameters) == ((512, 4), 2048)
    assert book(latents).sub(latents).square().mean() < 0.05
    assert -10 * (made - pictures).square().flatten(1).mean(1).log10().mean() > 22
