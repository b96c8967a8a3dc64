"""What the trainings of the language models draw and measure."""

from __future__ import annotations

import itertools
import random
import sys

import numpy as np
import pytest
import torch

from nnanim.data import texts, translation
from nnanim.data.texts.cast import join_words
from nnanim.data.texts.facts import HELD_OUT_SUMS
from nnanim.data.texts.stories import Tale
from nnanim.errors import UserError
from nnanim.models.cards import training_path
from nnanim.models.gpt import GPT, encode_prompt
from nnanim.models.tokenizer import END, MASK, PAD, Tokenizer
from nnanim.trace import Trace
from nnanim.training import (
    chat,
    clip,
    fine_tuning,
    gpt,
    masked,
    rlhf,
    sizes,
    sums,
    token_rows,
    translator,
    vit,
)


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_a_name_is_found_among_the_tokens(language: str) -> None:
    rng, tokenizer = random.Random(2), Tokenizer.load_default()
    for _ in range(30):
        story = Tale(rng, language)
        text = join_words(story.words(), language)
        ids = [END, *tokenizer.encode(text)]
        places = list(gpt.name_places(text, story.name))
        assert places
        assert all(tokenizer.decode(ids[start:end]).strip() == story.name for start, end in places)


def test_longer_ngrams_are_better_and_single_tokens_are_their_frequencies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gpt, "NGRAM_TOKENS", 60_000)
    found = gpt.ngram_perplexities("en", 10)
    assert found[0] > found[1] > found[2] > 1
    rows = token_rows.token_rows(random.Random(gpt.SEED), 60_000 // 129, 129, "en").flatten()
    counts = torch.bincount(rows, minlength=len(Tokenizer.load_default())).double()
    kinds, total = (counts > 0).sum(), counts.sum()
    new = kinds / (kinds + total)
    chances = (1 - new) * counts / total + new / len(counts)
    asked = token_rows.token_rows(random.Random(gpt.HELD_OUT), 10, 129, "en")[:, 1:].flatten()
    assert found[0] == pytest.approx(float(chances[asked].log().mean().neg().exp()), rel=1e-6)


def test_rows_are_texts_behind_end_tokens_in_both_languages() -> None:
    rows = token_rows.token_rows(random.Random(1), 40, 65)
    assert rows.shape == (40, 65) and int(rows.max()) < len(Tokenizer.load_default()) and PAD not in rows
    assert 0.4 < (rows[:, 0] == END).float().mean() < 0.8
    tokenizer = Tokenizer.load_default()
    for row, language in zip(rows[:6].tolist(), ("en", "ja") * 3, strict=True):
        assert any(character > "\u3000" for character in tokenizer.decode(row)) == (language == "ja")


def test_batches_of_sentences_are_about_as_long_as_each_other() -> None:
    batches = translator.draw_pool(5)
    assert batches == translator.draw_pool.__wrapped__(5) != translator.draw_pool(6)
    lengths = sorted((len(batch[0][0]), len(batch[-1][0])) for batch in batches)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(lengths))
    source, target = translator.encode_examples(batches[0], 40)
    assert source.shape[0] == target.shape[0] == translator.BATCH
    first = batches[0][0]
    assert target[0, 0] == translation.SPECIAL.index(f"<{first[1]}>")
    assert source[0, : len(first[0]) + 1].tolist() == [*translation.encode(first[0]), translation.END]


def test_what_japanese_drops_is_only_read() -> None:
    rng = random.Random(3)
    for _ in range(300):
        sentence = translation.sample(rng)
        if sentence.dropped:
            assert translator.to_example(sentence, True)[1] == "en"
    examples = translator.draw_examples(random.Random(4), 400)
    written = [" ".join(words) for _, target, words in examples if target == "ja" and words[-1] == "。"]
    assert not any(text.startswith(("昨日", "毎日")) for text in written)


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_questions_of_one_step_run_together_and_every_kind_comes(language: str) -> None:
    rng, kinds = random.Random(5), []
    for _ in range(60):
        turns = rlhf.draw_alike(rng, language)
        for kind in {turn.kind for turn in turns}:
            own = [turn for turn in turns if turn.kind == kind]
            assert len({len(encode_prompt(turn.question)) for turn in own}) == 1
            kinds.append(kind)
    counts = np.array([kinds.count(kind) for kind in sorted(set(kinds))])
    assert len(counts) == 5 and counts.min() >= 12


