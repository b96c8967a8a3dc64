"""The film on translation: what it shows is what the translator does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import invariants
import numpy as np
import pytest
import shipped
import torch

from nnanim import models
from nnanim.data.translation import HELD_OUT_SENTENCES, join
from nnanim.errors import UserError
from nnanim.layout import place
from nnanim.marks import Alignment, Column, Tokens
from nnanim.scene import loader
from nnanim.stories.translation import Translations, translation
from nnanim.style import RenderStyle
from nnanim.theme import by_name

LONG = "Tom did not buy an expensive camera at the station yesterday."
LONGER = "the old farmer did not buy a camera at the station yesterday because my sister bought a red car."


@pytest.fixture(scope="module")
def tell() -> Callable[[str], Translations]:
    """What the film shows in a language."""
    known: dict[str, Translations] = {}

    def runs(lang: str) -> Translations:
        if lang not in known:
            known[lang] = shipped.example("translation", lang)
        return known[lang]

    return runs


def sentence(text: str) -> Translations:
    """What the film shows of another sentence."""
    made: Translations = loader.load("translation").without_renderer({"sentence": text}).compute_example()
    return made


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_is_written_is_what_the_translator_says(tell: Callable[[str], Translations], lang: str) -> None:
    runs, network = tell(lang), models.load("translator")
    for run in (runs.first, runs.clause, *runs.manners, runs.odd):
        target = run.target[0].strip("<>")
        text = join(run.source[:-1])
        assert join(run.target[1:-1]) == network.translate(text, target)
        assert run.target[-1] == "<end>" and run.source[-1] == "<end>"
        likeliest = [run.vocabulary[int(run.chances(row).argmax())] for row in range(run.count)]
        assert likeliest == list(run.target[1:])
        np.testing.assert_allclose(run.weights.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_sentences_were_held_out(tell: Callable[[str], Translations], lang: str) -> None:
    runs = tell(lang)
    for run in (runs.first, runs.clause, *runs.manners):
        english = run.source[:-1] if run.source[0].isascii() else run.target[1:-1]
        assert " ".join(english) in HELD_OUT_SENTENCES


@pytest.mark.parametrize(
    ("lang", "pairs", "clause"), [("en", [("built", "house")], 7), ("ja", [("家", "建て")], 7)]
)
def test_lines_cross_where_the_order_differs(
    tell: Callable[[str], Translations], lang: str, pairs: list[tuple[str, str]], clause: int
) -> None:
    runs = tell(lang)
    (one, other), *_ = runs.first.crossings
    assert [(runs.first.target[one[0] + 1], runs.first.target[other[0] + 1])] == pairs
    assert len(runs.clause.crossings) == clause


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_wrong_sentence_is_sure_and_wrong(tell: Callable[[str], Translations], lang: str) -> None:
    odd = tell(lang).odd
    assert join(odd.target[1:-1]) == {"en": "The cat ate a cat.", "ja": "魚が食べた猫は眠いです。"}[lang]
    assert min(odd.chances(row).max() for row in range(odd.count)) > 0.8


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_scores_are_the_query_and_the_keys(tell: Callable[[str], Translations], lang: str) -> None:
    run = tell(lang).first
    row, head = run.query_row, run.asking_head
    width = run.trace[run.query].shape[-1] // len(run.heads)
    some = slice(head * width, (head + 1) * width)
    scores = run.trace[run.key][0, :, some] @ run.trace[run.query][0, row, some] / np.sqrt(width)
    np.testing.assert_allclose(scores, run.trace[run.scores][0, head, row], atol=1e-4)
    powers = np.exp(scores - scores.max())
    np.testing.assert_allclose(powers / powers.sum(), run.heads[head, row], atol=1e-5)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_training_ends_where_the_model_is(tell: Callable[[str], Translations], lang: str) -> None:
    runs = tell(lang)
    learning = runs.learning
    assert list(learning.sentence["source"]) == list(runs.first.source)
    assert list(learning.sentence["target"]) == list(runs.first.target[1:])
    np.testing.assert_allclose(learning.weights[-1], runs.first.weights, atol=5e-3)
    assert learning.weights[0].max() < 0.35 < 0.9 < learning.weights[-1].max()
    assert learning.exact == models.card("translator").figures[
        {"en": "ja-en.exact", "ja": "en-ja.exact"}[lang]
    ]  # fmt: skip


def test_a_word_is_drawn_with_the_weights_with_which_it_was_found(
    tell: Callable[[str], Translations],
) -> None:
    runs = tell("en")
    beats = {beat.id: beat for beat in translation(runs)}
    lines = beats["cross"]["lines"]
    assert lines.origins == tuple(range(1, len(runs.first.target)))
    assert np.array_equal(lines.weights, runs.first.weights)
    assert beats["start"]["lines"].origins == (0,)
    assert np.array_equal(beats["start"]["lines"].weights, runs.first.weights[:1])
    grown = beats["writes"].motion.states
    for target, some in zip(grown["target"], grown["lines"], strict=True):
        assert len(some.origins) == len(target.words) - 1


@pytest.mark.parametrize(
    "text", ["my sister bought a red car.", "昨日トムは駅で本を読みました。", "I ran.", LONG]
)
def test_another_sentence_is_told_in_the_other_language(text: str) -> None:
    runs = sentence(text)
    assert runs.first.target[0] == ("<ja>" if text.isascii() else "<en>")
    beats = list(translation(runs))
    style = RenderStyle(by_name("dark"), "en")
    faults = [f for beat in beats for f in invariants.faults(beat, place(beat, style))]
    assert [fault for fault in faults if "the stage is used" not in fault] == []
    assert [beat.id for beat in beats][:2] == ["question", "towers"] and beats[-1].id == "cross"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("I built a spaceship.", "does not know 'spaceship'"),
        ("", "there is no word to translate"),
        ("   ", "there is no word to translate"),
        ("私は宇宙船を建てました。", "does not know '宇宙船"),
        ("the " * 45 + ".", "reads at most 39 words"),
        ("Я построил дом.", "does not know 'Я'"),
    ],
)
def test_what_it_cannot_read_is_one_line(text: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        sentence(text)


def test_a_sentence_that_has_no_room_is_refused() -> None:
    with pytest.raises(UserError, match="at most 14 pieces, got 21"):
        list(translation(sentence(LONGER)))


def test_what_does_not_fit_is_refused(tell: Callable[[str], Translations]) -> None:
    run = tell("en").first
    with pytest.raises(UserError, match=r"attention \(6, 8\) for \(6, 7\) pieces"):
        replace(run, source=run.source[1:])
    with pytest.raises(UserError, match="needs the attentions"):
        replace(run, cross=[])


def test_lines_of_a_word_that_goes_are_gone_before_those_of_another_come() -> None:
    source = Tokens(("a", "b"), key="source")
    before = Alignment([[1.0, 0.0], [0.5, 0.5]], source, "target", (0, 1), key="lines")
    after = Alignment([[0.3, 0.7], [0.0, 1.0]], source, "target", (1, 2), key="lines")
    middle = before.between(after, 0.5)
    assert isinstance(middle, Alignment) and middle.origins == (0, 1, 2)
    np.testing.assert_allclose(middle.weights, [[0, 0], [0.4, 0.6], [0, 0]], atol=1e-9)
    assert before.between(Alignment([[1.0]], source, "target", key="lines"), 0.5) is None


@pytest.mark.parametrize(
    ("weights", "rows", "says"),
    [
        ([[0.5, 0.5]], (2,), "origin 2 of 2 tokens"),
        ([[0.5, 0.2, 0.3]], (0,), "3 columns of weights for 2 tokens"),
    ],
)
def test_lines_need_their_words(weights: list[list[float]], rows: tuple[int, ...], says: str) -> None:
    from nnanim.beats import Beat

    source, target = Tokens(("a", "b"), key="source"), Tokens(("c", "d"), key="target")
    with pytest.raises(UserError, match=says):
        Beat("A beat.", Column(source, Alignment(weights, source, target, rows, key="lines"), target), id="b")


@pytest.fixture(scope="module", params=["marian", "t5"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model with an encoder and a decoder, and its tokenizer."""
    transformers = pytest.importorskip("transformers")
    import tiny_language_models as tiny

    tokenizer = tiny.byte_level()
    count, ends = len(tokenizer), {"pad_token_id": 0, "eos_token_id": 0, "decoder_start_token_id": 0}
    torch.manual_seed(3)
    if request.param == "marian":
        layers = {f"{one}_layers": 2 for one in ("encoder", "decoder")}
        heads = {f"{one}_attention_heads": 4 for one in ("encoder", "decoder")}
        config = transformers.MarianConfig(
            vocab_size=count, d_model=32, encoder_ffn_dim=48, decoder_ffn_dim=48, max_position_embeddings=64,
            forced_eos_token_id=None, **layers, **heads, **ends,
        )  # fmt: skip
        model = transformers.MarianMTModel(config)
    else:
        model = transformers.T5ForConditionalGeneration(
            transformers.T5Config(
                vocab_size=count, d_model=32, d_kv=8, d_ff=48, num_layers=2, num_heads=4, **ends
            )
        )
    path = tmp_path_factory.mktemp("models") / request.param
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


