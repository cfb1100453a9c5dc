"""The engine of Batchdeck: compose, carry and prove bulk changes of a catalogue and its smart contract.

``from engine import open_engine, Settings, Draft`` opens an engine in a program. Names are resolved on first use
(PEP 562), so that `engine.stacks` or ``batchdeck --help`` load neither a database nor an HTTP client.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.assemble import open_engine
    from engine.core.model import (
        Batch,
        BatchStatus,
        Content,
        Draft,
        DraftItem,
        Item,
        ItemState,
        Operation,
        Outcome,
    )
    from engine.core.reports import BatchQuery, ContentQuery, ItemQuery
    from engine.door import Engine
    from engine.errors import BatchdeckError, Conflict, InvalidDraft, NotFound, Unavailable
    from engine.settings import Settings

_HOMES = {
    "open_engine": "engine.assemble",
    "Settings": "engine.settings",
    "Engine": "engine.door",
    **dict.fromkeys(
        ("Batch", "BatchStatus", "Content", "Draft", "DraftItem", "Item", "ItemState", "Operation", "Outcome"),
        "engine.core.model",
    ),
    **dict.fromkeys(("BatchQuery", "ContentQuery", "ItemQuery"), "engine.core.reports"),
    **dict.fromkeys(("BatchdeckError", "Conflict", "InvalidDraft", "NotFound", "Unavailable"), "engine.errors"),
}

__all__ = [
    "Batch",
    "BatchQuery",
    "BatchStatus",
    "BatchdeckError",
    "Conflict",
    "Content",
    "ContentQuery",
    "Draft",
    "DraftItem",
    "Engine",
    "InvalidDraft",
    "Item",
    "ItemQuery",
    "ItemState",
    "NotFound",
    "Operation",
    "Outcome",
    "Settings",
    "Unavailable",
    "open_engine",
]


def __getattr__(name: str) -> object:
    """Import the module that a public name lives in, on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
