"""Inputs of a model as a user names them on the command line: files of many kinds, text, random numbers."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from nnanim.cli.input_files import read_file, read_normalisation
from nnanim.cli.input_files import read_npy as read_array
from nnanim.cli.input_text import encode_text
from nnanim.errors import UserError, quote
from nnanim.files import read_text

__all__ = ["GivenInputs", "draw_inputs", "input_options", "read_array", "read_inputs", "take_inputs"]

WANTED = (
    "the model wants an input: --input FILE (npy, npz, csv, png, jpg, wav, txt), --text, "
    "or --shape 1,3,32,32 for random numbers"
)

_OPTIONS = (
    click.option(
        "--input", "inputs", multiple=True, metavar="[NAME=]FILE",
        help="An input: npy, npz, csv, png, jpg, wav or txt; NAME= gives it by keyword; repeatable.",
    ),
    click.option("--text", metavar="TEXT", help="An input that is text."),
    click.option(
        "--tokenizer", metavar="FILE|MODULE:FUNCTION",
        help="What makes numbers of text: tokenizer.json or a function; by default what is beside the model.",
    ),
    click.option("--size", metavar="ROWS,COLUMNS", help="Bring pictures to this size."),
    click.option("--mean", metavar="M[,M,M]", help="Taken from pictures (0 to 1), or imagenet, clip, half."),
    click.option("--std", metavar="S[,S,S]", help="By which pictures are then divided."),
    click.option("--as", "forms", multiple=True, metavar="SHAPE", help="The shape of an input, as 1,-1."),
    click.option("--shape", "shapes", multiple=True, metavar="1,3,32,32", help="A random input instead."),
    click.option("--below", type=click.IntRange(1), metavar="N", help="Random inputs are whole, below N."),
    click.option(
        "--batch", type=click.Choice(["0", "1", "none"]),
        help="Which axis of the first input counts samples; none: one sample. Found if not given.",
    ),
)  # fmt: skip


def input_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a command that runs a model: their values are the arguments of `read_inputs`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def take_inputs(options: dict[str, Any]) -> dict[str, Any]:
    """The values of `input_options`, taken out of a command's options."""
    names = [one for one in inspect.signature(read_inputs).parameters if one in options]
    return {name: options.pop(name) for name in names}


@dataclass(frozen=True)
class GivenInputs:
    """What goes into a model.

    Attributes:
        values: by position. named: by keyword.
        batch: options of `nnanim.record` that say which axis counts the samples.
        tokens: the pieces of the text that goes in, if any does; vocabulary: every piece there is.
        mean, std: (channels,) of the normalisation of the pictures; empty for none.
    """

    values: tuple[Any, ...] = ()
    named: dict[str, Any] = field(default_factory=dict)
    batch: dict[str, int | None] = field(default_factory=dict)
    tokens: tuple[str, ...] = ()
    vocabulary: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    def options(self) -> dict[str, Any]:
        """What the scene of a user's own model is told of them; nothing that it has by default."""
        found = {
            "inputs": self.values,
            "named": self.named,
            "batch": self.batch,
            "pieces": self.tokens,
            "vocabulary": self.vocabulary,
        }
        return {name: value for name, value in found.items() if value or name == "inputs"}


