"""What an account really did: the API's list of its transactions, newest first, with the calls' arguments.

A plain node keeps no such list. The list holds what the account only received too, and leaves arguments out.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import quote

from engine.node.answers import JsonObject, mapping, string, unreadable
from engine.node.routes import RouteGone, absent, good, present
from engine.node.rows import Row, read_row
from engine.node.wire import Question, Wire
from engine.ports import MinedTransaction, NodeUnreachable, StillReading

PAGE = 50
AT_ONCE = 20
"""Pages for one call: whoever waits for it has other accounts to look after as well."""
LASTS = 600.0
"""Seconds after which a reading that nobody went on with is begun anew."""
Page = Callable[[str, str | None], Awaitable[tuple[list[object], str | None]]]


@dataclass(slots=True)
class Reading:
    """How far down a list was read: the rows so far, the mark of the next page, and the marks that were followed."""

    rows: dict[str, Row] = field(default_factory=dict)
    mark: str | None = None
    known: set[str | None] = field(default_factory=set)
    at: float = field(default_factory=time.monotonic)

    def reached(self, nonce: int, since: datetime | None) -> bool:
        """Tell whether the account's own nonce fell below the one wanted, or its time did."""
        return any(row.nonce < nonce or _before(row, since) for row in self.rows.values())


class Broken(NodeUnreachable):
    """What was read of a list doesn't hold together: it is begun anew."""


class History:
    """Reads an account's list by the newer route or the older one, and the arguments by the batch call."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._readings: dict[tuple[str, str], Reading] = {}

    async def mined_from(
        self, address: str, nonce: int, since: datetime | None = None
    ) -> tuple[MinedTransaction, ...] | None:
        """Return what is confirmed at this nonce and above, by nonce; None without a list; raises NodeUnreachable.

        What was mined before ``since`` is read no further. StillReading after `AT_ONCE` pages: the next call goes on.
        """
        for page in (self._v3, self._v2):
            key = (page.__name__, address)
            try:
                rows = await self._listed(page, address, nonce, since)
                return self._whole(rows)
            except RouteGone:
                self._readings.pop(key, None)
            except Broken:
                self._readings.pop(key, None)
                raise
        return None

    async def _listed(self, page: Page, address: str, nonce: int, since: datetime | None) -> list[Row]:
        """Read pages until the account's own nonce falls below the one wanted, or its time does."""
        key = (page.__name__, address)
        left = AT_ONCE
        reading = self._readings.get(key)
        if reading is None or time.monotonic() - reading.at > LASTS:
            reading = self._readings[key] = Reading()
        else:
            left -= await self._what_came_since(page, address, nonce, reading)
        while left > 0:
            if reading.mark in reading.known:
                raise Broken(f"The account's list goes round after {len(reading.rows)} transactions")
            entries, following = await page(address, reading.mark)
            await self._take(address, nonce, entries, reading)
            reading.known.add(reading.mark)
            reading.mark, reading.at, left = following, time.monotonic(), left - 1
            if following is None or reading.reached(nonce, since):
                del self._readings[key]
                return [row for row in reading.rows.values() if row.nonce >= nonce]
        raise StillReading(f"The account's list is long: {len(reading.rows)} transactions so far, it is read on")

    async def _what_came_since(self, page: Page, address: str, nonce: int, reading: Reading) -> int:
        """Read from the list's top down to what is known of it; return how many pages that took."""
        mark: str | None = None
        for count in range(1, AT_ONCE):
            entries, mark = await page(address, mark)
            before = set(reading.rows)
            found = await self._take(address, nonce, entries, reading)
            if mark is None or not before or before & found:
                return count
        raise Broken("The account's list grows faster than it is read")

    async def _take(self, address: str, nonce: int, entries: list[object], reading: Reading) -> set[str]:
        """Take a page's rows, each whole: with the arguments of its call, and why it aborted if it did."""
        found = {row.seen.txid: row for row in (read_row(address, entry) for entry in entries) if row}
        partial = [txid for txid, row in found.items() if row.partial and row.nonce >= nonce]
        if partial:
            for txid, fields in (await self._details(partial)).items():
                found[txid] = _detailed(address, found[txid], fields)
        reading.rows |= found
        return set(found)

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

    def _whole(self, rows: Iterable[Row]) -> tuple[MinedTransaction, ...]:
        """Return the nouns by nonce."""
        mined = sorted((row.mined for row in rows), key=lambda one: one.nonce)
        if len({one.nonce for one in mined}) < len(mined):
            raise Broken("The account's list changed while it was read: two transactions at one nonce")
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
