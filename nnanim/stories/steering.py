"""The story of Big Sleep: a painter that was told nothing, steered by words through the slope of a cosine.

The question: can words steer a painter that is told nothing? The moment to remember: the best of 192 dreams
is the wrong thing; some steps along the slope later it is the right one. The end: yes, most of the time, and
how often is said.

After R. Murdock, "The Big Sleep" (2021), with a diffusion model in the place of BigGAN.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Bars, Block, Curve, Grid, Link, Picture, Row, Table, Text, round_up
from nnanim.marks.content import Floats
from nnanim.motions import Playback
from nnanim.stories.diffusion.views import tile_channels
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import percent

WIDE = 16
"""Numbers of an embedding in one row."""

ABREAST = 6
"""Dreams side by side."""

RIVALS = 4
"""How many rival sentences have a bar."""

SEEN = 3
"""How many things have a bar in what the judge sees."""

EVERY = 2
"""Of the steps of the steering each of so many is filmed."""

NUMBER = {"en": "{c:.2f}", "ja": "{c:.2f}"}
NOISE = {"en": "noise", "ja": "ノイズ"}
DREAM = {"en": "what it believes to be there", "ja": "見えているつもりの画像"}
PICTURE_SLOPE = {"en": "slope at the picture", "ja": "画像での勾配"}
NOISE_SLOPE = {"en": "slope at the noise", "ja": "ノイズでの勾配"}
BEFORE = {"en": "before", "ja": "前"}
AFTER = {"en": "after a step", "ja": "一歩のあと"}
SLOPE = {"en": "slope, of its largest", "ja": "勾配（最大比）"}
JUDGE = {"en": "what the judge sees", "ja": "審査モデルに見えるもの"}
CHANCE = {"en": "probability by CLIP", "ja": "CLIP による確率"}
COSINE = {"en": "cosine", "ja": "コサイン"}
REAL = {"en": "real pictures", "ja": "本物の画像"}
STEERED = {"en": "the steered one", "ja": "動かした画像"}
SHARES = {"en": "right, by the judge", "ja": "審査での正解率"}
ATTRIBUTES: Mapping[str, Words] = {
    "thing": {"en": "thing", "ja": "物"},
    "colour": {"en": "colour", "ja": "色"},
    "background": {"en": "background", "ja": "背景"},
    "style": {"en": "style", "ja": "画風"},
}


@dataclass(frozen=True)
class SteeredDream:
    """A dream that words steered, and what is said of it.

    Attributes:
        trace: of `nnanim.steering.record_sleep.record_sleep`.
        prompt: the sentence.
        things: names of what the judge knows, in its order.
        wanted: index of the thing that was asked for.
        shares: of `ATTRIBUTES`, the share of steered pictures in which the judge sees what was asked for.
        pictures: of how many.
    """

    trace: Trace
    prompt: str
    things: Sequence[Words]
    wanted: int
    shares: Mapping[str, float]
    pictures: int

    def __post_init__(self) -> None:
        if len(self.things) != len(self.trace["judge.after"]):
            raise UserError(f"{len(self.things)} names for {len(self.trace['judge.after'])} things")
        if missing := [name for name in ATTRIBUTES if name not in self.shares]:
            raise UserError(f"no share of {missing[0]!r} is given")

    def array(self, name: str) -> Floats:
        """An array of the trace."""
        return np.asarray(self.trace[name], dtype=float)

    def likeliest(self, when: str) -> int:
        """Index of the thing that the judge sees ``before`` or ``after``."""
        return int(self.array(f"judge.{when}").argmax())

    @property
    def sentences(self) -> tuple[str, ...]:
        """The sentence and its rivals, in the order of their probabilities."""
        return (self.prompt, *self.trace.provenance["rivals"])

    def ahead(self, when: str) -> int:
        """How many rivals fit better than the sentence, ``before`` or ``after``."""
        chances = self.array(f"rivals.{when}")
        return int((chances > chances[0]).sum())

    @property
    def chance_limit(self) -> float:
        """The end of the scale of CLIP's probabilities."""
        return round_up(max(float(self.array(f"rivals.{when}").max()) for when in ("before", "after")))

    @property
    def shown_rivals(self) -> list[int]:
        """Indices of the sentences that have a bar: the asked one, and the strongest rivals at the start."""
        order = np.argsort(-self.array("rivals.before"), kind="stable")
        return [0, *[int(i) for i in order if i][:RIVALS]]

    @property
    def limit(self) -> float:
        """The end of the colour scale of the noise."""
        return round_up(float(np.abs(self.array("noise")).max()))


