"""The simulated chain that lies beside a database: which one a database belongs to, and how it is copied with it."""

from __future__ import annotations

from pathlib import Path

from engine.core.chain import chain_name
from engine.devnet import read_chain_file
from engine.store.inventory import Inventory

CHAIN = "chain"
_SIMULATED = chain_name(0, "x").removesuffix("x")


def bound_to(holds: Inventory) -> str | None:
    """Return the id of the simulated chain that a database belongs to; None for a real chain, or none yet."""
    chain = holds.facts.get(CHAIN, "")
    return chain.removeprefix(_SIMULATED) if chain.startswith(_SIMULATED) else None


def id_of(path: Path) -> str | None:
    """Return the id of the chain in a file; None when there is none that can be read."""
    try:
        found = read_chain_file(path)
    except ValueError:
        return None
    return found.id if found else None
