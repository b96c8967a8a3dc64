"""``nnanim paint``: a picture from words, step by step."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from nnanim.errors import UserError
from nnanim.terminal import console, progress_bar, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nnanim.text_to_image import Step


class HasSteps(Protocol):
    """What a bar is drawn of."""

    @property
    def step(self) -> int:
        """The number of a step."""
        ...

    @property
    def steps(self) -> int:
        """How many there are."""
        ...


S = TypeVar("S", bound=HasSteps)

ANIMATED = (".gif", ".webp", ".apng")


@click.command()
@click.argument("prompt")
@click.option("--negative", default="", metavar="WORDS", help="What to steer away from.")
@click.option("--steps", default="20", show_default=True, metavar="N", help="Steps from noise to a picture.")
@click.option("--guidance", default="2.5", show_default=True, metavar="SCALE",
              help="0 leaves the prompt out, 1 takes it as it is, more exaggerates it.")  # fmt: skip
@click.option("--seed", "seeds", multiple=True, default=("0",), show_default=True, metavar="N",
              help="Where all chance comes from; several paint several pictures.")  # fmt: skip
@click.option("--init", metavar="PICTURE", help="Begin with this picture under noise.")
@click.option("--strength", default="0.6", show_default=True, metavar="SHARE",
              help="How much noise, above 0 to 1; with --init.")  # fmt: skip
@click.option("--sampler", metavar="NAME", help="ddim or ddpm; a pipeline's own scheduler by default.")
@click.option("-o", "--out", default="painting.png", show_default=True, metavar="FILE|FOLDER",
              help="A picture, an animation (.gif, .webp), or a folder for every step.")  # fmt: skip
@click.option("--frames", is_flag=True, help="With a FILE, also keep every step in a folder of its name.")
@click.option("--sheet", is_flag=True,
              help="Into FILE every step, and below it what the network predicts there.")  # fmt: skip
@click.option("--show", type=click.Choice(["picture", "predicted"]), default="picture",
              show_default=True, help="In an animation: it, or what the network predicts.")  # fmt: skip
@click.option(
    "--model", metavar="FOLDER", help="A Stable Diffusion pipeline; nnanim's own painter by default."
)
@click.option("--device", metavar="NAME", help="With --model: cuda, mps or cpu; the first that there is.")
@click.option("--size", metavar="N|HxW", help="With --model: size of the picture.")
@click.option("--slicing", is_flag=True, help="With --model: slower, in less memory.")
def paint(
    prompt: str,
    negative: str,
    steps: str,
    guidance: str,
    seeds: tuple[str, ...],
    init: str | None,
    strength: str,
    sampler: str | None,
    out: str,
    frames: bool,
    sheet: bool,
    show: str,
    model: str | None,
    device: str | None,
    size: str | None,
    slicing: bool,
) -> None:
    """Paint a picture from words.

    The painter that comes with nnanim knows the words of its small world, in English and Japanese:
    "a large red cat, at night", "大きな赤い猫、夜". A folder keeps every step;
    the same command continues where an interrupted run stopped.
    """
    path = Path(out)
    folder = path if not path.suffix else path.with_suffix("") if frames else None
    if sheet and (folder == path or path.suffix.lower() in ANIMATED):
        raise UserError(f"--sheet writes one picture: give -o a .png, not {out!r}")
    if model is None and (device or size or slicing):
        raise UserError("--device, --size and --slicing belong to --model")
    from nnanim import text_to_image
    from nnanim.images import check_ending

    if path.suffix:
        check_ending(path)
    backend = None
    if model is not None:
        backend = text_to_image.open_pipeline(model, device=device, slicing=slicing, size=_size(size))
    numbers = [parse_whole("--seed", seed) for seed in seeds]
    walk = text_to_image.generate(
        prompt, negative_prompt=negative, num_inference_steps=parse_whole("--steps", steps),
        guidance_scale=parse_number("--guidance", guidance), seed=numbers if len(numbers) > 1 else numbers[0],
        init_image=init, strength=parse_number("--strength", strength), sampler=sampler, backend=backend,
        out=folder,
    )  # fmt: skip
    for one in _write(show_progress(walk, "painting"), path, folder, "sheet" if sheet else show):
        console().print(short(one))


def show_progress(walk: Iterator[S], doing: str) -> Iterator[S]:
    """The steps, with a bar for whoever is watching."""
    from rich.progress import BarColumn, MofNCompleteColumn, TimeRemainingColumn

    columns = (doing, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with progress_bar(*columns, console=console()) as bar:
        task = bar.add_task(doing, total=None)
        for step in walk:
            bar.update(task, total=step.steps, completed=step.step + 1)
            yield step


def _write(walk: Iterator[Step], path: Path, folder: Path | None, show: str) -> list[Path]:
    """Paint, write what was asked for, and say where it is."""
    from nnanim.images import arrange_sheet, write_animation, write_picture

    animated = path.suffix.lower() in ANIMATED
    rows: dict[str, list[Any]] = {"picture": [], "predicted": []}
    for step in walk:
        if show == "sheet" or (animated and show == "predicted"):
            rows["predicted"].append(_each(step.predicted_picture))
        if show == "sheet" or (animated and show == "picture"):
            rows["picture"].append(_each(step.picture))
    if folder == path:
        return [path]
    if animated:
        written = write_animation([arrange_sheet(pictures) for pictures in rows[show]], path)
    elif show == "sheet":
        written = write_picture(_page(rows["picture"], rows["predicted"]), path)
    else:
        written = write_picture(arrange_sheet(_each(step.picture)), path)
    return [written] if folder is None else [written, folder]


def _page(pictures: list[list[Any]], predicted: list[list[Any]]) -> Any:
    """All steps of each picture side by side, and below what was predicted."""
    from nnanim.images import arrange_sheet

    rows = chain.from_iterable(zip(zip(*pictures, strict=True), zip(*predicted, strict=True), strict=True))
    return arrange_sheet(list(chain.from_iterable(rows)), columns=len(pictures))


def _each(picture: Any) -> list[Any]:
    """The pictures of a step, one or several."""
    return list(picture) if picture.ndim == 4 else [picture]


def parse_whole(option: str, text: str) -> int:
    """The whole number in the text of an option.

    Raises:
        UserError: there is none.
    """
    try:
        return int(text)
    except ValueError:
        raise UserError(f"{option} {text!r} is not a whole number") from None


def parse_number(option: str, text: str) -> float:
    """The number in the text of an option.

    Raises:
        UserError: there is none.
    """
    try:
        return float(text)
    except ValueError:
        raise UserError(f"{option} {text!r} is not a number") from None


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    parts = text.lower().replace("×", "x").split("x")
    if len(parts) > 2:
        raise UserError(f"--size {text!r} is not a size; write 512 or 512x768 (height x width)")
    numbers = [parse_whole("--size", part) for part in parts]
    return numbers[0], numbers[-1]
