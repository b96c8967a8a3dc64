"""What all subcommands share: a mistake ends in one line on stderr, and the exit code says what it was."""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from nnanim.cli.completion import offer
from nnanim.errors import UserError, message_of, nearest, one_line, quote
from nnanim.terminal import echo

MISTAKE, INTERNAL, STOPPED = 2, 1, 130
"""Exit codes: a mistake that the user can mend; an internal error; the user pressed Ctrl+C."""


WINDOWS = os.name == "nt"

COMMANDS = {
    "list": "nnanim.cli.listing:list_scenes",
    "models": "nnanim.cli.listing:models",
    "play": "nnanim.cli.play:play",
    "live": "nnanim.cli.live:live",
    "movie": "nnanim.cli.movie:movie",
    "still": "nnanim.cli.still:still",
    "check": "nnanim.cli.check:check",
    "network": "nnanim.cli.network:network",
    "describe": "nnanim.cli.describe:describe",
    "record": "nnanim.cli.record:record",
    "paint": "nnanim.cli.paint:paint",
    "steer": "nnanim.cli.steer:steer",
    "dream": "nnanim.cli.dream:dream",
    "loop": "nnanim.cli.loop:loop",
    "lessons": "nnanim.cli.deck:list_lessons",
    "deck": "nnanim.cli.deck:deck_command",
    "recipes": "nnanim.cli.recipes:recipes",
    "new": "nnanim.cli.new:new",
    "mcp": "nnanim.cli.mcp:mcp",
    "skill": "nnanim.cli.skill:skill",
    "prompt": "nnanim.cli.skill:prompt",
    "doctor": "nnanim.cli.doctor:doctor",
}
"""Where each subcommand stands."""


class WholeHelpGroup(click.Group):
    """A group that cuts no sentence in the list of its commands."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands, each with its whole first sentence."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, one.get_short_help_str(limit=400)) for name, one in found if one is not None]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class Nnanim(WholeHelpGroup):
    """A group whose errors are one line each; ``--debug`` or ``NNANIM_TRACEBACK=1`` shows the traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The subcommands, in the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a subcommand: ``nnanim doctor`` works where the others lack a package."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        for parameter in command.params:
            offer(parameter)
        if not any(one.name == "debug" for one in command.params):
            command.params.append(
                click.Option(["--debug"], is_flag=True, expose_value=False, help="Show tracebacks.")
            )
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the subcommand; an unknown one is an error that names the nearest."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise UserError(f"there is no command {args[0]!r}{nearest(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a subcommand; click would turn Ctrl+C into something else."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise _Stopped from None

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line; with ``standalone_mode`` it ends the process with an exit code."""
        args = list(sys.argv[1:] if args is None else args)
        if args[:1] == ["help"]:
            args = [*args[1:], "--help"]
        make_outputs_safe()
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        try:
            _check_words(args)
            code = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except (_Stopped, click.Abort):
            _end("stopped; what was finished before is whole", STOPPED)
        except click.exceptions.NoArgsIsHelpError as error:
            echo(error.format_message(), keep="\n")
            sys.exit(0)
        except click.UsageError as error:
            _end(_usage(error), MISTAKE)
        except click.ClickException as error:
            _end(error.format_message(), MISTAKE)
        except BrokenPipeError:
            # Whoever read our output has seen enough.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(0)
        except Exception as error:
            if "--debug" in args or os.environ.get("NNANIM_TRACEBACK", "") not in ("", "0"):
                raise
            _end(*_describe(error))
        sys.exit(code if isinstance(code, int) else 0)


def _check_words(args: Sequence[str]) -> None:
    """Refuse NUL characters: no path may hold one, and no text needs one."""
    for word in args:
        if "\0" in word:
            raise UserError(f"{quote(word)} holds a NUL character, which no path may")


def make_outputs_safe() -> None:
    """Let nothing fail where nobody reads: outputs that are closed (cron), or that know no Japanese."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The next file that is opened would get this number, and be written into by whoever prints.
            os.open(os.devnull, os.O_RDWR)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            reconfigure(stream, windows=WINDOWS)


def reconfigure(stream: io.TextIOWrapper, *, windows: bool) -> None:
    """Let a stream take any text.

    What Windows writes into a file or a pipe is in the code page of its language, which has no Japanese, and
    elsewhere no "×": there it is UTF-8, unless ``PYTHONIOENCODING`` says otherwise.
    """
    if windows and not stream.isatty() and not os.environ.get("PYTHONIOENCODING"):
        stream.reconfigure(encoding="utf-8")
    stream.reconfigure(errors="backslashreplace")


class _Stopped(Exception):
    """The user pressed Ctrl+C."""


def _describe(error: Exception) -> tuple[str, int]:
    """An exception as a line, and the exit code that goes with it."""
    if isinstance(error, UserError):
        return str(error), MISTAKE
    if isinstance(error, ImportError):
        return f"{error}; nnanim doctor says what to do", MISTAKE
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}", MISTAKE
    return (
        f"internal error: {type(error).__name__}: {message_of(error)} (NNANIM_TRACEBACK=1 shows where)",
        INTERNAL,
    )


def _usage(error: click.UsageError) -> str:
    path = error.ctx.command_path if error.ctx is not None else "nnanim"
    said = error.format_message().rstrip(".")
    if isinstance(error, click.NoSuchOption) and error.ctx is not None:
        known = [name for one in error.ctx.command.params for name in one.opts if name.startswith("--")]
        said = f"there is no option {error.option_name}{nearest(error.option_name, known)}"
    return f"{said[:1].lower()}{said[1:]} ({path} --help)"


def _end(line: str, code: int) -> NoReturn:
    """Print one line on stderr and end."""
    echo(f"nnanim: {one_line(line)}", err=True)
    sys.exit(code)
