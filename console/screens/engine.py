"""Engine: what an operator does about the engine: see an alert, open a row, stop all; its views are its pages."""

from __future__ import annotations

from rich.text import Text
from textual import on

from console import actions
from console.engine_views import VIEWS, alert_text
from console.log_views import log_dialog_lines
from console.screens.batch import BatchScreen
from console.screens.dialogs import Confirm, Sentence
from console.screens.engine_pages import EnginePages
from console.widgets.choices import Choices
from console.widgets.row_table import RowTable
from engine.core.loglines import LogLine
from engine.core.oversight import KeptAlert


class EngineScreen(EnginePages):
    """The six views, and what is done from them."""

    NAME = "engine"
    CHANGES = frozenset({"engine.acknowledge"})

    @property
    def alert(self) -> KeptAlert | None:
        """The alert under the cursor."""
        return self._picture.alert(self.key) if self._picture and self._view == "alerts" else None

    @property
    def line(self) -> LogLine | None:
        """The log line under the cursor."""
        return self._picture.line(self.key) if self._picture and self._view == "log" else None

    @property
    def batch_id(self) -> str | None:
        """The batch that the row under the cursor is about."""
        if self._view == "schedule" or self._picture is None:
            return self.key
        found = self.alert or (self._picture.deed(self.key) if self._view == "audit" else None)
        return found.batch_id if found else None

    def why_not(self, action_id: str) -> str | None:
        """Acknowledging needs an alert that nobody has seen; opening a row about a batch."""
        if action_id == "engine.acknowledge":
            if self._view != "alerts":
                return f"Press {self.deck.key('engine.alerts')} for the alerts first"
            if self.alert is None:
                return "There is no alert to acknowledge"
            if self.alert.acknowledged_at is not None:
                return f"{self.alert.acknowledged_by or 'Somebody'} has seen this alert already"
        if action_id == "list.filter" and self._view != "log":
            return f"Only the log is looked through: press {self.deck.key('engine.log')} for it first"
        if action_id == "engine.open" and self._view == "log":
            return None if self.line else "There is no line under the cursor"
        if action_id == "engine.open" and self.key is None:
            return "There is nothing to open here"
        if action_id == "engine.open" and self.batch_id is None:
            return "The row under the cursor is about no batch"
        return None

    def label_of(self, action: actions.Action) -> str:
        """The emergency stop stands in the footer here, by what it would do now; Open only where it opens something."""
        if action.id == "engine.open":
            return "Open" if self.batch_id or self.line else ""
        if action.id == "list.filter":
            return action.label if self._view == "log" else ""
        if action.id == "app.stop":
            return "Go on" if self.deck.latest.health and self.deck.latest.health.paused else "Stop all"
        return action.label

    def perform(self, action: actions.Action) -> None:
        """A view's key shows it; all else has a method of its own."""
        name = action.id.removeprefix("engine.")
        for view in VIEWS:
            if view == name:
                return self._show(view)
        return super().perform(action)

    def do_open(self) -> None:
        """Open the batch that the row is about; of the log, the whole line."""
        if self.line is not None:
            self.app.push_screen(Sentence("A line of the log", log_dialog_lines(self.line)))
            return
        assert self.batch_id is not None
        self.app.push_screen(BatchScreen(self.batch_id))

    def do_lanes(self) -> None:
        """Go over to the lanes."""
        from console.screens.lanes import LanesScreen

        self.app.switch_screen(LanesScreen())

    def do_acknowledge(self) -> None:
        """Ask for a reason, and say that the alert was seen."""
        alert = self.alert
        assert alert is not None
        lines: list[str | Text] = [
            alert_text(alert),
            "",
            "It is open no more; what it is about goes on as it is.",
        ]
        dialog = Confirm("Acknowledge this alert?", lines, "Acknowledge", asks_why=True)
        self.app.push_screen(dialog, lambda agreed: self._acknowledge(alert.id, dialog.why) if agreed else None)

    def _acknowledge(self, alert_id: int, why: str | None) -> None:
        def done(seen: KeptAlert) -> None:
            self.tell(f"Seen by {seen.acknowledged_by}")
            self.reload()

        self.ask("Acknowledge", lambda engine: engine.acknowledge(alert_id, why), done, outlives=True)

    @on(Choices.Changed)
    def _clicked(self, message: Choices.Changed) -> None:
        self.action_act(f"engine.{message.name}")

    @on(RowTable.Opened)
    def _opened(self) -> None:
        self.action_act("engine.open")
