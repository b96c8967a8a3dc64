"""The film of the caption loop: what is on the screen is what the run says, for every end and any folder."""

from __future__ import annotations

import json
import sys
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from nnanim.beats import Beat, Story
from nnanim.caption_loop.backends import ModelChoice, open_models
from nnanim.caption_loop.loop import LoopEnd, Round, caption_loop
from nnanim.data import doodles
from nnanim.errors import UserError
from nnanim.layout import place, place_story
from nnanim.marks import Cloud, Column, Curve, Link, Picture, Table, Text, modify
from nnanim.orientation import ORIENTATIONS
from nnanim.scene import loader
from nnanim.shapes import Raster
from nnanim.stories.loop import Later, LoopRun, LoopRuns, loop, pack, unpack
from nnanim.stories.loop.rows import ABREAST, home, sample
from nnanim.stories.loop.run import small
from nnanim.stories.loop.say import (
    break_at_phrases,
    columns,
    length,
    opening,
    shorten,
)
from nnanim.stories.loop.strip import choose_rounds
from nnanim.stories.loop.twins import differs, sooner
from nnanim.style import MARGIN, RenderStyle
from nnanim.theme import by_name
from nnanim.words import say

WORDS = (
    "a red cat, at night",
    "a red fish, at night",
    "a blue fish, on a meadow",
    "a blue boat, on a meadow",
)
LONG = (
    "an oil painting of an old fisherman with a pipe and a great many seagulls, standing on a wooden pier "
    "in front of a stormy sea, dramatic lighting, highly detailed, trending on artstation, by a great master"
)
CONFIG = {
    "seed": 3,
    "rounds": 20,
    "caption": "full",
    "noise": "fixed",
    "painter": {"name": "small", "guidance": 14.0},
}


def run(turns: str = "01231", side: int = 16, texts=WORDS, **changes) -> LoopRun:
    """A run whose prompts are those of ``texts`` in that order; made by the real loop."""
    rng = np.random.default_rng(5)
    pictures = rng.integers(0, 255, (len(texts), side, side, 3), dtype=np.uint8)
    pictures[:, :2] = np.arange(len(texts), dtype=np.uint8)[:, None, None, None]
    after = {texts[int(a)]: int(b) for a, b in pairwise(turns)}
    config = {**CONFIG, **changes}
    corner = {"upright": (0, 0), "upside down": (-1, -1), "reflected": (-1, 0), "mirrored": (0, -1)}
    row, column = corner[config.get("seen", "upright")]
    rounds = list(
        caption_loop(
            pictures[int(turns[0])], lambda prompt, seed: pictures[after.get(prompt, 0)],
            lambda picture: texts[int(picture[row, column, 0])], seed=3, max_rounds=max(len(turns) - 1, 1),
            noise=config["noise"], seen=config.get("seen", "upright"),
        )
    )  # fmt: skip
    return LoopRun.of(rounds, config)


def beats(one: LoopRun, **more) -> dict:
    story = Story.from_beats(loop(LoopRuns(one, **more)), {"en": "t", "ja": "t"}, {"model": "m", "seed": 3})
    for lang in ("en", "ja"):
        for width in (128 / 9, 12.8):
            assert len(place_story(story, RenderStyle(by_name("dark"), lang, width))) == len(story.beats)
    return {beat.id: beat for beat in story.beats}


def words(beat, lang="en") -> str:
    return "\n".join(say(mark.words, lang) for mark in beat.marks if isinstance(mark, Text))


def flat(text: str) -> str:
    """The text of a mark in one line."""
    return text.replace("、\n", "、").replace("\n", " ")


@pytest.fixture(scope="module")
def film() -> LoopRuns:
    """Runs of the scene's kind, with fresh noise: of five rounds whatever the models are."""
    around = sys.modules[loader.load("caption_loop").__module__].around
    asked = {"lang": "en", "seed": 9, "noise": "fresh", "rounds": 5, "seen": "reflected"}
    twins = (around("target", caption="first phrase", **asked),)
    return unpack(pack(LoopRuns(around("target", **asked), twins, (around("smiley", **asked),))))


