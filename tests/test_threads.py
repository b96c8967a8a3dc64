"""What is shown does not depend on the number of threads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from nnanim import models, text_to_image
from nnanim.caption_loop.backends import BuiltinPainter
from nnanim.caption_loop.captioners import BuiltinCaptioner
from nnanim.data import digits, world
from nnanim.models.latents import latents
from nnanim.threads import one_thread

CAT = "a large red cat, at night"


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    """Torch computes on two threads, and afterwards on as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_the_thread_count_is_restored_whatever_happens() -> None:
    with pytest.raises(ZeroDivisionError), one_thread():
        assert torch.get_num_threads() == 1
        raise ZeroDivisionError
    assert torch.get_num_threads() == 2
    for _ in text_to_image.generate(CAT, num_inference_steps=2):
        assert torch.get_num_threads() == 2


def test_generations_and_their_records_are_the_same_on_any_number_of_threads() -> None:
    picture = np.random.default_rng(0).random((64, 64, 3), dtype=np.float32)

    def compute() -> list[np.ndarray]:
        options = {"num_inference_steps": 2, "init_image": picture, "strength": 1.0}
        trace = text_to_image.record_generation(CAT, stages_at=0, **options)
        forward = text_to_image.record_forward_process(picture, [0.2, 0.8], prompt=CAT, small_steps=2)
        painted = BuiltinPainter(2)(CAT, seed=1)
        captioner = BuiltinCaptioner()
        return [*(trace[name] for name in trace.names), *(forward[name] for name in forward.names),
                painted, captioner.embed(painted)]  # fmt: skip

    several = compute()
    torch.set_num_threads(1)
    for one, other in zip(compute(), several, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_film_of_the_autoencoder_is_the_same_on_any_number_of_threads(tmp_path: Path) -> None:
    pictures = digits.images(range(40)) / digits.HIGHEST
    colours = world.draw(world.sample(2, np.random.default_rng(0)), 1)
    names = ("digits-autoencoder", "digits-vae", "world-vae")
    parts = [models.load(name) for name in names]
    several = latents(*parts, pictures, colours, start=0, end=1)
    torch.set_num_threads(1)
    alone = latents(*parts, pictures, colours, start=0, end=1)
    for name in alone.names:
        np.testing.assert_array_equal(alone[name], several[name])
    alone.save(tmp_path / "alone.trace")
    several.save(tmp_path / "several.trace")
    assert (tmp_path / "alone.trace").read_bytes() == (tmp_path / "several.trace").read_bytes()
