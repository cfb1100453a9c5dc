"""What an engine elsewhere is asked as a whole: its stop, lanes, alerts, audit, health; and how to read an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from engine.core.asking import MAX_CHANGES, MAX_PAGE, limit_problems
from engine.core.byhand import SlotBytes, touch_problems
from engine.core.loglines import LogLine
from engine.core.logquery import LogQuery, log_problems
from engine.core.oversight import AlertQuery, AuditQuery, Deed, KeptAlert
from engine.core.reports import Changes, Health, Page, SignerInfo
from engine.core.rules import why_problems
from engine.core.vitals import Vitals
from engine.core.window import Window
from engine.errors import Conflict, refuse
from engine.remote import asking, lanes, nouns, refusals, reports, vitals
from engine.remote.client import Client, Parameters

T = TypeVar("T")
UNWELL = (503,)


class Overseeing:
    """The half of the Engine protocol that is about the engine itself."""

    def __init__(self, client: Client, about: nouns.About) -> None:
        self._client = client
        self.about = about
        self.address = client.address

    async def pause_all(self, why: str | None = None) -> None:
        """Set the emergency stop; twice is once, so it is sent again when no answer came."""
        await self._client.post("/api/engine/pause", asking.why_json(why), again=True)

    async def resume_all(self, why: str | None = None) -> None:
        """Take the emergency stop back."""
        await self._client.post("/api/engine/resume", asking.why_json(why), again=True)

    async def pause_lane(self, signer: str, why: str | None = None) -> None:
        """Sign and post nothing new in one lane."""
        await self._client.post(asking.signer_path(signer, "/pause"), asking.why_json(why))

    async def resume_lane(self, signer: str, why: str | None = None) -> None:
        """Let a paused lane go on."""
        if not (signer.isascii() and signer.isalnum()):
            raise Conflict(f"The lane of {signer} isn't paused")
        await self._client.post(asking.signer_path(signer, "/resume"), asking.why_json(why))

    async def release_lane(self, signer: str, why: str | None = None) -> str:
        """Let a held lane go on at the chain's nonce."""
        body = asking.why_json(why)
        found = await self._client.post(asking.signer_path(signer, "/release"), body)
        return self._read(lambda answer: str(answer["held"]), found)

    async def bump_slot(
        self, signer: str, nonce: int, txid: str | None = None, fee: int | None = None, why: str | None = None
    ) -> SlotBytes:
        """Sign the call at a nonce again for a higher fee."""
        refuse([*why_problems(why), *touch_problems(nonce, txid, fee)])
        body = asking.seen_json(txid, why) | ({} if fee is None else {"fee": fee})
        found = await self._client.post(asking.signer_path(signer, f"/slots/{nonce}/bump"), body)
        return self._read(lanes.slot_bytes, found)

    async def repost_slot(self, signer: str, nonce: int, txid: str | None = None, why: str | None = None) -> SlotBytes:
        """Begin to post the same bytes at a nonce once more; they are the very same, so no harm is done twice."""
        refuse([*why_problems(why), *touch_problems(nonce, txid)])
        path, body = asking.signer_path(signer, f"/slots/{nonce}/repost"), asking.seen_json(txid, why)
        return self._read(lanes.slot_bytes, await self._client.post(path, body))

    async def alerts(self, query: AlertQuery) -> Page[KeptAlert]:
        """Return kept alerts, newest first."""
        refuse(limit_problems(query.limit, MAX_PAGE))
        return await self._page("/api/alerts", asking.alert_query(query), reports.kept_alert, "alerts")

    async def acknowledge(self, alert_id: int, why: str | None = None) -> KeptAlert:
        """Say that somebody has seen an alert."""
        found = await self._client.post(f"/api/alerts/{int(alert_id)}/acknowledge", asking.why_json(why))
        return self._read(reports.kept_alert, found)

    async def audit(self, query: AuditQuery) -> Page[Deed]:
        """Return who did what, newest first."""
        refuse(limit_problems(query.limit, MAX_PAGE))
        path = "/api/audit" if query.batch_id is None else asking.batch_path(query.batch_id, "/audit")
        return await self._page(path, asking.audit_query(query), reports.deed, "deeds")

    async def log_lines(self, query: LogQuery) -> Page[LogLine]:
        """Return the latest lines of that engine's log, newest first."""
        refuse(log_problems(query))
        return await self._page("/api/engine/log", asking.log_query(query), vitals.log_line, "lines")

    async def changes(self, since: str, limit: int = 1000) -> Changes:
        """Return what changed after a revision."""
        refuse(limit_problems(limit, MAX_CHANGES))
        found = await self._client.get("/api/changes", [("since", since), ("limit", str(limit))])
        return self._read(reports.changes, found)

    async def health(self) -> Health:
        """Return how every part is; an engine that isn't well says so with 503, and says it whole."""
        return self._read(reports.health, await self._client.get("/api/batches/health", also=UNWELL))

    async def signers(self) -> list[SignerInfo]:
        """Return addresses, balances and lanes."""
        found = await self._client.get("/api/signers")
        return self._read(lambda body: list(nouns.many(reports.signer, body["signers"])), found)

    async def slots(self, signer: str) -> Window:
        """Return the window of a signer's lane, slot by slot."""
        return self._read(lanes.window, await self._client.get(asking.signer_path(signer, "/slots")))

    async def vitals(self) -> Vitals:
        """Return the engine's own state."""
        return self._read(vitals.vitals, await self._client.get("/api/engine/vitals"))

    async def close(self) -> None:
        """Let go of the connections; the engine goes on."""
        await self._client.close()

    async def _page(self, path: str, asked: Parameters, read: Callable[[nouns.Json], T], name: str) -> Page[T]:
        found = await self._client.get(path, asked)
        return self._read(lambda body: nouns.page(read, name, body), found)

    def _read(self, read: Callable[[Any], T], body: object) -> T:
        try:
            return read(body)
        except (LookupError, TypeError, ValueError, AttributeError) as strange:
            raise refusals.stranger(self.address, f"{type(strange).__name__}: {strange!s:.80}") from None
