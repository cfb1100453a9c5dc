"""Compose: an operation, its value and the contents it is for, chosen by search, marks, ids or a file; then Review."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Input

from console.actions import Action, register
from console.choosing import Reviewed, review_all
from console.compose_form import PAYLOAD_FIELDS, IdsReading, Reading, field_of, merged, read_form, read_ids, sum_text
from console.composing import Pick
from console.forms import listed, many
from console.loading import look_up
from console.pricing import fitted
from console.screens.calling import OPENING
from console.screens.choice import ChoiceScreen
from console.screens.dialogs import unsent_dialog
from console.screens.review import ReviewScreen
from console.starting import Start
from console.widgets.chosen_list import ChosenList
from console.widgets.compose_form import ComposeForm
from console.widgets.content_list import ContentList
from console.widgets.lines import Lines
from console.widgets.paint import paint
from engine.core.model import Content, Operation
from engine.errors import InvalidDraft

_HERE = ("compose",)
register(
    Action("compose.review", "ctrl+r", "Review", "Show what would be changed, item by item", "Compose", _HERE),
    Action("compose.search", "f5,slash", "Search", "Search by words, price:>2stx, changed:<7d ...", "Compose", _HERE),
    Action("compose.creator", "f2", "Creator", "Choose whose contents are shown", "Compose", _HERE),
    Action("compose.file", "f3", "Ids from file", "Choose the contents whose ids are in a file", "Compose", _HERE),
    Action("compose.all", "f4", "All matching", "Choose all contents that match, loaded or not", "Compose", _HERE),
    Action("compose.chosen", "f7", "Chosen", "Show only what is chosen, or the search again", "Compose", _HERE),
    Action("compose.drop", "ctrl+o", "", "Leave out the ids that are unknown or removed", "Compose", _HERE),
    Action("compose.none", "f8", "", "Take every mark away", "Compose", _HERE),
    Action("compose.mark-range", "", "", "Begin or end a range of marks", "Tables", _HERE),
    Action("compose.operation", "f6", "Operation", "Go to the next operation", "Compose", _HERE),
    Action("compose.price", "", "", "Compose an update of prices", "Compose", _HERE),
    Action("compose.remove", "", "", "Compose a removal", "Compose", _HERE),
    Action("compose.metadata", "", "", "Compose an update of metadata", "Compose", _HERE),
)
_NAMED = 5
EMPTY = "The catalogue is empty.\n\nBring in your own with: batchdeck catalogue import FILE"
LOOKING = "The ids are still being looked up"
NOTHING = "Nothing is chosen: mark contents with Space, or name their ids"


class ComposeScreen(ChoiceScreen):
    """A batch, or several, in the making; ``chosen`` comes from the catalogue, ``start`` from an earlier batch."""

    NAME = "compose"
    CSS_PATH = "compose.tcss"
    AUTO_FOCUS = "ComposeForm Field SafeInput"

    def __init__(self, chosen: Iterable[Content] = (), start: Start | None = None) -> None:
        super().__init__()
        self._start = start or Start()
        self._first = (*chosen, *self._start.contents)
        self._refused: dict[str, str] = {}
        self._tried = False
        self._reviewing = False
        self._reading = Reading(None)
        self._ids = IdsReading()
        self._unfit: dict[str, str] = {}
        self._wish: object = None

    @property
    def path(self) -> Sequence[str]:
        """From the list to here."""
        return ("Batches", "Compose", *(["Only chosen"] if self.drawn and self.contents.only else []))

    def body(self) -> ComposeResult:
        """Form, catalogue, and the sum with the way on."""
        yield ComposeForm()
        key = self.deck.key("compose.chosen")
        yield ChosenList(self.deck.banner.network, EMPTY, self.help_key, self._first, key)
        with Horizontal(id="compose-foot"):
            yield Lines(id="sum")
            yield Button("Review", id="review", compact=True)

    def on_mount(self) -> None:
        """Fill in what is known, and say what is to be filled in still."""
        if self._start.operation:
            self.form.fill(self._start.operation, self._start.texts)
        self.check()

    @property
    def unsent(self) -> bool:
        """Whether anything is typed or chosen."""
        return self.drawn and (bool(self.picks) or any(text.strip() for text in self.form.texts.values()))

    @property
    def picks(self) -> list[Pick]:
        """All that is chosen, marked and typed."""
        return merged(self.contents.picks, self._ids.picks)

    def check(self) -> None:
        """Read the form anew, and say what it means."""
        texts, shown = self.form.texts, self.contents
        banner, now = self.deck.banner, self.deck.now()
        self._reading = read_form(self.form.operation, texts, banner.network, now, self._start.own)
        creator = shown.creator if shown.creator_problem is None else ""
        drop = self.deck.key("compose.drop")
        self._ids = read_ids(texts["contentIds"], shown.known, self._missing, creator, shown.picks, drop)
        shown.also(self._ids.picks)
        self._unfit = self._misfit()
        self.form.say(self._reading, {**self._unfit, **self._refused}, self._tried)
        problem = self._refused.get("contentIds") or self._ids.problem
        self.form.ids.say(problem or self._ids.note, "problem" if problem else "note")
        self.query_one("#sum", Lines).update(paint(sum_text(self.picks)))
        self.query_one("#review", Button).disabled = self._reviewing
        if self._wish is not None and self._wish != self._draft:
            self._wish = None
        self.refresh_keys()
        self._look_up()

    @property
    def _draft(self) -> object:
        """What is typed and marked: a review that was wished for is of nothing else."""
        return self.form.operation, self.form.texts, list(self.contents.picks), self.contents.creator

    def reload(self) -> None:
        """Ids that an engine has given no answer to are asked for again too."""
        super().reload()
        self._look_up()

    def _misfit(self) -> dict[str, str]:
        """Say by field which of the chosen contents can't have the value that is told for each."""
        intent, picks = self._reading.intent, self.picks
        found = fitted(intent, picks, self.contents.known) if intent is not None else None
        return {PAYLOAD_FIELDS[self.form.operation][0]: found} if isinstance(found, str) else {}

    def _look_up(self) -> None:
        """Ask the catalogue for typed ids that nobody has seen yet; while it answers no others are asked for."""
        unknown = list(self._ids.unknown)
        if unknown and self.engine and "Looking up ids" not in self._asked:
            self.ask_latest(
                "Looking up ids", lambda engine: look_up(engine, unknown), lambda found: self._found(unknown, found)
            )

    def _found(self, asked: Sequence[str], found: Sequence[Content]) -> None:
        self.contents.known.update((content.content_id, content) for content in found)
        self._missing |= frozenset(asked) - self.contents.known.keys()
        self.call_later(self._looked_up)

    def _looked_up(self) -> None:
        """Say what was found, and go to the review that was wished for meanwhile."""
        self.check()
        if self._wish is not None and not self._ids.unknown:
            self._wish = None
            if self.is_active:
                self.action_act("compose.review")

    def problem(self) -> tuple[str, str] | None:
        """Return the first thing that keeps the choice from being reviewed: its field, and what to say."""
        faults = {**self._reading.missing, **self._reading.problems, **self._unfit, **self._refused}
        if faults:
            return next(iter(faults.items()))
        if self._ids.problem:
            return "contentIds", self._ids.problem
        if self._ids.unknown:
            return "contentIds", LOOKING
        if self.contents.creator_problem:
            return "creator", self.contents.creator_problem
        if not self.picks:
            return "list", NOTHING
        return None

    def why_not(self, action_id: str) -> str | None:
        """Review needs a form without faults, and something chosen."""
        if not self.drawn:
            return OPENING
        if action_id == "compose.review":
            found = self.problem()
            return "The review is being made" if self._reviewing else found and found[1]
        if action_id == "compose.all" and not self.contents.loaded:
            return self.nothing
        if action_id == "compose.drop" and not self._ids.strays:
            return "No id that is unknown or removed is typed"
        if action_id == "compose.none" and not self.contents.table.marks:
            return "Nothing is marked"
        if action_id == "compose.chosen" and not self.picks and not self.contents.only:
            return NOTHING
        return None

    def action_act(self, action_id: str) -> None:
        """Whoever wants to go on sees what is missing, and stands where it is; what is looked up is waited for."""
        if action_id == "compose.review":
            self._tried = True
            self.check()
            if self.problem() == ("contentIds", LOOKING):
                self._wish = self._draft
                self.tell(f"{LOOKING}: Review opens then")
                return
            self._go_to_problem()
        super().action_act(action_id)

    def _go_to_problem(self) -> None:
        found = self.problem()
        field = self.form.field(found[0]) if found else None
        if field is not None:
            field.focus_input()
        elif found is not None:
            (self.contents.query_one("#creator") if found[0] == "creator" else self.contents.table).focus()

    def do_review(self) -> None:
        """Ask the engine what it would do, and show it."""
        intent = self._reading.intent
        assert intent is not None
        picks = self.picks
        self._reviewing = True
        self.check()
        self.ask("Review", lambda engine: review_all(engine, picks, intent), self._reviewed, failed=self._not_reviewed)

    def _not_reviewed(self) -> None:
        self._reviewing = False
        self.check()

    def _reviewed(self, answer: Reviewed) -> None:
        self._reviewing = False
        if isinstance(answer, InvalidDraft):
            self.refuse(answer)
        elif self._reading.intent is not None and self.is_active:
            self.app.push_screen(ReviewScreen(*answer, self.refuse))
        elif self._reading.intent is not None and self.is_current:  # behind a dialog, which is answered first
            self.set_timer(0.1, lambda: self._reviewed(answer))
        self.check()

    def refuse(self, refusal: InvalidDraft) -> None:
        """Show what the engine refused beside the fields; a field's refusal goes when it is edited."""
        self._tried = True
        self._refused = {field_of(problem.field): problem.message for problem in reversed(refusal.problems)}
        strays = [problem for problem in refusal.problems if self.form.field(field_of(problem.field)) is None]
        self.tell("\n".join(["Refused", *(f"{one.field}: {one.message}" for one in strays[:3])]), "error")
        for problem in strays:
            self._refused.pop(field_of(problem.field), None)
        self.check()
        self._go_to_problem()

    def do_drop(self) -> None:
        """Leave out the typed ids of which nothing can come, and name them."""
        left = self._ids.strays
        self.form.ids.write(", ".join(self._ids.kept))
        self.tell(f"{many(len(left), 'id')} left out: {listed(left, _NAMED)}")

    def do_operation(self) -> None:
        """Go to the next operation."""
        self.form.query_one("#operation").focus()
        self.form.next_operation()

    def do_price(self) -> None:
        """Compose an update of prices."""
        self._switch(Operation.UPDATE_PRICE)

    def do_remove(self) -> None:
        """Compose a removal."""
        self._switch(Operation.REMOVE_CONTENT)

    def do_metadata(self) -> None:
        """Compose an update of metadata."""
        self._switch(Operation.UPDATE_METADATA)

    def _switch(self, operation: Operation) -> None:
        self.form.take(operation)
        self.form.first_field().focus_input()

    def do_back(self) -> None:
        """Leave a field for the list; leave the screen only after a question when something would be lost."""
        if isinstance(self.focused, Input):
            self.contents.table.focus()
        elif self.contents.only:
            self.contents.toggle()
        elif self.unsent:
            self.app.push_screen(unsent_dialog(), self._leave)
        else:
            self.dismiss()

    def _leave(self, agreed: bool | None) -> None:
        if agreed:
            self.dismiss()

    @on(ComposeForm.Edited)
    def _edited(self, message: ComposeForm.Edited) -> None:
        self._refused.pop(message.name, None)
        self.check()

    @on(ContentList.Chosen)
    def _chosen(self) -> None:
        self._refused.pop("contentIds", None)
        self.check()

    @on(Button.Pressed, "#review")
    def _review_pressed(self) -> None:
        self.action_act("compose.review")
