"""How the words steer: where each is looked at, what one more does, how strongly they pull."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim.beats import Beat
from nnanim.marks import Arrangement, Column, Formula, Grid, Overlay, Row, round_up
from nnanim.stories.diffusion.runs import Floats, Runs
from nnanim.stories.diffusion.views import film, picture, picture_states, sentence
from nnanim.words import Words, fill

SHOWN = 7
"""Number of words with a map of their own; the others share one."""

GREY = np.array([0.299, 0.587, 0.114])
"""Luma of red, green and blue (ITU-R BT.601)."""


def looks(runs: Runs) -> Iterator[Beat]:
    """The attention map of each word over the picture."""
    if runs.attention is None:
        return
    maps = most_attended(runs.words, runs.attention)
    under = np.repeat((runs.pictures[-1] @ GREY)[..., None], 3, axis=2)
    limit = round_up(max(float(weights.max()) for _, weights in maps))
    means = {"en": "weight, mean over heads, layers and steps", "ja": "重み（全ヘッド・層・ステップの平均）"}
    cells: list[Arrangement] = [picture(runs.pictures[-1], "picture", {"en": "the picture", "ja": "画像"})]
    for i, (name, weights) in enumerate(maps):
        veil = Grid(weights, key=f"map-{i}", label=name, limit=limit, role="amount", veil=True, means=means)
        cells.append(Overlay(picture(under, f"under-{i}"), veil))
    abreast = -(-len(cells) // 2) if len(cells) > 4 else len(cells)
    rows = [Row(*cells[i : i + abreast], gap=0.4) for i in range(0, len(cells), abreast)]
    yield Beat(
        {
            "en": "Each place looks at the words; its weights over them sum to 1.",
            "ja": "絵の各場所が単語を見ます。重みの合計は、どこでも 1 です。",
        },
        rows[0] if len(rows) == 1 else Column(*rows, gap=0.3),
        id="looks",
        pause=3.5,
    )


def most_attended(words: tuple[str, ...], attention: Floats) -> list[tuple[Words, Floats]]:
    """The words that are looked at most somewhere, in their order, and the sum of the others.

    Args:
        words: names of the words.
        attention: (row, column, word) whose sums over words are 1; the sum of what is given back is too.
    """
    peaks = attention.max(axis=(0, 1))
    real = [i for i, word in enumerate(words) if any(char.isalnum() for char in word.strip("<|>"))]
    real = [i for i in real if not words[i].startswith("<")]
    best = sorted(sorted(real, key=lambda i: -peaks[i])[:SHOWN])
    found: list[tuple[Words, Floats]] = [(words[i], attention[..., i]) for i in best]
    rest = [i for i in range(len(words)) if i not in best]
    if rest:
        name = {"en": "the other {n}", "ja": "ほかの {n} 個"}
        found.append((fill(name, n=len(rest)), attention[..., rest].sum(axis=-1)))
    return found


def style(runs: Runs) -> Iterator[Beat]:
    """The same noise with and without one part of the prompt."""
    if "style/picture" not in runs:
        return
    told, frames = runs.provenance("style"), runs.frames("style")
    added = told["added"]
    pair = [
        picture_states(
            frames[:, 0], "without", fill({"en": "without “{word}”", "ja": "「{word}」なし"}, word=added)
        ),
        picture_states(
            frames[:, 1], "with", fill({"en": "with “{word}”", "ja": "「{word}」あり"}, word=added)
        ),
    ]
    yield Beat(
        fill(
            {
                "en": "The same noise, one word more: “{word}” decides the style.",
                "ja": "同じノイズに「{word}」と一語足すと、画風が変わります。",
            },
            word=added,
        ),
        Column(
            sentence(told["prompts"][1]),
            Row(*(states[-1] for states in pair), gap=0.8),
            gap=0.3,
        ),
        film(*pair, seconds=3.5),
        id="style",
    )


def guidance(runs: Runs) -> Iterator[Beat]:
    """The same noise under rising guidance scales."""
    if "guidance/picture" not in runs:
        return
    frames, scales = runs.frames("guidance"), runs["guidance/scale"]
    films = [
        picture_states(frames[:, i], f"scale-{scale:g}", f"s = {scale:g}") for i, scale in enumerate(scales)
    ]
    formula = Formula(
        (
            {"en": 'epsilon = epsilon_"no words"', "ja": 'epsilon = epsilon_"言葉なし"'},
            {
                "en": '+ s thin (epsilon_"words" - epsilon_"no words")',
                "ja": '+ s thin (epsilon_"言葉" - epsilon_"言葉なし")',
            },
        ),
        key="formula",
        size="medium",
    )
    yield Beat(
        {
            "en": "Guidance scale s: how strongly words pull; 0: not at all.",
            "ja": "ガイダンススケール s は言葉の強さです。0 なら言葉なし。",
        },
        Column(Row(*(states[-1] for states in films), gap=0.3), formula, gap=0.4),
        film(*films, seconds=4.0),
        id="guidance",
    )
