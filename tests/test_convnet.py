"""The film of a convolutional network: maps move along with the picture, and shares are counted in a run."""

from __future__ import annotations

import numpy as np
import pytest
import shipped
import torch

from nnanim import models
from nnanim.data import digits
from nnanim.errors import UserError
from nnanim.models.share_right import ShareRight
from nnanim.recording import record
from nnanim.scene import loader
from nnanim.stories.convnet import convnet
from nnanim.trace import Trace

NAMES = [str(one) for one in range(10)]
VERSIONS = ["as it is", "left"]


def run(pictures: np.ndarray) -> Trace:
    """The network on a picture and on the moved one."""
    both = np.stack([pictures, digits.move(pictures, right=-1)])
    return record(models.load("digits-convnet"), both, seed=0)


class Fixed(torch.nn.Module):
    """Answers with what goes in."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def shares(right: int, of: int = 4) -> Trace:
    """Two versions of some pictures, all of the first read right, ``right`` of the second."""
    hits = torch.tensor([[1.0, 0.0]] * right + [[0.0, 1.0]] * (of - right))
    pictures = torch.stack([torch.tensor([[1.0, 0.0]] * of), hits])
    return record(ShareRight(Fixed()), pictures, torch.zeros(of, dtype=torch.long), only="output", seed=0)


def test_the_share_is_that_of_pictures_that_are_read_right() -> None:
    np.testing.assert_allclose(shares(1)["output"], [1.0, 0.25])
    np.testing.assert_allclose(shares(3)["output"], [1.0, 0.75])


@pytest.mark.parametrize("digit", [1498, 706, 907, 1658])
def test_what_is_said_is_what_the_network_says(digit: int) -> None:
    trace = run(digits.images([digit]) / digits.HIGHEST)
    told = convnet(
        trace, shares(3), shares(1), classes=NAMES, versions=VERSIONS, truth=int(digits.labels([digit])[0]),
        way="one pixel to the left",
    )  # fmt: skip
    beats = {beat.id: beat for beat in told}
    before, after = trace["output"].argmax(axis=1)
    right = "right" if before == digits.labels([digit])[0] else "wrong"
    assert f"{before}, with " in beats["answer"].says["en"] and right in beats["answer"].says["en"]
    assert beats["moved"].says["en"].startswith(f"Still {after}" if before == after else f"{after}, with")
    np.testing.assert_allclose(beats["scores"]["ours"].values, [1.0, 0.75])
    np.testing.assert_allclose(beats["scores"]["theirs"].values, [1.0, 0.25])


def test_the_map_of_a_moved_picture_is_the_moved_map() -> None:
    source = loader.load("convnet").without_renderer({})
    beats = {beat.id: beat for beat in source.story(shipped.example("convnet", "en"))}
    before, after = (beats["along"][key].pixels for key in ("map", "map-moved"))
    np.testing.assert_allclose(after[:, :-1], before[:, 1:], atol=1e-6)


def test_windows_go_over_all_maps_of_the_second_layer_in_step() -> None:
    source = loader.load("convnet").without_renderer({})
    beat = next(beat for beat in source.story(shipped.example("convnet", "en")) if beat.id == "second")
    assert len({beat.motion.over, *beat.motion.beside}) == 8
    assert beat.motion.keys[-1] == "second"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"versions": ["as it is"]}, "2 and 2 versions for 1 names"),
        ({"trace": "grey"}, r"two grey pictures, one moved; there are \(1, 1\)"),
        ({"trace": "dense"}, "there is no 'first'"),
    ],
)
def test_runs_of_another_kind_are_refused(change: dict[str, object], said: str) -> None:
    traces = {
        "grey": lambda: record(models.load("digits-convnet"), np.zeros((1, 1, 8, 8)), seed=0),
        "dense": lambda: record(models.load("digits-64-16-10"), np.zeros((2, 64)), seed=0),
        "both": lambda: run(np.zeros((1, 8, 8))),
    }
    trace = traces[str(change.get("trace", "both"))]()
    versions = change.get("versions", VERSIONS)
    with pytest.raises(UserError, match=said):
        list(convnet(trace, shares(3), shares(1), classes=NAMES, versions=versions, way=""))
