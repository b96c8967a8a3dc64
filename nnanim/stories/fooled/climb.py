"""Plain CLIP is climbed, and the picture is noise; a judge does not agree."""

from __future__ import annotations

from collections.abc import Iterator

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Picture, Row
from nnanim.stories.fooled.run import PLAIN, Climbers, build_wall, draw_dream, draw_real, show_climb
from nnanim.words import fill
from nnanim.words.numerals import number

SEEN = {"en": "{w}? {a}", "ja": "{w}？ {a}"}


def show_question(runs: Climbers) -> Iterator[Beat]:
    """A real picture, its cosine, and a climb from grey that passes it."""
    yield Beat(
        {
            "en": "CLIP says in one number how well a picture fits a sentence. Is higher always better?",
            "ja": "CLIP は、画像と文がどれだけ合うかを数にします。大きいほど、よい画像でしょうか。",
        },
        Row(draw_real(runs), scale=1.6),
        id="question",
    )
    cosines = runs.trace[f"{PLAIN}.real"][runs.hero]
    reals = [draw_real(runs, at, number(float(value))) for at, value in enumerate(cosines)]
    yield Beat(
        fill(
            {
                "en": "“{w}”: real pictures of it get {m:.2f} on average.",
                "ja": "「{w}」。本物の画像は、平均 {m:.2f} です。",
            },
            w=runs.wish, m=runs.real(PLAIN),
        ),
        Row(*reals, gap=0.4, scale=1.5),
        id="real",
        born={one.key: From("real-0") for one in reals[1:]},
    )  # fmt: skip
    yield show_climb(
        runs,
        PLAIN,
        fill(
            {
                "en": "We climb from grey, {n} small steps. It passes the line of real ones: {b:.2f}.",
                "ja": "灰色から小さく {n} 回登ります。本物の画像を追いこして、{b:.2f} になりました。",
            },
            n=len(runs.trace[f"{PLAIN}.values"]) - 1, b=runs.dream(PLAIN),
        ),
        "climb",
        "real-0",
    )  # fmt: skip


def show_verdict(runs: Climbers) -> Iterator[Beat]:
    """What the class sees in it, and what a judge sees."""
    yield Beat(
        fill(
            {
                "en": "To CLIP this is as good a {w} as the real ones. What do you see?",
                "ja": "CLIP には、本物の{w}に負けない画像です。何に見えますか。",
            },
            w=runs.thing,
        ),
        Row(draw_dream(runs, PLAIN), scale=1.6),
        id="look",
        asks=True,
        gathers={f"curve-{PLAIN}": f"dream-{PLAIN}"},
    )
    seen = runs.trace[f"{PLAIN}.judged"][:, : len(runs.names)].argmax(axis=1)
    pictures = [
        Picture(
            runs.picture(f"{PLAIN}.last", at), key=f"judged-{at}",
            label=fill(SEEN, w=runs.names[int(wanted)], a=runs.names[int(found)]),
        )
        for at, (wanted, found) in enumerate(zip(runs.trace["wanted"], seen, strict=True))
    ]  # fmt: skip
    yield Beat(
        fill(
            {
                "en": "{n} dreams: what was asked for, and what a judge sees. It is right {k} times.",
                "ja": "{n} 個の夢です。願いと、審判に見えたもの。合っているのは {k} 枚です。",
            },
            n=len(pictures), k=runs.right(PLAIN),
        ),
        build_wall(pictures),
        id="judge",
        born={one.key: From(f"dream-{PLAIN}") for one in pictures},
    )  # fmt: skip
