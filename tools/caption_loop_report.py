"""The page and the plot of what caption_loop_trajectories.py has measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from caption_loop_trajectories import STOOD, Survey, SurveyPlan, SurveySetting, summarize

from nnanim.caption_loop import contact_sheet as sheet
from nnanim.files import write_text
from nnanim.theme import by_name

if TYPE_CHECKING:
    from PIL import ImageDraw

    from nnanim.theme import Theme

PARTS = (("fixed", "fixed point", "key"), ("cycles", "cycle", "positive"), ("wander", "limit", "outline"))
"""Figure, its word, its colour."""

ROW, LEFT, BAR, RIGHT = 30, 380, 600, 400


def write_report(survey: Survey, plan: SurveyPlan, folder: Path) -> list[Path]:
    """loops-facts.md and loops-facts.png.

    Raises:
        UserError: the folder cannot be written to.
    """
    plotted = plot(survey, plan, folder / "loops-facts.png")
    return [write_text(folder / "loops-facts.md", format_page(survey, plan)), plotted]


def format_page(survey: Survey, plan: SurveyPlan) -> str:
    """docs/loops-facts.md."""
    painted = sum(one.painted for pieces in survey.values() for one in pieces)
    minutes = sum(one.seconds for pieces in survey.values() for one in pieces) / 60
    lines = [
        "# Where caption loops end",
        "",
        "Written by `python tools/caption_loop_survey.py --jobs 2`, with the built-in models.",
        f"{plan.starts} start pictures of the small world on each of {plan.seeds} seeds: "
        f"{plan.starts * plan.seeds} starts a line. {painted:,} pictures were painted in {minutes:.0f} CPU "
        "minutes; a step that several starts take is painted once.",
        "",
        "![shares of the ends](loops-facts.png)",
        "",
        *_compare_parts(survey),
        "",
        "## Fixed noise",
        "",
        f"The limit is {plan.rounds} rounds. *Before it* counts the rounds until the end is entered; with 0",
        "the first painting is described as the start picture was. *Lengths* of cycles: how many starts.",
        f"*Ends* are different fixed points and cycles that {plan.starts} starts of one seed fall into, on",
        "average. With two languages in turn a fixed point is one sentence in each, two rounds.",
        "",
        "| guidance | scale | painted part | language | fixed point | cycle | limit | lengths "
        "| before it: mean | most | ends |",
        "|---|---:|---|---|---:|---:|---:|---|---:|---:|---:|",
    ]
    for setting, pieces in survey.items():
        if setting.noise == "fixed":
            lines.append(_fixed_row(setting, summarize(setting, pieces)))
    if not any(setting.noise == "fresh" for setting in survey):
        return "\n".join(lines) + "\n"
    lines += [
        "",
        "## Fresh noise",
        "",
        f"Nothing comes back for certain, so each run takes {plan.fresh_rounds} rounds. *Stood* is the share",
        f"of starts that said the same in the last {STOOD} rounds as before; *met* counts different",
        "sentences in a run; *ends* are different last sentences of one seed's starts.",
        "",
        "| guidance | scale | painted part | language | stood | met | ends |",
        "|---|---:|---|---|---:|---:|---:|",
    ]
    for setting, pieces in survey.items():
        if setting.noise == "fresh":
            lines.append(_fresh_row(setting, summarize(setting, pieces)))
    return "\n".join(lines) + "\n"


def _compare_parts(survey: Survey) -> list[str]:
    """What the numbers say of whole captions and first phrases, a line for each painter."""
    lines = []
    by = {
        (one.preset.name, one.caption): one for one in survey if (one.noise, one.language) == ("fixed", "en")
    }
    for name in dict.fromkeys(preset for preset, _ in by):
        if (name, "full") in by and (name, "first phrase") in by:
            one, other = (
                summarize(by[name, part], survey[by[name, part]]) for part in ("full", "first phrase")
            )
            whole, first = (f"{_number(row['mean'])} rounds" for row in (one, other))
            lines.append(
                f"- With {name} guidance whole captions take {whole} to their end and fall into "
                f"{one['ends']:.0f} ends, first phrases {first} and {other['ends']:.0f} ends."
            )
    return lines


def _fixed_row(setting: SurveySetting, figures: dict[str, Any]) -> str:
    shares = " | ".join(_percent(figures[key]) for key, _, _ in PARTS)
    lengths = ", ".join(f"{length}: {count}" for length, count in figures["cycles of"].items())
    waits = f"{_number(figures['mean'])} | {'' if figures['most'] is None else figures['most']}"
    return f"| {_head(setting)} | {shares} | {lengths} | {waits} | {figures['ends']:.1f} |"


def _fresh_row(setting: SurveySetting, figures: dict[str, Any]) -> str:
    return (
        f"| {_head(setting)} | {_percent(figures['stood'])} | {figures['met']:.1f} | {figures['ends']:.1f} |"
    )


def _head(setting: SurveySetting) -> str:
    return f"{setting.preset.name} | {setting.preset.guidance:g} | {setting.caption} | {setting.language}"


def _percent(share: float) -> str:
    """A share of a few hundred starts, so that one of them is seen."""
    return f"{round(100 * share, 1):g}%"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def plot(survey: Survey, plan: SurveyPlan, path: Path, theme: str = "light") -> Path:
    """A bar a setting with fixed noise, divided into fixed points, cycles and runs at the limit; as PNG."""
    look = by_name(theme)
    shown = [setting for setting in survey if setting.noise == "fixed"]
    picture, pen = sheet.blank_page(LEFT + BAR + RIGHT, 120 + ROW * len(shown), look)
    sheet.write_line(pen, (24, 20), "Where caption loops end, fixed noise", look, sheet.HEADING)
    _legend(pen, look)
    heads = (("guidance, painted part, language", 24), ("rounds before it: mean, most", LEFT + BAR + 20),
             ("ends", LEFT + BAR + RIGHT - 110))  # fmt: skip
    for text, x in heads:
        sheet.write_line(pen, (x, 72), text, look, 15, "dimmed")
    for row, setting in enumerate(shown):
        _bar(pen, 106 + row * ROW, setting, summarize(setting, survey[setting]), look)
    return sheet.write_page(picture, path)


def _legend(pen: ImageDraw.ImageDraw, look: Theme) -> None:
    x = LEFT
    for _, word, role in PARTS:
        pen.rectangle((x, 74, x + 16, 90), fill=look.color(role))
        sheet.write_line(pen, (x + 24, 72), word, look, 15)
        x += 150


def _bar(
    pen: ImageDraw.ImageDraw, y: int, setting: SurveySetting, figures: dict[str, Any], look: Theme
) -> None:
    name = f"{setting.preset.name}, {setting.caption}, {setting.language}"
    sheet.write_line(pen, (24, y), name, look, 16)
    x = float(LEFT)
    for key, _, role in PARTS:
        wide = figures[key] * BAR
        if wide > 0:
            pen.rectangle((x, y, x + wide - 1, y + ROW - 8), fill=look.color(role))
        if wide > 44:
            sheet.write_line(pen, (x + 8, y + 2), _percent(figures[key]), look, 15, "ground")
        x += wide
    mean = "" if figures["mean"] is None else f"{figures['mean']:.1f}, {figures['most']}"
    sheet.write_line(pen, (LEFT + BAR + 20, y), mean, look, 16)
    sheet.write_line(pen, (LEFT + BAR + RIGHT - 110, y), f"{figures['ends']:.1f}", look, 16)
