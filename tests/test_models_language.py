"""The language models and the vision transformer against torch's own layers, and bad input."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn
from torch.nn import functional as F

from nnanim import models
from nnanim.data import translation
from nnanim.data.texts import chats
from nnanim.errors import UserError
from nnanim.models import cards, difference
from nnanim.models.attention import Attention, TransformerBlock
from nnanim.models.gpt import GPT, encode_prompt, language_bias
from nnanim.models.kv_cache import CachedReader, generate
from nnanim.models.masked import MaskedModel, encode_masked
from nnanim.models.reward_model import RewardModel
from nnanim.models.sentence_encoder import SentenceEncoder
from nnanim.models.tokenizer import BOT, DOC, END, MASK, PAD, USER, Tokenizer
from nnanim.models.translator import Translator, encode_sources
from nnanim.models.vit import ATTRIBUTES, ViT
from nnanim.training import fine_tuning, rlhf

TOKENS = len(Tokenizer.load_default())
SMALL = {"length": 24, "width": 16, "depth": 2, "heads": 2}


def small(kind: type[GPT] = GPT, **arguments: int) -> GPT:
    torch.manual_seed(0)
    return kind(TOKENS, **{**SMALL, **arguments}).eval()


def copy_attention(own: Attention, theirs: nn.MultiheadAttention) -> None:
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([own.query.weight, own.key.weight, own.value.weight]))
        theirs.in_proj_bias.copy_(torch.cat([own.query.bias, own.key.bias, own.value.bias]))
    theirs.out_proj.load_state_dict(own.mix.state_dict())


def copy_block(
    own: TransformerBlock, theirs: nn.TransformerEncoderLayer | nn.TransformerDecoderLayer
) -> None:
    copy_attention(own.attention, theirs.self_attn)
    norms = [own.norm, own.mlp_norm]
    if isinstance(theirs, nn.TransformerDecoderLayer):
        copy_attention(own.cross_attention, theirs.multihead_attn)
        norms.insert(1, own.cross_norm)
    for at, norm in enumerate(norms, 1):
        getattr(theirs, f"norm{at}").load_state_dict(norm.state_dict())
    theirs.linear1.load_state_dict(own.mlp[0].state_dict())
    theirs.linear2.load_state_dict(own.mlp[2].state_dict())


def layers(kind: type[nn.Module], blocks: nn.ModuleList, width: int, heads: int) -> list[nn.Module]:
    found = []
    for block in blocks:
        layer = kind(width, heads, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True)
        copy_block(block, layer)
        found.append(layer)
    return found


@pytest.mark.parametrize("kind", [GPT, MaskedModel])
def test_gpt_is_torchs_encoder_with_a_causal_mask_and_tied_words(kind: type[GPT]) -> None:
    model, ids = small(kind), torch.randint(6, TOKENS, (2, 9))
    x = model.tokens(ids) + model.positions.weight[:9]
    mask = nn.Transformer.generate_square_subsequent_mask(9) if kind is GPT else None
    for layer in layers(nn.TransformerEncoderLayer, model.blocks, 16, 2):
        x = layer(x, src_mask=mask, is_causal=mask is not None)
    expected = F.linear(F.layer_norm(x, (16,), model.norm.weight, model.norm.bias), model.tokens.weight)
    torch.testing.assert_close(model(ids), expected)


def test_the_translator_is_torchs_transformer() -> None:
    torch.manual_seed(0)
    model = Translator(50, length=12, width=16, depth=2, heads=2).eval()
    source, target = torch.randint(5, 50, (3, 7)), torch.randint(5, 50, (3, 6))
    source[0, 4:] = PAD
    padded = source == PAD
    x = model.words(source) * model.scale + model.source_positions.weight[:7]
    for layer in layers(nn.TransformerEncoderLayer, model.encoder, 16, 2):
        x = layer(x, src_key_padding_mask=padded)
    states = model.encoder_norm(x)
    y = model.words(target) * model.scale + model.target_positions.weight[:6]
    mask = nn.Transformer.generate_square_subsequent_mask(6)
    for layer in layers(nn.TransformerDecoderLayer, model.decoder, 16, 2):
        y = layer(y, states, tgt_mask=mask, memory_key_padding_mask=padded, tgt_is_causal=True)
    expected = F.linear(model.decoder_norm(y), model.words.weight)
    torch.testing.assert_close(model(source, target), expected, atol=1e-5, rtol=1e-4)


def test_the_vision_transformer_is_a_convolution_and_torchs_encoder() -> None:
    torch.manual_seed(0)
    model, pictures = ViT(width=16, depth=2, heads=2).eval(), torch.rand(2, 3, 64, 64)
    kernel = model.embed.weight.reshape(16, 3, 8, 8)
    patches = F.conv2d(pictures * 2 - 1, kernel, model.embed.bias, stride=8).flatten(2).transpose(1, 2)
    x = torch.cat([model.cls.expand(2, 1, 16), patches], 1) + model.positions
    for layer in layers(nn.TransformerEncoderLayer, model.blocks, 16, 2):
        x = layer(x)
    torch.testing.assert_close(torch.cat(model(pictures), 1), model.answer(model.norm(x[:, 0])))
    assert [part.shape[1] for part in model(pictures)] == [16, 6, 2, 3, 4, 5] and len(ATTRIBUTES) == 6
    with pytest.raises(UserError, match="takes pictures"):
        model(torch.rand(2, 3, 32, 32))


def test_remembered_keys_and_values_give_the_same_logits() -> None:
    model, ids = small(), torch.randint(6, TOKENS, (3, 10))
    reader = CachedReader(model)
    torch.testing.assert_close(reader.read(ids[:, :6]), model(ids[:, :6])[:, -1])
    for at in range(6, 10):
        torch.testing.assert_close(reader.read(ids[:, at : at + 1]), model(ids[:, : at + 1])[:, -1])


def test_generation_is_argmax_again_and_again_and_pads_behind_the_end() -> None:
    model, ids = small(), torch.randint(6, TOKENS, (2, 5))
    bias = torch.zeros(TOKENS)
    bias[END] = 0.6  # so that a row ends soon
    made = generate(model, ids, 8, bias=bias)
    for row, begin in zip(made.tolist(), ids.tolist(), strict=True):
        for at, token in enumerate(row):
            if END in row[:at]:
                assert token == PAD
            else:
                logits = model(torch.tensor([begin + row[:at]]))[0, -1] + bias
                assert token == int(logits.argmax())
    assert generate(model, torch.randint(6, TOKENS, (1, 24)), 5).shape == (1, 1)  # the context is full


def test_drawing_repeats_itself_and_follows_the_temperature() -> None:
    model = small()
    once, again = (model.generate("a cat", 8, temperature=1.0, seed=3) for _ in range(2))
    assert once == again != model.generate("a cat", 8, temperature=1.0, seed=4)
    assert model.generate("a cat", 8) == model.generate("a cat", 8, seed=9)
    cold, warm = (dict(model.next_token_probs("a", t)) for t in (0.1, 5.0))
    assert max(cold.values()) > max(warm.values()) and sum(cold.values()) == pytest.approx(1, abs=1e-4)


def test_one_language_leaves_no_probability_for_the_other() -> None:
    model, tokenizer = small(), Tokenizer.load_default()
    for language, other in (("en", "ja"), ("ja", "en")):
        found = dict(model.next_token_probs("", 1.0, language))
        foreign = [
            piece for piece, fits in zip(tokenizer.tokens, tokenizer.of_language(other), strict=True) if fits
        ]
        alone = [piece for piece in foreign if not tokenizer.of_language(language)[tokenizer.ids[piece]]]
        assert alone and all(found[piece] == 0 for piece in alone)
    assert not language_bias(tokenizer, "").any()


def test_a_text_longer_than_the_context_is_read_from_its_end() -> None:
    model = small()
    long = "a cat and a dog and a cow and a bird and a horse and a bear and a frog and a sheep and a duck."
    ids = Tokenizer.load_default().encode(long)
    assert len(ids) > model.length
    torch.testing.assert_close(
        torch.tensor([chance for _, chance in model.next_token_probs(long)]),
        model(torch.tensor([ids[-model.length :]]))[0, -1].softmax(0).sort(descending=True).values,
    )
    assert model.generate(long, 4)


def test_mistakes_are_told() -> None:
    model = small()
    for call, message in (
        (lambda: model(torch.zeros(1, 25, dtype=torch.long)), "at most 24 tokens, got 25"),
        (lambda: model.next_token_probs("a", 0), "temperature is positive, got 0"),
        (lambda: model.generate("a", 4, temperature=-1), "temperature is not negative"),
        (lambda: model.generate("a", 24), "at most 23 tokens can be written at once, got 24"),
        (lambda: model.generate("a", 4, language="fr"), "knows en, ja, not 'fr'"),
        (lambda: model.answer("  "), "the question is empty"),
    ):
        with pytest.raises(UserError, match=message):
            call()


def test_unknown_words_are_read_as_bytes() -> None:
    assert small().next_token_probs("鬱 Ω")[0][1] > 0


def test_a_chat_holds_documents_question_and_answer() -> None:
    encode = Tokenizer.load_default().encode
    found = encode_prompt("what is 1 + 1?", ["a cat.", "犬。"])
    assert found == [DOC, *encode("a cat."), DOC, *encode("犬。"), USER, *encode("what is 1 + 1?"), BOT]


def test_translations_of_nothing_of_too_much_and_of_other_languages() -> None:
    model = Translator(len(translation.vocabulary()), width=16, depth=1, heads=2).eval()
    for text, target, message in (
        ("", "ja", "no word to translate"),
        ("I built a huse.", "ja", "does not know 'huse'.*'house'"),
        ("I " * 40, "ja", "at most 39 words, got 40"),
        ("I built a house.", "fr", "writes en, ja, ja-plain, not 'fr'"),
    ):
        with pytest.raises(UserError, match=message):
            model.translate(text, target)


def test_padding_changes_no_translation() -> None:
    model = models.load("translator")
    sentences = [translation.split(text) for text in ("This is a pen.", "My grandfather built this house.")]
    both = model.translate_all(sentences, "ja")
    assert both == [model.translate_all([one], "ja")[0] for one in sentences]
    rows = encode_sources(sentences, model.length)
    assert rows.shape == (2, 7) and rows[0, -1] == PAD


def test_the_masked_model_sees_both_sides() -> None:
    model = small(MaskedModel)
    assert isinstance(model, MaskedModel)
    ids = encode_masked("a <mask> eats honey.")
    encode = Tokenizer.load_default().encode
    assert ids == [END, *encode("a"), MASK, *encode("eats honey.")]
    changed = torch.tensor([ids])
    changed[0, -1] = encode("。")[0]
    assert not torch.allclose(model(torch.tensor([ids]))[0, 2], model(changed)[0, 2])
    filled = model.fill("<mask>は<mask>")
    assert len(filled) == 2 and all(
        sum(chance for _, chance in one) == pytest.approx(1, abs=1e-4) for one in filled
    )
    with pytest.raises(UserError, match="no <mask> to fill in 'a cat'"):
        model.fill("a cat")


def test_vectors_have_length_one_and_ignore_padding() -> None:
    model = small(SentenceEncoder)
    assert isinstance(model, SentenceEncoder)
    both = model.embed(["a cat.", "ミラは海のそばに住んでいます。"])
    torch.testing.assert_close(both.norm(dim=1), torch.ones(2))
    torch.testing.assert_close(model.embed(["a cat."]), both[:1])
    found = model.find("a cat.", ["a dog.", "a cat."], 5)
    assert found[0][0] == "a cat." and found[0][1] == pytest.approx(1) and len(found) == 2
    for call, message in (
        (lambda: model.embed([""]), "empty sentence has no vector"),
        (lambda: model.embed(["a " * 40]), "at most 24 tokens, got 41"),
        (lambda: model.find("a", []), "no facts to search"),
    ):
        with pytest.raises(UserError, match=message):
            call()


def test_a_reward_is_read_off_the_end_token() -> None:
    model = small(RewardModel)
    assert isinstance(model, RewardModel)
    nn.init.normal_(model.score.weight)
    ids = [*encode_prompt("what is 1 + 1?"), *Tokenizer.load_default().encode("2."), END]
    padded = torch.tensor([[*ids, PAD, PAD]])
    reward = model.rewards(padded, torch.tensor([len(ids) - 1])).item()
    assert reward == pytest.approx(model.judge("what is 1 + 1?", "2."), abs=1e-5)
    expected = model.states(torch.tensor([ids]))[0, -1] @ model.score.weight[0] + model.score.bias[0]
    assert reward == pytest.approx(expected.item(), abs=1e-5)


def test_a_difference_gives_the_weights_again() -> None:
    torch.manual_seed(0)
    base = {
        "kept": torch.randn(4, 4),
        "rows": torch.randn(9, 6),
        "all": torch.randn(5, 7),
        "bias": torch.randn(3),
    }
    tuned = {
        **base,
        "new": torch.randn(2, 2),
        "bias": base["bias"] + 0.1,
        "all": base["all"] + torch.randn(5, 7),
    }
    tuned["rows"] = base["rows"].clone()
    tuned["rows"][[2, 5]] += torch.randn(2, 6) * 0.01
    stored = difference.compute_difference(tuned, base)
    assert not any(name.startswith("kept") for name in stored)
    assert stored["rows.rows"].tolist() == [2, 5] and stored["rows.change"].dtype == torch.int8
    found = difference.add(stored, base)
    assert found.keys() == tuned.keys()
    for name, weight in tuned.items():
        error = (found[name] - weight).abs().max()
        change = (weight - base[name]).abs().max() if name in base else weight.abs().max()
        steps = difference.LARGEST_CHANGE if name in base else difference.LARGEST
        assert error <= change / steps * 0.51, name  # half a step, and what its scale is rounded by
    torch.testing.assert_close(found["rows"][0], base["rows"][0], rtol=0, atol=0)


def test_rounded_weights_stay_what_they_are() -> None:
    """What a training measures is what its file gives: rounding again changes nothing."""
    torch.manual_seed(0)
    size = {"matrix": (6, 40), "convolution": (4, 3, 3, 3), "one row": (1, 1, 9), "bias": (7,)}
    whole = {name: torch.randn(shape) * 3 for name, shape in size.items()}
    whole["matrix"][2] = 0
    stored = difference.compute_difference(whole, {})
    rounded = difference.add(stored, {})
    assert stored["convolution.change"].dtype == torch.int8 and stored["one row"].dtype == torch.float16
    assert not rounded["matrix"][2].any()
    for name, weight in whole.items():
        largest = weight.flatten(1).abs().amax(1) if weight.ndim > 1 else weight.abs().max()
        error = (rounded[name] - weight).flatten(1).abs().amax(1) if weight.ndim > 1 else None
        assert error is None or bool((error <= largest / difference.LARGEST * 0.51).all()), name
    again = difference.compute_difference(rounded, {})
    assert all(torch.equal(value, again[name]) for name, value in stored.items())


def test_what_models_have_in_common_is_kept_once() -> None:
    """The captioner sees with clip's eye, and clip reads with the text encoder: to the bit."""
    clip, robust = models.load("clip").state_dict(), models.load("clip-robust").state_dict()
    for name, weight in models.load("text-encoder").state_dict().items():
        assert torch.equal(clip[f"text.{name}"], weight) and torch.equal(robust[f"text.{name}"], weight), name
    seen = {name: w for name, w in models.load("captioner").state_dict().items() if name.startswith("image.")}
    assert seen and all(torch.equal(clip[name], weight) for name, weight in seen.items())
    assert "image.project.weight" not in safetensors.torch.load(cards.checked_weights("captioner"))


