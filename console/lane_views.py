"""PURE: lanes and their slots become rows, a picture of the window, and sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from rich.text import Text

from console.breaking import in_lines
from console.forms import amount, brief, listed, many, micro
from console.text import display_text, glyphs, middle
from console.widgets.columns import Column, Row
from engine.core.model import BatchStatus
from engine.core.reports import SignerInfo
from engine.core.slot_state import SlotState
from engine.core.window import RECENT, SlotInfo, Window

BAR, BALANCE = 10, 14
LANE_COLUMNS = (
    Column("signer", "Signer", 15, grow=3, cut="middle"),
    Column("state", "State", 11),
    Column("balance", "Balance", BALANCE, align="right"),
    Column("nonce", "Chain nonce", 11, align="right"),
    Column("flight", "In flight", 9, align="right"),
    Column("bar", "Window", BAR, min_screen=100),
    Column("waiting", "Waiting", 7, align="right"),
    Column("creators", "Signs for", 16, grow=2, min_screen=120, cut="middle"),
)
SLOT_COLUMNS = (
    Column("nonce", "Nonce", 7, align="right"),
    Column("state", "State", 11),
    Column("age", "Age", 4, align="right"),
    Column("fee", "Fee µSTX", 9, align="right"),
    Column("posts", "Posts", 5, align="right"),
    Column("carries", "Carries", 14, grow=2),
    Column("txid", "Transaction", 12, grow=2, cut="middle"),
    Column("answer", "Last answer", 12, grow=3, min_screen=110),
)
SLOT_STYLES: Mapping[SlotState | None, str] = {
    None: "muted",
    SlotState.CONFIRMED: "confirmed",
    SlotState.POSTED: "pending",
    SlotState.DOUBT: "warning",
    SlotState.STUCK: "bad",
    SlotState.SIGNED: "accent",
    SlotState.HOLE: "bad",
}
_NAMED = 2
_LONG = 400


def lane_row(lane: SignerInfo, size: int | None) -> Row:
    """Return one lane as a row under `LANE_COLUMNS`; ``size`` is that of the window, where it is known."""
    dash = glyphs().dash
    cells = (
        lane.address,
        lane_state(lane),
        dash if lane.balance is None else balance(lane.balance),
        dash if lane.nonce is None else f"{lane.nonce:,}",
        f"{lane.in_flight:,}",
        _bar(lane.in_flight, size),
        f"{lane.waiting:,}",
        listed((middle(creator, 18) for creator in lane.creators), 1) or dash,
    )
    return Row(lane.address, cells)


def balance(micro_stx: int) -> str:
    """Write a balance as far as its column can hold it: exact, else rounded down to a hundredth, never without unit."""
    exact = amount(micro_stx)
    if len(exact) <= BALANCE:
        return exact
    return f"{micro_stx // 10_000 / 100:,.2f} STX"


def _bar(in_flight: int, size: int | None) -> Text:
    """Draw how much of the window is taken; one in flight has a cell at least."""
    if not size:
        return Text("")
    full = min(BAR, -(-in_flight * BAR // size))
    return Text.assemble((glyphs().full * full, "accent"), (glyphs().empty * (BAR - full), "muted"))


def lane_state(lane: SignerInfo) -> Text:
    """Say how a lane is, as glyph and word."""
    if lane.paused:
        return Text(f"{glyphs().statuses[BatchStatus.PAUSED]} paused", "warning")
    if lane.held:
        return Text("! held", "bad")
    if lane.in_flight or lane.waiting:
        return Text(f"{glyphs().cursor} under way", "accent")
    return Text(f"{glyphs().slots[None]} idle", "muted")


def lane_lines(lane: SignerInfo, window: Window | None, now: datetime, width: int) -> list[Text]:
    """Say all of one lane: who, why it is held, what is in it, what waits, what it costs."""
    who = Text(display_text(lane.address, 60), "strong")
    who.append("  simulated" if lane.simulated else "", "warning")
    lines = in_lines([who, Text(_signs_for(lane), "muted")], width, "  ")
    if lane.held:
        label = "" if lane.paused else "Held: "
        lines.append(Text(f"! {label}{display_text(lane.held, _LONG)}", "warning"))
    if window is not None:
        lines += in_lines(numbers(window, now), width, f" {glyphs().separator} ")
    return lines


def _signs_for(lane: SignerInfo) -> str:
    if not lane.creators:
        return "signs for no creator of the catalogue"
    others = [one for one in lane.creators if one != lane.address]
    return f"signs for {display_text(listed(others, _NAMED), 120)}" if others else ""


def numbers(window: Window, now: datetime) -> list[Text]:
    """Say where a lane stands, what waits and for how long, and its fees."""
    parts = (
        f"next nonce {'unknown' if window.next is None else window.next}",
        f"window {taken(window)} of {window.size}",
        _waiting(window, now),
        f"fees {amount(window.fees_open)} open, {amount(window.fees_paid)} paid{_lately(window)}",
    )
    return [Text(part, "muted") for part in parts]


def _lately(window: Window) -> str:
    return f" for the last {RECENT:,} nonces" if (window.next or 0) > RECENT else ""


def _waiting(window: Window, now: datetime) -> str:
    if not window.waiting:
        return "nothing waits"
    since = f", the oldest for {brief((now - window.oldest).total_seconds())}" if window.oldest else ""
    return f"{many(window.waiting, 'item waits', 'items wait')}{since}"


def taken(window: Window) -> int:
    """Return how many nonces of the window hold something that the chain hasn't used."""
    return sum(slot.state not in (SlotState.CONFIRMED, SlotState.HOLE) for slot in window.slots)