def steering(run: SteeredDream) -> Iterator[Beat]:
    """Tell how words steer a generator that is told nothing.

    Raises:
        UserError: the first dream is the right thing already, or the last one is not, for judge or CLIP.
    """
    if run.likeliest("before") == run.wanted or run.likeliest("after") != run.wanted:
        before, after = (run.things[run.likeliest(when)] for when in ("before", "after"))
        raise UserError(f"the judge sees {before} first and {after} in the end; choose another seed")
    if run.ahead("after"):
        raise UserError("in the end CLIP prefers a rival of the sentence; choose another seed")
    yield from _dream(run)
    yield from _pool(run)
    yield from _slope(run)
    yield from _steer(run)


def _quote(run: SteeredDream) -> Text:
    words_of = {"en": f"“{run.prompt}”", "ja": f"「{run.prompt}」"}
    return Text(words_of, key="prompt", width=12.0, bold=True)


def _noise(values: Floats, key: str, limit: float, label: Words) -> Picture:
    return Picture(
        tile_channels(values), key=key, low=-limit, high=limit, colors="diverging", label=label,
        means=words.latent,
    )  # fmt: skip


def _dream(run: SteeredDream) -> Iterator[Beat]:
    """The painter's own dream, and the two embeddings that are compared."""
    dreams = [Picture(one, key="dream", label=DREAM) for one in run.array("dream")]
    bare = Picture(run.array("dream")[-1], key="dream")
    yield Beat(
        fill(
            {
                "en": "This painter was told nothing. Can words steer it to “{p}”?",
                "ja": "何も言われずに描いた画像です。"
                    "言葉で「{p}」に導けるでしょうか。",
            },
            p=run.prompt,
        ),
        Row(bare, scale=1.6),
        id="question",
        asks=True,
    )  # fmt: skip
    yield Beat(
        fill(
            {
                "en": "It paints from noise: {n} times it removes what it takes for noise.",
                "ja": "始まりはノイズです。"
                    "ノイズと思うものを {n} 回取り除いて描きます。",
            },
            n=len(dreams),
        ),
        Row(
            _noise(run.array("noise"), "noise", run.limit, NOISE), Text("→", key="arrow", size="large"),
            dreams[-1], gap=0.6, scale=1.5,
        ),
        motion=Playback({"dream": dreams}, seconds=3.0),
        id="dream",
        born={"noise": From("dream")},
    )  # fmt: skip
    wish, seen = run.array("wish"), run.array("embedding")
    limit = round_up(float(np.abs([wish, seen]).max()))
    yield Beat(
        fill(
            {
                "en": "CLIP turns words and picture into {n} numbers each. "
                    "Their cosine: {c:.2f}. They do not fit.",
                "ja": "CLIP は、言葉も画像も {n} 個の数にします。"
                    "コサインは {c:.2f}。合っていません。",
            },
            n=len(wish), c=float(wish @ seen),
        ),
        Table(
            _quote(run), Grid(wish.reshape(-1, WIDE), key="wish", limit=limit),
            bare, Grid(seen.reshape(-1, WIDE), key="seen", limit=limit),
            cells=[(0, 0), (0, 1), (1, 0), (1, 1)], gap=0.6,
        ),
        id="numbers",
        born={"prompt": From("dream"), "wish": From("prompt"), "seen": From("dream")},
    )  # fmt: skip


