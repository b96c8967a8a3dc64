"""The page and the plot of what `nnanim.loops.facts` has measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnanim.loops import sheet
from nnanim.loops.facts import STOOD, Found, Plan, Setting, summary
from nnanim.theme import named

if TYPE_CHECKING:
    from PIL import ImageDraw

    from nnanim.theme import Theme

PARTS = (("fixed", "fixed point", "key"), ("cycles", "cycle", "positive"), ("wander", "limit", "outline"))
"""Figure, its word, its colour."""

ROW, LEFT, BAR, RIGHT = 30, 380, 600, 400


def page(found: Found, plan: Plan) -> str:
    """docs/loops-facts.md."""
    painted = sum(one.painted for walks in found.values() for one in walks)
    minutes = sum(one.seconds for walks in found.values() for one in walks) / 60
    lines = [
        "# Where caption loops end",
        "",
        "Written by `nnanim loop facts --jobs 2`, with the shipped small models.",
        f"{plan.starts} start pictures of the small world on each of {plan.seeds} seeds: "
        f"{plan.starts * plan.seeds} starts a line. {painted:,} pictures were painted in {minutes:.0f} CPU "
        "minutes; a step that several starts take is painted once.",
        "",
        "![shares of the ends](loops-facts.png)",
        "",
        *_said(found),
        "",
        "## Fixed noise",
        "",
        f"The limit is {plan.rounds} rounds. *Before it* counts the rounds until the end is entered; with 0",
        "the first painting is described as the start picture was. *Lengths* of cycles: how many starts.",
        f"*Ends* are different fixed points and cycles that {plan.starts} starts of one seed fall into, on",
        "average. With two languages in turn a fixed point is one sentence in each, two rounds.",
        "",
        "| painter | guidance | told | language | fixed point | cycle | limit | lengths "
        "| before it: mean | most | ends |",
        "|---|---:|---|---|---:|---:|---:|---|---:|---:|---:|",
    ]
    for setting, walks in found.items():
        if setting.noise == "fixed":
            lines.append(_fixed_row(setting, summary(setting, walks)))
    if not any(setting.noise == "fresh" for setting in found):
        return "\n".join(lines) + "\n"
    lines += [
        "",
        "## Fresh noise",
        "",
        f"Nothing comes back for certain, so each run takes {plan.fresh_rounds} rounds. *Stood* is the share",
        f"of starts that said the same in the last {STOOD} rounds as before; *met* counts different",
        "sentences in a run; *ends* are different last sentences of one seed's starts.",
        "",
        "| painter | guidance | told | language | stood | met | ends |",
        "|---|---:|---|---|---:|---:|---:|",
    ]
    for setting, walks in found.items():
        if setting.noise == "fresh":
            lines.append(_fresh_row(setting, summary(setting, walks)))
    return "\n".join(lines) + "\n"


def _said(found: Found) -> list[str]:
    """What the numbers say of whole captions and first phrases, a line for each painter."""
    lines = []
    by = {
        (one.temper.name, one.caption): one for one in found if (one.noise, one.language) == ("fixed", "en")
    }
    for name in dict.fromkeys(temper for temper, _ in by):
        if (name, "full") in by and (name, "first phrase") in by:
            one, other = (summary(by[name, part], found[by[name, part]]) for part in ("full", "first phrase"))
            whole, first = (f"{_number(told['mean'])} rounds" for told in (one, other))
            lines.append(
                f"- A painter that {name}: whole captions take {whole} to their end and fall into "
                f"{one['ends']:.0f} ends, first phrases {first} and {other['ends']:.0f} ends."
            )
    return lines


def _fixed_row(setting: Setting, told: dict[str, Any]) -> str:
    shares = " | ".join(_percent(told[key]) for key, _, _ in PARTS)
    lengths = ", ".join(f"{length}: {count}" for length, count in told["cycles of"].items())
    waits = f"{_number(told['mean'])} | {'' if told['most'] is None else told['most']}"
    return f"| {_head(setting)} | {shares} | {lengths} | {waits} | {told['ends']:.1f} |"


def _fresh_row(setting: Setting, told: dict[str, Any]) -> str:
    return f"| {_head(setting)} | {_percent(told['stood'])} | {told['met']:.1f} | {told['ends']:.1f} |"


def _head(setting: Setting) -> str:
    return f"{setting.temper.name} | {setting.temper.guidance:g} | {setting.caption} | {setting.language}"


def _percent(share: float) -> str:
    """A share of a few hundred starts, so that one of them is seen."""
    return f"{round(100 * share, 1):g}%"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def plot(found: Found, plan: Plan, path: Path, theme: str = "light") -> Path:
    """A bar a setting with fixed noise, divided into fixed points, cycles and runs at the limit; as PNG."""
    look = named(theme)
    shown = [setting for setting in found if setting.noise == "fixed"]
    picture, pen = sheet.blank(LEFT + BAR + RIGHT, 120 + ROW * len(shown), look)
    sheet.write_line(pen, (24, 20), "Where caption loops end, fixed noise", look, sheet.HEADING)
    _legend(pen, look)
    heads = (("painter, told, language", 24), ("rounds before it: mean, most", LEFT + BAR + 20),
             ("ends", LEFT + BAR + RIGHT - 110))  # fmt: skip
    for text, x in heads:
        sheet.write_line(pen, (x, 72), text, look, 15, "dimmed")
    for row, setting in enumerate(shown):
        _bar(pen, 106 + row * ROW, setting, summary(setting, found[setting]), look)
    return sheet.write(picture, path)


def _legend(pen: ImageDraw.ImageDraw, look: Theme) -> None:
    x = LEFT
    for _, word, role in PARTS:
        pen.rectangle((x, 74, x + 16, 90), fill=look.color(role))
        sheet.write_line(pen, (x + 24, 72), word, look, 15)
        x += 150


def _bar(pen: ImageDraw.ImageDraw, y: int, setting: Setting, told: dict[str, Any], look: Theme) -> None:
    name = f"{setting.temper.name}, {setting.caption}, {setting.language}"
    sheet.write_line(pen, (24, y), name, look, 16)
    x = float(LEFT)
    for key, _, role in PARTS:
        wide = told[key] * BAR
        if wide > 0:
            pen.rectangle((x, y, x + wide - 1, y + ROW - 8), fill=look.color(role))
        if wide > 44:
            sheet.write_line(pen, (x + 8, y + 2), _percent(told[key]), look, 15, "ground")
        x += wide
    mean = "" if told["mean"] is None else f"{told['mean']:.1f}, {told['most']}"
    sheet.write_line(pen, (LEFT + BAR + 20, y), mean, look, 16)
    sheet.write_line(pen, (LEFT + BAR + RIGHT - 110, y), f"{told['ends']:.1f}", look, 16)