def test_sampled_answers_do_not_depend_on_their_neighbours_prompt_length() -> None:
    torch.manual_seed(0)
    model = GPT(len(Tokenizer.load_default()), 64, 16, 1, 2).eval()
    turns = fine_tuning.draw_turns(random.Random(6), "en", 2)
    together = fine_tuning.sample_answers(model, turns, 0, temperature=0)
    alone = [fine_tuning.sample_answers(model, [turn], 0, temperature=0)[0] for turn in turns]
    assert together == alone


@pytest.mark.parametrize("share", [masked.MEASURED, masked.SHARE])
def test_a_share_of_the_tokens_is_masked(share: float) -> None:
    rows = token_rows.token_rows(random.Random(7), 40, 64)
    changed, hidden = masked.mask_rows(rows, np.random.default_rng(8), share)
    assert not hidden[:, 0].any()
    assert share - 0.03 < hidden.float().mean() < share + 0.03
    assert (changed[hidden] == MASK).all() and torch.equal(changed[~hidden], rows[~hidden])


def test_sums_are_as_wrong_as_they_should_be() -> None:
    for wrong in (0.0, 1.0):
        text = Tokenizer.load_default().decode(sums.sum_row(random.Random(9), "en", wrong))
        for statement in text.split(".")[:-1]:
            a, b, total = (int(word) for word in statement.replace("+", " ").replace("=", " ").split())
            assert total == a + b + wrong and (a, b) not in HELD_OUT_SUMS


def test_the_probability_of_a_sum_is_that_of_all_its_tokens() -> None:
    torch.manual_seed(0)
    model = GPT(len(Tokenizer.load_default()), 64, 16, 1, 2).eval()
    for language in texts.LANGUAGES:
        chances = [sums.compute_sum_probability(model, 7, 8, total, language) for total in range(19)]
        assert all(0 < chance < 1 for chance in chances) and sum(chances) < 1


@pytest.mark.parametrize(
    ("module", "told", "message"),
    [
        (rlhf, "0.2", "the training rlhf takes 0, 0.1, 0.3, not '0.2'"),
        (sums, "rigth", "the training sums takes right, wrong, mixed, not 'rigth'; nearest: 'right'"),
        (sizes, "", "the training sizes takes 1, 2, 3, 4, 5, not ''"),
        (clip, "--robsut", "the training clip takes nothing, --robust, not '--robsut'; nearest: '--robust'"),
    ],
)
def test_other_arguments_are_told(
    module: object, told: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["training", told] if told else ["training"])
    with pytest.raises(UserError, match=message):
        module.main()  # type: ignore[attr-defined]


def test_recorded_trainings_are_laid_out_as_the_shipped_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, module in (("chat", chat), ("translator", translator), ("vit", vit)):
        run = module.training()
        model = run.model.eval()
        run.snapshots = {step: run.take_snapshot(model) for step in (10, 0)}  # type: ignore[misc]
        run.curve = [(0, 5.0), (20, 4.0), (40, 3.0)]
        found, shipped = module.build_trace(run), Trace.load(training_path(name))
        assert set(found) == set(shipped)
        assert found["step"].tolist() == [0, 10] and found["loss"].tolist() == [5.0, 4.0, 3.0]
        for array in shipped:
            assert found.axes(array) == shipped.axes(array) and found[array].dtype == shipped[array].dtype
        assert found.provenance.keys() == shipped.provenance.keys()


def test_the_last_rows_of_a_step_say_facts() -> None:
    asked, wanted = masked.draw_rows(np.random.default_rng(3))
    assert asked.shape == wanted.shape == (masked.TEXTS + masked.FACTS, masked.LENGTH)
    assert torch.equal(asked == MASK, wanted >= 0) and MASK not in wanted
    known = Tokenizer.load_default()
    filled = asked.where(asked != MASK, wanted)[masked.TEXTS :]
    ends = torch.tensor([known.ids["."], known.ids["。"]])
    assert (torch.isin(filled, ends).sum(dim=1) >= 5).all()
    for language in texts.LANGUAGES:
        said = known.decode(masked.fact_row(random.Random(4), language))
        assert said.count({"en": ".", "ja": "。"}[language]) >= 5
