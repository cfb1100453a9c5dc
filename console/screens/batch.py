"""Batch: what an operator can do about one batch: retry exactly these, revert, pause, cancel, export."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence

from console import actions, again, export, starting
from console.export_head import ALL, Head, Sieve, head_of
from console.forms import many
from console.screens.batch_picture import BatchPicture
from console.screens.dialogs import Confirm, resume_dialog
from console.screens.export_dialog import ExportDialog, Wish, Written
from console.screens.retries import RetriesScreen
from engine.core.lifecycle import outcome
from engine.core.model import Batch, BatchStatus, Hold, Item, ItemState, Operation, Outcome
from engine.core.operations import RULES
from engine.core.reports import Started
from engine.core.rules import hold_problem
from engine.core.summary import status
from engine.door import RETRYABLE, Engine

FORMAT, HEAD = "export-format", "export-head"
"""What the console remembers of an export."""
RESUMABLE = (BatchStatus.PAUSED, BatchStatus.FAILED)
_WHILE_IT_RUNS = ("batch.pause", "batch.cancel")
_OVER = (BatchStatus.COMPLETED, BatchStatus.CANCELLED)
_NEEDS_BATCH = frozenset(
    f"batch.{name}" for name in ("open", "retry", "export", "pause", "cancel", "revert", "parent", "draft")
)


class BatchScreen(BatchPicture):
    """One batch with everything that can be done about it."""

    NAME = "batch"
    CHANGES = frozenset({"batch.draft", "batch.retry", "batch.pause", "batch.cancel", "batch.revert"})

    def _retryable(self) -> list[Item]:
        """Return what a retry would be asked for: marked items as they are, of unmarked ones those that need it."""
        chosen = self._chosen()
        if self.table.marks:
            return chosen
        stopped = self._batch is not None and status(self._batch) is BatchStatus.FAILED
        wished = RETRYABLE | ({Outcome.CANCELLED} if self._shown == "others" else frozenset())
        return [one for one in chosen if outcome(one) in wished or (stopped and one.state is ItemState.QUEUED)]

    def why_not(self, action_id: str) -> str | None:
        """Say what the batch as it is doesn't allow."""
        batch = self._batch
        if batch is None:
            return "The batch isn't loaded yet" if action_id in _NEEDS_BATCH else None
        if action_id == "batch.mark-none" and not self.table.marks | self.reasons.marks:
            return "Nothing is marked"
        if action_id == "batch.retry" and not self._retryable():
            return "Nothing to retry: nothing shown has failed or stayed off-chain"
        if action_id == "batch.draft":
            return starting.why_not(batch)
        if action_id == "batch.pause":
            return hold_problem(batch, Hold.NONE if status(batch) in RESUMABLE else Hold.PAUSED)
        if action_id == "batch.cancel":
            return hold_problem(batch, Hold.CANCELLED)
        if action_id == "batch.revert":
            return _why_no_revert(batch, self._items) if self._chosen() else "Nothing to revert: no item is shown"
        if action_id == "batch.parent" and not (batch.retry_of or batch.revert_of):
            return "This batch is neither a retry nor a revert"
        return None

    def label_of(self, action: actions.Action) -> str:
        """Pausing a paused batch is resuming it; out of the reasons the same key leads back.

        What can never apply again to a batch that is over leaves the footer: the rest fits into one line at 80 columns.
        """
        if action.id == "batch.reasons" and self.grouped:
            return "Items"
        if action.id in _WHILE_IT_RUNS and self._batch is not None and status(self._batch) in _OVER:
            return ""
        resumes = self._batch is not None and status(self._batch) in RESUMABLE
        return "Resume" if action.id == "batch.pause" and resumes else action.label

    def do_retry(self) -> None:
        """Show what would be sent again."""
        chosen = self._retryable()
        outcomes = RETRYABLE | {ended for one in chosen if (ended := outcome(one)) is Outcome.CANCELLED}
        self._preview("retry", chosen, outcomes)

    def do_revert(self) -> None:
        """Show what would be put back: the marked items, or all that match."""
        self._preview("revert", self._chosen(), RETRYABLE)

    def _preview(self, kind: str, chosen: list[Item], outcomes: frozenset[Outcome]) -> None:
        assert self._batch is not None
        ids = tuple(item.content_id for item in chosen)
        wanted = again.Wanted("retry" if kind == "retry" else "revert", self._batch, ids, outcomes)
        self.ask_once(kind.capitalize(), lambda engine: again.preview(engine, wanted), self._offer)

    def _offer(self, shown: again.Preview) -> None:
        if not shown.selection.items:
            self.tell(again.nothing_left(shown), "warning")
            return
        dialog = again.dialog(shown, self.deck.banner, self.deck.pace.ahead([shown.wanted.batch.creator]))
        self.app.push_screen(dialog, lambda agreed: self._start(shown, dialog.why) if agreed else None)

    def _start(self, shown: again.Preview, why: str | None) -> None:
        key = f"console-{uuid.uuid4()}"
        what = shown.wanted.kind.capitalize()

        def send(engine: Engine) -> Awaitable[Started]:
            return again.start(engine, shown, key, why)

        self.ask(what, send, lambda done: self._started(shown, done), outlives=True)

    def _started(self, shown: again.Preview, started: Started) -> None:
        self.tell(again.report(shown, started))
        self.unmark()
        self.app.push_screen(BatchScreen(started.batch.id))

    def do_draft(self) -> None:
        """Start a new draft from the marked items, or from all that match."""
        ids = [item.content_id for item in self._chosen()]
        self.ask_once("New draft", lambda engine: starting.take_up(engine, self.batch_id, ids), self._draft)

    def _draft(self, start: starting.Start) -> None:
        from console.screens.compose import ComposeScreen

        self.app.push_screen(ComposeScreen(start=start))

    def do_pause(self) -> None:
        """Pause the batch at once, or ask why it shall go on; where that can't be undone, by the number of items."""
        assert self._batch is not None
        if status(self._batch) not in RESUMABLE:
            self._hold("Pause", lambda engine: engine.pause(self.batch_id))
            return
        queued, banner = self._batch.tally.of(ItemState.QUEUED), self.deck.banner
        dialog = resume_dialog(queued, again.where(banner), mainnet=banner.mainnet, removing=self._removing)
        self.app.push_screen(dialog, lambda agreed: self._resume(dialog.why) if agreed else None)

    def _resume(self, why: str | None) -> None:
        self._hold("Resume", lambda engine: engine.resume(self.batch_id, why))

    @property
    def _removing(self) -> bool:
        return self._batch is not None and self._batch.operation is Operation.REMOVE_CONTENT

    def do_cancel(self) -> None:
        """Ask whether to cancel what isn't applied yet."""
        assert self._batch is not None
        queued, banner = self._batch.tally.of(ItemState.QUEUED), self.deck.banner
        not_yet = "it isn't applied yet" if queued == 1 else "they aren't applied yet"
        lines = [
            f"{many(queued, 'item')} will be cancelled: {not_yet}.",
            "What is applied already goes on to the chain, and keeps its new value.",
            f"Network: {again.where(banner)}",
        ]
        typed = str(queued) if banner.mainnet or self._removing else None
        what, yes, no = "Cancel this batch?", f"Cancel {queued}", "Don't cancel"
        dialog = Confirm(what, lines, yes, typed, mainnet=banner.mainnet, aside=True, no=no)
        self.app.push_screen(dialog, lambda agreed: self._cancel(dialog.why) if agreed else None)

    def _cancel(self, why: str | None) -> None:
        self._hold("Cancel", lambda engine: engine.cancel(self.batch_id, why))

    def _hold(self, what: str, call: Callable[[Engine], Awaitable[Batch]]) -> None:
        self.ask(what, call, lambda batch: self._held(what, batch), outlives=True)

    def _held(self, what: str, batch: Batch) -> None:
        self._batch = batch
        self.tell(f"{what}: the batch is {status(batch)} now")
        self.reload()

    def do_export(self) -> None:
        """Ask where to, and write the results that are shown, or all; what the dialog counts is what is written."""
        assert self._batch is not None
        batch, chosen, every, sieve = self._batch, self._chosen(), self._items, self.sieve

        async def write(wish: Wish) -> int:
            rows = every if wish.every else chosen
            head = self._head(batch, rows, ALL if wish.every else sieve) if wish.head else None
            return await asyncio.to_thread(export.save, export.results(rows), wish.name, head)

        dialog = ExportDialog(write, self._usual(batch), len(chosen), len(every), marked=sieve.marked)
        self.app.push_screen(dialog, lambda written: self._exported(written) if written else None)

    def _usual(self, batch: Batch) -> Wish:
        """The format and the head are as they were last time; which items, never: those shown are meant."""
        kept = self.deck.memory.choice(FORMAT)
        ending = kept if kept in export.FORMATS else export.FORMATS[0]
        return Wish(f"batch-{batch.id}.{ending}", head=self.deck.memory.choice(HEAD) == HEAD)

    def _head(self, batch: Batch, rows: Sequence[Item], sieve: Sieve) -> Head:
        return head_of(batch, len(rows), sieve, self.deck.now(), again.where(self.deck.banner))

    def _exported(self, written: Written) -> None:
        wish = written.wish
        self.deck.memory.keep_choices({FORMAT: export.format_of(wish.name), HEAD: HEAD if wish.head else ""})
        self.tell(f"{many(written.count, 'result')} written to {export.place(wish.name)}")

    def do_retries(self) -> None:
        """Compare the batch with its retries."""
        self.app.push_screen(RetriesScreen(self.batch_id))

    def do_parent(self) -> None:
        """Open the batch that this one retries or reverts."""
        parent = self._batch and (self._batch.retry_of or self._batch.revert_of)
        if parent:
            self.app.push_screen(BatchScreen(parent))


def _why_no_revert(batch: Batch, items: Sequence[Item]) -> str | None:
    done = [item for item in items if item.replaced]
    if not done:
        return "Nothing of this batch is applied, so there is nothing to put back"
    if all(RULES[batch.operation].revert(item.replaced) is None for item in done if item.replaced):
        return "A removal can't be taken back: the contract has no call for it"
    return None
