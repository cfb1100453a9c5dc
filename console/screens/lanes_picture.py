"""LanesPicture: every signer with its lane, and the window of the one under the cursor, slot by slot."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult

from console.lane_loading import LanePicture, load
from console.lane_views import (
    LANE_COLUMNS,
    SLOT_COLUMNS,
    foot_text,
    lane_lines,
    lane_row,
    legend_text,
    slot_row,
    window_text,
)
from console.memory import Notes
from console.screens.base import LOADING, DeckScreen
from console.text import wrapped
from console.unsigned import why_none
from console.widgets.lines import Lines
from console.widgets.paint import paint, paint_lines
from console.widgets.row_table import RowTable
from engine.core.reports import SignerInfo
from engine.core.window import SlotInfo, Window

EVERY = 2.0
"""Seconds after which the lanes are asked for again, though nothing was told of them."""
NO_SLOTS = "Nothing of this lane is on its way.\n\nWhat is submitted for its creator appears here."


class LanesPicture(DeckScreen):
    """The lanes as they are now; nothing is changed here."""

    def __init__(self) -> None:
        super().__init__()
        self._picture: LanePicture | None = None
        self.lanes = RowTable(LANE_COLUMNS, id="lanes", empty=LOADING)
        self.slots = RowTable(SLOT_COLUMNS, id="slots")
        self.detail, self.window = Lines(id="lane"), Lines(id="window")
        self.foot = Lines(id="foot")

    @property
    def path(self) -> Sequence[str]:
        """Below the list of batches."""
        return ("Batches", "Lanes")

    def body(self) -> ComposeResult:
        """Lanes, what one of them is, its window, its slots, and the sum."""
        yield from (self.lanes, self.detail, self.window, self.slots, self.foot)

    def on_mount(self) -> None:
        """Load, and keep ages true: a lane moves also while no batch changes."""
        super().on_mount()
        self.lanes.focus()
        self.set_interval(1, self.draw)
        self.set_interval(EVERY, self._again)

    def notes(self) -> Notes:
        """Nothing but that it was open."""
        return {}

    def _again(self) -> None:
        if self.engine and self.is_current:
            self.reload()

    def on_resize(self) -> None:
        """The window is drawn as wide as the screen."""
        self.draw()

    def reload(self) -> None:
        """Load the lanes anew, with the window of the one under the cursor."""
        wanted = self.lanes.cursor_key
        self.ask_latest("Lanes", lambda engine: load(engine, wanted), self._loaded)

    def _loaded(self, picture: LanePicture) -> None:
        self._picture = picture
        self.draw()
        if picture.window and picture.window.signer != self.lanes.cursor_key:
            self.reload()  # the cursor went on while it was asked

    def draw(self) -> None:
        """Turn what is known into rows and the picture, at the time that it is now."""
        picture = self._picture
        if picture is None:
            return
        size = picture.window.size if picture.window else None
        self.lanes.empty = wrapped(picture.why or why_none(picture.health), self.size.width - 4)
        self.lanes.set_rows([lane_row(lane, size) for lane in picture.lanes])
        self._draw_lane(self.current, self.shown)
        self.foot.update(paint(foot_text(picture.lanes, picture.why)))
        self.refresh_keys()

    def _draw_lane(self, lane: SignerInfo | None, window: Window | None) -> None:
        now, width = self.deck.now(), self.size.width - 2
        self.detail.display = self.slots.display = lane is not None
        self.window.display = window is not None
        if lane is not None:
            self.detail.update(paint_lines(lane_lines(lane, window, now, width)))
        if window is not None:
            self.window.update(paint_lines([window_text(window, width), legend_text(window, width)]))
        self.slots.empty = self.nothing_yet if window is None else NO_SLOTS
        self.slots.set_rows([slot_row(slot, now) for slot in window.slots] if window else [])

    @property
    def current(self) -> SignerInfo | None:
        """The lane under the cursor."""
        lanes = self._picture.lanes if self._picture else ()
        return next((lane for lane in lanes if lane.address == self.lanes.cursor_key), None)

    @property
    def shown(self) -> Window | None:
        """The window of the lane under the cursor, once it is loaded."""
        window = self._picture.window if self._picture else None
        return window if window and window.signer == self.lanes.cursor_key else None

    @property
    def slot(self) -> SlotInfo | None:
        """The slot under the cursor."""
        slots = self.shown.slots if self.shown else ()
        return next((slot for slot in slots if str(slot.nonce) == self.slots.cursor_key), None)

    @on(RowTable.CursorMoved, "#lanes")
    def _moved(self) -> None:
        self.draw()
        self.reload()

    @on(RowTable.CursorMoved, "#slots")
    def _slot_moved(self) -> None:
        self.refresh_keys()

    def on_descendant_focus(self) -> None:
        """What Enter does depends on where the eye is."""
        self.refresh_keys()
