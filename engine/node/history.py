"""What an account really did: the API's list of its transactions, newest first, with the calls' arguments.

A plain node keeps no such list. The list holds what the account only received too, and leaves arguments out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from urllib.parse import quote

from engine.node.answers import JsonObject, mapping, string, unreadable
from engine.node.routes import RouteGone, absent, good, present
from engine.node.rows import Row, read_row
from engine.node.wire import Question, Wire
from engine.ports import MinedTransaction, NodeUnreachable

PAGE = 50
MOST_PAGES = 200
Page = Callable[[str, str | None], Awaitable[tuple[list[object], str | None]]]


class History:
    """Reads an account's list by the newer route or the older one, and the arguments by the batch call."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def mined_from(
        self, address: str, nonce: int, since: datetime | None = None
    ) -> tuple[MinedTransaction, ...] | None:
        """Return what is confirmed at this nonce and above, by nonce; None without a list; raises NodeUnreachable.

        What was mined before ``since`` is read no further.
        """
        for page in (self._v3, self._v2):
            try:
                rows = await self._listed(page, address, nonce, since)
            except RouteGone:
                continue
            return await self._whole(address, rows)
        return None

    async def _listed(self, page: Page, address: str, nonce: int, since: datetime | None) -> dict[str, Row]:
        """Read pages until the account's own nonce falls below the one wanted, or its time does."""
        rows: dict[str, Row] = {}
        mark: str | None = None
        known: set[str | None] = set()
        while mark not in known and len(known) < MOST_PAGES:
            known.add(mark)
            entries, mark = await page(address, mark)
            found = [row for row in (read_row(address, entry) for entry in entries) if row]
            rows |= {row.seen.txid: row for row in found if row.nonce >= nonce}
            if mark is None or any(row.nonce < nonce or _before(row, since) for row in found):
                return rows
        raise NodeUnreachable(f"The account's list doesn't end after {PAGE * len(known)} transactions, or goes round")

    async def _v3(self, address: str, cursor: str | None) -> tuple[list[object], str | None]:
        path = f"/extended/v3/principals/{quote(address, safe='')}/transactions"
        told = await self._page(path, (("cursor", cursor),) if cursor else ())
        marks = mapping(told.get("cursor"), "cursor")
        return _results(told), None if marks.get("next") is None else string(marks, "next")

    async def _v2(self, address: str, offset: str | None) -> tuple[list[object], str | None]:
        start = int(offset or 0)
        path = f"/extended/v2/addresses/{quote(address, safe='')}/transactions"
        results = _results(await self._page(path, (("offset", str(start)),)))
        return results, str(start + len(results)) if results else None

    async def _page(self, path: str, mark: tuple[tuple[str, str], ...]) -> JsonObject:
        return present(await self._wire.read(Question("GET", path, (("limit", str(PAGE)), *mark)))).object()

    async def _whole(self, address: str, rows: dict[str, Row]) -> tuple[MinedTransaction, ...]:
        """Add the arguments of calls, and why those that aborted did."""
        partial = iter([txid for txid, row in rows.items() if row.partial])
        while chunk := list(islice(partial, PAGE)):
            for txid, fields in (await self._details(chunk)).items():
                rows[txid] = _detailed(address, rows[txid], fields)
        mined = sorted((row.mined for row in rows.values()), key=lambda one: one.nonce)
        if len({one.nonce for one in mined}) < len(mined):
            raise NodeUnreachable("The account's list changed while it was read: two transactions at one nonce")
        return tuple(mined)

    async def _details(self, txids: Sequence[str]) -> dict[str, JsonObject]:
        try:
            return await self._batch(txids)
        except RouteGone:
            return {txid: await self._one(txid) for txid in txids}

    async def _batch(self, txids: Sequence[str]) -> dict[str, JsonObject]:
        params = tuple(("tx_id", f"0x{txid}") for txid in txids)
        told = present(await self._wire.read(Question("GET", "/extended/v1/tx/multiple", params))).object()
        entries = {txid: mapping(told.get(f"0x{txid}"), "tx/multiple entry") for txid in txids}
        return {txid: mapping(entry.get("result"), "result") for txid, entry in entries.items()}

    async def _one(self, txid: str) -> JsonObject:
        params = (("include", "result,function_args"),)
        for question in (
            Question("GET", f"/extended/v3/transactions/0x{txid}", params),
            Question("GET", f"/extended/v1/tx/0x{txid}"),
        ):
            answer = await self._wire.read(question)
            try:
                gone = absent(answer)
            except RouteGone:
                continue
            if not gone:
                return good(answer).object()
        raise NodeUnreachable(f"The account's list names {txid}, and the API doesn't tell what it called")


def _before(row: Row, since: datetime | None) -> bool:
    return since is not None and row.mined_at is not None and row.mined_at < since


def _results(told: JsonObject) -> list[object]:
    results = told.get("results")
    if not isinstance(results, list):
        raise unreadable("results", results)
    return results


def _detailed(address: str, row: Row, fields: JsonObject) -> Row:
    """Return a row as the details have it; they must be of the same transaction, mined at the same nonce."""
    whole = read_row(address, fields)
    if whole is None or whole.partial or (whole.seen.txid, whole.nonce) != (row.seen.txid, row.nonce):
        raise NodeUnreachable(f"The API tells {row.seen.txid} otherwise than the account's list: it is asked again")
    return replace(whole, mined_at=whole.mined_at or row.mined_at)
