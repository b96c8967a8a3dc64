"""A run in a folder: begin it, continue it, and end it with everything in its place."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from PIL import Image

import nnanim
from nnanim.caption_loop import prompts, reader, writer
from nnanim.caption_loop.backends import LoopModels, ModelChoice, open_models
from nnanim.caption_loop.contact_sheet import write_sheet
from nnanim.caption_loop.loop import (
    NOISES,
    BackendError,
    LoopEnd,
    Round,
    caption_loop,
    count_unchanged,
    find_cycle,
)
from nnanim.caption_loop.reader import LoopConfig
from nnanim.errors import MAX_QUOTE, UserError, quote, shorten
from nnanim.files import quote_path
from nnanim.images import Picture, load_picture
from nnanim.orientation import UPRIGHT, find_orientation
from nnanim.schema import convert

QUESTION = ("seed", "caption", "noise", "negative_prompt", "seen")
"""Keys of config.json that say what was asked, apart from the limit and the models."""

MODELS = ("painter", "captioner", "embedding", "ranker", "languages", "side")
"""Keys of config.json that say with which models."""


@dataclass(frozen=True)
class LoopSettings:
    """What is asked of a run, apart from its models: see `nnanim.caption_loop.caption_loop`.

    ``caption`` and ``seen`` are names here, since a folder cannot hold a function.
    """

    seed: int = 0
    rounds: int = 200
    caption: str = "full"
    noise: str = "fixed"
    negative_prompt: str | None = None
    seen: str = UPRIGHT

    def __post_init__(self) -> None:
        prompts.find_part(self.caption)
        find_orientation(self.seen)
        if self.noise not in NOISES:
            raise UserError(f"noise={quote(self.noise)}; {' or '.join(NOISES)} wanted")
        if not 0 <= self.seed < 2**32:
            raise UserError(f"seed={self.seed}; a seed is a whole number from 0 to 2^32 - 1")
        if not 1 <= self.rounds <= reader.MAX_ROUNDS:
            raise UserError(f"rounds={quote(self.rounds)}; it takes 1 to {reader.MAX_ROUNDS:,}")

    @classmethod
    def of(cls, config: LoopConfig) -> LoopSettings:
        """The settings in a config."""
        return cls(**{name: config[name] for name in ("rounds", *QUESTION) if name in config})  # type: ignore[literal-required]


def run(
    image: str | os.PathLike[str] | Image.Image | Picture,
    out: str | os.PathLike[str],
    settings: LoopSettings,
    models: LoopModels | None = None,
) -> Iterator[Round]:
    """Run a loop into a folder; asked the same again, it continues where it was.

    Args:
        image: the start picture.
        out: the folder; it may be there already if it is empty or holds this very run.
        settings: what is asked.
        models: what paints and describes; the built-in models by default.

    Yields:
        Each new round when it is on the disk. Closing the iterator ends the run as "stopped".

    Raises:
        UserError: the picture cannot be read, the folder holds another run or other files, a round cannot be
            written; a backend failed (`BackendError`). What is there stays whole.
    """
    models = models or open_models(ModelChoice())
    start = load_picture(image, models.about["side"])
    name = Path(image).name if isinstance(image, str | os.PathLike) else "picture"
    config = build_config(settings, models.about, start, name)
    path = Path(out)
    if os.path.lexists(path / reader.CONFIG):
        _check_same(reader.read_config(path), config, path)
    else:
        writer.create(path, config, start)
    return _continue(path, models, settings.rounds)


def resume(
    out: str | os.PathLike[str],
    rounds: int | None = None,
    models: LoopModels | None = None,
    *,
    trust: bool | Callable[[ModelChoice], bool] = False,
) -> Iterator[Round]:
    """Continue the run in a folder exactly where it was.

    Args:
        out: the folder.
        rounds: a new limit, if it is to be another.
        models: for a run with models of your own; otherwise config.json says which.
        trust: whether models that do not come with nnanim are loaded because config.json names them, or a
            function that is asked.

    Yields:
        The new rounds; none when the run has come to its end.

    Raises:
        UserError: as `run` does; also when a model is not the one that the run began with, or not trusted.
    """
    path = Path(out)
    config = reader.read_config(path)
    if rounds is not None:
        replace(LoopSettings.of(config), rounds=rounds)  # checks it
    models = models or _open_named(config, path, trust)
    _check_same(config, {**config, **models.about}, path, "it cannot continue with other models")
    return _continue(path, models, rounds)


def _open_named(config: LoopConfig, path: Path, trust: bool | Callable[[ModelChoice], bool]) -> LoopModels:
    """The models that a config names; what does not come with nnanim only if it is trusted."""
    choice = reader.read_choice(config, path)
    if choice is None:
        raise UserError(f"{path} was made with models of your own; continue it from Python")
    if choice.outside_models and not (trust(choice) if callable(trust) else trust):
        names = ", ".join(quote(name) for name in choice.outside_models)
        raise UserError(
            f"{quote_path(path)} names models that do not come with nnanim: {names}; "
            "to load them, write --trust (in Python trust=True)"
        )
    return open_models(choice)


def _continue(path: Path, models: LoopModels, limit: int | None) -> Iterator[Round]:
    """The rounds that are not there yet; nothing is changed before the folder is ours and readable."""
    with writer.LoopWriter(path) as book:
        settings = LoopSettings.of(book.config)
        if limit is not None:
            settings = replace(settings, rounds=limit)
        past = reader.read_loop(path, pictures=False).rounds if reader.read_lines(path) else ()
        start = reader.load_round_picture(path, 0)
        end = find_end(past, settings, len(models.captioners))
        book.set_limit(settings.rounds)
        if end is not None and reader.read_end(path) is not None:
            return
        book.write_end(None)
        rounds = caption_loop(
            start, models.painter, models.captioners, seed=settings.seed, max_rounds=settings.rounds,
            caption=settings.caption, negative_prompt=settings.negative_prompt, noise=settings.noise,
            seen=settings.seen, embed=models.embed, past=past,
        )  # fmt: skip
        try:
            for one in rounds if end is None else ():
                book.append(one)
                end = one.end
                yield one
        except BackendError as error:
            end = LoopEnd("failed", says=str(error))
            raise BackendError(f"{error}; {book.summary()}") from error
        except UserError as error:
            end = LoopEnd("failed", says=str(error))
            raise
        finally:
            # A full disk may have no room for the end either; the rounds are what counts.
            with suppress(OSError, UserError):
                end = _add_unchanged(end or LoopEnd("stopped"), path)
                # The end is said last: a folder without it is not finished, and is cleaned up.
                write_sheet(path, end)
                book.write_end(end)


def find_end(past: Sequence[Round], settings: LoopSettings, turns: int) -> LoopEnd | None:
    """How the rounds so far have ended; None when there are more to come."""
    cycle = find_cycle([one.prompt for one in past], turns) if settings.noise == "fixed" else None
    if cycle is not None:
        since, length = cycle
        return LoopEnd("fixed point" if length == 1 else "cycle", length, since)
    return LoopEnd("limit") if len(past) > settings.rounds else None


def build_config(settings: LoopSettings, about: Mapping[str, Any], start: Picture, name: str) -> LoopConfig:
    """What stands in config.json of a run."""
    digest = hashlib.sha256(repr(start.shape).encode() + start.tobytes()).hexdigest()
    config = {
        "format": reader.FORMAT,
        "what": "caption loop",
        **asdict(settings),
        "start": {"name": name, "sha256": digest},
        **about,
        "versions": {"nnanim": nnanim.__version__, **_versions("torch", "transformers", "diffusers")},
    }
    return convert(config, LoopConfig, "the models' about")


def _add_unchanged(end: LoopEnd, path: Path) -> LoopEnd:
    words = [line["prompt"] for line in reader.read_lines(path)]
    return replace(end, unchanged=count_unchanged(words)) if words else end


def _versions(*packages: str) -> dict[str, str]:
    versions = {}
    for name in packages:
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    return versions


def _check_same(
    there: Mapping[str, Any], wanted: Mapping[str, Any], path: Path, advice: str = "choose another folder"
) -> None:
    for key in (*QUESTION, *MODELS):
        before, asked = (one.get(key, UPRIGHT if key == "seen" else None) for one in (there, wanted))
        if before != asked:
            was, now = _spell(before), _spell(asked)
            raise UserError(f"{path} holds another run: its {key} is {was}, not {now}; {advice}")
    if there.get("start", {}).get("sha256") != wanted.get("start", {}).get("sha256"):
        raise UserError(f"{path} holds a run from another start picture; choose another folder")


def _spell(value: Any) -> str:
    parts = " ".join(map(str, value.values())) if isinstance(value, dict) else repr(value)
    return shorten(parts, 2 * MAX_QUOTE)
