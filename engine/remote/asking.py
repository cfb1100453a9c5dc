"""PURE: drafts become bodies, queries become parameters, in the form that `engine.web` takes.

A call's address must not grow beyond what a server reads, so many names are asked about in several calls.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from engine.core.logquery import LogQuery
from engine.core.model import Content, Draft, Operation
from engine.core.oversight import AlertQuery, AuditQuery
from engine.core.reports import BatchQuery, ContentQuery, ItemQuery
from engine.core.rules import check_draft, why_problems
from engine.core.text import storable
from engine.core.wishes import CheckedWish, check_wish
from engine.errors import InvalidDraft, NotFound, refuse
from engine.wire import content_json

Json = dict[str, object]
Parameters = list[tuple[str, str]]
PATHS = {
    Operation.UPDATE_PRICE: "/api/batches/batch-update-price",
    Operation.REMOVE_CONTENT: "/api/batches/batch-remove",
    Operation.UPDATE_METADATA: "/api/batches/batch-update-metadata",
}
LONGEST = 12_000
"""Characters of names in one address; servers read 64 KB of it, some proxies 16."""
MOST = 400
_STORED = ("removedAt", "removalReason")


def draft_json(draft: Draft, network: str) -> Json:
    """Write a draft; InvalidDraft when it isn't of the form that JSON can carry, in the words of the rules."""
    body: Json = {**draft.payload, "creator": draft.creator}
    if draft.items:
        body["items"] = [{**item.payload, "contentId": item.content_id} for item in draft.items]
    if draft.content_ids or not draft.items:
        body["contentIds"] = list(draft.content_ids)
    if draft.scheduled_for is not None:
        body["scheduledFor"] = _due(draft.scheduled_for)
    if draft.why is not None:
        body["why"] = draft.why
    try:
        json.dumps(body, allow_nan=False)
    except (TypeError, ValueError):
        raise InvalidDraft(check_draft(draft, network, most=None).problems) from None
    return body


def encoded(body: object) -> bytes:
    """Write a body as it is sent; half a character is sent by its escape, so that the engine can name it."""
    text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode() if storable(text) else json.dumps(body, allow_nan=False, separators=(",", ":")).encode()


def operation(draft: Draft, network: str) -> Operation:
    """Return the operation of a draft; InvalidDraft for one that nobody knows."""
    try:
        return Operation(draft.operation)
    except ValueError:
        raise InvalidDraft(check_draft(draft, network, most=None).problems) from None


def _due(at: datetime) -> str:
    """Write when it is due; a time without a zone is sent as it is, to be refused."""
    return (at.astimezone(UTC) if at.tzinfo else at).isoformat()


def content_row(content: Content) -> Json:
    """Write a content to import."""
    return {name: value for name, value in content_json(content).items() if name not in _STORED}


def again_json(outcomes: object, content_ids: object, why: object) -> Json:
    """Write what a retry (with outcomes) or a revert (without) is to take; InvalidDraft for what can't be meant."""
    asked = wished(outcomes, content_ids, why)
    given = {"outcomes": sorted(asked.outcomes) or None, "contentIds": asked.content_ids, "why": asked.why}
    return {name: value for name, value in given.items() if value is not None}


def wished(outcomes: object, content_ids: object, why: object = None) -> CheckedWish:
    """Return what is wished; an address that names no content would ask for all of them."""
    asked = check_wish(outcomes, content_ids, why)
    refuse(asked.problems)
    return asked


def why_json(why: str | None) -> Json:
    """Write a reason, if there is one; InvalidDraft for what can be none."""
    refuse(why_problems(why))
    return {} if why is None else {"why": why}


def seen_json(txid: str | None, why: str | None) -> Json:
    """Write which bytes somebody saw at a nonce, and a reason, where there is one."""
    return ({} if txid is None else {"txId": f"0x{txid}"}) | why_json(why)


def batch_query(query: BatchQuery) -> Parameters:
    """Write which batches."""
    given = {"creator": query.creator, "status": query.status, "q": query.text, "after": query.after}
    given["group"] = query.group
    skip = {"skip": str(query.skip)} if query.skip else {}
    return [*_given(given), *skip.items(), ("limit", str(query.limit))]


def item_query(query: ItemQuery, names: Sequence[str]) -> Parameters:
    """Write which items."""
    given = {"outcome": ",".join(sorted(query.outcomes)), "q": query.text, "after": query.after}
    return [*_given(given), *named(names), ("limit", str(query.limit))]


def content_query(query: ContentQuery, names: Sequence[str]) -> Parameters:
    """Write which contents."""
    removed = "true" if query.removed else None
    given = {
        "creator": query.creator,
        "q": query.text,
        "removed": removed,
        "after": query.after,
        "search": query.search,
    }
    return [*_given(given), *named(names), ("limit", str(query.limit))]


def audit_query(query: AuditQuery) -> Parameters:
    """Write which deeds."""
    return [*_given({"after": query.after}), ("limit", str(query.limit))]


def log_query(query: LogQuery) -> Parameters:
    """Write which lines of the log."""
    return [*_given({"q": query.text or None, "after": query.after}), ("limit", str(query.limit))]


def alert_query(query: AlertQuery) -> Parameters:
    """Write which alerts."""
    return [*_given({"open": "true" if query.open else None, "after": query.after}), ("limit", str(query.limit))]


def named(names: Iterable[str]) -> Parameters:
    """Write names of contents."""
    return [("contentId", name) for name in names]


def chunks(names: Iterable[str]) -> list[list[str]]:
    """Return the names in as many parts as one address can hold each; one empty part for none."""
    parts: list[list[str]] = [[]]
    length = 0
    for name in names:
        size = len(quote(name, safe="", errors="replace")) + len("&contentId=")
        if parts[-1] and (length + size > LONGEST or len(parts[-1]) == MOST):
            parts.append([])
            length = 0
        parts[-1].append(name)
        length += size
    return parts


def batch_path(batch_id: str, more: str = "") -> str:
    """Return the path of a batch; what could be no id of one is refused here, for its path would mean another call."""
    if not (batch_id.isascii() and batch_id.isalnum() and batch_id.upper() == batch_id):
        raise NotFound(f"There is no batch {batch_id!r:.60}: look it up in the list of batches")
    return f"/api/batches/{batch_id}{more}"


def signer_path(signer: str, more: str) -> str:
    """Return the path of what is about a signer; what could be no address is refused here."""
    if not (signer.isascii() and signer.isalnum()):
        raise NotFound(f"There is no signer {signer}: see batchdeck signers")
    return f"/api/signers/{signer}{more}"


def item_path(batch_id: str, content_id: str, what: str) -> tuple[str, Parameters]:
    """Return the path of what is about one item, and its query; NotFound for what no database holds."""
    if not (storable(content_id) and storable(batch_id)):
        raise NotFound(f"There is no content {content_id!r:.60} in a batch {batch_id!r:.60}: look at its items")
    return batch_path(batch_id, f"/{what}"), [("contentId", content_id)]


def _given(values: dict[str, str | None]) -> Parameters:
    return [(name, str(value)) for name, value in values.items() if value]
