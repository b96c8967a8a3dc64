"""``nnanim record``: one run of any torch model, saved to a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nnanim.cli.inputs import input_options, read_inputs
from nnanim.errors import UserError, quote
from nnanim.terminal import console, short, table
from nnanim.trace.file import SUFFIX

if TYPE_CHECKING:
    from nnanim.trace import Trace


@click.command()
@click.argument("target", metavar="MODULE:MODEL")
@input_options
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
    seed: int,
    only: tuple[str, ...],
    check: bool,
    out: str,
    **given: Any,
) -> None:
    """Run a model once, save the trace, and show what was recorded.

    MODULE:MODEL is my.py:net or package.module:net: a torch.nn.Module, or a class or function that makes one.
    """
    if not out.endswith(SUFFIX):
        raise UserError(f"-o {quote(out)}: a trace is saved to a file whose name ends in {SUFFIX}")
    values = read_inputs(**given, model=target, seed=seed)
    from nnanim.recording.suit import record_fitting
    from nnanim.recording.target import explain_errors, model_at

    model = model_at(target, seed)
    with explain_errors(target):
        trace = record_fitting(
            model, values.values, values.named,
            only=list(only) or None, check=check, seed=seed, **values.batch,
        )  # fmt: skip
    trace.save(out)
    _print_table(trace)
    console().print(short(out))


def _print_table(trace: Trace) -> None:
    rows = table("name", "kind", "axes", "shape")
    for name in trace.names:
        kind = trace.graph[name].kind if name in trace.graph else ""
        rows.add_row(name, kind, ", ".join(trace.axes(name)), "×".join(map(str, trace[name].shape)) or "1")
    console().print(rows)
