"""From a beat to boxes: the largest scale that fits, then everything in its place."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby

from nnanim import words
from nnanim.beats import Beat, Story
from nnanim.errors import UserError
from nnanim.layout.advice import advise_on_room
from nnanim.layout.legends import (
    FIRST,
    LEGEND_GAP,
    Told,
    legend_room,
    line_width,
    measure_legend,
    scale_legends,
)
from nnanim.layout.restack import (
    CROSSING,
    choose,
    choose_alike,
    count_crossings,
    find_growing,
    is_narrow,
    least_gain,
    list_stacked,
    list_variants,
)
from nnanim.layout.twins import hides_numbers, quiet_twins
from nnanim.marks import Arrangement, Frame, Legend, Mark, Placed, Row, Text, Zoom, change_marks
from nnanim.marks.ask import Ask, ask_key
from nnanim.marks.dots import Dots, dots_key
from nnanim.marks.parts import LINE
from nnanim.marks.view import list_spots
from nnanim.style import MARGIN, RenderStyle, frame_size
from nnanim.theme import DIM, by_name
from nnanim.words.linebreak import wrap

ASK_GAP = 0.12
"""Between a question to the class and its sign."""

Room = tuple[float, float, float, float]
"""Left, right, bottom, top."""

SMALLEST, LARGEST = 0.3, 1.7
"""Limits of the scale of a stage in a frame of 16:9."""

LINES, PORTRAIT_LINES = 2, 3
"""Maximum number of lines of a sentence, and in a frame that is higher than wide."""

WIDEST = 16 / 9
"""Width over height of a frame from which a stage may not be larger than `LARGEST`."""


@dataclass(frozen=True)
class StageLimits:
    """What the stage of a beat keeps to, so that it stands where those of its neighbours do.

    Attributes:
        top: the height that it ends below.
        scale: the scale that it does not exceed.
        pitch: from one line of a mark to the next, such as from bar to bar, at the most.
    """

    top: float = math.inf
    scale: float = math.inf
    pitch: float = math.inf


FREE = StageLimits()


class NoRoom(UserError):
    """What a beat shows does not fit on its frame: fewer or shorter things would."""


def place(
    beat: Beat,
    style: RenderStyle,
    title: str = "",
    bounds: StageLimits = FREE,
    told: Told = FIRST,
    arranged: Arrangement | None = None,
) -> Frame:
    """Put everything that is seen in ``beat`` in its place.

    Args:
        beat: what is seen.
        style: language, theme and frame.
        title: of the film.
        bounds: what the stage keeps within.
        told: what is seen before and after, by which the legends are chosen where not all fit in their line.
        arranged: its stage, arranged for the shape of the frame; by default it is arranged so here.

    Raises:
        NoRoom: it does not fit.
        UserError: a glyph is missing, or whatever else a mark says. Every message names the beat.
    """
    if style.say(beat.says) == title:  # on its card, the title is not written twice
        title = ""
    room = legend_room(style, title)
    try:
        legends = told.choose(beat, style, room)
        placed, stage, scale, shown = _place(beat, style, title, legends, bounds, arranged)
        if hides_numbers(beat, placed, style):
            # With one more legend the stage is no larger: what is hidden stays hidden.
            legends = told.choose(beat, style, room, Legend.of_hidden_numbers())
            placed, stage, scale, shown = _place(beat, style, title, legends, bounds, arranged)
        stacked = list_stacked(shown)
        zoom = _check_spots(beat, Frame(beat.id, placed, style, stage, stacked=stacked))
        placed = scale_legends(placed, zoom)
    except UserError as error:
        raise type(error)(f"beat {beat.id!r} ({style.lang}): {error}") from error
    if beat.focus:
        aside = {m.key for m in beat.marks if m.key not in beat.focus}
        placed = {k: replace(p, opacity=DIM) if k in aside else p for k, p in placed.items()}
    return Frame(beat.id, placed, style, stage, zoom, scale, stacked)


def _check_spots(beat: Beat, frame: Frame) -> Zoom:
    """See that every part that the beat points at exists; how its view shows the stage.

    Raises:
        UserError: a part does not exist; what the view looks at would not lie on the stage.
    """
    for key, part in list_spots(beat.pulse):
        frame[key].part_box(part, frame)
    left, right = -frame.style.width / 2, frame.style.width / 2
    whole = Zoom(box=(left, right, frame.stage[2] - 0.05, frame.stage[3] + 0.1))
    if (view := beat.view) is None:
        return whole
    box, narrow = frame[view.key].part_box(view.part, frame), is_narrow(frame.style)
    view = view.flip() if view.key in frame.stacked else view
    return view.zoom(box, frame.stage, whole, inside=narrow)


def _place(
    beat: Beat, style: RenderStyle, title: str, legends: Sequence[Mark], bounds: StageLimits,
    arranged: Arrangement | None,
) -> tuple[dict[str, Placed], Room, float, Arrangement]:  # fmt: skip
    """Header, stage and sentence in their places, the room of the stage, its scale and its arrangement."""
    head, top = _header(style, title, legends)
    top = min(top, bounds.top)
    foot, bottom = _footer(beat, style)
    half = style.width / 2 - MARGIN
    stage = (-half, half, bottom, top)
    if arranged is None:
        variants = list_variants(beat.stage, style)
        arranged = choose(variants, lambda one: _fit_roughly(one, stage, style), least_gain(style)).stage
    scale = _fit(arranged, stage, style, bounds.scale)
    if beat.view is None:  # which makes what it looks at larger
        arranged = _move_apart(arranged, stage, style, scale, bounds.pitch)
    marks = _put(arranged, stage, style, scale)
    placed = {one.mark.key: one for one in (*head, *marks, *foot)}
    return quiet_twins(beat, placed, style), stage, scale, arranged


def place_story(story: Story, style: RenderStyle, wanted: int | None = None) -> list[Frame]:
    """The beats of a story, placed; over a run of beats with the same marks, the stage keeps its place.

    Args:
        story: what is told.
        style: language, theme and frame.
        wanted: index of the last beat that is needed; of those after it, none is placed that changes nothing
            of those before.

    Raises:
        UserError: one of them cannot be placed.
    """
    title, runs = style.say(story.title), list(_runs(story.beats))
    if wanted is not None and not is_narrow(style):  # there, all beats together choose how they are arranged
        runs = [run for run in runs if run[0] <= wanted]
    beats = story.beats[: runs[-1][-1] + 1]
    told, frames, seen = Told.of(story.beats), list[Frame](), list[Told]()
    for beat in beats:
        frames.append(place(beat, style, title, told=told))
        seen.append(told)
        told = told.after(beat, frames[-1])
    stages = _arrange_alike(beats, runs, frames, style)
    for i, beat in enumerate(beats):
        if stages[i] is not None:
            frames[i] = place(beat, style, title, told=seen[i], arranged=stages[i])
    for run in runs:
        for _ in range(SETTLE):
            bounds = StageLimits(
                min(frames[i].stage[3] for i in run),
                min(frames[i].scale for i in run),
                min(_pitch(frames[i]) for i in run),
            )
            for i in run:
                sizes = frames[i].stage[3], frames[i].scale, _pitch(frames[i])
                limits = bounds.top, bounds.scale, bounds.pitch
                if any(size > limit + 1e-6 for size, limit in zip(sizes, limits, strict=True)):
                    frames[i] = place(beats[i], style, title, bounds, seen[i], stages[i])
    return frames


def _pitch(frame: Frame) -> float:
    """How far lines of its marks are apart; 0 where no mark has any."""
    return max((one.pitch for one in frame.placed.values()), default=0.0)


def _arrange_alike(
    beats: Sequence[Beat], runs: Sequence[Sequence[int]], frames: Sequence[Frame], style: RenderStyle
) -> list[Arrangement | None]:
    """The stage of each beat, arranged for the frame; None where it stays as its author has arranged it."""
    growing = find_growing(beats)
    variants = [list_variants(beat.stage, style, growing) for beat in beats]
    stages: list[Arrangement | None] = [None] * len(beats)
    if all(len(some) == 1 for some in variants):
        return stages
    keys = [frozenset(mark.key for mark in beats[run[0]].marks) for run in runs]
    scaled = [
        [
            (one, min(_fit_roughly(variants[i][place].stage, frames[i].stage, style) for i in run))
            for place, one in enumerate(variants[run[0]])
        ]
        for run in runs
    ]
    common = [now & before for before, now in zip((frozenset[str](), *keys), keys, strict=False)]
    for run, place in zip(runs, choose_alike(scaled, common, least_gain(style)), strict=True):
        for i in run:
            stages[i] = variants[i][place].stage
    return stages


SETTLE = 2
"""How often the beats of a run are fitted to each other: a lower top may make a scale smaller."""


def _runs(beats: Sequence[Beat]) -> Iterator[list[int]]:
    """Indices of beats that follow each other and have the same marks in the same arrangement."""
    for _, run in groupby(range(len(beats)), key=lambda i: _arrangement(beats[i].stage)):
        yield list(run)


def _arrangement(stage: Arrangement) -> object:
    """The keys of the marks of a stage, as they are arranged."""
    if isinstance(stage, Mark):
        return stage.key
    return type(stage).__name__, tuple(map(_arrangement, getattr(stage, "children", ()))) or tuple(
        mark.key for mark in stage.flatten()
    )


def fits(stage: Arrangement, least: float = 0.0) -> bool:
    """Whether a stage can be placed in every language, nothing smaller than ``least``.

    It is measured at the smallest scale that would do, which says the same as placing it and takes a tenth of
    the time.
    """
    beat = Beat("", stage)
    for lang in words.LANGUAGES:
        style = RenderStyle(by_name("dark"), lang)
        inner = min((one.scale for one in stage.put(0.0, 0.0, 1.0, style)), default=1.0)
        scale = max(SMALLEST, least / inner)
        if scale > LARGEST:
            return False
        # A note that numbers have no room takes some of it: whether there is one is seen only in place.
        alone, noted = (_has_room(beat, style, scale, note) for note in (None, Legend.of_hidden_numbers()))
        if alone != noted:
            try:
                frame = place(beat, style, "x")
            except NoRoom:
                return False
            noted = min(frame[mark.key].scale for mark in beat.marks) >= least
        if not noted:
            return False
    return True


def fits_sentence(said: words.Words) -> bool:
    """Whether a sentence has room below a stage, in every language, in a wide frame and in an upright one."""
    for lang in words.LANGUAGES:
        for frame in ("16:9", "9:16"):
            try:
                _footer(Beat(said, Row()), RenderStyle(by_name("dark"), lang, *frame_size(frame)))
            except NoRoom:
                return False
    return True


def _has_room(beat: Beat, style: RenderStyle, scale: float, note: Legend | None) -> bool:
    """Whether the stage of a beat has room at a scale, under the legends that it needs."""
    _, top = _header(style, "x", FIRST.choose(beat, style, legend_room(style, "x"), note))
    _, bottom = _footer(beat, style)
    return _measures(beat.stage, style.width - 2 * MARGIN, top - bottom, style, scale)


def _measures(stage: Arrangement, width: float, height: float, style: RenderStyle, scale: float) -> bool:
    """Whether a stage at a scale is no larger than that."""
    e = stage.measure(scale, style)
    return e.left + e.right <= width + 1e-9 and e.up + e.down <= height + 1e-9


def _fit(
    stage: Arrangement,
    room: Room,
    style: RenderStyle,
    largest: float,
    steps: int = 24,
) -> float:
    """The largest scale at which a stage fits into its room."""
    left, right, bottom, top = room
    width, height = right - left, top - bottom

    def exceed(scale: float) -> float:
        """By how much it is too large; 0 or less where it fits."""
        e = stage.measure(scale, style)
        return max(e.left + e.right - width, e.up + e.down - height) - 1e-9

    largest = max(min(largest, largest_scale(style)), SMALLEST)
    over = exceed(largest)
    if over <= 0:
        return largest
    if (under := exceed(SMALLEST)) > 0:
        e = stage.measure(SMALLEST, style)
        raise NoRoom(
            f"the marks need {e.left + e.right:.1f} × {e.up + e.down:.1f} of the stage's "
            f"{width:.1f} × {height:.1f} even at the smallest scale; "
            + advise_on_room(stage, width, height, style, SMALLEST)
        )
    return _find_zero(exceed, (SMALLEST, under), (largest, over), (largest - SMALLEST) / 2**steps)


def _find_zero(
    exceed: Callable[[float], float], below: tuple[float, float], above: tuple[float, float], near: float
) -> float:
    """The largest scale, to within ``near``, of which ``exceed`` gives 0 or less.

    Sizes grow in straight lines but for a few corners and steps, so that the zero of the line through the
    last two is nearly always it; where it is not, every third guess halves what is left.

    Args:
        exceed: of a scale, above 0 where it is too large.
        below: a scale that is not too large, and what ``exceed`` gives of it.
        above: the same of one that is.
        near: how far off the scale may be.
    """
    (low, under), (high, over) = below, above
    guesses = 0
    while high - low > near:
        guesses += 1
        middle = low + (high - low) * (under / (under - over) if guesses % 3 else 0.5)
        # The zero lies between two guesses that are near each other.
        middle = min(max(middle, low + near / 2), high - near / 2)
        if (value := exceed(middle)) <= 0:
            low, under = middle, value
        else:
            high, over = middle, value
    return low


PITCHES = (1.25, 1.1, 0.95, 0.8, 0.65, 0.5)
"""From one line of a mark to the next, such as from bar to bar, where there is room for it."""


def _move_apart(
    stage: Arrangement, room: Room, style: RenderStyle, scale: float, widest: float
) -> Arrangement:
    """A stage whose few bars take the height that is free: nothing else becomes smaller for it."""
    left, right, bottom, top = room
    if not any(mark.move_apart(PITCHES[0]) is not mark for mark in stage.flatten()):
        return stage
    for pitch in (one for one in PITCHES if one <= widest + 1e-6):
        apart = change_marks(stage, lambda mark, pitch=pitch: mark.move_apart(pitch))  # type: ignore[misc]
        if _measures(apart, right - left, top - bottom, style, scale):
            return apart
    return stage


def largest_scale(style: RenderStyle) -> float:
    """The scale that no stage exceeds; a frame that is higher has room for more."""
    return LARGEST * math.sqrt(max(style.height * WIDEST / style.width, 1.0))


def _fit_roughly(stage: Arrangement, room: Room, style: RenderStyle) -> float:
    """The scale at which a stage fits into its room, or 0: to compare it with another arrangement.

    One in which arrows run over marks counts as if it were smaller.
    """
    try:
        scale = _fit(stage, room, style, math.inf, steps=7)
    except NoRoom:
        return 0.0
    if not any(mark.connects and mark.roomless for mark in stage.flatten()):
        return scale
    return scale / CROSSING ** count_crossings(_put(stage, room, style, scale))


def _put(stage: Arrangement, room: Room, style: RenderStyle, scale: float) -> list[Placed]:
    """The marks in their places, in the middle of the stage."""
    left, right, bottom, top = room
    e = stage.measure(scale, style)
    spare = top - bottom - e.up - e.down if stage.is_tall else right - left - e.left - e.right
    e = stage.measure(scale, style, spare)
    x = (left + right) / 2 + (e.left - e.right) / 2
    y = (top + bottom) / 2 - (e.up - e.down) / 2
    return list(stage.put(x, y, scale, style, spare))


def _header(style: RenderStyle, title: str, legends: Sequence[Mark]) -> tuple[list[Placed], float]:
    """Title on the left, legends on the right; and the height where the stage begins."""
    theme, half, top = style.theme, style.width / 2 - MARGIN, style.height / 2 - MARGIN
    free = legend_room(style, title)
    name = Text(title, key="title", size="medium", role="dimmed", bold=True, width=2 * half)
    if title and len(name.lines(style)) > 1:
        raise NoRoom(f"the title takes more than one line: {title!r}")
    narrow = line_width(legends, style) > free  # what must be said and has no room says it more shortly
    rows: list[list[Mark]] = [[]]
    for mark_ in legends:
        wide = line_width([*rows[-1], mark_], style, narrow)
        if wide > (free if len(rows) == 1 else 2 * half):
            rows.append([])
        rows[-1].append(mark_)
    placed: list[Placed] = []
    for row in rows:
        x, boxes = half, [measure_legend(one, style, narrow) for one in row]
        tall = max([theme.medium, *(e.up + e.down for e in boxes)])
        if is_narrow(style):  # in which a stage is drawn larger, and the widths that a legend shows with it
            sizes = [one.swatch_height(largest_scale(style)) for one in row if isinstance(one, Legend)]
            tall = max([tall, *sizes])
        middle = top - tall / 2
        if title and row is rows[0]:
            e = name.measure(1.0, style)
            placed.append(name.place(-half + e.left, middle, 1.0, style, e))
        for one, e in zip(reversed(row), reversed(boxes), strict=True):
            placed.append(one.place(x - e.right, middle, 1.0, style, e))
            x -= e.left + e.right + LEGEND_GAP
        top -= tall + theme.medium * (LINE - 1)
    return placed, top + theme.medium * (LINE - 1) - 0.25


def _break_sentence(sentence: str, room: float, style: RenderStyle) -> tuple[list[str], float]:
    """A sentence in lines that are no wider than ``room``, and the width of the widest."""
    widths = partial(style.text_width, size=style.theme.large)
    lines = wrap(sentence, room, widths) if sentence else []
    return lines, max(map(widths, lines), default=0.0)


def _footer(beat: Beat, style: RenderStyle) -> tuple[list[Placed], float]:
    """The sentence in its lines, and the height where the stage ends.

    The stage ends at the same height however many lines the sentence has: nothing jumps.
    """
    theme = style.theme
    size = theme.large
    base = -style.height / 2 + MARGIN + 0.13 * size  # g and y hang below their line
    room = style.width - 2 * MARGIN - 1.0
    sentence, sign = style.say(beat.says), Ask(key=ask_key(beat.id))
    asks = sign.measure(1.0, style) if beat.asks else None
    lines, wide = _break_sentence(sentence, room, style)
    if asks is not None and wide > (free := style.width - 2 * (MARGIN + ASK_GAP + asks.left + asks.right)):
        room = free  # for its sign stands on its right
        lines, wide = _break_sentence(sentence, room, style)
    most, fit = (PORTRAIT_LINES, "three fit") if style.is_portrait else (LINES, "two fit")
    if len(lines) > most:
        raise NoRoom(f"the sentence takes {len(lines)} lines, {fit}: {sentence!r}")
    tall = size * (1 + LINE * (most - 1))
    placed = []
    if sentence:
        # In a frame less wide than usual, a Text breaks before its width; a sentence has all the room.
        mark = Text(
            sentence,
            key=f"say:{beat.id}",
            size="large",
            width=room * max(1.0, RenderStyle.width / style.width),
        )
        placed.append(mark.place(0.0, base + tall / 2, 1.0, style, mark.measure(1.0, style)))
    if asks is not None:
        placed.append(sign.place(wide / 2 + ASK_GAP + asks.left, base + tall / 2, 1.0, style, asks))
    if beat.chapter_of[1]:
        dots = Dots(beat.chapter_of[1], beat.chapter_of[0], key=dots_key(beat.chapter_of[0]))
        edge = -style.height / 2 + MARGIN / 2
        placed.append(dots.place(0.0, edge, 1.0, style, dots.measure(1.0, style)))
    if beat.schematic:
        stamp = Text({"en": "schematic", "ja": "模式図"}, key="schematic", size="small", role="dimmed")
        e = stamp.measure(1.0, style)
        placed.append(stamp.place(style.width / 2 - MARGIN - e.right, base + e.down, 1.0, style, e))
    return placed, base + tall + 0.25
