"""The diffusion film: its pictures are the sampler's, in the beats and in the decoded film; its sums hold."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch

from nnanim import text_to_image, theme
from nnanim.beats import Beat, Story
from nnanim.errors import UserError
from nnanim.layout import place_story
from nnanim.marks import Frame, Grid, Picture
from nnanim.models.painter import Painter
from nnanim.movie.render import render
from nnanim.scene import loader
from nnanim.stories.diffusion import NAMES, diffusion, join, part
from nnanim.stories.diffusion.steering import SHOWN, strongest_words
from nnanim.style import RenderStyle
from nnanim.timeline import Take, takes
from nnanim.trace import Trace

SMALL = {"STEPS": 4, "MANY": 6, "FEW": 3, "INSIDE": 1, "SEEDS": (1, 2), "SCALES": (0.0, 3.0)}
DARK = theme.by_name("dark")


@pytest.fixture(scope="module")
def scene() -> Iterator[Any]:
    """The scene, with fewer steps."""
    kind = loader.load("diffusion")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SMALL.items():
            patch.setattr(sys.modules[kind.__module__], name, value)
        yield kind


@pytest.fixture(scope="module")
def module(scene: Any) -> Any:
    return sys.modules[scene.__module__]


@pytest.fixture(scope="module")
def trace(scene: Any) -> Trace:
    return scene.example(object.__new__(scene))


@pytest.fixture(scope="module")
def story(trace: Trace) -> Story:
    return Story.from_beats(diffusion(trace), "Diffusion", trace.provenance)


@pytest.fixture(scope="module")
def own(module: Any) -> list[Any]:
    """The sampler's steps, asked for anew and in another way."""
    return Painter.load().steps([module.SENTENCE["en"]], [module.SEED], steps=4, guidance=module.GUIDANCE)


def pixels(latents: torch.Tensor) -> np.ndarray:
    with torch.no_grad():
        return Painter.load().vae.decode(latents)[0].permute(1, 2, 0).numpy()


def states(beat: Beat, key: str) -> list[Any]:
    return list(beat.motion.states[key])  # type: ignore[union-attr]


def tiles(mark: Picture) -> np.ndarray:
    """(4, 8, 8) the channels that stand side by side in a picture of latents."""
    return np.stack([mark.pixels[y : y + 8, x : x + 8] for y in (0, 9) for x in (0, 9)])


# The numbers of the beats


def test_the_pictures_of_the_way_back_are_the_samplers(story, own):
    beat = story.beat("reverse")
    now, expected = states(beat, "picture"), states(beat, "expected")
    assert len(now) == len(expected) == len(own) + 1
    for shown, guessed, step in zip(now, expected, own, strict=False):
        np.testing.assert_allclose(shown.pixels, pixels(step.noisy), atol=1e-4)
        np.testing.assert_allclose(guessed.pixels, pixels(step.x0), atol=1e-4)
    np.testing.assert_allclose(now[-1].pixels, pixels(own[-1].x0), atol=1e-4)
    np.testing.assert_array_equal(now[-1].pixels, story.beat("question")["picture"].pixels)


def test_latents_in_the_machine_are_the_samplers(story, own):
    beat = story.beat("machine-unet")
    for shown, step in zip(states(beat, "x"), own, strict=False):
        np.testing.assert_allclose(tiles(shown), step.noisy[0], atol=1e-4)
    np.testing.assert_allclose(tiles(states(beat, "x")[0]), own[0].noisy[0], atol=1e-6)
    for shown, step in zip(states(beat, "picture"), own, strict=False):
        np.testing.assert_allclose(shown.pixels, pixels(step.noisy), atol=1e-4)


def test_the_curve_is_the_schedule_and_the_point_stands_on_it(story):
    late = 0.008

    def schedule(time: float) -> float:
        """Nichol and Dhariwal 2021, equation 17."""
        return (
            math.cos((time + late) / (1 + late) * math.pi / 2) / math.cos(late / (1 + late) * math.pi / 2)
        ) ** 2

    curves = states(story.beat("forward"), "schedule")
    np.testing.assert_allclose(curves[0].y[0], [max(schedule(t), 1e-5) for t in curves[0].x], atol=1e-5)
    for curve in curves:
        assert curve.point[1] == pytest.approx(max(schedule(curve.point[0]), 1e-5), abs=1e-5)
    assert [curves[0].point[0], curves[-1].point[0]] == [0, 1]


