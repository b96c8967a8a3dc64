"""Controls: what they start with, what they take, and what they refuse, in one line."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nnanim.controls import Control, Field, Menu, NumberTable, Pad, Sketch, Slider, Stepper, Upload
from nnanim.errors import UserError
from nnanim.scene.source import StorySource

NAN, INF = float("nan"), float("inf")
TABLE = NumberTable([[1.0, 2.0]], low=-3, high=3, rows=("a",), columns=("x", "y"))
PAD = Pad((-1, 1), (0, 4), (0.5, 1.0))


def png(side: int = 20) -> str:
    out = io.BytesIO()
    Image.new("RGB", (side, side), (255, 0, 0)).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


@pytest.mark.parametrize(
    ("control", "value", "becomes"),
    [
        (Slider(1, 7), 2, 2.0),
        (Slider(1, 7), 1, 1.0),
        (Stepper(), 3, 3),
        (Stepper(), 4.0, 4),
        (Field(), "  a \n cat ", "a cat"),
        (Field(), "猫、草原", "猫、草原"),
        (Menu({"a": "first", "b": "second"}), "b", "b"),
        (PAD, [0.25, 4], (0.25, 4.0)),
        (TABLE, [[0, -3]], [[0.0, -3.0]]),
        (Sketch(1, 2), [[0, 1]], [[0.0, 1.0]]),
        (Sketch(1, 2), base64.b64encode(bytes([0, 255])).decode(), [[0.0, 1.0]]),
        (Upload(), None, None),
    ],
)
def test_what_controls_take(control: Control, value: Any, becomes: Any) -> None:
    checked = control.check(value)
    assert type(checked) is type(becomes) or isinstance(checked, np.ndarray)
    assert np.array_equal(checked, becomes) if isinstance(checked, np.ndarray) else checked == becomes


@pytest.mark.parametrize(
    ("control", "value"),
    [
        *[(Slider(1, 7), wrong) for wrong in (0.5, 7.5, NAN, INF, "3", None, True, [2], {})],
        *[(Stepper(0, 9), wrong) for wrong in (-1, 10, 1.5, NAN, "1", 10**400)],
        *[
            (Field(longest=5), wrong)
            for wrong in ("", "   ", "longer than five", 3, None, "a\x00b", "\u202ea")
        ],
        *[(Menu({"a": ""}), wrong) for wrong in ("b", "", None, 0, ["a"], {"a": 1})],
        *[(PAD, wrong) for wrong in (None, [], [0], [0, 0, 0], [0, NAN], [2, 0], "00")],
        *[(TABLE, wrong) for wrong in (None, [], [[1]], [[1, 2], [3, 4]], [[1, 9]], [["1", 2]], 5)],
        *[(Sketch(1, 2), wrong) for wrong in ("", "AA==", "!", "AAAA", [[0, 2]], [[0]], "é", 7)],
        *[(Upload(), wrong) for wrong in ("", "AAAA", "x", 5, png(4), "A" * 20_000_000)],
    ],
)
def test_what_controls_refuse_in_one_line(control: Control, value: Any) -> None:
    with pytest.raises(UserError) as refusal:
        control.check(value)
    assert 0 < len(str(refusal.value)) < 300 and "\n" not in str(refusal.value)


def test_a_picture_is_read() -> None:
    picture = Upload(side=8).check(png())
    assert picture is not None and picture.shape == (8, 8, 3)
    assert np.array_equal(picture[0, 0], [1.0, 0.0, 0.0])


@pytest.mark.parametrize(
    "control",
    [Slider(1, 7, 5.5), Stepper(0, 9, 3), Field("a cat"), Menu({"a": "A"}), PAD, TABLE, Sketch(2, 2)],
)
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_a_control_shows_is_what_it_takes(control: Control, lang: str) -> None:
    start = control.start(lang)
    back = control.check(control.show(start))
    assert np.array_equal(back, start)
    assert control.describe(lang)["kind"] == type(control).kind


def test_controls_that_make_no_sense() -> None:
    for make in (
        lambda: Slider(7, 1),
        lambda: Slider(0, 1, 3),
        lambda: Slider(0, 1, axis="z"),
        lambda: Menu(),
        lambda: NumberTable([1.0]),
    ):
        with pytest.raises(UserError):
            make()


class Weighed(StorySource):
    controls = {"weight": Slider(0, 2, 0.5), "word": Field({"en": "cat", "ja": "猫"})}  # noqa: RUF012


def test_a_scene_asks_for_values() -> None:
    scene = Weighed.without_renderer({"lang": "ja"})
    assert scene.value("weight") == 0.5 and scene.value("word") == "猫"
    scene.set_options({"chosen": {"weight": 1.5}})
    assert scene.value("weight") == 1.5 and scene.value("word") == "猫"
    with pytest.raises(UserError, match="no control 'wieght'; nearest: 'weight'"):
        scene.value("wieght")
