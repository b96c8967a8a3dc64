"""How the words steer: what another word does, where each is looked at, how strongly they pull."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Arrangement, Column, Formula, Grid, Overlay, Row, round_up
from nnanim.stories.diffusion.runs import Floats, Runs
from nnanim.stories.diffusion.views import film, picture, picture_states, pieces
from nnanim.words import Words, fill

SHOWN = 5
"""Number of words with a map of their own; the others share one."""

SPOILS = {"world-diffusion": 7.0}
"""Guidance scales from which a model's pictures are known to break."""

GREY = np.array([0.299, 0.587, 0.114])
"""Luma of red, green and blue (ITU-R BT.601)."""


def style(runs: Runs) -> Iterator[Beat]:
    """One noise under sentences that differ in a word."""
    if "style/picture" not in runs:
        return
    told, frames = runs.provenance("style"), runs.frames("style")
    films = [picture_states(frames[:, i], f"said-{i}", label) for i, label in enumerate(told["labels"])]
    marked = tuple(place for place, i in enumerate(runs.pieces) if runs.words[i] in told.get("changed", ()))
    yield Beat(
        fill(
            {
                "en": "One noise, {n} sentences. How much does one word change?",
                "ja": "同じノイズと、一語だけ違う {n} 個の文です。絵はどう変わるでしょう。",
            },
            n=len(films),
        ),
        Column(pieces(runs, marked), Row(picture(frames[0, 0], "picture"), scale=1.3), gap=0.3),
        id="swap",
        gathers={f"seed-{i}": "picture" for i in range(len(runs.provenance("seeds").get("seeds", ())))},
        asks=True,
    )
    yield Beat(
        {
            "en": "It changes what the word speaks of: words steer the noise.",
            "ja": "変わるのは、その語が表すところです。言葉がノイズを導きます。",
        },
        Column(pieces(runs, marked), Row(*(states[-1] for states in films), gap=0.3), gap=0.3),
        film(*films, seconds=5.0),
        id="style",
        born={states[0].key: From("picture") for states in films},
    )


def looks(runs: Runs) -> Iterator[Beat]:
    """The attention map of each word over the picture."""
    if runs.attention is None:
        return
    maps = most_attended(runs.words, runs.attention)
    under = np.repeat((runs.pictures[-1] @ GREY)[..., None], 3, axis=2)
    limit = round_up(max(float(weights.max()) for _, weights in maps))
    means = {"en": "weight, mean over heads, layers and steps", "ja": "重み（全ヘッド・層・ステップの平均）"}
    cells: list[Arrangement] = []
    for i, (name, weights) in enumerate(maps):
        veil = Grid(weights, key=f"map-{i}", label=name, limit=limit, role="amount", veil=True, means=means)
        cells.append(Overlay(picture(under, f"under-{i}"), veil))
    abreast = -(-len(cells) // 2)
    rows = [Row(*some, gap=0.3) for some in (cells[:abreast], cells[abreast:]) if some]
    below = Row(
        picture(runs.pictures[-1], "picture"), Column(*rows, gap=0.15, scale=0.55), gap=0.6, scale=1.2
    )
    chosen = [runs.pieces.index(i) for i in attended_most(runs.words, runs.attention)]
    yield Beat(
        {
            "en": "This is how: each place looks at the words that matter there.",
            "ja": "こうして導きます。絵の各場所が、そこに必要な語を見るのです。",
        },
        Column(pieces(runs), below, gap=0.3),
        id="looks",
        born={f"map-{i}": From("words", part) for i, part in enumerate(chosen)} | {"picture": From("said-0")},
    )


def attended_most(words: tuple[str, ...], attention: Floats) -> list[int]:
    """The indices of the words that are looked at most somewhere, in their order.

    Args:
        words: names of the words.
        attention: (row, column, word).
    """
    peaks = attention.max(axis=(0, 1))
    real = [i for i, word in enumerate(words) if any(char.isalnum() for char in word.strip("<|>"))]
    real = [i for i in real if not words[i].startswith("<")]
    return sorted(sorted(real, key=lambda i: -peaks[i])[:SHOWN])


def most_attended(words: tuple[str, ...], attention: Floats) -> list[tuple[Words, Floats]]:
    """The words that are looked at most somewhere, in their order, and the sum of the others.

    Args:
        words: names of the words.
        attention: (row, column, word) whose sums over words are 1; the sum of what is given back is too.
    """
    best = attended_most(words, attention)
    found: list[tuple[Words, Floats]] = [(words[i], attention[..., i]) for i in best]
    rest = [i for i in range(len(words)) if i not in best]
    if rest:
        name = {"en": "the other {n}", "ja": "ほかの {n} 個"}
        found.append((fill(name, n=len(rest)), attention[..., rest].sum(axis=-1)))
    return found


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
    says: Words = {
        "en": "Guidance takes the pull of the words s times; 0 ignores them.",
        "ja": "ガイダンスは、言葉の効き目を s 倍します。0 では文を無視します。",
    }
    if (most := float(scales[-1])) >= SPOILS.get(str(runs.trace.provenance.get("model")), np.inf):
        says = fill(
            {
                "en": "Guidance takes the pull of the words s times; {s:g} breaks the picture.",
                "ja": "ガイダンスは、言葉の効き目を s 倍します。{s:g} では絵が崩れます。",
            },
            s=most,
        )
    yield Beat(
        says,
        Column(Row(*(states[-1] for states in films), gap=0.3), formula, gap=0.4),
        film(*films, seconds=4.0),
        id="guidance",
        born={states[0].key: From("picture") for states in films},
    )
