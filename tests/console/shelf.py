"""Shelf: the fake engine with a catalogue on it; drafts are checked by the real rules, and kept as they came."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from engine.core.content_story import MOST_CHANGES, ContentStory, OnChain
from engine.core.model import Batch, Content, Draft, Group, ItemState, Operation
from engine.core.operations import RULES
from engine.core.reports import Changes, ContentQuery, Creator, Foreseen, Page, Review, ReviewRow
from engine.core.rules import MAX_ITEMS, check_draft
from engine.core.search import Creator as CreatorIs
from engine.core.search import Kind, Price, What, Words, parse
from engine.errors import InvalidDraft
from tests.console.fake_engine import ALICE, BOB, NOW, STX, TITLES, FakeEngine

HOSTILE = (
    "\x1b]52;c;aGk=\x07 OSC 52",
    "[/x] unbalanced",
    "[@click=app.quit]click[/]",
    "price [ETH] [bold]",
    "\x9b31m C1 \u202e reversed \u2066",
    "two\nlines\r\x00 and NUL",
    "\ud800 surrogate",
    "zero\u200bwidth \U000e0041 tag",
)


def content(number: int, creator: str = ALICE, **given: object) -> Content:
    """Make one content of the catalogue."""
    base = Content(
        content_id=f"content-{number}",
        creator=creator,
        title=f"{TITLES[number % len(TITLES)]}, part {number}",
        price=1_000_000 + 10_000 * (number % 50),
        on_chain_id=number,
        description="A quiet one; first shown in Basel, 2019",
        content_type="video",
        url=f"ipfs://content-{number}",
    )
    return replace(base, **given)  # type: ignore[arg-type]


@dataclass
class Shelf(FakeEngine):
    """A fake engine with contents; ``submitted`` keeps every list of drafts that was submitted, ``keys`` under
    which key each try came.

    ``aborting`` are contents whose calls would abort, and that no import takes, with the reason; ``untried`` says why
    the others weren't asked.
    """

    shelf: dict[str, Content] = field(default_factory=dict)
    submitted: list[list[Draft]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    refusal: Exception | None = None
    warning: str | None = None
    aborting: dict[str, str] = field(default_factory=dict)
    untried: str | None = None

    def stock(self, *contents: Content) -> None:
        """Put contents on the shelf."""
        self.shelf.update((one.content_id, one) for one in contents)

    async def contents(self, query: ContentQuery) -> Page[Content]:
        self._asked("contents", query)
        rows = [one for one in self.shelf.values() if _matches(one, query)]
        start = int(query.after or 0)
        end = start + query.limit
        return Page(tuple(rows[start:end]), len(rows), str(end) if end < len(rows) else None)

    async def content(self, content_id: str, limit: int = MOST_CHANGES) -> ContentStory:
        if content_id in self.told or content_id not in self.shelf:
            return await super().content(content_id, limit)
        self._asked("content", content_id)
        one = self.shelf[content_id]
        return ContentStory(one, (), 0, OnChain(one.creator, one.price))

    async def creators(self) -> list[Creator]:
        self._asked("creators")
        addresses = sorted({one.creator for one in self.shelf.values()})
        return [Creator(one, sum(c.creator == one for c in self.shelf.values())) for one in addresses]

    async def review(self, draft: Draft, patience: float = 10, again: Collection[str] = ()) -> Review:
        self._asked("review", draft)
        checked = check_draft(draft, "testnet", most=None)
        if checked.problems or checked.operation is None:
            raise InvalidDraft(checked.problems)
        rows = tuple(self._row(checked.operation, draft, one.content_id, one.value) for one in checked.entries)
        calls = sum(row.calls for row in rows)
        batches = -(-len(rows) // MAX_ITEMS)
        return Review(
            checked.operation,
            draft.creator,
            rows,
            batches,
            calls,
            2000,
            2000 * calls,
            ALICE,
            self.balance,
            "devnet",
            untried=self.untried,
        )

    def _row(self, operation: Operation, draft: Draft, content_id: str, value: object) -> ReviewRow:
        rule, found = RULES[operation], self.shelf.get(content_id)
        new = rule.diff(value)  # type: ignore[arg-type]
        if found is None or found.removed_at:
            return ReviewRow(content_id, "", "", new, problem="Content not found")
        calls = rule.call(found.on_chain_id, value) is not None  # type: ignore[arg-type]
        unchanged = rule.unchanged(found, value)  # type: ignore[arg-type]
        asked = calls and not unchanged and self.warning is None
        return ReviewRow(
            content_id,
            found.title,
            rule.old(rule.replaced(found, value)),  # type: ignore[arg-type]
            new,
            unchanged=unchanged,
            warning=(self.aborting.get(content_id) if asked else self.warning) if calls else None,
            calls=calls,
            foreseen=self._verdict(content_id) if asked else None,
        )

    def _verdict(self, content_id: str) -> Foreseen:
        if content_id in self.aborting:
            return Foreseen.ABORTS
        return Foreseen.UNTRIED if self.untried else Foreseen.PASSES

    async def submit_all(self, drafts: Sequence[Draft], key: str | None = None) -> list[Batch]:
        self.keys.append(key)
        self._asked("submit_all", list(drafts))
        if self.refusal is not None:
            raise self.refusal
        self.submitted.append(list(drafts))
        first, several = f"01KNEW000000000000000000{len(self.found):02d}", len(drafts) > 1
        return [
            self.add(
                f"01KNEW000000000000000000{len(self.found):02d}",
                [ItemState.QUEUED] * len(draft.items or draft.content_ids),
                creator=draft.creator,
                operation=Operation(draft.operation),
                payload=dict(draft.payload),
                created_at=NOW,
                started_at=None,
                group=Group(first, place, len(drafts)) if several else None,
            )
            for place, draft in enumerate(drafts, 1)
        ]

    async def import_contents(self, contents: Sequence[Content]) -> list[tuple[int, str]]:
        self._asked("import_contents", list(contents))
        refused = [
            (at, self.aborting[one.content_id]) for at, one in enumerate(contents) if one.content_id in self.aborting
        ]
        if not refused:
            self.stock(*contents)
        return refused

    async def changes(self, since: str, limit: int = 1000) -> Changes:
        changes = await super().changes(since, limit)
        return replace(changes, contents=())


def _matches(one: Content, query: ContentQuery) -> bool:
    if query.content_ids and one.content_id not in query.content_ids:
        return False
    if one.removed_at and not query.removed:
        return False
    if query.creator not in (None, one.creator):
        return False
    return all(_holds(one, term.what) != term.negated for term in parse(query.search).terms)


def _holds(one: Content, what: What) -> bool:
    match what:
        case Words(text):
            return text.casefold() in f"{one.content_id}\x1f{one.title}".casefold()
        case CreatorIs(prefix):
            return one.creator.startswith(prefix)
        case Kind(prefix):
            return one.content_type.lower().startswith(prefix.lower())
        case Price(low, high):
            return low <= one.price <= high
    raise AssertionError("The shelf has no history: ask a real store")


def stocked(count: int = 240) -> Shelf:
    """Make a shelf of two creators: every fourth content is the second one's."""
    shelf = Shelf(balance=900 * STX)
    shelf.stock(*(content(number, BOB if number % 4 == 0 else ALICE) for number in range(1, count + 1)))
    return shelf
