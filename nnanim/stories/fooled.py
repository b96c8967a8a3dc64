"""The story of a CLIP that is fooled: its number rises, and the picture is noise.

The question: does a higher number mean a better picture? The moment to remember: the same grey, the same
steps, the same seed, and where there was noise a house appears, once CLIP has met its own dreams. The end: a
number means something only where it was tested.

After A. Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks" (2018).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Bars, Column, Curve, Mark, Picture, Row, Table, Text, round_up
from nnanim.marks.content import Floats
from nnanim.motions import Playback
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import number

GUIDES = ("clip", "clip-robust", "clip-guide")
PLAIN, ROBUST, GUIDE = GUIDES

ACROSS = 4
"""Pictures in a row of a wall."""

STEP = {"en": "step", "ja": "ステップ"}
COSINE = {"en": "cosine", "ja": "コサイン"}
LINES = ({"en": "its dream", "ja": "夢"}, {"en": "real pictures", "ja": "本物の画像"})
SEEN = {"en": "{w}? {a}", "ja": "{w}？ {a}"}
SLOPE = {"en": "slope", "ja": "傾き"}
REAL = {"en": "real", "ja": "本物"}
WRITTEN = {"en": "{a}: {v}", "ja": "{a}：{v}"}
SHAKEN = {"en": "nudged", "ja": "ずらした画像"}
NAMES = {
    PLAIN: {"en": "plain CLIP", "ja": "ふつうの CLIP"},
    ROBUST: {"en": "CLIP with nudges", "ja": "ずらしで学習"},
    GUIDE: {"en": "CLIP with dreams", "ja": "夢でも学習"},
}


@dataclass(frozen=True)
class Climbers:
    """What `nnanim.training.fooled.record_fooled` recorded.

    Attributes:
        trace: the recording.
        hero: index of the wish that is looked at.
        wish: its sentence.
        names: of the classes that the judge knows.
    """

    trace: Trace
    hero: int
    wish: Words
    names: Sequence[Words]

    def __post_init__(self) -> None:
        classes = self.trace[f"{PLAIN}.judged"].shape[1]
        if not len(self.names) <= classes <= len(self.names) + 1:
            raise UserError(f"{len(self.names)} names for {classes} classes")

    @property
    def thing(self) -> Words:
        """Name of what was wished for."""
        return self.names[int(self.trace["wanted"][self.hero])]

    def picture(self, name: str, *index: int) -> Floats:
        """(height, width, 3) pixels."""
        return np.asarray(self.trace[name][index], dtype=float)

    def real(self, guide: str) -> float:
        """Mean cosine of the real pictures of the wish."""
        return float(self.trace[f"{guide}.real"][self.hero].mean())

    def dream(self, guide: str, step: int = -1) -> float:
        """Cosine of the dream at a step."""
        return float(self.trace[f"{guide}.values"][step, self.hero])

    def right(self, guide: str) -> int:
        """In how many dreams the judge sees the thing that was wished for."""
        return int((self.trace[f"{guide}.judged"].argmax(axis=1) == self.trace["wanted"]).sum())

    def mean(self, name: str) -> float:
        """Mean of some recorded values."""
        return float(self.trace[name].mean())


def fooled_clip(runs: Climbers) -> Iterator[Beat]:
    """Tell how a CLIP is fooled by what climbs it, and what cures it."""
    yield from _question(runs)
    yield from _judge(runs)
    yield from _nudge(runs)
    yield from _dreams(runs)
    yield from _cure(runs)


def _label(what: Words, value: float) -> Words:
    return fill(WRITTEN, a=what, v=number(value))


def _real(runs: Climbers, at: int = 0, label: Words = "") -> Picture:
    return Picture(runs.picture("real", at), key=f"real-{at}", label=label)


def _question(runs: Climbers) -> Iterator[Beat]:
    """A real picture, its cosine, and a climb from grey that passes it."""
    yield Beat(
        {
            "en": "CLIP says in one number how well a picture fits a sentence. Is higher always better?",
            "ja": "CLIP は、画像と文がどれだけ合うかを数にします。大きいほど、よい画像でしょうか。",
        },
        Row(_real(runs), scale=1.6),
        id="question",
    )
    cosines = runs.trace[f"{PLAIN}.real"][runs.hero]
    reals = [_real(runs, at, number(float(value))) for at, value in enumerate(cosines)]
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
    yield _climb(
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


def _climb(runs: Climbers, guide: str, says: Words, name: str, source: str) -> Beat:
    """A dream and its curve, beside the line of real pictures."""
    values = np.asarray(runs.trace[f"{guide}.values"][:, runs.hero], dtype=float)
    lines = np.stack([values, np.full(len(values), runs.real(guide))])
    low = float(values.min())
    limits = (-round_up(-low) if low < 0 else 0.0, round_up(float(lines.max())))
    states: dict[str, Sequence[Mark]] = {
        f"dream-{guide}": [
            Picture(runs.picture(f"{guide}.hero", step), key=f"dream-{guide}") for step in range(len(values))
        ],
        f"curve-{guide}": [
            Curve(
                np.arange(float(len(values))), lines, key=f"curve-{guide}", names=LINES, x_name=STEP,
                y_name=COSINE,
                x_limits=(0, len(values) - 1), y_limits=limits, drawn=step + 1, aspect=1.3,
            )
            for step in range(len(values))
        ],
    }  # fmt: skip
    return Beat(
        says,
        Row(*(marks[-1] for marks in states.values()), gap=0.8, scale=1.3),
        motion=Playback(states, seconds=5.0),
        id=name,
        born={f"dream-{guide}": From(source), f"curve-{guide}": From(f"dream-{guide}")},
    )


def _dream(runs: Climbers, guide: str, label: Words = "") -> Picture:
    return Picture(runs.picture(f"{guide}.hero", -1), key=f"dream-{guide}", label=label)


def _judge(runs: Climbers) -> Iterator[Beat]:
    """What the class sees in it, and what a judge sees."""
    yield Beat(
        fill(
            {
                "en": "To CLIP this is as good a {w} as the real ones. What do you see?",
                "ja": "CLIP には、本物の{w}に負けない画像です。何に見えますか。",
            },
            w=runs.thing,
        ),
        Row(_dream(runs, PLAIN), scale=1.6),
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
        _wall(pictures),
        id="judge",
        born={one.key: From(f"dream-{PLAIN}") for one in pictures},
    )  # fmt: skip


def _slope(runs: Climbers, guide: str, label: Words) -> Picture:
    """How each pixel of a real picture matters, the three colours added up, over the largest."""
    slope = runs.picture(f"{guide}.slope").sum(axis=2)
    return Picture(
        slope / float(np.abs(slope).max()), low=-1, colors="diverging", key=f"slope-{guide}", label=label,
        means=SLOPE,
    )  # fmt: skip


def _nudge(runs: Climbers) -> Iterator[Beat]:
    """The slope at a real picture, a nudge along it, and training against such nudges."""
    yield Beat(
        {
            "en": "Its slope at a real picture tells why: fine stripes, not the parts of a thing.",
            "ja": "本物の画像での傾きを見ると分かります。物の部分ではなく、細かな縞です。",
        },
        Row(_real(runs, label=REAL), _slope(runs, PLAIN, NAMES[PLAIN]), gap=1.0, scale=1.4),
        id="slope",
        born={"real-0": From(f"judged-{runs.hero}"), f"slope-{PLAIN}": From(f"judged-{runs.hero}")},
    )
    pairs = [
        (float(runs.trace[f"{guide}.real"][runs.hero, 0]), float(runs.trace[f"{guide}.cosine"][0]))
        for guide in (PLAIN, ROBUST)
    ]
    before, after = pairs[0]
    nudged = Picture(runs.picture(f"{PLAIN}.nudged"), key="nudged", label=_label(SHAKEN, after))
    yield Beat(
        fill(
            {
                "en": "A nudge against this pattern, and the number falls from {a:.2f} to {b:.2f}.",
                "ja": "この模様に逆らって少しずらすと、{a:.2f} から {b:.2f} に落ちます。",
            },
            a=before, b=after,
        ),
        Row(_real(runs, label=_label(REAL, before)), nudged, gap=1.0, scale=1.4),
        id="nudge",
        born={"nudged": From(f"slope-{PLAIN}")},
    )  # fmt: skip
    names = [
        fill({"en": "{a}, {b}", "ja": "{a}、{b}"}, a=NAMES[guide], b=what)
        for guide in (PLAIN, ROBUST)
        for what in (REAL, SHAKEN)
    ]
    yield Beat(
        fill(
            {
                "en": "First cure: train on nudged pictures. Now it falls only from {a:.2f} to {b:.2f}.",
                "ja": "第一の薬は、ずらした画像でも学習させること。{a:.2f} が {b:.2f} に下がるだけです。",
            },
            a=pairs[1][0], b=pairs[1][1],
        ),
        Row(nudged, Bars(np.array(pairs).ravel(), tuple(names), key="nudges", limit=1.0), gap=0.8, scale=1.3),
        id="robust",
        born={"nudges": From("real-0")},
    )  # fmt: skip
    yield Beat(
        fill(
            {
                "en": "And when it is climbed? {b:.2f}, where real pictures get {r:.2f}: still fooled.",
                "ja": "では、登ってみると？本物の {r:.2f} に対して {b:.2f}。まだだまされます。",
            },
            b=runs.dream(ROBUST), r=runs.real(ROBUST),
        ),
        Row(
            _dream(runs, PLAIN, _label(NAMES[PLAIN], runs.dream(PLAIN))),
            _dream(runs, ROBUST, _label(NAMES[ROBUST], runs.dream(ROBUST))),
            gap=1.0, scale=1.4,
        ),
        id="still",
        born={f"dream-{PLAIN}": From("nudged"), f"dream-{ROBUST}": From("nudged")},
    )  # fmt: skip


def _night(runs: Climbers, night: int) -> list[Picture]:
    count = runs.trace["buffer"].shape[1]
    return [Picture(runs.picture("buffer", night, at), key=f"buffer-{at}") for at in range(count)]


def _wall(pictures: Sequence[Picture]) -> Table:
    return Table(*pictures, cells=[divmod(at, ACROSS) for at in range(len(pictures))], gap=0.2)


def _dreams(runs: Climbers) -> Iterator[Beat]:
    """The dreams that it has while it learns, and what they are worth before and after."""
    nights = [_night(runs, night) for night in range(len(runs.trace["buffer"]))]
    yield Beat(
        {
            "en": "Second cure: let it dream while it learns, and teach it: this is not it.",
            "ja": "第二の薬は、学習中に夢を見させ、「これは文のとおりではない」と教えることです。",
        },
        _wall(nights[-1]),
        motion=Playback({one.key: list(states) for one, states in _columns(nights)}, seconds=4.0),
        id="buffer",
        born={one.key: From(f"dream-{ROBUST}") for one in nights[-1]},
    )
    before, after = runs.mean(f"buffer.{ROBUST}"), runs.mean(f"buffer.{GUIDE}")
    yield Beat(
        fill(
            {
                "en": "Before the lesson it gave these dreams {a:.2f} on average. Afterwards, {b:.2f}.",
                "ja": "教える前、これらの夢は平均 {a:.2f} でした。教えたあとは {b:.2f} です。",
            },
            a=before, b=after,
        ),
        Column(
            Row(*nights[-1], gap=0.15),
            Row(
                Bars(np.array([before, after]), (NAMES[ROBUST], NAMES[GUIDE]), key="worth", limit=1.0),
                scale=2.4,
            ),
            gap=0.8,
        ),
        id="lesson",
        born={"worth": From("buffer-0")},
    )  # fmt: skip


def _columns(nights: Sequence[Sequence[Picture]]) -> Iterator[tuple[Picture, Sequence[Picture]]]:
    """Each dream with its states."""
    for at, one in enumerate(nights[-1]):
        yield one, [night[at] for night in nights]


def _cure(runs: Climbers) -> Iterator[Beat]:
    """The same climb with the cured CLIP, its slope, and all wishes."""
    yield _climb(
        runs,
        GUIDE,
        fill(
            {
                "en": "The same grey, the same steps, and a {w} is there: {b:.2f}; real ones get {r:.2f}.",
                "ja": "同じ灰色から、同じように登ると、{w}が現れます。{b:.2f} で、本物は {r:.2f} です。",
            },
            w=runs.thing,
            b=runs.dream(GUIDE),
            r=runs.real(GUIDE),
        ),
        "cured",
        "buffer-0",
    )
    yield Beat(
        {
            "en": "Its slope has changed, too: it points at parts of the thing.",
            "ja": "傾きも変わりました。物の部分を指しています。",
        },
        Row(
            _real(runs, label=REAL), _slope(runs, PLAIN, NAMES[PLAIN]), _slope(runs, GUIDE, NAMES[GUIDE]),
            gap=0.7, scale=1.4,
        ),
        id="slopes",
        born={
            "real-0": From(f"dream-{GUIDE}"),
            f"slope-{PLAIN}": From(f"curve-{GUIDE}"),
            f"slope-{GUIDE}": From(f"curve-{GUIDE}"),
        },
    )  # fmt: skip
    right = [runs.right(guide) for guide in GUIDES]
    yield Beat(
        fill(
            {
                "en": "Three CLIPs, {n} wishes, one seed. The judge is right {a}, {b} and {c} times.",
                "ja": "三つの CLIP、{n} 個の願い、同じシード。審判が正しいと見たのは {a}、{b}、{c} 枚です。",
            },
            n=len(runs.trace["wanted"]), a=right[0], b=right[1], c=right[2],
        ),
        _everything(runs),
        id="all",
        born={f"all-{guide}-0": From(f"slope-{PLAIN}") for guide in GUIDES},
    )  # fmt: skip
    yield Beat(
        {
            "en": "A high number means a good picture only where CLIP was tested. It had to dream first.",
            "ja": "大きな数が信じられるのは、試した範囲だけ。CLIP は、自分の夢に出会う必要がありました。",
        },
        _everything(runs),
        id="end",
        pulse=[f"all-{guide}-{runs.hero}" for guide in GUIDES],
    )


def _everything(runs: Climbers) -> Table:
    """The last dreams of all guides, a row each."""
    count = len(runs.trace["wanted"])
    marks: dict[tuple[int, int], Mark] = {}
    for row, guide in enumerate(GUIDES):
        marks[row, 0] = Text(NAMES[guide], key=f"name-{guide}")
        for at in range(count):
            pixels = runs.picture(f"{guide}.last", at)
            marks[row, at + 1] = Picture(pixels, key=f"all-{guide}-{at}")
    return Table(*marks.values(), cells=list(marks), gap=0.2)
