"""Engine: how every part is and how fast it goes, alerts to acknowledge, what is scheduled, who did what, settings."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import ContentSwitcher, Sparkline

from console import actions
from console.engine_picture import EnginePicture, load
from console.engine_views import (
    ALERT_COLUMNS,
    AUDIT_COLUMNS,
    NODE_COLUMNS,
    SCHEDULE_COLUMNS,
    SETTING_COLUMNS,
    VIEWS,
    View,
    alert_text,
    call_lines,
    health_lines,
    identity_lines,
    node_rows,
    pace_line,
    trouble_lines,
    work_line,
    writer_line,
)
from console.memory import Notes
from console.screens.base import LOADING, DeckScreen
from console.screens.batch import BatchScreen
from console.screens.dialogs import Confirm
from console.widgets.choices import Choice, Choices
from console.widgets.lines import Lines
from console.widgets.paint import paint_lines
from console.widgets.row_table import RowTable
from engine.core.model import BatchStatus
from engine.core.oversight import KeptAlert

EVERY = 2.0
EMPTY = {
    "alerts": "No alert was ever raised.",
    "schedule": "Nothing is scheduled.\n\nCompose a batch, and say when it begins.",
    "audit": "Nobody has done anything yet.",
    "settings": "This engine doesn't tell its settings.",
}


class EngineScreen(DeckScreen):
    """Five views of one engine, live."""

    NAME = "engine"
    CHANGES = frozenset({"engine.acknowledge", "app.stop"})

    def __init__(self) -> None:
        super().__init__()
        self._view: View = "health"
        self._picture: EnginePicture | None = None
        self.choices = Choices(id="views")
        self.parts, self.more = Lines(LOADING), Lines()
        self.nodes = RowTable(NODE_COLUMNS, id="nodes", empty="No chain is configured: items end off-chain.")
        self.nodes.can_focus = False
        self.pulse = Sparkline([], id="pulse")
        columns = {"alerts": ALERT_COLUMNS, "schedule": SCHEDULE_COLUMNS}
        columns |= {"audit": AUDIT_COLUMNS, "settings": SETTING_COLUMNS}
        self.tables = {name: RowTable(shown, id=name, empty=LOADING) for name, shown in columns.items()}
        self.foot = Lines(id="foot")

    @property
    def path(self) -> Sequence[str]:
        """Below the list of batches."""
        return ("Batches", "Engine")

    def body(self) -> ComposeResult:
        """The views' names, the one in force, and all of what is under the cursor."""
        yield self.choices
        with ContentSwitcher(id="pages", initial="health"):
            with VerticalScroll(id="health"):
                yield from (self.parts, self.pulse, self.nodes, self.more)
            yield from self.tables.values()
        yield self.foot

    def on_mount(self) -> None:
        """Load, and look again by itself: a node goes away without a batch that changes."""
        super().on_mount()
        self._show(self._view)
        self.set_interval(1, self.draw)
        self.set_interval(EVERY, self._again)

    def notes(self) -> Notes:
        """Which view is in force."""
        return {"view": self._view}

    @classmethod
    def again(cls, notes: Notes) -> EngineScreen:
        """Show the same view."""
        screen = cls()
        screen._view = next((view for view in VIEWS if view == notes.get("view")), "health")
        return screen

    def _again(self) -> None:
        if self.engine and self.is_current:
            self.reload()

    def reload(self) -> None:
        """Load what the view shows anew."""
        view = self._view
        self.ask_latest("Engine", lambda engine: load(engine, view), lambda picture: self._loaded(view, picture))

    def _loaded(self, view: View, picture: EnginePicture) -> None:
        self.deck.pulse.note(picture.vitals.done, self.deck.now())
        if view != self._view:
            return  # another view is wanted by now, and on its way
        self._picture = picture
        for name, table in self.tables.items():
            table.empty = EMPTY[name]
        self.draw()

    def draw(self) -> None:
        """Turn what is known into the view in force, at the time that it is now."""
        picture, now = self._picture, self.deck.now()
        self.choices.show(self._choices(), self._view)
        if picture is None:
            self.parts.update(self.nothing_yet)
            return
        if self._view == "health":
            self._draw_health(picture)
        else:
            self.tables[self._view].set_rows(picture.rows(self._view, now))
        self.foot.update(paint_lines(picture.foot(self._view, self.key)))
        self.refresh_keys()

    def _draw_health(self, picture: EnginePicture) -> None:
        now, vitals, pulse = self.deck.now(), picture.vitals, self.deck.pulse
        self.parts.update(
            paint_lines([*health_lines(picture.health), Text(""), work_line(vitals), pace_line(pulse, now)])
        )
        self.pulse.data = pulse.paces
        self.pulse.display = bool(pulse.best)
        self.nodes.set_rows(node_rows(vitals.nodes))
        self.nodes.styles.height = max(2, len(vitals.nodes) + 1)
        troubles = trouble_lines(vitals.nodes)
        more = [*troubles, *([Text("")] if troubles else []), writer_line(vitals), *call_lines(vitals), Text("")]
        more += [*identity_lines(vitals, picture.health, now)]
        self.more.update(paint_lines(more))

    def _choices(self) -> list[Choice]:
        counts: dict[View, int | None] = {"alerts": self._picture.vitals.open_alerts if self._picture else None}
        health = self.deck.latest.health
        counts["schedule"] = health.statuses.get(BatchStatus.SCHEDULED) if health else None
        return [
            Choice(name, f"{self.deck.key(f'engine.{name}')} {name.capitalize()}", counts.get(name)) for name in VIEWS
        ]

    @property
    def key(self) -> str | None:
        """The key of the row under the cursor."""
        table = self.tables.get(self._view)
        return table.cursor_key if table else None

    @property
    def alert(self) -> KeptAlert | None:
        """The alert under the cursor."""
        return self._picture.alert(self.key) if self._picture and self._view == "alerts" else None

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
        if action_id == "engine.open" and self.batch_id is None:
            return "The row under the cursor is about no batch"
        return None

    def label_of(self, action: actions.Action) -> str:
        """The emergency stop stands in the footer here, by what it would do now; Open only where it opens something."""
        if action.id == "engine.open":
            return "Open" if self.batch_id else ""
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

    def _show(self, view: View) -> None:
        self._view = view
        self.query_one(ContentSwitcher).current = view
        self.query_one(f"#{view}").focus()
        self.draw()
        if self.engine:
            self.reload()

    def do_next(self) -> None:
        """Show the next view."""
        self._show(VIEWS[(VIEWS.index(self._view) + 1) % len(VIEWS)])

    def do_previous(self) -> None:
        """Show the view before."""
        self._show(VIEWS[VIEWS.index(self._view) - 1])

    def do_open(self) -> None:
        """Open the batch that the row is about."""
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

    def do_refresh(self) -> None:
        """Load everything again."""
        self.reload()

    @on(Choices.Changed)
    def _clicked(self, message: Choices.Changed) -> None:
        self.action_act(f"engine.{message.name}")

    @on(RowTable.Opened)
    def _opened(self) -> None:
        self.action_act("engine.open")

    @on(RowTable.CursorMoved)
    def _moved(self) -> None:
        self.draw()
