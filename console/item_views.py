"""PURE: the items of a batch become rows, a selection becomes what a dialog says, a story becomes a time line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from rich.cells import set_cell_size
from rich.text import Text

from console.forms import clock, duration, grouped, listed, many, micro
from console.text import display_text, glyphs, middle
from console.views import OUTCOME_WORDS, style_of, worth
from console.widgets.columns import Column, Row
from engine.core.lifecycle import outcome
from engine.core.model import Item, Operation, Outcome, Value
from engine.core.operations import RULES
from engine.core.reports import Selection, Skipped, Transition

WIDE = 100
ITEM_COLUMNS = (
    Column("position", "#", 3, align="right"),
    Column("content", "Content", 10, grow=1),
    Column("change", "Old to new", 15, grow=1, cut="old", most=24),
    Column("outcome", "Outcome", 11, max_screen=WIDE, most=16),
    Column("either", "Title, or why not", 12, grow=4, max_screen=WIDE),
    Column("title", "Title", 12, grow=3, min_screen=WIDE),
    Column("outcome-wide", "Outcome", 16, min_screen=WIDE),
    Column("message", "Message or error", 16, grow=4, min_screen=WIDE),
    Column("txid", "Transaction", 13, min_screen=110),
    Column("nonce", "Nonce", 6, align="right", min_screen=124),
    Column("fee", "Fee µSTX", 8, align="right", min_screen=134),
)
FILTERS: Mapping[str, frozenset[Outcome | None]] = {
    "all": frozenset({None, *Outcome}),
    "confirmed": frozenset({Outcome.CONFIRMED}),
    "pending": frozenset({Outcome.PENDING}),
    "off-chain": frozenset({Outcome.OFF_CHAIN}),
    "failed": frozenset({Outcome.FAILED}),
    "others": frozenset({None, Outcome.CATALOGUE_ONLY, Outcome.CANCELLED}),
}
_TXID_SHOWN = 13
_UNIT = " STX"
_INDENT = 24
_TITLE, _BACK_TITLE = 28, 18
_PRICE, _FIELDS = 14, 24
"""Cells of a title or a value in a dialog; less where the old value stands beside the new one."""
_STATE_STYLES = {"submitted": "pending", **{one.value: one.value for one in Outcome}}
_EVENTS = {
    "Accepted": "Accepted by the engine",
    "CatalogueChanged": "Catalogue changed",
    "CatalogueOnlyChanged": "Catalogue changed",
    "ApplyFailed": "Refused by the catalogue",
    "ChainGivenUp": "Chain given up",
    "SigningFailed": "Not signed",
    "TxSigned": "Signed and stored",
    "TxAccepted": "Accepted by the node",
    "TxUnclear": "No clear answer",
    "TxDeferred": "Put off by the node",
    "TxRefused": "Refused by the node",
    "TxReplaced": "Replaced by a higher fee",
    "TxDropped": "Dropped by the node",
    "TxConfirmed": "Confirmed on the chain",
    "TxAborted": "Aborted on the chain",
    "TxReorged": "Undone by a reorg",
    "SlotLost": "Nonce lost",
}


def outcome_text(item: Item) -> Text:
    """Return the outcome as glyph and word; an item without one says where it stands on the line."""
    ended = outcome(item)
    word = OUTCOME_WORDS[ended] if ended else item.state.value
    return Text(f"{glyphs().outcomes[ended]} {word}", style_of(ended))


def message(item: Item) -> str:
    """Return what an item ended with as INTERFACE.md says it; the error where there is one."""
    if item.error:
        return display_text(item.error)
    ended = outcome(item)
    said = display_text(RULES[item.operation].sentence(item.value, ended) or "") if ended else ""
    return grouped(said) if item.operation is Operation.UPDATE_PRICE else said


def old_value(item: Item) -> str:
    """Return the replaced value as a person reads it; a dash before the catalogue took the change."""
    return _value(item, item.replaced) if item.replaced else glyphs().dash


def new_value(item: Item) -> str:
    """Return the new value as a person reads it."""
    return _value(item, item.value)


def change_text(item: Item) -> Text:
    """Return old and new value side by side."""
    if not item.replaced:
        return Text(new_value(item))
    return _from_to(old_value(item), new_value(item))


def _from_to(old: str, new: str) -> Text:
    if old.endswith(_UNIT) and new.endswith(_UNIT):
        old = old.removesuffix(_UNIT)
    return Text.assemble((f"{old} ", "muted"), (f"{glyphs().arrow} ", "muted"), new)


def item_row(item: Item) -> Row:
    """Return one item as a row under `ITEM_COLUMNS`; its key is the content's id."""
    txid = middle(f"0x{item.txid}", _TXID_SHOWN) if item.txid else ""
    ended = outcome_text(item)
    cells = (
        Text(str(item.position + 1), "muted"),
        item.content_id,
        change_text(item),
        ended,
        Text(message(item), "warning") if item.error else item.title,
        item.title,
        ended,
        Text(message(item), "warning" if item.error else "muted"),
        txid,
        "" if item.nonce is None else str(item.nonce),
        micro(item.fee),
    )
    return Row(item.content_id, cells)