def read_inputs(
    inputs: Sequence[str],
    text: str | None = None,
    tokenizer: str | None = None,
    size: str | None = None,
    mean: str | None = None,
    std: str | None = None,
    forms: Sequence[str] = (),
    shapes: Sequence[str] = (),
    below: int | None = None,
    batch: str | None = None,
    *,
    model: str | None = None,
    seed: int = 0,
) -> GivenInputs:
    """Everything that goes into a model, in the order: files, text, random numbers.

    Args:
        inputs: files, each perhaps with the name of the argument that it is.
        text: text that goes in as the numbers of its tokens.
        tokenizer: a tokenizer.json, or a place such as ``my.py:encode``; by default what is beside ``model``.
        size: rows and columns that pictures are brought to.
        mean: what pictures are normalised with, or the name of usual numbers.
        std: by which they are then divided.
        forms: shapes of the inputs that come from files, in their order.
        shapes: of random inputs.
        below: what whole ones are below of.
        batch: which axis counts the samples.
        model: place of the model.
        seed: of random inputs.

    Raises:
        UserError: none at all; a file, a shape or a number that is not what it should be.
    """
    normal = read_normalisation(mean, std)
    values: list[Any] = []
    named: dict[str, Any] = {}
    tokens: tuple[str, ...] = ()
    vocabulary: tuple[str, ...] = ()
    texts = [] if text is None else [text]
    for place in inputs:
        name, path = _split_name(place)
        if Path(path).suffix.lower() == ".txt":
            if name:
                raise UserError(f"--input {quote(place)}: text goes in by position; leave out {name}=")
            texts.append(read_text(path).strip())
            continue
        loose, kept = read_file(path, _parse_size(size), normal)
        if name and len(loose) + len(kept) != 1:
            raise UserError(
                f"--input {quote(place)}: the file holds {len(loose) + len(kept)} arrays, not one"
            )
        found = {name: (*loose, *kept.values())[0]} if name else kept
        if twice := sorted(set(found) & set(named)):
            raise UserError(f"the input {quote(twice[0])} is given twice")
        named |= found
        values += () if name else loose
    for text in texts:
        read = encode_text(text, tokenizer, model)
        values.append(read.ids)
        tokens, vocabulary = read.pieces, read.vocabulary
    values = _reshape(values, forms)
    values += draw_inputs(shapes, below, seed)
    if not values and not named:
        raise UserError(WANTED)
    axis = {} if batch is None else {"batch": None if batch == "none" else int(batch)}
    return GivenInputs(tuple(values), named, axis, tokens, vocabulary, *(normal or ((), ())))


def _split_name(place: str) -> tuple[str, str]:
    """The name of an argument and the file, of ``adj=adj.npy``; a file of that whole name comes first."""
    found = re.fullmatch(r"([A-Za-z_]\w*)=(.+)", place, re.DOTALL)
    return ("", place) if found is None or Path(place).exists() else (found[1], found[2])


def _parse_size(size: str | None) -> tuple[int, int] | None:
    if size is None:
        return None
    parts = size.replace("x", ",").replace("×", ",").split(",")
    if len(parts) > 2 or not all(part.strip().isdecimal() and 0 < int(part) <= 8192 for part in parts):
        raise UserError(f"--size {quote(size)} is no size; write --size 32,32, rows and columns up to 8192")
    return int(parts[0]), int(parts[-1])


def _reshape(values: list[Any], forms: Sequence[str]) -> list[Any]:
    """The first inputs in the shapes that are asked for."""
    if len(forms) > len(values):
        raise UserError(f"--as is given {len(forms)} times; {len(values)} inputs have no names")
    changed = []
    for value, form in zip(values, forms, strict=False):
        parts = form.replace("×", ",").split(",")
        if not all(re.fullmatch(r"\s*(-1|[0-9]{1,9})\s*", part) for part in parts):
            raise UserError(f"--as {quote(form)} is not a shape; write --as 1,-1")
        try:
            changed.append(value.reshape([int(part) for part in parts]))
        except ValueError:
            raise UserError(f"--as {quote(form)}: the input has the shape {value.shape}") from None
    return changed + values[len(changed) :]


def draw_inputs(shapes: Sequence[str], below: int | None, seed: int) -> list[NDArray[Any]]:
    """Random inputs: numbers of a normal distribution, or whole numbers."""
    numbers = np.random.default_rng(seed)
    sizes = [_parse_shape(shape) for shape in shapes]
    if below is not None:
        return [numbers.integers(below, size=size) for size in sizes]
    return [numbers.standard_normal(size).astype(np.float32) for size in sizes]


def _parse_shape(shape: str) -> tuple[int, ...]:
    parts = shape.replace("x", ",").replace("×", ",").split(",")
    if not all(part.strip().isdecimal() and int(part) > 0 for part in parts):
        raise UserError(f"--shape {quote(shape)} is not a shape; write --shape 1,3,32,32")
    return tuple(int(part) for part in parts)
