"""The film on retrieval with encoders of Hugging Face: tiny ones, made and saved here."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import invariants
import numpy as np
import pytest
import torch

transformers: Any = pytest.importorskip("transformers")

import tiny_language_models as tiny  # noqa: E402

from nnanim.errors import UserError  # noqa: E402
from nnanim.layout import place  # noqa: E402
from nnanim.recording.huggingface.sentence_vectors import SentenceModel  # noqa: E402
from nnanim.scene import loader  # noqa: E402
from nnanim.stories.rag import Retrieval, rag  # noqa: E402
from nnanim.style import RenderStyle  # noqa: E402
from nnanim.theme import by_name  # noqa: E402
from nnanim.training import fine_tuning  # noqa: E402
from nnanim.training.sentence_encoder import draw_facts, try_search  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

TEXTS = ["the cat sat .", "she lived in a castle and the queen had a ring ."]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.saved("bert", tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def run(folder: Path) -> Retrieval:
    made: Retrieval = loader.load("rag").without_renderer({"hf": str(folder)}).compute_example()
    return made


def copy(folder: Path, to: Path, **files: Any) -> Path:
    """The folder with files of sentence-transformers beside the model."""
    shutil.copytree(folder, to)
    for name, content in files.items():
        path = to / name.replace("__", "/").replace("_json", ".json")
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content))
    return to


def states(folder: Path, text: str, prompt: str = "") -> torch.Tensor:
    """(tokens, width) what the model itself makes of one sentence."""
    model = transformers.AutoModel.from_pretrained(folder).eval()
    given = transformers.AutoTokenizer.from_pretrained(folder)(prompt + text, return_tensors="pt")
    with torch.no_grad():
        return model(input_ids=given["input_ids"]).last_hidden_state[0]


def one_long(vector: torch.Tensor) -> torch.Tensor:
    return vector / vector.norm()


def test_a_vector_is_the_mean_of_its_own_tokens(folder: Path) -> None:
    made = SentenceModel.load(str(folder)).embed(TEXTS)
    for vector, text in zip(made, TEXTS, strict=True):
        torch.testing.assert_close(vector, one_long(states(folder, text).mean(0)), atol=1e-5, rtol=0)


def test_a_folder_of_sentence_transformers_says_how_vectors_are_made(folder: Path, tmp_path: Path) -> None:
    kinds = ("Transformer", "Pooling", "Normalize")
    parts = [
        {"type": f"sentence_transformers.models.{one}", "path": f"{at}_{one}"} for at, one in enumerate(kinds)
    ]
    path = copy(
        folder, tmp_path / "cls", modules_json=parts,
        **{"1_Pooling__config_json": {"pooling_mode_cls_token": True}},
        config_sentence_transformers_json={"prompts": {"query": "the queen ", "document": "a ring "}},
    )  # fmt: skip
    model = SentenceModel.load(str(path))
    for questions, prompt in ((True, "the queen "), (False, "a ring ")):
        made = model.embed(TEXTS[:1], questions)[0]
        torch.testing.assert_close(made, one_long(states(path, TEXTS[0], prompt)[0]), atol=1e-5, rtol=0)


def test_what_is_shown_is_what_the_encoder_gives(folder: Path, run: Retrieval) -> None:
    model = SentenceModel.load(str(folder))
    vectors = torch.cat([model.embed([run.question], True), model.embed(list(run.facts))])
    np.testing.assert_allclose(run.vectors["output"], vectors, atol=1e-5)
    assert run.vectors.provenance["model"] == "bert"
    assert run.found.text == loader.load("rag").without_renderer({}).ask(
        run.question, run.facts[run.order[0]]
    ).text  # fmt: skip


def test_its_search_stands_beside_the_shipped_one(folder: Path, run: Retrieval) -> None:
    model, facts = SentenceModel.load(str(folder)), draw_facts(random.Random(fine_tuning.HELD_OUT), "en")
    statements, search = model.embed([one.statement for one in facts]), run.search
    cosines = torch.stack([statements @ model.embed([one.question])[0] for one in facts])  # (50, 50)
    best = cosines.topk(2).values
    # Of two that are all but equal, another one may win when all questions go through the model together.
    clear = (best[:, 0] - best[:, 1] > 1e-6).numpy()
    right = (cosines.argmax(dim=1) == torch.arange(len(facts))).numpy()
    hits = try_search(model.embed, "en")
    assert clear.sum() > len(facts) / 2
    assert hits.shape == (2, 50) and (hits[0] == right)[clear].all()
    assert search is not None and (search.share, search.asked, search.facts) == (hits.mean(), 100, 50)
    bars = {beat.id: beat for beat in rag(run)}["figures"]["figures"]
    assert list(bars.values) == [search.share, search.shipped] and search.shipped > 0.95


def test_what_is_told_of_the_answer_is_so(run: Retrieval) -> None:
    beats = {beat.id: beat for beat in rag(run)}
    assert ("Right" in beats["right"].says["en"]) == (run.order[0] == run.answers)
    assert ("does not help" in beats["right"].says["en"]) == (not run.helps)
    style = RenderStyle(by_name("light"), "ja")
    assert [fault for beat in beats.values() for fault in invariants.faults(beat, place(beat, style))] == []


def test_what_it_cannot_read_is_one_line(folder: Path) -> None:
    model = SentenceModel.load(str(folder))
    for text, says in (
        (" ", "an empty sentence"),
        ("猫 犬", r"bert knows no word of '猫 犬': to it, all is \[UNK\]"),
        ("cat " * 70, "tokens; bert reads at most 64"),
    ):
        with pytest.raises(UserError, match=says):
            model.embed([text])


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"modules_json": [{"type": "models.Dense"}]}, "the part 'Dense' is not known"),
        ({"modules_json": {"type": 3}}, "modules.json"),
        (
            {"modules_json": [{"type": "models.Pooling", "path": "p"}],
             "p__config_json": {"pooling_mode_max_tokens": True}},
            "vectors are made by 'max'; mean and cls are known",
        ),
    ],
)  # fmt: skip
def test_vectors_made_otherwise_are_refused(
    folder: Path, tmp_path: Path, files: dict[str, Any], says: str
) -> None:
    with pytest.raises(UserError, match=says):
        SentenceModel.load(str(copy(folder, tmp_path / "odd", **files)))


def test_a_model_that_looks_back_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match="holds a gpt2 model; sentences are searched with one that reads both"
    ):
        SentenceModel.load(str(tiny.saved("gpt2", tmp_path)))
    with pytest.raises(UserError, match="there is no folder"):
        SentenceModel.load(str(tmp_path / "none"))
