"""Review: what would be changed, item by item, where, when and at what cost. Submit is here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button

from console.actions import Action, register
from console.composing import Intent
from console.forms import many
from console.review_plan import Line, Plan, plan
from console.review_rows import columns, line_text, review_row
from console.review_views import KEYS, confirm_lines, head_lines
from console.screens.base import DeckScreen
from console.screens.batch import BatchScreen
from console.screens.batches import BatchesScreen
from console.screens.dialogs import Confirm
from console.submitting import Submission
from console.widgets.lines import Lines
from console.widgets.paint import paint, paint_lines
from console.widgets.row_table import RowTable
from engine.core.model import Batch
from engine.core.reports import Review
from engine.errors import InvalidDraft

_HERE = ("review",)
register(
    Action("review.submit", "ctrl+s", "Submit", "Submit exactly what is shown", "Review", _HERE),
    Action("review.unchanged", "u", "Unchanged", "Leave out what is unchanged, or put it back", "Review", _HERE),
    Action("review.failing", "f", "Failing", "Leave out what would fail, or put it back", "Review", _HERE),
    Action("review.aborting", "b", "Aborting", "Leave out what would abort, or put it back", "Review", _HERE),
    Action("review.flagged", "n", "Next flag", "Go to the next item with a note", "Review", _HERE),
)


class ReviewScreen(DeckScreen):
    """The diff of a choice that is frozen; ``refused`` takes what the engine refuses, back in Compose."""

    NAME = "review"
    CHANGES = frozenset({"review.submit"})
    CSS_PATH = "review.tcss"
    AUTO_FOCUS = "RowTable"

    def __init__(self, intent: Intent, reviews: Sequence[Review], refused: Callable[[InvalidDraft], None]) -> None:
        super().__init__()
        self._plan = plan(intent, reviews)
        self._lines: dict[str, Line] = {}
        self._refused = refused
        self._submitting = False
        self._submission = Submission()

    @property
    def path(self) -> Sequence[str]:
        """From Compose to here."""
        return ("Compose", "Review")

    def body(self) -> ComposeResult:
        """Facts, diff, the line under the cursor, and the two ways on."""
        yield Lines(id="facts")
        yield RowTable(columns(self._plan), id="diff")
        yield Lines(id="line")
        with Horizontal(id="review-foot"):
            yield Button("Back", id="back", compact=True)
            yield Button("Submit", id="submit", compact=True)

    def on_mount(self) -> None:
        """Show the plan."""
        self.draw()

    def on_resize(self) -> None:
        """The facts are broken for the width there is."""
        self.draw()

    @property
    def _waits(self) -> str | None:
        """What stands still, so that what is submitted now waits for it."""
        return self.deck.pace.ahead(self._plan.creators)

    @property
    def _keys(self) -> dict[str, str]:
        """The keys that leave lines out, as they are bound now."""
        return {kind: self.deck.key(f"review.{kind}") for kind in KEYS}

    def draw(self) -> None:
        """Show the plan as it is now."""
        lines = self._plan.lines
        rows = [review_row(line) for line in lines]
        self._lines = {row.key: line for row, line in zip(rows, lines, strict=True)}
        self.query_one("#facts", Lines).update(
            paint_lines(head_lines(self._plan, self.deck.banner, self.size.width - 2, self._waits, self._keys))
        )
        table = self.query_one(RowTable)
        table.columns = columns(self._plan)
        table.set_rows(rows)
        button = self.query_one("#submit", Button)
        button.label = "Submitting ..." if self._submitting else f"Submit {many(len(self._plan.kept), 'item')} ..."
        button.disabled = self.refusal("review.submit") is not None
        self._draw_line()
        self.refresh_keys()

    def _draw_line(self) -> None:
        line = self._lines.get(self.query_one(RowTable).cursor_key or "")
        self.query_one("#line", Lines).update(paint(line_text(line)) if line else "")

    def why_not(self, action_id: str) -> str | None:
        """Say what a plan without such lines can't do."""
        if self._submitting:
            return "It is being submitted"
        if action_id == "review.submit" and self._plan.refused:
            return f"Nothing can be submitted: {self._plan.refused}"
        if action_id == "review.submit" and not self._plan.kept:
            keys = self._keys.values()
            return "Nothing is left to submit: put something back with {}, {} or {}, or go back".format(*keys)
        if action_id == "review.unchanged" and not self._plan.count("unchanged"):
            return "Everything here is a change"
        if action_id == "review.failing" and not self._plan.count("problem"):
            return "Nothing here is known to fail"
        if action_id == "review.aborting" and not self._plan.count("aborts"):
            return "Nothing here is known to abort"
        if action_id == "review.flagged" and not any(line.noted for line in self._lines.values()):
            return "No item has a note"
        return None

    def do_unchanged(self) -> None:
        """Leave out what is unchanged, or put it back."""
        self._plan = self._plan.toggle_unchanged()
        self.draw()

    def do_failing(self) -> None:
        """Leave out what would fail, or put it back."""
        self._plan = self._plan.toggle_problems()
        self.draw()

    def do_aborting(self) -> None:
        """Leave out what would abort, or put it back."""
        self._plan = self._plan.toggle_aborting()
        self.draw()

    def do_flagged(self) -> None:
        """Go to the next line with a note, from the last one to the first."""
        table = self.query_one(RowTable)
        keys = list(self._lines)
        at = keys.index(table.cursor_key) if table.cursor_key in keys else -1
        around = [*keys[at + 1 :], *keys[: at + 1]]
        table.move_to(next(key for key in around if self._lines[key].noted))

    def do_submit(self) -> None:
        """Ask once more, with everything that counts; a mistake that can't be undone asks for the number too."""
        frozen, banner = self._plan, self.deck.banner
        count = len(self._plan.kept)
        dialog = Confirm(
            f"Submit {many(count, 'item')}?",
            confirm_lines(self._plan, banner, self._waits),
            f"Submit {count}",
            typed=str(count) if banner.mainnet or self._plan.removes else None,
            mainnet=banner.mainnet,
        )
        self.app.push_screen(dialog, lambda agreed: self._submit(frozen) if agreed else None)

    def _submit(self, frozen: Plan) -> None:
        self._submitting = True
        self.draw()
        send = self._submission.send
        self.ask("Submit", lambda engine: send(engine, frozen), self._answered, failed=self._failed, outlives=True)

    def _failed(self) -> None:
        """All or nothing: it can be submitted again, under the same key, for it may be accepted and the answer lost."""
        self._submitting = False
        self.draw()

    def _answered(self, answer: list[Batch] | Plan | InvalidDraft) -> None:
        self._submitting = False
        if isinstance(answer, Plan):
            self._plan = answer
            self.draw()
            self.tell(
                f"Nothing was submitted: {many(len(answer.since), 'item')} changed since this was shown", "warning"
            )
        else:
            self._submitted(answer)

    def _submitted(self, answer: list[Batch] | InvalidDraft) -> None:
        while not self.is_active:
            self.app.pop_screen()
        if isinstance(answer, InvalidDraft):
            self.dismiss()
            self._refused(answer)
            return
        items = sum(batch.tally.total for batch in answer)
        self.tell(f"{many(items, 'item')} accepted in {many(len(answer), 'batch', 'batches')}")
        app = self.app
        while len(app.screen_stack) > 2:
            app.pop_screen()
        home = app.screen
        if len(answer) > 1 and isinstance(home, BatchesScreen):
            home.follow(answer[0].group)
        elif len(answer) == 1:
            if isinstance(home, BatchesScreen):
                home.stand_on(answer[0].id)
            app.push_screen(BatchScreen(answer[0].id))

    def do_back(self) -> None:
        """Go back to Compose, where everything is as it was."""
        if self._submitting:
            self.tell("It is being submitted", "warning")
        else:
            self.dismiss()

    @on(RowTable.CursorMoved)
    def _moved(self) -> None:
        self._draw_line()

    @on(Button.Pressed, "#submit")
    def _submit_pressed(self) -> None:
        self.action_act("review.submit")

    @on(Button.Pressed, "#back")
    def _back_pressed(self) -> None:
        self.action_act("app.back")
