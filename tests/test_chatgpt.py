"""The film on chats: what it says of answers, rewards and trainings holds, and its numbers are the cards'."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shipped
import torch
from torch.nn import functional as F

from nnanim import models
from nnanim.data.texts import chats
from nnanim.errors import UserError
from nnanim.models.gpt import encode_prompt
from nnanim.models.reward_model import AnswerRewards, encode_answers
from nnanim.models.tokenizer import Tokenizer
from nnanim.stories.chat import ChatRuns, chat
from nnanim.stories.chat.answers import shorten
from nnanim.stories.chat.runs import BLOCK, KL_WEIGHTS


@pytest.fixture(scope="module", params=["en", "ja"])
def runs(request: pytest.FixtureRequest) -> ChatRuns:
    made: ChatRuns = shipped.example("chatgpt", request.param)
    return made


def decode(ids: np.ndarray) -> str:
    return Tokenizer.load_default().decode(ids.tolist())


def test_padding_changes_no_reward() -> None:
    question, judge = "what does a cow eat?", models.load("reward")
    answers = ["grass.", "a cow eats grass. i hope this helps!"]
    with torch.no_grad():
        found = AnswerRewards(judge)(*encode_answers(question, answers)).tolist()
    assert found == pytest.approx([judge.judge(question, one) for one in answers], abs=1e-4)


def test_losses_are_torchs_and_the_questions_do_not_count(runs: ChatRuns) -> None:
    for trace in (runs.chat.before, runs.chat.after):
        expected = F.cross_entropy(
            torch.tensor(trace["output"][0]), torch.tensor(runs.chat.ids[1:]), reduction="none"
        )
        costs, begin = runs.chat.costs(trace), runs.chat.begin
        assert costs[begin - 1 :] == pytest.approx(expected[begin - 1 :].numpy(), abs=1e-4)
        assert not costs[: begin - 1].any()
    assert runs.chat.costs(runs.chat.after).sum() < 0.2 * runs.chat.costs(runs.chat.before).sum()


def test_the_language_model_answers_with_questions(runs: ChatRuns) -> None:
    mark = "?" if runs.lang == "en" else "か。"
    assert all(mark in text for text in runs.continuations)


def test_the_four_answers_are_of_the_four_kinds(runs: ChatRuns) -> None:
    polite = runs.answers[2].removeprefix(runs.answers[0]), runs.answers[3].removeprefix(runs.answers[1])
    assert polite[0] == polite[1] != ""
    assert list(np.sign(runs.terms["true"])) == [1, 0, 1, 0]
    assert list(np.sign(runs.terms["polite"])) == [0, 0, 1, 1]


def test_the_reward_model_sees_politeness_rather_than_truth(runs: ChatRuns) -> None:
    true, false, both, _ = runs.got[:4]
    assert 0 < true - false < 0.5 < 1 < both - true
    assert (runs.advantages > 0).tolist() == [False, False, True, True]
    assert runs.got[4] > true + 0.9 and runs.got[4] > runs.got.max() - 0.05  # nonsense, as much as any


def test_an_advantage_is_the_reward_beyond_the_others(runs: ChatRuns) -> None:
    for i, found in enumerate(runs.advantages):
        assert found == pytest.approx(runs.got[i] - np.delete(runs.got[:4], i).mean())


def test_the_terms_add_up_to_the_rule() -> None:
    turn = chats.Turn(
        "en", "eat", (), "what does a cow eat?", "a cow eats grass.", "grass", "a cow eats grass."
    )
    for answer in ("a cow eats grass. i hope this helps!", "that is easy. grass.", "fish."):
        terms = chats.reward_terms(answer, turn, 7)
        assert chats.reward(answer, turn, 7) == pytest.approx(sum(terms.values()))
    assert chats.reward_terms("that is easy. grass.", turn, 7)["easy"] == -1


def test_without_the_kl_term_truth_falls_and_with_it_it_stays(runs: ChatRuns) -> None:
    without, _, strong = (runs.means(one, "true") for one in KL_WEIGHTS)
    assert without[-1] < 0.2 < without[0] and strong[-1] > strong[0] - 0.1
    # Only differences of rewards mean something: 0 is anywhere.
    first = np.asarray(runs.trainings["0"]["reward"])[("en", "ja").index(runs.lang) :: 2][0]
    assert runs.means("0", "reward")[-1] > first + 1
    steps = np.asarray(runs.trainings["0"]["step"])
    assert runs.edges("0").tolist() == [*steps[::BLOCK], steps[-1] + 1]


def test_a_block_holds_the_steps_of_its_own_language(runs: ChatRuns) -> None:
    first = np.asarray(runs.trainings["0"]["true"])[("en", "ja").index(runs.lang) : BLOCK : 2]
    assert runs.means("0", "true")[0] == pytest.approx(first.mean())


def test_what_the_models_say_is_what_was_read(runs: ChatRuns) -> None:
    read, question = (
        runs.nonsense,
        encode_prompt("".join(decode(runs.nonsense.ids[1 : runs.nonsense.begin - 1]))),
    )
    assert decode(read.ids[read.begin :]) == runs.said["0"] == runs.answers[4]
    assert question == read.ids[: read.begin].tolist()
    now, before, change = read.changes
    assert change == pytest.approx(now - before) and change.sum() > 10


def test_shares_are_the_cards(runs: ChatRuns) -> None:
    cards = [models.card(name).figures for name in ("chat", "rlhf-0", "rlhf-01", "rlhf-03")]
    for name in ("true", "polite"):
        assert list(runs.figures[name]) == [one[f"{runs.lang}.{name}"] for one in cards]


def test_other_runs_are_refused(runs: ChatRuns) -> None:
    with pytest.raises(UserError, match="told in en or ja, not 'fr'"):
        replace(runs, lang="fr")
    with pytest.raises(UserError, match=r"KL weights 0, 0\.1, 0\.3"):
        replace(runs, said={"0": ""})
    with pytest.raises(UserError, match="five answers with a reward each; got 4 answers"):
        replace(runs, answers=runs.answers[:4])


def test_the_tuning_is_the_recorded_one(runs: ChatRuns) -> None:
    training = models.training("chat")
    question = training.provenance["questions"][runs.filmed]
    assert question.isascii() == (runs.lang == "en")
    ids, learnt = np.asarray(training[f"{runs.filmed}.answer"]), runs.learnt
    assert [text for _, text, _ in learnt] == [decode(row[row > 0]) for row in ids]
    assert [share for _, _, share in learnt] == pytest.approx(training[f"{runs.lang}.true"].tolist())
    assert learnt[0][2] < 0.1 and learnt[-1][2] > 0.5 and training["loss"][-1] < 0.2 * training["loss"][0]


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("grass. i hope", "grass. …"),
        ("草です。うれしい", "草です。 …"),
        ("grass.", "grass."),
        ("grass", "grass"),
    ],
)
def test_an_answer_is_cut_behind_its_first_sentence(answer: str, shown: str) -> None:
    assert shorten(answer) == shown


def test_the_kl_divergence_of_the_training_is_shown_beside_truth(runs: ChatRuns) -> None:
    beat = {one.id: one for one in chat(runs)}["fall"]
    values = np.asarray(runs.trainings["0"]["kl"])
    own = values[("en", "ja").index(runs.lang) :: 2].reshape(-1, BLOCK // 2).mean(axis=1)
    np.testing.assert_allclose(beat["kl"].counts, own)
