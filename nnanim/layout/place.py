"""From an arrangement to boxes: the largest scale that fits, then everything in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from nnanim.beats import Beat, Story
from nnanim.errors import UserError
from nnanim.layout import table
from nnanim.layout.extents import GAP, LINE, MARGIN, Extent, Look, extent, text_lines
from nnanim.layout.legend import LEGEND_GAP, Legend, legend_width, legends
from nnanim.marks import Arrangement, Column, Link, Mark, Overlay, Row, Table, Text, Wires
from nnanim.theme import DIM
from nnanim.typeset import wrap

SMALLEST, LARGEST = 0.3, 1.7
"""Limits of the scale of a stage."""


@dataclass(frozen=True)
class Placed:
    """A mark in its place: the middle (x, y) and size (w, h) of its core, its scale and its room.

    Attributes:
        label_y: height of the middle of its label.
        room: left, right, bottom, top of everything that it covers.
        opacity: 1, or less where it is dimmed.
    """

    mark: Mark
    x: float
    y: float
    w: float
    h: float
    scale: float
    label_y: float
    room: tuple[float, float, float, float]
    opacity: float = 1.0


@dataclass(frozen=True)
class Frame:
    """One picture of a story: every mark of a beat in its place, with title, sentence and legend."""

    id: str
    placed: Mapping[str, Placed]
    look: Look
    stage: tuple[float, float, float, float] = field(default=(0.0, 0.0, 0.0, 0.0))

    def __getitem__(self, key: str) -> Placed:
        return self.placed[key]


def place(beat: Beat, look: Look, title: str = "") -> Frame:
    """Put everything that is seen in ``beat`` in its place.

    Raises:
        UserError: it does not fit, or a glyph is missing; the message names the beat.
    """
    try:
        head, top = _header(beat, look, title)
        foot, bottom = _footer(beat, look)
        half = look.width / 2 - MARGIN
        stage = (-half, half, bottom, top)
        placed = {one.mark.key: one for one in (*head, *_stage(beat.stage, stage, look), *foot)}
        placed |= {one.mark.key: _to_scale(one, placed) for one in head}
    except UserError as error:
        raise UserError(f"beat {beat.id!r} ({look.lang}): {error}") from error
    if beat.focus:
        aside = {m.key for m in beat.marks if m.key not in beat.focus}
        placed = {k: replace(p, opacity=DIM) if k in aside else p for k, p in placed.items()}
    return Frame(beat.id, placed, look, stage)


def _to_scale(one: Placed, placed: Mapping[str, Placed]) -> Placed:
    """A legend of widths or sizes takes the scale of what it explains."""
    source = one.mark.source if isinstance(one.mark, Legend) else ""
    return replace(one, scale=placed[source].scale) if source else one


def frames(story: Story, look: Look) -> list[Frame]:
    """Every beat of a story, placed."""
    title = look.say(story.title)
    return [place(beat, look, title) for beat in story.beats]


def _stage(stage: Arrangement, room: tuple[float, float, float, float], look: Look) -> list[Placed]:
    left, right, bottom, top = room
    width, height = right - left, top - bottom

    def fits(scale: float) -> bool:
        e = _measure(stage, scale, look)
        return e.left + e.right <= width + 1e-9 and e.up + e.down <= height + 1e-9

    if not fits(SMALLEST):
        e = _measure(stage, SMALLEST, look)
        raise UserError(
            f"the marks need {e.left + e.right:.1f} × {e.up + e.down:.1f} of the stage's "
            f"{width:.1f} × {height:.1f} even at the smallest scale; show fewer (Units.top takes the "
            "strongest neurons), or with shorter names"
        )
    low, high = SMALLEST, LARGEST
    if fits(high):
        low = high
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    e = _measure(stage, low, look)
    spare = width - e.left - e.right
    e = _measure(stage, low, look, spare)
    x = (left + right) / 2 + (e.left - e.right) / 2
    y = (top + bottom) / 2 - (e.up - e.down) / 2
    return list(_put(stage, x, y, low, look, spare))


def _measure(thing: Arrangement, scale: float, look: Look, spare: float = 0.0) -> Extent:
    if isinstance(thing, Mark):
        return extent(thing, scale, look)
    inner = scale * thing.scale
    if isinstance(thing, Overlay):
        return _over(thing, inner, look)
    if isinstance(thing, Table):
        return table.measured(thing, inner, spare, lambda child: _measure(child, inner, look)).extent
    if isinstance(thing, Column):
        parts = [_measure(child, inner, look) for child in thing.children]
        tall = sum(p.up + p.down for p in parts) + thing.gap * inner * (len(parts) - 1)
        left, right = max(p.left for p in parts), max(p.right for p in parts)
        up = _above(thing, parts, inner)
        return Extent(left + right, tall, left, right, up, tall - up)
    parts = _row_parts(thing, inner, look, spare)
    wide = sum(p.left + p.right for p in parts) + sum(_gaps(thing, inner))
    up = max(_rise(thing, parts, look), *(p.up for p in parts))
    down = max(p.down for p in parts)
    return Extent(wide, up + down, wide / 2, wide / 2, up, down)


def _above(thing: Column, parts: list[Extent], scale: float) -> float:
    """What of a column lies above its middle, or above the middle of its anchor."""
    gap = thing.gap * scale
    if thing.anchor is None:
        return (sum(p.up + p.down for p in parts) + gap * (len(parts) - 1)) / 2
    before = parts[: thing.anchor]
    return sum(p.up + p.down for p in before) + gap * len(before) + parts[thing.anchor].up


def _over(thing: Overlay, scale: float, look: Look) -> Extent:
    parts = [_measure(child, scale, look) for child in thing.children]
    first = parts[0]

    def reach(side: str, size: str) -> float:
        return float(max(getattr(p, side) - getattr(p, size) / 2 for p in parts) + getattr(first, size) / 2)

    # A label stands above the small print of all.
    labels = [_label(child, look) for child in thing.children]
    above = max(p.up - p.height / 2 - label for p, label in zip(parts, labels, strict=True))
    return Extent(
        first.width,
        first.height,
        reach("left", "width"),
        reach("right", "width"),
        above + max(labels) + first.height / 2,
        reach("down", "height"),
    )


def _row_parts(row: Row, scale: float, look: Look, spare: float) -> list[Extent]:
    """Extents of a row's children, the elastic ones widened by their share of ``spare``."""
    parts = _overhang(row, [_measure(child, scale, look) for child in row.children])
    elastic = [p.stretch for p in parts]
    share = min(1.0, spare / sum(elastic)) if sum(elastic) else 0.0
    widened = []
    for part in parts:
        more = part.stretch * share / 2
        widened.append(
            replace(part, width=part.width + 2 * more, left=part.left + more, right=part.right + more)
        )
    return widened


