"""`batchdeck`, `demo` and `engine`: what runs until somebody ends it."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console import ending
from console.cli import flags

if TYPE_CHECKING:
    from engine.door import Engine
    from engine.settings import Settings

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def engine(
    ctx: typer.Context,
    drain: Annotated[bool, typer.Option("--drain", help="End by itself once nothing is left to do.")] = False,
    no_api: Annotated[bool, typer.Option("--no-api", help="Listen on no port.")] = False,
) -> int:
    """Run the engine and its HTTP API without a console; the first line on stdout is READY and its address.

    Its log goes to stderr. With --no-api it listens on no port, and the line is READY alone.
    """
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))  # until the engine is there to take it
    from engine import logs
    from engine.headless import serve

    settings = flags.local(ctx)
    logs.to_stderr(settings)
    return asyncio.run(serve(settings, drain=drain, ready=_ready, ended=ending.came, api=not no_api))


def _ready(line: str) -> None:
    print(line, flush=True)


@app.command()
def demo(ctx: typer.Context) -> int:
    """Open the console on 3,200 sample titles and a simulated node, in a folder of its own."""
    return open_demo(flags.given(ctx))


def open_demo(given: Mapping[str, str]) -> int:
    """Open the console on the demo; ``given`` are flags by field."""
    from console.cli import demo as sample
    from console.cli.front import open_console

    settings = sample.demo_settings(given)
    return open_console(settings, lambda: sample.demo_engine(settings), read_only=False, first=sample.make_folder)


def open_own(settings: Settings, *, read_only: bool, config: Path | None = None) -> int:
    """Open the console on the database of the settings, or on the engine that they name.

    ``config`` is the settings file that was named; its keys are those of the console.
    """
    from console.cli import afar
    from console.cli.front import open_console
    from console.onward import Onward, Ways

    async def connect(address: str, token_file: str) -> Onward:
        found = await afar.elsewhere(settings, address, token_file)
        return lambda: open_own(found, read_only=read_only, config=config)

    def opener() -> AbstractAsyncContextManager[Engine]:
        if settings.remote:
            from engine.remote import open_remote

            return open_remote(settings)
        from engine.assemble import open_engine

        return open_engine(settings, read_only=read_only)

    ways = Ways(lambda: open_demo({}), connect)
    return open_console(settings, opener, read_only=read_only, ways=ways, config=config)
