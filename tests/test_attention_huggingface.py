"""Films of Hugging Face models: tiny ones of many families, saved in folders and read from there."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import invariants
import numpy as np
import pytest
import torch
from mutations import PLACES

transformers: Any = pytest.importorskip("transformers")

import tiny_language_models as tiny  # noqa: E402

from nnanim import still  # noqa: E402
from nnanim.beats import Story  # noqa: E402
from nnanim.errors import UserError  # noqa: E402
from nnanim.layout import place, place_story  # noqa: E402
from nnanim.marks import Arcs, Grid, Tokens  # noqa: E402
from nnanim.recording import huggingface  # noqa: E402
from nnanim.recording.huggingface.token_spelling import byte_alphabet, spell  # noqa: E402
from nnanim.stories.attention import Reading, attention, part, softmax  # noqa: E402
from nnanim.stories.attention.drawing import build_line, choose_names  # noqa: E402
from nnanim.style import RenderStyle  # noqa: E402
from nnanim.theme import by_name  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

SENTENCE = "once upon a time there was a kind queen ."
CAUSAL = [family for family in tiny.FAMILIES if family not in tiny.ENCODERS]
TURNED = ("llama", "qwen2", "qwen3", "gemma2", "neox", "phi", "phi3", "gptj")
ADDED = ("gpt2", "sixteen", "opt", "bert", "roberta", "distilbert", "encoder")
DRAWN = ("llama", "bert", "bloom", "gemma2")
SHARED = ("llama", "qwen2", "qwen3", "gemma2")


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("models")


def folder(family: str, home: Path) -> Path:
    return home / family if (home / family).is_dir() else tiny.saved(family, home)


@pytest.fixture(scope="module", params=tiny.FAMILIES)
def read(request, home) -> tuple[str, Path, Reading]:
    path = folder(request.param, home)
    return request.param, path, huggingface.read(str(path), SENTENCE)


def story(reading: Reading) -> Story:
    return Story.from_beats(attention(reading), {"en": "Attention", "ja": "アテンション"}, reading.provenance)


def faults(made: Story, lang: str = "en") -> list[str]:
    """Everything that is wrong with the frames of a story, its card left out."""
    placed = place_story(made, RenderStyle(by_name("dark"), lang))
    pairs = list(zip(made.beats, placed, strict=True))[:-1]
    return [fault for beat, frame in pairs for fault in invariants.faults(beat, frame)]


def grids(beat) -> list[Grid]:
    return [mark for mark in beat.marks if isinstance(mark, Grid)]


def test_every_family_is_told_and_drawn(read):
    family, _, reading = read
    made = story(reading)
    ids = [beat.id for beat in made.beats]
    assert ("mask" in ids) == ("next-0" in ids) == (family in CAUSAL)
    assert ("positions" in ids) == (family in ADDED) and ("turned" in ids) == (family in TURNED)
    assert ("offset" in ids) == (family in ("bloom", "t5"))
    assert made.provenance["model"] == family
    if family in DRAWN:
        assert faults(made, "ja" if family == "bert" else "en") == []


def test_scores_are_products_and_give_the_models_own_weights(read):
    family, path, reading = read
    model, _ = huggingface.loading.load(str(path))
    numbers = huggingface.reader.token_ids_of(transformers.AutoTokenizer.from_pretrained(path), SENTENCE)
    with torch.no_grad():
        given = model(input_ids=torch.tensor([numbers]), output_attentions=True).attentions
    layer, head = reading.layer_and_head
    np.testing.assert_allclose(reading.pattern, given[layer][0, head], atol=1e-5)
    scores = np.where(reading.future, -np.inf, reading.scores) if reading.causal else reading.scores
    np.testing.assert_allclose(softmax(scores), reading.pattern, atol=1e-4)
    assert reading.sharing == (2 if family in SHARED else 1)


def test_rows_sum_to_one_and_sums_are_the_heads(read):
    beats = {beat.id: beat for beat in attention(read[2])}
    for grid in [beats["softmax"]["scores"], *grids(beats["heads"])]:
        np.testing.assert_allclose(grid.values.sum(axis=1), 1, atol=1e-5)
    assert beats["softmax"]["row"].values.sum() == pytest.approx(1, abs=1e-5)
    for beat in beats.values():
        assert all(m.weights.sum() == pytest.approx(1, abs=1e-5) for m in beat.marks if isinstance(m, Arcs))
    shown = beats["sum"]["sum"].values[0]
    weighted = read[2].pattern @ read[2].part("value")
    np.testing.assert_allclose(shown, weighted[read[2].at, : len(shown)], atol=1e-9)


def test_vectors_are_the_models_own(read):
    _, path, reading = read
    model = transformers.AutoModel.from_pretrained(path).eval()
    numbers = huggingface.reader.token_ids_of(transformers.AutoTokenizer.from_pretrained(path), SENTENCE)
    with torch.no_grad():
        rows = model.get_input_embeddings().weight[numbers].double().numpy()
    scale = reading.vectors(reading.embedding)[1] / rows[1]  # some models make their word vectors longer
    np.testing.assert_allclose(scale, scale[0], rtol=1e-4)
    np.testing.assert_allclose(reading.vectors(reading.embedding), rows * scale[0], atol=1e-5)


@pytest.mark.parametrize("family", ["gpt2", "opt"])
def test_added_positions_add_up(family, home):
    reading = huggingface.read(str(folder(family, home)), SENTENCE)
    whole = reading.vectors(reading.embedding) + reading.vectors(reading.positions)
    np.testing.assert_allclose(whole, reading.vectors(reading.added), atol=1e-6)
    beat = next(beat for beat in attention(reading) if beat.id == "positions")
    assert beat["equals"].words == "="


def test_a_normalised_sum_is_not_said_to_be_equal(home):
    reading = huggingface.read(str(folder("bert", home)), SENTENCE)
    beat = next(beat for beat in attention(reading) if beat.id == "positions")
    assert beat["equals"].words == "→" and "normalised" in beat.says["en"]


@pytest.mark.parametrize("family", TURNED)
def test_a_turn_changes_no_length_and_not_the_first_token(family, home):
    before, after = huggingface.read(str(folder(family, home)), SENTENCE).rotary_queries
    np.testing.assert_allclose(before[0], after[0], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(before, axis=1), np.linalg.norm(after, axis=1), rtol=1e-4)
    assert np.abs(before[1:] - after[1:]).max() > 1e-3


def test_next_words_are_the_models_likeliest(home):
    path = folder("gpt2", home)
    reading = huggingface.read(str(path), SENTENCE, more=2)
    model, tokenizer = transformers.AutoModelForCausalLM.from_pretrained(path).eval(), None
    tokenizer = transformers.AutoTokenizer.from_pretrained(path)
    numbers = tokenizer(SENTENCE)["input_ids"]
    for step in range(2):
        with torch.no_grad():
            p = model(torch.tensor([numbers])).logits[0, -1].softmax(0)
        shown = next(beat for beat in attention(reading) if beat.id == f"next-{step}")["next"]
        best = int(p.argmax())
        assert shown.names[0] == reading.vocabulary[best] == reading.tokens[len(numbers)]
        assert shown.values[0] == pytest.approx(float(p[best]), abs=1e-5)
        numbers.append(best)
    assert len(reading.tokens) == reading.length + 2 and len(reading.vocabulary) == len(p)


def test_a_blank_is_filled_by_a_model_that_was_trained_to(home):
    path = folder("bert", home)
    reading = huggingface.read(str(path), "the cat sat on the [MASK] .")
    assert reading.tokens[reading.blank] == "[MASK]" and reading.at == reading.blank
    beats = {beat.id: beat for beat in attention(reading)}
    assert "fill" in beats and "temperature" not in beats
    model = transformers.AutoModelForMaskedLM.from_pretrained(path).eval()
    numbers = transformers.AutoTokenizer.from_pretrained(path)("the cat sat on the [MASK] .")["input_ids"]
    with torch.no_grad():
        p = model(torch.tensor([numbers])).logits[0, reading.blank].softmax(0).numpy()
    np.testing.assert_allclose(beats["fill"]["fill"].values, np.sort(p)[::-1][:6], atol=1e-5)
    plain = huggingface.read(str(path), "the cat sat on the mat .")
    assert [beat.id for beat in attention(plain)][-1] == "blocks"
    bare = huggingface.read(str(folder("encoder", home)))
    assert not bare.guesses and "output" not in bare.trace


def test_sixteen_heads_and_a_sentence_of_many_tokens_are_shown_whole_or_say_what_is_not(home):
    path = str(folder("sixteen", home))
    beats = {beat.id: beat for beat in attention(huggingface.read(path, SENTENCE))}
    assert len(grids(beats["heads"])) == 16
    long = huggingface.read(path, " ".join(["once upon a time there was a queen ."] * 6), more=3)
    assert long.length > 40
    made = story(long)
    for beat in made.beats:
        for mark in beat.marks:
            if isinstance(mark, Grid) and mark.rows and len(mark.rows) > 1 and beat.id in ("vectors", "maps"):
                assert mark.of[0] == long.length > len(mark.rows)
    assert made.beat("softmax")["row"].values.sum() == pytest.approx(1, abs=1e-5)
    assert faults(made) == []


@pytest.mark.parametrize("family", ["llama", "bert"])
def test_a_table_of_long_words_fits(family, home):
    reading = huggingface.read(
        str(folder(family, home)), "tiredtiredtired the cat sat on a mat because it was"
    )
    for beat in attention(reading):
        if beat.id in ("scores", "softmax"):
            assert beat["scores"].rows == choose_names(reading)[0]
            place(beat, RenderStyle(by_name("dark"), "en"), "Attention")


def test_more_tokens_than_are_shown_are_counted(home):
    path = str(folder("sixteen", home))
    reading = huggingface.read(path, " ".join(["a"] * 62), more=0)
    tokens = build_line(reading, highlight=(61,))
    assert (len(tokens.words), tokens.of) == (60, 62) and tokens.highlight == (59,)


# Tokens as they are spelled


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b" pen", ("␣pen", False)),
        (b"\xe3\x81", ("E3 81", True)),
        (b" \xe3", ("␣ E3", True)),
        ("あ".encode(), ("あ", False)),
        ("あ".encode() + b"\xe3\x81", ("あ E3 81", True)),
        (b"\xaea", ("AE a", True)),
        (b"\n", ("⏎", False)),
        (b"\x00", ("00", True)),
        ("한".encode(), ("ED 95 9C", True)),
    ],
)
def test_bytes_are_shown_as_bytes(raw, shown):
    assert spell(raw) == shown
    assert "\ufffd" not in spell(raw)[0]


def test_the_byte_alphabet_is_that_of_the_tokenizers():
    assert sorted(byte_alphabet()) == sorted(tiny.pre_tokenizers.ByteLevel.alphabet())
    assert sorted(byte_alphabet().values()) == list(range(256))


@pytest.mark.parametrize("family", ["gpt2", "llama"])
def test_japanese_falls_into_bytes_that_are_all_there(family, home):
    sentence = "むかし a queen"
    reading = huggingface.read(str(folder(family, home)), sentence, more=0)
    assert not any("\ufffd" in token for token in reading.tokens)
    hexed = [reading.tokens[i] for i in reading.small]
    assert bytes.fromhex("".join(hexed)) == "むかし".encode()
    line = next(attention(reading))["tokens"]
    assert isinstance(line, Tokens) and line.small == tuple(reading.small)
    assert "bytes" in next(attention(reading)).says["en"]


def test_pieces_of_words_and_special_tokens_are_shown_as_they_are(home):
    reading = huggingface.read(str(folder("bert", home)), "the castles sat")
    assert reading.tokens[0] == "[CLS]" and reading.tokens[-1] == "[SEP]" and len(reading.special) == 2
    assert any(token.startswith("##") for token in reading.tokens)
    assert "##" in next(attention(reading)).says["en"]
    unknown = huggingface.read(str(folder("bert", home)), "the 犬 sat")
    assert "[UNK]" in unknown.tokens and "[UNK]" in next(attention(unknown)).says["en"]
    assert unknown.notice == reading.notice == "", "it knows more than half"
    foreign = huggingface.read(str(folder("bert", home)), "犬 猫 sat")
    assert "knows 1 of its 3 tokens" in next(attention(foreign)).notice
    beats = {beat.id: beat for beat in attention(reading)}
    assert reading.largest == beats["heads"]["head-0"].limit == beats["softmax"]["scores"].limit
    assert float(reading.patterns.max()) <= reading.largest < 1, "small weights are seen on a scale of theirs"


# A window, parts, three lines


def test_a_limited_guess_is_a_run_of_its_own(home):
    path = folder("gpt2", home)
    reading = huggingface.read(str(path), SENTENCE, more=0, context=4)
    model = transformers.AutoModelForCausalLM.from_pretrained(path).eval()
    numbers = transformers.AutoTokenizer.from_pretrained(path)(SENTENCE)["input_ids"]
    with torch.no_grad():
        last = model(torch.tensor([numbers[-4:]])).logits[0, -1].double().numpy()
    np.testing.assert_allclose(reading.limited[-1], last, atol=1e-5)
    assert np.abs(reading.limited[-1] - reading.after(reading.length - 1)).max() > 1e-3
    assert [beat.id for beat in part("window", reading)] == ["window", "slides", "forgets"]


def test_a_window_says_what_the_model_could_read_or_why_there_is_none(home):
    causal = huggingface.read(str(folder("gpt2", home)), SENTENCE, more=0, context=4)
    assert causal.reads == 64 and "64 tokens" in next(iter(part("window", causal))).says["en"]
    assert huggingface.read(str(folder("bloom", home)), "a queen .", more=0).reads is None
    with pytest.raises(UserError, match="has 3 tokens; a window of 4 slides over it only if there are more"):
        list(part("window", huggingface.read(str(folder("llama", home)), "a queen", more=0, context=4)))
    with pytest.raises(UserError, match="looks both ways and writes nothing on: no window slides"):
        list(part("window", huggingface.read(str(folder("bert", home)), SENTENCE, context=4)))


@pytest.mark.parametrize(("times", "digits"), [(1, 1), (40, 0), (10**6, None)])
def test_the_table_of_a_bert_has_room_with_its_special_tokens(home, times, digits):
    reading = huggingface.read(str(folder("bert", home)), "this is a pen .")
    assert reading.tokens[0] == "[CLS]" and reading.tokens[reading.at] == "pen"
    (beat,) = part("table", replace(reading, scale=reading.factor * times))
    grid = next(mark for mark in beat.marks if isinstance(mark, Grid))
    assert len(grid.rows) == reading.length and grid.digits == digits
    for lang in ("en", "ja"):
        place(beat, RenderStyle(by_name("dark"), lang), "Attention")


def test_three_lines_of_python_make_a_picture(home, tmp_path):
    reading = huggingface.read(str(folder("gpt2", home)), "this is a pen .")
    made = Story.from_beats(attention(reading), "Attention", reading.provenance)
    still.still(made, "scores", path=tmp_path / "scores.png")
    assert (tmp_path / "scores.png").stat().st_size > 5000


# Mistakes


def test_mistakes_are_one_line(home, tmp_path, monkeypatch):
    path = folder("gpt2", home)
    empty, torn, wrong = (tmp_path / name for name in ("empty", "torn", "wrong"))
    empty.mkdir()
    shutil.copytree(path, torn)
    (torn / "model.safetensors").unlink()
    shutil.copytree(path, wrong)
    config = json.loads((wrong / "config.json").read_text())
    (wrong / "config.json").write_text(json.dumps({**config, "n_layer": 3}))
    for asked, sentence, message in (
        ("no/such", SENTENCE, "there is no folder 'no/such'"),
        (empty, SENTENCE, "holds no Hugging Face model: there is no config.json"),
        (torn, SENTENCE, "holds no weights that can be read"),
        (wrong, SENTENCE, "lacks .* of the model's weights, the first is 'h.2"),
        (path, "  ", "an empty sentence has nothing to look at"),
        (path, "a", "1 of . tokens are read; at least two wanted"),
        (path, "queen " * 70, "tokens; gpt2 reads at most 64"),
    ):
        with pytest.raises(UserError, match=message) as error:
            huggingface.read(str(asked), sentence)
        assert "\n" not in str(error.value)


def test_roberta_keeps_places_for_its_padding(home):
    with pytest.raises(UserError, match="roberta reads at most 63"):
        huggingface.read(str(folder("roberta", home)), "cat " * 70)


def test_without_transformers_the_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(UserError, match=r'pip install "nnanim\[hf\]"'):
        huggingface.read("anything", SENTENCE)


def test_a_model_without_a_softmax_of_products_is_refused(home, monkeypatch):
    capture = importlib.import_module("nnanim.recording.huggingface.attention_capture")
    monkeypatch.setattr(capture, "_PRODUCTS", set())
    with pytest.raises(UserError, match="0 of the 2 attentions of GPT2LMHeadModel are made of dot products"):
        huggingface.read(str(folder("gpt2", home)), SENTENCE)


@pytest.mark.parametrize("named", [5, "GPT2LMHeadModel", [{}], [None], {"a": 1}, []])
def test_names_of_architectures_may_be_anything(home, tmp_path, named):
    odd = tmp_path / "odd"
    shutil.copytree(folder("gpt2", home), odd)
    config = json.loads((odd / "config.json").read_text())
    (odd / "config.json").write_text(json.dumps(config | {"architectures": named}))
    try:
        assert huggingface.read(str(odd), "the cat sat").trace
    except UserError as error:
        assert str(odd) in str(error)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
@pytest.mark.parametrize(
    "place", [place for place in PLACES if place not in ("missing", "empty", "a folder")]
)
def test_a_folder_in_which_the_library_would_not_end_is_one_line(home, tmp_path, name, place):
    odd = tmp_path / "odd"
    shutil.copytree(folder("gpt2", home), odd)
    (odd / name).unlink()
    PLACES[place](odd / name)
    with pytest.raises(UserError, match="odd"):
        huggingface.read(str(odd), "the cat sat")


def test_a_tokenizer_that_loads_and_cannot_read_is_one_line(home, tmp_path):
    odd = tmp_path / "odd"
    shutil.copytree(folder("gpt2", home), odd)
    config = json.loads((odd / "tokenizer_config.json").read_text())
    (odd / "tokenizer_config.json").write_text(json.dumps(config | {"model_max_length": []}))
    with pytest.raises(UserError, match=r"the tokenizer in \S*odd cannot read the sentence"):
        huggingface.read(str(odd), "the cat sat")