@pytest.mark.filterwarnings("ignore")
def test_models_of_hugging_face_translate(folder: Path) -> None:
    import transformers

    from nnanim.recording.huggingface.translating import translate

    run = translate(str(folder), "this is a pen .")
    model = transformers.AutoModelForSeq2SeqLM.from_pretrained(folder, attn_implementation="eager").eval()
    ids = transformers.AutoTokenizer.from_pretrained(folder)("this is a pen .")["input_ids"]
    made = model.generate(input_ids=torch.tensor([ids]), num_beams=1, do_sample=False, max_new_tokens=13)
    with torch.no_grad():
        out = model(input_ids=torch.tensor([ids]), decoder_input_ids=made[:, :-1], output_attentions=True)
    np.testing.assert_allclose(run.heads, out.cross_attentions[-1][0], atol=1e-5)
    np.testing.assert_allclose(run.trace[run.states], out.encoder_last_hidden_state, atol=1e-5)
    assert run.query and run.key
    assert [beat.id for beat in translation(Translations(run))][:2] == ["question", "towers"]


@pytest.mark.filterwarnings("ignore")
def test_a_package_that_a_tokenizer_needs_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import transformers

    from nnanim.recording.huggingface.translating import translate

    for library, cure in (("SentencePiece", r"'nnanim\[hf\]'"), ("tiktoken", "tiktoken")):

        def lack(*_: object, library: str = library, **__: object) -> None:
            raise ImportError(
                f"\nMarianTokenizer requires the {library} library but it was not found.\nHow to"
            )

        monkeypatch.setattr(transformers.AutoTokenizer, "from_pretrained", lack)
        with pytest.raises(UserError, match=f"needs {library.lower()}, which is not .*: pip install {cure}$"):
            translate(str(folder), "this is a pen .")


