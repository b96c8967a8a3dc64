"""``nnanim steer``: a picture that follows CLIP's slope towards words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nnanim.cli.paint import ANIMATED, parse_whole, show_progress
from nnanim.errors import UserError
from nnanim.terminal import console, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nnanim.steering import Generator, SteeringStep


@click.command()
@click.argument("prompt")
@click.option(
    "--through", default="siren", show_default=True, metavar="NAME", help="What is steered; see below."
)
@click.option(
    "--negative", default="", metavar="WORDS", help="What to steer away from, with half the weight."
)
@click.option("--steps", metavar="N", help="Steps up the slope; what suits the generator by default.")
@click.option("--seed", "seeds", multiple=True, default=("0",), show_default=True, metavar="N",
              help="Where all chance comes from; several steer several pictures.")  # fmt: skip
@click.option("--init", metavar="PICTURE", help="Begin with this picture.")
@click.option("--zoom", default="0", show_default=True, metavar="FRAMES",
              help="Afterwards fly into the picture, for so many frames.")  # fmt: skip
@click.option("-o", "--out", default="steered.png", show_default=True, metavar="FILE|FOLDER",
              help="A picture, an animation (.gif), strokes (.svg), or a folder for every step.")  # fmt: skip
@click.option("--frames", is_flag=True, help="With a FILE, also keep every step in a folder of its name.")
@click.option("--sheet", is_flag=True, help="Into FILE twelve moments of every picture, with their cosines.")
@click.option(
    "--size", metavar="N", help="Into FILE at N×N pixels: generators that are no pixels have any size."
)
@click.option(
    "--guide", metavar="NAME|FOLDER", help="Another CLIP: a shipped one, or a real one in a folder."
)
@click.option("--vae", metavar="FOLDER", help="With --through latent: a diffusers autoencoder.")
def steer(
    prompt: str,
    through: str,
    negative: str,
    steps: str | None,
    seeds: tuple[str, ...],
    init: str | None,
    zoom: str,
    out: str,
    frames: bool,
    sheet: bool,
    size: str | None,
    guide: str | None,
    vae: str | None,
) -> None:
    """Steer a picture towards words with CLIP.

    What follows the slope is chosen with --through: the pixels, the weights of a small network of sines
    (siren), the latents of an autoencoder, or another name of nnanim.steering.GENERATORS. A folder keeps
    every step; the same command continues where an interrupted run stopped.
    """
    path = Path(out)
    folder = path if not path.suffix else path.with_suffix("") if frames else None
    vector = path.suffix.lower() == ".svg"
    _check_output(path, folder, sheet, size, vector)
    from nnanim import steering
    from nnanim.images import check_ending
    from nnanim.steering.guide import resolve_guide

    if path.suffix and not vector:
        check_ending(path)
    leader = resolve_guide(guide)
    generator = _open_generator(through, vae, leader.side)
    side = None if size is None else parse_whole("--size", size)
    numbers = [parse_whole("--seed", seed) for seed in seeds]
    more = parse_whole("--zoom", zoom)
    walk = steering.steer(
        prompt, generator, guide=leader, negative_prompt=negative,
        steps=None if steps is None else parse_whole("--steps", steps),
        seed=numbers if len(numbers) > 1 else numbers[0], init_image=init, zoom=more, out=folder,
    )  # fmt: skip
    _check_large(generator, side, vector, len(numbers))
    made = list(show_progress(walk, "steering"))
    if folder == path:
        written = []
    elif sheet:
        written = [_write_sheet(made, prompt, numbers, path, leader, generator)]
    else:
        written = [_write(made[-1 - more :] if more else made, path, generator, side)]
    for one in [*written, *([] if folder is None else [folder])]:
        console().print(short(one))


def _check_output(path: Path, folder: Path | None, sheet: bool, size: str | None, vector: bool) -> None:
    if sheet and (folder == path or vector or path.suffix.lower() in ANIMATED):
        raise UserError(f"--sheet writes one picture: give -o a .png, not {str(path)!r}")
    if size is not None and (sheet or folder == path or vector):
        raise UserError("--size is that of one picture or animation: give -o a .png or .gif, without --sheet")


def _open_generator(through: str, vae: str | None, side: int) -> Generator:
    """The generator of that name; of a guide that sees larger pictures, large where it can be."""
    from nnanim.models.world_vae import SIDE
    from nnanim.steering.generators import resolve_generator

    if vae is not None:
        if through != "latent":
            raise UserError("--vae belongs to --through latent")
        from nnanim.steering.hf import open_latent

        return open_latent(vae)
    if side <= SIDE:
        return resolve_generator(through)
    try:
        return resolve_generator(through, side)
    except UserError:
        return resolve_generator(through)


def _check_large(generator: Generator, side: int | None, vector: bool, count: int) -> None:
    """Refuse before anything is steered what could not be written afterwards."""
    if side is None and not vector:
        return
    if vector and count > 1:
        raise UserError(f"an .svg holds one picture, and there are {count} seeds; give one, or a .png")
    start = generator.start_from_seed(0)
    if vector:
        generator.to_svg(start)
    elif side is not None:
        generator.paint_large(start, side)


def _write(walk: Sequence[SteeringStep], path: Path, generator: Generator, side: int | None) -> Path:
    """The last picture, or all of them as an animation."""
    from nnanim.files import write_text
    from nnanim.images import arrange_sheet, write_animation, write_picture

    if path.suffix.lower() == ".svg":
        return write_text(path, generator.to_svg(walk[-1].tensors())[0])
    animated = path.suffix.lower() in ANIMATED
    pages = [arrange_sheet(_paint(step, generator, side)) for step in (walk if animated else walk[-1:])]
    return write_animation(pages, path) if animated else write_picture(pages[0], path)


def _paint(step: SteeringStep, generator: Generator, side: int | None) -> list[Any]:
    """The pictures of a step, (height, width, 3) each, at the size that is asked for."""
    if side is None:
        return list(step.picture) if step.picture.ndim == 4 else [step.picture]
    return list(generator.paint_large(step.tensors(), side).permute(0, 2, 3, 1).numpy())


def _write_sheet(
    walk: Sequence[SteeringStep],
    prompt: str,
    seeds: Sequence[int],
    path: Path,
    guide: Any,
    generator: Generator,
) -> Path:
    from nnanim.steering.contact_sheet import write_contact_sheet

    measure = getattr(guide, "cosine_of_real", None)
    real = [] if measure is None else [measure(prompt)] * len(seeds)
    heading = f"{prompt}, through {generator.name}, seed {', '.join(map(str, seeds))}: cosines"
    return write_contact_sheet(walk, [prompt] * len(seeds), path, real, heading)
