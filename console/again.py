"""Retry and revert: what would be sent is frozen and shown first, and exactly that is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.text import Text

from console.banner import Banner
from console.composing import redraft, taken_out
from console.forms import grouped, many
from console.item_views import selection_lines, skipped_lines
from console.review_views import wait_line, wait_text
from console.screens.dialogs import Confirm, Line
from console.unsigned import NO_FEES, OFF, unpaid
from console.views import fee_line
from engine.core.foresight import abort_line, counted, foresight
from engine.core.model import Batch, Operation, Outcome
from engine.core.operations import RULES
from engine.core.reports import Review, Selection, Skipped, Started
from engine.door import RETRYABLE, Engine
from engine.errors import BatchdeckError

NODE_PATIENCE = 4.0
"""Seconds to wait for a node: one that is down must not keep anybody from retrying."""
REVIEW_PATIENCE = 5.0
"""Seconds to wait for the review, so that neither does an engine."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an operator chose: of which batch, which items (None: all), of which outcomes."""

    kind: Literal["retry", "revert"]
    batch: Batch
    content_ids: tuple[str, ...] | None = None
    outcomes: frozenset[Outcome] = RETRYABLE


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be sent and left out, and what it would cost; no review when nobody could tell in time."""

    wanted: Wanted
    selection: Selection
    review: Review | None

    @property
    def content_ids(self) -> tuple[str, ...]:
        """The frozen set."""
        return tuple(item.content_id for item in self.selection.items)


async def preview(engine: Engine, wanted: Wanted) -> Preview:
    """Ask the engine what it would send, and what that costs."""
    selection = await _select(engine, wanted)
    if not selection.items:
        return Preview(wanted, selection, None)
    draft, applied = redraft(selection), taken_out(selection)
    try:
        review = await asyncio.wait_for(engine.review(draft, NODE_PATIENCE, applied), REVIEW_PATIENCE)
    except (BatchdeckError, TimeoutError):
        return Preview(wanted, selection, None)
    return Preview(wanted, selection, review)


async def start(engine: Engine, shown: Preview, key: str, why: str | None = None) -> Started:
    """Send exactly what was shown; ``key`` makes a second press of the same confirmation harmless."""
    wanted = shown.wanted
    if wanted.kind == "retry":
        return await engine.retry(wanted.batch.id, wanted.outcomes, shown.content_ids, key, why)
    return await engine.revert(wanted.batch.id, shown.content_ids, key, why)


def nothing_left(shown: Preview) -> str:
    """Say why there is nothing to send."""
    verb = "retry" if shown.wanted.kind == "retry" else "revert"
    return "\n".join([f"Nothing to {verb}", *skipped_lines(shown.selection.skipped, 3)])


def dialog(shown: Preview, banner: Banner, waits: str | None = None) -> Confirm:
    """Make the dialog that shows it; it asks to type the number where a mistake can't be undone.

    ``waits`` says what stands still, if anything.
    """
    wanted, count = shown.wanted, len(shown.selection.items)
    verb = "Retry" if wanted.kind == "retry" else "Revert"
    lines: list[Line] = [
        f"{RULES[wanted.batch.operation].title} {'again' if verb == 'Retry' else 'back'}, on {where(banner)}",
        f"Creator {wanted.batch.creator}",
        _cost(shown),
        *([wait_text(waits)] if waits else []),
        *_foreseen(shown),
        "",
        *selection_lines(shown.selection, back=wanted.kind == "revert"),
        *skipped_lines(shown.selection.skipped),
    ]
    typed = str(count) if banner.mainnet or wanted.batch.operation is Operation.REMOVE_CONTENT else None
    title = f"{verb} {many(count, 'item')}?"
    return Confirm(title, lines, f"Send {count}", typed, mainnet=banner.mainnet, aside=True)


def where(banner: Banner) -> str:
    """Name the network, and say when it is only played."""
    return f"{banner.network.upper()}{' (simulated)' if banner.simulated else ''}, {banner.chain}"


def report(shown: Preview, started: Started) -> str:
    """Say what was accepted, and what left the set since it was shown."""
    count = started.batch.tally.total
    lines = [f"{many(count, 'item')} accepted as batch {started.batch.id}"]
    left = len(shown.selection.items) - count
    if left > 0:
        lines.append(f"{left} left the set meanwhile")
        lines += skipped_lines(_of(started, shown.content_ids), 3)
    return "\n".join(lines)


def _of(started: Started, content_ids: Sequence[str]) -> list[Skipped]:
    return [one for one in started.skipped if one.content_id in content_ids]


def _cost(shown: Preview) -> str:
    review = shown.review
    if review is None:
        return "Fees: nobody could tell in time"
    if review.chain == OFF:
        return f"Fees: {NO_FEES}"
    if review.calls and review.signer is None:
        return f"Fees: {unpaid(review.calls)}"
    if not review.calls:
        return "Fees: none, nothing of it goes to the chain"
    return f"Fees: {fee_line(review.fee_total, review.balance)}, for {many(review.calls, 'transaction')}"


def _foreseen(shown: Preview) -> list[Line]:
    """Say what would fail again and why, what else waits to change it, and what would abort and at what fees."""
    if shown.review is None:
        return []
    rows = shown.review.rows
    failing = [Skipped(row.content_id, row.problem) for row in rows if row.problem is not None]
    what = "would fail again" if shown.wanted.kind == "retry" else "would fail"
    lines: list[Line] = [Text(line, "bad") for line in skipped_lines(failing, 3, what)]
    found = foresight(rows, shown.review.fee_each)
    aborts = f"Preflight: {grouped(abort_line(found))}: {counted(found.reasons)}"
    waiting = sum(bool(row.waits) for row in rows)
    waits = [Text(f"{wait_line(waiting)}.", "warning")] if waiting else []
    return [*lines, *waits, *([aborts] if found.aborts else [])]


async def _select(engine: Engine, wanted: Wanted) -> Selection:
    if wanted.kind == "retry":
        return await engine.select_retry(wanted.batch.id, wanted.outcomes, wanted.content_ids)
    return await engine.select_revert(wanted.batch.id, wanted.content_ids)
