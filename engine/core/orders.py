"""What a store is asked to write, as frozen nouns: a retry, a caller's key, a signed transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.core.model import Outcome, Transaction
from engine.core.oversight import Quota


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's key and the digest of what came with it: the same pair gives the same batch again."""

    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class Wish:
    """A retry or revert that somebody wants: of which batch, which items of it, under which new id."""

    parent: str
    new_id: str
    now: datetime
    outcomes: frozenset[Outcome] = frozenset()
    content_ids: frozenset[str] | None = None
    who: str = ""
    why: str | None = None
    quota: Quota | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """A transaction to be stored before it is posted, and the item it serves (None: a no-op)."""

    item_id: int | None
    transaction: Transaction
