"""``nnanim skill`` and ``nnanim prompt``: the guide as the files that assistants read, or as one page."""

from __future__ import annotations

from pathlib import Path

import click

from nnanim.assist.skills import ASSISTANTS, read_prompt, skill_files
from nnanim.errors import UserError, nearest, quote
from nnanim.files import read_text, write_text
from nnanim.terminal import console, echo, short


@click.command()
@click.option("--for", "whom", default="generic", metavar="NAME", help=f"{', '.join(ASSISTANTS)}.")
@click.option("-o", "--out", default=".", metavar="FOLDER", help="The project's folder; here by default.")
@click.option("--force", is_flag=True, help="Write over files of other content.")
def skill(whom: str, out: str, force: bool) -> None:
    """Write the guide where an assistant looks for it: a skill, rules or AGENTS.md in a project's folder.

    Files of other content are left as they are, unless --force is given.
    """
    if whom not in ASSISTANTS:
        raise UserError(f"there is no assistant {whom!r}; {', '.join(ASSISTANTS)}{nearest(whom, ASSISTANTS)}")
    folder = Path(out)
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise UserError(f"{quote(out)} is no folder")
    files = {folder / name: text for name, text in skill_files(whom).items()}
    for file, text in files.items():
        if not force and file.exists() and read_text(file) != text:
            raise UserError(f"{quote(str(file))} is there, with other content; --force writes over it")
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        write_text(file, text)
        console().print(short(file))


@click.command()
def prompt() -> None:
    """Print one page to paste into any chat, followed by what you want."""
    echo(read_prompt(), keep="\n")
