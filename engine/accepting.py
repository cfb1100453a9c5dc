"""From drafts to stored batches: check everything, give ids, keep or recognise an idempotency key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime

from engine.core.model import Draft, Group, NewBatch, Problem
from engine.core.operations import RULES
from engine.core.oversight import Quota
from engine.core.rules import MAX_ITEMS, Checked, check_draft
from engine.core.wishes import check_wish
from engine.errors import InvalidDraft, refuse
from engine.ids import new_id
from engine.ports import IdempotencyKey, Wish

MAX_KEY = 255


def ready(
    drafts: Sequence[Draft], key: str | None, network: str, now: datetime, who: str
) -> tuple[list[NewBatch], IdempotencyKey | None]:
    """Return drafts as batches to store, with the key of the call; what `accept` raises."""
    return accept(drafts, network, now, who), key_for(key, [body_of(draft) for draft in drafts])


def accept(drafts: Sequence[Draft], network: str, now: datetime, who: str) -> list[NewBatch]:
    """Check all drafts and return them as batches to store; InvalidDraft names every problem of the first bad one."""
    return _grouped([_accept(draft, network, now, who) for draft in drafts])


def _grouped(batches: list[NewBatch]) -> list[NewBatch]:
    """Let batches that are submitted together know it; the first one's id names them all."""
    if len(batches) < 2:
        return batches
    group = Group(batches[0].id, 0, len(batches))
    return [replace(batch, group=replace(group, place=place)) for place, batch in enumerate(batches, 1)]


def _accept(draft: Draft, network: str, now: datetime, who: str) -> NewBatch:
    checked = check_draft(draft, network)
    if checked.problems or checked.operation is None:
        too_many = checked.submitted > MAX_ITEMS
        raise InvalidDraft(
            checked.problems, {"submitted": checked.submitted, "allowed": MAX_ITEMS} if too_many else None
        )
    return NewBatch(
        id=new_id(),
        operation=checked.operation,
        creator=draft.creator,
        payload=_payload(draft, checked),
        entries=checked.entries,
        created_at=now,
        scheduled_for=_due(draft, now),
        why=draft.why,
        who=who,
    )


def _due(draft: Draft, now: datetime) -> datetime | None:
    """Return when the batch shall begin; a time that has passed is no schedule: it begins at once."""
    due = draft.scheduled_for.astimezone(UTC) if draft.scheduled_for else None
    return due if due and due > now else None


def _payload(draft: Draft, checked: Checked) -> dict[str, object]:
    """Return what the batch shows as its payload: the value for all, or each item's own."""
    assert checked.operation is not None
    rule = RULES[checked.operation]
    if not draft.items:
        return dict(rule.payload(checked.entries[0].value))
    return {"items": [{"contentId": entry.content_id, **rule.payload(entry.value)} for entry in checked.entries]}


def key_for(key: str | None, body: object) -> IdempotencyKey | None:
    """Pair a caller's key with the digest of what came with it."""
    if key is None:
        return None
    if not 1 <= len(key) <= MAX_KEY or not key.isprintable():
        raise InvalidDraft([Problem("Idempotency-Key", f"Give 1 to {MAX_KEY} printable characters")])
    text = json.dumps(body, sort_keys=True, default=_plain, ensure_ascii=True)
    return IdempotencyKey(key, hashlib.sha256(text.encode()).hexdigest())


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else str(value)


def body_of(draft: Draft) -> dict[str, object]:
    """Return an accepted draft as plain data, so that equal drafts have equal digests (ids compared as text)."""
    plain = {field.name: getattr(draft, field.name) for field in fields(draft)}
    plain["content_ids"] = [str(content_id) for content_id in draft.content_ids]
    plain["items"] = [[str(item.content_id), item.payload] for item in draft.items]
    return plain


def wish(
    parent: str,
    now: datetime,
    outcomes: object = None,
    content_ids: object = None,
    who: str = "",
    why: object = None,
    quota: Quota | None = None,
) -> Wish:
    """Return the wish for a retry or revert, with a new id; InvalidDraft when it can't be meant."""
    asked = check_wish(outcomes, content_ids, why)
    refuse(asked.problems)
    chosen = None if asked.content_ids is None else frozenset(asked.content_ids)
    return Wish(parent, new_id(), now, asked.outcomes, chosen, who, asked.why, quota)


def wish_key(key: str | None, verb: str, wish: Wish) -> IdempotencyKey | None:
    """Pair a caller's key with what a retry or revert asks for; in which order contents are named means nothing.

    Without a note it is as it always was, so that keys which are kept already still fit.
    """
    chosen = None if wish.content_ids is None else sorted(wish.content_ids)
    note = [] if wish.why is None else [wish.why]
    return key_for(key, [verb, wish.parent, sorted(wish.outcomes), chosen, *note])
