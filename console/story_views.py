"""PURE: a content on both sides: its price here beside the chain's, and its changes as sentences and rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from rich.text import Text

from console.forms import age, amount, clock, listed, many, micro
from console.item_views import change_text, message, outcome_text
from console.text import display_text, glyphs, middle
from console.theme import WIDE
from console.widgets.columns import Column, Row
from engine.core.content_story import ContentChange, ContentStory, OnChain
from engine.core.lifecycle import outcome
from engine.core.model import Content, Item, Operation, Outcome, Scalar

ROOMY = 140
"""Cells of a screen from which times and batch ids are whole in the table; else at its foot."""
CHANGE_COLUMNS = (
    Column("age", "Age", 4, align="right", max_screen=ROOMY),
    Column("time", "Time (UTC)", 19, min_screen=ROOMY),
    Column("what", "What", 8),
    Column("change", "Old to new", 15, grow=2, cut="old"),
    Column("outcome", "Outcome", 11, max_screen=WIDE, most=16),
    Column("outcome-wide", "Outcome", 16, min_screen=WIDE),
    Column("batch-short", "Batch", 9, cut="middle", max_screen=WIDE),
    Column("batch", "Batch", 13, cut="middle", min_screen=WIDE, max_screen=ROOMY),
    Column("batch-whole", "Batch", 26, min_screen=ROOMY),
    Column("either", "Who, or why not", 10, grow=2, max_screen=WIDE),
    Column("who", "Who", 9, grow=1, min_screen=WIDE),
    Column("message", "Message or error", 16, grow=4, min_screen=WIDE),
)
WORDS: Mapping[Operation, str] = {
    Operation.UPDATE_PRICE: "price",
    Operation.REMOVE_CONTENT: "removal",
    Operation.UPDATE_METADATA: "metadata",
}
IMPORT = "import"
_LABEL = 10
_ID = 13
_EDGES = 2
_SHORT = 40
_LONG = 160
_UNIT = " STX"


def chain_text(story: ContentStory) -> Text:
    """Say in one line how the chain's side agrees; nothing of a content that was never there."""
    said = chain_said(story)
    return _labelled("Chain", said) if said.plain else said


def chain_said(story: ContentStory) -> Text:
    """Say the same without its label, for a command too."""
    content, there = story.content, story.on_chain
    if content.on_chain_id is None:
        return Text()
    if story.unknown is not None:
        return _unknown(story.unknown)
    return Text("; ").join([_price_text(story, there), *_creator_parts(there)]) if there else _gone(content)


def _price_text(story: ContentStory, there: OnChain) -> Text:
    content = story.content
    if content.removed_at is not None:
        return Text(f"removed here, and {amount(there.price)} there", _parted(story))
    if content.price == there.price:
        return Text(f"{amount(there.price)} on both sides", "good")
    said = f"catalogue {amount(content.price)}, chain {amount(there.price)}"
    return Text(f"{said}{': the change is on its way' if _on_its_way(story) else ''}", _parted(story))


def _creator_parts(there: OnChain) -> list[Text]:
    return [Text(f"another creator there: {middle(there.creator, _ID)}", "warning")] if there.foreign else []


def _gone(content: Content) -> Text:
    if content.removed_at is not None:
        return Text("removed on both sides", "muted")
    return Text(f"not on the contract, though the catalogue has it there as {content.on_chain_id}", "warning")


def _parted(story: ContentStory) -> str:
    """Both sides may differ for a while: what is on its way is no fault."""
    return "pending" if _on_its_way(story) else "warning"


def _on_its_way(story: ContentStory) -> bool:
    found = (one.item for one in story.changes if one.item and one.item.operation is not Operation.UPDATE_METADATA)
    newest = next(found, None)
    return newest is not None and outcome(newest) in (None, Outcome.PENDING)


