"""PURE: a content on both sides in words and rows, as `batchdeck catalogue show` prints it."""

from __future__ import annotations

from collections.abc import Sequence

from console.cli.output import table
from console.story_views import chain_said
from engine.core.content_story import ContentChange, ContentStory
from engine.core.lifecycle import outcome
from engine.core.operations import RULES, stx
from engine.wire import time

CHANGE_HEADERS = ("WHEN", "WHAT", "SETS", "BATCH", "OUTCOME", "WHO", "SAYS", "WHY")


def content_lines(story: ContentStory) -> list[str]:
    """Return what each side has of a content, a fact a line, and its changes as a table, newest first."""
    content = story.content
    facts = [
        ("Title", content.title),
        ("Creator", content.creator),
        ("Price", stx(content.price)),
        ("Chain", chain_said(story).plain or "not on the chain"),
        ("Removed", "" if content.removed_at is None else f"{time(content.removed_at)} {content.removal_reason or ''}"),
        ("Waits", story.waits or ""),
    ]
    lines = [f"Content {content.content_id}", *(f"{name + ':':11}{text}" for name, text in facts if text)]
    lines += table(CHANGE_HEADERS, map(_change_row, story.changes))
    shown = len(story.changes)
    return lines if shown == story.total else [*lines, f"the newest {shown} of {story.total} changes"]


def _change_row(change: ContentChange) -> Sequence[object]:
    item, at, who = change.item, time(change.at), change.who or "somebody"
    if item is None:
        price = change.new.get("price")
        return at, "import", stx(price) if isinstance(price, int) else ", ".join(change.new), "-", "-", who, "", ""
    sets, ended = RULES[item.operation].diff(item.value), outcome(item) or item.state
    return at, item.operation, sets, item.batch_id, ended, who, item.error or "", change.why or ""
