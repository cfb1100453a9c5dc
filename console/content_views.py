"""PURE: contents of the catalogue become rows, an order, and one line that tells all of one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from rich.text import Text

from console.forms import amount
from console.text import display_text, glyphs, middle
from console.widgets.columns import Column, Row
from engine.core.model import Content

Order = Literal["import", "id", "title", "price"]
ORDERS: tuple[Order, ...] = ("import", "id", "title", "price")
ORDER_WORDS: Mapping[Order, str] = {
    "import": "in import order",
    "id": "by id",
    "title": "by title",
    "price": "by price",
}
CONTENT_COLUMNS = (
    Column("id", "Content", 14, grow=1),
    Column("title", "Title", 24, grow=4),
    Column("price", "Price", 12, align="right", most=28),
    Column("creator", "Creator", 13),
    Column("chain", "On chain", 8, align="right", min_screen=100),
    Column("type", "Type", 9, min_screen=100),
)
CREATOR_SHOWN = 13
_DIGITS = re.compile(r"(\d+)")


def content_row(content: Content) -> Row:
    """Return one content as a row under `CONTENT_COLUMNS`."""
    gone = content.removed_at is not None
    title = Text()
    title.append("removed: " if gone else "", "warning")
    title.append(display_text(content.title), "muted" if gone else "")
    cells = (
        content.content_id,
        title,
        amount(content.price),
        middle(content.creator, CREATOR_SHOWN),
        "" if content.on_chain_id is None else str(content.on_chain_id),
        content.content_type,
    )
    return Row(content.content_id, cells, "muted" if gone else "")


def missing_row(content_id: str, creator: str) -> Row:
    """Return a chosen id that the catalogue doesn't have as a row under `CONTENT_COLUMNS`."""
    absent = Text("not in the catalogue", "warning")
    return Row(content_id, (content_id, absent, "", middle(creator, CREATOR_SHOWN), "", ""))


def ordered(contents: Iterable[Content], order: Order) -> list[Content]:
    """Sort contents; those that are equal keep the order in which they were imported."""
    keys: Mapping[Order, Callable[[Content], Any]] = {
        "id": lambda content: natural(content.content_id),
        "title": lambda content: content.title.casefold(),
        "price": lambda content: content.price,
    }
    return list(contents) if order == "import" else sorted(contents, key=keys[order])


def natural(text: str) -> list[tuple[int, str]]:
    """Return a key that puts ``film-2`` before ``film-10``."""
    parts = _DIGITS.split(text.casefold())
    return [(int(part) if index % 2 and len(part) < 40 else 0, part) for index, part in enumerate(parts)]


def detail_text(content: Content) -> Text:
    """Say what the columns have no room for: id, title, creator, price, chain id, rules, url and description."""
    text = Text()
    text.append(display_text(content.content_id), "strong")
    text.append(f"  {display_text(content.title)}")
    if content.removed_at is not None:
        reason = f": {display_text(content.removal_reason)}" if content.removal_reason else ""
        text.append(f"  removed {content.removed_at:%Y-%m-%d %H:%M} UTC{reason}", "warning")
    if content.description:
        text.append(f"  {display_text(content.description)}", "muted")
    return text


def facts_text(content: Content) -> Text:
    """Say the exact price, the chain's id, the creator in full, and where it is."""
    chain = "not on the chain" if content.on_chain_id is None else f"on chain as {content.on_chain_id}"
    days = f"refundable for {content.refund_window_days} days" if content.refundable else "not refundable"
    facts = [f"{amount(content.price)} ({content.price:,} µSTX)", chain, display_text(content.creator)]
    rest = [*(["token-gated"] if content.token_gating else []), days, display_text(content.url)]
    text = Text(f" {glyphs().separator} ".join(facts), "accent")
    text.append("".join(f" {glyphs().separator} {fact}" for fact in rest if fact), "muted")
    return text
