"""A content on both sides: what changed it in the catalogue, by which batch, and what the contract has of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.core.model import Content, Item, Value

MOST_CHANGES = 500
"""Changes of one content that are told at once; the newest come first."""


@dataclass(frozen=True, slots=True)
class ContentChange:
    """One change of a content in the catalogue; ``item`` is what made it, None for an import, ``why`` its batch's.

    ``old`` and ``new`` are the fields that it set, as the catalogue has them (prices in µSTX); the import of a new
    content has no old ones.
    """

    at: datetime
    who: str
    old: Value
    new: Value
    item: Item | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class OnChain:
    """A content as the contract has it: its creator's address, and its price in µSTX.

    ``foreign`` says that this creator isn't the catalogue's, nor the key that plays it on a simulated chain.
    """

    creator: str
    price: int
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class ContentStory:
    """A content with its changes, newest first; ``total`` counts them all.

    ``waits`` says what batches that are accepted and not applied yet are still to make of it. ``on_chain`` is what the
    contract has now: None when it has nothing, or when ``unknown`` says why nobody can tell.
    """

    content: Content
    changes: tuple[ContentChange, ...]
    total: int
    on_chain: OnChain | None = None
    unknown: str | None = None
    waits: str | None = None
