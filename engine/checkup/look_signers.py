"""Gathers the facts of the signers: the file of the keys, the addresses they make, and their accounts. Never a key."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from engine.checkup.facts import Chain, KeysFacts, SignerFacts
from engine.core.chain import Account
from engine.devnet import chain_path, creator_key, read_chain_file
from engine.errors import BadSettings
from engine.keyring import forbid_core_dump, read_keys
from engine.node import HttpNode
from engine.ports import NodeUnreachable
from engine.settings import Settings


async def look_at_signers(
    settings: Settings, chain: Chain, nodes: Sequence[HttpNode], creators: Sequence[str]
) -> KeysFacts:
    """Look at the operator's keys, or at the simulated ones of a simulated chain."""
    if settings.signer_keys_file is not None:
        return await _own(settings, settings.signer_keys_file, nodes, creators)
    devnet = _devnet_id(chain)
    if devnet is None:
        return KeysFacts(unsigned=tuple(creators), simulated=chain.simulated is not None)
    plays = {creator_key(devnet, creator).address(settings.network): creator for creator in creators}
    accounts = _in_file(settings, plays) if chain.simulated else await _accounts(nodes, plays)
    signers = (SignerFacts(address, accounts.get(address), (creator,)) for address, creator in plays.items())
    return KeysFacts(signers=tuple(signers), simulated=True)


def _devnet_id(chain: Chain) -> str | None:
    if chain.simulated is not None:
        return chain.simulated.id
    return next((node.info.devnet_id for node in chain.nodes if node.info and node.info.devnet_id), None)


async def _own(settings: Settings, file: Path, nodes: Sequence[HttpNode], creators: Sequence[str]) -> KeysFacts:
    mode = _mode(file)
    forbid_core_dump()
    try:
        keyring = read_keys(file, settings.network)
    except BadSettings as error:
        return KeysFacts(file, mode, problem=str(error))
    accounts = await _accounts(nodes, keyring.addresses)
    signers = tuple(SignerFacts(address, accounts.get(address)) for address in keyring.addresses)
    unsigned = tuple(creator for creator in creators if creator not in keyring.addresses)
    return KeysFacts(file, mode, notes=keyring.notes, signers=signers, unsigned=unsigned)


def _mode(file: Path) -> int | None:
    try:
        return stat.S_IMODE(file.stat().st_mode)
    except OSError:
        return None


async def _accounts(nodes: Sequence[HttpNode], addresses: Iterable[str]) -> dict[str, Account]:
    """Ask for each account at the first node that tells it."""
    asked = list(addresses)
    told = await asyncio.gather(*(_account(nodes, address) for address in asked))
    return {address: account for address, account in zip(asked, told, strict=True) if account}


async def _account(nodes: Sequence[HttpNode], address: str) -> Account | None:
    for node in nodes:
        try:
            return await node.account(address)
        except NodeUnreachable:
            continue
    return None


def _in_file(settings: Settings, addresses: Mapping[str, str]) -> dict[str, Account]:
    try:
        found = read_chain_file(chain_path(settings.database_path), addresses)
    except ValueError:
        return {}
    known = found.accounts if found else {}
    return {address: Account(one.nonce, one.balance) for address, one in known.items()}