def test_the_jump_adds_up_with_the_numbers_on_the_screen(story):
    beat = story.beat("jump")
    signal, noise = (float(beat[key].words.removesuffix(" ×")) for key in ("signal", "much"))
    assert signal**2 + noise**2 == pytest.approx(1, abs=0.02)
    sum_ = signal * tiles(beat["x0"]) + noise * tiles(beat["noise"])
    np.testing.assert_allclose(tiles(beat["x"]), sum_, atol=0.05)
    at = [np.allclose(tiles(one), tiles(beat["x"])) for one in states(story.beat("forward"), "x")].index(True)
    level = states(story.beat("forward"), "schedule")[at].point[1]
    assert signal == pytest.approx(math.sqrt(level), abs=0.006)


def test_the_error_is_the_guess_less_the_true_noise(story):
    beat = story.beat("guess")
    error = tiles(beat["guess"]) - tiles(beat["noise"])
    np.testing.assert_allclose(tiles(beat["error"]), error, atol=1e-5)
    assert beat["loss"].words["en"].endswith(f"{np.square(error).mean():.2f}")


def test_attention_maps_are_of_the_words_that_are_looked_at_most(story, trace):
    for step in trace["cross"][:, 0]:
        np.testing.assert_allclose(step.sum(axis=-1), 1, atol=1e-5)
    beat, words = story.beat("looks"), trace.provenance["words"][0]
    maps = [mark for mark in beat.marks if isinstance(mark, Grid)]
    mean = trace["cross"][:, 0].mean(axis=0)
    for one in maps:
        np.testing.assert_allclose(one.values, mean[..., words.index(one.label)], atol=1e-6)
    others = [i for i, word in enumerate(words) if word.isalpha() and word not in [m.label for m in maps]]
    assert min(one.values.max() for one in maps) >= mean[..., others].max()
    tokens = beat["words"]
    assert [tokens.words[i] for i in tokens.highlight] == [one.label for one in maps]
    assert [tokens.words[beat.born[one.key].part] for one in maps] == [one.label for one in maps]


def test_guidance_0_is_the_model_without_words(story, module):
    shown = states(story.beat("guidance"), "scale-0")
    steps = text_to_image.generate("", seed=module.SEED, num_inference_steps=4, guidance_scale=1.0)
    for mark, step in zip(shown[1:], steps, strict=True):
        np.testing.assert_allclose(mark.pixels, step.picture, atol=1e-4)


def test_seeds_and_styles_are_painted_as_they_are_named(story, module):
    seed = states(story.beat("seeds"), "seed-1")[-1]
    options = {"num_inference_steps": 4, "guidance_scale": module.GUIDANCE}
    made = text_to_image.generate_picture(module.SHORT["en"], seed=module.SEEDS[1], **options)
    np.testing.assert_allclose(seed.pixels, made, atol=1e-4)
    for at, (old, new) in enumerate(module.SWAPS["en"], start=1):
        shown = states(story.beat("style"), f"said-{at}")[-1]
        sentence = module.SENTENCE["en"].replace(old, new)
        made = text_to_image.generate_picture(sentence, seed=module.SEED, **options)
        np.testing.assert_allclose(shown.pixels, made, atol=1e-4)
        assert shown.label == f"{old.split()[-1]} → {new.split()[-1]}"


def test_all_sentences_begin_with_one_noise(story):
    noise = story.beat("swap")["picture"].pixels
    for key in story.beat("style").motion.states:
        np.testing.assert_array_equal(states(story.beat("style"), key)[0].pixels, noise)


def test_words_that_change_are_ringed(story, module):
    words = story.beat("swap")["words"]
    assert [words.words[i] for i in words.highlight] == ["cat", "meadow", "striped"]
    shown = {old.split()[-1] for old, _ in module.SWAPS["en"]}
    assert shown == {words.words[i] for i in words.highlight}


def test_a_prompt_without_what_is_swapped_loses_its_last_phrase(module):
    prompts, labels, changed = module.others("a pink unicorn, neon", module.SWAPS["en"])
    assert prompts == ["a pink unicorn"] and changed == ["neon"] and len(labels) == 2
    assert module.others("a house", module.SWAPS["en"])[0] == []


@pytest.mark.parametrize(("key", "steps"), [("ddpm", 6), ("ddim", 3)])
def test_the_two_samplers_are_what_they_are_called(story, module, key, steps):
    shown = states(story.beat("samplers"), key)
    made = text_to_image.generate(
        module.SENTENCE["en"], seed=module.SEED, sampler=key, num_inference_steps=steps,
        guidance_scale=module.GUIDANCE,
    )  # fmt: skip
    each = (len(shown) - 1) // steps
    for mark, step in zip(shown[each::each], made, strict=True):
        np.testing.assert_allclose(mark.pixels, step.picture, atol=1e-4)