def last_text(story: ContentStory, now: datetime, width: int) -> Text:
    """Say in one line what changed it last, by which batch, what became of it, and how many changes came before."""
    if not story.changes:
        return _labelled("Changed", Text("no change of it is known", "muted"))
    last = story.changes[0]
    ago = f"{age(last.at, now)} ago"
    if last.item is None:
        said = Text(f"imported by {display_text(last.who or 'somebody', _SHORT)} {ago}")
    else:
        batch = display_text(last.item.batch_id) if width >= WIDE else middle(last.item.batch_id, _ID)
        what = _what(last.item) if width >= WIDE else WORDS[last.item.operation]
        said = Text(f"{what} by batch {batch} {ago} ").append_text(outcome_text(last.item))
    before = story.total - 1
    earlier = many(before, "earlier change") if width >= WIDE else f"{before:,} earlier"
    said.append(f" (+{earlier})" if before > 0 else "", "muted")
    return _labelled("Changed", said)


def beside_lines(story: ContentStory | str | None, now: datetime, width: int, *, lost: bool) -> list[Text]:
    """Say both in two lines, or why nobody tells; nothing before that, nor while the engine itself is lost."""
    if isinstance(story, ContentStory):
        lines = [line for line in (chain_text(story), last_text(story, now, width)) if line.plain]
    else:
        lines = [] if story is None or lost else [_labelled("Chain", _unknown(story))]
    return [_cut(line, width - _EDGES) for line in lines]


def _cut(line: Text, width: int) -> Text:
    """Let each keep to its own line: one that went on would take the place of the other."""
    if line.cell_len <= width:
        return line
    line.truncate(width - 1)
    return line.append(glyphs().ellipsis)


def _unknown(why: str) -> Text:
    return Text(f"unknown: {display_text(why, _LONG)}", "muted")


def head_lines(story: ContentStory) -> list[Text]:
    """Say what the content is, and what each side has of it."""
    content, there = story.content, story.on_chain
    title = Text(display_text(content.title, 2 * _LONG), "strong")
    if content.removed_at is not None:
        reason = f": {display_text(content.removal_reason, _LONG)}" if content.removal_reason else ""
        title.append(f"  removed {clock(content.removed_at)}{reason}", "warning")
    creator = Text(display_text(content.creator, _LONG), "accent")
    if there is not None and there.creator == content.creator:
        creator.append("  the same on the chain", "muted")
    elif there is not None:
        played = "  on the chain: " if there.foreign else "  on the chain played by "
        creator.append(f"{played}{display_text(there.creator, _LONG)}", "warning" if there.foreign else "muted")
    return [
        title,
        _labelled("Creator", creator),
        _labelled("Catalogue", Text(_exact(content.price))),
        _labelled("Chain", _chain_side(story)),
        _labelled("Changes", _count(story)),
        *([_labelled("Waits", Text(display_text(story.waits, 2 * _LONG), "warning"))] if story.waits else []),
    ]


def _count(story: ContentStory) -> Text:
    """Say how many changes there are; where not all of them are told, that too."""
    told = len(story.changes)
    return Text(f"{told:,} of {many(story.total, 'change')}: the newest" if told < story.total else f"{told:,}")


def _chain_side(story: ContentStory) -> Text:
    content, there = story.content, story.on_chain
    if content.on_chain_id is None:
        return Text("not on the chain: its changes live in the catalogue alone", "muted")
    if story.unknown is not None:
        return _unknown(story.unknown)
    if there is None:
        return _gone(content)
    said = Text(f"{_exact(there.price)} as {content.on_chain_id}  ")
    if content.removed_at is not None:
        return said.append("still there, though removed here", _parted(story))
    if there.price == content.price:
        return said.append("the same price", "good")
    return said.append("the change is on its way" if _on_its_way(story) else "another price", _parted(story))


def _exact(price: int) -> str:
    return f"{amount(price)} ({micro(price)} µSTX)"


def _labelled(label: str, said: Text) -> Text:
    return Text.assemble((f"{label:{_LABEL}}", "muted"), said)