def matching(items: Iterable[Item], shown: str, text: str) -> list[Item]:
    """Return the items that a filter of `FILTERS` and a text in id, title or error let through."""
    wanted, needle = FILTERS[shown], text.casefold()
    return [
        item
        for item in items
        if outcome(item) in wanted
        and (not needle or needle in f"{item.content_id}\n{item.title}\n{item.error or ''}".casefold())
    ]


def filter_counts(items: Sequence[Item]) -> dict[str, int]:
    """Return how many items each filter would show."""
    ended = Counter(outcome(item) for item in items)
    return {name: sum(ended[one] for one in wanted) for name, wanted in FILTERS.items()}


def skipped_lines(skipped: Sequence[Skipped], most: int = 6, what: str = "left out") -> list[str]:
    """Say what is left out of a retry or revert, or ``what`` else: by reason, most frequent first, with first ids."""
    by_reason: dict[str, list[str]] = {}
    for one in skipped:
        by_reason.setdefault(display_text(one.reason), []).append(display_text(one.content_id))
    ranked = sorted(by_reason.items(), key=lambda pair: -len(pair[1]))
    lines = [f"{len(ids)} {what}: {reason} ({listed(ids, 3)})" for reason, ids in ranked[:most]]
    rest = sum(len(ids) for _, ids in ranked[most:])
    return [*lines, *([f"{rest} {what} for other reasons"] if rest else [])]


def selection_lines(selection: Selection, most: int = 5, *, back: bool = False) -> list[Text]:
    """Say what would be sent: how many, and the first of them with their new values.

    What is put ``back`` is shown beside what its item wrote: nothing that was changed since is put back.
    """
    lines = [Text(f"{many(len(selection.items), 'item')} will be sent in a new batch:")]
    pairs = list(zip(selection.items, selection.values, strict=True))
    for item, value in pairs[:most]:
        lines.append(Text(f"  {_padded(item.content_id, 14)}  ").append_text(_sent(item, value, back)))
    if len(pairs) > most:
        lines.append(Text(f"  and {len(pairs) - most} more"))
    return lines


def _sent(item: Item, value: Value, back: bool) -> Text:
    """Write title and new value; of what goes back, both values, and no title where they are longer than prices."""
    if not back:
        return Text(f"{_padded(item.title, _TITLE)}  {worth(item.operation, value, _TITLE)}")
    prices = item.operation is Operation.UPDATE_PRICE
    old, new = (worth(item.operation, one, _PRICE if prices else _FIELDS) for one in (item.value, value))
    title = f"{_padded(item.title, _BACK_TITLE)}  " if prices else ""
    return Text(title).append_text(_from_to(old, new))


def _padded(text: str, width: int) -> str:
    return set_cell_size(display_text(text, width), width)


