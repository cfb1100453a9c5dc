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
Pause = Annotated[
    str | None, typer.Option("--pause", metavar="ADDRESS", help="Sign and post nothing new in the lane of this signer.")
]
Resume = Annotated[
    str | None, typer.Option("--resume", metavar="ADDRESS", help="Let the paused lane of this signer go on.")
]


@app.command()
def signers(
    ctx: typer.Context,
    release: Release = None,
    pause: Pause = None,
    resume: Resume = None,
    why: kinds.Why = None,
    json: kinds.Json = False,
) -> int:
    """List the signers: addresses, balances, nonces and lanes, never keys.

    --release is for a lane that is held because of transactions of its account that nobody here can tell from its own:
    it decides that none of them is, and the lane goes on at the chain's nonce. What waits there is then sent.

    --pause is the emergency stop of one signer: what is posted is watched, what is applied waits, until --resume.
    """
    settings = flags.settings(ctx)
    if sum(one is not None for one in (release, pause, resume)) > 1:
        raise typer.BadParameter("give one of --release, --pause and --resume")
    if release is not None:
        return _release(settings, release, why, json)
    if pause is not None or resume is not None:
        return _pause(settings, pause or resume or "", pause is not None, why, json)
    if why is not None:
        raise typer.BadParameter("--why goes with --release, --pause or --resume ADDRESS")
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


def _pause(settings: Settings, address: str, paused: bool, why: str | None, json: bool) -> int:
    async def work(engine: Engine) -> int:
        await (engine.pause_lane if paused else engine.resume_lane)(address, why)
        if json:
            say_json({"address": address, "paused": paused})
        elif paused:
            say(f"The lane of {address} is paused: nothing new is signed or posted there.")
        else:
            say(f"The lane of {address} goes on.")
        return 0

    return writing(settings, work)


def _release(settings: Settings, address: str, why: str | None, json: bool) -> int:
    async def work(engine: Engine) -> int:
        held = await engine.release_lane(address, why)
        if json:
            say_json({"released": address, "held": held})
        else:
            say(f"The lane of {address} is released, and goes on at the chain's nonce. It was held: {held}.")
        return 0

    return writing(settings, work)