def test_every_picture_and_sentence_on_the_screen_is_the_runs(film):
    shown = {"picture": set(), "seen": set()}
    for beat in loop(film):
        for mark in beat.marks:
            kind, _, number = mark.key.partition("-")
            if isinstance(mark, Picture) and kind in shown:
                pixels = film.main.pictures[int(number)]
                pixels = pixels[::-1] if kind == "seen" else pixels
                np.testing.assert_allclose(mark.pixels * 255, pixels, atol=1e-9)
                shown[kind].add(int(number))
            if kind == "told" and isinstance(mark, Text):
                assert flat(mark.words) in (number, f"{number} · {film.main.captions[int(number)]}")
            if kind == "said":
                prompt = film.main.prompts[int(number)]
                assert flat(mark.words) in (prompt, opening(prompt))
    assert shown["picture"] == shown["seen"] == set(range(film.main.last + 1))


@pytest.mark.parametrize("seen", ORIENTATIONS)
def test_what_the_captioner_sees_is_told_where_it_is_another_picture(seen):
    one = run("01231", seen=seen)
    assert (one.kind, one.orientation, one.is_turned) == ("cycle", seen, seen != "upright")
    told = beats(one)
    assert ("turns" in told) == one.is_turned
    for beat in told.values():
        keys = {mark.key for mark in beat.marks}
        assert any(key.startswith("seen-") for key in keys) <= one.is_turned
        if beat.id.startswith("strip"):
            pairs = {key.removeprefix("picture-") for key in keys if key.startswith("picture-")}
            assert {f"seen-{number}" in keys for number in pairs} == {one.is_turned}
    how = {
        "upside down": ("upside down", "逆立ち"),
        "reflected": ("water", "水"),
        "mirrored": ("mirror", "鏡"),
    }
    if one.is_turned:
        assert all(
            word in say(told["turns"].says, lang) for lang, word in zip(("en", "ja"), how[seen], strict=True)
        )


def test_pictures_of_the_strip_come_one_at_a_time_out_of_what_was_seen_before():
    told = beats(run("012345", texts=tuple(f"a thing {'i' * k}" for k in range(1, 7)), seen="mirrored"))
    strips = [beat for beat in told.values() if beat.id.startswith("strip")]
    assert [beat.id for beat in strips] == ["strip-3", "strip-4", "strip-5"]
    for number, beat in zip((3, 4, 5), strips, strict=True):
        assert {beat.born[key].key for key in (f"picture-{number}", f"seen-{number}")} == {
            f"seen-{number - 1}"
        }
    numbers = [sum(mark.key.startswith("picture-") for mark in beat.marks) for beat in strips]
    assert numbers == [4, 5, 5]


def test_the_picture_after_a_run_that_stands_still_is_the_one_that_is_shown():
    models = open_models(ModelChoice(steps=2))
    rounds = list(
        caption_loop(doodles.draw("smiley"), models.painter, models.captioners, seed=0, max_rounds=9)
    )
    one = LoopRun.of(rounds, {"seed": 0, **models.about})
    assert one.kind == "fixed point"
    np.testing.assert_array_equal(models.painter(one.prompts[-1], seed=0), one.pictures[-1])


def test_the_scene_keeps_its_runs_in_a_trace(film, tmp_path):
    trace = pack(film)
    trace.save(tmp_path / "runs.trace")
    again = unpack(type(trace).load(tmp_path / "runs.trace"))
    for one, other in zip(
        (film.main, *film.twins, *film.others), (again.main, *again.twins, *again.others), strict=True
    ):
        assert (one.captions, one.prompts, one.kind, one.name) == (
            other.captions, other.prompts, other.kind, other.name,
        )  # fmt: skip
        np.testing.assert_array_equal(np.stack(list(one.pictures)), other.pictures)
    with pytest.raises(UserError, match="no run"):
        unpack(type(trace).of({"a": np.zeros(2)}))


