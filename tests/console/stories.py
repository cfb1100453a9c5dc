"""Stories: contents that imports and batches have changed, and a chain beside them, on a shelf."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from engine.core.content_story import ContentChange, ContentStory, OnChain
from engine.core.model import Content, Item, Operation, Value
from engine.core.model import ItemState as S
from tests.console.fake_engine import ALICE, NOW, STX
from tests.console.shelf import Shelf, content, stocked

OLD, NAMED, SALE = (f"01KDEMO000000000000000000{number}" for number in (1, 2, 4))
"""The batches: prices two days ago, a new title, and the sale of just now."""
POOR = "NotEnoughFunds: balance 0, fee 2000"
NEW_TITLE = "Zen and the Art of Indexes, part 4"


def made(item: Item, who: str = "console", why: str | None = None) -> ContentChange:
    """Return the change that an item made."""
    return ContentChange(item.updated_at, who, item.replaced or {}, item.value, item, why)


def imported(at: datetime, old: Value, new: Value, who: str = "alice") -> ContentChange:
    """Return the change that an import made."""
    return ContentChange(at, who, old, new)


def both(one: Content, *changes: ContentChange, **given: object) -> ContentStory:
    """Return a content with its changes, the newest first, and a chain that agrees with the catalogue."""
    there = OnChain(one.creator, one.price)
    return replace(ContentStory(one, changes, len(changes), there), **given)  # type: ignore[arg-type]


def storied() -> Shelf:
    """Make the shelf with three batches, and the stories of the first contents: agreed, off-chain, on its way."""
    shelf = stocked()
    shelf.add(OLD, [S.CONFIRMED] * 4, created_at=NOW - timedelta(hours=50))
    shelf.add(NAMED, [S.CATALOGUE_ONLY] * 4, operation=Operation.UPDATE_METADATA)
    shelf.add(SALE, [S.CONFIRMED, S.OFF_CHAIN, S.SUBMITTED, S.SUBMITTED])
    for position in range(4):
        name = f"content-{position + 1}"
        shelf.stock(content(position + 1, price=2_500_000, creator=ALICE))
        ago = {"updated_at": NOW - timedelta(hours=50), "replaced": {"price": STX}, "value": {"price": 1_050_000}}
        shelf.move(OLD, name, **ago)
        title = {
            "operation": Operation.UPDATE_METADATA,
            "replaced": {"title": "Indexes"},
            "value": {"title": NEW_TITLE},
        }
        shelf.move(NAMED, name, updated_at=NOW - timedelta(minutes=80), txid=None, nonce=None, fee=None, **title)
        shelf.move(SALE, name, replaced={"price": 1_200_000}, error=POOR if position == 1 else None)
        shelf.told[name] = both(shelf.shelf[name], *_changes(shelf, position), on_chain=_there(position))
    return shelf


def _changes(shelf: Shelf, position: int) -> tuple[ContentChange, ...]:
    new, again = {"price": STX, "title": "Indexes"}, {"price": 1_200_000, "url": "ipfs://zen"}
    return (
        made(shelf.of[SALE][position], why="The winter sale"),
        made(shelf.of[NAMED][position], "bob"),
        imported(NOW - timedelta(hours=26), {"price": 1_050_000, "url": ""}, again),
        made(shelf.of[OLD][position]),
        imported(NOW - timedelta(days=40), {}, new),
    )


def _there(position: int) -> OnChain:
    return OnChain(ALICE, 2_500_000 if position == 0 else 1_200_000)
