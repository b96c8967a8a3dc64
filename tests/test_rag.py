"""The film on retrieval: what is found, pasted and read is what the models did."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnanim import models
from nnanim.errors import UserError
from nnanim.scene import loader
from nnanim.stories.rag import Retrieval, rag


@pytest.fixture(scope="module", params=["en", "ja"])
def run(request: pytest.FixtureRequest) -> Retrieval:
    made: Retrieval = loader.load("rag").without_renderer({"lang": request.param}).compute_example()
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
    assert run.wrong.text == reader.answer(run.question, [run.facts[run.wrong_at]]) != best
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
    with pytest.raises(UserError, match="takes no word from the fact; choose another question"):
        list(rag(replace(run, found=run.plain)))
