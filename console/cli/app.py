"""`batchdeck`: finds the command, and says in one sentence how it ended when it didn't end well.

A command returns its exit code (None: 0). Refused input is 2, an engine, database or node that isn't there 3,
an interruption 130.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup
from typer.main import get_command

from console import ending
from console.cli import flags
from console.cli.commands import COMMANDS, PURPOSE, READ_ONLY, help_text
from console.cli.output import complain

REFUSED = 2
UNAVAILABLE = 3
INTERRUPTED = 130
NOT_READ = 141
"""Whoever read the output left, as `head` does: what a shell calls a program that SIGPIPE ended."""
ENDS_IN_ORDER = ("engine", "devnet")
"""The commands whose SIGTERM is no accident: they run until it comes, and end with 0."""
UsageError = cast(type[Exception], typer.BadParameter.__bases__[0])


class LazyGroup(TyperGroup):
    """A group that imports a command when it is called, so that one command doesn't load all."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.params.extend(flags.options(hidden=False))

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import a command, and give it the flags that every command has."""
        if cmd_name not in COMMANDS:
            near = get_close_matches(cmd_name, COMMANDS, 1)
            ctx.fail(f"There is no command {cmd_name!r}: " + (f"did you mean {near[0]}?" if near else "see --help"))
        found: Any = get_command(import_module(f"console.cli.{COMMANDS[cmd_name].module}").app)
        command = found.commands.get(cmd_name, found) if isinstance(found, TyperGroup) else found
        command.name = cmd_name
        for leaf in command.commands.values() if isinstance(command, TyperGroup) else [command]:
            leaf.params.extend(flags.options(hidden=True))
            leaf.epilog = "The settings of batchdeck --help may stand here too."
        return command

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the same text that `console.__main__` writes without typer."""
        formatter.write(help_text())

    def main(self, *args: Any, **named: Any) -> Any:
        """Run, and end the process with the command's exit code."""
        named |= {"prog_name": "batchdeck", "standalone_mode": False}
        sys.exit(_ended(lambda: super(LazyGroup, self).main(*args, **named)))


def _ended(run: Callable[[], int | None]) -> int:
    """Return the exit code of a run; what it raised becomes one sentence."""
    try:
        code = run() or 0
        sys.stdout.flush()
        return _say("Interrupted", code) if code == INTERRUPTED else code
    except UsageError as error:
        return _say(cast(Any, error).format_message().replace("Value error, ", ""), REFUSED)
    except SystemExit as ended:  # typer ends so when nobody reads on, with 1: here that says items failed
        if isinstance(ended.__context__, BrokenPipeError):
            return _not_read()
        raise
    except BrokenPipeError:
        return _not_read()
    except (typer.Abort, KeyboardInterrupt):
        return _say("Interrupted", INTERRUPTED)
    except OSError as error:
        return _say(f"{error.filename}: {error.strerror}" if error.filename else str(error), UNAVAILABLE)
    except Exception as error:
        from console.cli.problems import code_and_sentence

        code, sentence = code_and_sentence(error)
        return _say(sentence, code)


def _not_read() -> int:
    """What is left to print goes nowhere, so that Python doesn't complain of it when it ends."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    return NOT_READ


def _say(message: str, code: int) -> int:
    """Say it if anybody can be told: a full disk or a closed pipe behind stderr doesn't change how it ended."""
    with contextlib.suppress(OSError):
        complain(message)
    return code


app = typer.Typer(cls=LazyGroup, rich_markup_mode=None, pretty_exceptions_enable=False)


def _version(wanted: bool) -> None:
    if wanted:
        from console.cli.about import version

        typer.echo(f"batchdeck {version()}")
        raise typer.Exit


@app.callback(help=PURPOSE, invoke_without_command=True, context_settings={"help_option_names": ["--help", "-h"]})
def batchdeck(
    ctx: typer.Context,
    read_only: Annotated[bool, typer.Option("--read-only", help=READ_ONLY)] = False,
    version: Annotated[bool, typer.Option("--version", is_eager=True, callback=_version)] = False,
) -> int:
    """Open the console when no command is named."""
    if ctx.invoked_subcommand not in ENDS_IN_ORDER:
        ending.leave_to_system()
    if ctx.invoked_subcommand is not None:
        return 0
    from console.cli.run import open_own

    return open_own(flags.settings(ctx), read_only=read_only, config=flags.config(ctx))


def main() -> None:
    """Run the command line of this process; text that the terminal can't show is escaped, never an error."""
    for stream in (sys.stdout, sys.stderr):
        cast(Any, stream).reconfigure(errors="backslashreplace")
    try:
        app()
    except KeyboardInterrupt:  # a second one, while the first was being told
        sys.exit(INTERRUPTED)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # how it ended is decided
