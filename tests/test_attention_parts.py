"""Parts of the attention film, each by itself; what may be chosen at the command line, and what may not."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from nnanim import models
from nnanim.beats import Story
from nnanim.cli import main
from nnanim.data.texts import documents
from nnanim.errors import UserError
from nnanim.film.options import check_options, film_name
from nnanim.layout import place_story
from nnanim.marks import Arcs, Bars, Grid
from nnanim.models.tokenizer import Tokenizer
from nnanim.recording import record
from nnanim.recording.context_window import logits_in_window
from nnanim.scene import loader
from nnanim.stories.attention import (
    NAMES,
    Reading,
    counts,
    likeliest,
    look,
    ngrams,
    part,
    sinusoid,
    softmax,
    stripes,
    table,
    top_k,
)
from nnanim.stories.attention import guesses as guessing
from nnanim.stories.attention.head import score_table
from nnanim.style import RenderStyle
from nnanim.theme import by_name

SENTENCE = "a queen had a ring. the next day she lost the"


@pytest.fixture(scope="module")
def network():
    return models.load("language-model")


def read(network, sentence: str = SENTENCE, **options) -> Reading:
    ids = encode(sentence)
    trace = record(network, torch.tensor([ids]), name="language-model", seed=0)
    tokenizer = Tokenizer.load_default()
    return Reading(trace, tokenizer.spell(ids), tokenizer.spellings, **{"length": len(ids), **options})


def encode(sentence: str) -> list[int]:
    return Tokenizer.load_default().encode(sentence)


def texts(lang: str = "en", count: int = 60) -> list[list[str]]:
    tokenizer = Tokenizer.load_default()
    return [tokenizer.spell(encode(text)) for text in documents(lang, count)]


@pytest.fixture(scope="module")
def reading(network) -> Reading:
    numbers = encode(SENTENCE)
    return read(network, limited=logits_in_window(network, numbers, 4), context=4)


@pytest.mark.parametrize("name", NAMES)
def test_every_part_is_told_and_fits(name, reading):
    story = Story.from_beats(part(name, reading, texts()), name)
    for style in (RenderStyle(by_name("dark"), "en"), RenderStyle(by_name("light"), "ja", 32 / 3)):
        assert len(place_story(story, style)) == len(story.beats)


def test_an_unknown_part_is_named_with_all_there_are(reading):
    with pytest.raises(UserError, match="there is no part 'head'; nearest: 'heads'"):
        part("head", reading)
    with pytest.raises(UserError, match="counts in a text"):
        part("ngrams", reading)


def test_the_table_of_a_short_sentence_has_its_numbers(network):
    short = read(network, "there was a king.")
    grid = score_table(short)
    assert grid.digits == 1 and grid.mask is None and grid.rows == grid.columns == tuple(short.tokens)
    np.testing.assert_allclose(
        grid.values, short.trace[f"{short.block}.scores"][0, short.layer_and_head[1]], atol=1e-4
    )
    assert table(short).digits is None


def test_one_word_looks(reading):
    beat = look(reading, 4)
    arcs = next(mark for mark in beat.marks if isinstance(mark, Arcs))
    np.testing.assert_array_equal(arcs.weights, reading.pattern[4])
    assert arcs.origin == 4 and arcs.weights[5:].max() < 1e-6


def test_every_layer_has_its_heads(reading):
    beats = list(part("heads", reading))
    assert [beat.id for beat in beats] == ["heads-1", "heads-2", "heads-3"]
    for layer, beat in enumerate(beats):
        grids = [mark for mark in beat.marks if isinstance(mark, Grid)]
        np.testing.assert_array_equal([g.values for g in grids], reading.patterns[layer])


def test_top_k_keeps_the_likeliest_and_sums_to_one(reading):
    beat = top_k(reading, (1, 3, 5))
    p = np.sort(softmax(reading.after(reading.length - 1)))[::-1]
    for k in (1, 3, 5):
        assert beat[f"top-{k}"].values.sum() == pytest.approx(1)
        np.testing.assert_allclose(beat[f"top-{k}"].values, p[:k] / p[:k].sum())
    with pytest.raises(UserError, match="at least one word, got 0"):
        top_k(reading, (0,))


def test_counts_are_those_of_the_text():
    found = counts([["a", "b", "a", "c"], ["a", "b"]])
    assert found[("a",)] == {"b": 2, "c": 1} and found[("a", "b")] == {"a": 1} and found[("b",)] == {"a": 1}
    assert ("c",) not in found


@pytest.mark.parametrize(("sentence", "lang"), [(SENTENCE, "en"), ("むかしむかしあるところに", "ja")])
def test_bigrams_beside_the_model(network, sentence, lang):
    read_, counted = read(network, sentence), texts(lang, 60)
    first, last, beside = ngrams(read_, counted)
    text = [word for one in counted for word in one[:-1]]
    word, following = read_.tokens[0], first["bigram"].names[0]
    pairs = sum(a == word and b == following for one in counted for a, b in itertools.pairwise(one))
    assert first["share"].parts[1].startswith(f"= {pairs} / {text.count(word)} ")
    assert first["bigram"].values[0] == pytest.approx(pairs / text.count(word))
    assert last["bigram"] == beside["bigram"]
    assert beside["model"].values.tolist() == likeliest(read_, read_.length - 1, "x").values.tolist()


def test_words_that_are_never_counted_are_named(network):
    with pytest.raises(UserError, match=r"never go on after 'a'"):
        list(ngrams(read(network), [["queen", "had"]]))


def test_sine_waves_are_those_of_the_paper():
    made = sinusoid(50, 64)
    assert made[0, ::2].tolist() == [0.0] * 32 and made[0, 1::2].tolist() == [1.0] * 32
    assert made[7, 10] == pytest.approx(np.sin(7 / 10000 ** (10 / 64)))
    assert made[7, 11] == pytest.approx(np.cos(7 / 10000 ** (10 / 64)))
    with pytest.raises(UserError, match="even number of numbers, got 7"):
        list(stripes(width=7))


def test_learned_positions_are_the_models(reading, network):
    beats = {beat.id: beat for beat in part("positions", reading)}
    np.testing.assert_allclose(
        beats["learned"]["learned"].values, network.positions.weight.detach()[:48, :64].numpy(), atol=1e-6
    )
    near = beats["near-waves"]["near-waves"].values
    np.testing.assert_allclose(np.diag(near), 1)
    assert np.diag(near, 1).mean() > np.diag(near, 20).mean() + 0.2
    assert "alike" in beats["near-waves"].says["en"]


def test_the_window_forgets(reading, network):
    beats = list(part("window", replace(reading, reads=128)))
    assert beats[0].says["en"] == "It could read 128 tokens. We show it 4 at a time: a window."
    assert "128" not in next(iter(part("window", reading))).says["en"]
    film = beats[1].motion.states
    numbers = encode(SENTENCE)
    for place, tokens, bars in zip(range(3, 12), film["tokens"], film["next"], strict=True):
        assert tokens.highlight == tuple(range(place - 3, place + 1))
        assert set(tokens.dimmed) == set(range(12)) - set(tokens.highlight)
        with torch.no_grad():
            p = network(torch.tensor([numbers[place - 3 : place + 1]]))[0, -1].softmax(0)
        assert bars.values[0] == pytest.approx(float(p.max()), abs=1e-5)
    assert isinstance(beats[2]["whole"], Bars) and beats[2]["whole"] != beats[2]["next"]
    with pytest.raises(UserError, match="no guesses of a limited context"):
        list(part("window", read(network)))


# The command line


def mistake(*args: str) -> str:
    result = CliRunner().invoke(main, list(args))
    assert result.exit_code == 2, (result.output, result.exception)
    line, rest = result.stderr.split("\n", 1)
    assert rest == "" and "Traceback" not in result.output
    return line.removeprefix("nnanim: ")


def test_a_part_is_drawn_and_filmed_by_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = CliRunner().invoke(
        main, ["still", "attention", "--part", "table", "--sentence", "there was a king."]
    )
    assert made.exit_code == 0, made.output
    assert Path("attention-table-table.png").stat().st_size > 5000
    options = ["-ql", "-r", "214,120", "--media_dir", str(tmp_path / "m")]
    made = CliRunner().invoke(main, ["movie", "attention", "--part", "arcs", "--beat", "1", *options])
    assert made.exit_code == 0, made.output
    assert [path.stem for path in (tmp_path / "m").rglob("Attention*.mp4")] == ["Attention-arcs-look-5"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--part", "tables"),
            "the scene 'Attention' has no part 'tables'; there is: table, arcs, heads, next",
        ),
        (("--sentence", ""), "the sentence is empty; give it at least two words"),
        (("--sentence", "queen"), "tokens are read; at least two wanted"),
        (("--sentence", "queen " * 129), "the language model reads at most 128 tokens, got"),
        (
            ("--part", "window", "--sentence", "a queen."),
            "the sentence has 3 tokens; a window of 6 slides over it only if there are more: "
            "give it at least 7",
        ),
        (("--hf", "no/such"), "there is no folder 'no/such'"),
        (("--hf", "."), "holds no Hugging Face model: there is no config.json"),
    ],
)
def test_a_mistake_is_one_line(options, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for command in ("movie", "still"):
        assert message in mistake(command, "attention", *options)


def test_without_transformers_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    assert 'pip install "nnanim[hf]"' in mistake("still", "attention", "--hf", ".")


def test_a_scene_without_choices_refuses_them():
    assert (
        mistake("movie", "perceptron", "--hf", ".") == "the scene 'Perceptron' takes no --hf; it takes --data"
    )
    kind = loader.load("attention")
    assert check_options(kind, {}) == {} and film_name(kind, {}) is None
    chosen = check_options(kind, {"hf": "a/tiny", "part": "heads"})
    assert film_name(kind, chosen, "heads-1") == "Attention-tiny-heads-heads-1" and chosen["cover"] == ""


def test_no_more_tokens_are_spelled_than_are_shown() -> None:
    looked_at: list[int] = []

    class Spellings(Sequence[str]):
        def __len__(self) -> int:
            return 50_000

        def __getitem__(self, number: Any) -> Any:
            looked_at.append(number)
            return f"word {number}"

    chances = np.zeros(50_000)
    chances[[7, 40_000, 3]] = 0.5, 0.3, 0.2
    shown = guessing.bars(chances, Spellings(), "guess")
    assert shown.names == ("word 7", "word 40000", "word 3") and sorted(looked_at) == [3, 7, 40_000]
