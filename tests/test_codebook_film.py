"""The films of codebook and steering draw what was recorded, and refuse what does not fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnanim.data import world
from nnanim.errors import UserError
from nnanim.stories.codebook import CodeRun, codebook
from nnanim.stories.steering import ATTRIBUTES, SteeredDream, steering
from nnanim.trace import Trace

PROMPT = "a large yellow star, at night"


@pytest.fixture(scope="module")
def run() -> CodeRun:
    from nnanim.steering.record_codes import record_codes

    picture = world.draw(world.labels(thing="house"), 5)[0]
    return CodeRun(record_codes(PROMPT, picture, steps=12, zooms=2), PROMPT, 0.8, 40)


@pytest.fixture(scope="module")
def dream() -> SteeredDream:
    from nnanim.steering.record_sleep import record_sleep

    trace = record_sleep(PROMPT, steps=2, dreams=6, shown=3)
    return SteeredDream(trace, PROMPT, world.THINGS, 0, dict.fromkeys(ATTRIBUTES, 0.8), 40, 0.7)


def test_each_cell_is_its_nearest_code(run: CodeRun) -> None:
    latents, codes = run.array("latents"), run.array("codes")
    away = np.linalg.norm(latents.transpose(1, 2, 0)[..., None, :] - codes, axis=-1)
    numbers = run.trace["numbers"]
    np.testing.assert_array_equal(numbers, away.argmin(axis=-1))
    np.testing.assert_allclose(run.array("rounded"), codes[numbers].transpose(2, 0, 1), atol=1e-6)
    cell, order, distances = run.nearest()
    assert order[0] == numbers[run.middle] and list(distances) == sorted(distances)
    np.testing.assert_allclose(np.linalg.norm(codes[order[0]] - cell), distances[0])


def test_tiles_stand_where_their_codes_do(run: CodeRun) -> None:
    tiles, numbers = run.array("tiles"), run.trace["numbers"]
    mosaic, sheet = run.mosaic(), run.sheet()
    np.testing.assert_array_equal(mosaic[16:24, 40:48], tiles[numbers[2, 5]])
    np.testing.assert_array_equal(sheet[9:17, 18:26], tiles[34])
    assert mosaic.shape == (64, 64, 3) and not sheet[8].any()


def test_the_cell_that_flips_comes_nearer_to_the_other_code(run: CodeRun) -> None:
    row, column, steps = run.flip
    numbers = run.trace["steered.numbers"][steps[0] : steps[-1] + 1, row, column]
    half = len(steps) // 2
    (before, after), away = run.drift()
    assert set(numbers[:half]) == {before} and set(numbers[half:]) == {after} and before != after
    assert (away[0, :half] < away[1, :half]).all() and (away[0, half:] > away[1, half:]).all()


def test_the_book_says_how_many_bits_a_picture_takes(run: CodeRun) -> None:
    beats = {beat.id: beat for beat in codebook(run)}
    assert "576 bits, 171 times less" in str(beats["words"].says)
    assert beats["film"]["steered"].pixels.shape == (64, 64, 3) and beats["random"].asks


def test_codes_that_stay_are_refused(run: CodeRun) -> None:
    arrays = {name: run.trace[name] for name in run.trace}
    arrays["steered.numbers"] = np.zeros_like(arrays["steered.numbers"])
    with pytest.raises(UserError, match="no cell changes its code"):
        _ = CodeRun(Trace.of(arrays), PROMPT, 0.8, 40).flip
    with pytest.raises(UserError, match="a share in 0"):
        replace(run, right=80)


def test_the_best_dream_is_the_one_that_is_steered(dream: SteeredDream) -> None:
    np.testing.assert_allclose(dream.array("dreams")[0], dream.array("steered")[0], atol=2e-3)
    assert dream.array("cosines")[0] == pytest.approx(dream.array("cosine")[0], abs=1e-3)
    assert list(dream.trace["ranks"]) == [0, 2, 5]
    assert dream.array("cosine")[-1] > dream.array("cosine")[0]
    before, after = dream.array("lengths")
    assert before == pytest.approx(16, abs=1e-4) and after > before
    assert dream.array("rivals.before").sum() == pytest.approx(1, abs=1e-4)
    assert len(dream.sentences) == len(dream.trace["rivals.before"]) and dream.shown_rivals[0] == 0


def test_a_dream_that_is_no_example_is_refused(dream: SteeredDream) -> None:
    with pytest.raises(UserError, match="choose another seed"):
        list(steering(replace(dream, wanted=dream.likeliest("before"))))
    with pytest.raises(UserError, match="2 names for 16 things"):
        replace(dream, things=("a", "b"))
    with pytest.raises(UserError, match="no share of 'colour'"):
        replace(dream, shares={"thing": 0.8})
