"""PURE: JSON becomes batches, items and contents again, equal to those that `engine.wire` wrote.

What isn't such JSON raises KeyError, TypeError or ValueError; the client says what that means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from engine.core.model import Batch, Content, Group, Hold, Item, ItemState, Operation, Tally
from engine.core.reports import Page
from engine.core.summary import Thresholds

T = TypeVar("T")
Json = Mapping[str, Any]
_HUMP = re.compile(r"[A-Z]")


@dataclass(frozen=True, slots=True)
class About:
    """What an engine says of itself before anything is asked of it, and of whoever asks."""

    network: str
    thresholds: Thresholds
    who: str = ""
    read_only: bool = False


def about(body: Json) -> About:
    """Read which engine it is."""
    limits = Thresholds(float(body["slowBatch"]), float(body["failureRate"]), float(body["offChainRate"]))
    return About(str(body["network"]), limits, str(body.get("who") or ""), bool(body.get("readOnly", False)))


def time(text: str | None) -> datetime | None:
    """Read a time."""
    return None if text is None else datetime.fromisoformat(text)


def moment(text: str) -> datetime:
    """Read a time that is always there."""
    return datetime.fromisoformat(text)


def txid(text: str | None) -> str | None:
    """Read a txid, without its 0x."""
    return None if text is None else text.removeprefix("0x")


def snake(fields: Json) -> dict[str, Any]:
    """Read catalogue fields: ``contentType`` is ``content_type``."""
    return {_HUMP.sub(lambda hump: f"_{hump[0].lower()}", name): value for name, value in fields.items()}


def batch(body: Json) -> Batch:
    """Read a batch."""
    states = {ItemState(name): int(count) for name, count in body["states"].items()}
    return Batch(
        id=body["batchId"],
        operation=Operation(body["operationType"]),
        creator=body["creator"],
        payload=body["updatePayload"],
        hold=Hold(body["hold"]),
        tally=Tally(states, body["lost"], body["feeTotal"]),
        created_at=moment(body["createdAt"]),
        started_at=time(body["startedAt"]),
        completed_at=time(body["completedAt"]),
        settled_at=time(body["settledAt"]),
        scheduled_for=time(body["scheduledFor"]),
        retry_of=body["retryOf"],
        revert_of=body["revertOf"],
        error=body["error"],
        why=body["why"],
        who=body["who"],
        group=_group(body["group"]),
    )


def _group(body: Json | None) -> Group | None:
    return None if body is None else Group(body["groupId"], body["place"], body["size"])


def item(body: Json) -> Item:
    """Read an item."""
    return Item(
        id=body["itemId"],
        batch_id=body["batchId"],
        position=body["position"],
        content_id=body["contentId"],
        creator=body["creator"],
        operation=Operation(body["operationType"]),
        value=snake(body["value"]),
        state=ItemState(body["state"]),
        updated_at=moment(body["timestamp"]),
        replaced=None if body["replaced"] is None else snake(body["replaced"]),
        title=body["title"],
        on_chain_id=body["onChainId"],
        order=body["order"],
        error=body["error"],
        submitted=body["submitted"],
        signer=body["signer"],
        nonce=body["nonce"],
        txid=txid(body["txId"]),
        fee=body["fee"],
        block_height=body["blockHeight"],
    )


def content(body: Json) -> Content:
    """Read an item of the catalogue."""
    return Content(
        content_id=body["contentId"],
        creator=body["creator"],
        title=body["title"],
        price=body["price"],
        on_chain_id=body["onChainId"],
        description=body["description"],
        content_type=body["contentType"],
        token_gating=body["tokenGating"],
        refundable=body["refundable"],
        refund_window_days=body["refundWindowDays"],
        url=body["url"],
        removed_at=time(body["removedAt"]),
        removal_reason=body["removalReason"],
    )


def many(read: Callable[[Json], T], bodies: Sequence[Json]) -> tuple[T, ...]:
    """Read each of some nouns."""
    return tuple(read(body) for body in bodies)


def page(read: Callable[[Json], T], name: str, body: Json) -> Page[T]:
    """Read a page of the rows that stand under a name."""
    return Page(many(read, body[name]), int(body["total"]), body["next"])
