"""The whole examination: gather the facts of each part, then judge them."""

from __future__ import annotations

import asyncio

from engine.checkup.afar import look_afar
from engine.checkup.facts import Checkup, Finding
from engine.checkup.judge_chain import judge_chain
from engine.checkup.judge_database import judge_database
from engine.checkup.judge_machine import judge_log, judge_machine, judge_secrets, judge_terminal
from engine.checkup.judge_signers import judge_signers
from engine.checkup.look_chain import look_at_chain, nodes_of
from engine.checkup.look_database import look_at_database
from engine.checkup.look_machine import look_at_log, look_at_machine, look_at_secrets, look_at_terminal
from engine.checkup.look_signers import look_at_signers
from engine.settings import Settings


async def examine(settings: Settings) -> Checkup:
    """Look at every part of an engine with these settings, also beside one that runs; nothing is changed.

    With --remote it is that engine which is asked; of this machine there is what the console and the commands need.
    """
    theirs = await look_afar(settings) if settings.remote else await _own(settings)
    return Checkup(
        (
            *judge_machine(look_at_machine(settings)),
            *theirs,
            *judge_secrets(look_at_secrets(settings)),
            judge_log(look_at_log(settings)),
            judge_terminal(look_at_terminal()),
        )
    )


async def _own(settings: Settings) -> list[Finding]:
    """Look at the database, the chain and the signers of these settings."""
    database = await asyncio.to_thread(look_at_database, settings)
    creators = database.holds.creators if database.holds else ()
    nodes = nodes_of(settings)
    try:
        chain = await look_at_chain(settings, nodes)
        keys = await look_at_signers(settings, chain, nodes, creators)
    finally:
        await asyncio.gather(*(node.close() for node in nodes))
    there = bool(chain.nodes or chain.simulated)
    return [
        *judge_database(database),
        *judge_chain(chain, database),
        *judge_signers(keys, chain=there, fee=settings.fee_default),
    ]
