"""Codes, their logits and dreams as generators: what goes forwards, and which way the slope goes back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from nnanim.errors import UserError
from nnanim.models.samplers import ddim
from nnanim.steering import steer
from nnanim.steering.codes import CodeLogits, Codes
from nnanim.steering.generators import resolve_generator
from nnanim.steering.sleep import LENGTH, Sleep, dream

PROMPT = "a large yellow star, at night"


@pytest.fixture(scope="module")
def sleep() -> Sleep:
    return Sleep(starts=3)


def _rngs(n: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(at) for at in range(n)]


def test_only_codes_are_painted_and_the_slope_skips_the_rounding() -> None:
    codes = Codes()
    (latents,) = codes.start(_rngs(2))
    rounded = codes.book.look_up(codes.find_numbers([latents]))
    torch.testing.assert_close(codes.paint([latents]), codes.vae.decode(rounded))
    slopes = [latents.clone().requires_grad_(), rounded.clone().requires_grad_()]
    weights = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    ((codes.paint([slopes[0]]) + codes.vae.decode(slopes[1])) * weights).sum().backward()
    torch.testing.assert_close(slopes[0].grad, slopes[1].grad, atol=1e-3, rtol=1e-3)


def test_logits_choose_one_code_a_cell_and_every_code_has_a_slope() -> None:
    aleph = CodeLogits()
    (logits,) = aleph.start(_rngs(1))
    logits.requires_grad_()
    painted = aleph.paint([logits])
    chosen = aleph.vae.decode(aleph.book.look_up(logits.argmax(-1).unflatten(1, (8, 8))))
    torch.testing.assert_close(painted, chosen, atol=1e-5, rtol=1e-4)
    (slope,) = torch.autograd.grad(painted.mean(), logits)
    assert (slope != 0).float().mean() > 0.99


@pytest.mark.parametrize("generator", [Codes, CodeLogits])
def test_a_given_picture_is_written_in_its_codes(generator: Any) -> None:
    made, codes = generator(), Codes()
    picture = torch.rand(3, 64, 64, generator=torch.Generator().manual_seed(1))
    latents = codes.vae.encode(picture[None])[0]
    numbers = made.find_numbers(made.start(_rngs(2), picture))
    assert torch.equal(numbers, codes.book.find_nearest(latents).expand(2, -1, -1))


def test_a_dream_is_the_painters_own_and_its_slope_reaches_the_noise(sleep: Sleep) -> None:
    (noise,) = sleep.start(_rngs(2))
    torch.testing.assert_close(noise.flatten(1).norm(dim=1), torch.full((2,), LENGTH))
    nothing = sleep.painter.condition(["", ""])
    network = sleep.painter.network(nothing, nothing, 0)
    *_, last = ddim(network, noise, sleep.dreaming)
    leaf = noise.clone().requires_grad_()
    believed = dream(network, leaf, sleep.dreaming)
    torch.testing.assert_close(believed[-1], last.x0)
    (slope,) = torch.autograd.grad(believed[-1].sum(), leaf)
    assert len(believed) == sleep.dreaming and (slope != 0).all()
    (moved,), _ = sleep.advance([noise], [slope], 0, 45, [])
    assert not torch.equal(moved, noise)
    torch.testing.assert_close(moved.flatten(1).norm(dim=1), torch.full((2,), LENGTH))


def test_a_dream_cannot_begin_with_a_picture(sleep: Sleep) -> None:
    with pytest.raises(UserError, match="sleep begins with noise"):
        next(steer(PROMPT, sleep, init_image=np.zeros((64, 64, 3))))


def test_they_are_found_by_their_names() -> None:
    assert isinstance(resolve_generator("codes"), Codes) and isinstance(
        resolve_generator("aleph"), CodeLogits
    )
    assert isinstance(resolve_generator("sleep"), Sleep)