def test_the_twins_differ_in_one_setting_and_the_others_in_their_start(film):
    for other in film.twins:
        np.testing.assert_array_equal(other.pictures[0], film.main.pictures[0])
        differs(film.main, other)
    firsts = {np.asarray(one.pictures[0]).tobytes() for one in (film.main, *film.others)}
    assert len(firsts) == 2
    assert all(dict(one.settings) == dict(film.main.settings) for one in film.others)


def test_the_likeness_is_the_embeddings_dot_product(film):
    beat = next(beat for beat in loop(film) if beat.id == "similarity")
    curve = beat["likeness"]
    assert isinstance(curve, Curve)
    vectors = film.main.embeddings
    first = [float(vectors[0] @ one) for one in vectors]
    before = [1.0, *(float(a @ b) for a, b in pairwise(vectors))]
    np.testing.assert_allclose(curve.y, [first, before], atol=1e-6)


def test_the_map_is_a_projection_of_the_embeddings(film):
    points, shares = film.main.plane
    vectors = film.main.embeddings
    flat = np.linalg.norm(points[:, None] - points[None], axis=-1)
    true = np.linalg.norm(vectors[:, None] - vectors[None], axis=-1)
    assert (flat <= true + 1e-9).all() and flat.max() > 0
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=1e-9)
    centred = vectors - vectors.mean(axis=0)
    np.testing.assert_allclose((points**2).sum(axis=0) / (centred**2).sum(), shares, atol=1e-9)
    assert shares[0] >= shares[1] and (points**2).sum() <= (centred**2).sum() + 1e-9
    beat = next(beat for beat in loop(film) if beat.id == "map")
    np.testing.assert_array_equal(beat["map"].points, points)
    np.testing.assert_array_equal(beat["map"].path, points)


def test_two_dimensions_are_shown_as_they_are():
    one = run()
    flat = LoopRun(
        one.pictures,
        one.captions,
        one.prompts,
        np.c_[one.embeddings[:, :2], np.zeros((len(one.captions), 3))],
    )
    points, shares = flat.plane
    true = np.linalg.norm(flat.embeddings[:, None] - flat.embeddings[None], axis=-1)
    np.testing.assert_allclose(np.linalg.norm(points[:, None] - points[None], axis=-1), true, atol=1e-9)
    assert shares.sum() == pytest.approx(1)


def test_a_cycle_is_closed_by_an_arc_of_its_length():
    one = run("01231")
    assert (one.kind, one.length, one.since, list(one.cycle)) == ("cycle", 3, 1, [2, 3, 4])
    beat = beats(one)["end"]
    (arc,) = (mark for mark in beat.marks if isinstance(mark, Link) and mark.key == "closes")
    assert (arc.source, arc.target) == ("picture-4", "picture-2")
    assert "a cycle of 3 rounds" in words(beat) and "3 周" in words(beat, "ja")
    assert beat.says["en"] == "“a red fish”, as in round 1: the ring closes."
    assert beats(one)["strip-4"].asks and beats(one)["strip-4"].says["en"].endswith("?")


@pytest.mark.parametrize("seen", ["upright", "upside down"])
def test_a_cycle_turns_with_what_is_said_of_each_picture(seen):
    one = run("01231", seen=seen)
    states = beats(one)["forever"].motion.states
    assert set(states) == {"picture-4", "turning", *(["seen-4"] if one.is_turned else [])}
    for at, number in enumerate([4, 2, 3, 4, 2, 3, 4]):
        np.testing.assert_array_equal(states["picture-4"][at].pixels, one.thumbnail(number))
        assert states["turning"][at].words == one.captions[number].split(",")[0]
        if one.is_turned:
            np.testing.assert_array_equal(states["seen-4"][at].pixels, one.thumbnail(number)[::-1, ::-1])


