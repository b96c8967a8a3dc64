"""How the words steer: what another word does, where each is looked at, how strongly they pull."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Column, Formula, Grid, Row, round_up
from nnanim.stories.diffusion.runs import Floats, Runs
from nnanim.stories.diffusion.views import film, picture, picture_states, pieces
from nnanim.words import Words, fill

SHOWN = 4
"""Number of words with a map."""

SPOILS = {"world-diffusion": 7.0}
"""Guidance scales from which a model's pictures are known to break."""


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
                "ja": "同じノイズで一語だけ替えると、画像はどう変わるでしょう。",
            },
            n=len(films),
        ),
        Column(pieces(runs, marked), Row(picture(frames[0, 0], "picture"), scale=1.3), gap=0.3),
        id="swap",
        born={"picture": From("ddim")},
        asks=True,
    )
    yield Beat(
        {
            "en": "It changes what the word speaks of: words steer the noise.",
            "ja": "変わるのは、その語が表すところです。言葉がノイズを導きます。",
        },
        Column(pieces(runs, marked), Row(*(states[-1] for states in films), gap=0.3), gap=0.3),
        film(*films, seconds=3.8),
        id="style",
        born={states[0].key: From("picture") for states in films},
    )


def looks(runs: Runs) -> Iterator[Beat]:
    """The attention maps of the words that are looked at most, beside the picture."""
    if runs.attention is None:
        return
    attention, chosen = runs.attention, strongest_words(runs.words, runs.attention)
    limit = round_up(float(attention[..., chosen].max()))
    means = {"en": "weight, mean of all heads and steps", "ja": "重み（全体の平均）"}
    maps = [
        Grid(attention[..., i], key=f"map-{at}", label=runs.words[i], limit=limit, role="amount", means=means)
        for at, i in enumerate(chosen)
    ]
    places = [runs.pieces.index(i) for i in chosen]
    yield Beat(
        {
            "en": "This is how: each place looks at the words that matter there.",
            "ja": "画像のどの場所も、そこに必要な語を見て、導かれます。",
        },
        Column(
            pieces(runs, tuple(places)),
            Row(picture(runs.pictures[-1], "picture"), *(Row(one, scale=AS_HIGH) for one in maps), gap=0.3),
            gap=0.3,
        ),
        id="looks",
        born={f"map-{at}": From("words", place) for at, place in enumerate(places)}
        | {"picture": From("said-0")},
    )


AS_HIGH = 3.0 / 3.6
"""Factor by which a map becomes as high as a picture."""


def strongest_words(words: tuple[str, ...], attention: Floats) -> list[int]:
    """The indices of the words that are looked at most somewhere, in their order.

    Args:
        words: names of the words; marks of the beginning and the end, such as ``<end>``, are none.
        attention: (row, column, word).
    """
    peaks = attention.max(axis=(0, 1))
    said = [i for i, word in enumerate(words) if any(map(str.isalnum, word)) and not word.startswith("<")]
    return sorted(sorted(said, key=lambda i: -peaks[i])[:SHOWN])


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
        "en": "Guidance lets words pull s times as strongly; 0: not at all.",
        "ja": "ガイダンスは、言葉の効き目を s 倍します。0 では効きません。",
    }
    if (most := float(scales[-1])) >= SPOILS.get(str(runs.trace.provenance.get("model")), np.inf):
        says = fill(
            {
                "en": "Guidance lets words pull s times; {s:g} breaks the picture.",
                "ja": "ガイダンスは、言葉の効き目を s 倍します。{s:g} では画像が崩れます。",
            },
            s=most,
        )
    yield Beat(
        says,
        Column(pieces(runs), Row(*(states[-1] for states in films), gap=0.3), formula, gap=0.25),
        film(*films, seconds=2.8),
        id="guidance",
        born={states[0].key: From("picture") for states in films},
    )
