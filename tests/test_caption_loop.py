"""The caption loop: rounds, states, ends, what a bad picture or a bad backend leads to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nnanim.caption_loop import BackendError, caption_loop, first_phrase
from nnanim.caption_loop.backends import ModelChoice, open_models
from nnanim.caption_loop.loop import find_cycle, round_seed
from nnanim.caption_loop.prompts import MAX_CAPTION, clean_caption
from nnanim.data import world
from nnanim.errors import UserError
from nnanim.images import load_picture

SIDE = 16


def written(number: int) -> np.ndarray[Any, Any]:
    """A picture that holds a number."""
    picture = np.zeros((SIDE, SIDE, 3), dtype=np.uint8)
    picture[0, 0] = number // 256, number % 256, 7
    picture[1:] = number % 251
    return picture


def number_in(picture: np.ndarray[Any, Any]) -> int:
    return int(picture[0, 0, 0]) * 256 + int(picture[0, 0, 1])


class Follows:
    """A painter that paints what comes after a number, along a given map."""

    side = SIDE

    def __init__(self, following: dict[int, int]) -> None:
        self.following, self.asked = following, []  # type: ignore[var-annotated]

    def __call__(self, prompt: str, seed: int, **options: Any) -> np.ndarray[Any, Any]:
        self.asked.append((prompt, seed, options))
        return written(self.following[int(prompt.split(",")[0])])


def says(picture: np.ndarray[Any, Any]) -> str:
    return f"{number_in(picture)}, and so on"


def loop(following: dict[int, int], start: int = 0, rounds: int = 100, **options: Any) -> list[Any]:
    painter = Follows(following)
    options = {"seed": 5, "max_rounds": rounds, **options}
    return list(caption_loop(written(start), painter, options.pop("captioner", says), **options))


def test_rounds_carry_what_happened():
    rounds = loop({0: 1, 1: 2, 2: 2})
    assert [one.number for one in rounds] == [0, 1, 2, 3]
    assert [one.caption for one in rounds] == [f"{k}, and so on" for k in (0, 1, 2, 2)]
    assert [one.seed for one in rounds] == [None, 5, 5, 5]
    assert [one.end is None for one in rounds] == [True, True, True, False]
    assert np.array_equal(rounds[1].picture, written(1))
    assert rounds[0].similarity_first == pytest.approx(1)
    assert rounds[3].similarity_last == pytest.approx(1)
    assert all(np.linalg.norm(one.embedding) == pytest.approx(1) for one in rounds)
    assert all(one.seconds >= 0 for one in rounds)


def test_a_fixed_point_is_told():
    end = loop({0: 1, 1: 2, 2: 2})[-1].end
    assert (end.kind, end.length, end.since, end.unchanged) == ("fixed point", 1, 2, 2)


@pytest.mark.parametrize(("tail", "length"), [(0, 2), (3, 5), (1, 1000)])
def test_a_cycle_of_any_length_is_told_exactly(tail, length):
    whole = {k: k + 1 for k in range(tail + length)}
    whole[tail + length - 1] = tail
    end = loop(whole, rounds=2000)[-1].end
    assert (end.kind, end.length, end.since) == ("cycle", length, tail)


def test_the_limit_counts_paintings():
    rounds = loop({k: k + 1 for k in range(20)}, rounds=7)
    assert len(rounds) == 8
    assert rounds[-1].end.kind == "limit"


def test_different_captions_with_one_first_phrase_are_one_state():
    captions = iter(["cat, by day", "dog, by day", "cat, by night"])
    rounds = list(caption_loop(written(0), lambda prompt, seed: written(0), lambda _: next(captions), seed=0,
                               max_rounds=9, caption="first phrase"))  # fmt: skip
    assert [one.prompt for one in rounds] == ["cat", "dog", "cat"]
    assert (rounds[-1].end.kind, rounds[-1].end.length) == ("cycle", 2)


def test_a_caption_may_be_a_function():
    rounds = loop({0: 1, 1: 2, 2: 0}, caption=lambda said: said.split(",")[0])
    assert [one.prompt for one in rounds] == ["0", "1", "2", "0"]


@pytest.mark.parametrize(
    ("seen", "corner"),
    [("upright", (0, 0)), ("upside down", (-1, -1)), ("reflected", (-1, 0)), ("mirrored", (0, -1))],
)
def test_the_captioner_sees_every_picture_as_it_is_held(seen, corner):
    picture = np.zeros((SIDE, SIDE, 3), dtype=np.uint8)
    for k, (row, column) in enumerate([(0, 0), (-1, -1), (-1, 0), (0, -1)]):
        picture[row, column] = 10 * k + 1
    told = []

    def captioner(shown: Any) -> str:
        assert shown.flags.c_contiguous
        told.append(int(shown[0, 0, 0]))
        return f"sentence {len(told)}"

    rounds = list(
        caption_loop(picture, lambda prompt, seed: picture, captioner, seed=0, max_rounds=2, seen=seen)
    )
    assert told == [int(picture[(*corner, 0)])] * 3
    assert all(np.array_equal(one.picture, picture) for one in rounds)
    assert all(one.similarity_first == pytest.approx(1) for one in rounds), (
        "embedded as it is, not as it is seen"
    )


def test_how_a_picture_is_seen_may_be_a_function():
    darker = loop({0: 1, 1: 2, 2: 0}, seen=lambda picture: picture // 2)
    assert [one.prompt for one in darker] == ["0, and so on"] * 2
    with pytest.raises(UserError, match="seen='upsde down' is not known; nearest: 'upside down'"):
        loop({0: 0}, seen="upsde down")


def test_with_two_captioners_a_state_includes_whose_turn_it_is():
    speakers = [
        lambda picture: f"{number_in(picture)}, hello",
        lambda picture: f"{number_in(picture)}, hello",
    ]
    end = loop({0: 1, 1: 2, 2: 0}, captioner=speakers)[-1].end
    assert (end.kind, end.length) == ("cycle", 6)


def test_fresh_noise_never_closes_a_cycle_for_certain():
    rounds = loop({0: 1, 1: 0}, rounds=9, noise="fresh")
    assert rounds[-1].end.kind == "limit"
    assert len(rounds) == 10
    seeds = [one.seed for one in rounds[1:]]
    assert seeds == [round_seed(5, number) for number in range(1, 10)]
    assert len(set(seeds)) == 9


def test_unchanged_tells_how_long_the_last_sentence_has_stood():
    assert loop({0: 1, 1: 2, 2: 2}, rounds=9, noise="fresh")[-1].end.unchanged == 8


@pytest.mark.parametrize("stop", range(1, 8))
@pytest.mark.parametrize("noise", ["fixed", "fresh"])
@pytest.mark.parametrize("following", [{0: 1, 1: 2, 2: 3, 3: 4, 4: 5, 5: 3}, {0: 1, 1: 1}])
def test_a_loop_goes_on_behind_rounds_that_are_there(following, stop, noise):
    whole = loop(following, rounds=7, noise=noise)
    rest = loop(following, rounds=7, noise=noise, past=whole[:stop])
    again = [*whole[:stop], *rest]
    assert [(one.number, one.caption, one.seed, one.end) for one in again] == [
        (one.number, one.caption, one.seed, one.end) for one in whole
    ]


def test_options_reach_the_painter_only_when_asked():
    painter = Follows({0: 0})
    list(caption_loop(written(0), painter, says, seed=1, max_rounds=1))
    list(caption_loop(written(0), painter, says, seed=1, max_rounds=1, negative_prompt="dull"))
    assert [options for _, _, options in painter.asked] == [{}, {"negative_prompt": "dull"}]


def test_an_embedding_may_be_given():
    rounds = loop({0: 1, 1: 1}, embed=lambda picture: [1.0, float(number_in(picture))])
    assert rounds[1].embedding == pytest.approx([0.5**0.5, 0.5**0.5])
    assert rounds[1].similarity_first == pytest.approx(0.5**0.5)


def test_closing_the_iterator_stops_the_loop():
    painter = Follows({k: k + 1 for k in range(9)})
    rounds = caption_loop(written(0), painter, says, seed=0, max_rounds=9)
    next(rounds)
    next(rounds)
    rounds.close()
    assert len(painter.asked) == 1
    assert list(rounds) == []


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"noise": "frsh"}, "noise='frsh' is not known; nearest: 'fresh'"),
        ({"caption": "ful"}, "caption='ful' is not known; nearest: 'full'"),
        ({"seed": -1}, "seed=-1"),
        ({"rounds": 0}, "at least one round"),
        ({"captioner": []}, "needs a captioner"),
    ],
)
def test_a_wrong_argument_is_told_before_any_round(options, line):
    with pytest.raises(UserError, match=line):
        loop({0: 1}, **options)


def failing(_: Any, **__: Any) -> Any:
    raise RuntimeError("out of\nmemory")


@pytest.mark.parametrize(
    ("painter", "captioner", "line"),
    [
        (failing, says, "round 1: the painter failed: RuntimeError: out of memory"),
        (lambda prompt, seed: None, says, "round 1: the painter failed: a NoneType is not a picture"),
        (lambda prompt, seed: np.ones((4, 4)), says, r"a painting has the shape \(4, 4\)"),
        (lambda prompt, seed: np.full((4, 4, 3), 7.0), says, "values 0..1 wanted, got 7 to 7"),
        (None, failing, "round 0: the captioner failed: RuntimeError: out of memory"),
        (None, lambda _: " \n ", "round 0: the captioner said nothing"),
        (None, lambda _: 7, "round 0: the captioner gave a int, not a sentence"),
    ],
)
def test_a_failing_backend_is_told_with_its_round(painter, captioner, line):
    with pytest.raises(BackendError, match=line):
        list(caption_loop(written(0), painter or Follows({0: 1}), captioner, seed=0, max_rounds=3))


def test_rounds_before_a_failure_have_been_given():
    def paints(prompt: str, seed: int) -> Any:
        if prompt.startswith("6"):
            raise MemoryError
        return written(int(prompt.split(",")[0]) + 1)

    seen = []
    with pytest.raises(BackendError, match="round 7: the painter failed: MemoryError"):
        for one in caption_loop(written(0), paints, says, seed=0, max_rounds=99):
            seen.append(one.number)
    assert seen == list(range(7))


def test_an_endless_sentence_is_cut_at_a_word():
    said = clean_caption("word " * 1000)
    assert len(said) <= MAX_CAPTION
    assert said.endswith("word")
    assert clean_caption("一" * 1000) == "一" * MAX_CAPTION
    assert clean_caption(" two\nlines ") == "two lines"


@pytest.mark.parametrize(
    ("caption", "first"),
    [
        ("a cat, at night, neon", "a cat"),
        ("猫、夜、ネオン", "猫"),
        ("a cat", "a cat"),
        (", at night", "at night"),
        (",", ""),
    ],
)
def test_the_first_phrase_stands_before_the_first_comma(caption, first):
    assert first_phrase(caption) == first


def test_a_ring_is_found_where_it_is_entered():
    assert find_cycle("abcdc") == (2, 2)
    assert find_cycle("abc") is None
    assert find_cycle("aba", turns=2) == (0, 2)
    assert find_cycle("aab", turns=2) is None


@pytest.fixture(scope="module")
def small() -> Any:
    return open_models(ModelChoice(steps=2, guidance=0.2))


def cat() -> np.ndarray[Any, Any]:
    return np.asarray(world.draw(world.labels(thing="cat", colour="red"), 1)[0] * 255, dtype=np.uint8)


def test_the_small_models_run_and_say_the_same_again(small):
    once, again = (
        list(caption_loop(cat(), small.painter, small.captioners, seed=3, max_rounds=3)) for _ in range(2)
    )
    assert [one.caption for one in once] == [one.caption for one in again]
    assert once[0].caption == "a large red cat, in the middle, in the snow, plain"
    assert all(np.array_equal(one.picture, other.picture) for one, other in zip(once, again, strict=True))
    assert once[0].embedding.shape == (128,)


def test_the_small_painter_keeps_away_from_a_negative_prompt(small):
    plain, without = (small.painter("a red cat", seed=1, negative_prompt=no) for no in ("", "at night"))
    assert not np.array_equal(plain, without)
    with pytest.raises(
        BackendError, match="round 1: the painter failed: the model does not know the word 'moody'"
    ):
        list(
            caption_loop(
                cat(), small.painter, small.captioners, seed=3, max_rounds=3, negative_prompt="moody"
            )
        )


def test_the_small_captioner_keeps_to_its_language_whatever_it_sees():
    import torch

    from nnanim.caption_loop.captioners import BuiltinCaptioner
    from nnanim.data import captions
    from nnanim.models.captioner import Captioner

    torch.manual_seed(0)
    untrained = Captioner(len(captions.vocabulary())).eval()
    noise = list(np.random.default_rng(0).integers(0, 256, (8, 64, 64, 3), dtype=np.uint8))
    for language, foreign in (("en", str.isascii), ("ja", lambda word: not word.isascii())):
        for said in BuiltinCaptioner(language, untrained).batch(noise):
            words = captions.tokens(said)
            assert words and all(map(foreign, words))


def test_a_batch_of_the_small_painter_differs_by_a_byte_at_most(small):
    prompts, seeds = ["a red cat", "a blue fish, at night", "赤い家"], [1, 2, 3]
    batch = small.painter.batch(prompts, seeds)
    for one, prompt, seed in zip(batch, prompts, seeds, strict=True):
        alone = small.painter(prompt, seed=seed)
        assert np.abs(one.astype(int) - alone.astype(int)).max() <= 1


def test_two_languages_take_turns():
    models = open_models(ModelChoice(language="alternating", steps=2))
    rounds = list(caption_loop(cat(), models.painter, models.captioners, seed=3, max_rounds=2))
    assert [one.caption.isascii() for one in rounds] == [True, False, True]


@pytest.mark.parametrize(
    ("choice", "line"),
    [
        ({"language": "jp"}, "speaks no 'jp'; nearest: 'ja'"),
        ({"steps": 0}, "steps=0"),
        ({"guidance": 1e9}, "guidance"),
        ({"side": 65}, "side=65"),
        ({"ranker": "x/y"}, "--captioner too"),
    ],
)
def test_a_wrong_choice_is_told(choice, line):
    with pytest.raises(UserError, match=line):
        open_models(ModelChoice(**choice))


def saved(folder: Path, name: str, picture: Image.Image, **options: Any) -> Path:
    picture.save(folder / name, **options)
    return folder / name


def test_pictures_of_every_kind_become_squares(tmp_path):
    colour = Image.new("RGB", (60, 30), (200, 100, 50))
    kinds = {
        "cmyk.jpg": colour.convert("CMYK"), "grey.png": colour.convert("L"), "some.gif": colour.convert("P"),
        "photo.webp": colour, "one.png": colour.convert("1"), "tall.bmp": colour.rotate(90, expand=True),
    }  # fmt: skip
    for name, picture in kinds.items():
        made = load_picture(saved(tmp_path, name, picture), 32)
        assert (made.shape, made.dtype) == ((32, 32, 3), np.uint8)
    assert np.abs(load_picture(tmp_path / "cmyk.jpg", 32)[5, 5].astype(int) - [200, 100, 50]).max() < 12


def test_what_is_transparent_lies_on_white(tmp_path):
    clear = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    assert (load_picture(saved(tmp_path, "a.png", clear)) == 255).all()
    half = load_picture(Image.new("LA", (20, 20), (0, 128)))
    assert np.abs(half.astype(int) - 127).max() <= 1
    palette = Image.new("P", (20, 20), 0)
    assert (load_picture(saved(tmp_path, "p.png", palette, transparency=0)) == 255).all()


def test_sixteen_bits_are_brought_to_eight(tmp_path):
    ramp = np.linspace(0, 65535, 400).reshape(20, 20).astype(np.uint16)
    made = load_picture(saved(tmp_path, "deep.png", Image.fromarray(ramp)))
    assert np.abs(made[..., 0] - ramp / 257).max() <= 1


def test_a_photo_is_turned_as_its_camera_says(tmp_path):
    picture = Image.new("RGB", (40, 40), "black")
    picture.paste("white", (0, 0, 40, 10))
    exif = Image.Exif()
    exif[0x0112] = 6
    made = load_picture(saved(tmp_path, "turned.jpg", picture, exif=exif), 40)
    assert made[20, 35, 0] > 200 and made[5, 5, 0] < 50


def test_the_middle_square_is_kept():
    wide = np.zeros((20, 60, 3), dtype=np.uint8)
    wide[:, 20:40] = 255
    assert (load_picture(wide, 20) > 250).all()


def bomb(path: Path) -> Path:
    """A PNG whose header claims 20000 × 20000 pixels."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 20000, 20000, 8, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )
    return path


def test_what_is_no_picture_is_told_in_a_line(tmp_path):
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("hello", encoding="utf-8")
    whole = saved(tmp_path, "whole.png", Image.effect_noise((64, 64), 50)).read_bytes()
    (tmp_path / "torn.png").write_bytes(whole[: len(whole) // 2])
    saved(tmp_path, "tiny.png", Image.new("RGB", (7, 300)))
    bomb(tmp_path / "bomb.png")
    for name, line in {
        "none.png": "there is no picture", "empty.png": "is empty", "text.png": "is not a picture",
        "torn.png": "cannot be read", "tiny.png": "7×300 pixels; at least 8×8", "bomb.png": "million",
        ".": "is a folder",
    }.items():  # fmt: skip
        with pytest.raises(UserError, match=line) as told:
            load_picture(tmp_path / name, 64)
        assert "\n" not in str(told.value)
