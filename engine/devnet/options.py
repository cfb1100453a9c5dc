"""How a devnet is set up: its network, its pace, where it lives, where it listens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.stacks import address, parse_address

CONTRACT_NAME = "pay-per-view"
DEPLOYER = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM"
"""Clarinet's public test deployer, so that the byte vectors made with @stacks/transactions call this contract."""


def deployer(network: str) -> str:
    """Return the address that owns the devnet's contract, on this network."""
    return address(parse_address(DEPLOYER).hash160, network)


def contract_of(network: str) -> str:
    """Return the devnet's own contract as ``ADDRESS.NAME``."""
    return f"{deployer(network)}.{CONTRACT_NAME}"


@dataclass(frozen=True, slots=True)
class DevnetOptions:
    """Settings of a served devnet: seconds, and port 0 for any free one.

    ``faults`` are set before it serves; ``seed`` is that of their chance.
    """

    path: Path
    network: str = "testnet"
    host: str = "127.0.0.1"
    port: int = 0
    block_seconds: float = 2.0
    latency: float = 0.0
    faults: tuple[str, ...] = ()
    seed: int = 0