def test_a_difference_belongs_to_one_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in cards.WEIGHTS.glob("sentence-encoder.*"):
        shutil.copy(path, tmp_path)
    for path in cards.WEIGHTS.glob("language-model.*"):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(cards, "WEIGHTS", tmp_path)
    path = tmp_path / "language-model.card.json"
    path.write_text(path.read_text(encoding="utf-8").replace(models.card("language-model").sha256, "0" * 64))
    with pytest.raises(
        UserError,
        match=r"difference from another 'language-model' .*python -m nnanim\.training\.sentence_encoder",
    ):
        models.load("sentence-encoder")


def test_a_difference_may_be_of_a_difference_but_not_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = ("reward", "chat", "language-model")
    for name in chain:
        for path in cards.WEIGHTS.glob(f"{name}.*"):
            shutil.copy(path, tmp_path)
    monkeypatch.setattr(cards, "WEIGHTS", tmp_path)
    assert (
        models.card("reward").base["name"] == "chat" and models.card("chat").base["name"] == "language-model"
    )
    assert isinstance(models.load("reward"), RewardModel)
    card = models.card("chat")
    for circle in ("reward", "chat"):
        replace(card, base={"name": circle, "sha256": models.card(circle).sha256}).save()
        with pytest.raises(UserError, match=r"'reward' are a difference from themselves; run: python"):
            models.load("reward")


