"""A network in a minute: what goes in, the whole as a chart, the three moments that matter, the answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.layout import fits
from nnanim.marks import Arrangement, Bars, Row
from nnanim.stories.network.answer import tell_answer
from nnanim.stories.network.backward import tell_backward
from nnanim.stories.network.boxes import tell_boxes
from nnanim.stories.network.choices import is_router
from nnanim.stories.network.grouping import group_layers
from nnanim.stories.network.heads import choose_head
from nnanim.stories.network.length import estimate_length, estimate_seconds
from nnanim.stories.network.moments import (
    BlockChange,
    changes,
    count_inputs,
    first_layer,
    heaviest_layer,
    last_layer,
)
from nnanim.stories.network.narration import Narration
from nnanim.stories.network.net import NetworkView
from nnanim.stories.network.one_head import head_beats
from nnanim.stories.network.outputs import name_outputs, tell_other_outputs
from nnanim.stories.network.overview import fitting_chart, thumbnail_chain
from nnanim.stories.network.plainer import shrink, tell_surely
from nnanim.stories.network.products import find_product
from nnanim.stories.network.question import ask_first
from nnanim.stories.network.unet import say_whole, tell_u
from nnanim.structure.arithmetic import has_idle_dropout
from nnanim.structure.groups import Group
from nnanim.structure.kinds import ARITHMETIC, is_norm
from nnanim.structure.layers import Layer
from nnanim.structure.outline import MAX_PARTS, OutlinePart, as_subject, is_round, outline
from nnanim.structure.titles import fill
from nnanim.structure.u_shape import u_shape
from nnanim.structure.weights import count_weights
from nnanim.words import Words
from nnanim.words.numerals import percent

FEW_STEPS = 10
"""A network of more steps than that is told in a minute, if not everything is asked for."""

MINUTE = 60.0
"""Seconds of a film that is told in short."""

MAX_BEATS = 13
"""Maximum number of beats in each minute, without the last card."""

CARD = 4.0
"""Seconds of the card that ends a film."""

MOST = {
    "en": "Of {n} blocks, {t} changes its value most, by {p} of its length.",
    "ja": "{n} 個のブロックのうち、値を最も変えるのは {t} です。長さの {p} です。",
}
MOST_KEPT = {
    "en": "Of {n} blocks that keep the shape, {t} changes its value most, by {p} of its length.",
    "ja": "形を変えない {n} 個のブロックのうち、値を最も変えるのは {t} です。長さの {p} です。",
}
MOST_ROUNDS = {
    "en": "Of {n} rounds of {w}, {t} changes its value most, by {p} of its length.",
    "ja": "{w} の {n} 回のうち、値を最も変えるのは {t} です。長さの {p} です。",
}
SOME_ROUNDS = {
    "en": "Of {n} of the {m} rounds of {w}, {t} changes its value most, by {p} of its length.",
    "ja": "{w} の {m} 回のうち、比べられる {n} 回で値を最も変えるのは {t} です。長さの {p} です。",
}
CHANGES = {
    "en": "{t} changes its value by {p} of its length.",
    "ja": "{t} は、値をその長さの {p} だけ変えます。",
}
CHANGED: Words = {"en": "change, in lengths of the value", "ja": "変化（値の長さとの比）"}

MIN_PARTS = 4
"""Of fewer parts than that, the chart of a U-shaped network would hide its shape."""

MIN_BLOCKS, MAX_EACH = 3, 8
"""Of fewer parts than that, no more than so many repeats are drawn each by itself."""

SPECIAL = {
    **dict.fromkeys(("squash", "codebook", "experts", "squeeze-excite"), 2),
    "routed experts": 2,
    **dict.fromkeys(("rotary", "SwiGLU", "GEGLU", "ReGLU", "GLU"), 3),
    **dict.fromkeys(("RMSNorm", "unit length"), 5),
}
"""Known things of which the first has a beat of its own, with its rank."""

CURVED = ("sin", "cos", "gt", "ge")
"""Functions that make waves, or spikes, of numbers: the first has a beat of its own."""

SMALL_CHANGE = 0.05
"""Where no block changes its value by more, two decimals would not tell them apart."""

MAX_BARS = 16
"""Maximum number of blocks that have a bar."""


@dataclass
class Passage:
    """Some beats about one place of the run, the more important first in ``ranks``.

    Attributes:
        place: where in the film it stands.
        beats: in order.
        ranks: of each beat: those of small rank are told first.
    """

    place: int
    beats: list[Beat]
    ranks: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class ShortFilm:
    """What of a network is told, and how long.

    Attributes:
        seconds: of the film, with the card that ends it, at normal pace.
        question: what the first sentence asks.
        attention, head: which attention head is shown, as `choose_head` takes them.
        also: further samples, of which only the answer is told.
        backward: whether the gradients run back in the end.
    """

    seconds: float
    question: Words = ""
    attention: int | None = None
    head: int | str | None = None
    also: tuple[int, ...] = ()
    backward: bool = False

    def tell(self, film: Narration, whole: bool) -> Iterator[Beat]:
        """The beats; with ``whole``, all that can be told, if that takes no longer.

        Raises:
            UserError: not even what goes in, the chart and the answer can be told in that time.
        """
        if whole and self.attention is None and self.head is None:
            beats = list(film.beats(self.also, self.backward, self.question))
            if self._has_room(beats):
                yield from beats
                return
            film.start_over()
        pieces = sorted(Summary(film, self).pieces(), key=lambda piece: piece.place)
        yield from self._choose(pieces)

    def _has_room(self, beats: Sequence[Beat]) -> bool:
        return len(beats) <= self._most and estimate_length(beats) + CARD <= self.seconds

    @property
    def _most(self) -> int:
        """Maximum number of beats, without the last card."""
        return max(int(MAX_BEATS * self.seconds / MINUTE), MAX_BEATS)

    def _choose(self, pieces: Sequence[Passage]) -> Iterator[Beat]:
        """The beats that matter most, in the order of the pieces, while there is time."""
        ranked = sorted((rank, i, j) for i, one in enumerate(pieces) for j, rank in enumerate(one.ranks))
        kept: set[tuple[int, int]] = set()
        left = self.seconds - CARD
        for rank, i, j in ranked:
            cost = estimate_seconds(pieces[i].beats[j])
            if len(kept) < self._most and cost <= left:
                kept.add((i, j))
                left -= cost
            elif rank == 0:
                least = CARD + sum(estimate_seconds(pieces[a].beats[b]) for r, a, b in ranked if r == 0)
                raise UserError(
                    f"seconds={self.seconds:g}: this network cannot be told in less than {least:.0f}"
                )
        for i, piece in enumerate(pieces):
            yield from (beat for j, beat in enumerate(piece.beats) if (i, j) in kept)


class Summary:
    """What of a network is told in short."""

    def __init__(self, film: Narration, asked: ShortFilm) -> None:
        self.film, self.net, self.asked = film, film.net, asked
        self.weights = count_weights(self.net.trace, self.net.steps)
        self.heavy = {
            layer.name: 0 if is_norm(layer.kind) or layer.kind in ARITHMETIC else count
            for layer, count in zip(self.net.steps, self.weights.values(), strict=True)
        }
        self.chosen = choose_head(self.net, asked.attention, asked.head)
        self.parts, self.chart = self._outline()
        self.changes = changes(self.net, self.parts)
        self.most = max(self.changes, key=lambda change: change.share, default=None)

    def _outline(self) -> tuple[list[OutlinePart], Arrangement | None]:
        """The parts of the network, as many as a chart can hold, and the chart."""
        net = self.net
        titles = {**net.titles, **net.names, **name_outputs(net)}
        parts: list[OutlinePart] = []
        for count in range(MAX_PARTS - 1, 2, -1):
            parts = outline(
                net.trace.graph,
                net.steps,
                titles,
                lambda layer: self.weights[layer.name],
                count,
            )
            groups = [part.group for part in parts]
            each = [one for part in parts for one in part.repeats]
            if len(groups) < MIN_BLOCKS and len(each) <= MAX_EACH:
                stage = thumbnail_chain(net, each) or fitting_chart(each)
                if stage is not None:
                    return parts, stage
            stage = thumbnail_chain(net, groups) or fitting_chart(groups)
            if stage is not None:
                return parts, stage
        return parts, None

    def pieces(self) -> Iterator[Passage]:
        """Everything that may be told."""
        net, film = self.net, self.film
        every = net.steps
        place = {layer.name: i + 1 for i, layer in enumerate(every)}
        opening = list(tell_surely(net, every[:1], ask_first(net, self.asked.question, always=True)))
        yield Passage(-2, opening, [0] * len(opening))
        yield self._whole(every)
        first, last = first_layer(net, self.heavy), last_layer(net, self.heavy)
        for layer, rank in ((first, 1), (last, 1)) if first is not last else ((first, 1),):
            if layer is not None:
                yield self._moment(layer, place[layer.name], rank)
        heavy = heaviest_layer(net, self.heavy, (first, last)) if self.most is None else None
        yield from self._middle(place, heavy)
        told = {layer.name for layer in (first, last, heavy) if layer is not None}
        special = list(self._special(place, told))
        yield from special
        if not any(rank < 4 for piece in special for rank in piece.ranks):
            yield from self._products(place, told)
        for part in self.parts:
            group = part.repeats[0]
            again = self.most is not None and self.most.group.name == group.name
            steps = len(group.layers) > 1 or group.last.role == "module"
            said = again or told & {layer.name for layer in group.layers} or _is_fixed(net, group)
            if steps and part.weights and not said:
                beats = list(film.brief([group], False))
                yield Passage(place[group.layers[0].name], beats, [6] * len(beats))
        told = {layer.name for layer in (first, last) if layer is not None}
        if self.asked.seconds > MINUTE:
            yield from self._further(place, told)
        ending = list(tell_surely(net, [net.last], tell_answer(net, film.truth)))
        asks = [4 if beat.asks else 0 for beat in ending]
        yield Passage(len(every) + 1, ending, asks)
        boxes = list(tell_surely(net, [net.last], tell_boxes(net)))
        yield Passage(len(every) + 2, boxes, [0] * len(boxes))
        others = list(tell_surely(net, [net.last], tell_other_outputs(net)))
        yield Passage(len(every) + 2, others, [2] * len(others))
        for sample in self.asked.also:
            answer = list(tell_answer(replace(net, sample=sample), film.truth))[-1:]
            yield Passage(len(every) + 3, answer, [3] * len(answer))
        if self.asked.backward:
            back = list(tell_backward(net, group_layers(net, every)))
            yield Passage(len(every) + 4, back, [1, *[3] * len(back)][: len(back)])

    def _whole(self, every: Sequence[Layer]) -> Passage:
        """The network at one glance: the chart of its parts, and a U where it is one."""
        said, beats = self.film.say_size(every), []
        shape = u_shape(self.net)
        computed = [part for part in self.parts if part.group.layers[0].role != "input"]
        whole = self.chart
        if shape is not None and len(computed) < MIN_PARTS:  # a chart that says less than the U itself
            found = list(tell_u(self.net, shape))
            if found and found[0].id == "u" and not has_idle_dropout(self.net.trace):
                size = said.values_filled
                both = say_whole(shape, size["n"], size["p"])
                beats = [replace(found[0], says=both, id="overview"), *found[1:]]
                return Passage(-1, beats, [0, 5][: len(beats)])
        if whole is not None:
            beats.append(Beat(said, whole, id="overview"))
        if shape is not None:
            beats += list(tell_u(self.net, shape))
        ranks = [0, 2, 5] if whole is not None else [0, 5]
        return Passage(-1, beats, ranks[: len(beats)])

    def _moment(self, layer: Layer, place: int, rank: int) -> Passage:
        """One layer, by the beats that move."""
        beats = list(self.film.tell([layer]))
        moving = [i for i, beat in enumerate(beats) if beat.motion is not None]
        order = [*moving[-1:], *moving[:-1]][:2] or list(range(len(beats)))[:2]
        ranks = {i: rank + turn for turn, i in enumerate(order)}
        return Passage(place, beats, [ranks.get(i, 7) for i in range(len(beats))])

    def _middle(self, place: dict[str, int], heavy: Layer | None) -> Iterator[Passage]:
        """The block that changes its value most, else the layer with most weights; and one attention head."""
        found, most = self.changes, self.most
        if most is not None:
            bars, brief = list(self._compare(found, most)), list(self.film.brief([most.group], False))
            if not bars and count_inputs(self.net, most.group) == 1:
                changed = fill(CHANGES, t=as_subject(most.group.title), p=percent(most.share))
                brief = [replace(beat, says=changed) for beat in brief]
            yield Passage(
                place[most.group.layers[0].name], [*bars, *brief], [1] * len(bars) + [2] * len(brief)
            )
        elif heavy is not None:
            yield self._moment(heavy, place[heavy.name], 1)
        if self.chosen is not None:
            head, said = self.chosen
            beats = [shrink(beat) for beat in head_beats(self.net, head, said)]
            inside = [
                layer.name
                for layer in self.net.steps
                if head.name in self._around(layer.name) or any(n.name == head.name for n in layer.nodes)
            ]
            at = max((place[name] for name in inside), default=len(place))
            yield Passage(at, beats, [2 if (self.asked.attention, self.asked.head) == (None, None) else 0])

    def _special(self, place: dict[str, int], told: set[str]) -> Iterator[Passage]:
        """The first of each kind of known thing: what makes this network what it is."""
        seen: set[str] = set()
        waves = False
        for layer in self.net.steps:
            if not waves and layer.kind in CURVED and layer.name not in told:
                beats = [one for one in self.film.tell([layer]) if one.id.endswith("-curve")]
                waves = bool(beats)
                yield Passage(place[layer.name], beats, [8] * len(beats))
            thing = self.net.thing(layer.nodes[0])
            rank = SPECIAL.get(thing.kind) if thing is not None else 2 if is_router(self.net, layer) else None
            if rank is not None and layer.kind not in seen and layer.name not in told:
                seen.add(layer.kind)
                beats = list(self.film.tell([layer]))[:1]
                yield Passage(place[layer.name], beats, [rank] * len(beats))

    def _products(self, place: dict[str, int], told: set[str]) -> Iterator[Passage]:
        """Where two computed values are multiplied; and how what goes in becomes rows before any layer."""
        spread = next((one for one in self.net.steps if one.role != "input"), None)
        if spread is not None and spread.kind == "mul" and spread.name not in told:
            before, after = (self.net.value(name) for name in (self.net.steps[0].output, spread.name))
            if before is not None and after is not None and before.ndim < after.ndim:
                beats = list(self.film.tell([spread]))[:1]
                yield Passage(place[spread.name], beats, [4] * len(beats))
        found = find_product(self.net) if self.chosen is None else None
        if found is not None and found[0].name not in told:
            layer, said = found
            beats = list(self.film.tell([layer]))[:1]
            beats = [replace(beat, says=said or beat.says) for beat in beats]
            yield Passage(place[layer.name], beats, [3] * len(beats))

    def _further(self, place: dict[str, int], told: set[str]) -> Iterator[Passage]:
        """The other layers, for a film of more than a minute: those of the block that changes most first."""
        inside = {layer.name for layer in self.most.group.layers} if self.most is not None else set()
        for layer in self.net.steps:
            if layer.role != "input" and layer.name not in told:
                beats = list(self.film.tell([layer]))
                yield Passage(place[layer.name], beats, [8 if layer.name in inside else 9] * len(beats))

    def _around(self, name: str) -> tuple[str, ...]:
        return self.net.trace.graph.ancestors(name)

    def _compare(self, found: Sequence[BlockChange], most: BlockChange) -> Iterable[Beat]:
        """How much every block changes its value, as bars."""
        if len(found) < 2:
            return
        home = next((one for one in self.parts if most.group in one.repeats), None)
        every = home.repeats if home is not None and len(home.repeats) > 1 else ()
        names = _number_blocks([*every, *(one.group for one in found if one.group not in every)])
        kept = found
        if len(found) > MAX_BARS:
            by_share = sorted(found, key=lambda change: -change.share)[:MAX_BARS]
            kept = [change for change in found if change in by_share]
        at = kept.index(most)
        bars = Bars(
            np.array([change.share for change in kept]),
            tuple(names[change.group.name] for change in kept),
            key="changes",
            highlight=(at,),
            of=len(found),
            label=CHANGED,
            digits=2 if most.share >= SMALL_CHANGE else 4,
        )
        around = home.group.title if home is not None else ""
        kept_shape = MOST_KEPT if len(found) < len(every) else MOST
        rounds = SOME_ROUNDS if len(found) < len(every) else MOST_ROUNDS
        said = fill(
            rounds if is_round(most.group.title) else kept_shape,
            n=len(found), m=len(every), t=names[most.group.name], p=percent(most.share),
            w=_without_count(around),
        )  # fmt: skip
        stage = Row(bars)
        if fits(stage):
            yield Beat(said, stage, id="changes")


def _is_fixed(net: NetworkView, group: Group) -> bool:
    """Whether a part takes nothing but what the model holds: it gives the same for every input."""
    inside = {layer.name for layer in group.layers}
    taken = {one.layer for layer in group.layers for one in layer.takes} - inside
    return all(net.layers[name].held for name in taken)


def _without_count(title: Words) -> Words:
    """The title of parts that repeat, without how often they do."""
    if isinstance(title, str):
        return title.rpartition(" × ")[0] or title
    return {lang: said.rpartition(" × ")[0] or said for lang, said in title.items()}


def _number_blocks(groups: Sequence[Group]) -> dict[str, Words]:
    """The titles of blocks, with a number where several have the same."""
    titles = [group.title for group in groups]
    named: dict[str, Words] = {}
    for i, group in enumerate(groups):
        if titles.count(group.title) == 1:
            named[group.name] = group.title
        else:
            number = titles[: i + 1].count(group.title)
            named[group.name] = fill({"en": "{t} {n}", "ja": "{t} {n}"}, t=group.title, n=number)
    return named
