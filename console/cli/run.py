"""`batchdeck`, `demo` and `engine`: what runs until somebody ends it."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Annotated

import typer

from console import ending
from console.cli import flags
from console.cli.commands import READ_ONLY

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
def demo(
    ctx: typer.Context,
    read_only: Annotated[bool, typer.Option("--read-only", help=READ_ONLY)] = False,
) -> int:
    """Open the console on 3,200 sample titles and a simulated node, in a folder of its own."""
    from console.cli.demo import demo_settings
    from console.cli.front import open_demo

    settings = demo_settings(flags.given(ctx))
    looks = read_only or bool(ctx.parent and ctx.parent.params["read_only"])
    return open_demo(lambda: settings, read_only=looks)