def test_fine_tuning_moves_little() -> None:
    model = fine_tuning.start_from("language-model", GPT, trained_blocks=1)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.0)
    turns = [chats.draw_turn(random.Random(at), "en") for at in range(4)]
    fine_tuning.answer_loss(model, turns).backward()
    optimizer.step()
    moved = {name for name, weight in model.state_dict().items() if not torch.equal(weight, before[name])}
    assert moved and all(name.startswith(("blocks.2.", "norm.", "tokens.")) for name in moved)
    rows = (model.tokens.weight != before["tokens.weight"]).any(1).nonzero()[:, 0].tolist()
    assert set(rows) <= set(fine_tuning.chat_tokens()) and USER in rows


def test_only_the_answer_is_learnt() -> None:
    turn = chats.Turn("en", "sum", (), "what is 1 + 1?", "2.", "2", "1 + 1 = 2.")
    ids, own = fine_tuning.encode_chats([turn, turn._replace(answer="1 + 1 = 2.")])
    assert ids.shape == own.shape and own.sum(1).tolist() == [3, 7]
    assert ids[0][own[0]].tolist() == [*Tokenizer.load_default().encode("2."), END]
    model = small(length=64)
    logits = model(ids[:1, :-1]).log_softmax(-1)
    places = own[0].nonzero()[:, 0]
    expected = -torch.stack([logits[0, at - 1, ids[0, at]] for at in places]).mean()
    torch.testing.assert_close(fine_tuning.answer_loss(model, [turn]), expected)


