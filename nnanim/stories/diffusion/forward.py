"""Into noise, and the one guess that the network is trained on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Block, Column, Curve, Formula, Link, Picture, Row, Text
from nnanim.stories.diffusion.runs import Floats, Runs
from nnanim.stories.diffusion.views import film, latents, picture, shape
from nnanim.stories.equations import sign
from nnanim.words import Words, fill
from nnanim.words.numerals import agreeing, number

NOISY: Words = {"en": "noisy latents", "ja": "ノイズ入り"}
NOISE: Words = {"en": "noise ε", "ja": "ノイズ ε"}


def forward(runs: Runs) -> Iterator[Beat]:
    """A picture's latents drown in noise, little by little and in one jump; the network guesses the noise."""
    if "forward/noisy" not in runs:
        return
    yield encode_beat(runs)
    yield noising(runs)
    yield jump(runs)
    if "forward/guess" in runs:
        yield guess(runs)


def half(levels: Floats) -> int:
    """The place where signal and noise are nearest to equal."""
    return int(np.abs(levels - 0.5).argmin())


def encode_beat(runs: Runs) -> Beat:
    """A picture becomes latents."""
    pixels, x = runs["forward/picture"], runs["forward/latents"]
    sentence = {
        "en": "An encoder squeezes it into {n} hidden numbers: its latents.",
        "ja": "エンコーダーが、画像を {n} 個の数（潜在変数）に縮めます。",
    }
    stage = Row(
        picture(pixels, "picture", fill(PIXELS, shape=" × ".join(map(str, pixels.shape)))),
        Link("picture", "encoder", key="in"),
        Block(words.encoder, key="encoder"),
        Link("encoder", "x", key="out"),
        latents(x, "x", runs.limit, fill(LATENTS, shape=shape(x)), words.latent),
    )
    return Beat(fill(sentence, n=x.size), stage, id="latents", born={"x": From("picture")})


PIXELS = {"en": "picture: {shape}", "ja": "画像：{shape}"}
LATENTS = {"en": "latents: {shape}", "ja": "潜在変数：{shape}"}


def noising(runs: Runs) -> Beat:
    """More and more noise; the share of the picture that is left falls along the schedule."""
    times, levels = runs["forward/time"], runs["forward/alpha_bar"]
    curves = [schedule(runs, float(t), float(level)) for t, level in zip(times, levels, strict=True)]
    xs = [latents(x, "x", runs.limit, NOISY, words.latent) for x in runs["forward/noisy"]]
    seen = [
        picture(p, "picture", {"en": "decoded for our eyes", "ja": "目で見る画像"})
        for p in runs["forward/noisy.picture"]
    ]
    return Beat(
        {
            "en": "Noise is added to the latents, and the picture drowns in it.",
            "ja": "潜在変数にノイズを足していくと、画像は消えていきます。",
        },
        Row(seen[-1], xs[-1], curves[-1], gap=0.8),
        film(seen, xs, curves, seconds=3.6),
        id="forward",
    )


def schedule(runs: Runs, time: float, level: float) -> Curve:
    """The noise schedule with a point on it."""
    return Curve(
        runs["forward/schedule.time"], runs["forward/schedule.alpha_bar"], key="schedule",
        point=(time, level), x_limits=(0.0, 1.0), y_limits=(0.0, 1.0),
        x_name={"en": "time t: picture to noise", "ja": "時刻 t：画像からノイズへ"},
        y_name={"en": "share of picture left", "ja": "画像の割合"},
        label=words.noise_schedule, aspect=1.3,
    )  # fmt: skip


def jump(runs: Runs) -> Beat:
    """The formula of the jump, its two numbers, and the latents that it adds up."""
    at, limit = half(runs["forward/alpha_bar"]), runs.limit
    level = float(runs["forward/alpha_bar"][at])
    signal, noise = np.sqrt(level), np.sqrt(1 - level)
    # The two roots are those of the share as it is written.
    digits = max(
        agreeing([level], float(signal), lambda terms: terms[0] ** 0.5)[0],
        agreeing([level], float(noise), lambda terms: (1 - terms[0]) ** 0.5)[0],
    )
    formula = Formula(
        (
            "x_t =",
            "sqrt(macron(alpha)_t) thin x_0",
            "+ sqrt(1 - macron(alpha)_t) thin epsilon",
            f"quad (macron(alpha)_t = {number(level, digits)})",
        ),
        key="formula",
    )
    sum_ = Row(
        latents(
            runs["forward/noisy"][at], "x", limit, {"en": "half way: xₜ", "ja": "途中：xₜ"}, words.latent
        ),
        sign("=", "equals"),
        sign(f"{number(signal, digits)} ×", "signal"),
        latents(runs["forward/latents"], "x0", limit, {"en": "picture: x₀", "ja": "画像：x₀"}, words.latent),
        sign("+", "plus"),
        sign(f"{number(noise, digits)} ×", "much"),
        latents(runs["forward/noise"], "noise", limit, NOISE, words.latent),
        gap=0.3,
    )
    return Beat(
        {
            "en": "One jump reaches any moment: some picture plus some noise.",
            "ja": "どの時刻へも一度で行けます。画像とノイズの和です。",
        },
        Column(sum_, formula, gap=0.5),
        id="jump",
        born={"noise": From("x")},  # at the end of its way, x was this noise
    )


LOSS = {"en": "mean squared error: {loss:.2f}", "ja": "平均二乗誤差：{loss:.2f}"}


def guess(runs: Runs) -> Beat:
    """What the network is trained on: the guess of the noise, the noise, the difference."""
    at = half(runs["forward/alpha_bar"])

    def tile(name: str, values: Floats, label: Words) -> Picture:
        return latents(values, name, runs.limit, label, words.latent)

    error, time = runs["forward/error"][at], float(runs["forward/time"][at])
    loss = fill(LOSS, loss=float(np.square(error).mean()))
    stage = Row(
        tile("x", runs["forward/noisy"][at], NOISY),
        Link("x", "unet", key="in"),
        Block("U-Net", key="unet", detail=f"t = {number(time)}"),
        Link("unet", "guess", key="out"),
        tile("guess", runs["forward/guess"][at], {"en": "its guess", "ja": "予測"}),
        sign("−", "minus"),
        tile("noise", runs["forward/noise"], {"en": "true noise", "ja": "本当のノイズ"}),
        sign("=", "equals"),
        tile("error", error, {"en": "error", "ja": "誤差"}),
        gap=0.25,
    )
    return Beat(
        {
            "en": "Training: a U-Net guesses the noise, and learns from its error.",
            "ja": "学習では、U-Net がノイズを当て、その誤差から学びます。",
        },
        Column(stage, Text(loss, key="loss", role="dimmed"), gap=0.3),
        id="guess",
        born={"guess": From("x"), "error": From("guess")},
    )