def test_stages_of_the_unet_are_its_tensors(story, trace):
    beat = story.beat("unet")
    for name in ("conv_in", "mid_attention_2", "up_block_2"):
        values = trace[f"unet.{name}"][0]
        share = beat[name].pixels * np.abs(values).max()
        shown = share[: values.shape[1], : values.shape[2]]
        assert min(np.abs(shown - channel).max() for channel in values) < 1e-5, name


# The film


def test_what_comes_from_a_mark_that_is_left_out_simply_enters(trace):
    """Without the beats between, nothing is born out of what never stood there."""
    left = {name for name in trace if name.startswith(("seeds/", "style/"))}
    less = {name: trace[name] for name in trace if name not in left}
    fewer = Trace.of(less, axes={n: trace.axes(n) for n in less}, provenance=trace.provenance)
    beats = {beat.id: beat for beat in Story.from_beats(diffusion(fewer), "Diffusion").beats}
    assert "style" not in beats and "picture" not in beats["looks"].born
    assert "map-0" in beats["looks"].born


def test_decoded_frames_show_the_samplers_pictures(scene, story, own, tmp_path):
    class Short(scene):  # type: ignore[misc, valid-type]
        def takes(self, *args: Any) -> list[Take]:
            return [take for take in super().takes(*args) if take.beat.id == "reverse"]

    film = render(Short, loader.path("diffusion"), ["-ql", "--media_dir", str(tmp_path)], story=story)
    with av.open(str(film.path)) as source:
        seen = np.stack([frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)]) / 255
    take = next(take for take in takes(story, RenderStyle(DARK, "en")) if take.beat.id == "reverse")
    start = sum(phase.seconds for phase in take.phases[: [p.name for p in take.phases].index("motion")])
    motion = take.beat.motion
    for key, wanted in (
        ("picture", [*(pixels(one.noisy) for one in own), pixels(own[-1].x0)]),
        ("expected", [*(pixels(one.x0) for one in own), pixels(own[-1].x0)]),
    ):
        for at in range(len(wanted)):
            holds = motion.holds  # type: ignore[union-attr]
            share = (sum(holds[:at]) + holds[at] / 2) / sum(holds)
            frame = seen[round((start + share * motion.seconds) * 15)]  # type: ignore[union-attr]
            gaps = [np.abs(read(frame, take.frame, key) - other).mean() for other in wanted]
            assert gaps[at] < 0.03, f"{key} after {at} steps"
            assert gaps[at] == min(gaps), f"{key} after {at} steps shows another step"


def read(frame: np.ndarray, placed: Frame, key: str) -> np.ndarray:
    """(64, 64, 3) the colours in the middle of each pixel of a picture in a decoded frame."""
    one, (high, wide) = placed[key], frame.shape[:2]
    ticks = (np.arange(64) + 0.5) / 64 - 0.5
    x = ((one.x + ticks * one.w) / placed.style.width + 0.5) * wide
    y = (0.5 - (one.y - ticks * one.h) / placed.style.height) * high
    return frame[np.floor(y).astype(int)[:, None], np.floor(x).astype(int)]


# The layout


@pytest.fixture(scope="module")
def placed(story) -> dict[str, Frame]:
    return {frame.id: frame for frame in place_story(story, RenderStyle(DARK, "en"))}


def test_skips_run_level_from_the_way_down_to_the_way_up(placed):
    frame = placed["unet"]
    for name in ("conv_in", "down_attention"):
        link = frame[f"skip-{name}"].mark
        source, target = frame[link.source], frame[link.target]
        assert source.y == pytest.approx(target.y, abs=1e-6) and source.x < target.x
    levels = [frame[name].y for name in ("conv_in", "down_attention", "mid_attention_2")]
    assert levels[0] > levels[1] > levels[2]
    assert frame["mid_attention_2"].w < frame["conv_in"].w


def test_pairs_are_of_one_size_and_on_one_line(placed):
    for beat, keys in {
        "reverse": ("picture", "expected"),
        "samplers": ("ddpm", "ddim"),
        "style": ("said-0", "said-1", "said-2"),
        "guess": ("guess", "noise", "error"),
        "guidance": ("scale-0", "scale-3"),
    }.items():
        boxes = [placed[beat][key] for key in keys]
        assert len({(round(one.y, 6), round(one.w, 6), round(one.h, 6)) for one in boxes}) == 1, beat
        assert [one.x for one in boxes] == sorted(one.x for one in boxes)
        assert all(one.w == pytest.approx(one.h) for one in boxes)


def test_a_map_is_as_high_as_its_picture(placed):
    frame = placed["looks"]
    maps = [frame[key] for key in frame.placed if key.startswith("map-")]
    assert {(round(one.y, 6), round(one.h, 6)) for one in maps} == {
        (round(frame["picture"].y, 6), round(frame["picture"].h, 6))
    }


