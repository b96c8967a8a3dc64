"""The VAE film: every picture on the screen is the decoder's, computed here by itself with torch."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
import torch

from nnanim import models, theme
from nnanim.beats import Story
from nnanim.data import digits, world
from nnanim.errors import UserError
from nnanim.film import manifest
from nnanim.layout import place_story
from nnanim.marks import digest
from nnanim.marks.common import cell_boxes
from nnanim.models.digits_vae import divergence
from nnanim.models.latents import find_gaps, latents
from nnanim.movie.render import render
from nnanim.scene import loader
from nnanim.stories.vae import vae
from nnanim.stories.vae.journeys import tile_pictures
from nnanim.stories.vae.squeeze import block
from nnanim.style import RenderStyle
from nnanim.timeline import takes
from nnanim.trace import Trace

DARK = theme.by_name("dark")


@pytest.fixture(scope="module")
def scene() -> Any:
    return loader.load("vae")


@pytest.fixture(scope="module")
def trace(scene: Any) -> Trace:
    return scene.example(object.__new__(scene))


@pytest.fixture(scope="module")
def story(scene: Any, trace: Trace) -> Any:
    beats = object.__new__(scene).story(trace)
    return Story.from_beats(beats, scene.title, trace.provenance)


@pytest.fixture(scope="module")
def truth() -> Any:
    """The models and the held-out digits, without anything of the film."""
    _, held_out = digits.split()
    x = torch.from_numpy(digits.images(held_out) / 16).float().flatten(1)
    names = {"plain": "digits-autoencoder", "vae": "digits-vae", "world": "world-vae"}
    return SimpleNamespace(x=x, held_out=held_out, **{key: models.load(name) for key, name in names.items()})


def decoded(model: Any, z: Any) -> np.ndarray:
    with torch.no_grad():
        z = z if isinstance(z, torch.Tensor) else torch.tensor(np.array(z))
        made = model.decode(z.float().reshape(-1, 2))
    return made.numpy().reshape(-1, 8, 8)


def close(a: Any, b: Any, atol: float = 1e-5) -> None:
    first, second = (one.numpy() if isinstance(one, torch.Tensor) else np.asarray(one) for one in (a, b))
    np.testing.assert_allclose(first, second, atol=atol)


def test_the_layers_are_the_autoencoders(story, trace, truth):
    at = int(trace["start"])
    h = truth.x[at : at + 1]
    with torch.no_grad():
        for i, layer in enumerate(truth.plain.encoder):
            h = layer(h)
            if i % 2:
                shares = block(h[0].numpy() / np.abs(h[0].numpy()).max())
                close(story.beat("encoder")[f"encoder.{i}"].values, shares)
        z = truth.plain.point(h)
    close(story.beat("encoder")["two"].values[:, 0], z[0])
    close(story.beat("two")["z"].values, z[0])
    close(story.beat("decoder")["rebuilt"].pixels, decoded(truth.plain, z)[0])
    close(story.beat("numbers")["numbers"].values, truth.x[at].reshape(8, 8))


def test_what_passes_the_two_neurons_adds_up(story, truth):
    beat = story.beat("two")
    into, out = beat.motion.flows
    with torch.no_grad():
        close(into.contributions.sum(1) + truth.plain.point.bias.numpy(), beat["z"].values, 1e-4)
        h = torch.from_numpy(out.contributions.sum(1)).float() + truth.plain.decoder[0].bias
        close(torch.nn.functional.silu(h), beat["out"].values, 1e-4)


def test_the_maps_show_every_held_out_digit_that_lies_in_their_plane(story, truth):
    with torch.no_grad():
        points = truth.plain.encode(truth.x)
        mean, deviation = truth.vae.encode(truth.x)
    for name in ("map", "gaps", "guess"):
        plain = story.beat(name)["plain"]
        low, high = np.array(plain.limits).T
        inside = ((points.numpy() >= low) & (points.numpy() <= high)).all(axis=1)
        close(plain.points[: plain.count], points[inside], 1e-4)
        assert plain.of == len(points) and plain.count == inside.sum() > 0.98 * len(points)
        assert str(plain.count) in plain.note["en"] and str(plain.of) in plain.note["en"]
    clouds = story.beat("clouds")["map"]
    close(clouds.points, mean)
    close(clouds.spreads, deviation)
    assert list(clouds.groups) == digits.labels(truth.held_out).tolist()


def test_stragglers_leave_the_map_no_large_margin(story):
    plain = story.beat("map")["plain"]
    points = plain.points[: plain.count]
    bulk = np.percentile(points, 97, axis=0) - np.percentile(points, 3, axis=0)
    assert (bulk > 0.45 * np.ptp(plain.limits, axis=1)).all()


def test_the_gaps_are_empty_and_decoded(story, trace, truth):
    found = story.beat("guess")
    places = trace["gaps"]
    close(found["plain"].points[-len(places) :], places)
    for name, picture in zip("ABC", decoded(truth.plain, places), strict=True):
        close(found[f"gap-{name}"].pixels, picture)
    size = np.ptp(trace["points"], axis=0)
    for place in places:
        apart = np.hypot(*((trace["points"] - place) / size).T)
        assert apart.min() > 0.1


def test_draws_are_mean_plus_deviation_times_noise(story, trace, truth):
    at = int(trace["start"])
    noise = torch.randn(6, 2, generator=torch.Generator().manual_seed(trace.provenance["seed"])).numpy()
    with torch.no_grad():
        mean, deviation = (values.numpy() for values in truth.vae.encode(truth.x[at : at + 1]))
    beat = story.beat("draws")
    close(trace["noise"], noise, 1e-7)
    close(beat["map"].points[1:], mean + deviation * noise, 1e-6)
    for k, picture in enumerate(decoded(truth.vae, mean + deviation * noise)):
        close(beat[f"drawn-{k}"].pixels, picture)
    # As many decimals as the sum needs to be right as it is written.
    for place in (0, 1):
        shown = [mark.parts[1] for mark in beat.motion.states[f"formula-{place + 1}"]]
        for text, ε in zip(shown, noise[:, place], strict=True):
            assert text.strip("()") in [f"{ε:.{digits}f}" for digits in (2, 3, 4)]


def test_the_film_of_the_training_is_the_recorded_one(story, truth):
    training = models.training("digits-vae")
    apart, pull = (story.beat(name).motion.states for name in ("apart", "pull"))
    maps = [*apart["map"], *pull["map"][1:]]
    assert len(maps) == len(training["step"])
    for mark, mean, deviation in zip(maps, training["mean"], training["deviation"], strict=True):
        close(mark.points, mean, 1e-7)
        close(mark.spreads, deviation, 1e-7)
    close(pull["curves"][-1].y, [training["error"], training["divergence"]])
    assert pull["curves"][-1].drawn == len(maps) and "0.00" in apart["step"][-1].words["en"]
    with torch.no_grad():
        close(maps[-1].points, truth.vae.encode(truth.x)[0], 1e-3)


def test_the_divergence_pulls_the_clouds_together():
    training = models.training("digits-vae")
    spread = [np.abs(points).max() for points in training["mean"]]
    widest = int(np.argmax(spread))
    assert training["weight"][widest] < 0.05 and spread[-1] < 0.5 * spread[widest]
    mean, deviation = (torch.from_numpy(training[name].copy()) for name in ("mean", "deviation"))
    kl = divergence(mean, deviation).mean(1).numpy()
    assert kl[-1] < 0.5 * kl.max()


def test_the_decoder_draws_every_step_of_the_walk(story, trace, truth):
    motion = story.beat("walk").motion
    with torch.no_grad():
        mean = truth.vae.encode(truth.x)[0].numpy()
    ends = mean[[int(trace["start"]), int(trace["end"])]]
    path = ends[0] + np.linspace(0, 1, 41)[:, None] * (ends[1] - ends[0])
    for k, picture in enumerate(decoded(truth.vae, path)):
        close(motion.states["map"][k].points[-1], path[k])
        close(motion.states["decoded"][k].pixels, picture)
    says = story.beat("walk").says
    assert "from a 3 to an 8" in says["en"] and "3 から 8" in says["ja"]


def test_the_sheet_covers_the_map_of_all_clouds(story, truth):
    with torch.no_grad():
        mean, deviation = (values.numpy() for values in truth.vae.encode(truth.x))
    beat = story.beat("sheet")
    window = np.array(beat["map"].limits)
    assert (window[:, 0] <= (mean - deviation).min(0)).all() and (
        window[:, 1] >= (mean + deviation).max(0)
    ).all()
    assert (window[:, 0] + 0.5 > (mean - deviation).min(0)).all() and (window % 0.5 == 0).all()
    for name in ("clouds", "walk"):
        assert story.beat(name)["map"].limits == beat["map"].limits


def test_the_sheet_is_decoded_where_it_stands(story, truth):
    beat = story.beat("sheet")
    (left, right), (bottom, top) = beat["map"].limits
    ticks = (
        left + (np.arange(22) + 0.5) / 22 * (right - left),
        top - (np.arange(8) + 0.5) / 8 * (top - bottom),
    )
    pictures = decoded(truth.vae, np.stack(np.meshgrid(*ticks), -1)).reshape(8, 22, 8, 8)
    whole = beat["sheet"]
    close(whole.pixels, tile_pictures(pictures))
    close(whole.pixels[1:9, 1:9], pictures[0, 0])
    assert beat.motion.states["sheet"][-1] == whole
    # What is not decoded yet is a point of the map, what is decoded is none.
    for count, mark in enumerate(beat.motion.states["map"]):
        edge = top - count / 8 * (top - bottom)
        assert len(mark.points) == (story.beat("walk")["map"].points[:-1, 1] < edge).sum()


def test_colour_latents_and_their_share(story, truth, scene):
    thing = world.draw(world.labels(thing="cat", colour="red", background="meadow"), 7)
    with torch.no_grad():
        latent = truth.world.encode(torch.from_numpy(thing).permute(0, 3, 1, 2))[0]
        rebuilt = truth.world.decode(latent)[0].permute(1, 2, 0)
    beat = story.beat("colour")
    for channel in range(4):
        close(beat[f"latent-0-{channel}"].values, latent[0, channel], 1e-4)
    close(beat["rebuilt-0"].pixels, rebuilt, 1e-4)
    assert "takes 256: 1/48 of its 12,288." in beat.says["en"]
    assert sum(mark.key.startswith("rebuilt") for mark in story.beat("latents").marks) == 4


def test_the_digit_beside_the_colour_picture_is_lifted_out_of_the_sheet(story, truth):
    """It is drawn by the decoder of digits out of the two numbers that stand beside it, and by no other."""
    beat, sheet = story.beat("colour"), story.beat("sheet")["sheet"]
    digit = beat["digit"].pixels
    close(digit, decoded(truth.vae, beat["place"].values)[0])
    source = beat.born["digit"]
    assert source.key == "sheet"
    close(digit.ravel(), [sheet.pixels[at] for at in source.cells])
    assert not beat.gathers


def test_the_chain_lights_up_from_the_picture_to_the_picture(story):
    """The decoder is dark while the encoder works, and starts where that ended."""
    first, second = story.beat("encoder"), story.beat("decoder")
    assert [mark.key for mark in first.marks] == [mark.key for mark in second.marks]
    dark = {key: states[0] for key, states in second.motion.states.items() if key != "two"}
    assert all(digest(first[key]) == digest(state) for key, state in dark.items())
    assert not first["rebuilt"].pixels.any() and first["decoder.5"].mask.all()


def test_the_card_names_all_three_models(story):
    said = " ".join(
        mark.words if isinstance(mark.words, str) else mark.words["en"] for mark in story.beats[-1].marks
    )
    assert all(name in said for name in ("digits-vae", "digits-autoencoder", "world-vae", "seed 7"))


def test_gaps_lie_in_the_middle_of_what_is_empty():
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    ring = np.column_stack([5 * np.cos(turn), np.sin(turn)])
    close(find_gaps(ring, 1)[0], [0, 0], 1e-9)


def small(truth: Any, **options: Any) -> Trace:
    colours = world.draw(world.labels(), 0)
    pictures = truth.x[:20].reshape(-1, 8, 8).numpy()
    return latents(
        truth.plain, truth.vae, truth.world, pictures, colours, **{"start": 0, "end": 1, **options}
    )


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_other_numbers_can_be_told(truth, lang):
    trace = small(truth, draws=1, steps=2, sheet=(1, 3), gaps=1, seed=3)
    one = Story.from_beats(vae(trace, [3] * 20), "VAE", trace.provenance)
    assert [beat.id for beat in one.beats][-4:] == ["walk", "sheet", "colour", "card"]
    for width in (128 / 9, 32 / 3):
        assert len(place_story(one, RenderStyle(DARK, lang, width))) == len(one.beats)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"start": 20}, "start=20; there are 20 pictures"),
        ({"end": -1}, "end=-1; there are 20 pictures"),
        ({"draws": 0}, "draws=0; at least 1 wanted"),
        ({"steps": 1}, "steps=1; at least 2 wanted"),
        ({"sheet": (0, 3)}, r"sheet=\(0, 3\); \(rows, columns\), each at least 1 wanted"),
        ({"gaps": 9}, "gaps=9; 1 to 8 wanted"),
        ({"seed": -1}, "seed=-1; it is a whole number, 0 or more"),
    ],
)
def test_a_mistake_is_one_line(truth, options, says):
    with pytest.raises(UserError, match=f"^{says}$"):
        small(truth, **options)


def test_pictures_of_another_size_or_range_are_refused(truth):
    colours = world.draw(world.labels(), 0)
    models_ = (truth.plain, truth.vae, truth.world)
    for pictures, says in (
        (np.zeros((4, 9, 9)), r"pictures of shape \(4, 9, 9\); the models take 64 pixels"),
        (np.full((4, 8, 8), 16.0), r"a pixel is 16; ink is 0 to 1"),
        (np.full((4, 8, 8), np.nan), r"a pixel is nan; ink is 0 to 1"),
    ):
        with pytest.raises(UserError, match=says):
            latents(*models_, pictures, colours, start=0, end=1)


def test_a_digit_of_the_training_is_refused(truth):
    assert truth.held_out[digits.place_held_out(1170)] == 1170
    for index, near in ((1169, ""), (-5, "6"), (1797, "17")):
        says = f"^picture {index} of the digits is not held out; near it: {near}"
        with pytest.raises(UserError, match=says):
            digits.place_held_out(index)


class Earlier:
    """The recorded training of the VAE but for its last snapshot."""

    def __getitem__(self, name):
        return models.training("digits-vae")[name][:-1]


def test_a_story_refuses_what_does_not_belong_together(truth, trace):
    labels = digits.labels(truth.held_out)
    with pytest.raises(UserError, match="359 labels for 360 pictures"):
        list(vae(trace, labels[1:]))
    with pytest.raises(UserError, match="label 10; the maps have colours for 0 to 9"):
        list(vae(trace, labels + 1))
    with pytest.raises(UserError, match="the recorded training does not end at the VAE of this film"):
        list(vae(trace, labels, training=Earlier()))


def test_the_film_shows_the_decoders_pixels(scene, story, truth, trace, tmp_path: Path):
    class Short(scene):  # type: ignore[misc]
        def takes(self, *args: Any) -> list[Any]:
            return [take for take in super().takes(*args) if take.beat.id == "walk"]

    film = render(Short, loader.path("vae"), ["-ql", "--media_dir", str(tmp_path)], story=story)
    take = next(one for one in takes(story, RenderStyle(DARK, "en")) if one.beat.id == "walk")
    beat = manifest.read(film.path.with_name("Short.manifest.json"))["beats"][0]
    with av.open(str(film.path)) as source:
        shots = [frame.to_ndarray(format="gray") / 255 for frame in source.decode(video=0)]
    first, last = (round((t - beat["start"]) * 15) for t in beat["motion"])
    middles, size = cell_boxes(take.frame["decoded"], take.frame["decoded"].mark.cells)
    style, (high, wide) = take.frame.style, shots[0].shape
    assert size[0] * wide / style.width > 8
    columns = ((middles[..., 0] / style.width + 0.5) * wide).astype(int)
    rows = ((0.5 - middles[..., 1] / style.height) * high).astype(int)
    wanted = decoded(truth.vae, trace["walk"])
    for index in range(first + 2, last - 2, 5):
        state = round((index - first) / (last - first) * (len(wanted) - 1))
        seen = shots[index][rows, columns]
        apart = np.abs(wanted - seen).mean(axis=(1, 2))
        assert apart.min() < 0.02 and abs(int(apart.argmin()) - state) <= 2, f"frame {index}"
