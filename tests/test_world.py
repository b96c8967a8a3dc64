"""The small world: pictures follow their labels, sentences say what is in them."""

from __future__ import annotations

import numpy as np
import pytest

from nnanim.data import captions, world
from nnanim.data.articles import choose_article
from nnanim.errors import UserError


def drawn(side: int = 64, seed: int = 0, **words: str) -> np.ndarray:
    return world.draw(world.labels(**words), np.random.default_rng(seed), side)[0]


def test_pictures_have_the_promised_shape_and_range() -> None:
    rng = np.random.default_rng(0)
    pictures = world.draw(world.sample(40, rng, two=0.3), rng)
    assert pictures.shape == (40, 64, 64, 3) and pictures.dtype == np.float32
    assert pictures.min() >= 0 and pictures.max() <= 1


def test_the_same_seed_gives_the_same_picture() -> None:
    assert np.array_equal(drawn(seed=3), drawn(seed=3))
    assert not np.array_equal(drawn(seed=3), drawn(seed=4))


@pytest.mark.parametrize("name", world.COLUMNS)
def test_every_word_of_every_attribute_changes_the_picture(name: str) -> None:
    start = {"second_thing": "boat"} if name.startswith("second") else {}
    pictures = [
        drawn(**{**start, name.replace(" ", "_"): word}) for word in world.COLUMNS[name] if word != "cat"
    ]
    for i, picture in enumerate(pictures):
        assert all(np.abs(picture - other).max() > 0.1 for other in pictures[:i])


def test_things_stand_where_and_how_large_the_labels_say() -> None:
    def centre_and_area(**words: str) -> tuple[float, int]:
        red = drawn(colour="red", thing="heart", **words)
        mask = (red[..., 0] - red[..., 1]) > 0.5
        return float(np.nonzero(mask)[1].mean()), int(mask.sum())

    left, middle, right = (centre_and_area(place=place)[0] for place in world.PLACES)
    assert left < middle - 4 < middle + 4 < right
    assert centre_and_area(size="large")[1] > 1.4 * centre_and_area(size="small")[1]


def test_32_and_64_pixels_show_the_same_picture() -> None:
    large, small = drawn(64, style="striped"), drawn(32, style="striped")
    assert np.abs(large.reshape(32, 2, 32, 2, 3).mean((1, 3)) - small).mean() < 0.02


def test_edges_are_smooth() -> None:
    heart = drawn(thing="heart", colour="blue", style="sticker", background="night")
    assert len(np.unique((heart[32, :, 0] * 255).round())) > 8


def test_held_out_combinations_are_never_in_training() -> None:
    rng = np.random.default_rng(1)
    assert not world.is_held_out(world.sample(3000, rng, two=0.5)).any()
    assert world.is_held_out(world.sample(300, rng, two=0.5, held_out=True)).all()


def test_labels_are_even_and_two_things_differ() -> None:
    rows = world.sample(6000, np.random.default_rng(2), two=0.5)
    assert 0.35 < (rows[:, 6] != world.NONE).mean() < 0.55  # held-out pairs leave fewer pairs of things
    assert (rows[:, 0] != rows[:, 6]).all()
    assert np.bincount(rows[:, 0]).min() > 6000 / 16 * 0.6


def test_world_mistakes() -> None:
    with pytest.raises(UserError, match="no thing 'unicron'; nearest: 'unicorn'"):
        world.labels(thing="unicron")
    with pytest.raises(UserError, match="no attribute 'color'; nearest: 'colour'"):
        world.labels(color="red")
    with pytest.raises(UserError, match="multiple of 16"):
        drawn(side=50)
    with pytest.raises(UserError, match="shape"):
        world.draw(np.zeros((1, 3), dtype=np.int64), np.random.default_rng(0))


def test_captions_in_both_languages_and_at_every_level() -> None:
    row = world.labels(
        thing="umbrella", colour="green", size="large", place="left", background="night", style="neon"
    )[0]
    assert captions.caption(row) == "a large green umbrella, on the left, at night, neon"
    assert captions.caption(row, "ja") == "大きな緑のかさ、左側、夜、ネオン"
    assert captions.caption(row, "en", captions.LEVELS["thing"]) == "an umbrella"
    unicorn = world.labels(thing="unicorn", colour="red")[0]
    assert captions.caption(unicorn, "en", captions.LEVELS["thing"]) == "a unicorn"
    assert captions.caption(unicorn, "en", ("colour",)) == "a red unicorn"
    two = world.labels(thing="unicorn", second_thing="cat", second_colour="pink")[0]
    assert captions.caption(two) == "a red unicorn left of a pink cat, in the snow, plain"
    assert captions.caption(two, "ja") == "左に赤いユニコーン、右にピンクの猫、雪の中、ふつう"


@pytest.mark.parametrize("word", "umbrella uncle orange owl hour unimportant uninvited use".split())
def test_the_article_follows_the_sound(word: str) -> None:
    assert choose_article(word) == ("a" if word == "use" else "an")
    assert choose_article("unicorn") == choose_article("European") == choose_article("house") == "a"


@pytest.mark.parametrize("language", captions.LANGUAGES)
def test_captions_survive_encoding_and_are_read_back(language: str) -> None:
    names = list(world.COLUMNS)
    for row in world.sample(300, np.random.default_rng(3), two=0.4):
        text = captions.caption(row, language)
        assert captions.decode(captions.encode([text])[0]) == text
        said = captions.read(text)
        double = row[6] != world.NONE
        assert set(said) == set(names) - ({"size", "place"} if double else {"second thing", "second colour"})
        assert all(word == world.COLUMNS[name][row[names.index(name)]] for name, word in said.items())


def test_unknown_words_are_named() -> None:
    with pytest.raises(
        UserError, match="does not know the word 'unicron' in 'a red unicron'; nearest: 'unicorn'"
    ):
        captions.tokens("a red unicron")
    with pytest.raises(UserError, match="犬"):
        captions.tokens("赤い犬")
    with pytest.raises(UserError, match="at most 19 words"):
        captions.encode(["a cat " * 10])
    with pytest.raises(UserError, match="not 'fr'"):
        captions.caption(world.labels()[0], "fr")
