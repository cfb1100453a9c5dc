"""What the store is asked and answers without a change: batches, items, contents, and what changed since."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from engine.core.attempts import Retries
from engine.core.content_story import ContentStory
from engine.core.model import Batch, Content, Item
from engine.core.reports import BatchQuery, Changes, ContentQuery, Creator, ItemQuery, Page, Transition
from engine.core.waiting import Waiting


class Asked(Protocol):
    """The part of the store that only reads: each answer is of one moment."""

    async def batch(self, batch_id: str) -> Batch:
        """Return one batch; NotFound."""

    async def whole(self, batch_id: str) -> tuple[Batch, tuple[Item, ...]]:
        """Return a batch and all its items as they are at one moment; NotFound."""

    async def content_ids(self, batch_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Return the contents of some batches, by batch and position; an unknown batch isn't there."""

    async def batches(self, query: BatchQuery) -> Page[Batch]:
        """Return batches newest first."""

    async def items(self, batch_id: str, query: ItemQuery) -> Page[Item]:
        """Return items of a batch by position; NotFound."""

    async def item(self, batch_id: str, content_id: str) -> Item:
        """Return one item; NotFound."""

    async def story(self, item_id: int) -> list[Transition]:
        """Return every transition of an item, oldest first, beginning with its acceptance."""

    async def retries(self, batch_id: str) -> Retries:
        """Return the chain of retries that a batch is in, from the batch that begins it; NotFound."""

    async def contents(self, query: ContentQuery) -> Page[Content]:
        """Return contents in import order."""

    async def content_story(self, content_id: str, limit: int) -> ContentStory:
        """Return a content with its newest changes; the chain's side isn't asked here. NotFound."""

    async def creators(self) -> list[Creator]:
        """Return the creators of the catalogue by address."""

    async def off_chain_contents(self, content_ids: Collection[str]) -> frozenset[str]:
        """Return those whose last change isn't confirmed: equal in the catalogue, perhaps not on chain.

        An import that set a price counts as such a change, since it calls no contract; that of a new content doesn't.
        """

    async def waiting(self, content_ids: Collection[str]) -> dict[str, Waiting]:
        """Return what was accepted last and isn't applied yet, by content; one that nothing waits for isn't there."""

    async def changes(self, since: str, limit: int) -> Changes:
        """Return what changed after the revision (empty: nothing yet, from now); Gone when it isn't ours."""
