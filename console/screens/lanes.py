"""Lanes: what an operator does with a lane, or with one slot of it: a higher fee, or the same bytes again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual import on

from console import actions
from console.screens.batches import BatchesScreen
from console.screens.dialogs import Confirm
from console.screens.item import ItemScreen
from console.screens.lane_dialogs import bump_dialog, pause_dialog, release_dialog, repost_dialog
from console.screens.lanes_picture import LanesPicture
from console.slot_views import bumped_text, reposted_text
from console.widgets.row_table import RowTable
from engine.core.byhand import SlotBytes
from engine.core.reports import SignerInfo
from engine.door import Engine

BY_HAND = frozenset({"lanes.bump", "lanes.repost"})


class LanesScreen(LanesPicture):
    """Signers above, the window of one and its slots below; Enter goes down, Esc comes back."""

    NAME = "lanes"
    CHANGES = frozenset({"lanes.pause", "lanes.release"}) | BY_HAND

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
        if action_id in BY_HAND:
            return self._why_not_by_hand(action_id)
        return self._why_not_open() if action_id == "lanes.open" else None

    def _why_not_by_hand(self, action_id: str) -> str | None:
        """A slot is chosen among the slots; whether it can be touched is what the engine says of it."""
        if not self.slots.rows:
            return "Nothing of this lane is on its way"
        if not self.slots.has_focus or self.slot is None:
            return f"Choose a slot first: {self.deck.key('lanes.open')} goes to the slots of the lane"
        return self.slot.no_bump if action_id == "lanes.bump" else self.slot.no_repost

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
        lane = self.current
        assert lane is not None
        dialog = pause_dialog(lane, self.deck.banner)
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
        lane = self.current
        assert lane is not None
        dialog = release_dialog(lane, self.deck.banner)
        self.app.push_screen(dialog, lambda agreed: self._release(lane.address, dialog.why) if agreed else None)

    def _release(self, signer: str, why: str | None) -> None:
        def done(_: str) -> None:
            self.tell("The lane is released, and goes on at the chain's nonce")
            self.reload()

        self.ask("Release", lambda engine: engine.release_lane(signer, why), done, outlives=True)

    def do_bump(self) -> None:
        """Ask whether the slot under the cursor shall pay more, and why; what was agreed to is what is signed."""
        lane, slot = self.current, self.slot
        assert lane is not None
        assert slot is not None
        dialog = bump_dialog(lane, slot, self.deck.banner)

        def call(engine: Engine) -> Awaitable[SlotBytes]:
            return engine.bump_slot(lane.address, slot.nonce, slot.txid, slot.next_fee, dialog.why)

        self._by_hand("Raise the fee", dialog, call, bumped_text)

    def do_repost(self) -> None:
        """Ask whether the bytes of the slot under the cursor shall be posted once more, and why."""
        lane, slot = self.current, self.slot
        assert lane is not None
        assert slot is not None
        dialog = repost_dialog(lane, slot, self.deck.banner)

        def call(engine: Engine) -> Awaitable[SlotBytes]:
            return engine.repost_slot(lane.address, slot.nonce, slot.txid, dialog.why)

        self._by_hand("Re-post", dialog, call, reposted_text)

    def _by_hand(
        self,
        what: str,
        dialog: Confirm,
        call: Callable[[Engine], Awaitable[SlotBytes]],
        told: Callable[[SlotBytes], str],
    ) -> None:
        def done(found: SlotBytes) -> None:
            self.tell(told(found))
            self.reload()

        def answered(agreed: bool | None) -> None:
            if agreed:
                self.ask(what, call, done, outlives=True)

        self.app.push_screen(dialog, answered)

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

    @on(RowTable.Opened)
    def _opened(self) -> None:
        self.action_act("lanes.open")
