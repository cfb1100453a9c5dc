"""EnginePages: what the engine says of itself, in six views; nothing is changed here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import ContentSwitcher, Input, Sparkline

from console.engine_picture import EnginePicture, load
from console.engine_views import (
    ALERT_COLUMNS,
    AUDIT_COLUMNS,
    NODE_COLUMNS,
    SCHEDULE_COLUMNS,
    SETTING_COLUMNS,
    VIEWS,
    View,
    call_lines,
    health_lines,
    identity_lines,
    node_rows,
    pace_line,
    trouble_lines,
    work_line,
    writer_line,
)
from console.log_views import LOG_COLUMNS
from console.memory import Notes
from console.screens.base import LOADING, DeckScreen
from console.text import ASCII, glyphs
from console.widgets.choices import Choice, Choices
from console.widgets.filter_line import FilterLine
from console.widgets.lines import Lines
from console.widgets.paint import paint_lines
from console.widgets.row_table import RowTable
from engine.core.model import BatchStatus

EVERY = 2.0
EMPTY = {
    "alerts": "No alert was ever raised.",
    "schedule": "Nothing is scheduled.\n\nCompose a batch, and say when it begins.",
    "audit": "Nobody has done anything yet.",
    "settings": "This engine doesn't tell its settings.",
    "log": "The engine has logged nothing since it began.",
}
NONE_FOUND = "No line that the engine remembers has this text."


class EnginePages(DeckScreen):
    """Six views of one engine, live."""

    def __init__(self) -> None:
        super().__init__()
        self._view: View = "health"
        self._text = ""
        self._picture: EnginePicture | None = None
        self.choices = Choices(id="views")
        self.parts, self.more = Lines(LOADING), Lines()
        self.nodes = RowTable(NODE_COLUMNS, id="nodes", empty="No chain is configured: items end off-chain.")
        self.nodes.can_focus = False
        self.pulse = Sparkline([], id="pulse")
        columns = {"alerts": ALERT_COLUMNS, "schedule": SCHEDULE_COLUMNS}
        columns |= {"audit": AUDIT_COLUMNS, "settings": SETTING_COLUMNS, "log": LOG_COLUMNS}
        self.tables = {name: RowTable(shown, id=name, empty=LOADING) for name, shown in columns.items()}
        self.filter_line = FilterLine("level, what happened, a value or an error", self.tables["log"])
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
        yield from (self.filter_line, self.foot)

    def on_mount(self) -> None:
        """Load, and look again by itself: a node goes away without a batch that changes."""
        super().on_mount()
        self.filter_line.write(self._text)
        self._show(self._view)
        self.set_interval(1, self.draw)
        self.set_interval(EVERY, self._again)

    def notes(self) -> Notes:
        """Which view is in force, and what the log is looked through for."""
        return {"view": self._view, **({"text": self._text} if self._text else {})}

    @classmethod
    def again(cls, notes: Notes) -> Self:
        """Show the same view."""
        screen = cls()
        screen._text = notes.get("text", "")
        screen._view = next((view for view in VIEWS if view == notes.get("view")), "health")
        return screen

    def _again(self) -> None:
        if self.engine and self.is_current:
            self.reload()

    def reload(self) -> None:
        """Load what the view shows anew."""
        view, text = self._view, self._text
        self.ask_latest("Engine", lambda engine: load(engine, view, text), lambda told: self._loaded(view, told))

    def _loaded(self, view: View, picture: EnginePicture) -> None:
        self.deck.pulse.note(picture.vitals.done, self.deck.now())
        if view != self._view:
            return  # another view is wanted by now, and on its way
        if view == "log" and picture.text != self._text:
            return  # so is another text
        self._picture = picture
        for name, table in self.tables.items():
            table.empty = NONE_FOUND if name == "log" and picture.text else EMPTY[name]
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
        self.pulse.display = bool(pulse.best) and glyphs() is not ASCII
        self.nodes.set_rows(node_rows(vitals.nodes))
        self.nodes.styles.height = max(2, len(vitals.nodes) + 1)
        troubles = trouble_lines(vitals.nodes)
        more = [*troubles, *([Text("")] if troubles else []), writer_line(vitals), *call_lines(vitals), Text("")]
        more += [*identity_lines(vitals, picture.health, now)]
        self.more.update(paint_lines(more))

    def _choices(self) -> list[Choice]:
        counts: dict[View, int | None] = {"alerts": self._picture.vitals.open_alerts if self._picture else None}
        health = self.deck.latest.health
        held = len(self._picture.paused) if self._picture else 0
        counts["schedule"] = health.statuses.get(BatchStatus.SCHEDULED, 0) + held if health else None
        return [
            Choice(name, f"{self.deck.key(f'engine.{name}')} {name.capitalize()}", counts.get(name)) for name in VIEWS
        ]

    @property
    def key(self) -> str | None:
        """The key of the row under the cursor."""
        table = self.tables.get(self._view)
        return table.cursor_key if table else None

    def _show(self, view: View) -> None:
        self._view = view
        self.filter_line.display = view == "log" and bool(self._text)
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

    def do_filter(self) -> None:
        """Look through the log for a text."""
        self.filter_line.open()

    @on(Input.Changed, "#filter")
    def _typed(self, event: Input.Changed) -> None:
        self._text = event.value.strip()
        if self.engine:
            self.reload()

    @on(RowTable.CursorMoved)
    def _moved(self) -> None:
        self.draw()
