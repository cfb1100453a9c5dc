"""PURE: why nobody signs or pays, and what to do; the same on the screen and in the command."""

from __future__ import annotations

from console.forms import many
from engine.core.reports import Health

OFF = "off"
NO_FEES = "none: no chain is configured, so only the catalogue changes and no call is made"


def why_none(health: Health) -> str:
    """Say why nobody signs; the node has answered by now, where there is one."""
    if health.chain == OFF:
        return "No signer, because no chain is configured: give --chain, and for a real one --signer-keys-file."
    if health.simulated:
        return "No signer yet: each creator gets a simulated key. Bring them in with batchdeck catalogue import FILE."
    return "No signer: give --signer-keys-file, a file with one private key or mnemonic a line."


def unpaid(calls: int) -> str:
    """Say that nobody knows what these calls cost, as there is no signer to make them."""
    return f"unknown for {many(calls, 'call')}: nobody would sign as things stand"