def _pool(run: SteeredDream) -> Iterator[Beat]:
    """Many dreams, sorted; the best is the wrong thing."""
    cosines, ranks = run.array("cosines"), run.trace["ranks"]
    pictures = [
        Picture(one, key=f"dream-{at}", label=fill(NUMBER, c=float(cosines[rank])))
        for at, (one, rank) in enumerate(zip(run.array("dreams"), ranks, strict=True))
    ]
    yield Beat(
        fill(
            {
                "en": "Let it dream {n} times. Here are {k} of them by their cosines, the best first.",
                "ja": "{n} 回描かせ、コサインの順に並べました。"
                    "そのうちの {k} 枚です。",
            },
            n=len(cosines), k=len(pictures),
        ),
        Table(*pictures, cells=[divmod(at, ABREAST) for at in range(len(pictures))], gap=0.3),
        id="pool",
        born={mark.key: From("dream") for mark in pictures},
    )  # fmt: skip
    yield Beat(
        fill(
            {
                "en": "Even the best is wrong. A judge that takes no part sees “{t}”.",
                "ja": "いちばん近いものでも違います。"
                    "別の審査モデルには「{t}」に見えます。",
            },
            t=run.things[run.likeliest("before")],
        ),
        Row(
            Row(Picture(run.array("steered")[0], key="dream-0"), scale=1.5),
            _verdict(run, "before"), gap=0.8,
        ),
        id="best",
        born={"judge": From("dream-0")},
    )  # fmt: skip


def _verdict(run: SteeredDream, when: str) -> Bars:
    """The things that the judge takes a picture for."""
    chances = run.array(f"judge.{when}")
    both = [run.wanted, *(run.likeliest(one) for one in ("before", "after"))]
    order = list(dict.fromkeys([*both, *np.argsort(-chances, kind="stable").tolist()]))[:SEEN]
    order.sort(key=lambda at: -chances[at])
    return Bars(
        chances[order], tuple(run.things[at] for at in order), key="judge", limit=1.0, percent=True,
        highlight=(order.index(run.likeliest(when)),), label=JUDGE, of=len(chances),
    )  # fmt: skip


def _slope(run: SteeredDream) -> Iterator[Beat]:
    """The slope back to the noise, and one step."""
    slope = run.array("slope").sum(axis=2)
    inner = run.array("slope.noise")
    steps = len(run.array("dream"))
    start = Picture(run.array("steered")[0], key="dream-0")
    yield Beat(
        {
            "en": "But the cosine has a slope: back through CLIP, the decoder and all steps, to the noise.",
            "ja": "コサインには勾配があります。"
                "CLIP、デコーダー、全ステップをさかのぼり、ノイズに届きます。",
        },
        Row(
            Picture(
                tile_channels(inner / np.abs(inner).max()), key="inner", low=-1.0, high=1.0,
                colors="diverging", label=NOISE_SLOPE, means=SLOPE,
            ),
            Link("painter", "inner", key="to-noise"),
            Block(
                fill({"en": "U-Net × {n}", "ja": "U-Net × {n}"}, n=steps), words.decoder, key="painter"
            ),
            Link("slope", "painter", key="to-painter"),
            Picture(
                slope / np.abs(slope).max(), key="slope", low=-1.0, high=1.0, colors="diverging",
                label=PICTURE_SLOPE, means=SLOPE,
            ),
            Link("clip", "slope", key="to-slope"),
            Block("CLIP", key="clip"),
            Link("dream-0", "clip", key="to-clip"),
            start,
            gap=0.35,
        ),
        id="slope",
        born={"slope": From("dream-0"), "inner": From("slope")},
    )  # fmt: skip
    before, after = run.array("lengths")
    yield Beat(
        fill(
            {
                "en": "A step uphill lengthens the noise, {a:.2f} → {b:.2f}. "
                    "It is cut back: longer noise is unknown.",
                "ja": "一歩登ると、ノイズの長さは {a:.2f} → {b:.2f}。"
                    "見慣れた長さに縮めます。",
            },
            a=before, b=after,
        ),
        Row(
            _noise(run.array("steered.noise")[0], "before", run.limit, BEFORE),
            Text("→", key="arrow", size="large"),
            _noise(run.array("steered.noise")[1], "after", run.limit, AFTER),
            gap=0.6, scale=1.4,
        ),
        id="step",
        born={"before": From("inner"), "after": From("before")},
    )  # fmt: skip


def _bars(run: SteeredDream, when: str) -> Bars:
    """The sentence among its rivals."""
    chances, shown = run.array(f"rivals.{when}"), run.shown_rivals
    shown = sorted(shown, key=lambda at: -chances[at])
    return Bars(
        chances[shown], tuple(run.sentences[at] for at in shown), key="rivals", limit=run.chance_limit,
        percent=True, highlight=(shown.index(0),), label=CHANCE, of=len(chances),
    )  # fmt: skip


