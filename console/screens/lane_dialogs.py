"""What Lanes asks before it does something to a lane or to one slot.

On mainnet, and where a removal would go on, the number of items is typed.
"""

from __future__ import annotations

from console.again import where
from console.banner import Banner
from console.lane_views import pause_lines, release_lines
from console.screens.dialogs import Confirm
from console.slot_views import bump_lines, repost_lines
from engine.core.reports import SignerInfo
from engine.core.window import SlotInfo


def pause_dialog(lane: SignerInfo, banner: Banner) -> Confirm:
    """Ask whether nothing new shall be signed in a lane, or whether it shall go on."""
    verb = "Resume" if lane.paused else "Pause"
    typed = _number(lane, banner) if lane.paused and lane.waiting else None
    lines = pause_lines(lane, where(banner))
    return Confirm(f"{verb} this lane?", lines, verb, typed, mainnet=banner.mainnet, asks_why=True)


def release_dialog(lane: SignerInfo, banner: Banner) -> Confirm:
    """Ask whether nothing that holds the lane is ours."""
    typed = _number(lane, banner)
    lines = release_lines(lane, where(banner))
    return Confirm("Release this lane?", lines, "Release", typed, mainnet=banner.mainnet, asks_why=True)


def _number(lane: SignerInfo, banner: Banner) -> str | None:
    return str(lane.waiting) if banner.mainnet or lane.removing else None


def bump_dialog(lane: SignerInfo, slot: SlotInfo, banner: Banner) -> Confirm:
    """Ask whether a slot shall pay more, now."""
    lines = bump_lines(lane, slot, where(banner))
    return Confirm("Raise this fee?", lines, "Raise", _typed(slot, banner), mainnet=banner.mainnet, asks_why=True)


def repost_dialog(lane: SignerInfo, slot: SlotInfo, banner: Banner) -> Confirm:
    """Ask whether a slot's bytes shall be posted once more, now."""
    lines = repost_lines(lane, slot, where(banner))
    return Confirm(
        "Post the same bytes again?", lines, "Re-post", _typed(slot, banner), mainnet=banner.mainnet, asks_why=True
    )


def _typed(slot: SlotInfo, banner: Banner) -> str | None:
    return str(len(slot.carries)) if banner.mainnet else None
