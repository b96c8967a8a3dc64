"""A run in a folder: begin it, go on with it, and end it with everything in its place."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from PIL import Image

import nnanim
from nnanim.errors import UserError
from nnanim.files import write_text
from nnanim.loops import folder as files
from nnanim.loops import ledger, prompts
from nnanim.loops.backends import Backends, Choice, open_backends
from nnanim.loops.loop import NOISES, BackendError, End, Round, caption_loop, ring_of
from nnanim.loops.pictures import Picture, load_picture
from nnanim.loops.sheet import write_sheet

PLAIN = ("seed", "caption", "noise", "negative_prompt")
"""Keys of config.json that are the question, apart from the limit."""


@dataclass(frozen=True)
class Question:
    """What is asked of a run, apart from its models: see `nnanim.loops.caption_loop`.

    ``caption`` is a name here, since a folder cannot hold a function.
    """

    seed: int = 0
    rounds: int = 200
    caption: str = "full"
    noise: str = "fixed"
    negative_prompt: str | None = None

    def __post_init__(self) -> None:
        prompts.named(self.caption)
        if self.noise not in NOISES:
            raise UserError(f"noise={self.noise!r}; {' or '.join(NOISES)} wanted")
        if not 0 <= self.seed < 2**32:
            raise UserError(f"seed={self.seed}; a seed is a whole number from 0 to 2^32 - 1")
        if self.rounds < 1:
            raise UserError(f"rounds={self.rounds}; it takes at least one")


def run(
    image: str | os.PathLike[str] | Image.Image | Picture,
    out: str | os.PathLike[str],
    question: Question,
    backends: Backends | None = None,
) -> Iterator[Round]:
    """Run a loop into a folder; asked the same again, it goes on where it was.

    Args:
        image: the start picture.
        out: the folder; it may be there already if it is empty or holds this very run.
        question: what is asked.
        backends: the models; the shipped small ones by default.

    Yields:
        Each new round when it is on the disk. Closing the iterator ends the run as "stopped".

    Raises:
        UserError: the picture cannot be read, the folder holds another run or other files, a round could not
            be kept; a backend failed (`BackendError`). What is there stays whole.
    """
    models = backends or open_backends(Choice())
    start = load_picture(image, models.about["side"])
    name = Path(image).name if isinstance(image, (str, os.PathLike)) else "picture"
    config = config_of(question, models.about, start, name)
    path = Path(out)
    if (path / files.CONFIG).exists():
        _check_same(files.read_config(path), config, path)
        _lengthen(path, question.rounds)
    else:
        ledger.create(path, config, start)
    return _go(path, models)


def resume(
    out: str | os.PathLike[str],
    rounds: int | None = None,
    backends: Backends | None = None,
    opened: Callable[[Choice], Backends] = open_backends,
) -> Iterator[Round]:
    """Go on with the run in a folder, exactly where it was.

    Args:
        out: the folder.
        rounds: a new limit, if it is to be another.
        backends: the models, for a run with models of your own; otherwise config.json says which.
        opened: how the models of config.json are loaded.

    Yields:
        The new rounds; none when the run has come to its end.

    Raises:
        UserError: as `run` does; also when a model is not the one that the run began with.
    """
    path = Path(out)
    config = files.read_config(path)
    if backends is None and config.get("choice") is None:
        raise UserError(f"{path} was made with models of your own; go on with it from Python")
    models = backends or opened(Choice(**config["choice"]))
    _check_same(config, {**config, **models.about}, path, "it cannot go on with other models")
    if rounds is not None:
        _lengthen(path, replace(_question(config), rounds=rounds).rounds)
    return _go(path, models)


def _go(path: Path, models: Backends) -> Iterator[Round]:
    question = _question(files.read_config(path))
    with ledger.Ledger(path) as book:
        done = files.read(path, pictures=False).rounds if files.whole_lines(path) else ()
        end = ended(done, question, len(models.captioner))
        if end is not None and files.read_end(path) is not None:
            return
        book.end(None)
        rounds = caption_loop(
            files.read_picture(path / files.picture_name(0)), models.painter, models.captioner,
            seed=question.seed, max_rounds=question.rounds, caption=question.caption,
            negative_prompt=question.negative_prompt, noise=question.noise, embed=models.embed, since=done,
        )  # fmt: skip
        try:
            for one in rounds if end is None else ():
                book.append(one)
                end = one.end
                yield one
        except BackendError as error:
            end = End("failed", says=str(error))
            raise BackendError(f"{error}; {book.kept()}") from error
        except UserError as error:
            end = End("failed", says=str(error))
            raise
        finally:
            # A full disk may have no room for the end either; the rounds are what counts.
            with suppress(OSError, UserError):
                end = _with_unchanged(end or End("stopped"), path)
                # The end is said last: a folder without it is not finished, and is mended.
                write_sheet(path, end)
                book.end(end)


def ended(done: tuple[Round, ...], question: Question, turns: int) -> End | None:
    """How the rounds so far have ended; None when there are more to come."""
    ring = ring_of([one.prompt for one in done], turns) if question.noise == "fixed" else None
    if ring is not None:
        since, length = ring
        return End("fixed point" if length == 1 else "cycle", length, since)
    return End("limit") if len(done) > question.rounds else None


def _with_unchanged(end: End, path: Path) -> End:
    told = [line["prompt"] for line in files.whole_lines(path)]
    if not told:
        return end
    return replace(
        end, unchanged=next((k for k, one in enumerate(reversed(told)) if one != told[-1]), len(told))
    )


def _question(config: dict[str, Any]) -> Question:
    return Question(rounds=config["rounds"], **{name: config[name] for name in PLAIN})


def config_of(question: Question, about: Mapping[str, Any], start: Picture, name: str) -> dict[str, Any]:
    """What stands in config.json of a run."""
    digest = hashlib.sha256(repr(start.shape).encode() + start.tobytes()).hexdigest()
    return {
        "format": files.FORMAT,
        "what": "caption loop",
        **{key: getattr(question, key) for key in ("seed", "rounds", "caption", "noise", "negative_prompt")},
        "start": {"name": name, "sha256": digest},
        **about,
        "versions": {"nnanim": nnanim.__version__, **_versions("torch", "transformers", "diffusers")},
    }


def _versions(*packages: str) -> dict[str, str]:
    found = {}
    for name in packages:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _check_same(
    there: dict[str, Any], asked: dict[str, Any], path: Path, advice: str = "choose another folder"
) -> None:
    keys = (*PLAIN, "painter", "captioner", "embedding", "ranker", "languages", "side")
    for key in keys:
        if there.get(key) != asked.get(key):
            was, wanted = _said(there.get(key)), _said(asked.get(key))
            raise UserError(f"{path} holds another run: its {key} is {was}, not {wanted}; {advice}")
    if there["start"]["sha256"] != asked["start"]["sha256"]:
        raise UserError(f"{path} holds a run from another start picture; choose another folder")


def _said(value: Any) -> str:
    return " ".join(str(part) for part in value.values()) if isinstance(value, dict) else repr(value)


def _lengthen(path: Path, rounds: int) -> None:
    config = files.read_config(path)
    if config["rounds"] != rounds:
        config["rounds"] = rounds
        write_text(path / files.CONFIG, json.dumps(config, ensure_ascii=False, indent=2) + "\n")
