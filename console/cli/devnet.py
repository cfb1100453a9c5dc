"""`batchdeck devnet`: the simulated node as a process of its own, for an engine elsewhere."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from console import ending
from console.cli import flags

app = typer.Typer(add_completion=False, rich_markup_mode=None)
FILE = "served.devnet"


class Devnet(TyperCommand):
    """The command, with a help that names every fault."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the options, then the faults as the node has them."""
        super().format_options(ctx, formatter)
        from engine.devnet.faults import MEANINGS

        with formatter.section("Faults, for example 429=seconds@0.1 or hang-after=60x1"):
            formatter.write_dl(list(MEANINGS.items()))


@app.command(cls=Devnet)
def devnet(
    ctx: typer.Context,
    latency: Annotated[float, typer.Option("--latency", min=0, help="Seconds before each answer, on average.")] = 0,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault", metavar="NAME[=VALUE][@CHANCE][xCOUNT]", help="What goes wrong, named below; repeat it."
        ),
    ] = None,
    file: Annotated[
        str | None, typer.Option("--file", metavar="FILE", help="Where its chain is (beside the database).")
    ] = None,
) -> int:
    """Serve the simulated node over HTTP; its first line on stdout is READY with its address.

    Engines reach it with --chain ADDRESS. --host, --port (any free one) and --block-seconds (2) apply.
    """
    from engine import logs
    from engine.devnet import DevnetOptions, serve_devnet
    from engine.folders import named

    settings = flags.loaded(ctx) if file else flags.settings(ctx)
    given = flags.given(ctx)
    logs.to_stderr(settings)
    options = DevnetOptions(
        path=named(file).absolute() if file else settings.database_path.with_name(FILE),
        network=settings.network,
        host=settings.host,
        port=settings.port if "port" in given else 0,
        block_seconds=settings.block_seconds,
        latency=latency,
        faults=tuple(fault or ()),
    )
    try:
        asyncio.run(serve_devnet(options, _ready, ending.came))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return 0


def _ready(address: str) -> None:
    print(f"READY {address}", flush=True)