def _overhang(row: Row, parts: list[Extent]) -> list[Extent]:
    """Labels wider than their marks may hang over the wires beside them, which need no room there."""
    made = list(parts)
    for i, child in enumerate(row.children):
        if isinstance(child, Wires | Link) and 0 < i < len(parts) - 1:
            over = [
                getattr(parts[j], side) - parts[j].width / 2
                for j, side in ((i - 1, "right"), (i + 1, "left"))
            ]
            least = 0.25  # between two labels
            spare = max(made[i].left + made[i].right - sum(over), least)
            made[i] = replace(made[i], left=spare / 2, right=spare / 2)
    return made


def _gaps(row: Row, scale: float) -> list[float]:
    """Room between neighbours; wires and links bring their own."""
    ties = [isinstance(child, Wires | Link) for child in row.children]
    return [0.12 * scale if a or b else row.gap * scale for a, b in pairwise(ties)]


def _rise(row: Row, parts: list[Extent], look: Look) -> float:
    """Top of the labels of a row's marks, which stand at one height."""
    labelled = [p.up for child, p in zip(row.children, parts, strict=True) if _label(child, look)]
    return max(labelled, default=0.0)


def _label(child: Arrangement, look: Look) -> float:
    """Height that a mark's label takes above all else."""
    return GAP + look.theme.medium if isinstance(child, Mark) and look.say(child.label) else 0.0


def _put(
    thing: Arrangement, x: float, y: float, scale: float, look: Look, spare: float = 0.0
) -> Iterator[Placed]:
    if isinstance(thing, Mark):
        yield _placed(thing, x, y, scale, look, extent(thing, scale, look))
        return
    inner = scale * thing.scale
    if isinstance(thing, Overlay):
        e = _over(thing, inner, look)
        for child in thing.children:
            for one in _put(child, x, y, inner, look):
                room = (x - e.left, x + e.right, y - e.down, y + e.up)
                yield replace(one, w=e.width, h=e.height, label_y=room[3] - look.theme.medium / 2, room=room)
    elif isinstance(thing, Column):
        parts = [_measure(child, inner, look) for child in thing.children]
        at = y + _above(thing, parts, inner)
        for child, part in zip(thing.children, parts, strict=True):
            yield from _put(child, x, at - part.up, inner, look)
            at -= part.up + part.down + thing.gap * inner
    elif isinstance(thing, Table):
        lines = table.measured(thing, inner, spare, lambda child: _measure(child, inner, look))
        for child, (across, down) in zip(thing.children, lines.middles, strict=True):
            yield from _put(child, x + across, y + down, inner, look)
    else:
        yield from _put_row(thing, x, y, inner, look, spare)


