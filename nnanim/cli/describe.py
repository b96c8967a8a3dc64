"""``nnanim describe``: what a model is made of, module by module, counted from one run."""

from __future__ import annotations

import json
from typing import Any

import click

from nnanim.cli.inputs import input_options, read_inputs
from nnanim.terminal import echo
from nnanim.trace.costs import count_costs, table_of_costs

SCREEN = 40
"""Lines that a screen holds: of a longer table, deeper modules are left out."""


@click.command()
@click.argument("target", metavar="MODULE:MODEL")
@input_options
@click.option(
    "--depth", type=click.IntRange(1), metavar="N", help="How deep modules are listed; 1: the model's own."
)
@click.option("--all", "every", is_flag=True, help="Every module, on as many lines as that takes.")
@click.option("--json", "as_json", is_flag=True, help="Every module as JSON.")
def describe(
    target: str,
    depth: int | None,
    every: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """List the modules of a model: output, parameters, multiply-adds, memory of the output.

    MODULE:MODEL is my.py:net or package.module:net. Neighbours that are alike are one line, "× 11".
    """
    values = read_inputs(**given, model=target)
    from nnanim.recording.suit import record_fitting
    from nnanim.recording.target import explain_errors, model_at

    model = model_at(target)
    with explain_errors(target):
        trace = record_fitting(model, values.values, values.named, seed=0, **values.batch)
    if as_json:
        echo(json.dumps([row.as_json() for row in count_costs(trace, depth)], indent=1), keep="\n")
        return
    rows = count_costs(trace, depth, fold=not every)
    left_out = 0
    if not every and depth is None:
        deepest = max(row.depth for row in rows)
        while len(rows) > SCREEN and deepest > 1:
            deepest -= 1
            kept = [row for row in rows if row.depth <= deepest]
            left_out += len(rows) - len(kept)
            rows = kept
    echo(table_of_costs(rows), keep="\n")
    folded = sum(row.times - 1 for row in rows)
    if left_out or folded:
        deeper = f"{left_out:,} lines deeper are left out; " if left_out else ""
        modules = "1 module stands" if folded == 1 else f"{folded:,} modules stand"
        said = f"{deeper}{modules} in a line “× N”"
        echo(f"{said}: --all lists every one, --depth N opens so deep")