def positions(window: Window) -> list[tuple[int, SlotState | None]]:
    """Return every nonce of the picture with its state: the open slots, then what is free (None) up to the window."""
    known = {slot.nonce: slot.state for slot in window.slots}
    base = min(known, default=window.next) if window.confirmed is None else window.confirmed
    if base is None:
        return []
    first = min([*known, base])
    last = max([*known, base + window.size - 1])
    return [(nonce, known.get(nonce)) for nonce in range(first, last + 1)]


def window_text(window: Window, width: int) -> Text:
    """Draw the window as one glyph a nonce, between the first and the last one; what doesn't fit is counted."""
    slots = positions(window)
    if not slots:
        return Text("No node has told a nonce yet", "muted")
    first, last = f"{slots[0][0]} ", f" {slots[-1][0]}"
    room = max(1, width - len(first) - len(last))
    shown = slots[:room] if len(slots) > room else slots
    wide = 2 if 2 * len(shown) <= room else 1
    text = Text(first, "muted")
    for _, state in shown:
        text.append(f"{glyphs().slots[state]:{wide}}", SLOT_STYLES[state])
    rest = len(slots) - len(shown)
    return text.append(f" +{rest}" if rest else last.rstrip() if wide == 2 else last, "muted")


def legend_text(window: Window, width: int) -> Text:
    """Say what the glyphs mean, with their counts: colour alone never says it. What is free goes first."""
    found = Counter(state for _, state in positions(window))
    text = Text()
    for state in SlotState:
        if found[state]:
            text.append(f"{glyphs().slots[state]} {state} {found[state]}  ", SLOT_STYLES[state])
    free = Text(f"{glyphs().slots[None]} free {found[None]}", "muted")
    return text.append_text(free) if found[None] and text.cell_len + free.cell_len <= width else text


def slot_row(slot: SlotInfo, now: datetime) -> Row:
    """Return one slot as a row under `SLOT_COLUMNS`."""
    dash = glyphs().dash
    since = slot.signed_at
    bumps = f" ({slot.signed})" if slot.signed > 1 else ""
    cells = (
        f"{slot.nonce:,}",
        Text(f"{glyphs().slots[slot.state]} {slot.state}", SLOT_STYLES[slot.state]),
        brief((now - since).total_seconds()) if since else "",
        f"{micro(slot.fee)}{bumps}" if slot.fee is not None else dash,
        str(slot.posts) if slot.txid else dash,
        carries(slot),
        f"0x{slot.txid}" if slot.txid else dash,
        slot.answer or "",
    )
    return Row(str(slot.nonce), cells)


def carries(slot: SlotInfo) -> str:
    """Say what a slot is for."""
    if slot.carries:
        return listed((one.content_id for one in slot.carries), _NAMED)
    return "" if slot.state is SlotState.HOLE or slot.txid is None else "no-op, fills a hole"


def pause_lines(lane: SignerInfo, network: str) -> list[str]:
    """Say what pausing a lane, or letting it go on, does."""
    head = [f"Signer: {display_text(lane.address, 60)}", f"Network: {network}"]
    if lane.paused:
        goes = many(lane.waiting, "item that waits goes", "items that wait go")
        return [*head, f"{display_text(lane.held or '', _LONG)}", "", f"The {goes} on to the chain.", *_removals(lane)]
    return [
        *head,
        "Nothing new is signed or posted in this lane, not even a higher fee, until it is resumed.",
        "Its items still change the catalogue, and wait; what was posted is watched. Other lanes go on.",
    ]


def release_lines(lane: SignerInfo, network: str) -> list[str]:
    """Say what releasing a lane decides, before it is done."""
    goes = many(lane.waiting, "item that waits goes", "items that wait go")
    return [
        f"Signer: {display_text(lane.address, 60)}",
        f"Network: {network}",
        f"The lane goes on at the chain's nonce, and {goes} to the chain.",
        *_removals(lane),
        "You decide that nothing it is held for was made for them. If that is wrong, they are sent twice.",
        "",
        f"Held: {display_text(lane.held or '', _LONG)}",
    ]


def _removals(lane: SignerInfo) -> list[str]:
    removals = many(lane.removing, "of them removes its content", "of them remove their contents")
    return [f"{removals} for good."] if lane.removing else []


def foot_text(lanes: Sequence[SignerInfo], why: str | None) -> Text:
    """Say how many lanes there are, how many are held, and why what is shown may be old."""
    paused = sum(one.paused for one in lanes)
    held = sum(one.held is not None for one in lanes) - paused
    text = Text(many(len(lanes), "signer"), "muted")
    text.append(f", {held} held" if held else "", "warning")
    text.append(f", {paused} paused" if paused else "", "warning")
    if why:
        text.append(f"  ! {display_text(why, 200)}", "warning")
    return text
