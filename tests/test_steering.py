"""Steering: what a step is, that runs are the same however they are computed, and every bad input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from nnanim import models, steering
from nnanim.errors import UserError
from nnanim.steering.crops import crops
from nnanim.steering.generator import Generator, Parameters, follow_adam
from nnanim.steering.generators import resolve_generator
from nnanim.steering.guide import WorldGuide
from nnanim.steering.siren import Siren, places
from nnanim.steering.wish import AWAY, Wish

PROMPT = "a large red cat, in the middle, at night, plain"
NAMES = list(steering.GENERATORS)


@pytest.fixture(scope="module")
def guide() -> WorldGuide:
    return WorldGuide()


class Plane(Generator):
    """Two numbers a picture; its guide likes them to be 1 and 0."""

    name = "plane"
    steps = 4
    side = 8

    def start(self, rngs: Sequence[torch.Generator], picture: Tensor | None = None) -> Parameters:
        return [torch.stack([torch.rand(3, generator=rng) for rng in rngs])]

    def paint(self, parameters: Parameters) -> Tensor:
        return parameters[0][:, :, None, None].expand(-1, 3, 8, 8).clamp(0, 1)

    def advance(
        self, parameters: Parameters, slopes: Parameters, step: int, steps: int, state: Parameters
    ) -> tuple[Parameters, Parameters]:
        return follow_adam(parameters, slopes, step, state, 0.1)


class Mean:
    """A guide of three numbers, the mean colour; a sentence is red, green or blue."""

    side = 4

    def embed_pictures(self, pictures: Tensor) -> Tensor:
        return F.normalize(pictures.mean((2, 3)) + 1e-6, dim=1)

    def embed_texts(self, texts: Sequence[str]) -> Tensor:
        return F.one_hot(torch.tensor([("red", "green", "blue").index(text) for text in texts]), 3).float()


@pytest.mark.parametrize("through", NAMES)
def test_steering_raises_the_cosine(through: str, guide: WorldGuide) -> None:
    walk = list(steering.steer(PROMPT, through, guide=guide, steps=8, seed=1))
    assert [one.step for one in walk] == [*range(9)] and all(one.steps == 8 for one in walk)
    assert walk[-1].cosine > walk[0].cosine + 0.02  # type: ignore[operator]
    side = resolve_generator(through).side
    for one in walk:
        assert one.picture.shape == one.slope.shape == (side, side, 3)
        assert one.picture.min() >= 0 and one.picture.max() <= 1
    assert np.abs(walk[0].slope).max() > 0


def test_a_guide_and_a_generator_of_ones_own() -> None:
    walk = list(steering.steer(["red", "blue"], Plane(), guide=Mean(), steps=30, seed=[1, 2]))
    assert np.all(walk[-1].cosine > 0.99) and walk[-1].picture.shape == (2, 8, 8, 3)  # type: ignore[operator]
    assert walk[-1].picture[0, 0, 0, 0] > 0.5 > walk[-1].picture[1, 0, 0, 0]


def test_the_slope_is_that_of_the_cosine() -> None:
    generator, guide = Plane(), Mean()
    generator.scale, generator.shift = (1.0, 1.0), 0.0
    first = next(steering.steer("red", generator, guide=guide))
    picture = torch.from_numpy(first.picture).permute(2, 0, 1)[None]
    nudged, at = picture.clone(), (0, 1, 4, 4)
    nudged[at] += 1e-2
    wish = guide.embed_texts(["red"])

    def cosine(pictures: Tensor) -> float:
        return float((guide.embed_pictures(crops(pictures, (1, 1), 0, side=4)) * wish).sum())

    assert first.cosine == pytest.approx(cosine(picture), abs=1e-6)
    assert first.slope[4, 4, 1] == pytest.approx((cosine(nudged) - cosine(picture)) / 1e-2, rel=0.05)


@pytest.mark.parametrize("through", NAMES)
def test_a_picture_does_not_depend_on_its_neighbours(through: str, guide: WorldGuide) -> None:
    other = "a small blue house, in the snow"
    *_, alone = steering.steer(PROMPT, through, guide=guide, steps=2, seed=5)
    *_, both = steering.steer([other, PROMPT], through, guide=guide, steps=2, seed=[4, 5])
    np.testing.assert_allclose(both.picture[1], alone.picture, atol=2e-3)
    *_, again = steering.steer(PROMPT, through, guide=guide, steps=2, seed=5)
    assert np.array_equal(again.picture, alone.picture)


def test_of_many_starts_the_nearest_is_steered() -> None:
    generator = Plane()
    generator.starts = 64
    first = next(steering.steer("green", generator, guide=Mean(), seed=3))
    once = next(steering.steer("green", Plane(), guide=Mean(), seed=3))
    assert first.cosine > max(0.9, once.cosine)  # type: ignore[call-overload]


def test_a_negative_prompt_counts_half_and_against() -> None:
    guide = Mean()
    seen = torch.tensor([[0.6, 0.8, 0.0]])[:, :, None, None].expand(1, 3, 4, 4)
    plain, away = (Wish(guide, ["red"], [text]) for text in ("", "green"))
    assert plain.score(seen).item() == pytest.approx(0.6, abs=1e-4)
    assert away.score(seen).item() == pytest.approx(0.6 - AWAY * 0.8, abs=1e-4)
    assert away.cosine(seen).item() == pytest.approx(0.6, abs=1e-4)


def test_rivals_differ_in_one_word_that_was_said(guide: WorldGuide) -> None:
    assert len(guide.rivals("a cat")) == 15 and "a cat" not in guide.rivals("a cat")
    assert "a red house, at night" in guide.rivals("a red cat, at night")
    assert len(guide.rivals("a red cat, at night")) == 15 + 5 + 3
    assert "赤い家" in guide.rivals("赤い猫")
    wish = Wish(guide, [PROMPT], [""], contrast=0.5)
    real = guide.draw_real(PROMPT, 2)
    wrong = guide.draw_real("a large red house, in the middle, at night, plain", 2)
    with torch.no_grad():
        assert wish.score(real[:1]).item() > wish.score(wrong[:1]).item()


def test_real_pictures_show_what_is_said(guide: WorldGuide) -> None:
    real = guide.draw_real("a red cat, at night", 6)
    seen = [logits.argmax(1) for logits in models.load("judge")(real)]
    assert (seen[0] == 0).all() and (seen[1] == 0).all() and (seen[4] == 0).all()
    assert 0.1 < guide.cosine_of_real(PROMPT) < 0.5


def test_a_siren_is_one_network_at_every_size() -> None:
    siren = Siren()
    weights = siren.start([torch.Generator().manual_seed(0)])
    small, large = siren.paint(weights), siren.paint_large(weights, 320)
    torch.testing.assert_close(F.avg_pool2d(large, 5), small, atol=2e-2, rtol=0)
    middles = places(3)
    assert middles[0].tolist() == pytest.approx([-2 / 3, -2 / 3]) and middles[5].tolist() == pytest.approx(
        [2 / 3, 0]
    )
    waves = siren.layers(weights, middles)
    assert [one.shape[-1] for one in waves] == [32, 32, 32, 3]
    by_hand = torch.sin(10 * (middles[4] @ weights[0][0] + weights[1][0, 0]))
    torch.testing.assert_close(waves[0][0, 4], by_hand)


@pytest.mark.parametrize("through", ["pixels", "siren", "latent"])
def test_an_init_image_is_where_it_begins(through: str, guide: WorldGuide) -> None:
    real = (
        guide.draw_real("a large yellow star, in the middle, at night, plain", 1)[0].permute(1, 2, 0).numpy()
    )
    first = next(steering.steer(PROMPT, through, guide=guide, init_image=real))
    off = np.sqrt(np.square(first.picture - real).mean())
    assert off < (0.1 if through == "siren" else 0.06)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"prompt": "a red dragon"}, "does not know the word 'dragon'"),
    ({"prompt": "赤い龍"}, "does not know '龍'"),
    ({"prompt": "a red cat left of a blue house"}, "steers towards one thing; .* names two, cat and house"),
    ({"prompt": ""}, "names nothing"),
    ({"prompt": []}, "prompt: an empty list"),
    ({"negative_prompt": "a drgon"}, "does not know the word 'drgon'"),
    ({"seed": -1}, "seed is a whole number from 0"),
    ({"seed": []}, "from 1 to 256 pictures"),
    ({"steps": 0}, "steps is a whole number from 1 to 10000, got 0"),
    ({"steps": 2.5}, "steps is a whole number, got 2.5"),
    ({"through": "pixel"}, "no generator 'pixel'; nearest: 'pixels'"),
    ({"through": 3}, "through is a name or a Generator"),
    ({"guide": "judge"}, "no CLIP"),
    ({"guide": "clip-gude"}, "nearest: 'clip', 'clip-guide'"),
    ({"guide": 3}, "guide is a Guide, a CLIP or the name of one, got int"),
    ({"init_image": np.full((8, 8, 3), 2.0)}, "values 0..1 wanted"),
    ({"init_image": "nowhere.png"}, "there is no picture nowhere.png"),
]


@pytest.mark.parametrize(("wrong", "says"), BAD)
def test_mistakes_are_one_line_before_anything_runs(
    wrong: dict[str, Any], says: str, guide: WorldGuide
) -> None:
    options = {"prompt": PROMPT, "guide": guide, **wrong}
    with pytest.raises(UserError, match=says):
        steering.steer(options.pop("prompt"), **options)


@pytest.mark.parametrize("side", [0, 4096])
def test_sizes_out_of_range(side: int) -> None:
    weights = Siren().start([torch.Generator()])
    with pytest.raises(UserError, match=f"from 1 to 2048 pixels a side, not {side}"):
        Siren().paint_large(weights, side)


def test_what_a_generator_cannot_do_it_says() -> None:
    for name in ("pixels", "latent"):
        with pytest.raises(UserError, match=f"{name} paints 64×64 pixels and no other size"):
            resolve_generator(name).paint_large([], 128)
        with pytest.raises(UserError, match="no SVG"):
            resolve_generator(name).to_svg([])


def test_a_slope_that_is_not_finite_is_said() -> None:
    class Explodes(Mean):
        def embed_pictures(self, pictures: Tensor) -> Tensor:
            return super().embed_pictures(pictures) / (pictures[:, 1].mean() > 0.2)

    with pytest.raises(UserError, match=r"after \d steps the objective or its slope is not a finite number"):
        list(steering.steer("red", Plane(), guide=Explodes(), steps=50))


def test_a_guide_without_rivals_is_followed_by_its_cosine_alone() -> None:
    generator = Plane()
    generator.contrast = 0.5
    walks = [list(steering.steer("red", one, guide=Mean(), steps=3)) for one in (generator, Plane())]
    np.testing.assert_array_equal(*(walk[-1].picture for walk in walks))


def test_embeddings_must_have_length_one() -> None:
    class Long(Mean):
        def embed_texts(self, texts: Sequence[str]) -> Tensor:
            return 2 * super().embed_texts(texts)

    with pytest.raises(UserError, match="not of length 1"):
        steering.steer("red", Plane(), guide=Long())


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("seed", [3, [3, 4]])
def test_an_interrupted_run_ends_with_the_same_bytes(seed: Any, tmp_path: Path) -> None:
    def run(name: str) -> Iterator[steering.SteeringStep]:
        return steering.steer("red", Plane(), guide=Mean(), steps=4, seed=seed, out=tmp_path / name)

    whole = list(run("whole"))
    for stop in (0, 1, 3):
        torn = run("torn")
        for _ in range(stop + 1):
            next(torn)
        torn.close()  # type: ignore[attr-defined]
        assert len([*(tmp_path / "torn" / "steps").glob("*.npz")]) == stop + 1
    again = list(run("torn"))
    assert files(tmp_path / "torn") == files(tmp_path / "whole")
    for one, other in zip(whole, again, strict=True):
        assert np.array_equal(one.picture, other.picture) and np.array_equal(one.cosine, other.cosine)
        assert np.array_equal(one.slope, other.slope) and one.step == other.step
    name = "00004.png" if seed == 3 else "001/00004.png"
    assert name in files(tmp_path / "whole")


def test_a_damaged_run_is_mended(tmp_path: Path) -> None:
    def run() -> list[steering.SteeringStep]:
        return list(steering.steer("red", Plane(), guide=Mean(), steps=4, seed=1, out=tmp_path))

    run()
    whole = files(tmp_path)
    (tmp_path / "00001.png").write_bytes(b"no picture")
    (tmp_path / "00002.png").unlink()
    step = tmp_path / "steps" / "00003.npz"
    step.write_bytes(step.read_bytes()[:-40])
    run()
    assert files(tmp_path) == whole


def test_a_folder_of_another_run_is_refused(tmp_path: Path) -> None:
    def run(prompt: str, generator: Generator | None = None, folder: str = "run", **options: Any) -> None:
        list(steering.steer(prompt, generator or Plane(), guide=Mean(), out=tmp_path / folder, **options))

    run("red")
    other = Plane()
    other.views = 2
    for wrong, says in (
        ({"prompt": "blue"}, 'its prompt is "red", not "blue"'),
        ({"prompt": "red", "steps": 5}, "its steps is 4, not 5"),
        ({"prompt": "red", "generator": other}, "its through is"),
    ):
        with pytest.raises(UserError, match=says):
            run(**wrong)  # type: ignore[arg-type]
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UserError, match="holds other files"):
        run("red", folder="full")
    with pytest.raises(UserError, match="is a file"):
        run("red", folder="file")
