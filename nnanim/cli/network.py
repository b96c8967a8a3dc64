"""``nnanim network``: a film, a page or a sheet of any model of yours, and what of it is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from nnanim import settings, words
from nnanim.cli.inputs import input_options, read_inputs, take_inputs
from nnanim.cli.movie import make_one
from nnanim.cli.outputs import FORMATS, Output, choose_output, deliver, manim_flags, report_film
from nnanim.errors import UserError, quote
from nnanim.files import check_place, file_stem, read_text
from nnanim.film.job import FilmJob
from nnanim.scene import loader
from nnanim.style import FRAMES
from nnanim.terminal import console, echo, short

SCENE = "network"

SHORT = 0.85
"""A film that takes less than this share of the seconds that were asked for says why."""


@click.command()
@click.argument("target", required=False, metavar="MODULE:MODEL")
@input_options
@click.option("--hf", metavar="FOLDER", help="A Hugging Face model in a folder, which reads --sentence.")
@click.option("--sentence", metavar="TEXT", help="What the model of --hf reads.")
@click.option("--seconds", type=float, metavar="N", help="Length of the film; 60 for more than ten steps.")
@click.option("--full", is_flag=True, help="Tell every layer, however long it takes.")
@click.option("--blocks", is_flag=True, help="Tell every part of the network as one block.")
@click.option("--layers", multiple=True, metavar="NAME", help="Tell these in full: 'blocks.0.*'; repeatable.")
@click.option(
    "--depth", type=click.IntRange(1), metavar="N", help="How deep modules are opened; 1: not at all."
)
@click.option("--layer", type=click.IntRange(0), metavar="N", help="Which attention is shown, from 0.")
@click.option(
    "--head", metavar="N|WHAT",
    help="Its head, from 0, or what it does: previous, next, first, itself, 'same word'.",
)  # fmt: skip
@click.option(
    "--sample", type=click.IntRange(0), default=0, metavar="N", help="Which sample is shown, from 0."
)
@click.option("--backward", is_flag=True, help="The gradients of the outputs' sum run back in the end.")
@click.option("--classes", metavar="FILE", help="Names of the outputs, one in each line.")
@click.option(
    "--loss", type=click.Choice(["cross entropy"]), help="The outputs are logits: show their softmax."
)
@click.option(
    "--boxes", type=click.Choice(["xyxy", "xywh", "cxcywh"]),
    help="An output holds boxes of four numbers: draw them on the picture.",
)  # fmt: skip
@click.option("--tokens", metavar="TEXT", help="The pieces of the input, with spaces between them.")
@click.option("--titles", multiple=True, metavar="NAME=TITLE", help="What a layer is called; repeatable.")
@click.option(
    "--to", "target_kind", type=click.Choice(["html", "video", "sheet"]), show_default="html",
    help="A page that plays it in any browser, a video, or all beats on one picture.",
)  # fmt: skip
@click.option(
    "--frame", "frames", multiple=True, type=click.Choice(list(FRAMES)),
    help="Sides of the film, 16:9 by default; of a page, several: may be repeated.",
)  # fmt: skip
@click.option("-q", "--quality", type=click.Choice(list("lmhpk")), help="Quality of a video, as manim's.")
@click.option("--lang", metavar="LANG", help="Language: en or ja; a page has both.")
@click.option("--theme", metavar="THEME", help="dark or light; a page has both.")
@click.option(
    "-o", "--out", metavar="NAME", help="Name of the film, or a file: .html, .mp4, .gif, …, .png of a sheet."
)
@click.option("--list", "only_list", is_flag=True, help="Only say which beats there are, and how long.")
def network(
    target: str | None,
    hf: str | None,
    sentence: str | None,
    target_kind: str | None,
    frames: tuple[str, ...],
    quality: str | None,
    lang: str | None,
    theme: str | None,
    out: str | None,
    only_list: bool,
    **telling: Any,
) -> None:
    """Film any model: nnanim network my.py:net --input x.npy.

    MODULE:MODEL is my.py:net or package.module:net: a torch.nn.Module, or what makes one. A network of more
    than ten steps is told in a minute; --full tells everything. The beats are listed before it is drawn.
    """
    name = out or _file_name(target, hf)
    sheet = Path(name if Path(name).suffix else f"{name}-sheet.png") if target_kind == "sheet" else None
    if sheet is not None and not only_list:
        check_place(sheet)
    if sheet is not None and len(frames) > 1:
        raise UserError("a sheet has one --frame; a page, with --to html, has several")
    if sheet is None and not only_list:
        flags, output = _choose_output(name, target_kind, quality, frames, theme)
    given = take_inputs(telling)
    chosen = _model(target, given, hf, sentence)
    chosen["telling"] = {**chosen.pop("telling", {}), **_telling(**telling)}
    kind = loader.choose(SCENE, None)
    now = settings.load(lang, theme, None)
    look = {"lang": now.lang, "theme": now.theme.name}
    story = kind.build_story({**chosen, **look}, cached=True)
    _list_beats(story, now, chosen["telling"].get("seconds"))
    _hint_at_logits(story)
    if only_list:
        return
    if sheet is not None:
        from nnanim.still import contact_sheet

        contact_sheet(story, sheet, lang=now.lang, theme=now.theme.name, frame=(*frames, "16:9")[0])
        console().print(short(sheet))
        return
    job = FilmJob(
        SCENE, lang=now.lang, theme=now.theme.name, scene=SCENE, flags=flags, reuse=False,
        options=chosen, animated=output.animated,
    )  # fmt: skip
    if output.is_page:
        langs, themes = tuple(words.LANGUAGES), ("dark", "light")
        job = replace(job, printer="page", langs=langs, themes=themes, frames=frames or job.frames)
    report_film(deliver(make_one(job), "", output), "")


def _choose_output(
    name: str, kind: str | None, quality: str | None, frames: tuple[str, ...], theme: str | None
) -> tuple[tuple[str, ...], Output]:
    """The flags for manim, and the film: a page, if neither ``--to`` nor the name of the file says more."""
    if kind is None:
        kind = "video" if Path(name).suffix.lower()[1:] in FORMATS else "html"
    options: dict[str, Any] = dict.fromkeys(
        ("format_", "transparent", "save_last_frame", "resolution", "fps", "quality")
    )
    options |= {"output_file": name, "quality": quality if kind == "video" else None}
    output = choose_output(options, kind, frames, theme)
    return tuple(manim_flags(options)), output


def _model(target: str | None, given: dict[str, Any], hf: str | None, sentence: str | None) -> dict[str, Any]:
    """Options of the scene: the model and its inputs, or a folder and a sentence."""
    name = _file_name(target, hf)
    title = {"title": {"en": name, "ja": name}}
    if hf is not None:
        if target is not None or any(value not in (None, ()) for value in given.values()):
            raise UserError("--hf reads a sentence: leave out the other model and its inputs")
        return {"hf": hf, **title, **({"sentence": sentence} if sentence else {})}
    if sentence is not None:
        raise UserError("--sentence is read by the model of --hf FOLDER; --text goes into one of yours")
    if target is None:
        raise UserError("a model is wanted: nnanim network my.py:net --input x.npy, or --hf FOLDER")
    read = read_inputs(**given, model=target)
    normal = {"mean": read.mean, "std": read.std} if read.mean else {}
    return {"model": target, **read.options(), **title, "telling": normal}


def _telling(
    seconds: float | None,
    full: bool,
    blocks: bool,
    layers: tuple[str, ...],
    depth: int | None,
    layer: int | None,
    head: str | None,
    sample: int,
    backward: bool,
    classes: str | None,
    loss: str | None,
    boxes: str | None,
    tokens: str | None,
    titles: tuple[str, ...],
) -> dict[str, Any]:
    """What `nnanim.stories.network.network` is called with."""
    if full and blocks:
        raise UserError("--full tells every layer, --blocks none: leave one of them out")
    head_asked = layer is not None or head is not None
    if head_asked and (full or blocks or layers):
        raise UserError(
            "--layer and --head choose what a summary shows: leave out --full, --blocks, --layers"
        )
    found: dict[str, Any] = {
        "seconds": seconds,
        "detail": "full" if full else "blocks" if blocks else "summary" if head_asked else None,
        "layers": layers or None,
        "depth": depth,
        "attention": layer,
        "head": head,
        "sample": sample or None,
        "backward": backward or None,
        "classes": _read_classes(classes),
        "loss": loss,
        "boxes": boxes,
        "tokens": tuple(tokens.split()) if tokens is not None else None,
        "titles": dict(_split_title(one) for one in titles) or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _read_classes(path: str | None) -> tuple[str, ...] | None:
    if path is None:
        return None
    names = tuple(line.strip() for line in read_text(path).splitlines() if line.strip())
    if not names:
        raise UserError(f"--classes {quote(path)}: the file has no names; write one in each line")
    return names


def _split_title(text: str) -> tuple[str, str]:
    name, sign, title = text.partition("=")
    if not sign or not name or not title:
        raise UserError(f"--titles {quote(text)}: write it as --titles 'blocks.0=block 1'")
    return name, title


def _file_name(target: str | None, hf: str | None) -> str:
    """Name of the film: the model's."""
    name = Path(hf).absolute().name if hf is not None else str(target).rpartition(":")[2].replace(".", "-")
    return file_stem(name)


def _hint_at_logits(story: Any) -> None:
    """What to do where a model ends in numbers for classes that are no probabilities."""
    last = next((beat for beat in reversed(story.beats) if beat.id.startswith("answer-")), None)
    bars = last.by_key.get("answer") if last is not None else None
    if bars is not None and not bars.percent:
        echo(
            "note: these outputs are no probabilities; --loss 'cross entropy' shows their softmax",
            err=True,
        )


def _list_beats(story: Any, now: settings.Settings, asked: float | None) -> None:
    """The beats with their seconds and sentences, and the length of the film; why it is less than asked."""
    from nnanim.style import RenderStyle
    from nnanim.timeline import takes

    film = takes(story, RenderStyle(now.theme, now.lang), now.pace)
    for take in film:
        echo(f"{take.start:6.1f} s  {words.say(take.beat.says, now.lang)}", err=True)
    length = sum(take.seconds for take in film)
    echo(f"{len(film)} beats, {length:.1f} s", err=True)
    if asked is not None and length < SHORT * asked / now.pace:
        echo(f"note: a summary has no more to tell in {asked:g} s; --full tells every layer", err=True)