# Other traces


IDS = ["question", "noise", "reverse", "looks", "machine-unet", "answer"]


def test_a_painting_alone_tells_what_it_holds():
    trace = text_to_image.record_generation("a cat", num_inference_steps=2)
    story = Story.from_beats(diffusion(trace), "Diffusion", trace.provenance)
    assert [beat.id for beat in story.beats] == [*IDS, "card"]
    with pytest.raises(UserError, match="the part 'forward' needs what the trace does not hold"):
        list(part("forward", trace))


@pytest.mark.parametrize("name", NAMES)
def test_every_part_can_be_told_by_itself(name, trace, story):
    beats = list(part(name, trace))
    whole = {beat.id: beat for beat in story.beats}
    assert beats and all(whole[beat.id] == beat for beat in beats)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    pytest.importorskip("diffusers")
    pytest.importorskip("transformers")
    from nnanim.text_to_image.hf.loading import silence_libraries
    from tests import tiny_pipeline

    with silence_libraries():
        return tiny_pipeline.saved(tmp_path_factory.mktemp("pipeline") / "sd")


@pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_pipeline_in_a_folder_has_a_film(scene, folder, lang):
    own = scene.without_renderer({"hf": str(folder), "sentence": "a large red cat, at night"})
    trace = own.example()
    story = Story.from_beats(own.story(trace), "Diffusion", trace.provenance)
    found = [beat.id for beat in story.beats]
    assert found == [
        "question",
        *("latents", "forward", "jump", "guess"),
        *("noise", "reverse", "seeds"),
        *("swap", "style", "looks", "guidance"),
        *("machine-text", "machine-unet", "unet", "answer"),
        "card",
    ]
    assert len(place_story(story, RenderStyle(DARK, lang))) == len(found)
    maps = [mark for mark in story.beat("looks").marks if isinstance(mark, Grid)]
    assert all(one.values.min() >= 0 and one.values.max() <= 1 for one in maps)
    np.testing.assert_allclose(trace["cross"].sum(axis=-1), 1, atol=1e-4)
    last = states(story.beat("reverse"), "picture")[-1]
    made = text_to_image.generate_picture(
        "a large red cat, at night", seed=0, num_inference_steps=4, guidance_scale=3.0, backend=folder
    )
    np.testing.assert_allclose(last.pixels, made, atol=1e-4)


def test_a_unet_of_four_levels_fits(trace):
    arrays = {name: trace[name] for name in trace if not name.startswith("unet.")}
    for i, (channels, side) in enumerate([(320, 32), (640, 16), (1280, 8), (1280, 8)]):
        arrays[f"unet.down_blocks.{i}"] = np.ones((1, channels, side, side))
        arrays[f"unet.up_blocks.{3 - i}"] = np.ones((1, channels, side, side))
    arrays |= {"unet.mid_block": np.ones((1, 1280, 8, 8)), "unet.conv_out": np.ones((1, 4, 64, 64))}
    large = Trace.of(
        arrays, axes={n: trace.axes(n) for n in arrays if n in trace}, provenance=trace.provenance
    )
    story = Story.from_beats(part("machine", large), "Diffusion")
    for lang in ("en", "ja"):
        frames = {frame.id: frame for frame in place_story(story, RenderStyle(DARK, lang))}
        frame = frames["unet"]
        assert frame["down_blocks.0"].y == pytest.approx(frame["up_blocks.3"].y, abs=1e-6)


def test_marks_and_signs_have_no_map():
    attention = np.random.default_rng(0).dirichlet(np.ones(12), (4, 4))
    words = ("<|startoftext|>", "a", *(f"word{i}" for i in range(8)), ",", "<|endoftext|>")
    attention[..., [0, 10, 11]] += 1.0
    found = strongest_words(words, attention)
    assert len(found) == SHOWN and found == sorted(found) and all(1 <= i <= 9 for i in found)
    peaks = attention.max(axis=(0, 1))
    assert min(peaks[found]) >= max(peaks[i] for i in range(1, 10) if i not in found)


# Mistakes


def test_mistakes_are_told_in_one_line(scene, trace):
    with pytest.raises(UserError, match=r"of no generation; text_to_image\.record_generation makes one"):
        list(diffusion(Trace.of({"input": np.zeros((1, 2))})))
    with pytest.raises(UserError, match="no part 'seed'; nearest: 'seeds'"):
        join(trace, {"seed": trace})
    with pytest.raises(UserError, match="no part 'word'; nearest: 'words'"):
        list(part("word", trace))
    with pytest.raises(UserError, match=r"'unicron'.*'unicorn'"):
        scene.without_renderer({"sentence": "a purple unicron"}).example()
