"""What ``nnanim movie`` writes: its format, its size, its name, and where it is put."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nnanim import words
from nnanim.cli import sizes
from nnanim.errors import UserError, nearest, quote
from nnanim.files import atomic, check_place
from nnanim.film.job import FilmResult
from nnanim.film.subtitles import check_languages, read_beats, write_subtitles
from nnanim.terminal import console, short

FORMATS = ("mp4", "gif", "webp", "apng", "webm", "mov", "png", "png-sequence")
"""Formats of films, and the last frame or all frames as pictures; a page is ``html``."""

ANIMATED = ("webp", "apng")
"""Animated pictures that manim does not know: it is asked for a gif."""

WITH_ALPHA = ("webm", "mov", "png", *ANIMATED, "gif")
"""Formats in which a theme without a ground leaves it open."""

WITH_SUBTITLES = ("mp4", "webm", "mov")
"""Formats for which players look for subtitles beside the film."""

OF_PAGES = ("output_file", "preview")
"""manim's flags that mean something for a page, too."""


@dataclass(frozen=True)
class Output:
    """What a film becomes.

    Attributes:
        is_page: whether it is a page and not a video.
        animated: as of a `FilmJob`.
        place: a file of the user's own to which it goes.
        subs: languages of further subtitles, which lie beside it.
    """

    is_page: bool = False
    animated: str = ""
    place: Path | None = None
    subs: tuple[str, ...] = ()


def choose_output(
    options: dict[str, Any],
    target: str | None,
    frames: Sequence[str],
    theme: str | None = None,
    subs: Sequence[str] = (),
) -> Output:
    """What is asked for; ``options`` are changed to what manim understands.

    Args:
        options: of the command, by manim's names.
        target: ``html``, ``video``, or None for what the name of the film says.
        frames: sides that are asked for.
        theme: name of the theme that is asked for; one without a ground is made with alpha.
        subs: languages of further subtitles.

    Raises:
        UserError: a format, size or rate that there is not; what a video has and a page has not, or the other
            way round; nothing can be written where the film is wanted.
    """
    place = _own_file(options, target)
    is_page = target == "html" or (place is not None and place.suffix.lower() == ".html")
    if is_page:
        if subs:
            raise UserError(
                "a page has no --subs: it has its sentences in all languages, and a button for them"
            )
        _check_page(options)
        return Output(True, place=place)
    kind = options["format_"]
    if kind is not None and kind not in FORMATS:
        raise UserError(
            f"there is no format {quote(kind)}; one of {', '.join(FORMATS)}{nearest(kind, FORMATS)}"
        )
    if (theme or "").startswith("transparent") and kind in WITH_ALPHA:
        options["transparent"] = True
    if options["fps"] is not None:
        options["fps"] = f"{sizes.read_fps(options['fps']):g}"
    _choose_size(options, frames)
    _check_subtitles(subs, kind, options["save_last_frame"])
    animated = ""
    if kind in ANIMATED:
        options["format_"], animated = "gif", f".{kind}"
    return Output(animated=animated, place=place, subs=tuple(subs))


def _check_subtitles(subs: Sequence[str], kind: str | None, is_picture: bool) -> None:
    for lang in subs:
        words.check_language(lang)
    if subs and (is_picture or kind not in (None, *WITH_SUBTITLES)):
        what = "a picture" if is_picture or kind in ("png", "png-sequence") else f"a {kind}"
        raise UserError(f"{what} has no --subs; players show them with {', '.join(WITH_SUBTITLES)}")


def _own_file(options: dict[str, Any], target: str | None) -> Path | None:
    """The file of the user's own that ``-o`` names: its suffix says what is written."""
    given = options["output_file"]
    kind = Path(given or "").suffix.lower().removeprefix(".")
    if kind not in (*FORMATS, "html"):
        return None
    path, asked = Path(given), "html" if target == "html" else options["format_"]
    if options["save_last_frame"] and asked is None:
        asked = "png"
    if (kind == "html" and target == "video") or asked not in (None, kind):
        raise UserError(f"-o {quote(given)}: its name ends in .{kind}, but {asked or target} is asked for")
    check_place(path)
    if kind != "html":
        options["format_"] = None if kind == "mp4" else kind
    options["output_file"] = path.stem
    return path


def _choose_size(options: dict[str, Any], frames: Sequence[str]) -> None:
    if len(frames) > 1:
        raise UserError("a video has one --frame; a page, with --to html, has several")
    resolution = options["resolution"]
    if frames:
        size = sizes.choose_pixels(options["quality"], resolution, frames[0])
        options["resolution"] = f"{size[0]},{size[1]}"
    elif resolution is not None:
        size = sizes.read_resolution(resolution)
        options["resolution"] = f"{size[0]},{size[1]}"
        _check_even(size, options)


def _check_even(size: Sequence[int], options: dict[str, Any]) -> None:
    if (
        any(side % 2 for side in size)
        and options["format_"] in (None, "mp4")
        and not options["save_last_frame"]
    ):
        raise UserError(f"-r {options['resolution']}: the sides of an mp4 are even numbers of pixels")


def _check_page(options: dict[str, Any]) -> None:
    """Refuse what a video has and a page has not."""
    for name, value in options.items():
        if value not in (None, False) and name not in OF_PAGES:
            raise UserError(f"a page has no --{name.rstrip('_')}: it is drawn by the browser, at any size")


def manim_flags(options: dict[str, Any]) -> list[str]:
    """The options that are manim's, as manim reads them.

    Raises:
        UserError: a range of animations that manim would not understand.
    """
    flags: list[str] = []
    for name, value in options.items():
        if value in (None, False):
            continue
        if name == "from_animation_number":
            _check_range(value)
        flags += [f"--{'format' if name == 'format_' else name}"] + ([] if value is True else [str(value)])
    return flags


def _check_range(value: str) -> None:
    parts = value.replace(";", ",").replace("-", ",").split(",")
    if not (all(part.strip().isdecimal() for part in parts) and len(parts) in (1, 2)):
        raise UserError(f"-n {value!r} is not a range of animations; write -n 2,5")


def deliver(film: FilmResult, folder: str, output: Output) -> FilmResult:
    """Put a film also where the user wants it, and its further subtitles beside it.

    The one in the media folder stays, for the next time.

    Raises:
        UserError: it has no sentence in a language of further subtitles.
    """
    beats = read_beats(Path(folder) / film.manifest) if output.subs else []
    check_languages(beats, output.subs)
    if output.place is not None:
        with atomic(output.place) as temporary:
            temporary.write_bytes((Path(folder) / film.film).read_bytes())
        film = replace(film, film=str(output.place.absolute()), beside=())
    more = write_subtitles(beats, Path(folder) / film.film, output.subs)
    return replace(film, beside=(*film.beside, *(str(one.absolute()) for one in more)))


def report_film(film: FilmResult, folder: str) -> None:
    """Where a film lies, and how long it is."""
    out = console()
    out.print(short(Path(folder) / film.film))
    if film.film.endswith(".html"):
        out.print(f"{film.seconds:.1f} s, {(Path(folder) / film.film).stat().st_size / 1e6:.2f} MB")
    elif film.frames:
        out.print(f"{film.seconds:.1f} s, {film.frames} frames{'' if film.fresh else ', unchanged'}")
    for path in film.beside:
        out.print(short(Path(folder) / path))
