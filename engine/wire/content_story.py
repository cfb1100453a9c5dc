"""A content on both sides as JSON: its changes in the catalogue, and what the contract has of it."""

from __future__ import annotations

from engine.core.content_story import ContentChange, ContentStory, OnChain
from engine.wire.forms import Json, time
from engine.wire.reports import content_json
from engine.wire.whole import camel, item_json


def content_story_json(found: ContentStory) -> Json:
    """Write a content with its changes, newest first; ``unknown`` says why nobody can tell what the contract has."""
    return {
        "content": content_json(found.content),
        "total": found.total,
        "changes": [_change_json(change) for change in found.changes],
        "onChain": None if found.on_chain is None else _on_chain_json(found.on_chain),
        "unknown": found.unknown,
        "waits": found.waits,
    }


def _change_json(change: ContentChange) -> Json:
    return {
        "at": time(change.at),
        "who": change.who,
        "old": camel(change.old),
        "new": camel(change.new),
        "item": None if change.item is None else item_json(change.item),
        "why": change.why,
    }


def _on_chain_json(told: OnChain) -> Json:
    return {"creator": told.creator, "price": told.price, "foreign": told.foreign}
