"""``nnanim mcp``: a server for assistants, over standard input and output."""

from __future__ import annotations

from pathlib import Path

import click

from nnanim.errors import UserError


@click.command()
@click.option(
    "--folder", default=".", metavar="FOLDER", help="Where scenes and films are written; here by default."
)
@click.option(
    "--limit", default=900.0, metavar="SECONDS", help="Seconds that a film may take; 900 by default."
)
def mcp(folder: str, limit: float) -> None:
    """Serve assistants (Model Context Protocol): they write, check and film scenes in one folder of yours.

    Start it from the assistant's settings, with the command nnanim and the arguments mcp --folder FOLDER. It
    speaks over standard input and output, and listens to no network.
    """
    if not limit > 0:
        raise UserError(f"--limit {limit:g}; it must be above 0")
    try:
        from nnanim.assist.server import SHORT, make_server
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "mcp":
            raise
        raise UserError("the server needs the package mcp: pip install 'nnanim[mcp]'") from None
    make_server(Path(folder), min(SHORT, limit), limit).run("stdio")
