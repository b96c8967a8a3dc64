"""The film on retrieval: what is found, pasted and read is what the models did."""

from __future__ import annotations

from dataclasses import replace

import invariants
import numpy as np
import pytest
import shipped

from nnanim import models
from nnanim.errors import UserError
from nnanim.layout import place
from nnanim.scene import loader
from nnanim.stories.rag import Retrieval, rag
from nnanim.style import RenderStyle
from nnanim.theme import by_name


@pytest.fixture(scope="module", params=["en", "ja"])
def run(request: pytest.FixtureRequest) -> Retrieval:
    made: Retrieval = shipped.example("rag", request.param)
    return made


def test_the_nearest_fact_is_the_encoders(run: Retrieval) -> None:
    encoder = models.load("sentence-encoder")
    found = encoder.find(run.question, run.facts, len(run.facts))
    assert [run.facts[i] for i in run.order] == [fact for fact, _ in found]
    np.testing.assert_allclose(run.cosines[list(run.order)], [cosine for _, cosine in found], atol=1e-5)


def test_the_answers_are_the_readers(run: Retrieval) -> None:
    reader, best = models.load("reader"), run.facts[run.order[0]]
    assert run.plain.text == reader.answer(run.question) != best
    assert run.found.text == reader.answer(run.question, [best]) == best
    assert run.wrong.text == reader.answer(run.question, [run.facts[4]]) != best
    for answer, fact in ((run.plain, ""), (run.found, best)):
        assert bool(answer.fact) == bool(fact)
        assert len(answer.tokens) == answer.trace["output"].shape[1]


def test_the_word_that_is_looked_up_stands_in_the_fact_alone(run: Retrieval) -> None:
    place, source, block, head = run.look
    tokens = run.found.tokens
    assert tokens[place] == tokens[source] and place > run.found.begin and 0 < source < run.found.fact
    assert tokens[place] not in run.question_tokens
    weights = run.found.trace.attention(run.found.trace.attentions[block])[0, head, place - 1]
    assert int(weights.argmax()) == source and weights[source] > 0.5
    # The table's row of that word has it in the fact's column.
    table = {beat.id: beat for beat in rag(run)}["right"]["table"]
    assert table.values[place - run.found.begin, source - 1] == pytest.approx(float(weights[source]))


def test_figures_are_the_cards(run: Retrieval) -> None:
    bars = {beat.id: beat for beat in rag(run)}["figures"]["figures"]
    known = models.card("reader").figures
    assert any(
        list(bars.values) == [known[f"{lang}.{case}"] for case in ("none", "found", "wrong", "three")]
        for lang in ("en", "ja")
    )


def test_what_does_not_fit_is_refused(run: Retrieval) -> None:
    with pytest.raises(UserError, match=r"12 vectors for a question and 3 facts"):
        replace(run, facts=run.facts[:3])
    with pytest.raises(UserError, match=r"no figure for 'found'; none, found, wrong, three wanted"):
        replace(run, figures={"none": 0.1, "wrong": 0.1, "three": 0.2})
    with pytest.raises(UserError, match="no fact stands in front of the answer"):
        list(rag(replace(run, found=run.plain)))


def ask(sentence: str, lang: str = "en") -> Retrieval:
    """What the film shows of another question."""
    made: Retrieval = (
        loader.load("rag").without_renderer({"lang": lang, "sentence": sentence}).compute_example()
    )
    return made


@pytest.mark.parametrize(
    ("sentence", "lang", "word"),
    [("which animal does sege keep?", "en", "horse"), ("アヤはどこに住んでいますか。", "ja", "村")],
)
def test_another_question_is_answered_from_what_is_found(sentence: str, lang: str, word: str) -> None:
    run = ask(sentence, lang)
    beats = {beat.id: beat for beat in rag(run)}
    assert word in run.found.text and f"{word}" in beats["right"].says[lang]
    # Nobody has said which fact answers it, so nothing is called right, wrong or made up.
    assert "wrong" not in beats and "made up" not in beats["question"].says["en"]
    assert "Right" not in beats["right"].says["en"]
    style = RenderStyle(by_name("dark"), lang)
    assert [fault for beat in beats.values() for fault in invariants.faults(beat, place(beat, style))] == []


def test_a_fact_that_does_not_help_is_said_to() -> None:
    run = ask("ルヤマはどこに住んでいますか。")  # the facts are English
    assert not run.helps and not set(run.facts[run.order[0]].strip(".").split()) & set(run.found.text)
    assert "does not help" in {beat.id: beat for beat in rag(run)}["right"].says["en"]


def test_unknown_letters_fall_into_bytes() -> None:
    run = ask("où vit sege?")
    assert "<0xC3>" in run.question_tokens and run.found.text


@pytest.mark.parametrize(
    ("sentence", "says"),
    [
        ("", "the question is empty"),
        ("  ", "the question is empty"),
        ("where does rufi live? " * 30, "reads at most 128 tokens, got"),
        ("где живёт руфи?", "pieces; the film shows at most 16"),
    ],
)
def test_a_question_that_cannot_be_told_is_one_line(sentence: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        list(rag(ask(sentence)))
