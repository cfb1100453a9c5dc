"""What a constraint of the catalogue refuses, as a sentence: that is one item's failure, never an exception."""

from __future__ import annotations

import sqlite3

from engine.core.model import Content

REFUSALS = (sqlite3.IntegrityError, OverflowError, UnicodeEncodeError)
"""What the driver raises for a value that the tables don't take; the statement that failed has changed nothing."""
_RULES = {
    "price": "The price {price} is out of range: give 1 to 9223372036854775807 µSTX",
    "title": "The title has {title_length} characters: give 1 to 255",
    "description": "The description has {description_length} characters: give at most 10000",
    "content_type": "The content type has {content_type_length} characters: give at most 50",
    "refund_window_days": "The refund window {refund_window_days} is out of range: give 0 to 365 days",
    "content_id": "The content id has {content_id_length} characters: give 1 to 128",
}


def refusal(error: Exception, content: Content) -> str:
    """Say why the catalogue doesn't take a content."""
    if isinstance(error, OverflowError):
        return "A number is too large: give at most 9223372036854775807"
    if isinstance(error, UnicodeEncodeError):
        return "A text holds half a character (a lone surrogate): take it out"
    text = str(error)
    if "content.on_chain_id" in text:
        return f"The on-chain id {content.on_chain_id} belongs to another content already"
    name = text.rpartition(": ")[2]
    if name not in _RULES:
        return f"The catalogue refuses it: {text}"
    lengths = {f"{field}_length": len(getattr(content, field)) for field in _TEXTS}
    return _RULES[name].format(price=content.price, refund_window_days=content.refund_window_days, **lengths)


_TEXTS = ("title", "description", "content_type", "content_id")