def _put_row(row: Row, x: float, y: float, scale: float, look: Look, spare: float) -> Iterator[Placed]:
    parts = _row_parts(row, scale, look, spare)
    gaps = [*_gaps(row, scale), 0.0]
    at = x - (sum(p.left + p.right for p in parts) + sum(gaps)) / 2
    label_y = y + _rise(row, parts, look) - look.theme.medium / 2
    for child, part, gap in zip(row.children, parts, gaps, strict=True):
        if isinstance(child, Mark):
            one = _placed(child, at + part.left, y, scale, look, part)
            if look.say(child.label):
                left, right, bottom, _ = one.room
                one = replace(
                    one, label_y=label_y, room=(left, right, bottom, label_y + look.theme.medium / 2)
                )
            yield one
        else:
            yield from _put(child, at + part.left, y, scale, look)
        at += part.left + part.right + gap


def _placed(mark: Mark, x: float, y: float, scale: float, look: Look, e: Extent) -> Placed:
    room = (x - e.left, x + e.right, y - e.down, y + e.up)
    return Placed(mark, x, y, e.width, e.height, scale, y + e.up - look.theme.medium / 2, room)


def _header(beat: Beat, look: Look, title: str) -> tuple[list[Placed], float]:
    """Title on the left, legends on the right; and the height where the stage begins."""
    theme, half, top = look.theme, look.width / 2 - MARGIN, look.height / 2 - MARGIN
    free = look.width - 2 * MARGIN
    name = Text(title, key="title", size="medium", role="dimmed", bold=True, width=free)
    if title:
        if len(text_lines(name, look)) > 1:
            raise UserError(f"the title takes more than one line: {title!r}")
        free -= look.text_width(title, theme.medium, bold=True) + 2 * LEGEND_GAP
    rows: list[list[Legend]] = [[]]
    for mark_ in legends(beat, look):
        wide = sum(legend_width(one, look) + LEGEND_GAP for one in rows[-1]) + legend_width(mark_, look)
        if wide > (free if len(rows) == 1 else look.width - 2 * MARGIN):
            rows.append([])
        rows[-1].append(mark_)
    placed: list[Placed] = []
    for row in rows:
        x, boxes = half, [extent(one, 1.0, look) for one in row]
        tall = max([theme.medium, *(e.up + e.down for e in boxes)])
        middle = top - tall / 2
        if title and row is rows[0]:
            e = extent(name, 1.0, look)
            placed.append(_placed(name, -half + e.left, middle, 1.0, look, e))
        for one, e in zip(reversed(row), reversed(boxes), strict=True):
            placed.append(_placed(one, x - e.right, middle, 1.0, look, e))
            x -= e.left + e.right + LEGEND_GAP
        top -= tall + theme.medium * (LINE - 1)
    return placed, top + theme.medium * (LINE - 1) - 0.25


def _footer(beat: Beat, look: Look) -> tuple[list[Placed], float]:
    """The sentence, in at most two lines, and the height where the stage ends.

    The stage ends at the same height whether the sentence has one line or two: nothing jumps.
    """
    theme = look.theme
    size = theme.large
    base = -look.height / 2 + MARGIN + 0.13 * size  # g and y hang below their line
    room = look.width - 2 * MARGIN - 1.0
    sentence = look.say(beat.says)
    lines = wrap(sentence, theme.font, size, room) if sentence else []
    if len(lines) > 2:
        raise UserError(f"the sentence takes {len(lines)} lines, two fit: {sentence!r}")
    two = size * (1 + LINE)
    placed = []
    if sentence:
        mark = Text(sentence, key=f"say:{beat.id}", size="large", width=room)
        placed.append(_placed(mark, 0.0, base + two / 2, 1.0, look, extent(mark, 1.0, look)))
    if beat.schematic:
        stamp = Text({"en": "schematic", "ja": "模式図"}, key="schematic", size="small", role="accent")
        e = extent(stamp, 1.0, look)
        placed.append(_placed(stamp, look.width / 2 - MARGIN - e.right, base + e.down, 1.0, look, e))
    return placed, base + two + 0.25
