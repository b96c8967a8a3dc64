"""What is printed for people: plain lines and tables, in which nothing from elsewhere is markup or a command.

Names of layers, captions and paths may hold ``[bold]``, line ends or escape sequences. Everything that nnanim
prints goes through this module: rich's markup is off, and control characters are written out.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from nnanim.errors import UserError, one_line, visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, ProgressColumn
    from rich.table import Table
    from rich.text import Text

PIPE_WIDTH = 200
"""Columns of what goes into a pipe: tables there are not folded to the width of a screen."""


def is_terminal() -> bool:
    """Whether somebody is watching: bars and colours are for people, not for pipes."""
    return sys.stdout.isatty()


def console(stderr: bool = False) -> Console:
    """Where tables and results go; a pipe gets whole lines without colours. Text is never markup."""
    from rich.console import Console

    class PlainConsole(Console):
        def render_str(self, text: str, **options: Any) -> Text:
            options |= {"markup": False, "emoji": False, "highlight": False}
            return super().render_str(visible(text, keep="\n\t"), **options)

    watched = sys.stderr.isatty() if stderr else is_terminal()
    return PlainConsole(
        stderr=stderr, markup=False, emoji=False, highlight=False,
        soft_wrap=not watched, width=None if watched else PIPE_WIDTH,
    )  # fmt: skip


def table(*headings: str) -> Table:
    """A plain table: no lines, headings dimmed; every cell is one line of text."""
    from rich.table import Table

    class PlainTable(Table):
        def add_row(self, *cells: Any, **options: Any) -> None:
            super().add_row(*(visible(str(cell)) for cell in cells), **options)

    rows = PlainTable(box=None, pad_edge=False, header_style="dim", padding=(0, 3, 0, 0))
    for heading in headings:
        rows.add_column(heading, overflow="fold")
    return rows


def progress_bar(*columns: str | ProgressColumn, console: Console, disable: bool = False) -> Progress:
    """A progress bar that is gone when it is done, and is not there at all where nobody watches.

    Args:
        columns: rich's columns, and texts such as ``{task.description}`` with any fields of the task.
        console: where it is shown.
        disable: do not show it.
    """
    from rich.progress import Progress, Task, TextColumn
    from rich.text import Text

    class PlainColumn(TextColumn):
        def render(self, task: Task) -> Text:
            return Text(one_line(self.text_format.format(task=task)))

    parts = [PlainColumn(column) if isinstance(column, str) else column for column in columns]
    return Progress(*parts, console=console, transient=True, disable=disable or not console.is_terminal)


def echo(text: str, *, label: str = "", color: str | None = None, keep: str = "", err: bool = False) -> None:
    """Print a line.

    Args:
        text: from anywhere.
        label: stands before it, in ``color``.
        color: of the label, where colours are shown and NO_COLOR is not set.
        keep: control characters that are printed as they are, such as line ends.
        err: print on stderr.
    """
    if color is not None and not os.environ.get("NO_COLOR"):
        label = click.style(label, fg=color)
    click.echo(label + visible(text, keep), err=err)


def confirm(question: str) -> bool:
    """Ask whoever sits at the terminal; anything but yes is no."""
    return click.confirm(one_line(question))


def count_cells(text: str) -> int:
    """How many places a text takes on the terminal: two for each Japanese sign."""
    from rich.cells import cell_len

    return cell_len(text)


def short(path: object) -> str:
    """A path as it is typed: relative to the working folder where it lies in it."""
    try:
        shown = os.path.relpath(str(path))
    except ValueError:  # on another drive of Windows there is no way from here to there
        shown = os.pardir
    return visible(str(path) if shown.split(os.sep)[0] == os.pardir else shown)


def run_main(main: Callable[[], object], stopped: str = "stopped") -> None:
    """Run what ``python -m …`` asks for: a user's mistake is one line and exit code 2.

    Args:
        main: the program.
        stopped: what to say after Ctrl+C.
    """
    try:
        main()
    except UserError as error:
        echo(f"error: {error}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        echo(stopped, err=True)
        sys.exit(130)