def test_a_long_cycle_says_how_many_of_its_pictures_are_shown():
    texts = tuple(f"a thing number {'i' * (k + 1)}" for k in range(9))
    one = run("0123456781", texts=texts)
    beat = beats(one)["end"]
    assert one.length == 8 and "a cycle of 8 rounds, 5 of them shown" in words(beat)
    arc = beat["closes"]
    assert (arc.source, arc.target) == ("picture-9", "picture-2")


def test_a_fixed_point_says_so():
    one = run("0122")
    beat = beats(one)["end"]
    assert one.kind == "fixed point"
    assert beat.says["en"] == "Round 3 repeats round 2: from here on, nothing changes."
    assert one.captions[2] == one.captions[3]
    np.testing.assert_array_equal(beat["picture-3"].pixels, beat["picture-after"].pixels)
    assert not beats(one)["strip-3"].asks and "forever" not in beats(one)


def test_a_limit_says_so():
    one = run("0123", noise="fresh")
    assert one.kind == "limit"
    assert "3 rounds is reached" in beats(one)["end"].says["en"]
    stood = run("0111", noise="fresh")
    assert stood.unchanged == 3 and "fresh noise may move them" in beats(stood)["end"].says["en"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [("stopped", "was stopped after 3"), ("failed", "a model failed"), ("", "3 rounds so far")],
)
def test_other_ends_say_so(kind, said):
    one = run("0123", noise="fresh")
    ended = LoopRun(one.pictures, one.captions, one.prompts, one.embeddings, kind, settings=one.settings)
    assert said in beats(ended)["end"].says["en"]


def test_a_run_of_one_round_and_one_of_none_are_told():
    one = run("01")
    assert one.last == 1
    assert [*beats(one)] == ["start", "says", "paints", "lost", "strip-1", "end", "card"]
    none = LoopRun(one.pictures[:1], one.captions[:1], one.prompts[:1], one.embeddings[:1])
    assert [*beats(none)] == ["start", "says", "card"]