def advice(item: Item, retry: str = "r") -> str:
    """Say what to do next about an item; ``retry`` is the key for it in the batch."""
    ended = outcome(item)
    if ended is Outcome.CONFIRMED:
        return "Nothing: the catalogue and the chain agree."
    if ended is Outcome.PENDING:
        return "Wait: the engine watches the chain, and posts the same transaction again if it gets lost."
    if ended is Outcome.OFF_CHAIN:
        cause = "Once the cause is gone"
        return f"The catalogue has the new value, the chain the old. {cause}, retry ({retry} in the batch)."
    if ended is Outcome.CATALOGUE_ONLY:
        return "Nothing: this change lives in the catalogue alone."
    if ended is Outcome.FAILED:
        return f"Nothing was changed. Mend the cause, then retry ({retry} in the batch)."
    if ended is Outcome.CANCELLED:
        return "Nothing was changed. Mark it in the batch and retry if it should be sent after all."
    return "Wait: the item is on its way."


def story_lines(story: Sequence[Transition], operation: Operation) -> list[Text]:
    """Draw what happened as a time line, oldest first, with the seconds since the line before."""
    lines, before = [], None
    for one in story:
        step = f"+{max(0.0, (one.at - before).total_seconds()):.1f} s" if before else ""
        lines += [_story_line(one, step), *_detail_lines(one, operation)]
        before = one.at
    return lines


def _story_line(one: Transition, step: str) -> Text:
    line = Text()
    line.append(f"{one.at:%H:%M:%S}.{one.at.microsecond // 1000:03d} ", "muted")
    line.append(f"{step:>9}  ", "muted")
    line.append(f"{_words(one.event):24} ", "strong")
    line.append(f"{glyphs().arrow} {one.state}", _STATE_STYLES.get(one.state.value, "open"))
    return line


def _detail_lines(one: Transition, operation: Operation) -> list[Text]:
    parts = [f"nonce {one.nonce}" if one.nonce is not None else "", middle(f"0x{one.txid}", 12) if one.txid else ""]
    said = grouped(one.detail) if operation is Operation.UPDATE_PRICE else one.detail
    detail = "  ".join(filter(None, [*parts, display_text(said)]))
    return [Text(" " * _INDENT + detail, "muted")] if detail else []


def _words(event: str) -> str:
    """Say an event in a few words; of one that isn't known, its name: ``SomeThing`` -> ``Some thing``."""
    if event in _EVENTS:
        return _EVENTS[event]
    text = "".join(f" {char.lower()}" if char.isupper() and at else char for at, char in enumerate(event))
    return display_text(text)


def _value(item: Item, value: Mapping[str, str | int | bool | None]) -> str:
    if "removed" in value:
        return "in the catalogue"
    return worth(item.operation, value)


def item_facts(item: Item, now: datetime) -> list[tuple[str, str]]:
    """Return what is known of an item, label by label; txid and error are whole."""
    asked = item.replaced and RULES[item.operation].call(0, item.value)  # looked at when applied, if there is a call
    known = "not on the chain, as far as is known" if asked else ""
    chain_id = known if item.on_chain_id is None else str(item.on_chain_id)
    facts = [
        ("Content", item.content_id),
        ("Title", item.title),
        ("Creator", item.creator),
        ("On-chain id", chain_id),
        ("Old value", old_value(item)),
        ("New value", new_value(item)),
        ("Signer", item.signer or ""),
        ("Nonce", "" if item.nonce is None else str(item.nonce)),
        ("Fee", f"{micro(item.fee)} µSTX" if item.fee is not None else ""),
        ("Block", "" if item.block_height is None else f"{item.block_height:,}"),
        ("Transaction", f"0x{item.txid}" if item.txid else ""),
        ("Last change", f"{clock(item.updated_at)}, {duration((now - item.updated_at).total_seconds())} ago"),
    ]
    return [(label, display_text(value)) for label, value in facts if value]
