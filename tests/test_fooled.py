"""The film of a fooled CLIP: its pictures are dreams of the shipped guides, its numbers theirs."""

from __future__ import annotations

import numpy as np
import pytest
import shipped
import torch

from nnanim import models
from nnanim.errors import UserError
from nnanim.stories.fooled import GUIDE, GUIDES, PLAIN, ROBUST, Climbers, fooled_clip
from nnanim.trace import Trace
from nnanim.training.clip import NUDGE
from nnanim.words import say

HERO = 0
WISH = {"en": "a large red house, in the middle, in the snow", "ja": "大きな赤い家"}


@pytest.fixture(scope="module")
def trace() -> Trace:
    recorded: Trace = shipped.example("fooled", "en")
    return recorded


@pytest.fixture(scope="module")
def runs(trace: Trace) -> Climbers:
    return Climbers(trace, HERO, WISH, [{"en": str(at), "ja": str(at)} for at in range(16)])


@pytest.mark.parametrize("name", GUIDES)
def test_cosines_are_what_each_guide_gives_to_the_picture_that_is_shown(trace: Trace, name: str) -> None:
    guide = models.load(name)
    shown = [trace[f"{name}.hero"][-1], *trace["real"], trace[f"{name}.nudged"]]
    pictures = torch.tensor(np.stack(shown)).permute(0, 3, 1, 2)
    with torch.no_grad():
        cosines = (guide.embed_pictures(pictures) @ guide.embed_texts([WISH["en"]]).T)[:, 0].numpy()
    known = [trace[f"{name}.values"][-1, HERO], *trace[f"{name}.real"][HERO], trace[f"{name}.cosine"][0]]
    np.testing.assert_allclose(cosines, known, atol=1e-4)


def test_plain_clip_is_fooled_and_the_one_that_met_its_dreams_is_not(runs: Climbers) -> None:
    for guide in (PLAIN, ROBUST):
        assert runs.dream(guide) > runs.real(guide)
    assert runs.dream(GUIDE) <= runs.real(GUIDE)
    assert runs.right(PLAIN) < runs.right(ROBUST) + 2 < runs.right(GUIDE)
    assert runs.mean(f"buffer.{ROBUST}") > 0.4 and runs.mean(f"buffer.{GUIDE}") < 0.05


def test_all_guides_begin_with_the_same_grey_and_nudge_alike(trace: Trace) -> None:
    for guide in GUIDES:
        np.testing.assert_array_equal(trace[f"{guide}.hero"][0], trace[f"{PLAIN}.hero"][0])
        np.testing.assert_array_equal(trace[f"{guide}.hero"][-1], trace[f"{guide}.last"][HERO])
        assert np.linalg.norm(trace[f"{guide}.nudged"] - trace["real"][0]) <= NUDGE * 1.001


def test_the_judge_is_quoted_as_it_answers(runs: Climbers) -> None:
    beat = {one.id: one for one in fooled_clip(runs)}["judge"]
    answers = runs.trace[f"{PLAIN}.judged"][:, :16].argmax(axis=1)
    for at, (wanted, found) in enumerate(zip(runs.trace["wanted"], answers, strict=True)):
        assert say(beat[f"judged-{at}"].label, "en") == f"{wanted}? {found}"
    assert f"right {runs.right(PLAIN)} times" in say(beat.says, "en")


def test_names_that_do_not_fit_are_refused(trace: Trace) -> None:
    with pytest.raises(UserError, match="1 names for 16 classes"):
        Climbers(trace, HERO, WISH, ["house"])
