"""Beats: one sentence, what is seen while it is said, at most one motion, then a pause.

A story is a plain function that yields beats. One beat is one section of the film, one clip, one slide,
one subtitle.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from nnanim import words
from nnanim.arguments import KnownArguments
from nnanim.births import Born, Gathers, check_here, check_with
from nnanim.common_axes import share_axes
from nnanim.errors import UserError, nearest
from nnanim.marks import Arrangement, Column, Mark, Row, Text, View, digest, flatten
from nnanim.marks.view import Spots, list_spots
from nnanim.motions import Motion
from nnanim.nested import find_nested
from nnanim.words import Words

MOTIONS = "several flows are Relay((…, …)), states are Playback({key: [state, …]})"
"""What to write for what is no motion."""

NUMERAL = re.compile(r"[−-]?\d+(?:,\d{3})*(?:\.\d+)?")
"""A number as it is written, in ``given``."""


@dataclass(frozen=True, eq=False)
class Beat(KnownArguments):
    """One sentence and what is seen while it is said.

    Attributes:
        says: the sentence.
        stage: the marks, arranged.
        motion: how values travel, or None.
        id: short name, unique in a story; numbered by `Story.from_beats` where it is empty.
        focus: keys of the marks that the sentence is about; the others are dimmed. Empty: none is.
        pause: seconds of rest at the end; None gives time to read the sentence.
        schematic: whether something on the stage is not a computed value; it is then marked so.
        given: what shows numbers from elsewhere than the trace, such as a setting or a function that is
            drawn: keys of marks (``curve``), fields of them (``curve.y``), ``says``, or a number as it is
            written on the beat (``0.5``).
        view: where the camera looks; None shows the whole stage.
        pulse: what a ring swells around once, after the motion: a key, a key with the index of a part
            (``("h", 1)``; ``("w", row, column)`` of Wires, at (out, in), and cells), or several in a list.
        asks: whether the sentence is a question to the class, which the next beat answers: the film pauses,
            under a sign, and a deck stops.
        chapter: name of the chapter that begins with it. Of two or more there are dots on the lower edge.
        chapter_of: number of its chapter, from 1, and how many there are; set by `Story.from_beats`.
        born: what comes out of other marks, by key, and where: ``{"rows": From("tokens")}``. A part that
            joins a mark that stays is named by its place: ``{("tokens", -1): From("next", 0)}``.
        gathers: what leaves and flies into another mark, by key: ``{"products": "sum"}``; or into a part of
            one: ``{"value": ("h", 1)}``.
        order: ``one by one``: of each mark that is born, one part comes after the other. Whole marks come one
            after the other where each is born from the one before, or enters in a beat of its own.
        notice: what whoever makes the film should know of it, such as that it is drawn plainer than was
            planned: said at the end of a command, and kept in the film's manifest.
    """

    says: Words
    stage: Arrangement
    motion: Motion | None = None
    id: str = ""
    focus: tuple[str, ...] = ()
    pause: float | None = None
    schematic: bool = False
    given: tuple[str, ...] = ()
    view: View | None = None
    pulse: Spots = ()
    asks: bool = False
    chapter: Words = ""
    chapter_of: tuple[int, int] = (0, 0)
    born: Born = field(default_factory=dict)
    gathers: Gathers = field(default_factory=dict)
    order: str = ""
    notice: str = ""

    def __post_init__(self) -> None:
        if not hasattr(self.stage, "flatten") or isinstance(self.stage, np.ndarray):
            kind = type(self.stage).__name__
            advice = "several marks stand in a Row(…)" if kind in ("list", "tuple") else "a mark is wanted"
            raise UserError(f"{self._where}: its stage is a {kind}; {advice}")
        if self.motion is not None and not isinstance(self.motion, Motion):
            kind = type(self.motion).__name__
            stands = isinstance(self.motion, Mark | Row)
            advice = "several marks stand in a Row(…)" if stands else MOTIONS
            raise UserError(f"{self._where}: its motion is a {kind}; {advice}")
        keys = [mark.key for mark in self.marks]
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            raise UserError(f"{self._where}: two marks have the key {twice!r}")
        for mark in self.marks:
            for end in mark.ties:
                if end not in keys:
                    raise UserError(
                        f"{self._where}: {mark.key!r} is tied to {end!r}, which is not on the stage"
                        f"{nearest(end, keys)}"
                    )
        looked_at = [("focus", key) for key in self.focus]
        looked_at += [("view", self.view.key)] if self.view is not None else []
        looked_at += [("pulse", key) for key, _ in list_spots(self.pulse)]
        for what, key in looked_at:
            if key not in keys:
                raise UserError(f"{self._where}: {what} {key!r} is not on the stage{nearest(key, keys)}")
        for entry in self.given:
            key = entry.rpartition(".")[0] or entry
            if key not in (*keys, "says") and entry not in keys and not NUMERAL.fullmatch(entry):
                raise UserError(f"{self._where}: given {entry!r} is not on the stage{nearest(key, keys)}")
        if self.pause is not None and not (math.isfinite(self.pause) and self.pause >= 0):
            raise UserError(f"{self._where}: pause={self.pause!r}; it must be 0 or more")
        try:
            for mark in self.marks:
                mark.check(self.by_key)
            if self.motion is not None:
                self.motion.check(self.by_key)
            check_here(self.born, self.gathers, self.order, keys)
        except UserError as error:
            raise UserError(f"{self._where}: {error}") from None

    def check_after(self, before: Beat) -> None:
        """See that what is born, or gathered in, fits the beat before.

        Raises:
            UserError: it does not.
        """
        try:
            check_with(self.born, self.gathers, self.by_key, before.by_key)
        except UserError as error:
            raise UserError(f"{self._where}: {error}") from None

    @property
    def by_key(self) -> dict[str, Mark]:
        """Every mark on the stage by its key."""
        return {mark.key: mark for mark in self.marks}

    @property
    def _where(self) -> str:
        return f"beat {self.id!r}" if self.id else f"beat {words.say(self.says, 'en')!r}"

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Every mark on the stage."""
        return tuple(flatten(self.stage))

    def __getitem__(self, key: str) -> Any:
        for mark in self.marks:
            if mark.key == key:
                return mark
        raise UserError(f"{self._where} has no mark {key!r}{nearest(key, [m.key for m in self.marks])}")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and digest(self) == digest(other)

    def __hash__(self) -> int:
        return hash(digest(self))


