"""``nnanim record``: one run of any torch model, saved to a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nnanim.cli.inputs import draw_inputs, read_array
from nnanim.errors import UserError, quote
from nnanim.terminal import console, short, table
from nnanim.trace.file import SUFFIX

if TYPE_CHECKING:
    from nnanim.trace import Trace


@click.command()
@click.argument("target", metavar="MODULE:MODEL")
@click.option(
    "--input", "inputs", multiple=True, metavar="X.npy", help="An input of the model; may be repeated."
)
@click.option(
    "--shape", "shapes", multiple=True, metavar="1,3,32,32", help="A random input of that shape instead."
)
@click.option(
    "--below", type=click.IntRange(1), metavar="N", help="Random inputs are whole numbers below N (tokens)."
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Seed of the random inputs and of the run."
)
@click.option(
    "--only",
    multiple=True,
    metavar="NAME",
    help="Record only these names, such as 'blocks.*'; may be repeated.",
)
@click.option("--check", is_flag=True, help="Run the model once more, unwatched, and compare.")
@click.option(
    "-o",
    "--out",
    default=f"trace{SUFFIX}",
    show_default=True,
    metavar=f"FILE{SUFFIX}",
    help="Where to save it.",
)
def record(
    target: str,
    inputs: tuple[str, ...],
    shapes: tuple[str, ...],
    below: int | None,
    seed: int,
    only: tuple[str, ...],
    check: bool,
    out: str,
) -> None:
    """Run a model once, save the trace, and show what was recorded.

    MODULE:MODEL is my.py:net or package.module:net: a torch.nn.Module, or a class or function that makes one.
    """
    if not out.endswith(SUFFIX):
        raise UserError(f"-o {quote(out)}: a trace is saved to a file whose name ends in {SUFFIX}")
    values = [read_array(path) for path in inputs] + draw_inputs(shapes, below, seed)
    if not values:
        raise UserError("the model wants an input: --input x.npy, or --shape 1,3,32,32 for random numbers")
    from nnanim.recording import record as run_once
    from nnanim.recording.target import explain_errors, model_at

    model = model_at(target, seed)
    with explain_errors(target):
        trace = run_once(model, *values, only=list(only) or None, check=check, seed=seed)
    trace.save(out)
    _print_table(trace)
    console().print(short(out))


def _print_table(trace: Trace) -> None:
    rows = table("name", "kind", "axes", "shape")
    for name in trace.names:
        kind = trace.graph[name].kind if name in trace.graph else ""
        rows.add_row(name, kind, ", ".join(trace.axes(name)), "×".join(map(str, trace[name].shape)) or "1")
    console().print(rows)
