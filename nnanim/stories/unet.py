"""The story of a U-Net: a picture drowned in noise, and a network that says what of it is noise.

The question: where is the noise? The moment to remember: what the network takes for noise is taken away, and
the picture is back. Its shortcuts are what keeps it sharp.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Bars, Block, Column, Picture, Row, Text, round_up
from nnanim.marks.content import Floats
from nnanim.stories.network import network
from nnanim.trace import Trace
from nnanim.words import Words, fill

SHOWN = 4
"""Number of maps that are drawn of those that meet."""

SIDE = {"en": "noisy picture", "ja": "ノイズの入った画像"}
LATENTS = {"en": "its 4 maps", "ja": "その 4 枚のマップ"}
GUESS = {"en": "guessed noise", "ja": "予測したノイズ"}
TRUE = {"en": "true noise", "ja": "本当のノイズ"}
LEFT = {"en": "what is left", "ja": "残ったもの"}
BACK = {"en": "decoded", "ja": "デコード後"}
WITH = {"en": "with shortcuts", "ja": "近道あり"}
WITHOUT = {"en": "without shortcuts", "ja": "近道なし"}


def unet(net: Trace, step: Trace, cut: Trace, noise: Floats, picture: Floats) -> Iterator[Beat]:
    """Tell how a U-Net finds the noise in a picture.

    Args:
        net: of the U-Net alone.
        step: of `nnanim.models.one_step.OneStep` on the same noisy latents.
        cut: the same without shortcuts.
        noise: (channels, rows, columns) the noise that was added.
        picture: (height, width, 3) the picture that it was added to.

    Raises:
        UserError: the trace is not that of a U-Net.
    """
    told = {beat.id: beat for beat in network(net, layers=[])}
    if not {"u", "u-shortcut"} <= told.keys():
        raise UserError("unet(): the network has no shape of a U")
    yield from _question(step)
    u, join = told["u"], told["u-shortcut"]
    yield Beat(u.says, u.stage, u.motion, id="u", born={u.marks[0].key: From("noisy-maps-0")})
    joined = _shortcut(net, u, join)
    yield joined
    yield from _guess(step, noise, joined)
    yield from _return(step)
    yield from _without(step, cut, noise, picture)


def _shortcut(net: Trace, u: Beat, join: Beat) -> Beat:
    """The maps that came the long way and those that took the shortcut, side by side."""
    stages = {mark.key.split(":")[1]: mark.key for mark in u.marks if isinstance(mark, Picture)}
    joined = (mark.key.split(":")[1] for mark in join.marks if isinstance(mark, Picture))
    ends = [stage for layer in joined for stage in stages if f"{layer}.".startswith(f"{stage}.")]
    said = ({"en": "the long way", "ja": "遠回り"}, {"en": "the shortcut", "ja": "近道"})
    tables, born = [], dict[str | tuple[str, int], From]()
    for stage, way in zip(ends, said, strict=True):
        maps = np.asarray(net[stage][0], dtype=float)
        strongest = np.sort(np.argsort(-np.abs(maps).sum(axis=(1, 2)), kind="stable")[:SHOWN])
        label = fill(
            {"en": "{way}: {n} of {of} maps", "ja": "{way}：{of} 枚のうち {n} 枚"},
            way=way,
            n=SHOWN,
            of=len(maps),
        )
        limit = round_up(float(np.abs(maps[strongest]).max()))
        tables.append(_maps(maps[strongest], f"way-{stage}", label, limit, way))
        born |= {f"way-{stage}-{i}": From(stages[stage]) for i in range(SHOWN)}
    return Beat(
        {
            "en": "The shortcut brings back details that the small maps lost. They are stacked, not added.",
            "ja": "近道は、縮めて失った細かさを運びます。足さずに、重ねます。",
        },
        Row(*tables, gap=1.5),
        id="u-shortcut",
        born=born,
    )


def _rgb(trace: Trace, name: str, key: str, label: Words) -> Picture:
    """A decoded picture of a run."""
    return Picture(np.asarray(trace[name][0], dtype=float).transpose(1, 2, 0), key=key, label=label)


def _maps(values: Floats, key: str, label: Words, limit: float, means: Words = words.value) -> Column:
    """Four maps, two by two, under their name."""
    maps = [
        Picture(one, key=f"{key}-{i}", low=-limit, high=limit, colors="diverging", means=means)
        for i, one in enumerate(values)
    ]
    table = Column(Row(*maps[:2], gap=0.15), Row(*maps[2:], gap=0.15), gap=0.15)
    return Column(Text(label, key=f"{key}-label", bold=True), table, gap=0.2)


def _limit(step: Trace, noise: Floats) -> float:
    """One scale for noisy maps, noise and what is left."""
    shown = (step["input"][0], step["noise"][0], step["latents"][0], noise)
    return round_up(max(float(np.abs(values).max()) for values in shown))


def _question(step: Trace) -> Iterator[Beat]:
    noisy = _rgb(step, "noisy", "noisy", SIDE)
    yield Beat(
        {
            "en": "There is a picture under this noise. Who can see it?",
            "ja": "このノイズの下に、画像が隠れています。見えますか。",
        },
        noisy,
        id="question",
        chapter={"en": "The U", "ja": "U の形"},
        asks=True,
    )
    yield Beat(
        {
            "en": "For the network it is 4 small maps of numbers: picture and noise, mixed.",
            "ja": "ネットワークが見るのは 4 枚のマップ。画像とノイズが混ざっています。",
        },
        Row(noisy, _maps(step["input"][0], "noisy-maps", LATENTS, _scale(step)), gap=1.2),
        id="maps",
        born={f"noisy-maps-{i}": From("noisy") for i in range(len(step["input"][0]))},
    )


def _scale(step: Trace) -> float:
    return round_up(max(float(np.abs(step[name][0]).max()) for name in ("input", "noise", "latents")))


def _guess(step: Trace, noise: Floats, before: Beat) -> Iterator[Beat]:
    """What the network takes for noise, beside what was added."""
    limit = max(_scale(step), round_up(float(np.abs(noise).max())))
    block = Block("U-Net", key="unet")
    arrows = [Text("→", key=f"arrow-{i}", size="large") for i in range(2)]
    yield Beat(
        {
            "en": "Its answer: at every place, this much is noise. Beside it, the noise that was added.",
            "ja": "答えは、場所ごとのノイズの量です。右は、加えたノイズです。",
        },
        Row(
            _maps(step["input"][0], "noisy-maps", LATENTS, limit), arrows[0], block, arrows[1],
            _maps(step["noise"][0], "guess", GUESS, limit), _maps(noise, "true", TRUE, limit), gap=0.4,
        ),
        id="guess",
        chapter={"en": "The noise taken away", "ja": "ノイズを取りのぞく"},
        gathers={mark.key: "unet" for mark in before.marks if isinstance(mark, Picture)},
        born={f"guess-{i}": From("unet") for i in range(len(noise))},
        given=tuple(f"true-{i}" for i in range(len(noise))),  # drawn by lot before the run
    )  # fmt: skip


def _return(step: Trace) -> Iterator[Beat]:
    """The noise is taken away, and what is left is decoded."""
    limit = _scale(step)
    left = _maps(step["latents"][0], "left", LEFT, limit)
    keys = [f"left-{i}" for i in range(len(step["latents"][0]))]
    yield Beat(
        {
            "en": "Take that noise away: what is left is decoded.",
            "ja": "そのノイズを除き、残りをデコードします。",
        },
        Row(_rgb(step, "noisy", "noisy", SIDE), left, Text("→", key="decode", size="large"),
            _rgb(step, "output", "back", BACK), gap=0.7),
        id="return",
        born={key: From(f"noisy-maps-{i}") for i, key in enumerate(keys)} | {"back": From("left-1")},
    )  # fmt: skip


def _without(step: Trace, cut: Trace, noise: Floats, picture: Floats) -> Iterator[Beat]:
    """The same without shortcuts."""
    original = Picture(
        np.asarray(picture, dtype=float), key="picture", label={"en": "the picture", "ja": "もとの画像"}
    )
    back = _rgb(step, "output", "back", WITH)
    yield Beat(
        {
            "en": "Without its shortcuts, the same network knows that it is a star, but not where it ends.",
            "ja": "近道をふさぐと、星だとはわかっても、輪郭がくずれます。",
        },
        Row(original, back, _rgb(cut, "output", "cut", WITHOUT), gap=0.7),
        id="without",
        chapter={"en": "Without shortcuts", "ja": "近道なし"},
        given=("picture",),  # drawn by the small world's program
        born={"cut": From("back")},
    )
    errors = [float(((one["noise"][0] - noise) ** 2).mean()) for one in (step, cut)]
    yield Beat(
        fill(
            {
                "en": "Its error is {n:.1f} times as large. Repeat it from noise alone: a diffusion model.",
                "ja": "誤差は {n:.1f} 倍です。ノイズだけから始めてくり返すと、拡散モデルです。",
            },
            n=errors[1] / errors[0],
        ),
        Row(
            back, _rgb(cut, "output", "cut", WITHOUT),
            Bars(
                np.array(errors), (WITH, WITHOUT), key="errors", digits=3,
                label={"en": "mean square of the error", "ja": "誤差の二乗の平均"},
            ),
            gap=0.8,
        ),
        id="error",
        born={"errors": From("cut")},
    )  # fmt: skip
