"""`batchdeck pause`, `resume` and `cancel`: hold a batch, or with `--all` the whole engine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import flags, kinds
from console.cli.output import say, say_json
from console.cli.session import all_items, alone, now, writing
from engine.core.model import Batch
from engine.core.summary import status
from engine.door import Engine
from engine.errors import Owned
from engine.wire import batch_json

if TYPE_CHECKING:
    from engine.settings import Settings

app = typer.Typer(add_completion=False, rich_markup_mode=None)
MaybeBatch = Annotated[str | None, typer.Argument(metavar="BATCH", help="The batch's id.")]
All = Annotated[bool, typer.Option("--all", help="The whole engine: its emergency stop.")]


@app.command()
def pause(
    ctx: typer.Context,
    batch: MaybeBatch = None,
    all: All = False,
    why: kinds.Why = None,
    json: kinds.Json = False,
) -> int:
    """Apply no further item of BATCH (applied ones go on to the chain), or stop the whole engine.

    With --all nothing new is applied, signed or posted, by this or any later engine on the database; what is on its
    way is still watched.
    """
    settings = flags.settings(ctx)
    if _wants_all(batch, all):
        return _engine(settings, True, why, json)
    return _batch(settings, lambda engine: engine.pause(str(batch), why), json)


@app.command()
def resume(
    ctx: typer.Context,
    batch: MaybeBatch = None,
    all: All = False,
    why: kinds.Why = None,
    json: kinds.Json = False,
) -> int:
    """Go on with a paused or failed BATCH, or take the engine's emergency stop back."""
    settings = flags.settings(ctx)
    if _wants_all(batch, all):
        return _engine(settings, False, why, json)
    return _batch(settings, lambda engine: engine.resume(str(batch), why), json)


@app.command()
def cancel(ctx: typer.Context, batch: kinds.BatchId, why: kinds.Why = None, json: kinds.Json = False) -> int:
    """Cancel the items of BATCH that aren't applied yet; the others go on."""
    return _batch(flags.settings(ctx), lambda engine: engine.cancel(batch, why), json)


def _wants_all(batch: str | None, all: bool) -> bool:
    if (batch is None) is not all:
        raise typer.BadParameter("give either the id of a batch or --all")
    return all


def _batch(settings: Settings, hold: Callable[[Engine], Awaitable[Batch]], json: bool) -> int:
    async def work(engine: Engine) -> int:
        batch = await hold(engine)
        if json:
            say_json(batch_json(batch, await all_items(engine, batch), now(), settings.thresholds))
        else:
            say(f"Batch {batch.id} is {status(batch)}.")
        return 0

    return writing(settings, work)


def _engine(settings: Settings, stopped: bool, why: str | None, json: bool) -> int:
    """Stop the engine that owns the database, or else set the stop in the database itself.

    There neither a node nor a key that isn't right may stand in its way.
    """

    async def work(engine: Engine) -> int:
        await (engine.pause_all(why) if stopped else engine.resume_all(why))
        return _told(stopped, json)

    if settings.remote or not _stored(settings, stopped, why):
        return writing(settings, work)
    return _told(stopped, json)


def _stored(settings: Settings, stopped: bool, why: str | None) -> bool:
    """Set the stop in the database; False when an engine has it, which can be asked."""
    from engine import logs
    from engine.upkeep import set_stop

    logs.to_file(settings)
    with alone(settings):
        try:
            asyncio.run(set_stop(settings.database_path, stopped, now(), why))
        except Owned as owned:
            if owned.url is None:
                raise
            return False
    return True


def _told(stopped: bool, json: bool) -> int:
    if json:
        say_json({"paused": stopped})
    elif stopped:
        say("The engine is stopped: nothing new is applied, signed or posted until batchdeck resume --all.")
    else:
        say("The engine goes on.")
    return 0
