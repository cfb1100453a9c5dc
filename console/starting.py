"""Taking a batch as the start of a new draft: its operation, values, contents and note, all to be changed still."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from console.compose_form import EMPTY, Own
from console.loading import look_up
from engine.core.model import Batch, BatchStatus, Content, Item
from engine.core.operations import RULES, stx
from engine.core.summary import status
from engine.door import Engine

FINISHED = (BatchStatus.COMPLETED, BatchStatus.FAILED, BatchStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Start:
    """What a draft begins with; ``texts`` are by the form's fields, ``own`` are values of each content."""

    operation: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    contents: tuple[Content, ...] = ()
    own: Own | None = None


def why_not(batch: Batch) -> str | None:
    """Say why a batch isn't taken; None when it may be: two drafts of what is under way would be one too many."""
    return None if status(batch) in FINISHED else f"The batch is {status(batch)}: take it when it is finished"


async def take_up(engine: Engine, batch_id: str, content_ids: Sequence[str] | None = None) -> Start:
    """Return what a new draft takes from a batch: some of its contents, or all."""
    batch, items = await engine.whole(batch_id)
    wanted = items if content_ids is None else [item for item in items if item.content_id in set(content_ids)]
    return begin(batch, wanted, await look_up(engine, [item.content_id for item in wanted]))


def begin(batch: Batch, items: Sequence[Item], contents: Iterable[Content]) -> Start:
    """Make a start of some items of a batch; those that the catalogue lost or removed are left in the field of ids."""
    rule = RULES[batch.operation]
    known = {content.content_id: content for content in contents if content.removed_at is None}
    payloads = {item.content_id: rule.payload(item.value) for item in items}
    same = all(one == next(iter(payloads.values())) for one in payloads.values())
    strays = ", ".join(item.content_id for item in items if item.content_id not in known)
    texts = {"contentIds": strays, "why": batch.why or ""}
    if payloads and same:
        texts |= _texts(next(iter(payloads.values())))
    own = None if same else Own(batch.id, batch.operation, payloads)
    there = (known[item.content_id] for item in items if item.content_id in known)
    return Start(batch.operation, texts, tuple(there), own)


def _texts(payload: Mapping[str, object]) -> dict[str, str]:
    """Write a payload as somebody would type it."""
    texts: dict[str, str] = {}
    for name, value in payload.items():
        if isinstance(value, Mapping):
            texts |= {f"{name}.{wire}": _typed(one) for wire, one in value.items()}
        else:
            texts[name] = stx(value) if isinstance(value, int) else _typed(value)
    return texts


def _typed(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value) or EMPTY