@dataclass(frozen=True)
class Story:
    """A story: its title, its beats and where its numbers come from.

    Attributes:
        title: name of the film.
        beats: in order, each with an id.
        provenance: of the trace behind it (model, parameters, seed, versions, checksums).
        retell: gives the beats anew, reading its traces; None where it can be told but once.
        seconds: length of the film at normal pace; None: as long as its beats need.
        example: what it is told about, usually a trace; None where that is not known.
    """

    title: Words
    beats: tuple[Beat, ...]
    provenance: Mapping[str, Any] = field(default_factory=dict)
    retell: Callable[[], Iterable[Beat]] | None = field(default=None, compare=False, repr=False)
    seconds: float | None = None
    example: Any = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.seconds is not None and not (math.isfinite(self.seconds) and self.seconds > 0):
            raise UserError(f"seconds={self.seconds!r} for a story; it must be above 0")

    @property
    def notices(self) -> tuple[str, ...]:
        """A line for each beat of which whoever makes the film should know something."""
        return tuple(f"beat {beat.id!r}: {beat.notice}" for beat in self.beats if beat.notice)

    @classmethod
    def from_beats(
        cls,
        beats: Iterable[Beat],
        title: Words = "",
        provenance: Mapping[str, Any] | None = None,
        *,
        card: bool = True,
        proven: bool = False,
        seconds: float | None = None,
    ) -> Story:
        """A story from its beats: numbered, checked, and ended by a card that says what was run.

        Args:
            beats: in order.
            title: name of the film.
            provenance: where the numbers come from; without it there is no card.
            card: whether there is one.
            proven: whether every number is known to come from there: then the card says so.
            seconds: length of the film at normal pace; by default as long as its beats need. Its words must
                still be read in that time: ``nnanim check`` says whether they can be.

        Raises:
            UserError: there is no beat, two have one id, or something is born out of nothing.
        """
        numbered = list(number_beats(beats))
        if not numbered:
            raise UserError("the story has no beats")
        if card and provenance:
            numbered.append(end_card(provenance, proven, numbered[-1]))
        ids = [beat.id for beat in numbered]
        if twice := next((one for one in ids if ids.count(one) > 1), None):
            raise UserError(f"two beats have the id {twice!r}")
        for before, after in pairwise(numbered):
            after.check_after(before)
        numbered = with_shared_axes(numbered)
        return cls(title, _number_chapters(numbered), dict(provenance or {}), seconds=seconds)

    def missing_translations(self, lang: str) -> list[str]:
        """Ids of the beats that have no sentence in ``lang`` although they have one in another language."""
        return [beat.id for beat in self.beats if not words.is_translated(beat.says, lang)]

    def beat(self, which: int | str) -> Beat:
        """The beat of that id, or the one at that place, counted from 1.

        Raises:
            UserError: there is none.
        """
        ids = [beat.id for beat in self.beats]
        if which in ids:  # an id may consist of digits, too
            return self.beats[ids.index(str(which))]
        if isinstance(which, int) or which.isdecimal():
            if not 1 <= int(which) <= len(ids):
                raise UserError(f"there is no beat {which}; the story has {len(ids)}")
            return self.beats[int(which) - 1]
        raise UserError(f"there is no beat {which!r}{nearest(which, ids)}")


def number_beats(beats: Iterable[Beat]) -> Iterator[Beat]:
    """The beats one after the other, each with an id.

    Raises:
        UserError: something else is among them.
    """
    for place, beat in enumerate(beats, start=1):
        if not isinstance(beat, Beat):
            raise UserError(f"the story yields {type(beat).__name__} at place {place}; Beat wanted")
        yield beat if beat.id else replace(beat, id=f"{place:02d}")


