"""The flags that are settings: the same on every command, before or after its name.

They are made of `engine.flags` and judged by `engine.settings` alone: a flag, a variable and a key of the file
are refused in the same words.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.main import get_command

from engine.flags import CONFIG, CONFIG_FLAG, FLAGS

if TYPE_CHECKING:
    from engine.settings import Settings

_KEPT = "batchdeck.flags"


def options(*, hidden: bool) -> list[Any]:
    """Return the flags as options for a command; ``hidden`` ones work without filling its help."""
    flags = {CONFIG: CONFIG_FLAG, **FLAGS}
    parameters = [
        Parameter(
            field,
            Parameter.KEYWORD_ONLY,
            annotation=str | None,
            default=typer.Option(
                None,
                flag.name,
                metavar=flag.metavar,
                help=flag.help,
                hidden=hidden,
                callback=_keep,
                expose_value=False,
            ),
        )
        for field, flag in flags.items()
    ]
    made = typer.Typer(add_completion=False, rich_markup_mode=None)
    made.command()(_with_signature(parameters))
    return list(get_command(made).params)


def _with_signature(parameters: list[Parameter]) -> Callable[..., None]:
    def nothing() -> None:
        """Bear the parameters, so that typer turns them into options."""

    vars(nothing)["__signature__"] = Signature(parameters)
    nothing.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return nothing


def _keep(ctx: typer.Context, param: typer.CallbackParam, value: str | None) -> str | None:
    if value is not None:
        given(ctx)[str(param.name)] = value
    return value


def given(ctx: typer.Context) -> dict[str, str]:
    """Return the flags of this call by field; what stands after the command's name wins."""
    kept: dict[str, str] = ctx.meta.setdefault(_KEPT, {})
    return kept


def settings(ctx: typer.Context) -> Settings:
    """Return the settings of this call: flags over environment over the settings file over defaults.

    The data folder is made here, once somebody has no database of their own; a named one must have its folder.
    """
    from console.cli.places import placed

    found = loaded(ctx)
    if found.remote:
        from console.cli import afar

        return afar.agreed(found)
    return placed(found)


def local(ctx: typer.Context) -> Settings:
    """Return the settings for a command that works on the file of the database itself."""
    from engine.errors import BadSettings

    if remote := (found := loaded(ctx)).remote:
        raise BadSettings(
            f"{found.origin('remote')} is {remote}: this command works on the machine of that engine alone; run it "
            "there, or leave the flag out"
        )
    return settings(ctx)


def loaded(ctx: typer.Context) -> Settings:
    """Return the settings as they are, and make nothing."""
    from engine.layers import load

    return load({field: value for field, value in given(ctx).items() if field != CONFIG}, config(ctx))


def config(ctx: typer.Context) -> Path | None:
    """Return the settings file that was named; None for the usual one."""
    from engine.folders import named

    file = given(ctx).get(CONFIG)
    return None if file is None else named(file)
