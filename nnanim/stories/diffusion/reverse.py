"""From noise to pictures: one, with another seed, in many steps or few."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnanim.beats import Beat
from nnanim.marks import Column, Mark, Picture, Row
from nnanim.stories.diffusion.runs import Runs
from nnanim.stories.diffusion.views import counter, film, picture, picture_states, sentence
from nnanim.words import fill


def question(runs: Runs) -> Beat:
    """The sentence and what became of it."""
    return Beat(
        {
            "en": "A sentence went in, this picture came out. How?",
            "ja": "文を入れると、この絵が出てきました。どうやって？",
        },
        Column(sentence(runs.prompt), picture(runs.pictures[-1], "picture"), gap=0.4),
        id="question",
    )


def reverse(runs: Runs) -> Beat:
    """From pure noise, step by step; beside it what the network expects."""
    now = picture_states(runs.pictures, "picture", {"en": "now", "ja": "いま"})
    steps = [counter(n, runs.steps) for n in range(runs.steps + 1)]
    pair: list[Picture] = [now[-1]]
    states: list[Sequence[Mark]] = [now, steps]
    if runs.predicted_x0 is not None:
        expected = picture_states(
            runs.predicted_x0, "expected", {"en": "what the network expects", "ja": "完成図の予測"}
        )
        pair, states = [now[-1], expected[-1]], [now, expected, steps]
    return Beat(
        fill(
            {
                "en": "Painting: begin with pure noise; take some of it away, {n} times.",
                "ja": "純粋なノイズから始め、{n} 回に分けて取り除きます。",
            },
            n=runs.steps,
        ),
        Column(sentence(runs.prompt), Row(*pair, gap=0.8), steps[-1], gap=0.3),
        film(*states, seconds=4.9),
        id="reverse",
    )


def seeds(runs: Runs) -> Iterator[Beat]:
    """The same sentence with other noise."""
    if "seeds/picture" not in runs:
        return
    frames, order = runs.frames("seeds"), runs.provenance("seeds")
    films = [
        picture_states(frames[:, i], f"seed-{i}", fill({"en": "seed {n}", "ja": "シード {n}"}, n=seed))
        for i, seed in enumerate(order["seeds"])
    ]
    yield Beat(
        {
            "en": "Another seed is other noise: it becomes another picture.",
            "ja": "シードを変えるとノイズが変わり、別の絵になります。",
        },
        Column(sentence(order["prompts"][0]), Row(*(f[-1] for f in films)), gap=0.3),
        film(*films, seconds=4.0),
        id="seeds",
    )


def samplers(runs: Runs) -> Iterator[Beat]:
    """The same noise, many steps with fresh noise in each and few steps without."""
    if not ("ddpm/picture" in runs and "ddim/picture" in runs):
        return
    slow, fast = (runs.frames(name)[:, 0] for name in ("ddpm", "ddim"))
    many, few = len(slow) - 1, len(fast) - 1
    label = {"en": "{name}, {n} steps", "ja": "{name}、{n} ステップ"}
    long = picture_states(slow, "ddpm", fill(label, name="DDPM", n=many))
    short = picture_states(fast, "ddim", fill(label, name="DDIM", n=few))
    # Both take the same time: of the few steps each is held longer.
    place = [n * few // many for n in range(many + 1)]
    counts = [counter(n, many, "count-ddpm") for n in range(many + 1)]
    fewer = [counter(n, few, "count-ddim") for n in range(few + 1)]
    yield Beat(
        fill(
            {
                "en": "DDPM: {many} steps, fresh noise in each. DDIM: {few}, and none.",
                "ja": "DDPM は毎回ノイズを足して {many} 回、DDIM は足さずに {few} 回。",
            },
            many=many,
            few=few,
        ),
        Row(
            Column(long[-1], counts[-1], gap=0.2, anchor=0),
            Column(short[-1], fewer[-1], gap=0.2, anchor=0),
            gap=0.8,
        ),
        film(long, counts, [short[i] for i in place], [fewer[i] for i in place], seconds=4.9),
        id="samplers",
    )
