"""Opening an engine somewhere else: read the token, ask who is there, and only then trust the address with work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import structlog

from engine.errors import BadSettings, Unavailable
from engine.keyring import read_token
from engine.remote.client import Client
from engine.remote.engine import RemoteEngine
from engine.remote.nouns import About, about
from engine.remote.refusals import stranger
from engine.setting_rules import is_loopback
from engine.settings import Settings

ABOUT = "/api/engine"
log = structlog.get_logger()
FIRST_PATIENCE = 10.0
"""Seconds for the first answer: an engine that is stopped or busy with itself is told from one that works."""


@asynccontextmanager
async def open_at(
    address: str, token_file: Path | None = None, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[RemoteEngine]:
    """Open the engine at an address; Unavailable when it isn't there, BadSettings when the token can't be read."""
    client = Client(address, read_token(token_file) if token_file else None, transport)
    try:
        yield RemoteEngine(client, await ask_about(client))
    finally:
        await client.close()


def overheard(settings: Settings) -> str | None:
    """Say that the token travels where others may read it, and the remedy; None where it is safe, or there is none."""
    parts = urlsplit(settings.remote or "")
    if settings.remote_token_file is None or parts.scheme != "http" or is_loopback(parts.hostname):
        return None
    return (
        f"The token goes to {settings.remote} in plain HTTP, where whoever is on the way can read it: "
        "use https, or a tunnel to 127.0.0.1"
    )


@asynccontextmanager
async def open_remote(settings: Settings) -> AsyncIterator[RemoteEngine]:
    """Open the engine that ``--remote`` names; BadSettings when it is of another network than was asked for."""
    if settings.remote is None:
        raise BadSettings("No engine is named: give --remote URL")
    if said := overheard(settings):
        log.warning(said)
    async with open_at(settings.remote, settings.remote_token_file) as engine:
        must_match(settings, engine.about, settings.remote)
        yield engine


def must_match(settings: Settings, found: About, address: str) -> None:
    """Refuse an engine of another network than somebody asked for by name: prices there are other money."""
    written = settings.origin("network")
    if written != "default" and settings.network != found.network:
        raise BadSettings(
            f"{written} is {settings.network}, and the engine at {address} works on {found.network}: leave it out, "
            "or name another engine"
        )


async def ask_about(client: Client) -> About:
    """Return what the engine there says of itself."""
    body = await client.get(ABOUT, patience=FIRST_PATIENCE)
    try:
        return about(body)
    except (LookupError, TypeError, ValueError) as strange:
        raise _strange(client, strange) from None


def _strange(client: Client, strange: Exception) -> Unavailable:
    return stranger(client.address, f"{type(strange).__name__}: {strange!s:.80}")
