"""PURE: the items of a batch by what became of them and why, in the engine's own words, the most frequent first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.text import Text

from console.text import display_text, glyphs
from console.views import OUTCOME_WORDS, style_of
from console.widgets.columns import Column, Row
from engine.core.lifecycle import outcome
from engine.core.model import Item, Outcome

Key = tuple[Outcome | None, str]
NO_REASON = "without a reason"
REASON_COLUMNS = (
    Column("count", "Items", 6, align="right"),
    Column("outcome", "Outcome", 16),
    Column("reason", "Reason", 20, grow=1),
)


@dataclass(frozen=True, slots=True)
class Reason:
    """One outcome with one reason (empty: the engine gives none), and the contents that have both."""

    outcome: Outcome | None
    words: str
    content_ids: tuple[str, ...]

    @property
    def key(self) -> Key:
        """What its items share."""
        return self.outcome, self.words

    @property
    def name(self) -> str:
        """The same as one text, for the row of a table."""
        return f"{self.outcome or ''}\n{self.words}"


def key_of(item: Item) -> Key:
    """Return the outcome and the reason of an item."""
    return outcome(item), item.error or ""


def reasons(items: Iterable[Item]) -> list[Reason]:
    """Gather items by outcome and reason: the most frequent first, what has none after all that have one."""
    found: dict[Key, list[str]] = {}
    for item in items:
        found.setdefault(key_of(item), []).append(item.content_id)
    every = [Reason(*key, tuple(ids)) for key, ids in found.items()]
    return sorted(every, key=lambda one: (not one.words, -len(one.content_ids)))


def said(key: Key) -> Text:
    """Return an outcome and its reason, whole."""
    ended, words = key
    return _outcome(ended).append("  ").append_text(_words(words))


def reason_row(reason: Reason) -> Row:
    """Return one reason as a row under `REASON_COLUMNS`."""
    return Row(reason.name, (f"{len(reason.content_ids)} x", _outcome(reason.outcome), _words(reason.words)))


def _outcome(ended: Outcome | None) -> Text:
    return Text(f"{glyphs().outcomes[ended]} {OUTCOME_WORDS[ended]}", style_of(ended))


def _words(words: str) -> Text:
    return Text(display_text(words), "warning") if words else Text(NO_REASON, "muted")
