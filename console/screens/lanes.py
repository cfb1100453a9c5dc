"""Lanes: every signer with its lane, and the window of the one under the cursor, slot by slot."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence

from textual import on
from textual.app import ComposeResult

from console import actions, again
from console.lane_loading import LanePicture, load
from console.lane_views import (
    LANE_COLUMNS,
    SLOT_COLUMNS,
    foot_text,
    lane_lines,
    lane_row,
    legend_text,
    pause_lines,
    release_lines,
    slot_row,
    window_text,
)
from console.memory import Notes
from console.screens.base import LOADING, DeckScreen
from console.screens.batches import BatchesScreen
from console.screens.dialogs import Confirm
from console.screens.item import ItemScreen
from console.text import wrapped
from console.unsigned import why_none
from console.widgets.lines import Lines
from console.widgets.paint import paint, paint_lines
from console.widgets.row_table import RowTable
from engine.core.reports import SignerInfo
from engine.core.window import SlotInfo, Window
from engine.door import Engine

EVERY = 2.0
"""Seconds after which the lanes are asked for again, though nothing was told of them."""
NO_SLOTS = "Nothing of this lane is on its way.\n\nWhat is submitted for its creator appears here."


class LanesScreen(DeckScreen):
    """Signers above, the window of one and its slots below; Enter goes down, Esc comes back."""

    NAME = "lanes"
    CHANGES = frozenset({"lanes.pause", "lanes.release"})

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
        self.slots.empty = "Loading ..." if window is None else NO_SLOTS
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

    def why_not(self, action_id: str) -> str | None:
        """Everything needs a lane; releasing needs one that is held."""
        lane = self.current
        if not action_id.startswith("lanes.") or action_id == "lanes.engine":
            return None
        if lane is None:
            return "There is no lane under the cursor"
        if action_id == "lanes.release" and not lane.held:
            return "This lane isn't held, so there is nothing to release"
        if action_id == "lanes.release" and lane.paused and lane.held and ";" not in lane.held:
            return f"This lane is paused by an operator: {self.deck.key('lanes.pause')} lets it go on"
        if action_id == "lanes.batches" and not lane.creators:
            return "This signer signs for no creator of the catalogue"
        if action_id == "lanes.copy-txid" and (self.slot is None or self.slot.txid is None):
            return "There is no transaction under the cursor"
        return self._why_not_open() if action_id == "lanes.open" else None

    def _why_not_open(self) -> str | None:
        if not self.slots.rows:
            return "Nothing of this lane is on its way"
        if self.slots.has_focus and (self.slot is None or not self.slot.carries):
            return "This slot carries no item"
        return None

    def label_of(self, action: actions.Action) -> str:
        """Among the slots the same key opens an item; pausing a paused lane is resuming it."""
        if action.id == "lanes.pause" and self.current and self.current.paused:
            return "Resume"
        return "Item" if action.id == "lanes.open" and self.slots.has_focus else action.label

    def do_open(self) -> None:
        """Go from the lane to its slots; from a slot to its item."""
        if not self.slots.has_focus:
            self.slots.focus()
            return
        assert self.slot is not None
        first = self.slot.carries[0]
        carried = [one for slot in (self.shown.slots if self.shown else ()) for one in slot.carries]
        beside = [one.content_id for one in carried if one.batch_id == first.batch_id]
        self.app.push_screen(ItemScreen(first.batch_id, first.content_id, beside))

    def do_back(self) -> None:
        """From the slots to the lanes, from there to Batches."""
        if self.slots.has_focus:
            self.lanes.focus()
        else:
            self.deck.do_back()

    def do_pause(self) -> None:
        """Ask whether nothing new shall be signed in this lane, or whether it shall go on, and why."""
        lane, banner = self.current, self.deck.banner
        assert lane is not None
        verb = "Resume" if lane.paused else "Pause"
        typed = str(lane.waiting) if banner.mainnet and lane.paused and lane.waiting else None
        lines = pause_lines(lane, again.where(banner))
        dialog = Confirm(f"{verb} this lane?", lines, verb, typed, mainnet=banner.mainnet, asks_why=True)
        self.app.push_screen(dialog, lambda agreed: self._pause(lane, dialog.why) if agreed else None)

    def _pause(self, lane: SignerInfo, why: str | None) -> None:
        def done(_: None) -> None:
            self.tell("The lane goes on" if lane.paused else "The lane is paused")
            self.reload()

        def call(engine: Engine) -> Awaitable[None]:
            return (engine.resume_lane if lane.paused else engine.pause_lane)(lane.address, why)

        self.ask("Resume" if lane.paused else "Pause", call, done, outlives=True)

    def do_release(self) -> None:
        """Ask whether nothing that holds the lane is ours, and why."""
        lane, banner = self.current, self.deck.banner
        assert lane is not None
        typed = str(lane.waiting) if banner.mainnet else None
        lines = release_lines(lane, again.where(banner))
        dialog = Confirm("Release this lane?", lines, "Release", typed, mainnet=banner.mainnet, asks_why=True)
        self.app.push_screen(dialog, lambda agreed: self._release(lane.address, dialog.why) if agreed else None)

    def _release(self, signer: str, why: str | None) -> None:
        def done(held: str) -> None:
            self.tell(f"The lane goes on at the chain's nonce. It was held: {held}")
            self.reload()

        self.ask("Release", lambda engine: engine.release_lane(signer, why), done, outlives=True)

    def do_batches(self) -> None:
        """Show the batches of the lane's creator."""
        assert self.current is not None
        creator = self.current.creators[0]
        self.app.pop_screen()
        if isinstance(self.app.screen, BatchesScreen):
            self.app.screen.look_for(creator)

    def do_engine(self) -> None:
        """Go over to the engine."""
        from console.screens.engine import EngineScreen

        self.app.switch_screen(EngineScreen())

    def do_copy(self) -> None:
        """Copy the address, whole."""
        assert self.current is not None
        self.app.copy_to_clipboard(self.current.address)
        self.tell("The signer's address is copied")

    def do_copy_txid(self) -> None:
        """Copy the transaction id, whole."""
        assert self.slot is not None
        self.app.copy_to_clipboard(f"0x{self.slot.txid}")
        self.tell("The transaction id is copied")

    def do_refresh(self) -> None:
        """Load everything again."""
        self.reload()

    @on(RowTable.Opened)
    def _opened(self) -> None:
        self.action_act("lanes.open")

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
