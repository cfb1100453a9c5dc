"""Engine: the one narrow protocol that every front end uses, embedded or remote."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from engine.core.attempts import Retries
from engine.core.byhand import SlotBytes
from engine.core.content_story import MOST_CHANGES, ContentStory
from engine.core.loglines import LogLine
from engine.core.logquery import LogQuery
from engine.core.model import Batch, Content, Draft, Item, Outcome
from engine.core.oversight import AlertQuery, AuditQuery, Deed, KeptAlert
from engine.core.reports import (
    BatchQuery,
    Changes,
    ContentQuery,
    Creator,
    Health,
    ItemQuery,
    Page,
    Review,
    Selection,
    SignerInfo,
    Started,
    Transition,
)
from engine.core.vitals import Vitals
from engine.core.window import Window
from engine.errors import Unavailable

RETRYABLE = frozenset({Outcome.FAILED, Outcome.OFF_CHAIN})
REVIEW_PATIENCE = 10.0
"""Seconds that a review may wait for a node, all in all."""
REFUSED = "refused"
"""The key of the alert that the node is of another chain than these settings or this database: nothing is carried."""


def fit(changes: Changes) -> Changes:
    """Return what was asked for, or raise Unavailable when the engine refuses its node: waiting would never end."""
    for alert in changes.alerts:
        if alert.key == REFUSED:
            raise Unavailable(alert.message)
    return changes


class Engine(Protocol):
    """Accepts batches, carries them, and tells what truly happened. Refusals raise the errors of `engine.errors`."""

    async def submit(self, draft: Draft, key: str | None = None) -> Batch:
        """Accept one draft of 1 to 100 items; durable when it returns. InvalidDraft, Conflict (key reused)."""

    async def submit_all(self, drafts: Sequence[Draft], key: str | None = None) -> list[Batch]:
        """Accept all drafts in order, or none of them."""

    async def review(self, draft: Draft, patience: float = REVIEW_PATIENCE, again: Collection[str] = ()) -> Review:
        """Return what a draft would do, item by item, without doing it; it may have more contents than a batch.

        A node is asked for at most ``patience`` seconds: it may say which calls would abort, and at what fees.
        ``again`` are contents that an earlier removal took out: a retry of it finds them gone, and goes to the chain.
        """

    async def batch(self, batch_id: str) -> Batch:
        """Return one batch; NotFound."""

    async def whole(self, batch_id: str) -> tuple[Batch, tuple[Item, ...]]:
        """Return one batch and all its items as they are at one moment, so that they agree; NotFound."""

    async def content_ids(self, batch_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the contents of some batches, by batch and position; an unknown batch isn't there."""

    async def batches(self, query: BatchQuery) -> Page[Batch]:
        """Return batches, newest first."""

    async def items(self, batch_id: str, query: ItemQuery) -> Page[Item]:
        """Return items of a batch, by position; NotFound."""

    async def item(self, batch_id: str, content_id: str) -> Item:
        """Return one item; NotFound."""

    async def story(self, batch_id: str, content_id: str) -> list[Transition]:
        """Return what happened to one item, oldest first; NotFound."""

    async def retries(self, batch_id: str) -> Retries:
        """Return the chain of retries that a batch is in, from the batch that begins it; NotFound."""

    async def select_retry(
        self,
        batch_id: str,
        outcomes: frozenset[Outcome] = RETRYABLE,
        content_ids: Sequence[str] | None = None,
    ) -> Selection:
        """Return what `retry` with the same arguments would send and skip."""

    async def retry(
        self,
        batch_id: str,
        outcomes: frozenset[Outcome] = RETRYABLE,
        content_ids: Sequence[str] | None = None,
        key: str | None = None,
        why: str | None = None,
    ) -> Started:
        """Make a new batch of the items that failed or stayed off-chain; Conflict when nothing is left."""

    async def select_revert(self, batch_id: str, content_ids: Sequence[str] | None = None) -> Selection:
        """Return what `revert` would put back and skip."""

    async def revert(
        self,
        batch_id: str,
        content_ids: Sequence[str] | None = None,
        key: str | None = None,
        why: str | None = None,
    ) -> Started:
        """Make a new batch that puts the replaced values back; Conflict when nothing can be."""

    async def pause(self, batch_id: str, why: str | None = None) -> Batch:
        """Apply no further item of the batch; applied ones go on to the chain."""

    async def resume(self, batch_id: str, why: str | None = None) -> Batch:
        """Go on with a paused or failed batch."""

    async def cancel(self, batch_id: str, why: str | None = None) -> Batch:
        """Cancel the items that aren't applied yet."""

    async def pause_all(self, why: str | None = None) -> None:
        """The emergency stop: sign and post nothing new, apply nothing, go on watching."""

    async def resume_all(self, why: str | None = None) -> None:
        """Take the emergency stop back."""

    async def pause_lane(self, signer: str, why: str | None = None) -> None:
        """Sign and post nothing new in one lane, go on watching; NotFound for no signer of ours, Conflict if it is."""

    async def resume_lane(self, signer: str, why: str | None = None) -> None:
        """Let a paused lane go on; Conflict when it isn't paused."""

    async def release_lane(self, signer: str, why: str | None = None) -> str:
        """Let a held lane go on at the chain's nonce, and return why it was held.

        NotFound for no signer of ours; Conflict when it isn't held, or by what was mined of its own.
        """

    async def bump_slot(
        self, signer: str, nonce: int, txid: str | None = None, fee: int | None = None, why: str | None = None
    ) -> SlotBytes:
        """Sign the call at a nonce again for a higher fee, now, and return the bytes that stand there then.

        ``txid`` are the newest bytes there as the caller saw them, ``fee`` is exactly what they shall cost in µSTX
        (None: what the lane itself would pay). Conflict says why it can't be: mined, a hole, at rest, held, no key,
        other bytes by now, over a cap. NotFound for no signer of ours, and where nothing was ever signed.
        """

    async def repost_slot(self, signer: str, nonce: int, txid: str | None = None, why: str | None = None) -> SlotBytes:
        """Begin to post the very same bytes at a nonce once more, whatever they wait for; refused as a bump is."""

    async def alerts(self, query: AlertQuery) -> Page[KeptAlert]:
        """Return kept alerts, newest first."""

    async def acknowledge(self, alert_id: int, why: str | None = None) -> KeptAlert:
        """Say that somebody has seen an alert; NotFound, Conflict when somebody has already."""

    async def audit(self, query: AuditQuery) -> Page[Deed]:
        """Return who did what, when and why, newest first; NotFound for a batch that isn't there."""

    async def log_lines(self, query: LogQuery) -> Page[LogLine]:
        """Return the latest lines of the engine's log that its process remembers, newest first."""

    async def contents(self, query: ContentQuery) -> Page[Content]:
        """Return contents of the catalogue."""

    async def content(self, content_id: str, limit: int = MOST_CHANGES) -> ContentStory:
        """Return one content with its newest changes, and what the contract has of it now; NotFound.

        A node is asked for it: where none tells it in time, the answer says why.
        """

    async def creators(self) -> list[Creator]:
        """Return the creators of the catalogue."""

    async def import_contents(self, contents: Sequence[Content]) -> list[tuple[int, str]]:
        """Upsert contents, all or none; return (index, reason) of each that can't be: then nothing was stored."""

    async def changes(self, since: str, limit: int = 1000) -> Changes:
        """Return what changed after a revision; the empty one means: from now."""

    async def health(self) -> Health:
        """Return how every part is."""

    async def signers(self) -> list[SignerInfo]:
        """Return addresses, balances and lanes, never keys; Unavailable while no node says which chain it is."""

    async def slots(self, signer: str) -> Window:
        """Return the window of a signer's lane, slot by slot; no node is asked for more than a nonce.

        NotFound for no signer of ours; Unavailable while nobody can tell who signs.
        """

    async def vitals(self) -> Vitals:
        """Return the engine's own state: version, nodes, queue, pace, settings without secrets; no node is asked."""

    async def close(self) -> None:
        """Start no new step, give those under way at most 10 s, and let go of everything."""