def numbered(story: ContentStory) -> list[tuple[str, ContentChange]]:
    """Return the changes by their number from the first one on: it stays when newer ones come."""
    return [(str(story.total - at), one) for at, one in enumerate(story.changes)]


def change_rows(story: ContentStory, now: datetime) -> list[Row]:
    """Return the changes as rows under `CHANGE_COLUMNS`, newest first."""
    return [_row(key, one, now) for key, one in numbered(story)]


def _row(key: str, change: ContentChange, now: datetime) -> Row:
    item = change.item
    ended = outcome_text(item) if item else Text(glyphs().dash, "muted")
    batch = item.batch_id if item else glyphs().dash
    why = Text(message(item), "warning" if item.error else "muted") if item else Text()
    who = display_text(change.who or "somebody")
    cells = (
        Text(age(change.at, now), "muted"),
        Text(clock(change.at).removesuffix(" UTC"), "muted"),
        WORDS[item.operation] if item else IMPORT,
        change_text(item) if item else import_text(change),
        ended,
        ended,
        batch,
        batch,
        batch,
        why if item and item.error else Text(who),
        who,
        why,
    )
    return Row(key, cells)


def import_text(change: ContentChange) -> Text:
    """Return what an import set: of a new content its price, of a known one what became another."""
    fields = _imported(change)
    if not fields:
        return Text("the same again", "muted")
    if not change.old:
        return Text(_said("price", change.new["price"]) if "price" in change.new else "new")
    text = _field_text(change, fields[0])
    return text.append("".join(f", {display_text(field)}" for field in fields[1:]))


def _imported(change: ContentChange) -> list[str]:
    """Return the fields that an import set to something else, the price first."""
    found = (name for name in change.new if not change.old or change.old.get(name) != change.new[name])
    return sorted(found, key=_price_first)


def _field_text(change: ContentChange, name: str) -> Text:
    label, new = "" if name == "price" else f"{display_text(name)} = ", _said(name, change.new[name])
    if not change.old:
        return Text(f"{label}{new}")
    old = _said(name, change.old.get(name))
    if old.endswith(_UNIT) and new.endswith(_UNIT):
        old = old.removesuffix(_UNIT)
    return Text.assemble((f"{label}{old} ", "muted"), (f"{glyphs().arrow} ", "muted"), new)


def _price_first(name: str) -> tuple[bool, str]:
    return name != "price", name


def _said(name: str, value: Scalar) -> str:
    if name == "price" and isinstance(value, int) and not isinstance(value, bool):
        return amount(value)
    if value is None or value == "":
        return glyphs().dash
    return str(value).lower() if isinstance(value, bool) else display_text(value)


def _what(item: Item) -> str:
    if item.operation is Operation.UPDATE_METADATA:
        return listed(map(display_text, sorted(item.value)), 2)
    return WORDS[item.operation]


def foot_lines(change: ContentChange | None) -> list[Text]:
    """Say of one change which batch made it, who, when and why, its transaction, and the error as there is room."""
    if change is None:
        return []
    item = change.item
    by = f"by {display_text(change.who or 'somebody', _SHORT)}, {clock(change.at)}"
    lines = [Text(f"Batch {display_text(item.batch_id)} {by}" if item else f"Imported {by}", "muted")]
    if item is None:
        return [*lines, Text(", ", "muted").join([_field_text(change, name) for name in _imported(change)])]
    if change.why:
        lines.append(Text(f"Why: {display_text(change.why, _LONG)}", "muted"))
    if item.txid:
        lines.append(Text(f"0x{display_text(item.txid)}", "muted"))
    if item.error:
        lines.append(Text(message(item), "warning"))
    return lines


def empty_text(back: str, compose: str) -> str:
    """Say what to do where nothing was ever changed, by the keys that lead back and compose there."""
    return f"No change of it is known.\n\nPress {back} to go back to the catalogue; {compose} there composes one."
