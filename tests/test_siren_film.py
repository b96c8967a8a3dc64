"""The film of SIREN: what is recorded belongs together, and the story tells of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnanim.errors import UserError
from nnanim.steering.record_siren import VIEWS, record_siren
from nnanim.stories.siren import ATTRIBUTES, SteeredSiren, siren
from nnanim.trace import Trace

PIXEL, WINDOW = (20, 24), (16, 42, 4)
THINGS = tuple(f"thing {at}" for at in range(16))


@pytest.fixture(scope="module")
def trace() -> Trace:
    return record_siren("a red mushroom", seed=2, steps=3, pixel=PIXEL, window=WINDOW, finer=4, side=96)


@pytest.fixture
def run(trace: Trace) -> SteeredSiren:
    wanted = int(trace["judge"].argmax())
    return SteeredSiren(
        trace, "a red mushroom", THINGS, wanted, dict.fromkeys(ATTRIBUTES, 0.5), 40, PIXEL, WINDOW
    )


def test_a_place_on_its_way_through_the_network_ends_as_its_pixel(trace: Trace) -> None:
    np.testing.assert_allclose(trace["values.3"], trace["steered"][-1][PIXEL], atol=1e-6)
    np.testing.assert_allclose(trace["values.0"], trace["waves.first"][:, PIXEL[0], PIXEL[1]], atol=1e-6)
    np.testing.assert_allclose(trace["values.2"], trace["waves.last"][:, PIXEL[0], PIXEL[1]], atol=1e-6)
    assert [trace[f"place.{name}"][PIXEL] for name in "xy"] == pytest.approx(trace["place"].tolist())
    assert trace["place.x"][0, 0] == trace["place.y"][0, 0] == pytest.approx(-1 + 1 / 64)


def test_what_is_painted_again_is_the_same_picture(trace: Trace) -> None:
    row, column, height = WINDOW
    part = trace["steered"][-1][row : row + height, column : column + height]
    fine = trace["window.fine"].reshape(height, 4, height, 4, 3).mean((1, 3))
    np.testing.assert_allclose(fine, part, atol=0.02)
    assert trace["large"].shape == (96, 96, 3) and trace["views"].shape == (VIEWS, 64, 64, 3)
    assert np.abs(trace["views"][0] - trace["views"][1]).max() > 0.01


def test_the_slopes_of_the_weights_are_those_that_the_picture_gives_on(trace: Trace) -> None:
    # colour = sigmoid(2 (w·h + b)): the slope at w is a sum over pixels of slope · 2 c (1 - c) · h.
    colours, slope = trace["steered"][0].reshape(-1, 3), trace["slope"].reshape(-1, 3)
    bent = slope * 2 * colours * (1 - colours)
    assert trace["slopes.3"].shape == (3, 32) and trace["slopes.0"].shape == (32, 2)
    outer = np.abs(bent).sum(0)  # each sine lies within -1..1
    assert (np.abs(trace["slopes.3"]).max(1) <= outer + 1e-6).all() and np.abs(trace["slopes.3"]).max() > 0


def test_the_story_counts_weights_and_quotes_the_cosines(run: SteeredSiren) -> None:
    beats = {beat.id: beat for beat in siren(run)}
    assert run.count == 2307 and "2,307" in beats["network"].says["en"]  # type: ignore[index]
    said = beats["film"].says["en"]  # type: ignore[index]
    assert f"{run.array('cosine')[-1]:.2f}".replace("-", "−") in said and "3 small steps" in said
    assert beats["question"].asks and beats["size"].asks


def test_a_picture_of_something_else_is_no_film(run: SteeredSiren) -> None:
    other = replace(run, wanted=(run.wanted + 1) % 16)
    with pytest.raises(UserError, match=r"the judge sees thing .*; take another seed"):
        next(siren(other))
    with pytest.raises(UserError, match="no share of 'thing'"):
        replace(run, shares={})
    with pytest.raises(UserError, match="do not lie in 64×64 pixels"):
        record_siren("a red cat", pixel=(64, 0))