def test_answers_with_more_reward_become_likelier() -> None:
    """One step of the policy's loss: the answer that the judge prefers gains, the others lose."""
    turns = [chats.draw_turn(random.Random(1), "en", "eat")] * rlhf.ANSWERS
    answers = [[*Tokenizer.load_default().encode(text), END] for text in ("grass.", "fish.", "hay.", "meat.")]
    model = small(length=64)

    class Judge:
        def rewards(self, ids: torch.Tensor, last: torch.Tensor) -> torch.Tensor:
            return torch.tensor([1.0, 0.0, 0.0, 0.0])

    def chances() -> torch.Tensor:
        prompts = [encode_prompt(turn.question) for turn in turns]
        ids, own = fine_tuning.pad_chats(prompts, answers)
        with torch.no_grad():
            return (fine_tuning.log_probabilities(model, ids) * own[:, 1:]).sum(1)

    before = chances()
    loss, record = rlhf.policy_loss(model, model, Judge(), turns, answers, 0.1)  # type: ignore[arg-type]
    assert float(record["kl"]) == 0 and float(record["reward"]) == pytest.approx(0.25)
    loss.backward()
    torch.optim.SGD(model.parameters(), lr=0.5).step()
    gained = chances() - before
    assert gained[0] > 0 and int(gained.argmax()) == 0


def test_a_large_kl_weight_holds_the_model_back() -> None:
    turns = [chats.draw_turn(random.Random(1), "en", "eat")] * rlhf.ANSWERS
    answers = [[*Tokenizer.load_default().encode(text), END] for text in ("grass.", "fish.", "hay.", "meat.")]
    model, before = small(length=64), small(length=64)
    with torch.no_grad():
        before.tokens.weight.add_(0.05 * torch.randn_like(before.tokens.weight))

    class Judge:
        def rewards(self, ids: torch.Tensor, last: torch.Tensor) -> torch.Tensor:
            return torch.zeros(4)

    free, _ = rlhf.policy_loss(model, before, Judge(), turns, answers, 0.0)  # type: ignore[arg-type]
    held, record = rlhf.policy_loss(model, before, Judge(), turns, answers, 0.3)  # type: ignore[arg-type]
    assert free.item() == 0 != held.item() and np.isfinite(record["kl"].item())