def folder(path, rounds: int, side: int = 16, end: LoopEnd | None = None):
    """A folder of a run made elsewhere: large pictures, long sentences, no choice of ours."""
    rng = np.random.default_rng(2)
    path.mkdir()
    config = {"format": 1, "what": "caption loop", "seed": 77, "rounds": 200, "caption": "full",
              "noise": "fixed", "painter": {"name": "stabilityai/some-diffusion-model-with-a-long-name"},
              "captioner": {"name": "Salesforce/blip-large"}, "embedding": {"name": "clip", "width": 8},
              "choice": None, "versions": {"torch": "2.0"}}  # fmt: skip
    (path / "config.json").write_text(json.dumps(config))
    vectors = rng.normal(size=(rounds, 8))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype("<f4")
    (path / "embeddings.f32").write_bytes(vectors.tobytes())
    lines = []
    for k in range(rounds):
        if k < 12 or k >= rounds - 4:  # no other is ever looked at
            pixels = rng.integers(0, 255, (side, side, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(path / f"{k:05d}.png")
        caption = f"{LONG}, version {k}"
        lines.append({"round": k, "picture": f"{k:05d}.png", "caption": caption, "prompt": caption,
                      "seconds": 1.0, "similarity_first": 0.5, "similarity_last": 0.5,
                      "seed": 77})  # fmt: skip
    (path / "rounds.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))
    if end is not None:
        (path / "end.json").write_text(json.dumps(end.__dict__))
    return path


def test_a_run_of_200_rounds_is_told_from_its_folder_alone(tmp_path):
    path = folder(tmp_path / "run", 201, side=512, end=LoopEnd("limit"))
    story = loader.build_story("caption_loop", {"run": str(path)})
    for lang in ("en", "ja"):
        assert len(place_story(story, RenderStyle(by_name("light"), lang))) == len(story.beats)
    ids = [beat.id for beat in story.beats]
    assert "end" in ids and not any(one.startswith(("twin", "starts")) for one in ids)
    strip = [beat for beat in story.beats if beat.id.startswith("strip")]
    assert "of 200 rounds are shown" in strip[-1].says["en"] and "200" in strip[-1].says["ja"]
    shown = {m.key for beat in strip for m in beat.marks if isinstance(m, Picture)}
    assert f"{len(shown)} of 200" in strip[-1].says["en"] and "picture-200" in shown
    for beat in strip:
        for mark in beat.marks:
            if isinstance(mark, Picture):
                assert mark.pixels.shape == (128, 128, 3)
    for mark in story.beat("end").marks:
        if isinstance(mark, Text):
            assert mark.words.endswith("…") and columns(mark.words) < 80
    assert story.provenance["seed"] == 77
    assert len(story.beat("map")["map"].points) == 201


def test_large_pictures_are_averaged_not_cut():
    picture = np.zeros((512, 512, 3), dtype=np.uint8)
    picture[:4, :4] = 255
    picture[0, 4] = 160
    shown = small(picture)
    assert shown.shape == (128, 128, 3) and shown[0, 0, 0] == 1.0
    assert shown[0, 1, 0] == pytest.approx(160 / 255 / 16)


def test_a_sentence_is_shortened_in_sight():
    assert shorten("short", 20) == "short"
    cut = shorten(LONG, 60)
    assert cut.endswith(" …") and columns(cut) <= 60 and LONG.startswith(cut.removesuffix(" …"))
    japanese = shorten("左に紫のユニコーン、右にピンクの猫、夜、ネオン", 30)
    assert japanese == "左に紫のユニコーン …"
    assert opening("a red cat, at night") == "a red cat …" and opening("a red cat") == "a red cat"


def test_lines_end_after_a_comma_where_they_can():
    assert break_at_phrases("a small red fish, in the middle, at night, neon", 26).split("\n") == [
        "a small red fish,", "in the middle, at night,", "neon",
    ]  # fmt: skip
    assert (
        break_at_phrases("大きな青い魚、中央、雪の中、シール", 20) == "大きな青い魚、中央、\n雪の中、シール"
    )
    assert break_at_phrases("no comma at all in this one", 10) == "no comma at all in this one"


def test_how_long_a_sentence_is():
    assert say(length("a red cat"), "en") == "3 words"
    assert say(length("赤い猫、夜"), "ja") == "4 文字"


def test_twins_say_which_settles_sooner():
    cycle, still, never = run("01231"), run("00"), run("0123", noise="fresh")
    assert say(sooner(cycle, still), "en") == "The lower settles sooner"
    assert say(sooner(still, cycle), "en") == "The upper settles sooner"
    assert say(sooner(cycle, never), "en") == "Only the upper settles"
    assert say(sooner(never, never), "en") == "Neither settles"
    beat = beats(cycle, twins=(never,))["twin-noise"]
    assert beat.says["en"] == "Fixed noise, or fresh noise? Only the upper settles."
    assert "a cycle of 3" in words(beat) and "no repeat\nin 3 rounds" in words(beat)
    with pytest.raises(UserError, match="twins of a caption loop differ"):
        differs(cycle, cycle)


def test_several_scales_of_guidance_stand_in_one_beat():
    one = run("01231")
    scales = [run("00", painter={"name": "small", "guidance": scale}) for scale in (2.5, -1.0)]
    beat = beats(one, twins=tuple(scales))["twin-guidance"]
    assert beat.says["en"] == "3 runs from one start: only the guidance scale differs."
    names = [say(mark.words, "en") for mark in beat.marks if "name" in mark.key]
    assert names == ["Guidance 14", "Guidance 2.5", "Guidance −1"]


def test_a_cycle_is_shown_once_where_only_a_twin_has_one():
    small = {scale: {"name": "small", "guidance": scale} for scale in (-1.0, 2.5)}
    turning, resting = run("010", painter=small[-1.0]), run("00", painter=small[2.5])
    told_ = beats(run("00"), twins=(resting, turning))
    beat = told_["cycle-guidance"]
    assert beat.says["en"] == "Guidance −1 never rests: every 2 rounds, the same words."
    assert "a cycle of 2 rounds" in words(beat)
    assert list(told_)[list(told_).index("twin-guidance") + 1] == "cycle-guidance"
    for one, twins in ((run("01231"), (resting, turning)), (run("00"), (resting,))):
        assert "cycle-guidance" not in beats(one, twins=twins)


def test_starts_are_counted_by_where_they_end():
    a, b, c = run("01231"), run("1231"), run("0000")
    assert home(a) == home(b) != home(c)
    assert (
        beats(a, others=(b, c))["starts"].says["en"] == "3 starts, 2 ends: there are only so many sentences."
    )
    assert "2 starts, one end" in beats(a, others=(b,))["starts"].says["en"]


def test_rounds_are_chosen_from_both_ends():
    assert choose_rounds(run("0123")) == [0, 1, 2, 3]
    one = run("0123", noise="fresh")
    many = LoopRun(Later(200, lambda k: one.pictures[0]), ("x",) * 200, ("x",) * 200, np.eye(200))
    numbers = choose_rounds(many)
    assert numbers[0] == 0 and numbers[-1] == 199 and len(numbers) == 12
    assert sample(many) == [0, 1, 100, 198, 199] and sample(run("0123")) == [0, 1, 2, 3]
    assert len(sample(many)) == ABREAST


def test_a_run_whose_parts_do_not_fit_is_refused():
    one = run()
    with pytest.raises(UserError, match="as many pictures as captions"):
        LoopRun(one.pictures, one.captions[:-1], one.prompts, one.embeddings)
    with pytest.raises(UserError, match="a cycle of 9 rounds does not fit"):
        LoopRun(one.pictures, one.captions, one.prompts, one.embeddings, "cycle", 9)


def test_a_cloud_of_pictures_draws_them_at_their_points():
    looks = RenderStyle(by_name("dark"))
    tile = np.zeros((4, 8, 3))
    cloud = Cloud(np.array([[0.0, 0.0], [1.0, 1.0]]), key="map", pictures=(tile, None), highlight=(0,))
    frame = place(Beat("x", cloud, id="x"), looks)
    rasters = [shape for shape in frame["map"].draw(frame) if isinstance(shape, Raster)]
    assert len(rasters) == 1 and rasters[0].size[0] == pytest.approx(2 * rasters[0].size[1])
    with pytest.raises(UserError, match="2 values"):
        modify(cloud, pictures=(tile,))
    with pytest.raises(UserError, match=r"in 0\.\.1 wanted"):
        modify(cloud, pictures=(tile + 2, None))


def test_doodles_are_pictures_that_no_model_has_seen():
    assert len(doodles.names()) >= 6
    for name in doodles.names():
        picture = doodles.draw(name)
        assert picture.shape == (64, 64, 3) and picture.min() >= 0 and picture.max() <= 1
        np.testing.assert_array_equal(picture, doodles.draw(name))
    with pytest.raises(UserError, match=r"'robt'.*'robot'"):
        doodles.draw("robt")
    with pytest.raises(UserError, match="at least 8"):
        doodles.draw("robot", 4)


def test_a_round_of_the_engine_is_a_round_of_the_film():
    one = Round(
        0, np.zeros((8, 8, 3), np.uint8), "a, b", "a", np.ones(4, np.float32) / 2, 1.0, 1.0, None, 0.1
    )
    assert LoopRun.of([one], CONFIG).prompts == ("a",)


def test_a_table_leaves_room_for_a_link_that_turns_back_between_columns_of_marks():
    names = "abcde"
    parts = [Column(Picture(np.zeros((4, 4)), key=name), Text("x", key=f"{name}-x")) for name in names]
    back = Link("e", "a", key="back", square=True)
    table = Table(*parts, back, cells=[*((1, c) for c in range(5)), (0, 0)])
    frame = place(Beat("x", table, id="x"), RenderStyle(by_name("dark")))
    line = frame["back"].draw(frame)[0]
    assert np.abs(line.points[:, 0]).max() < frame.style.width / 2 - MARGIN
