"""`batchdeck signers`: who signs, for whom, with how much, never a key; and how a lane that is held goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import flags, kinds, words
from console.cli.output import say, say_json, table
from console.cli.session import asking, writing
from console.unsigned import why_none
from engine.door import Engine
from engine.wire import signer_json

if TYPE_CHECKING:
    from engine.settings import Settings

app = typer.Typer(add_completion=False, rich_markup_mode=None)
Release = Annotated[
    str | None,
    typer.Option("--release", metavar="ADDRESS", help="Let the lane of this signer go on: what held it isn't ours."),
]


@app.command()
def signers(ctx: typer.Context, release: Release = None, why: kinds.Why = None, json: kinds.Json = False) -> int:
    """List the signers: addresses, balances, nonces and lanes, never keys.

    --release is for a lane that is held because of transactions of its account that nobody here can tell from its own:
    it decides that none of them is, and the lane goes on at the chain's nonce. What waits there is then sent.
    """
    settings = flags.settings(ctx)
    if release is not None:
        return _release(settings, release, why, json)
    if why is not None:
        raise typer.BadParameter("--why goes with --release ADDRESS")
    return _list(settings, json)


def _list(settings: Settings, json: bool) -> int:
    async def work(engine: Engine) -> int:
        found = await engine.signers()
        if json:
            say_json([signer_json(signer) for signer in found])
        elif found:
            say(*table(words.SIGNER_HEADERS, [words.signer_row(signer) for signer in found]))
        else:
            say(why_none(await engine.health()))
        return 0

    return asking(settings, work)


def _release(settings: Settings, address: str, why: str | None, json: bool) -> int:
    async def work(engine: Engine) -> int:
        held = await engine.release_lane(address, why)
        if json:
            say_json({"released": address, "held": held})
        else:
            say(f"The lane of {address} is released, and goes on at the chain's nonce. It was held: {held}.")
        return 0

    return writing(settings, work)