@pytest.mark.filterwarnings("ignore")
def test_a_tokenizer_of_real_marian_models_is_read(tmp_path: Path) -> None:
    pieces = pytest.importorskip("sentencepiece")
    import json

    import transformers

    from nnanim.recording.huggingface.translating import translate

    (tmp_path / "text").write_text(
        "\n".join(["this is a pen .", "this is a house .", "a cat is in a house ."] * 9)
    )
    options = {"vocab_size": 40, "hard_vocab_limit": False, "minloglevel": 2}
    pieces.SentencePieceTrainer.train(
        input=str(tmp_path / "text"), model_prefix=str(tmp_path / "m"), **options
    )
    spm, path = tmp_path / "m.model", tmp_path / "marian"
    known = pieces.SentencePieceProcessor(model_file=str(spm))
    names = ["</s>", "<unk>", *(known.id_to_piece(at) for at in range(3, known.get_piece_size())), "<pad>"]
    (tmp_path / "vocab.json").write_text(json.dumps({name: at for at, name in enumerate(names)}))
    transformers.MarianTokenizer(
        source_spm=str(spm), target_spm=str(spm), vocab=str(tmp_path / "vocab.json")
    ).save_pretrained(path)
    torch.manual_seed(3)
    sizes = {f"{one}_{what}": 2 for one in ("encoder", "decoder") for what in ("layers", "attention_heads")}
    last = len(names) - 1
    config = transformers.MarianConfig(
        vocab_size=len(names), d_model=32, encoder_ffn_dim=48, decoder_ffn_dim=48, max_position_embeddings=64,
        pad_token_id=last, eos_token_id=0, decoder_start_token_id=last, forced_eos_token_id=None, **sizes,
    )  # fmt: skip
    transformers.MarianMTModel(config).save_pretrained(path)
    run = translate(str(path), "a pen .")
    assert "".join(run.source) == "␣a␣pen␣.</s>"


@pytest.mark.filterwarnings("ignore")
def test_a_model_without_a_decoder_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    import tiny_language_models as tiny

    from nnanim.recording.huggingface.translating import translate

    with pytest.raises(UserError, match="has no encoder and decoder"):
        translate(str(tiny.saved("gpt2", tmp_path)), "this is a pen .")
    with pytest.raises(UserError, match="there is no folder"):
        translate(str(tmp_path / "nothing"), "this is a pen .")
