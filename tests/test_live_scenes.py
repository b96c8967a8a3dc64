"""The shipped scenes in the hands of a class: what they show for any state is as it is in their films."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import invariants
import numpy as np
import pytest
import shipped
from PIL import Image

from nnanim.beats import Beat
from nnanim.controls import Control, Sketch
from nnanim.live.film import LiveFilm, Shown
from nnanim.live.session import encode_shown
from nnanim.live.state import LiveState
from nnanim.scene import loader
from nnanim.truth import examine
from nnanim.web import decode_film

STEPS = 3
"""Beats of a scene that are looked at where they are shown as they are computed."""

MODEL = """
from torch import nn
import torch
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3), nn.Softmax(-1))
"""


def picture() -> str:
    out = io.BytesIO()
    Image.fromarray(np.arange(64 * 64 * 3, dtype=np.uint8).reshape(64, 64, 3)).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


STROKE = np.zeros((32, 32))
STROKE[4:8, 8:22] = STROKE[4:28, 18:22] = 1.0
TEXTS = {
    "attention": {"en": "the wolf saw a bird and the", "ja": "ある日、王さまは森で鳥を見て、"},
    "diffusion": {"en": "a red fish, at night", "ja": "赤い魚"},
    "network": {"en": "the king had a", "ja": "the king had a"},
}
VALUES: dict[str, dict[str, Any]] = {
    "perceptron": {"petal length": 3.0, "petal width": 2.9, "hidden": [[5, -5, 1], [0, 0, 0], [15, 15, -15]]},
    "digits": {"drawing": Sketch(32, 32).show(STROKE)},
    "attention": {"temperature": 3, "layer": "0", "head": "3", "seed": 5},
    "vae": {"point": [1.0, -1.0]},
    "diffusion": {"seed": 4, "guidance": -1, "steps": STEPS},
    "caption_loop": {"picture": picture(), "seen": "upright", "rounds": 2},
    "network": {},
}
"""Other values of the controls of each scene that has some, besides its text."""

LIVE = [name for name in loader.names() if loader.load(name).without_renderer({}).controls]


def change(film: LiveFilm, state: LiveState, name: str, value: Any) -> list[Shown]:
    message = {"type": "set", "name": name, "value": value}
    return list(islice(film.show(state.with_message(message, film.controls)), STEPS))


def values_of(scene: str, lang: str, controls: dict[str, Control]) -> Iterator[tuple[str, Any]]:
    yield from VALUES[scene].items()
    for name in controls:
        if name in ("text", "prompt"):
            yield name, TEXTS[scene][lang]


def faults(shown: Shown) -> list[str]:
    return invariants.faults(shown.take.beat, shown.take.frame)


def test_every_scene_that_the_issue_names_has_controls() -> None:
    assert set(LIVE) == set(VALUES)


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("name", LIVE)
def test_whatever_is_chosen_is_well_placed_and_played(name: str, lang: str) -> None:
    film, state = LiveFilm(loader.load(name)), LiveState(lang=lang)
    controls = dict(film.controls)
    first = list(islice(film.show(state), STEPS))
    for shown in first:
        assert faults(shown) == []
    ids = [] if film.streams else [row[0] for row in first[0].beats[:3]]
    for beat in ids:
        state = state.with_message({"type": "beat", "id": beat}, controls)
        shown = next(film.show(state))
        assert shown.state.beat == beat and faults(shown) == []
    for control, value in values_of(name, lang, controls):
        for shown in change(film, state, control, value):
            assert faults(shown) == [], (control, shown.state.beat)
            encoded = encode_shown(shown, controls)
            length = int.from_bytes(encoded[:4], "little")
            beat = decode_film(encoded[4 + length :]).cuts[0].beats[0]
            assert beat.sentence == shown.take.frame.style.say(shown.take.beat.says)


def first_beats(name: str, **chosen: Any) -> list[Beat]:
    kind = loader.load(name)
    controls = kind.without_renderer({}).controls
    checked = {control: controls[control].check(value) for control, value in chosen.items()}
    scene = kind.without_renderer({"lang": "en", "chosen": checked})
    return list(islice(scene.live(), 2))


@pytest.mark.parametrize("name", ["perceptron", "digits", "attention", "vae"])
def test_every_number_of_the_first_beats_is_the_models(name: str) -> None:
    assert [str(fault) for fault in examine(lambda: first_beats(name, **VALUES[name])).faults] == []


@pytest.mark.parametrize("name", LIVE)
def test_a_film_does_not_depend_on_controls(name: str) -> None:
    scene = shipped.scene(name, "en")
    assert scene.chosen == {} and "chosen" not in vars(scene)


def test_a_model_of_ones_own_has_a_slider_for_each_input(tmp_path: Path) -> None:
    (tmp_path / "my.py").write_text(MODEL)
    x = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)
    film = LiveFilm(loader.load("network"), {"model": f"{tmp_path}/my.py:net", "inputs": (x,)})
    assert list(film.controls) == ["sample", "x[0]", "x[1]", "x[2]", "x[3]"]
    state = next(film.show(LiveState())).state
    state = state.with_message({"type": "beat", "id": "0-in"}, film.controls)
    state = next(film.show(state)).state
    (shown,) = change(film, state, "x[2]", 1.5)
    (units,) = [mark for mark in shown.take.beat.marks if getattr(mark, "key", "") == "v:input"]
    assert units.values[list(units.shown).index(2)] == 1.5
    (other,) = change(film, state, "sample", 2)
    assert np.allclose(np.sort(other.take.beat["v:input"].values), np.sort(x[1]))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("family", ["gpt2", "bert"])
def test_a_model_of_hugging_face_is_loaded_once_and_asked_again(family: str, tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    import tiny_language_models as tiny

    film = LiveFilm(loader.load("attention"), {"hf": str(tiny.saved(family, tmp_path))})
    first = next(film.show(LiveState()))
    assert "seed" not in film.controls and faults(first) == []
    state = LiveState()
    for name, value in (("layer", "0"), ("head", "1"), ("text", "the queen had a [MASK] ring .")):
        state = state.with_message({"type": "set", "name": name, "value": value}, film.controls)
        shown = next(film.show(state))
        assert faults(shown) == []
    says = shown.take.frame.style.say(shown.take.beat.says)
    assert says.startswith("Block 1, head 2:")
