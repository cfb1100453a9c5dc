"""Engine, in this process: accepts, reads and holds through the store, and lets the line carry what is accepted."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from copy import copy
from dataclasses import replace
from typing import NoReturn

from engine import accepting, content_told, report, vitals_told
from engine.core.asking import MAX_CHANGES, batch_problems, limit_problems
from engine.core.catalogue import unfit_contents
from engine.core.content_story import MOST_CHANGES, ContentStory
from engine.core.model import Batch, Content, Draft, Hold, Outcome
from engine.core.oversight import KeptAlert, Measures, Quota
from engine.core.reports import Alert, BatchQuery, Changes, Health, Page, Review, Selection, Started
from engine.core.rules import why_problems
from engine.core.vitals import Vitals
from engine.door import RETRYABLE, REVIEW_PATIENCE
from engine.errors import Unavailable, refuse
from engine.line.contact import tell_devnet
from engine.line.line import Line
from engine.line.preflight import within
from engine.metered import NodeMeters
from engine.ports import Clock, Store
from engine.report import Identity, Watch
from engine.reviewing import review
from engine.steering import Steering
from engine.ticker import Ticker
from engine.watching import Watchman

FEW_DRAFTS = 5
"""Drafts that are checked at once: more of them would hold up the line."""


class EmbeddedEngine(Steering):
    """The Engine protocol over a store; ``line`` is None when nothing is carried here (read-only, or accept only)."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        identity: Identity,
        line: Line | None,
        carries: bool,
        meters: NodeMeters | None = None,
    ) -> None:
        super().__init__(store, clock, identity, line, carries)
        self._quota: Quota | None = None
        self._started_at = clock.now() if self._carries else None
        self._closed = self._resting = False
        self._watch = Watch()
        self._meters = meters or NodeMeters()
        self._watching: asyncio.Task[None] | None = None
        self._watchman = Watchman(store, clock, identity.thresholds, self._standing)
        self._ticker = Ticker(self._tick, clock) if line and self._carries else None

    @property
    def who(self) -> str:
        """In whose name it acts."""
        return self._identity.who

    def acting(self, who: str | None, quota: Quota | None) -> EmbeddedEngine:
        """Return this engine as it acts for somebody (None: the user of the process), within a quota."""
        other = copy(self)
        other._quota = quota
        if who is not None:
            other._identity = replace(self._identity, who=who)
        return other

    async def start(self) -> None:
        """Begin to carry."""
        if self._line and self._ticker:
            await self._line.start()
            self._ticker.start()
            self._watching = asyncio.create_task(self._watchman.run())

    def announce(self, url: str) -> None:
        """Tell commands that find the database taken where the API of this engine is."""
        self._store.announce(url)

    async def taken_over(self) -> NoReturn:
        """Wait until another engine has the database, and raise TakenOver: nothing would give it back."""
        raise await (self._line.tools.taken_over if self._line else asyncio.Future())

    async def submit(self, draft: Draft, key: str | None = None) -> Batch:
        """Accept one draft."""
        return (await self._submit([draft], key))[0]

    async def submit_all(self, drafts: Sequence[Draft], key: str | None = None) -> list[Batch]:
        """Accept all drafts in order, or none."""
        return await self._submit(drafts, key)

    async def _submit(self, drafts: Sequence[Draft], key: str | None) -> list[Batch]:
        self._must_fit()
        identity = self._identity
        ready = (drafts, key, identity.network, self._clock.now(), identity.who)
        few = len(drafts) <= FEW_DRAFTS
        batches, known = accepting.ready(*ready) if few else await asyncio.to_thread(accepting.ready, *ready)
        ids = await self._store.add(batches, known, self._quota)
        accepted = [await self._store.batch(batch_id) for batch_id in ids]
        self._poke()
        return accepted

    async def review(self, draft: Draft, patience: float = REVIEW_PATIENCE, again: Collection[str] = ()) -> Review:
        """Return what a draft would do."""
        began = self._clock.monotonic()
        await within(self._clock, patience, self._meet())
        left = max(0.0, patience - (self._clock.monotonic() - began))
        tools = self._line.tools if self._line else None
        return await review(self._store, tools, draft, self._identity.network, left, frozenset(again))

    async def batches(self, query: BatchQuery) -> Page[Batch]:
        """Return batches, newest first."""
        refuse(batch_problems(query, self._identity.network))
        return await super().batches(query)

    async def retry(
        self,
        batch_id: str,
        outcomes: frozenset[Outcome] = RETRYABLE,
        content_ids: Sequence[str] | None = None,
        key: str | None = None,
        why: str | None = None,
    ) -> Started:
        """Make the retry batch."""
        self._must_fit()
        by = (self._identity.who, why, self._quota)
        wish = accepting.wish(batch_id, self._clock.now(), outcomes, content_ids, *by)
        return await self._made(await self._store.retry(wish, accepting.wish_key(key, "retry", wish)))

    async def revert(
        self,
        batch_id: str,
        content_ids: Sequence[str] | None = None,
        key: str | None = None,
        why: str | None = None,
    ) -> Started:
        """Make the revert batch."""
        self._must_fit()
        by = (self._identity.who, why, self._quota)
        wish = accepting.wish(batch_id, self._clock.now(), None, content_ids, *by)
        return await self._made(await self._store.revert(wish, accepting.wish_key(key, "revert", wish)))

    async def _made(self, stored: tuple[str, Selection]) -> Started:
        new_id, selection = stored
        started = Started(await self._store.batch(new_id), selection.skipped)
        self._poke()
        return started

    async def pause(self, batch_id: str, why: str | None = None) -> Batch:
        """Apply no further item of the batch."""
        return await self._hold(batch_id, Hold.PAUSED, why)

    async def resume(self, batch_id: str, why: str | None = None) -> Batch:
        """Go on."""
        return await self._hold(batch_id, Hold.NONE, why)

    async def cancel(self, batch_id: str, why: str | None = None) -> Batch:
        """Cancel what isn't applied."""
        return await self._hold(batch_id, Hold.CANCELLED, why)

    async def _hold(self, batch_id: str, hold: Hold, why: str | None) -> Batch:
        refuse(why_problems(why))
        await self._store.set_hold(batch_id, hold, self._clock.now(), self._identity.who, why)
        held = await self._store.batch(batch_id)
        self._poke()
        return held

    async def content(self, content_id: str, limit: int = MOST_CHANGES) -> ContentStory:
        """Return one content with its newest changes, and what the contract has of it now."""
        refuse(limit_problems(limit, MOST_CHANGES))
        await within(self._clock, content_told.PATIENCE, self._meet())
        tools = self._line.tools if self._line else None
        return await content_told.story(self._store, tools, content_id, limit)

    async def import_contents(self, contents: Sequence[Content]) -> list[tuple[int, str]]:
        """Upsert contents, all or none; on a simulated chain they are registered there too."""
        refused = await asyncio.to_thread(unfit_contents, contents, self._identity.network)
        if not refused:
            refused = await self._store.import_contents(contents, self._clock.now(), self._identity.who)
        if not refused:
            await tell_devnet(self._store, self._line.contact if self._line else None, contents)
        return refused

    async def changes(self, since: str, limit: int = 1000) -> Changes:
        """Return what changed after a revision, with the lanes and alerts as they are now."""
        refuse(limit_problems(limit, MAX_CHANGES))
        changes = await self._store.changes(since, limit)
        return await report.enrich(changes, self._store, self._line, self._watch)

    async def health(self) -> Health:
        """Return how every part is."""
        late = self._ticker.late if self._ticker else None
        return await report.health(self._store, self._line, self._identity, late, self._clock)

    async def measures(self) -> Measures:
        """Return what monitoring wants to know; no node is asked for it."""
        return await report.measures(self._store, self._line, self._watch, self._meters)

    async def vitals(self) -> Vitals:
        """Return the engine's own state; no node is asked for it."""
        return await vitals_told.vitals(self._store, self._line, self._identity, self._meters, self._started_at)

    def _must_fit(self) -> None:
        """Accept nothing while the node is refused: it was meant for another chain."""
        if self._line and self._line.tools.refused:
            raise Unavailable(self._line.tools.refused)

    async def acknowledge(self, alert_id: int, why: str | None = None) -> KeptAlert:
        """Say that somebody has seen an alert."""
        refuse(why_problems(why))
        return await self._store.acknowledge(alert_id, self._identity.who, why, self._clock.now())

    def _standing(self) -> tuple[Alert, ...]:
        return self._watch.look(self._line) if self._line else ()

    def _tick(self) -> None:
        if self._line:
            self._line.poke()
            self._watch.look(self._line)

    async def rest(self) -> None:
        """Start no new step, and give those under way their time; what is asked is answered still."""
        if self._resting:
            return
        self._resting = True
        if self._watching:
            self._watching.cancel()
        if self._ticker:
            await self._ticker.stop()
        if self._line:
            await self._line.stop()

    async def close(self) -> None:
        """End the line, then let go of the node and the file; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        await self.rest()
        if self._line:
            await self._line.tools.chain.close()
        await self._store.close()