def _steer(run: SteeredDream) -> Iterator[Beat]:
    """The rivals, all steps, and what the judge says in the end."""
    yield Beat(
        fill(
            {
                "en": "Half of the pull: beat {n} rivals that differ in one word. {k} of them are ahead.",
                "ja": "力の半分は、一語違いの {n} 文に勝つことです。"
                    "いまは {k} 文に負けています。",
            },
            n=len(run.sentences) - 1, k=run.ahead("before"),
        ),
        Row(Row(Picture(run.array("steered")[0], key="dream-0"), scale=1.3), _bars(run, "before"), gap=0.6),
        id="rivals",
        born={"dream-0": From("after"), "rivals": From("dream-0")},
    )  # fmt: skip
    yield _film(run)
    yield Beat(
        {
            "en": "Now the sentence leads. But CLIP was at the wheel: let us ask somebody else.",
            "ja": "この文が一位になりました。でも操縦したのは CLIP 自身。"
                "ほかのモデルにも聞きましょう。",
        },
        Row(Row(Picture(run.array("steered")[-1], key="dream-0"), scale=1.3), _bars(run, "after"), gap=0.6),
        id="won",
        born={"rivals": From("dream-0")},
    )  # fmt: skip
    yield Beat(
        fill(
            {
                "en": "The judge agrees: “{t}”. What will it say of {m} sentences?",
                "ja": "審査モデルにも「{t}」に見えます。{m} 文では、どうでしょう。",
            },
            t=run.things[run.likeliest("after")], m=run.pictures,
        ),
        Row(
            Row(Picture(run.array("steered")[-1], key="dream-0"), scale=1.5),
            _verdict(run, "after"),
            gap=0.8,
        ),
        id="judge",
        born={"judge": From("dream-0")},
        given=("says",),
        asks=True,
    )  # fmt: skip
    shares = np.array([run.shares[name] for name in ATTRIBUTES])
    yield Beat(
        fill(
            {
                "en": "So yes, words steer it: the right thing in {p} of {m} pictures, not in all.",
                "ja": "言葉で導けました。{m} 枚のうち {p} で、物は正解。"
                    "いつもではありません。",
            },
            p=percent(float(shares[0])), m=run.pictures,
        ),
        Row(
            Row(Picture(run.array("steered")[-1], key="dream-0"), scale=1.5),
            Bars(shares, tuple(ATTRIBUTES.values()), key="shares", limit=1.0, percent=True, label=SHARES),
            gap=0.8,
        ),
        id="share",
        born={"shares": From("judge")},
        given=("says", "shares"),
    )  # fmt: skip


def _film(run: SteeredDream) -> Beat:
    """All steps, and the curve of the cosine beside that of real pictures."""
    cosine, real = run.array("cosine"), float(run.array("real"))
    last = len(cosine) - 1
    filmed = [*range(0, last, EVERY), last]
    low, high = min(float(cosine.min()), 0.0), max(float(cosine.max()), real)

    def curve(drawn: int) -> Curve:
        return Curve(
            np.arange(len(cosine), dtype=float), np.vstack([cosine, np.full(len(cosine), real)]),
            names=(STEERED, REAL), key="curve", drawn=drawn, x_name=words.step, y_name=COSINE,
            x_limits=(0.0, float(last)), y_limits=(-round_up(-low) if low < 0 else 0.0, round_up(high)),
            aspect=1.4,
        )  # fmt: skip

    pictures = [Picture(run.array("steered")[at], key="dream-0") for at in filmed]
    curves = [curve(at + 1) for at in filmed]
    return Beat(
        fill(
            {
                "en": "{s} steps, always along the slope. "
                    "The cosine rises to {c:.2f}; real pictures have {r:.2f}.",
                "ja": "勾配に沿って {s} ステップ。"
                    "コサインは {c:.2f} まで上がりました。本物の画像は {r:.2f} です。",
            },
            s=last, c=float(cosine[-1]), r=real,
        ),
        Row(Row(pictures[-1], scale=1.6), curves[-1], gap=0.8),
        motion=Playback({"dream-0": pictures, "curve": curves}, seconds=7.0),
        id="film",
        born={"curve": From("rivals")},
    )  # fmt: skip