def with_shared_axes(beats: Sequence[Beat]) -> list[Beat]:
    """The beats of a film, each mark with an axis that suits all its states."""
    shared = share_axes([(beat.stage, beat.motion) for beat in beats])
    return [
        beat if stage is beat.stage and motion is beat.motion else replace(beat, stage=stage, motion=motion)
        for beat, (stage, motion) in zip(beats, shared, strict=True)
    ]


def with_chapters(story: Story, names: Mapping[str, Words]) -> Story:
    """The story with the names of chapters by the ids of the beats that begin them; others are left out."""
    beats = [replace(beat, chapter=names.get(beat.id, beat.chapter)) for beat in story.beats]
    return replace(story, beats=_number_chapters(beats))


def _number_chapters(beats: list[Beat]) -> tuple[Beat, ...]:
    """The beats, each with the number of its chapter where there are two or more; the card has none."""
    count = sum(bool(beat.chapter) for beat in beats)
    if count < 2:
        return tuple(beats)
    numbers = np.cumsum([bool(beat.chapter) for beat in beats]).tolist()
    return tuple(
        beat if beat.id == "card" or not number else replace(beat, chapter_of=(number, count))
        for beat, number in zip(beats, numbers, strict=True)
    )


def merge_provenance(example: Any) -> Mapping[str, Any] | None:
    """Where the numbers of an example come from: its own provenance, or that of several together.

    Of several, the first is the model of the film, and the others stand in ``also``. They may lie in lists,
    dicts and objects, and these in others.
    """
    runs = find_nested(example, _has_provenance, MAX_DEPTH)
    several = [run.provenance for run in runs if run.provenance]
    if not several:
        return None
    first, *others = several
    also = dict(first.get("also") or {})
    also |= {str(one["model"]): one.get("parameters") for one in others if "model" in one}
    model, count = str(first.get("model")), first.get("parameters")
    # Arrays that were computed beside a run often have the name of its model, or a part of it.
    also = {
        name: many
        for name, many in also.items()
        if name != model and not (many in (None, count) and (name in model or model in name))
    }
    merged = {**first, "also": also} if also else dict(first)
    if any(one.get("seed") != first.get("seed") for one in others):
        merged["seed"] = None
    return merged


MAX_DEPTH = 4
"""Maximum number of objects that lie in one another in an example."""


def _has_provenance(value: Any) -> bool:
    return isinstance(getattr(value, "provenance", None), Mapping)


def end_card(provenance: Mapping[str, Any], proven: bool = False, before: Beat | None = None) -> Beat:
    """The last beat: model, number of parameters, seed, and what was computed.

    Args:
        provenance: ``also`` names further models, each with its parameters or None; ``computed_with`` is said
            where it was not torch.
        proven: whether every number of the film is known to come from there; else the card does not say so.
        before: the last beat of the film: what stands there is gathered into the model's name.
    """
    count = {"en": "{n:,} parameters", "ja": "パラメーター {n:,} 個"}

    def rows() -> Iterator[Mark]:
        seed = provenance.get("seed")
        name = str(provenance.get("model", ""))
        yield Text(name, key="card:model", size="large", bold=True)
        if (parameters := provenance.get("parameters")) is not None:
            yield Text(words.fill(count, n=parameters), key="card:parameters", role="dimmed")
        for other, parameters in dict(provenance.get("also") or {}).items():
            line: Words = other
            if parameters is not None:
                known = words.fill(count, n=parameters)
                line = words.fill({"en": "{m}: {n}", "ja": "{m}：{n}"}, m=other, n=known)
            yield Text(line, key=f"card:{other}", role="dimmed", width=11.0)
        if seed is not None:
            yield Text(
                words.fill({"en": "seed {s}", "ja": "シード {s}"}, s=seed), key="card:seed", role="dimmed"
            )
        version = (provenance.get("versions") or {}).get("torch")
        with_ = provenance.get("computed_with") if version is None else f"torch {version}"
        if with_:
            what: Words = str(with_).split("+")[0]
            if not any(char.isdigit() for char in str(what)):  # a version says by itself what it is of
                what = words.fill({"en": "computed with {v}", "ja": "{v} で計算"}, v=what)
            yield Text(what, key="card:torch", role="dimmed")

    last = before.marks if before is not None else ()
    gathers = {mark.key: "card:model" for mark in last if not mark.ties}
    return Beat(
        _card_sentence(proven, bool(provenance.get("also"))),
        Column(*rows(), gap=0.25),
        id="card",
        gathers=gathers,
    )


def _card_sentence(proven: bool, several: bool) -> Words:
    if not proven:
        return {"en": "This was run for this film.", "ja": "この映像のために、実際に動かしました。"}
    if several:
        return {
            "en": "Every number is from these runs, or was given.",
            "ja": "数はすべて、実行の記録か与えた値です。",
        }
    return {
        "en": "Every number is from this run, or was given.",
        "ja": "数はすべて、実行の記録か与えた値です。",
    }
