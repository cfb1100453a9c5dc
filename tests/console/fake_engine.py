"""A fake engine for the screens: frozen nouns that a test puts in, changes and watches; no database, no chain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from engine.core.attempts import Retries, attempt
from engine.core.content_story import MOST_CHANGES, ContentStory
from engine.core.lifecycle import outcome
from engine.core.model import (
    Batch,
    Content,
    Draft,
    Hold,
    Item,
    ItemState,
    Operation,
    Outcome,
    Tally,
)
from engine.core.operations import RULES
from engine.core.reports import (
    Alert,
    BatchQuery,
    Changes,
    ContentQuery,
    Creator,
    Foreseen,
    Health,
    ItemQuery,
    Page,
    Part,
    Review,
    ReviewRow,
    Selection,
    SignerInfo,
    Skipped,
    Started,
    Transition,
)
from engine.core.summary import status
from engine.door import RETRYABLE
from engine.errors import BatchdeckError, Conflict, NotFound

NOW = datetime(2026, 11, 23, 8, 15, 0, tzinfo=UTC)
ALICE = "ST2CY5V39NHDPWSXMW9QDT3HC3GD6Q6XX4CFRK9AG"
BOB = "ST2JHG361ZXG51QTKY2NQCVBPPRRE2KZB1HR05NNC"
S = ItemState
STX = 1_000_000


def txid(number: int) -> str:
    """Make a txid that looks like one."""
    return f"{number * 7919 + 104729:08x}" * 8


def item(batch_id: str, position: int, state: ItemState, **given: object) -> Item:
    """Make one item of a price batch in a state, with what an item in that state has."""
    on_chain = state in (S.SIGNED, S.SUBMITTED, S.CONFIRMED)
    applied = state not in (S.QUEUED, S.FAILED, S.CANCELLED)
    base = Item(
        id=sum(map(ord, batch_id)) * 1000 + position,
        batch_id=batch_id,
        position=position,
        content_id=f"content-{position + 1}",
        creator=ALICE,
        operation=Operation.UPDATE_PRICE,
        value={"price": 2_500_000},
        state=state,
        updated_at=NOW - timedelta(seconds=30) + timedelta(milliseconds=120 * position),
        replaced={"price": 1_000_000 + 50_000 * position} if applied else None,
        title=TITLES[position % len(TITLES)],
        on_chain_id=position + 1,
        order=position if applied else None,
        submitted=state in (S.SUBMITTED, S.CONFIRMED),
        signer=ALICE if on_chain else None,
        nonce=40 + position if on_chain else None,
        txid=txid(position) if on_chain else None,
        fee=2000 if on_chain else None,
        block_height=1200 + position // 25 if state is S.CONFIRMED else None,
    )
    return replace(base, **given)  # type: ignore[arg-type]


TITLES = (
    "The Art of the Deal Memo",
    "Field Recordings, Vol. 3",
    "Notes on Slow Cinema",
    "A Year of Bread",
    "Zen and the Art of Indexes",
    "Der Zauberberg, neu gelesen",
    "夜明け前の街 (写真集)",
    "Listening to Glaciers",
    "Émile, ou De l'éducation",
    "Small Gods of the Harbour",
)


def tally(items: Sequence[Item]) -> Tally:
    """Count items as the store does."""
    states = Counter(one.state for one in items)
    lost = sum(one.submitted and one.state in (S.APPLIED, S.SIGNED) for one in items)
    return Tally(dict(states), lost, sum(one.fee or 0 for one in items))


@dataclass
class FakeEngine:
    """Answers from what `add` put in; ``broken`` makes every call fail.

    ``calls`` remembers what was asked for, ``reasons`` why a batch was retried, reverted or cancelled.
    """

    found: dict[str, Batch] = field(default_factory=dict)
    of: dict[str, list[Item]] = field(default_factory=dict)
    stories: dict[str, list[Transition]] = field(default_factory=dict)
    calls: list[tuple[str, object]] = field(default_factory=list)
    reasons: list[str | None] = field(default_factory=list)
    alarms: tuple[Alert, ...] = ()
    told: dict[str, ContentStory] = field(default_factory=dict)
    broken: BaseException | None = None
    paused: bool = False
    closed: bool = False
    simulated: bool = True
    revision: int = 0
    touched: dict[str, int] = field(default_factory=dict)
    balance: int | None = 900 * STX
    aborts: str | None = None

    def add(self, batch_id: str, states: Sequence[ItemState], **given: object) -> Batch:
        """Put in a price batch with one item for each state."""
        items = [item(batch_id, position, state) for position, state in enumerate(states)]
        done = all(state not in (S.QUEUED, S.APPLIED, S.SIGNED) for state in states)
        base = Batch(
            id=batch_id,
            operation=Operation.UPDATE_PRICE,
            creator=ALICE,
            payload={"newPrice": 2_500_000},
            hold=Hold.NONE,
            tally=tally(items),
            created_at=NOW - timedelta(seconds=42),
            started_at=NOW - timedelta(seconds=41),
            completed_at=NOW - timedelta(seconds=9) if done else None,
            who="console",
        )
        self.put(replace(base, **given), items)  # type: ignore[arg-type]
        return self.found[batch_id]

    def put(self, batch: Batch, items: Sequence[Item]) -> None:
        """Put in a batch with its items, and let the next `changes` tell of it."""
        self.of[batch.id] = list(items)
        self.found[batch.id] = replace(batch, tally=tally(items))
        self.revision += 1
        self.touched[batch.id] = self.revision

    def move(self, batch_id: str, content_id: str, **given: object) -> None:
        """Change one item."""
        items = [
            replace(one, **given) if one.content_id == content_id else one  # type: ignore[arg-type]
            for one in self.of[batch_id]
        ]
        self.put(self.found[batch_id], items)

    def _asked(self, name: str, what: object = None) -> None:
        self.calls.append((name, what))
        if self.broken is not None:
            raise self.broken

    def named(self, name: str) -> list[object]:
        """Return what a method was called with."""
        return [what for called, what in self.calls if called == name]

    async def submit(self, draft: Draft, key: str | None = None) -> Batch:
        raise Conflict("The fake accepts no drafts")

    async def submit_all(self, drafts: Sequence[Draft], key: str | None = None) -> list[Batch]:
        raise Conflict("The fake accepts no drafts")

    async def review(self, draft: Draft, patience: float = 10, again: Collection[str] = ()) -> Review:
        self._asked("review", draft)
        verdict = Foreseen.PASSES if self.aborts is None else Foreseen.ABORTS
        rows = tuple(
            ReviewRow(str(one.content_id), "", "", "", warning=self.aborts, foreseen=verdict) for one in draft.items
        )
        fees = 2000 * len(rows)
        return Review(
            Operation(draft.operation), draft.creator, rows, 1, len(rows), 2000, fees, ALICE, self.balance, "devnet"
        )

    async def batch(self, batch_id: str) -> Batch:
        self._asked("batch", batch_id)
        if batch_id not in self.found:
            raise NotFound(f"There is no batch {batch_id}")
        return self.found[batch_id]

    async def whole(self, batch_id: str) -> tuple[Batch, tuple[Item, ...]]:
        return await self.batch(batch_id), tuple(self.of[batch_id])

    async def batches(self, query: BatchQuery) -> Page[Batch]:
        self._asked("batches", query)
        rows = [one for one in reversed(self.found.values()) if query.status in (None, status(one))]
        rows = [one for one in rows if query.group in (None, one.group and one.group.id)]
        rows = [one for one in rows if query.text.lower() in f"{one.id} {one.creator} {one.why}".lower()]
        start = int(query.after or 0)
        end = start + query.limit
        return Page(tuple(rows[start:end]), len(rows), str(end) if end < len(rows) else None)

    async def items(self, batch_id: str, query: ItemQuery) -> Page[Item]:
        self._asked("items", batch_id)
        return Page(tuple(self.of[batch_id]), len(self.of[batch_id]))

    async def item(self, batch_id: str, content_id: str) -> Item:
        self._asked("item", content_id)
        return next(one for one in self.of[batch_id] if one.content_id == content_id)

    async def story(self, batch_id: str, content_id: str) -> list[Transition]:
        self._asked("story", content_id)
        return self.stories.get(content_id, [])

    async def retries(self, batch_id: str) -> Retries:
        self._asked("retries", batch_id)
        first = batch_id
        while parent := self.found[first].retry_of:
            first = parent
        chain = [first]
        for one in self.found.values():
            if one.retry_of in chain:
                chain.append(one.id)
        attempts = [attempt(one) for name in chain for one in self.of[name]]
        last = {one.content_id: one for one in attempts}
        batches = tuple(self.found[name] for name in chain)
        return Retries(batches, tuple(attempts), tuple(last.values()), len(chain) - 1)

    async def select_retry(
        self, batch_id: str, outcomes: frozenset[Outcome] = RETRYABLE, content_ids: Sequence[str] | None = None
    ) -> Selection:
        self._asked("select_retry", (batch_id, outcomes, content_ids))
        asked = [one for one in self.of[batch_id] if content_ids is None or one.content_id in content_ids]
        taken = [one for one in asked if outcome(one) in outcomes]
        left = [Skipped(one.content_id, f"Its outcome is {outcome(one)}") for one in asked if one not in taken]
        return Selection(batch_id, tuple(taken), tuple(one.value for one in taken), tuple(left))

    async def retry(
        self,
        batch_id: str,
        outcomes: frozenset[Outcome] = RETRYABLE,
        content_ids: Sequence[str] | None = None,
        key: str | None = None,
        why: str | None = None,
    ) -> Started:
        self._asked("retry", (batch_id, outcomes, content_ids))
        self.reasons.append(why)
        selection = await self.select_retry(batch_id, outcomes, content_ids)
        return self._start(f"{batch_id}-R", selection, retry_of=batch_id)

    async def select_revert(self, batch_id: str, content_ids: Sequence[str] | None = None) -> Selection:
        self._asked("select_revert", (batch_id, content_ids))
        asked = [one for one in self.of[batch_id] if content_ids is None or one.content_id in content_ids]
        taken = [one for one in asked if one.replaced]
        left = [Skipped(one.content_id, "It was never applied") for one in asked if not one.replaced]
        return Selection(batch_id, tuple(taken), tuple(one.replaced or {} for one in taken), tuple(left))

    async def revert(
        self, batch_id: str, content_ids: Sequence[str] | None = None, key: str | None = None, why: str | None = None
    ) -> Started:
        self._asked("revert", (batch_id, content_ids))
        self.reasons.append(why)
        return self._start(f"{batch_id}-U", await self.select_revert(batch_id, content_ids), revert_of=batch_id)

    def _start(self, batch_id: str, selection: Selection, **given: object) -> Started:
        if not selection.items:
            raise Conflict("Nothing is left")
        batch = self.add(batch_id, [S.QUEUED] * len(selection.items), created_at=NOW, started_at=None, **given)
        return Started(batch, selection.skipped)

    async def pause(self, batch_id: str) -> Batch:
        return self._hold("pause", batch_id, Hold.PAUSED)

    async def resume(self, batch_id: str, why: str | None = None) -> Batch:
        self.reasons.append(why)
        return self._hold("resume", batch_id, Hold.NONE)

    async def cancel(self, batch_id: str, why: str | None = None) -> Batch:
        self.reasons.append(why)
        return self._hold("cancel", batch_id, Hold.CANCELLED)

    def _hold(self, name: str, batch_id: str, hold: Hold) -> Batch:
        self._asked(name, batch_id)
        items = self.of[batch_id]
        if hold is Hold.CANCELLED:
            items = [replace(one, state=S.CANCELLED) if one.state is S.QUEUED else one for one in items]
        self.put(replace(self.found[batch_id], hold=hold), items)
        return self.found[batch_id]

    async def pause_all(self, why: str | None = None) -> None:
        self._asked("pause_all", why)
        self.paused = True

    async def resume_all(self, why: str | None = None) -> None:
        self._asked("resume_all", why)
        self.paused = False

    async def contents(self, query: ContentQuery) -> Page[Content]:
        return Page((), 0)

    async def content(self, content_id: str, limit: int = MOST_CHANGES) -> ContentStory:
        self._asked("content", content_id)
        if content_id not in self.told:
            raise NotFound(f"There is no content {content_id!r}: look it up in the catalogue")
        return replace(self.told[content_id], changes=self.told[content_id].changes[:limit])

    async def creators(self) -> list[Creator]:
        return [Creator(ALICE, 10), Creator(BOB, 3)]

    async def import_contents(self, contents: Sequence[Content]) -> list[tuple[int, str]]:
        raise Conflict("The fake imports nothing")

    async def changes(self, since: str, limit: int = 1000) -> Changes:
        if self.broken is not None:
            raise self.broken
        after = int(since) if since else self.revision
        ids = [one for one, revision in self.touched.items() if revision > after]
        return Changes(str(self.revision), False, tuple(self.found[one] for one in ids), alerts=self.alarms)

    async def health(self) -> Health:
        self._asked("health")
        statuses = Counter(status(one) for one in self.found.values())
        parts = (Part("database", True, "demo.db"), Part("node", True, "block 1204"))
        return Health(True, "testnet", "devnet", self.simulated, "demo.db", self.paused, parts, dict(statuses))

    async def signers(self) -> list[SignerInfo]:
        return []

    async def close(self) -> None:
        self.calls.append(("close", None))
        self.closed = True


class Outage(BatchdeckError):
    """What a fake engine raises when it is lost."""


def story(content_id: str, number: int = 1) -> list[Transition]:
    """Make the story of an item that went all the way."""
    start = NOW - timedelta(seconds=40)
    steps = [
        (0.0, "Accepted", S.QUEUED, "update-price, 1 of 100", None, None),
        (0.21, "CatalogueChanged", S.APPLIED, "1 STX became 2.5 STX", None, None),
        (0.35, "TxSigned", S.SIGNED, "fee 2000 µSTX", txid(number), 41),
        (0.52, "TxUnclear", S.SUBMITTED, "The node didn't answer within 10 s", txid(number), 41),
        (10.9, "TxAccepted", S.SUBMITTED, "posted again, the same bytes", txid(number), 41),
        (14.2, "TxConfirmed", S.CONFIRMED, "block 1200", txid(number), 41),
    ]
    return [
        Transition(start + timedelta(seconds=at), event, state, detail, tx, nonce)
        for at, event, state, detail, tx, nonce in steps
    ]


def sample() -> FakeEngine:
    """Make an engine with one batch of every kind, the picture that screens are drawn from."""
    engine = FakeEngine()
    hours = timedelta(hours=1)
    old = NOW - 50 * hours
    end = old + timedelta(seconds=31)
    engine.add("01KDEMO0000000000000000001", [S.CONFIRMED] * 100, created_at=old, started_at=old, completed_at=end)
    engine.add("01KDEMO0000000000000000002", [S.QUEUED] * 12, started_at=None, scheduled_for=NOW + 3 * hours)
    cancelled = [S.CONFIRMED] * 8 + [S.CANCELLED] * 12
    engine.add("01KDEMO0000000000000000003", cancelled, hold=Hold.CANCELLED, creator=BOB)
    mixed = [S.CONFIRMED] * 64 + [S.SUBMITTED] * 12 + [S.OFF_CHAIN] * 9 + [S.FAILED] * 3 + [S.QUEUED] * 12
    engine.add("01KDEMO0000000000000000004", mixed, why="Autumn sale")
    for position in range(76, 85):
        engine.move(
            "01KDEMO0000000000000000004", f"content-{position + 1}", error="NotEnoughFunds: balance 0, fee 2000"
        )
    for position in range(85, 88):
        engine.move("01KDEMO0000000000000000004", f"content-{position + 1}", error="Content not found", title="")
    engine.add("01KDEMO0000000000000000005", [S.CONFIRMED] * 5 + [S.QUEUED] * 5, hold=Hold.PAUSED, creator=BOB)
    engine.stories["content-2"] = story("content-2")
    return engine


def sentence(one: Item) -> str | None:
    """Return the message of an item as INTERFACE.md has it."""
    ended = outcome(one)
    return RULES[one.operation].sentence(one.value, ended) if ended else None
