"""The waiting items of a lane, held against what was mined at its nonces: which of them made it?

An item whose very call was mined after it was accepted is never sent again (promise 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import bindparam, exists, select

from engine.core.chain import call_name
from engine.core.claims import Claim, claim, goes_over
from engine.core.model import Item, Transaction
from engine.core.operations import RULES
from engine.core.reports import Doubt
from engine.store.ledger import unread
from engine.store.ledger.lanes import WAITING
from engine.store.ledger.signing import ON_CHAIN
from engine.store.queries import Connection, Query, literal, to_time
from engine.store.rows import to_item
from engine.store.tables import BATCH, CHANGE, CONTENT, ITEM

ALL = -1
ACCEPTED = Query(
    select(BATCH.c.created_at).join(ITEM, ITEM.c.batch_no == BATCH.c.no).where(ITEM.c.id == bindparam("item_id"))
)
OVERTAKEN = Query(
    select(
        exists().where(
            CONTENT.c.content_id == bindparam("content"),
            CHANGE.c.content_no == CONTENT.c.no,
            CHANGE.c.id < bindparam("order"),
            ITEM.c.id == CHANGE.c.item_id,
            ITEM.c.signer == bindparam("of"),
            ITEM.c.nonce > bindparam("at"),
            ITEM.c.state.in_([literal(state) for state in sorted(ON_CHAIN)]),
        )
    )
)
"""An earlier change of the content has a higher nonce: what was mined at this one was before it."""


class Claims:
    """The items of one lane that wait, each with its call, in catalogue order.

    ``unknown`` are the calls, by nonce, that no bytes here made.
    """

    def __init__(
        self, database: Connection, signer: str, contract: str, unknown: Iterable[tuple[int, str | None]]
    ) -> None:
        self._database = database
        self._contract = contract
        self._unknown = [(nonce, call) for nonce, call in unknown if call]
        items = (to_item(row) for row in database.all(WAITING, of=signer, most=ALL))
        self._waiting = [(self.name(item), item) for item in items]

    def name(self, item: Item) -> str:
        """Return the call of an item as the chain would have it; empty for one that has none."""
        call = RULES[item.operation].call(item.on_chain_id, item.value)
        return "" if call is None else call_name(self._contract, call)

    def take(self, mined: Transaction) -> Item | None:
        """Take out the first item that made this transaction."""
        for index, item in self._equal(mined):
            if self._judge(mined, item) is Claim.OWN:
                del self._waiting[index]
                return item
        return None

    def doubt(self, mined: Transaction) -> Doubt | None:
        """Return the first item of which nobody can tell whether it made this transaction."""
        for _, item in self._equal(mined):
            if self._judge(mined, item) is Claim.UNCLEAR:
                return Doubt(mined.nonce, mined.txid, item.content_id, item.batch_id)
        return None

    def _equal(self, mined: Transaction) -> Iterator[tuple[int, Item]]:
        for index, (name, item) in enumerate(self._waiting):
            if mined.call and name == mined.call:
                yield index, item

    def _judge(self, mined: Transaction, item: Item) -> Claim:
        overtaken = self._database.value(
            OVERTAKEN, content=item.content_id, order=item.order or 0, of=mined.signer, at=mined.nonce
        )
        call = mined.call or ""
        overwritten = any(nonce > mined.nonce and goes_over(later, call) for nonce, later in self._unknown)
        return claim(mined.mined_at, self._accepted(item), bool(overtaken), overwritten)

    def _accepted(self, item: Item) -> datetime:
        """Return from when on the change of an item may have been sent: a retry's by a copy's own retry as well."""
        own = self._time(item.id)
        for root in unread.roots(self._database, [item]):
            first, taken = self._time(root), unread.taken(self._database)
            return min(own, max(first, taken) if taken else first)
        return own

    def _time(self, item_id: int) -> datetime:
        return to_time(self._database.value(ACCEPTED, item_id=item_id))
