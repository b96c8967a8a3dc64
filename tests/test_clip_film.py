"""The film of CLIP: its tables are what its encoders gave, and its training is that of the shipped model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from shipped import example

from nnanim import models
from nnanim.data import captions, world
from nnanim.errors import UserError
from nnanim.layout import place
from nnanim.models.cards import training_path
from nnanim.models.small_clip import SHARPNESS, SIZE, SmallCLIP
from nnanim.shapes import Filled, Raster, unwrap, word_box
from nnanim.stories.clip import ClipRuns, clip
from nnanim.style import RenderStyle
from nnanim.theme import by_name
from nnanim.trace import Trace
from nnanim.training import small_clip


@pytest.fixture(scope="module")
def runs() -> ClipRuns:
    made: ClipRuns = example("clip", "en")
    return made


@pytest.fixture(scope="module")
def shipped() -> SmallCLIP:
    model = models.load("small-clip")
    assert isinstance(model, SmallCLIP)
    return model


def test_embeddings_have_length_1_and_the_output_is_their_cosines(runs: ClipRuns) -> None:
    image, text = runs.table["image"], runs.table["text"]
    assert image.shape == text.shape == (8, SIZE)
    np.testing.assert_allclose(np.linalg.norm(image, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(runs.cosines(runs.table), image @ text.T, atol=1e-5)


def test_the_training_ends_at_the_shipped_model(runs: ClipRuns) -> None:
    # The last snapshot is of the weights before they were rounded for the file.
    np.testing.assert_allclose(runs.tables[-1], runs.cosines(runs.table), atol=0.01)
    first, last = runs.tables[0], runs.tables[-1]
    off = ~np.eye(8, dtype=bool)
    assert np.ptp(first) < 0.3 and last[~off].mean() > 0.6 > 0.3 > last[off].mean()
    assert runs.training["named"][0] < 0.15 < 0.8 < runs.training["named"][-1]


def test_pairs_that_are_together_lie_on_a_circle_and_nowhere_else_at_first(runs: ClipRuns) -> None:
    planes = runs.planes()
    middles = (planes[-1, :8] + planes[-1, 8:]) / 2
    np.testing.assert_allclose(np.linalg.norm(middles, axis=1), 1, atol=1e-4)
    apart = np.linalg.norm(planes[:, :8] - planes[:, 8:], axis=2).mean(axis=1)
    spread = planes[:, :8].std(axis=1).mean(axis=1)
    assert (apart / spread)[-1] < 0.3 * (apart / spread)[0]


def test_a_sentence_that_wins_another_picture_is_refused(runs: ClipRuns) -> None:
    with pytest.raises(UserError, match="7 sentences for 8 embeddings of 'table'"):
        replace(runs, sentences=runs.sentences[:7])
    other = {name: np.array(runs.table[name]) for name in runs.table}
    other["output"] = np.roll(other["output"], 1, axis=1)
    with pytest.raises(UserError, match="picture 1 is nearer to another sentence than its own"):
        replace(runs, table=Trace.of(other))


def test_products_add_up_to_the_cosine_that_is_said(runs: ClipRuns) -> None:
    told = {one.id: one for one in clip(runs)}
    for id_, sentence in (("cosine", 0), ("cancel", 5)):
        total = float(told[id_]["products"].values.sum())
        assert total == pytest.approx(runs.cosines(runs.table)[0, sentence], abs=1e-5)
        assert f"{total:.2f}".replace("-", "−") in told[id_].says["en"]


def test_it_sees_a_picture_of_any_size_and_a_word_it_does_not_know_is_told(shipped: SmallCLIP) -> None:
    rows = world.labels(thing="cat")
    small, large = (
        torch.from_numpy(world.draw(rows, 0, side)).permute(0, 3, 1, 2) for side in (32, 64)
    )  # fmt: skip
    with torch.no_grad():
        assert float(shipped.image(small)[0] @ shipped.image(large)[0]) > 0.95
        with pytest.raises(UserError, match="does not know the word 'two'"):
            shipped.embed_texts(["two cats"])
        assert torch.equal(shipped.logits(torch.ones(1)), torch.tensor([SHARPNESS]).half().float())


def test_padding_behind_a_sentence_changes_nothing(shipped: SmallCLIP) -> None:
    numbers = torch.from_numpy(captions.encode(["a cat", "a large red cat, on the left, at night, neon"]))
    with torch.no_grad():
        together, alone = shipped.text(numbers)[0], shipped.text(numbers[:1])[0]
    torch.testing.assert_close(together, alone)


def test_only_pairs_are_learnt_from_and_a_batch_can_be_drawn_again() -> None:
    run = small_clip.training()
    first, again = (run.loss(0, np.random.default_rng(1)) for _ in range(2))
    assert torch.equal(first, again) and torch.isfinite(first)
    first.backward()
    untrained = [name for name, one in run.model.named_parameters() if one.grad is None]
    assert untrained == ["sharpness"]


def test_things_are_named_and_bound_as_the_card_says(shipped: SmallCLIP) -> None:
    figures = models.card("small-clip").figures
    assert small_clip.name_things(shipped, n=100) == pytest.approx(figures["one.en.named"], abs=0.08)
    assert small_clip.bind(shipped, (1, 7), n=100) == pytest.approx(figures["two.en.colours"], abs=0.12)


def test_the_recorded_training_is_laid_out_as_the_shipped_one() -> None:
    run = small_clip.training()
    model = run.model.eval()
    run.snapshots = {step: run.take_snapshot(model) for step in (10, 0)}  # type: ignore[misc]
    run.curve = [(0, 5.0), (20, 4.0)]
    found, shipped = small_clip.build_trace(run), Trace.load(training_path("small-clip"))
    assert set(found) == set(shipped)
    for array in shipped:
        assert found.axes(array) == shipped.axes(array) and found[array].dtype == shipped[array].dtype


def test_words_beside_points_keep_off_the_pictures(runs: ClipRuns) -> None:
    beat = {one.id: one for one in clip(runs)}["space"]
    frame = place(beat, RenderStyle(by_name("dark")))
    drawn = unwrap(frame["plane"].draw(frame))
    pictures = [one for one in drawn if isinstance(one, Raster)]
    words = [one for one in drawn if isinstance(one, Filled)]
    middles = [word_box(one)[0] for one in words]
    for one in pictures:
        left, bottom = np.array(one.center) - np.array(one.size) / 2
        right, top = np.array(one.center) + np.array(one.size) / 2
        assert not [at for at in middles if left < at[0] < right and bottom < at[1] < top]
    assert len(pictures) == 8 <= len(words)
