"""`batchdeck`: finds the command and runs it; a command returns its exit code (None: 0)."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from importlib import import_module
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup
from typer.main import get_command

from console import ending
from console.cli import flags
from console.cli.commands import COMMANDS, PURPOSE, READ_ONLY, help_text
from console.cli.exits import Unusable, ended, process

ENDS_IN_ORDER = ("engine", "devnet")
"""The commands whose SIGTERM is no accident: they run until it comes, and end with 0."""
LOOKS = ("demo",)
"""The commands that open a console, which --read-only is for."""
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
        sys.exit(ended(lambda: self._run(*args, **named)))

    def _run(self, *args: Any, **named: Any) -> Any:
        try:
            return super().main(*args, **named)
        except UsageError as error:
            raise Unusable(cast(Any, error).format_message().replace("Value error, ", "")) from None
        except typer.Abort:
            raise KeyboardInterrupt from None


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
    if read_only and ctx.invoked_subcommand not in (None, *LOOKS):
        raise Unusable("--read-only opens the console for looking only: give no command with it, or demo")
    if ctx.invoked_subcommand not in ENDS_IN_ORDER:
        ending.leave_to_system()
    if ctx.invoked_subcommand is not None:
        return 0
    from console.cli.front import open_own

    settings = flags.loaded(ctx)
    return open_own(lambda: settings, read_only=read_only, config=flags.config(ctx))


def main() -> None:
    """Run the command line of this process."""
    process(app)
