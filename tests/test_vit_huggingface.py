"""The film of the vision transformer with classifiers of Hugging Face: tiny ones, made and saved here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import invariants
import numpy as np
import pytest
import torch

from nnanim.errors import UserError
from nnanim.images import write_picture
from nnanim.layout import place
from nnanim.scene import loader
from nnanim.stories.vit import PatchRuns, vit
from nnanim.style import RenderStyle
from nnanim.theme import by_name

transformers: Any = pytest.importorskip("transformers")

pytestmark = pytest.mark.filterwarnings("ignore")

SMALL = {
    "image_size": 32, "patch_size": 8, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
    "intermediate_size": 48, "num_labels": 5,
}  # fmt: skip


def saved(folder: Path, kind: str = "ViT", classifier: bool = True, **changed: Any) -> Path:
    """A tiny model with random weights, in a folder."""
    torch.manual_seed(1)
    config = getattr(transformers, f"{kind}Config")(**{**SMALL, **changed})
    made = getattr(transformers, f"{kind}{'ForImageClassification' if classifier else 'Model'}")(config)
    with torch.no_grad():  # fresh weights are so small that nothing matters
        for name, parameter in made.named_parameters():
            if parameter.ndim == 2:
                parameter.mul_(6.0)
            elif name.endswith("position_embeddings"):
                parameter.normal_()
    path = folder / kind.lower()
    made.save_pretrained(path)
    settings = {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.3, 0.4]}
    (path / "preprocessor_config.json").write_text(json.dumps(settings))
    return path


def tell(path: Path, **options: Any) -> PatchRuns:
    """What the film shows of the model in a folder."""
    made: PatchRuns = loader.load("vit").without_renderer({"hf": str(path), **options}).compute_example()
    return made


@pytest.fixture(scope="module", params=["ViT", "DeiT"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, PatchRuns]:
    path = saved(tmp_path_factory.mktemp("models"), request.param)
    return path, tell(path)


def test_it_shows_what_the_model_gives_and_looks_at(run: tuple[Path, PatchRuns]) -> None:
    path, runs = run
    model = transformers.AutoModelForImageClassification.from_pretrained(path, attn_implementation="eager")
    mean, deviation = (torch.tensor(one)[:, None, None] for one in ([0.5, 0.4, 0.3], [0.2, 0.3, 0.4]))
    pixels = (torch.as_tensor(runs.whole["input"]) - mean) / deviation
    with torch.no_grad():
        out = model.eval()(pixel_values=pixels, output_attentions=True)
    np.testing.assert_allclose(runs.whole["output"], out.logits, atol=1e-5)
    looks = out.attentions[-1][0, :, 0, -16:].reshape(-1, 4, 4)
    np.testing.assert_allclose(runs.attention, looks, atol=1e-5)
    assert runs.names == [f"LABEL_{at}" for at in range(5)]


def test_positions_that_go_along_leave_its_answer_as_it_was(run: tuple[Path, PatchRuns]) -> None:
    runs = run[1]
    np.testing.assert_allclose(runs.along["output"], runs.whole["output"], atol=1e-4)
    assert np.abs(runs.shuffled["output"] - runs.whole["output"]).max() > 1e-3
    np.testing.assert_array_equal(runs.along["input"], runs.shuffled["input"])


def test_its_film_fits_and_has_no_training(run: tuple[Path, PatchRuns]) -> None:
    beats, style = list(vit(run[1])), RenderStyle(by_name("light"), "ja")
    assert [beat.id for beat in beats][-1] == "positions" and run[1].learnt is None
    assert [fault for beat in beats for fault in invariants.faults(beat, place(beat, style))] == []


def test_many_heads_and_patches_have_room(tmp_path: Path) -> None:
    runs = tell(saved(tmp_path, image_size=112, hidden_size=64, num_attention_heads=16))
    beats = {beat.id: beat for beat in vit(runs)}
    shown = [mark for mark in beats["heads"].marks if mark.key.startswith("head-")]
    assert len(shown) == 12 and shown[-1].label == {"en": "head 12 of 16", "ja": "ヘッド 12／16"}
    for name in ("cut", "heads"):
        place(beats[name], RenderStyle(by_name("dark"), "en"))
    assert len(beats["cut"].marks) == 196


def test_a_picture_of_ones_own_is_read(tmp_path: Path) -> None:
    file, grey = tmp_path / "grey.png", np.full((20, 30, 3), 0.2, dtype=np.float32)
    write_picture(grey, file)
    for options in ({"hf": str(saved(tmp_path))}, {}):
        scene = loader.load("vit").without_renderer({**options, "picture": str(file)})
        np.testing.assert_allclose(scene.compute_example().whole["input"], 0.2, atol=1e-3)
    with pytest.raises(UserError, match="there is no picture"):
        loader.load("vit").without_renderer({"picture": str(tmp_path / "none.png")}).compute_example()


def test_still_is_said_only_of_what_stays(run: tuple[Path, PatchRuns]) -> None:
    runs = run[1]
    said = {beat.id: beat for beat in vit(runs)}["covered"].says["en"]
    first, covered, other = map(runs.likeliest, (runs.whole, runs.covered, runs.elsewhere))
    assert ("still" in said) == (covered != first == other)


@pytest.mark.parametrize(
    ("kind", "changed", "says"),
    [
        ("Beit", {}, "holds a beit model; this film tells vit, vit_msn, deit"),
        ("ViT", {"patch_size": 12}, "squares of three colours that fall into whole patches wanted"),
        ("ViT", {"num_channels": 1}, "1 × 32 pixels"),
        ("ViT", {"patch_size": 1}, "cuts 1,024 patches; the film shows at most 256"),
        ("ViT", {"classifier": False}, "it is no classifier"),
    ],
)
def test_what_the_film_is_not_true_of_is_one_line(
    tmp_path: Path, kind: str, changed: dict[str, Any], says: str
) -> None:
    path = saved(tmp_path, kind, **changed)
    with pytest.raises(UserError, match=says) as caught:
        tell(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"image_std": [0, 1, 1]}, "nothing is divided by 0"),
        ({"image_mean": "grey"}, "image_mean"),
        ({"image_mean": [0.5]}, "image_mean"),
    ],
)
def test_damaged_settings_are_named(tmp_path: Path, settings: dict[str, Any], says: str) -> None:
    path = saved(tmp_path)
    (path / "preprocessor_config.json").write_text(json.dumps(settings))
    with pytest.raises(UserError, match=says):
        tell(path)
